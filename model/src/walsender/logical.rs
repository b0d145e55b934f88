//! The logical walsender's `send_data`: reads the next record, decodes it, waits for WAL; and
//! what a confirmation does to its slot.

use super::done::after_send_data;
use super::removed::is_removed;
use super::timeouts::wal_snd_keepalive;
use super::{
    Iteration, LOOPING, Pc, WalSndState, count_stat, is_draining, is_idling, running, send_pending,
};
use crate::channel::MessageKind;
use crate::cluster::Cluster;
use crate::design::{CaughtUpRule, StopFlush, StopPhases};
use crate::scenario::WalsenderKind;
use crate::slot::Slot;
use crate::steps::{At, TAKEN, Taken};
use crate::wal::{Lsn, Record};
use crate::world::World;

/// Whether the next record is on disk, so that it can be read.
fn record_available(s: &Cluster, i: usize) -> bool {
    let (sent, _) = s.walsenders.progress(i);
    sent < s.wal.inserted && s.wal.end_of(sent) <= s.wal.flushed
}

/// Whether the stop flush of this design would move the flush position.
fn stop_flush_has_work(w: &World, s: &Cluster, i: usize) -> bool {
    if !is_draining(w, s, i) {
        return false;
    }
    let mut after = s.wal;
    stop_flush(w, &mut after);
    after.flushed != s.wal.flushed
}

/// Whether a call of `XLogSendLogical` would find something to do.
pub(crate) fn send_data_has_work(w: &World, s: &Cluster, i: usize) -> bool {
    record_available(s, i) || stop_flush_has_work(w, s, i)
}

/// Whether `WalSndLoop` would call it now, and it would find something to do.
pub(super) fn may_send_data(w: &World, s: &Cluster, i: usize) -> bool {
    let may = ready_to_send(w, s, i) && s.channels[i].has_room() && !needs_standbys(w, s, i);
    may && send_data_has_work(w, s, i)
}

/// "If we're shutting down, trigger pending WAL to be written out": what the design does.
/// `false` when the flush raises an error.
fn stop_flush(w: &World, wal: &mut crate::wal::Wal) -> bool {
    if w.design.stop_phases != StopPhases::TwoByProcSignal {
        return true;
    }
    match w.design.stop_flush {
        StopFlush::None => {}
        StopFlush::Background => wal.background_flush(w.page_start(wal)),
        StopFlush::InsertPosition => {
            // GetXLogInsertRecPtr points past the page header when the last record ends a page:
            // everything is flushed, and then "xlog flush request is not satisfied".
            wal.flush(wal.inserted);
            return !w.ends_page(wal.inserted);
        }
        StopFlush::InsertEnd => wal.flush(wal.inserted),
    }
    true
}

/// The walsender named by a step, if it is a logical one in its loop.
fn looping(w: &World, s: &Cluster, at: At) -> Option<usize> {
    let logical = w.scenario.walsender(usize::from(at.who)).kind == WalsenderKind::Logical;
    logical.then(|| running(s, at, &LOOPING)).flatten()
}

/// May this walsender call `send_data` now?
fn ready_to_send(w: &World, s: &Cluster, i: usize) -> bool {
    // WalSndWakeup ends the sleep of the main loop when WAL is flushed.
    let awake = s.walsenders.pc(i) != Pc::MainSleep || record_available(s, i);
    awake && !is_idling(w, s, i) && !send_pending(w, s, i)
}

/// Whether it would read the next record now.
pub(super) fn reads_next(w: &World, s: &Cluster, i: usize) -> bool {
    record_available(s, i) && ready_to_send(w, s, i) && !needs_standbys(w, s, i)
}

/// The next record is read and decoded. `with` 1: reading the catalogs writes a hint record.
///
/// One step: the walsender takes no lock that others wait for; what others can see of it (output,
/// hint record, `sentPtr`) they can see in any order later.
/// Source: master `walsender.c` `XLogSendLogical`; `decode.c` `LogicalDecodingProcessRecord`.
#[must_use]
pub fn xlog_send_logical(w: &World, s: &mut Cluster, at: At) -> Taken {
    let writes_hint = at.with == 1;
    if writes_hint && *s.hints_left == 0 {
        return None;
    }
    let i = looping(w, s, at)?;
    if !reads_next(w, s, i) || is_removed(w, s, i) {
        return None;
    }
    let (sent, _) = s.walsenders.progress(i);
    let record = s.wal.at(sent);
    // Only decoding a commit of its own database runs the plugin and reads catalogs.
    if writes_hint && record != Record::Commit {
        return None;
    }
    if record == Record::Commit && !s.channels[i].has_room() {
        return None;
    }

    s.walsenders[i].pc = Pc::Loop;
    decode(w, s, i, record, writes_hint);
    if w.design.caughtup_rule == CaughtUpRule::NoRecord {
        caught_up_with_a_record(w, s, i);
    } else {
        after_send_data(w, s, i);
    }
    TAKEN
}

/// Before 38ddeab13b, having read a record: caught up, but got_STOPPING is not looked at. The latch
/// that INIT_STOPPING set was reset at the top of the loop or in `WalSndWaitForWal`; with nothing
/// to write, the main loop goes to sleep, and only its timeout ends that. Since f246ea3b2a it does
/// not sleep there: the next call finds no record, and the stop is seen.
///
/// Source: 38ddeab13b^ `walsender.c` `XLogSendLogical`, "we have caught up"; f246ea3b2a
/// `WalSndLoop`, "let WalSndWaitForWal() handle any other blocking".
fn caught_up_with_a_record(w: &World, s: &mut Cluster, i: usize) {
    let flushed = s.wal.flushed;
    let pending = send_pending(w, s, i);
    let ws = &mut s.walsenders[i];
    ws.caught_up = ws.sent >= flushed;
    let sleeps = ws.caught_up && !w.design.sleeps_only_for_wal && !pending;
    if sleeps && ws.got_stopping && !ws.got_sigusr2 {
        ws.pc = Pc::MainSleep;
    }
}

/// `LogicalDecodingProcessRecord`, by record.
fn decode(w: &World, s: &mut Cluster, i: usize, record: Record, writes_hint: bool) {
    let start = s.walsenders[i].sent;
    let end = s.wal.end_of(start);
    match record {
        Record::Commit => {
            s.channels[i].send(MessageKind::Data, end);
            count_stat(w, s);
            s.walsenders[i].pending_stats = true;
            if writes_hint {
                s.wal.insert(Record::Hint);
                *s.hints_left -= 1;
            }
        }
        Record::RunningXacts => logical_increase_restart_decoding_for_slot(w, s, i, start),
        // UpdateDecodingStats counts bytes that went through a commit or a stream: an abort has
        // none.
        Record::None
        | Record::Abort
        | Record::CommitOther
        | Record::Other
        | Record::Hint
        | Record::BackupEnd
        | Record::Switch
        | Record::CheckpointShutdown
        | Record::Continuation => {}
    }
    s.walsenders[i].sent = end;
}

/// `WalSndWaitForWal`, first half: nothing to read. While stopping, WAL is forced out and the wait
/// is left at once; else the walsender is between the test for the flush and the test for leaving.
///
/// Source: master `walsender.c` `WalSndWaitForWal`, "trigger pending WAL to be written out".
#[must_use]
pub fn wal_snd_wait_for_wal(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = looping(w, s, at)?;
    let draining = is_draining(w, s, i);
    let told = s.walsenders.flags(i);
    if !draining && !told.got_stopping && s.walsenders.pc(i) != Pc::Loop {
        return None;
    }
    if !ready_to_send(w, s, i) {
        return None;
    }
    if record_available(s, i) && !needs_standbys(w, s, i) {
        return publish_stopping_early(w, s, i);
    }

    let before = Iteration::begin(s, i);
    if w.design.stop_phases == StopPhases::ByPostmaster && told.got_stopping {
        s.walsenders[i].state = WalSndState::Stopping;
    }
    if w.design.writers_first && told.got_stopping && told.state == WalSndState::Streaming {
        s.walsenders[i].state = WalSndState::Draining;
    }
    if draining {
        s.walsenders[i].pc = Pc::Loop;
        if !stop_flush(w, &mut s.wal) {
            // ERROR, WalSndErrorCleanup, exit.
            super::exit::report_and_exit(w, s, i);
            return TAKEN;
        }
        if standby_error(w, s, i) {
            super::exit::report_and_exit(w, s, i);
            return TAKEN;
        }
        if !needs_standbys(w, s, i) && !record_available(s, i) {
            after_send_data(w, s, i);
        }
    } else if s.walsenders.pc(i) == Pc::Loop {
        s.walsenders[i].pc = Pc::WaitForWal;
    }
    before.end(s, i)
}

/// 086221cf6b: the fast path compares with the RecentFlushPtr of an earlier call. When WAL was
/// flushed since, the walsender enters the loop, publishes STOPPING, and then finds that there is a
/// record to read.
///
/// Source: 086221cf6b `walsender.c` `WalSndWaitForWal`, "switch to the stopping state, do so".
fn publish_stopping_early(w: &World, s: &mut Cluster, i: usize) -> Taken {
    if w.design.stop_phases != StopPhases::ByPostmaster {
        return None;
    }
    let ws = s.walsenders.flags(i);
    if !ws.got_stopping || ws.state == WalSndState::Stopping {
        return None;
    }
    s.walsenders[i].state = WalSndState::Stopping;
    TAKEN
}

/// `WalSndWaitForWal`, second half of its first pass: leave if stopping (the flag may have come
/// since the flush was passed by), leave if there is WAL, else ping and sleep.
///
/// Source: master `walsender.c` `WalSndWaitForWal`, "If postmaster asked us to stop".
#[must_use]
pub fn wal_snd_wait_for_wal_test(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = running(s, at, &[Pc::WaitForWal])?;

    if is_draining(w, s, i) {
        s.walsenders[i].pc = Pc::Loop;
        if !record_available(s, i) && !needs_standbys(w, s, i) {
            after_send_data(w, s, i);
        }
    } else if record_available(s, i) && !needs_standbys(w, s, i) {
        s.walsenders[i].pc = Pc::Loop;
    } else {
        let ws = s.walsenders[i];
        s.walsenders[i].pc = Pc::Sleeping;
        s.walsenders[i].caught_up = true;
        if ws.flush < ws.sent && ws.write < ws.sent && !ws.waiting_for_ping {
            wal_snd_keepalive(w, s, i, false);
        }
    }
    TAKEN
}

/// 17+: a failover slot lags behind the `synchronized_standby_slots`.
///
/// Source: 17 `walsender.c` `NeedToWaitForStandbys`; `slot.c` `StandbySlotsHaveCaughtup`.
fn needs_standbys(w: &World, s: &Cluster, i: usize) -> bool {
    w.design.standby_slots
        && w.scenario.walsender(i).failover
        && standby_slots(w).any(|j| s.slots[j].restart_lsn < s.wal.flushed)
}

/// 17+: while stopping, a listed slot that is inactive (or invalid) and behind is an ERROR.
fn standby_error(w: &World, s: &Cluster, i: usize) -> bool {
    // StandbySlotsHaveCaughtup walks the list and stops at the first slot that lags.
    let lags = |&j: &usize| s.slots[j].restart_lsn < s.wal.flushed || s.slots[j].invalidated;
    let first = standby_slots(w).find(lags).map(|j| &s.slots[j]);
    w.design.standby_slots_error
        && needs_standbys(w, s, i)
        && first.is_some_and(|slot| !slot.active || slot.invalidated)
}

fn standby_slots(w: &World) -> impl Iterator<Item = usize> + '_ {
    w.scenario
        .walsenders()
        .filter(|(_, ws)| ws.synchronized_standby)
        .map(|(j, _)| j)
}

/// A RUNNING_XACTS record at `lsn` proposes itself as the next restart point.
///
/// Source: master `logical.c` `LogicalIncreaseRestartDecodingForSlot`.
fn logical_increase_restart_decoding_for_slot(w: &World, s: &mut Cluster, i: usize, lsn: Lsn) {
    let slot = &mut s.slots[i];
    let newer = lsn > slot.restart_lsn;
    let mut adopt = false;
    if newer && lsn <= slot.confirmed_flush {
        slot.candidate_restart_valid = lsn;
        slot.candidate_restart_lsn = lsn;
        adopt = true;
    } else if (newer || !w.design.candidate_else_if) && !slot.candidate_restart_valid.is_valid() {
        slot.candidate_restart_valid = lsn;
        slot.candidate_restart_lsn = lsn;
    }
    if adopt {
        let confirmed = slot.confirmed_flush;
        logical_confirm_received_location(w, s, i, confirmed);
    }
}

/// Whether confirming `lsn` would save the slot while the checkpointer saves it: the walsender
/// waits for `io_in_progress_lock` then.
pub(crate) fn must_wait_to_save(slot: &Slot, lsn: Lsn) -> bool {
    let adopts = slot.candidate_restart_valid.is_valid() && slot.candidate_restart_valid <= lsn;
    adopts && slot.copy_restart_lsn.is_valid()
}

/// The peer confirmed `lsn`.
///
/// Source: master `logical.c` `LogicalConfirmReceivedLocation`.
pub(crate) fn logical_confirm_received_location(w: &World, s: &mut Cluster, i: usize, lsn: Lsn) {
    let slot = &mut s.slots[i];
    debug_assert!(!must_wait_to_save(slot, lsn), "io_in_progress_lock is held");
    slot.confirmed_flush = if w.design.confirm_max {
        slot.confirmed_flush.max(lsn)
    } else {
        lsn
    };
    if slot.candidate_restart_valid.is_valid() && slot.candidate_restart_valid <= lsn {
        slot.restart_lsn = slot.candidate_restart_lsn;
        slot.candidate_restart_lsn = Lsn::INVALID;
        slot.candidate_restart_valid = Lsn::INVALID;
        slot.mark_dirty();
        slot.save();
    }
}
