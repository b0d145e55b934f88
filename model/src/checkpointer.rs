//! The checkpointer: makes the walsenders stop, writes the shutdown checkpoint, saves slots and
//! statistics, and exits (up to 17 before the walsenders, from 18 on after everybody).
//!
//! | step | function | section of `CreateCheckPoint` and friends |
//! |---|---|---|
//! | [`checkpointer_main_shutdown_requested`] | `CheckpointerMain` | the shutdown flag is seen |
//! | [`handshake::wal_snd_init_stopping`] | `WalSndInitStopping` | one entry a step |
//! | [`handshake::wal_snd_wait_stopping`] | `WalSndWaitStopping` | all entries free or STOPPING |
//! | [`handshake::wal_snd_start_draining`] | (repair `writers-first`) | second round of the handshake |
//! | [`create_restart_point`] | `CreateRestartPoint` | instead of all that follows, in recovery |
//! | [`request_xlog_switch`] | `RequestXLogSwitch` | archiving only |
//! | [`create_check_point_shutting_down`] | `CreateCheckPoint` | pg_control := DB_SHUTDOWNING |
//! | [`create_check_point_redo`] | `CreateCheckPoint` | redo := insert position |
//! | [`slots::save_slot_to_path_copy`], [`slots::save_slot_to_path_rename`] | `CheckPointReplicationSlots` | one slot a pair |
//! | [`slots::check_point_replication_slots`] | same | past the last one |
//! | [`check_point_buffers`] | `CheckPointBuffers` | |
//! | [`create_check_point_insert`] | `CreateCheckPoint` | the record, its flush, the PANIC check |
//! | [`create_check_point_shut_down`] | `CreateCheckPoint` | pg_control := DB_SHUTDOWNED |
//! | [`slots::invalidate_obsolete_replication_slots`] | same | SIGTERM to owners, wait, invalidate |
//! | [`remove_old_xlog_files`] | `RemoveOldXlogFiles` | |
//! | [`send_xlog_is_shutdown`] | `CheckpointerMain` | 18+: PMSIGNAL_XLOG_IS_SHUTDOWN |
//! | [`checkpointer_main_exit_requested`] | `CheckpointerMain` | 18+: SIGUSR2 |
//! | [`pgstat_before_server_shutdown`] | same, then `proc_exit(0)` | |
//!
//! *Grain*: C3..C6, C10..C13 and C15 of the domain text touch what nobody else reads, so they are
//! folded into the step in which their effect shows. The scan of `WalSndWaitStopping` reads entry
//! by entry; it is one step here, because an entry that once passed passes for ever: STOPPING is
//! left only by exit, and no pid appears once `PM_WAIT_BACKENDS` is over.
//!
//! *Simplified*: online checkpoints are left out, a restartpoint is one step; the record and its
//! flush are one step, since only flushed WAL can be sent.
//!
//! *Break it*: `pg17+slots-after-record` (`wal-kept` fails when an immediate request comes in
//! between); skip [`handshake::wal_snd_wait_stopping`] by `-c6c3334364` (`no-panic` fails).
//!
//! *Checked*: unique states and depths of the default scenarios are pinned in
//! `sim/tests/exhaustive.rs`.

pub mod handshake;
pub mod slots;
mod turn;

use crate::cluster::{Child, Cluster, ControlState, Life, Signal};
use crate::design::{SavedBy, StatsWriter, StopPhases, WalKeptBy};
use crate::reads::{CHECKPOINTER, CHECKPOINTER_PC, Noted, note_centre};
use crate::steps::{At, TAKEN, Taken};
use crate::wal::{Lsn, Record};
use crate::world::World;
use handshake::next_entry;
use slots::next_obsolete;
pub use turn::Turn;
use turn::end_of_loop;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// Where the checkpointer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum Pc {
    /// Main loop, nothing requested.
    #[default]
    Main,
    /// In `WalSndInitStopping`.
    InitStopping,
    /// In `WalSndWaitStopping` (of the repair: its first round).
    WaitStopping,
    /// Repair `writers-first`: sends the second round.
    StartDraining,
    /// Repair `writers-first`: waits for the second round.
    WaitDrained,
    /// In recovery: about to make a restartpoint instead of a checkpoint.
    RestartPoint,
    /// About to switch the segment.
    Switch,
    /// About to write DB_SHUTDOWNING.
    ShuttingDown,
    /// About to fix redo.
    Redo,
    /// In `CheckPointReplicationSlots`, about to look at a slot.
    SlotCopy,
    /// About to rename the state file of the slot whose turn it is.
    SlotRename,
    /// About to write out buffers.
    Buffers,
    /// About to insert the record.
    Insert,
    /// About to write DB_SHUTDOWNED.
    ShutDown,
    /// Invalidates obsolete slots.
    Invalidate,
    /// About to remove old WAL.
    RemoveWal,
    /// 18+: about to tell the postmaster.
    ReportShutdown,
    /// 18+: waits for SIGUSR2.
    WaitExit,
    /// About to leave.
    Exit,
    /// Gone.
    Gone,
}

/// The checkpointer's variables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Checkpointer {
    /// Where it is.
    pub pc: Pc,
    /// `checkPoint.redo`.
    pub redo: Lsn,
    /// `slotsMinReqLSN`, computed before the slots are saved (back branches).
    pub slots_min_lsn: Lsn,
    /// The save that runs is the second one, at the end (V4).
    pub late_save: bool,
}

impl Noted<Checkpointer, { CHECKPOINTER }> {
    /// Where it is in its code. That, and no more of it, is noted.
    #[inline]
    fn pc(&self) -> Pc {
        note_centre(CHECKPOINTER_PC);
        self.unnoted().pc
    }
}

fn at(s: &Cluster, pc: Pc) -> bool {
    s.runs(Child::CHECKPOINTER) && s.checkpointer.pc() == pc
}

fn go(s: &mut Cluster, pc: Pc) {
    s.checkpointer.pc = pc;
}

/// The shutdown flag is set and seen: up to 17 by SIGUSR2, from 18 on by SIGINT.
///
/// Source: master `checkpointer.c` `CheckpointerMain`, "ShutdownXLOGPending"; up to 17
/// `HandleCheckpointerInterrupts`, "ShutdownRequestPending". The handlers only set the flag.
#[must_use]
pub fn checkpointer_main_shutdown_requested(w: &World, s: &mut Cluster, _at: At) -> Taken {
    let trigger = if w.design.checkpointer_exits_last {
        Signal::Int
    } else {
        Signal::Usr2
    };
    if !at(s, Pc::Main) || !s.child(Child::CHECKPOINTER).has(trigger) {
        return None;
    }

    s.child_mut(Child::CHECKPOINTER).take(trigger);
    match w.design.stop_phases {
        StopPhases::One => after_handshake(w, s),
        StopPhases::ByPostmaster => go(s, Pc::WaitStopping),
        StopPhases::TwoByProcSignal => {
            go(s, Pc::InitStopping);
            next_entry(w, s);
        }
    }
    TAKEN
}

fn after_handshake(w: &World, s: &mut Cluster) {
    if s.startup.in_recovery {
        go(s, Pc::RestartPoint);
        return;
    }
    let switch = w.scenario.archiving && w.design.switch_before_checkpoint;
    go(s, if switch { Pc::Switch } else { Pc::ShuttingDown });
}

/// A server that is still in recovery makes a restartpoint, which writes no WAL; with or without a
/// new checkpoint record to start from, pg_control says that it was shut down in recovery.
///
/// Source: master `xlog.c` `ShutdownXLOG`, "RecoveryInProgress"; `CreateRestartPoint`,
/// "DB_SHUTDOWNED_IN_RECOVERY".
#[must_use]
pub fn create_restart_point(w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::RestartPoint) {
        return None;
    }

    s.control.state = ControlState::ShutDownInRecovery;
    go(s, after_checkpoint(w));
    TAKEN
}

/// 18+: report, then wait for SIGUSR2; up to 17 exit.
fn after_checkpoint(w: &World) -> Pc {
    if w.design.checkpointer_exits_last {
        Pc::ReportShutdown
    } else {
        Pc::Exit
    }
}

/// `XLOG_SWITCH`: inserted and flushed, the segment before it is ready to be archived.
///
/// Source: master `xlog.c` `ShutdownXLOG`, "RequestXLogSwitch".
#[must_use]
pub fn request_xlog_switch(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::Switch) {
        return None;
    }

    let end = s.wal.insert(Record::Switch);
    s.wal.flush(end);
    s.archiver.ready += 1;
    go(s, Pc::ShuttingDown);
    TAKEN
}

/// pg_control := DB_SHUTDOWNING.
///
/// Source: master `xlog.c` `CreateCheckPoint`, "ControlFile->state = DB_SHUTDOWNING".
#[must_use]
pub fn create_check_point_shutting_down(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::ShuttingDown) {
        return None;
    }

    s.control.state = ControlState::ShuttingDown;
    go(s, Pc::Redo);
    TAKEN
}

/// redo := insert position, under all insertion locks.
///
/// Source: master `xlog.c` `CreateCheckPoint`, "WALInsertLockAcquireExclusive".
#[must_use]
pub fn create_check_point_redo(w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::Redo) {
        return None;
    }

    s.checkpointer.redo = s.wal.inserted;
    s.checkpointer.slots_min_lsn = slots_min_lsn(w, s);
    if w.design.slots_after_buffers || w.design.slots_after_record {
        go(s, Pc::Buffers);
    } else {
        go(s, Pc::SlotCopy);
    }
    TAKEN
}

/// `ReplicationSlotsComputeRequiredLSN`: of what the slots need, in memory or (18+) in the file
/// last saved.
fn slots_min_lsn(w: &World, s: &Cluster) -> Lsn {
    let needed = |slot: &crate::slot::Slot| match w.design.wal_kept_by {
        WalKeptBy::Memory | WalKeptBy::MemoryBeforeSave => slot.restart_lsn,
        WalKeptBy::LastSaved => slot.restart_lsn.min(slot.disk_restart_lsn),
    };
    let slots = (0..w.walsenders)
        .map(|i| &s.slots[i])
        .filter(|slot| slot.in_use && !slot.invalidated);
    slots.map(needed).min().unwrap_or(Lsn(u8::MAX))
}

/// Dirty buffers are written, which needs their WAL on disk first.
///
/// Source: master `xlog.c` `CheckPointGuts`, "CheckPointBuffers"; `bufmgr.c` `FlushBuffer`.
#[must_use]
pub fn check_point_buffers(w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::Buffers) {
        return None;
    }

    let inserted = s.wal.inserted;
    s.wal.flush(inserted);
    if w.design.slots_after_buffers && !w.design.slots_after_record {
        go(s, Pc::SlotCopy);
    } else {
        go(s, Pc::Insert);
    }
    TAKEN
}

/// The shutdown checkpoint record is inserted and flushed; PANIC if it does not start at redo.
///
/// Source: master `xlog.c` `CreateCheckPoint`, "concurrent write-ahead log activity while database
/// system is shutting down".
#[must_use]
pub fn create_check_point_insert(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::Insert) {
        return None;
    }

    let start = s.wal.inserted;
    let end = s.wal.insert(Record::CheckpointShutdown);
    s.wal.flush(end);
    if start == s.checkpointer.redo {
        go(s, Pc::ShutDown);
    } else {
        s.failures.panic_concurrent_wal = true;
        s.checkpointer.pc = Pc::Gone;
        s.child_mut(Child::CHECKPOINTER).exit(Life::Crashed);
    }
    TAKEN
}

/// pg_control := DB_SHUTDOWNED.
///
/// Source: master `xlog.c` `CreateCheckPoint`, "ControlFile->state = DB_SHUTDOWNED".
#[must_use]
pub fn create_check_point_shut_down(w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::ShutDown) {
        return None;
    }

    s.control.state = ControlState::ShutDown;
    s.control.checkpoint = s.checkpointer.redo;
    go(s, Pc::Invalidate);
    next_obsolete(w, s);
    TAKEN
}

/// Old WAL is removed, up to what the slots need, `wal_keep_size` and the archiver.
///
/// One step: a segment's number is published as removed before its file goes, and who reads looks
/// at that number behind the read.
/// Source: master `xlog.c` `CreateCheckPoint`, "Delete old log files"; `KeepLogSeg`;
/// `RemoveOldXlogFiles`, "Update the last removed location in shared memory first".
#[must_use]
pub fn remove_old_xlog_files(w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::RemoveWal) {
        return None;
    }

    let slots = match w.design.wal_kept_by {
        WalKeptBy::MemoryBeforeSave => s.checkpointer.slots_min_lsn,
        WalKeptBy::Memory | WalKeptBy::LastSaved => slots_min_lsn(w, s),
    };
    let kept = w.keep_log_seg(s, s.checkpointer.redo, slots);
    s.wal.removed = s.wal.removed.max(kept);
    if w.design.slots_after_record {
        go(s, Pc::SlotCopy);
    } else {
        go(s, after_checkpoint(w));
    }
    TAKEN
}

/// 18+: PMSIGNAL_XLOG_IS_SHUTDOWN.
///
/// Source: master `checkpointer.c` `CheckpointerMain`, "PMSIGNAL_XLOG_IS_SHUTDOWN".
#[must_use]
pub fn send_xlog_is_shutdown(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::ReportShutdown) {
        return None;
    }

    s.postmaster.pmsignal_xlog_is_shutdown = true;
    go(s, Pc::WaitExit);
    TAKEN
}

/// 18+: SIGUSR2, the last one to leave. V4 of the proposal saves the slots here.
///
/// Source: master `checkpointer.c` `CheckpointerMain`, "Wait until we're asked to shut down".
#[must_use]
pub fn checkpointer_main_exit_requested(w: &World, s: &mut Cluster, _at: At) -> Taken {
    let idle = at(s, Pc::Main) && w.design.checkpointer_exits_last;
    if !at(s, Pc::WaitExit) && !idle || !s.child(Child::CHECKPOINTER).has(Signal::Usr2) {
        return None;
    }

    s.child_mut(Child::CHECKPOINTER).take(Signal::Usr2);
    if w.design.final_slot_save && w.design.saved_by == SavedBy::Checkpointer && !idle {
        s.checkpointer.late_save = true;
        go(s, Pc::SlotCopy);
    } else {
        go(s, Pc::Exit);
    }
    TAKEN
}

/// Exit with status 0; from 15 on it writes the statistics file as it goes.
///
/// Source: master `pgstat.c` `pgstat_before_server_shutdown`; `checkpointer.c` "proc_exit(0)".
#[must_use]
pub fn pgstat_before_server_shutdown(w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::Exit) {
        return None;
    }

    if w.design.stats_writer == StatsWriter::Checkpointer {
        s.stats.is_shutdown = true;
    }
    // Since b82640df00 the statistics of the shutdown checkpoint are reported before the exit.
    s.stats.lost |= w.scenario.helper_stats && !w.design.last_stats_forced;
    s.checkpointer.pc = Pc::Gone;
    s.child_mut(Child::CHECKPOINTER).exit(Life::Exited0);
    TAKEN
}
