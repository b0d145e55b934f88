//! A walsender: sends WAL to one peer, takes its replies, and stops in the order of the protocol.
//!
//! | step | function | file |
//! |---|---|---|
//! | [`handle_wal_snd_init_stopping`] | `HandleWalSndInitStopping` | here |
//! | [`wal_snd_last_cycle_handler`] | `WalSndLastCycleHandler` | here |
//! | [`quickdie`] | `quickdie`, or SIGKILL | here |
//! | `init_wal_sender_slot`, `mark_postmaster_child_wal_sender`, commands, transactions | `InitWalSender`, `exec_replication_command`, `PostgresMain` | [`command`] |
//! | [`process_replies_if_any`] | `ProcessRepliesIfAny` | here |
//! | `xlog_send_logical`, `wal_snd_wait_for_wal` | `XLogSendLogical`, `WalSndWaitForWal` | [`logical`] |
//! | `xlog_send_physical` | `XLogSendPhysical` | [`physical`] |
//! | `check_xlog_removed` | `WalSndSegmentOpen`, `CheckXLogRemoved` | [`removed`] |
//! | `wal_snd_done` | `WalSndDone` | [`done`] |
//! | [`Pc`], `running` | where it is in its code | `place` |
//! | [`check_for_interrupts`] | `CHECK_FOR_INTERRUPTS`, `ProcessInterrupts` | here |
//! | `wal_snd_compute_sleeptime` | `WalSndComputeSleeptime` | [`timeouts`] |
//! | `wal_snd_keepalive_if_necessary` | `WalSndKeepaliveIfNecessary` | [`timeouts`] |
//! | `wal_snd_check_time_out`, `wal_snd_check_shutdown_timeout` | the same | [`timeouts`] |
//! | `replication_slot_save`, `proc_exit_*` | `ReplicationSlotSave`, `proc_exit` | [`exit`] |
//!
//! *Grain*: `WalSndLoop` calls its parts in a fixed order, and each does nothing when it has
//! nothing to do. What a part looks at may change just before or just after it ran, so the parts
//! are offered in any order; what one part leaves for a later one (`WalSndCaughtUp`, `got_SIGUSR2`,
//! `waiting_for_ping_response`) is state. An iteration that changes nothing is not a step.
//!
//! *Simplified*: cascading and hot-standby feedback are left out.
//! *Break it*: `-c6c3334364`, `-38ddeab13b`'s kin in `sim/tests/mutants.rs`; `proposal-2023-07-21`
//! with `-stopping-idles` (`no-panic` fails).
//!
//! *Checked*: unique states and depths of the default scenarios are pinned in
//! `sim/tests/exhaustive.rs`.

pub mod command;
pub mod copy_done;
pub mod done;
pub mod exit;
pub mod logical;
pub mod physical;
mod place;
pub mod removed;
pub mod timeouts;

use crate::channel::Channel;
use crate::cluster::{Child, Cluster, Life, Signal};
use crate::design::{StatsWriter, StopPhases};
use crate::scenario::WalsenderKind;
use crate::slot::Slot;
use crate::steps::{At, TAKEN, Taken};
use crate::wal::Lsn;
use crate::world::World;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

pub use place::Pc;
pub(crate) use place::{Flags, LOOPING, READING, running};
pub use timeouts::Silence;
pub(crate) use timeouts::is_deaf;

/// `WalSndState`, in shared memory. `Draining` exists only in the `writers-first` repair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum WalSndState {
    /// `WALSNDSTATE_STARTUP`; also `WALSNDSTATE_BACKUP`.
    #[default]
    Startup,
    /// `WALSNDSTATE_CATCHUP` and `WALSNDSTATE_STREAMING`: nobody at shutdown tells them apart.
    Streaming,
    /// Repair: knows of the stop, waits for the second round.
    Draining,
    /// `WALSNDSTATE_STOPPING`.
    Stopping,
}

/// A walsender's process-local variables and its `WalSnd` entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct WalSender {
    /// Where it is.
    pub pc: Pc,
    /// `WalSnd.pid != 0`.
    pub pid: bool,
    /// `PMChildFlags` reads `PM_CHILD_WALSENDER`.
    pub marked: bool,
    /// `WalSnd.state`.
    pub state: WalSndState,
    /// `sentPtr`, local and shared. Logical: end of the last record decoded.
    pub sent: Lsn,
    /// `WalSnd.write`.
    pub write: Lsn,
    /// `WalSnd.flush`; invalid until the peer reports one.
    pub flush: Lsn,
    /// `got_STOPPING`.
    pub got_stopping: bool,
    /// `got_SIGUSR2`.
    pub got_sigusr2: bool,
    /// Repair `writers-first`: the second round has come.
    pub got_drain: bool,
    /// `WalSndCaughtUp`.
    pub caught_up: bool,
    /// `waiting_for_ping_response`.
    pub waiting_for_ping: bool,
    /// Proposal: all WAL has been flushed and sent, it may leave.
    pub all_wal_flushed: bool,
    /// Statistics that are counted and not reported yet.
    pub pending_stats: bool,
    /// `streamingDoneReceiving` and `streamingDoneSending`: the client ended the stream.
    pub copy_done: bool,
    /// It leaves with FATAL (exit status 1).
    pub fatal: bool,
    /// How the peer's silence counts.
    pub silence: Silence,
}

impl WalSender {
    /// `replication_active`: inside `WalSndLoop` of START_REPLICATION.
    #[must_use]
    pub fn replication_active(&self) -> bool {
        self.pc.is_streaming()
    }

    /// What `WalSndDone` takes as replicated: flush if valid, else write.
    #[must_use]
    pub fn replicated(&self, w: &World) -> Lsn {
        if self.flush.is_valid() || !w.design.replicated_flush_else_write {
            self.flush
        } else {
            self.write
        }
    }
}

/// What one iteration of the loop of a walsender may change, as it was before: an iteration that
/// changes nothing is not a step, so a busy loop cannot hide a deadlock.
struct Iteration {
    ws: WalSender,
    slot: Slot,
    channel: Channel,
    flushed: Lsn,
}

impl Iteration {
    /// Before it. Nothing is noted: what it changes it looks at.
    fn begin(s: &Cluster, i: usize) -> Iteration {
        Iteration {
            ws: *s.walsenders.unnoted(i),
            slot: *s.slots.unnoted(i),
            channel: *s.channels.unnoted(i),
            flushed: s.wal.unnoted().flushed,
        }
    }

    /// Behind it: whether it was a step.
    fn end(self, s: &Cluster, i: usize) -> Taken {
        let same = self.ws == *s.walsenders.unnoted(i)
            && self.slot == *s.slots.unnoted(i)
            && self.channel == *s.channels.unnoted(i)
            && self.flushed == s.wal.unnoted().flushed;
        (!same).then_some(())
    }
}

/// The walsender named by a step, if it runs and `signal` is pending for it.
fn signalled(s: &Cluster, at: At, signal: Signal) -> Option<usize> {
    let i = usize::from(at.who);
    let child = Child::walsender(i);
    (s.runs(child) && s.child(child).has(signal)).then_some(i)
}

/// Its latch is set, or its socket can be read: the sleep in `WalSndLoop` ends.
pub(crate) fn wake(ws: &mut WalSender) {
    if ws.pc == Pc::MainSleep {
        ws.pc = Pc::Loop;
    }
}

/// Whether output is pending: `pq_is_send_pending`.
pub(crate) fn send_pending(w: &World, s: &Cluster, i: usize) -> bool {
    s.channels[i].send_pending(w.scenario.socket_capacity)
}

/// Whether walsender `i` has been told to finish what there is.
pub(crate) fn is_draining(w: &World, s: &Cluster, i: usize) -> bool {
    let ws = s.walsenders.flags(i);
    match w.design.stop_phases {
        StopPhases::One | StopPhases::ByPostmaster => ws.got_sigusr2,
        StopPhases::TwoByProcSignal => ws.got_stopping && (!w.design.writers_first || ws.got_drain),
    }
}

/// Proposal: whether it idles in STOPPING until the postmaster's SIGUSR2.
pub(crate) fn is_idling(w: &World, s: &Cluster, i: usize) -> bool {
    let idles = w.design.logical_stopping
        && w.design.stopping_idles
        && w.scenario.walsender(i).kind == WalsenderKind::Logical;
    idles && {
        let ws = s.walsenders.flags(i);
        ws.state == WalSndState::Stopping && !ws.got_sigusr2
    }
}

/// INIT_STOPPING (or the repair's second round) arrives: the SIGUSR1 handler runs.
///
/// Not streaming: it sends itself SIGTERM. Source: master `walsender.c` `HandleWalSndInitStopping`.
#[must_use]
pub fn handle_wal_snd_init_stopping(w: &World, s: &mut Cluster, at: At) -> Taken {
    let signal = if at.with == 0 {
        Signal::InitStopping
    } else {
        Signal::Drain
    };
    let i = signalled(s, at, signal)?;
    let child = Child::walsender(i);

    let active = s.walsenders[i].replication_active();
    s.child_mut(child).take(signal);
    if signal == Signal::Drain {
        s.walsenders[i].got_drain = true;
    } else if active || w.design.stop_phases == StopPhases::ByPostmaster {
        // 086221cf6b, WalSndSwitchStopping: only a flag, streaming or not.
        s.walsenders[i].got_stopping = true;
    } else if s.walsenders[i].pc == Pc::Extension {
        // It has no handler unless it was written with one.
        if w.design.extension_marks_stopping {
            s.walsenders[i].state = WalSndState::Stopping;
        }
    } else if matches!(
        s.walsenders[i].pc,
        Pc::Idle | Pc::Command | Pc::Transaction | Pc::SlotTaken
    ) {
        s.kill(child, Signal::Term);
    }
    TAKEN
}

/// SIGUSR2 arrives. Source: master `walsender.c` `WalSndLastCycleHandler`.
#[must_use]
pub fn wal_snd_last_cycle_handler(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = signalled(s, at, Signal::Usr2)?;

    s.child_mut(Child::walsender(i)).take(Signal::Usr2);
    if s.walsenders[i].pc == Pc::Extension {
        exit::proc_exit(w, s, i);
        return TAKEN;
    }
    let active = s.walsenders[i].replication_active();
    if w.design.stop_phases != StopPhases::TwoByProcSignal && !active {
        // 9.6 before c6c3334364: "If replication has not yet started, die like with SIGTERM."
        s.kill(Child::walsender(i), Signal::Term);
    } else {
        timeouts::end_of_idling(w, s, i);
        s.walsenders[i].got_sigusr2 = true;
        wake(&mut s.walsenders[i]);
    }
    TAKEN
}

/// SIGQUIT or SIGKILL: the process is gone, no exit hook runs, its shared entry stays.
///
/// Source: master `postgres.c` `quickdie`, "_exit(2)".
#[must_use]
pub fn quickdie(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = signalled(s, at, Signal::Quit).or_else(|| signalled(s, at, Signal::Kill))?;

    s.child_mut(Child::walsender(i)).exit(Life::Crashed);
    s.walsenders[i].pc = Pc::Gone;
    s.channels[i].lose_buffer(w.scenario.socket_capacity);
    s.channels[i].server_closed = true;
    TAKEN
}

/// A pending SIGTERM acts: FATAL "terminating connection due to administrator command".
///
/// Not in `proc_exit`. The FATAL's own message is flushed by a write that blocks while the socket
/// is full, and neither timeout is looked at there. A SIGTERM that comes during a blocking write
/// ends that write, a goodbye's (up to 18; from 19 on it waits in a loop, whose FATAL has a message
/// again) or a FATAL's; not an ERROR's, whose report holds interrupts.
/// Source: master `postgres.c` `ProcessInterrupts`, "ProcDiePending = false";
/// `ProcessClientWriteInterrupt`, "whereToSendOutput = DestNone"; `PostgresMain`,
/// "HOLD_INTERRUPTS"; `elog.c` `send_message_to_frontend`, "pq_flush"; `walsender.c` `WalSndDone`.
#[must_use]
pub fn check_for_interrupts(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = signalled(s, at, Signal::Term)?;
    let ws = &s.walsenders[i];
    let interruptible = match ws.pc {
        Pc::Connecting
        | Pc::Idle
        | Pc::Command
        | Pc::Transaction
        | Pc::Loop
        | Pc::Sleeping
        | Pc::MainSleep
        | Pc::Extension
        | Pc::DiePending
        | Pc::FinalFlush => true,
        Pc::ErrorFlush => ws.fatal,
        Pc::Gone
        | Pc::SlotTaken
        | Pc::WaitForWal
        | Pc::SaveSlot
        | Pc::ExitAbort
        | Pc::ExitRelease
        | Pc::ExitDropSlot
        | Pc::ExitKill => false,
    };
    if !interruptible {
        return None;
    }

    // ProcDiePending is reset when the message is written.
    let goodbye = ws.pc == Pc::FinalFlush && !w.design.final_send_nonblocking;
    let in_write = ws.pc == Pc::ErrorFlush || goodbye;
    s.child_mut(Child::walsender(i)).take(Signal::Term);
    s.walsenders[i].fatal = true;
    if in_write {
        exit::proc_exit(w, s, i);
    } else {
        exit::report_and_exit(w, s, i);
    }
    TAKEN
}

/// One message of the peer is processed; at the end of what it sent, EOF ends the process.
///
/// Source: master `walsender.c` `ProcessRepliesIfAny`, `ProcessStandbyReplyMessage`.
#[must_use]
pub fn process_replies_if_any(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = running(s, at, &READING)?;
    let socket = &s.channels[i];
    let empty = socket.up_len() == 0;
    let eof = socket.peer_closed && empty;
    let looping = LOOPING.contains(&s.walsenders.pc(i));
    let copy_done = socket.copy_done && !s.walsenders.flags(i).copy_done;
    // An idle or flushing walsender also notices that its client is gone.
    let noticing = !looping && eof;
    let nothing = !eof && empty && !copy_done;
    if nothing {
        return None;
    }
    let reading = looping && !is_deaf(w, s, i);
    if !reading && !noticing {
        return None;
    }

    if reading && copy_done && empty {
        copy_done::receive_copy_done(s, i);
        return TAKEN;
    }
    let flush = s.channels[i].up[0].flush;
    if s.slots[i].active && logical::must_wait_to_save(&s.slots[i], flush) {
        return None;
    }

    let Some(reply) = s.channels[i].take_reply() else {
        exit::proc_exit(w, s, i);
        return TAKEN;
    };
    let ws = &mut s.walsenders[i];
    wake(ws);
    timeouts::heard(ws);
    ws.write = reply.write;
    ws.flush = reply.flush;
    if s.slots[i].active && reply.flush.is_valid() {
        match w.scenario.walsender(i).kind {
            WalsenderKind::Logical => {
                logical::logical_confirm_received_location(w, s, i, reply.flush);
            }
            WalsenderKind::Physical => {
                physical::physical_confirm_received_location(s, i, reply.flush);
            }
        }
    }
    TAKEN
}

/// `pgstat_report_stat`: reports what is pending; after the file is written that trips an assertion
/// and the report is lost. 15 to 17 leave before the assertion: it is lost without a word.
///
/// Source: master `pgstat.c`, "Assert(!pgStatLocal.shmem->is_shutdown)"; 17, "if
/// (pgStatLocal.shmem->is_shutdown && am_walsender) return 0".
pub(crate) fn report_stat(w: &World, s: &mut Cluster, i: usize) {
    if !std::mem::take(&mut s.walsenders[i].pending_stats) {
        return;
    }
    if w.design.late_walsender_stats_skipped && s.stats.is_shutdown {
        s.stats.lost = true;
    } else {
        count_stat(w, s);
    }
}

/// Something is counted in shared statistics. Source: `pgstat_shmem.c` `pgstat_get_entry_ref`.
pub(crate) fn count_stat(w: &World, s: &mut Cluster) {
    if w.design.stats_writer == StatsWriter::Checkpointer && s.stats.is_shutdown {
        s.stats.lost = true;
        s.failures.assert_stats = true;
    }
}
