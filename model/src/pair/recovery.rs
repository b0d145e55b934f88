//! The startup process at the begin and at the end of recovery: start, crash recovery, promotion.
//!
//! | step | when |
//! |---|---|
//! | `startup_xlog` | pg_control is read; crash recovery is done, or a standby begins to replay |
//! | `finish_wal_recovery` | promotion: a new timeline is chosen |
//! | `create_end_of_recovery_record` | its first record, and pg_control's minRecoveryPoint |
//! | `cleanup_after_archive_recovery` | the old timeline's last segment becomes `.partial` |
//! | `enter_production` | pg_control says so, and a checkpoint is asked for |
//!
//! *Grain*: nobody else is there during crash recovery: one step. Promotion is cut where a
//! walsender, a restartpoint, pg_rewind or a crash could tell the difference.
//!
//! *Break it*: `-3c64dcb1e3` breaks `no-panic`; `-ff9f111bce` `standby-can-rejoin`.

use super::node::{ControlState, Node, Phase, SlotSync, Startup, Stop};
use super::wal::{Next, Record, SEGMENT, TIMELINES, next};
use super::{Pair, State, checkpointer, startup};
use crate::design::MissingContrecord;

/// The node starts.
///
/// Source: master `xlog.c` `StartupXLOG`, `xlogrecovery.c` `InitWalRecovery`, "could not locate a
/// valid checkpoint record".
#[must_use]
pub fn startup_xlog(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    if node.phase != Phase::Recovery || node.startup != Startup::Begin {
        return None;
    }

    let mut s = *s;
    s.nodes[n] = if !node.has_any_file(node.control.checkpoint) {
        panicked(node)
    } else if node.standby {
        begin_archive_recovery(node)
    } else if node.control.state == ControlState::ShutDown {
        produces(node)
    } else {
        crash_recovery(w, node)?
    };
    Some(s)
}

fn panicked(node: &Node) -> Node {
    Node {
        phase: Phase::Failed,
        startup: Startup::Gone,
        panicked: true,
        ..*node
    }
}

fn produces(node: &Node) -> Node {
    Node {
        phase: Phase::Production,
        startup: Startup::Gone,
        inserted: node.flushed,
        ..*node
    }
}

fn begin_archive_recovery(node: &Node) -> Node {
    let mut node = *node;
    node.control.state = ControlState::InArchiveRecovery;
    node.startup = Startup::Archive;
    node.replayed = node.control.checkpoint;
    node.timeline = node.control.timeline;
    node.target = node.newest;
    node
}

/// Replays all there is from the last checkpoint on, and ends with a checkpoint.
///
/// Source: master `xlog.c` `StartupXLOG`, `PerformRecoveryXLogAction`; `CheckRecoveryConsistency`,
/// `XLogCheckInvalidPages`; `CreateOverwriteContrecordRecord`.
fn crash_recovery(w: &Pair, node: &Node) -> Option<Node> {
    let mut node = *node;
    node.timeline = node
        .control
        .timeline
        .max(node.control.min_recovery_timeline);
    let mut at = node.control.checkpoint;
    let mut invalid_page = false;
    let rest = w.scenario.long_rest;
    let broken = loop {
        match next(&node.records, at, node.flushed, rest, true) {
            Next::Record(record, end) => {
                invalid_page |= record == Record::Touch && node.page_gone;
                invalid_page &= record != Record::Truncate;
                at = end;
            }
            Next::Skip(end) => at = end,
            Next::Nothing(missing) | Next::Broken(missing) => break missing,
        }
        let consistent = node.control.min_recovery > 0 && at >= node.control.min_recovery;
        if invalid_page && consistent && !w.design.crash_recovery_replays_all {
            return Some(panicked(&node));
        }
    };
    let end = match w.design.missing_contrecord {
        MissingContrecord::KeepFragment => broken,
        MissingContrecord::Overwrite | MissingContrecord::DelayReady => at,
    };
    node.records[usize::from(end)..].fill(Record::None);
    node.flushed = end;
    node = produces(&node);
    if end > at {
        node = node.insert(Record::OverwriteContrecord, 1)?;
    }
    node.control.min_recovery = 0;
    node.control.min_recovery_timeline = 0;
    checkpointer::checkpoint(w, &node, Record::Checkpoint, ControlState::InProduction)
}

/// All that can be had is replayed: a new timeline is chosen. The worker that synchronizes slots
/// must be gone.
///
/// Source: master `xlog.c` `StartupXLOG`, "selected new timeline ID"; `xlogrecovery.c`
/// `FinishWalRecovery`.
#[must_use]
pub fn finish_wal_recovery(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = startup::reads(w, s, n)?;
    startup::missing(w, &node)?;
    let ends = node.startup == Startup::Archive && node.promote;
    let more = startup::restore_archived_file(w, s, n).is_some();
    if !ends || more || node.slotsync != SlotSync::Gone || usize::from(node.newest) == TIMELINES {
        return None;
    }

    let mut s = *s;
    let new = node.newest + 1;
    let end = node.replayed;
    let mut next = Node {
        standby: w.design.signal_file_removed_last,
        newest: new,
        timeline: new,
        target: new,
        flushed: end,
        inserted: end,
        startup: Startup::NewTimeline,
        ..node
    };
    next.records[usize::from(end)..].fill(Record::None);
    next.ends[Node::index(node.timeline)] = end;
    next.files[Node::index(new)] |= Node::bit(end);
    s.nodes[n] = next;
    Some(s)
}

fn promotes(s: &State, n: usize, at: Startup) -> Option<Node> {
    let node = s.nodes[n];
    let live = node.phase == Phase::Recovery && node.stop == Stop::No;
    (live && node.startup == at).then_some(node)
}

/// The END_OF_RECOVERY record; crash recovery will follow the timeline up to here.
///
/// Source: master `xlog.c` `CreateEndOfRecoveryRecord`.
#[must_use]
pub fn create_end_of_recovery_record(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = promotes(s, n, Startup::NewTimeline)?;

    let mut s = *s;
    let mut node = node.insert(Record::EndOfRecovery, 1)?;
    let archives = w.archives(&node);
    node.flush(node.inserted, archives, w.design.missing_contrecord);
    node.control.min_recovery = node.flushed;
    node.control.min_recovery_timeline = node.timeline;
    node.startup = Startup::RecordWritten;
    node.standby = false;
    s.nodes[n] = node;
    Some(s)
}

/// The old timeline's last segment, if it is not complete, is renamed to `.partial`.
///
/// Source: master `xlog.c` `CleanupAfterArchiveRecovery`, "If the switch happened in the
/// middle of a segment".
#[must_use]
pub fn cleanup_after_archive_recovery(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = promotes(s, n, Startup::RecordWritten)?;

    let mut s = *s;
    let next = &mut s.nodes[n];
    next.startup = Startup::CleanedUp;
    let old = Node::index(node.timeline) - 1;
    let end = node.ends[old];
    let bit = Node::bit(end);
    let marked = (node.ready[old] | node.done[old]) & bit != 0;
    let archives = w.scenario.archiving != super::scenario::Archiving::Off;
    if archives && end % SEGMENT != 0 && !marked {
        next.files[old] &= !bit;
    }
    Some(s)
}

/// Recovery is over; the checkpoint comes later.
///
/// Source: master `xlog.c` `StartupXLOG`, "ControlFile->state = DB_IN_PRODUCTION",
/// "RequestCheckpoint(CHECKPOINT_FORCE)".
#[must_use]
pub fn enter_production(_w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = promotes(s, n, Startup::CleanedUp)?;

    let mut s = *s;
    s.nodes[n] = Node {
        phase: Phase::Production,
        startup: Startup::Gone,
        promote: false,
        checkpoint_requested: true,
        replayed: 0,
        last_checkpoint: 0,
        target: 0,
        ..node
    };
    s.nodes[n].control.state = ControlState::InProduction;
    Some(s)
}
