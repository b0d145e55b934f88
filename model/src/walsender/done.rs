//! The end of a walsender's work: what follows every read of WAL while stopping, the exit test, and
//! the proposal's STOPPING, flag and last save.

use super::{
    Iteration, Pc, WalSndState, exit, is_draining, logical, removed, report_stat, running,
    send_pending, timeouts,
};
use crate::cluster::Cluster;
use crate::design::{FlagSet, LastCycleFlag, SavePoint, SavedBy, StatsFlush, StoppingWhen};
use crate::scenario::WalsenderKind;
use crate::steps::{At, TAKEN, Taken};
use crate::world::World;

/// Everything is sent: leave if it is replicated, else ask for a reply.
///
/// The call of `send_data` at its beginning sends or decodes what is there (then the step is the
/// one of `send_data`) or finds nothing: this step. Nobody can see between that look at the flush
/// position and the decision, which depends on nothing that others write.
/// Source: master `walsender.c` `WalSndDone`.
#[must_use]
pub fn wal_snd_done(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = running(s, at, &[Pc::Loop])?;
    if !s.walsenders.flags(i).got_sigusr2 || send_pending(w, s, i) {
        return None;
    }
    let ws = &s.walsenders[i];
    if !w.design.sends_until_caught_up && s.wal.flushed > ws.sent {
        return one_last_batch(w, s, i);
    }
    if !ws.caught_up {
        return None;
    }
    let more = match w.scenario.walsender(i).kind {
        WalsenderKind::Logical => logical::send_data_has_work(w, s, i),
        WalsenderKind::Physical => s.wal.flushed > ws.sent,
    };
    if w.design.done_sends_again && more {
        return None;
    }

    let before = Iteration::begin(s, i);
    if w.design.done_sends_again {
        after_send_data(w, s, i);
    }

    let ws = &s.walsenders[i];
    let replicated = ws.sent == ws.replicated(w) || !w.design.exit_when_replicated;
    let gate = w.design.logical_stopping
        && w.design.all_wal_flushed
        && w.scenario.walsender(i).kind == WalsenderKind::Logical;
    if ws.caught_up && replicated && (!gate || ws.all_wal_flushed) {
        leave(w, s, i);
    } else if !ws.waiting_for_ping && !s.channels[i].peer_closed {
        save_before_reply(w, s, i);
        timeouts::wal_snd_keepalive(w, s, i, true);
        s.walsenders[i].waiting_for_ping = w.design.done_ping_remembered;
    }
    // It stays, and the next iteration of WalSndLoop calls send_data() before it comes here again:
    // what has come since this iteration's call is sent first.
    let stays = s.walsenders.pc(i) == Pc::Loop;
    s.walsenders[i].caught_up &= !(stays && more);
    before.end(s, i)
}

/// Before e0b581acd2: told to leave, it sends one batch more and goes, caught up or not.
///
/// Source: e0b581acd2^ `walsender.c` `WalSndLoop`, "shutdown_requested = true".
fn one_last_batch(w: &World, s: &mut Cluster, i: usize) -> Taken {
    let physical = w.scenario.walsender(i).kind == WalsenderKind::Physical;
    if !physical || !s.channels[i].has_room() || removed::is_removed(w, s, i) {
        return None;
    }
    super::physical::send_batch(w, s, i);
    leave(w, s, i);
    TAKEN
}

/// What `XLogSendLogical` does behind every read, and the proposal's P2 and P7.
///
/// Source: master `walsender.c` `XLogSendLogical`, "If we're caught up and have been requested to
/// stop"; the proposal's mail of 2023-07-21 for STOPPING, the early statistics and the flag.
pub(crate) fn after_send_data(w: &World, s: &mut Cluster, i: usize) {
    let flushed = s.wal.flushed;
    if w.scenario.walsender(i).kind == WalsenderKind::Physical {
        return;
    }
    let draining = is_draining(w, s, i);
    let ws = &mut s.walsenders[i];
    ws.caught_up = ws.sent >= flushed;
    if !ws.caught_up || !draining {
        return;
    }
    if !w.design.logical_stopping {
        ws.got_sigusr2 = true;
        return;
    }
    if w.design.stopping_after_flush && ws.state != WalSndState::Stopping {
        // Repair: look once more, now that WAL is forced out; what is found is decoded first.
        let inserted = s.wal.inserted;
        s.wal.flush(inserted);
        ws.caught_up = ws.sent >= s.wal.flushed;
        if !ws.caught_up {
            return;
        }
    }
    let acknowledged = ws.sent == ws.replicated(w);
    let may_stop = match w.design.stopping_when {
        StoppingWhen::CaughtUp => true,
        StoppingWhen::Acknowledged => acknowledged,
    };
    if ws.state != WalSndState::Stopping && may_stop {
        if w.design.early_stats {
            report_stat(w, s, i);
        }
        let ws = &mut s.walsenders[i];
        ws.state = WalSndState::Stopping;
        ws.all_wal_flushed |= w.design.flag_set == FlagSet::AtStopping;
        ws.got_sigusr2 |= w.design.last_cycle_flag == LastCycleFlag::Shared;
        return;
    }
    if ws.state == WalSndState::Stopping && ws.got_sigusr2 {
        ws.all_wal_flushed |= w.design.flag_set == FlagSet::AtLastCycle;
    }
    if ws.state != WalSndState::Stopping && w.design.last_cycle_flag == LastCycleFlag::Shared {
        ws.got_sigusr2 = true;
    }
}

/// V3, third reading: the slot is saved when the last keepalive goes out.
fn save_before_reply(w: &World, s: &mut Cluster, i: usize) {
    let last_cycle = s.walsenders[i].state == WalSndState::Stopping && s.walsenders[i].got_sigusr2;
    // While the checkpointer has a copy of the slot in hand, the save waits for its lock; nothing
    // is saved in this round then.
    let free = !s.slots[i].copy_restart_lsn.is_valid();
    if final_save(w, s, i) && w.design.save_point == SavePoint::BeforeReply && last_cycle && free {
        s.slots[i].mark_dirty();
        s.slots[i].save();
    }
}

/// Whether the proposal's walsender saves this slot itself.
pub(crate) fn final_save(w: &World, s: &Cluster, i: usize) -> bool {
    w.design.final_slot_save
        && w.design.saved_by == SavedBy::Walsender
        && w.scenario.walsender(i).kind == WalsenderKind::Logical
        && s.slots[i].active
}

/// `WalSndDone` has decided: `COPY 0`, and out; the proposal saves the slot before or after that.
fn leave(w: &World, s: &mut Cluster, i: usize) {
    if !w.design.done_exits_directly {
        // 9.3devel: "ProcDiePending = true; continue;", and InterruptPending is not set.
        s.walsenders[i].pc = Pc::DiePending;
        return;
    }
    if w.design.logical_stopping && w.design.stats_flush == StatsFlush::AtStoppingAndExit {
        report_stat(w, s, i);
    }
    if final_save(w, s, i) && w.design.save_point == SavePoint::BeforeCopyDone {
        s.walsenders[i].pc = Pc::SaveSlot;
    } else {
        exit::send_copy_done(w, s, i);
    }
}
