//! A pair of nodes: a primary, its standby, the WAL between them, and an operator.
//!
//! What [`World`](crate::world::World), the stop of one server, leaves to the peer is here: what
//! the standby has when the connection closes, what is in the archive, what promotion, restart and
//! pg_rewind make of it. Both nodes have the same processes, so that they can change roles.
//!
//! | process | file |
//! |---|---|
//! | clients, bgwriter, walwriter, postmaster of a primary | `primary.rs` |
//! | checkpointer: checkpoint, restartpoint | `checkpointer.rs` |
//! | walsender | `walsender.rs` |
//! | walreceiver | `walreceiver.rs` |
//! | startup process: replay, sources of WAL | `startup.rs` |
//! | startup process: begin and end of recovery | `recovery.rs` |
//! | archiver | `pgarch.rs` |
//! | slot synchronization worker | `slotsync.rs` |
//! | operator, pg_rewind, fate | `operator.rs` |
//!
//! *Simplified*: the stop of a node in five phases (the stop itself is `World`'s matter); one
//! connection; a reply is read when it is sent; redo pointer and checkpoint record are one; only
//! timeline 1 is restored from the archive; standby without hot standby conflicts. A busy wait is
//! no step.
//!
//! *Break it*: see the seeded bugs in `properties/src/pair.rs`.
//!
//! *Checked*: 23 built-in scenarios, 18 to 8035 unique states, up to 91 steps deep, each well below
//! a second; `sim/tests/history_pair.rs` pins the counts.

pub mod checkpointer;
pub mod node;
pub mod operator;
pub mod pgarch;
pub mod primary;
pub mod recovery;
pub mod scenario;
pub mod slotsync;
pub mod startup;
pub mod steps;
pub mod wal;
pub mod walreceiver;
pub mod walsender;

use crate::design::{Design, SlotSyncStop};
use crate::machine::{Machine, StepFacts};
use crate::steps::Party;
use node::{Node, Phase, Receiver, SlotSync, Startup};
use scenario::{Archiving, Scenario};
use steps::{STEPS, Step, StepInfo};
use wal::{Record, Records, SEGMENT, TIMELINES};

/// The connection from the standby's walreceiver to the other node's walsender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link {
    /// There is none.
    #[default]
    Down,
    /// Open.
    Open,
    /// The walsender is gone; what it sent may still be on the way.
    Closing,
}

/// The walsender's side of the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wire {
    /// Whether it is open.
    pub link: Link,
    /// `sentPtr`.
    pub sent: u8,
    /// `MyWalSnd->flush`.
    pub confirmed: u8,
    /// `sendTimeLineValidUpto`; 0 when the timeline is not historic.
    pub valid_upto: u8,
}

/// What the archive holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Archive {
    /// Segments, a bit each, by timeline.
    pub segments: [u8; TIMELINES],
    /// Contents of timeline 1's.
    pub records: Records,
}

/// A state of the pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State {
    /// The two nodes.
    pub nodes: [Node; 2],
    /// Their connection.
    pub wire: Wire,
    /// The archive.
    pub archive: Archive,
    /// Actions of the plan that are done.
    pub planned: u8,
    /// Work that is done.
    pub worked: u8,
    /// RUNNING_XACTS records that may still be logged.
    pub running_xacts_left: u8,
    /// The primary answers the slot synchronization worker no more.
    pub primary_silent: bool,
}

/// A design and a scenario.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The design.
    pub design: Design,
    /// The scenario.
    pub scenario: Scenario,
    steps: Vec<Step>,
}

impl Pair {
    /// Puts `design` into `scenario`.
    #[must_use]
    pub fn new(design: Design, scenario: Scenario) -> Pair {
        let of = |info: &'static StepInfo| {
            let nodes = if info.once { 1 } else { 2 };
            (0..nodes).map(move |node| Step {
                kind: info.kind,
                node,
            })
        };
        Pair {
            design,
            scenario,
            steps: STEPS.iter().flat_map(of).collect(),
        }
    }

    /// Whether node `n` is a standby of the other node.
    #[must_use]
    pub fn follows(&self, s: &State, n: usize) -> bool {
        let node = &s.nodes[n];
        let far = n == 0 && self.scenario.upstream_received > 0;
        node.standby && node.phase == Phase::Recovery && !far
    }

    /// Whether a node archives what it completes.
    #[must_use]
    pub fn archives(&self, node: &Node) -> bool {
        match self.scenario.archiving {
            Archiving::Off => false,
            Archiving::On => node.phase == Phase::Production,
            Archiving::Always => true,
        }
    }

    fn initial_state(&self) -> State {
        let sc = &self.scenario;
        let mut node = Node {
            phase: Phase::Production,
            timeline: 1,
            newest: 1,
            ..Node::default()
        };
        node.control.timeline = 1;
        let first = [Record::Checkpoint];
        for (at, &record) in first.iter().chain(sc.shared).enumerate() {
            node.records[at] = record;
            node.inserted += 1;
        }
        node.flush(
            node.inserted,
            self.archives(&node),
            self.design.missing_contrecord,
        );
        let end = node.inserted;
        let mut standby = Node {
            phase: Phase::Recovery,
            standby: true,
            target: 1,
            startup: Startup::Stream,
            receiver: Receiver::Streaming,
            receiver_timeline: 1,
            written: end,
            replayed: end,
            ready: [0; TIMELINES],
            last_checkpoint: (1..end)
                .rfind(|&lsn| node.records[usize::from(lsn)] == Record::Checkpoint)
                .unwrap_or_default(),
            ..node
        };
        standby.control.state = node::ControlState::InArchiveRecovery;
        if sc.slot_sync && self.design.slotsync_stop != SlotSyncStop::NoWorker {
            standby.slotsync = SlotSync::Nap;
        }
        let mut s = State {
            nodes: [node, standby],
            running_xacts_left: sc.running_xacts,
            ..State::default()
        };
        if sc.no_streaming {
            s.nodes[1].startup = Startup::Archive;
            s.nodes[1].receiver = Receiver::Stopped;
        } else {
            s.wire = Wire {
                link: Link::Open,
                sent: end,
                confirmed: end,
                valid_upto: 0,
            };
        }
        if sc.upstream_received > 0 {
            self.begin_cascade(&mut s);
        }
        s
    }

    /// Node 0 is a standby that is behind, node 1 begins at the archive.
    fn begin_cascade(&self, s: &mut State) {
        let [upstream, cascade] = &mut s.nodes;
        *upstream = Node {
            phase: Phase::Recovery,
            standby: true,
            startup: Startup::Stream,
            target: 1,
            flushed: self.scenario.upstream_received,
            ..*upstream
        };
        upstream.control.state = node::ControlState::InArchiveRecovery;
        let complete = upstream.inserted - upstream.inserted % SEGMENT;
        for lsn in 0..complete {
            s.archive.segments[0] |= Node::bit(lsn);
            s.archive.records[usize::from(lsn)] = upstream.records[usize::from(lsn)];
        }
        let records = upstream.records;
        *cascade = Node {
            startup: Startup::Archive,
            receiver: Receiver::Stopped,
            written: 0,
            replayed: 1,
            records: [Record::None; wal::WAL_MAX],
            files: [1, 0, 0],
            flushed: 1,
            inserted: 1,
            last_checkpoint: 0,
            ..*cascade
        };
        cascade.records[0] = records[0];
        s.wire = Wire::default();
    }
}

impl Machine for Pair {
    type State = State;
    type Step = Step;

    fn initial(&self) -> State {
        self.initial_state()
    }

    fn steps(&self) -> &[Step] {
        &self.steps
    }

    fn apply(&self, step: Step, s: &State) -> Option<State> {
        (step.info().apply)(self, s, usize::from(step.node))
    }

    fn facts(&self, step: Step) -> StepFacts {
        let info = step.info();
        let actor = if info.once {
            info.actor.to_owned()
        } else {
            format!("{} of node {}", info.actor, step.node + 1)
        };
        StepFacts {
            kind: step.kind as usize,
            actor,
            by_peer: false,
            party: info.party,
            alternative: (step.kind as u32) << 8 | u32::from(step.node),
            function: info.function,
            file: info.file,
        }
    }

    fn kinds(&self) -> usize {
        STEPS.len()
    }

    fn is_stuck(&self, s: &State) -> bool {
        let promised = |step: &Step| step.info().party != Party::Environment;
        !self
            .steps
            .iter()
            .any(|step| promised(step) && self.apply(*step, s).is_some())
    }
}
