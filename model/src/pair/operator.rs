//! The operator and fate: the scenario's plan, action by action, at any time.
//!
//! *Simplified*: pg_rewind is one step; it reads what is on the disk of the other node.
//!
//! *Break it*: promote before the stop is over: `standby-can-rejoin`.

use super::node::{ControlState, Node, Phase, Receiver, Startup, Stop};
use super::scenario::Action;
use super::wal::Record;
use super::{Link, Pair, State, primary};
use crate::scenario::StopMode;

/// The next action of the plan.
#[must_use]
pub fn act(w: &Pair, s: &State, _n: usize) -> Option<State> {
    let action = *w.scenario.plan.get(usize::from(s.planned))?;
    let mut s = *s;
    s.planned += 1;
    let up = |n: u8| {
        matches!(
            s.nodes[usize::from(n)].phase,
            Phase::Production | Phase::Recovery
        )
    };
    let down = |n: u8| s.nodes[usize::from(n)].phase == Phase::Off;
    let produces = |n: u8| s.nodes[usize::from(n)].phase == Phase::Production;
    let enabled = match action {
        Action::Stop(n, _) | Action::Crash(n) => up(n),
        Action::Down(n) | Action::Start(n) | Action::StartStandby(n) => down(n),
        Action::Promote(n) => w.follows(&s, usize::from(n)),
        Action::Production(n) => produces(n),
        Action::Checkpointed(n) => produces(n) && !s.nodes[usize::from(n)].checkpoint_requested,
        Action::Rewind(n) => down(n) && produces(1 - n),
        Action::Disconnect => s.wire.link == Link::Open,
        Action::Disconnected => s.wire.link == Link::Down,
        Action::CaughtUp(n) => caught_up(w, &s, usize::from(n)),
    };
    if !enabled {
        return None;
    }

    match action {
        Action::Stop(n, StopMode::Immediate) => s.nodes[usize::from(n)].stop = Stop::Immediate,
        Action::Stop(n, StopMode::Fast | StopMode::Smart) => {
            s.nodes[usize::from(n)].stop = Stop::Fast;
        }
        Action::Crash(n) => primary::vanish(&mut s, usize::from(n)),
        Action::Start(n) => start(&mut s.nodes[usize::from(n)]),
        Action::StartStandby(n) => {
            s.nodes[usize::from(n)].standby = true;
            start(&mut s.nodes[usize::from(n)]);
        }
        Action::Promote(n) => s.nodes[usize::from(n)].promote = true,
        Action::Rewind(n) => pg_rewind(w, &mut s, usize::from(n)),
        Action::Disconnect => s.wire.link = Link::Closing,
        Action::Down(_)
        | Action::Production(_)
        | Action::Checkpointed(_)
        | Action::Disconnected
        | Action::CaughtUp(_) => {}
    }
    Some(s)
}

fn caught_up(w: &Pair, s: &State, n: usize) -> bool {
    let (node, other) = (&s.nodes[n], &s.nodes[1 - n]);
    let streams = node.receiver == Receiver::Streaming && node.timeline == other.timeline;
    w.follows(s, n) && streams && node.replayed == other.inserted
}

fn start(node: &mut Node) {
    node.phase = Phase::Recovery;
    node.startup = Startup::Begin;
}

/// Makes node `n` a copy of the other from where they parted; nothing if their timelines are the
/// same, by the source's pg_control.
///
/// Source: master `pg_rewind.c` `main`, "source and target cluster are on the same timeline".
fn pg_rewind(w: &Pair, s: &mut State, n: usize) {
    let source = s.nodes[1 - n];
    let mut source_timeline = source.control.timeline;
    if w.design.rewind_min_recovery_tli {
        source_timeline = source_timeline.max(source.control.min_recovery_timeline);
    }
    let target = &mut s.nodes[n];
    if source_timeline == target.control.timeline {
        return;
    }
    let fork = source.ends[Node::index(target.control.timeline)];
    let is_checkpoint = |lsn: &u8| {
        let record = target.records[usize::from(*lsn)];
        matches!(record, Record::Checkpoint | Record::ShutdownCheckpoint)
    };
    let common = (0..fork).rev().find(is_checkpoint).unwrap_or_default();
    target.records = source.records;
    target.records[usize::from(source.flushed)..].fill(Record::None);
    target.flushed = source.flushed;
    target.inserted = source.flushed;
    target.files = source.files;
    target.ready = Default::default();
    target.done = source.done;
    target.newest = source.newest;
    target.ends = source.ends;
    target.page_gone = source.page_gone;
    target.control.state = ControlState::InArchiveRecovery;
    target.control.checkpoint = common;
    target.control.min_recovery = source.flushed;
    target.control.min_recovery_timeline = source.timeline;
}

/// The primary far away goes on: one unit more reaches its standby.
#[must_use]
pub fn far_primary_sends(w: &Pair, s: &State, _n: usize) -> Option<State> {
    let far = w.scenario.upstream_received > 0;
    let node = &s.nodes[0];
    if !far || node.phase != Phase::Recovery || node.flushed >= node.inserted {
        return None;
    }

    let mut s = *s;
    s.nodes[0].flushed += 1;
    Some(s)
}

/// The primary answers the slot synchronization worker no more.
#[must_use]
pub fn primary_falls_silent(w: &Pair, s: &State, _n: usize) -> Option<State> {
    let asks = s
        .nodes
        .iter()
        .any(|node| node.receiver != Receiver::Stopped);
    if !w.scenario.silent_primary || s.primary_silent || !asks {
        return None;
    }

    let mut s = *s;
    s.primary_silent = true;
    Some(s)
}
