//! How a walsender leaves: the goodbye, the proposal's save, `proc_exit` and its hooks in order.

use super::{Pc, running, send_pending};
use crate::channel::MessageKind;
use crate::cluster::{Child, Cluster, Life};
use crate::design::{SavePoint, StatsWriter};
use crate::scenario::WalsenderKind;
use crate::steps::{At, TAKEN, Taken};
use crate::wal::{Lsn, Record};
use crate::world::World;

/// `proc_exit`: from here on the hooks run, in order.
///
/// What the socket has not taken yet is lost with `PqSendBuffer`: no hook flushes it.
/// Source: master `pqcomm.c` `socket_close`, "In any case, leave MyProcPort->sock open".
pub(crate) fn proc_exit(w: &World, s: &mut Cluster, i: usize) {
    s.channels[i].lose_buffer(w.scenario.socket_capacity);
    let open = s.walsenders[i].pc == Pc::Transaction;
    let ephemeral = s.walsenders[i].pc == Pc::Command;
    s.walsenders[i].pc = if open {
        Pc::ExitAbort
    } else if ephemeral {
        Pc::ExitDropSlot
    } else {
        Pc::ExitRelease
    };
}

/// A FATAL, or an ERROR of a walsender that was told to stop: the message goes to the client first,
/// by a write that blocks, then the process leaves.
///
/// Source: master `elog.c` `send_message_to_frontend`, "pq_flush()"; `be-secure.c` `secure_write`,
/// "WaitEventSetWait(FeBeWaitSet, -1 /* no timeout */"; `walsender.c` `WalSndErrorCleanup`, "if
/// (got_STOPPING || got_SIGUSR2) proc_exit(0)", behind `EmitErrorReport`.
pub(crate) fn report_and_exit(w: &World, s: &mut Cluster, i: usize) {
    if error_report_blocks(w, s, i) && !w.design.no_report_to_full_socket {
        s.walsenders[i].pc = Pc::ErrorFlush;
    } else {
        proc_exit(w, s, i);
    }
}

/// Whether a message more would not fit into the socket. (It is not queued in the model: for the
/// peer it is like the end of the connection that follows it.)
fn error_report_blocks(w: &World, s: &Cluster, i: usize) -> bool {
    s.channels[i].is_full(w.scenario.socket_capacity)
}

/// CommandComplete `COPY 0`, then the final flush or (V3) the save.
pub(crate) fn send_copy_done(w: &World, s: &mut Cluster, i: usize) {
    if s.channels[i].has_room() {
        s.channels[i].send(MessageKind::CommandComplete, Lsn::INVALID);
    }
    let save_now =
        super::done::final_save(w, s, i) && w.design.save_point == SavePoint::AfterCopyDone;
    if save_now {
        s.walsenders[i].pc = Pc::SaveSlot;
    } else {
        after_goodbye(w, s, i);
    }
}

fn after_goodbye(w: &World, s: &mut Cluster, i: usize) {
    if send_pending(w, s, i) {
        s.walsenders[i].pc = Pc::FinalFlush;
    } else {
        proc_exit(w, s, i);
    }
}

/// The goodbye is in the socket: `proc_exit(0)`; or the message of a FATAL or an ERROR is.
///
/// Up to 18 the flush of the goodbye blocks; source: 18 `walsender.c` `WalSndDone`, "pq_flush()".
/// That of a message blocks in all releases; source: see `report_and_exit`.
#[must_use]
pub fn pq_flush(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = running(s, at, &[Pc::FinalFlush, Pc::ErrorFlush])?;
    let blocks = if s.walsenders.pc(i) == Pc::ErrorFlush {
        error_report_blocks(w, s, i)
    } else {
        send_pending(w, s, i)
    };
    if blocks {
        return None;
    }

    proc_exit(w, s, i);
    TAKEN
}

/// Proposal: the slot is marked dirty and saved.
///
/// Source: the mail of 2023-07-21, "slots are saved to disk"; `slot.c` `ReplicationSlotSave`.
#[must_use]
pub fn replication_slot_save(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = running(s, at, &[Pc::SaveSlot])?;
    // io_in_progress_lock: the checkpointer is not between its copy and its rename.
    if s.slots[i].copy_restart_lsn.is_valid() {
        return None;
    }

    s.slots[i].mark_dirty();
    s.slots[i].save();
    match w.design.save_point {
        SavePoint::AfterCopyDone => after_goodbye(w, s, i),
        SavePoint::BeforeCopyDone | SavePoint::BeforeReply => {
            send_copy_done(w, s, i);
        }
    }
    TAKEN
}

/// `proc_exit`, first hook: the open transaction is aborted, with a record.
///
/// Source: master `postinit.c` `ShutdownPostgres`, "AbortOutOfAnyTransaction".
#[must_use]
pub fn shutdown_postgres(_w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = running(s, at, &[Pc::ExitAbort])?;

    let end = s.wal.insert(Record::Abort);
    s.wal.async_xact = end;
    s.walsenders[i].pc = Pc::ExitRelease;
    TAKEN
}

/// `proc_exit`, next hooks: the slot is released (not saved), pending statistics are reported.
///
/// Source: master `slot.c` `ReplicationSlotShmemExit`; `pgstat.c` `pgstat_shutdown_hook`.
#[must_use]
pub fn replication_slot_shmem_exit(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = running(s, at, &[Pc::ExitRelease, Pc::ExitDropSlot])?;

    let slot = &mut s.slots[i];
    if slot.active && w.design.save_on_release && slot.confirmed_flush > slot.disk_confirmed_flush {
        if slot.copy_restart_lsn.is_valid() {
            // io_in_progress_lock: the checkpointer is between its copy and its rename.
            return None;
        }
        slot.mark_dirty();
        slot.save();
    }
    slot.active = false;
    leave_statistics(w, s, i);
    s.walsenders[i].pc = Pc::ExitKill;
    TAKEN
}

/// The statistics' part of the exit hooks: what is pending is reported; an ephemeral slot's drop is
/// reported, too, up to 14 after the process has left the statistics system.
///
/// Source: master `pgstat.c` `pgstat_report_stat`; 14 `proc.c` `ProcKill`, "Also cleanup all the
/// temporary slots"; commits 2f6501fa3c, 1f7878c33c.
fn leave_statistics(w: &World, s: &mut Cluster, i: usize) {
    // In 14 and before the drop is a message to the collector, which nobody asserts anything of.
    let shared = w.design.stats_writer == StatsWriter::Checkpointer;
    let scenario = w.scenario.walsender(i);
    let nothing_pending = !s.walsenders[i].pending_stats;
    if shared && scenario.report_put_off && nothing_pending && !w.design.pending_since_unasserted {
        s.failures.assert_pending_since = true;
    }
    super::report_stat(w, s, i);
    let ephemeral =
        scenario.kind == WalsenderKind::Logical && s.walsenders[i].pc == Pc::ExitDropSlot;
    if shared && ephemeral && !w.design.slot_release_before_stats {
        s.failures.assert_pgstat_up = true;
    }
}

/// `proc_exit`, last hooks: `WalSndKill` frees the entry; the process ends and its socket closes.
///
/// One step: the end of the process is seen only by the postmaster's reaping, a later step.
/// Source: master `walsender.c` `WalSndKill`.
#[must_use]
pub fn wal_snd_kill(_w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = running(s, at, &[Pc::ExitKill])?;

    let ws = s.walsenders[i];
    let life = if ws.fatal {
        Life::Exited1
    } else {
        Life::Exited0
    };
    s.walsenders[i] = super::WalSender {
        // What the postmaster and the judge still want to know of it.
        marked: ws.marked,
        sent: ws.sent,
        silence: ws.silence,
        ..super::WalSender::default()
    };
    s.channels[i].server_closed = true;
    s.channels[i].up = Default::default();
    s.child_mut(Child::walsender(i)).exit(life);
    TAKEN
}
