//! The checkpointer of a node: shutdown checkpoint, online checkpoint, restartpoint.
//!
//! | step | when |
//! |---|---|
//! | `create_checkpoint` | the checkpoint that promotion or a client asked for |
//! | `create_restart_point` | a restartpoint begins: buffers are written |
//! | `create_restart_point_control` | it updates pg_control, or not |
//! | `remove_old_xlog_files` | it removes WAL that it takes for not needed |
//! | `request_xlog_switch` | stop with archiving: the segment is ended |
//! | `create_checkpoint_shutdown` | stop of a primary |
//! | `create_restart_point_shutdown` | stop of a standby |
//!
//! *Grain*: a restartpoint is cut where promotion may come between: while it writes buffers, and
//! before it removes WAL.
//!
//! *Simplified*: an online checkpoint is one step and removes no WAL; slots keep none.
//!
//! *Break it*: `-7863ee4def` breaks `wal-kept` and `no-panic`.

use super::node::{Checkpointer, ControlState, Node, Phase, Stop};
use super::wal::{Record, SEGMENT, segment, segment_end};
use super::{Pair, State};

/// A checkpoint while the node runs.
///
/// Source: master `xlog.c` `CreateCheckPoint`.
#[must_use]
pub fn create_checkpoint(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    let idle = node.checkpointer == Checkpointer::Idle && node.stop == Stop::No;
    if node.phase != Phase::Production || !idle || !node.checkpoint_requested {
        return None;
    }

    let mut s = *s;
    s.nodes[n] = checkpoint(w, node, Record::Checkpoint, ControlState::InProduction)?;
    s.nodes[n].checkpoint_requested = false;
    Some(s)
}

/// Inserts and flushes a checkpoint record, and points pg_control to it.
pub(crate) fn checkpoint(
    w: &Pair,
    node: &Node,
    record: Record,
    state: ControlState,
) -> Option<Node> {
    let at = node.inserted;
    let mut node = node.insert(record, 1)?;
    let archives = w.archives(&node);
    node.flush(node.inserted, archives, w.design.missing_contrecord);
    node.control.state = state;
    node.control.checkpoint = at;
    node.control.timeline = node.timeline;
    Some(node)
}

/// A restartpoint begins. It returns early when no new checkpoint record was replayed.
///
/// Source: master `xlog.c` `CreateRestartPoint`, "skipping restartpoint, already performed at".
#[must_use]
pub fn create_restart_point(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    let may = w.scenario.restartpoints && w.follows(s, n) && node.stop == Stop::No;
    let new = node.last_checkpoint > node.control.checkpoint;
    if !may || !new || node.checkpointer != Checkpointer::Idle {
        return None;
    }

    let mut s = *s;
    s.nodes[n].checkpointer = Checkpointer::Guts;
    s.nodes[n].redo = node.last_checkpoint;
    Some(s)
}

/// It updates pg_control; before 7863ee4def only if no promotion came between.
///
/// Source: master `xlog.c` `CreateRestartPoint`, "Update pg_control, using current time".
#[must_use]
pub fn create_restart_point_control(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    if node.checkpointer != Checkpointer::Guts || node.stop != Stop::No {
        return None;
    }

    let mut s = *s;
    let next = &mut s.nodes[n];
    next.checkpointer = Checkpointer::Removing;
    let recovers = node.control.state == ControlState::InArchiveRecovery;
    let may = recovers || w.design.restartpoint_after_promotion;
    if may && node.control.checkpoint < node.redo {
        next.control.checkpoint = node.redo;
        if recovers {
            next.control.min_recovery = node.control.min_recovery.max(node.redo + 1);
        }
    }
    Some(s)
}

/// WAL before the restartpoint's redo pointer goes, but for what waits for the archiver.
///
/// Source: master `xlog.c` `RemoveOldXlogFiles`, `XLogArchiveCheckDone`.
#[must_use]
pub fn remove_old_xlog_files(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    if node.checkpointer != Checkpointer::Removing || node.stop != Stop::No {
        return None;
    }

    let mut s = *s;
    s.nodes[n] = remove_before(w, node, node.redo);
    s.nodes[n].checkpointer = Checkpointer::Idle;
    s.nodes[n].redo = 0;
    Some(s)
}

fn remove_before(w: &Pair, node: &Node, redo: u8) -> Node {
    let mut node = *node;
    let old = (1_u8 << segment(redo)) - 1;
    let archives = w.archives(&node);
    for tl in 0..node.files.len() {
        let here = node.files[tl] & old;
        let unmarked = here & !node.done[tl];
        if archives {
            node.ready[tl] |= unmarked;
            node.files[tl] &= !(here & node.done[tl]);
        } else {
            node.files[tl] &= !here;
        }
    }
    node
}

/// With archiving, the segment is ended, so that all transactions are archived.
///
/// Source: master `xlog.c` `ShutdownXLOG`, "RequestXLogSwitch(false)" (2e6107cb62).
#[must_use]
pub fn request_xlog_switch(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    if node.stop != Stop::Checkpoint || !switches(w, node) {
        return None;
    }

    let mut s = *s;
    let rest = segment_end(node.inserted) - node.inserted - 1;
    let mut node = node
        .insert(Record::Switch, 1)?
        .insert(Record::Padding, rest)?;
    let archives = w.archives(&node);
    node.flush(node.inserted, archives, w.design.missing_contrecord);
    s.nodes[n] = node;
    Some(s)
}

fn switches(w: &Pair, node: &Node) -> bool {
    let archives = w.archives(node) && w.design.switch_before_checkpoint;
    node.phase == Phase::Production && archives && !node.inserted.is_multiple_of(SEGMENT)
}

/// The shutdown checkpoint.
///
/// Source: master `xlog.c` `CreateCheckPoint`, "XLOG_CHECKPOINT_SHUTDOWN".
#[must_use]
pub fn create_checkpoint_shutdown(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    let turn = node.stop == Stop::Checkpoint && node.phase == Phase::Production;
    if !turn || switches(w, node) {
        return None;
    }

    let mut s = *s;
    s.nodes[n] = checkpoint(w, node, Record::ShutdownCheckpoint, ControlState::ShutDown)?;
    s.nodes[n].stop = Stop::Archival;
    Some(s)
}

/// A standby's last restartpoint. Without a new checkpoint record only the state is written.
///
/// Source: master `xlog.c` `CreateRestartPoint`.
#[must_use]
pub fn create_restart_point_shutdown(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    if node.stop != Stop::Checkpoint || node.phase != Phase::Recovery {
        return None;
    }

    let mut s = *s;
    let mut node = *node;
    if node.last_checkpoint > node.control.checkpoint {
        node.control.checkpoint = node.last_checkpoint;
        node = remove_before(w, &node, node.last_checkpoint);
    }
    node.control.min_recovery = node.control.min_recovery.max(node.replayed);
    node.control.state = ControlState::ShutDownInRecovery;
    node.stop = Stop::Archival;
    s.nodes[n] = node;
    Some(s)
}
