//! A node that writes: clients, bgwriter, walwriter; and the postmaster of any node as it stops.
//!
//! | step | when |
//! |---|---|
//! | `xlog_insert_record` | a client writes the next record |
//! | `log_standby_snapshot` | the bgwriter logs RUNNING_XACTS, until it is gone |
//! | `xlog_write` | WAL goes to disk, up to the end of a segment at a time |
//! | `immediate_stop` | all children are gone after SIGQUIT |
//! | `postmaster_state_machine_wait_backends` | all but checkpointer, archiver, walsenders are gone |
//! | `postmaster_state_machine_no_children` | walsenders and archiver are gone, too |
//!
//! *Simplified*: a write is an fsync; who writes (walwriter, a committing backend) is one.
//!
//! *Break it*: log RUNNING_XACTS in phase Checkpoint: `standby-can-rejoin` after a fast stop.

use super::node::{Node, Phase, Receiver, Startup, Stop};
use super::wal::{Record, segment_end};
use super::{Link, Pair, State, pgarch};

/// A client writes the next record of the scenario's work.
///
/// Source: master `xlog.c` `XLogInsertRecord`; for a truncation `RelationTruncate`, whose record is
/// flushed before the file is cut.
#[must_use]
pub fn xlog_insert_record(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    let work = w.scenario.work.get(usize::from(s.worked))?;
    if node.phase != Phase::Production || node.stop != Stop::No || s.planned < work.after {
        return None;
    }

    let mut s = *s;
    s.worked += 1;
    match work.record {
        Record::Checkpoint => s.nodes[n].checkpoint_requested = true,
        Record::Long => {
            let node = node.insert(Record::Long, 1)?;
            s.nodes[n] = node.insert(Record::LongRest, w.scenario.long_rest)?;
        }
        Record::Truncate => {
            let mut node = node.insert(Record::Truncate, 1)?;
            let archives = w.archives(&node);
            node.flush(node.inserted, archives, w.design.missing_contrecord);
            node.page_gone = true;
            s.nodes[n] = node;
        }
        Record::None
        | Record::ShutdownCheckpoint
        | Record::Commit
        | Record::RunningXacts
        | Record::Switch
        | Record::Padding
        | Record::LongRest
        | Record::OverwriteContrecord
        | Record::EndOfRecovery
        | Record::Touch => s.nodes[n] = node.insert(work.record, 1)?,
    }
    Some(s)
}

/// The bgwriter logs a snapshot. It does so until it is gone: SIGTERM or SIGQUIT may find it there.
///
/// Source: master `standby.c` `LogStandbySnapshot`, called from `BackgroundWriterMain`.
#[must_use]
pub fn log_standby_snapshot(_w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    let alive = matches!(node.stop, Stop::No | Stop::Fast | Stop::Immediate);
    if node.phase != Phase::Production || !alive || s.running_xacts_left == 0 {
        return None;
    }

    let mut s = *s;
    s.running_xacts_left -= 1;
    s.nodes[n] = node.insert(Record::RunningXacts, 1)?;
    Some(s)
}

/// WAL goes to disk, at most to the end of the segment; a complete one is marked for the archiver.
///
/// Source: master `xlog.c` `XLogWrite`, "finishing_seg".
#[must_use]
pub fn xlog_write(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    let alive = matches!(node.stop, Stop::No | Stop::Fast | Stop::Immediate);
    if node.phase != Phase::Production || !alive || node.flushed >= node.inserted {
        return None;
    }

    let mut s = *s;
    let to = node.inserted.min(segment_end(node.flushed));
    let archives = w.archives(node);
    s.nodes[n].flush(to, archives, w.design.missing_contrecord);
    Some(s)
}

/// All children have left on SIGQUIT, and so does the postmaster.
///
/// Source: master `postmaster.c` `PostmasterStateMachine`, "PM_WAIT_DEAD_END".
#[must_use]
pub fn immediate_stop(_w: &Pair, s: &State, n: usize) -> Option<State> {
    if s.nodes[n].stop != Stop::Immediate {
        return None;
    }

    let mut s = *s;
    vanish(&mut s, n);
    Some(s)
}

/// Node `n` is gone, with all that was only in memory. What its walsender sent is on its way.
pub(crate) fn vanish(s: &mut State, n: usize) {
    leave_link(s, n);
    s.nodes[n].lose_memory();
}

/// Node `n` is no more at its end of the connection.
pub(crate) fn leave_link(s: &mut State, n: usize) {
    let receives = s.nodes[n].receiver != Receiver::Stopped;
    if receives {
        s.wire = super::Wire::default();
    } else if s.wire.link == Link::Open {
        s.wire.link = Link::Closing;
    }
}

/// SIGTERM has ended clients, bgwriter, walwriter; on a standby startup process and walreceiver.
///
/// Source: master `postmaster.c` `PostmasterStateMachine`, "PM_WAIT_BACKENDS".
#[must_use]
pub fn postmaster_state_machine_wait_backends(_w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    if node.stop != Stop::Fast || node.phase == Phase::Off || node.phase == Phase::Failed {
        return None;
    }

    let mut s = *s;
    if node.receiver != Receiver::Stopped {
        leave_link(&mut s, n);
    }
    s.nodes[n] = Node {
        stop: Stop::Checkpoint,
        startup: Startup::Gone,
        receiver: Receiver::Stopped,
        flushed: node.flushed.max(node.written),
        ..*node
    };
    Some(s)
}

/// The last children are gone.
///
/// Source: master `postmaster.c` `PostmasterStateMachine`, "PM_NO_CHILDREN".
#[must_use]
pub fn postmaster_state_machine_no_children(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    let archiver_busy = pgarch::pgarch_archive_xlog(w, s, n).is_some();
    if node.stop != Stop::Archival || archiver_busy || s.wire.link == Link::Open {
        return None;
    }

    let mut s = *s;
    s.nodes[n].lose_memory();
    Some(s)
}
