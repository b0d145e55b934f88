//! What must be true of a pair of nodes.
//!
//! Most claims here say what comes to be *in the end*: nodes try again and again, so that a pair
//! that is stuck goes round for ever as often as it stands still.

use model::pair::node::{ControlState, Node, Phase, SlotSync, Stop};
use model::pair::scenario::Archiving;
use model::pair::wal::{Next, Record, SEGMENT, next};
use model::pair::{Pair, State};

use crate::claims::{Claim, Endless, Judgement, LeadsTo, Property};
use crate::ending::Judged;

/// What is left of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeEnding {
    /// What it is at.
    pub phase: Phase,
    /// It is a standby.
    pub standby: bool,
    /// pg_control's state.
    pub control: ControlState,
    /// Timeline of its last WAL.
    pub timeline: u8,
    /// End of its durable WAL.
    pub flushed: u8,
    /// A process PANICked.
    pub panicked: bool,
}

/// What is left of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PairEnding {
    /// The two nodes.
    pub nodes: [NodeEnding; 2],
    /// Segments in the archive, a bit each, by timeline.
    pub archived: [u8; 3],
}

impl Judged for Pair {
    type Ending = PairEnding;

    fn ending(&self, s: &State) -> PairEnding {
        PairEnding {
            nodes: s.nodes.map(|node| NodeEnding {
                phase: node.phase,
                standby: node.standby,
                control: node.control.state,
                timeline: node.timeline,
                flushed: node.flushed,
                panicked: node.panicked,
            }),
            archived: s.archive.segments,
        }
    }
}

const fn in_the_end(owed: fn(&Pair, &State) -> bool) -> Claim<Pair> {
    Claim::LeadsTo(LeadsTo {
        owed,
        peers_fair: true,
        timers_fair: true,
        strong: false,
        endless: Endless::Any,
    })
}

/// No process PANICs.
pub const NO_PANIC: Property<Pair> = Property {
    id: "no-panic",
    sentence: "no node PANICs when it starts",
    premise: "a node is started",
    matters: "the node cannot be started any more; what it alone had is lost",
    source: "xlogrecovery.c, InitWalRecovery and XLogCheckInvalidPages; 7863ee4def, 3c64dcb1e3",
    seeded_bug: ("pg18-7863ee4def", "restartpoint-meets-promotion"),
    waived: None,
    claim: Claim::Always(|_, s: &State| {
        if s.nodes.iter().any(|node| node.panicked) {
            Judgement::Broken
        } else if s.planned > 0 {
            Judgement::Kept
        } else {
            Judgement::NotConcerned
        }
    }),
};

/// The WAL that a restart needs is there.
pub const WAL_KEPT: Property<Pair> = Property {
    id: "wal-kept",
    sentence: "the segment of pg_control's checkpoint exists on each node",
    premise: "a restartpoint removes WAL",
    matters: "a crash at that moment is the end of the node",
    source: "xlog.c, CreateRestartPoint; 7863ee4def",
    seeded_bug: ("pg18-7863ee4def", "restartpoint-meets-promotion"),
    waived: None,
    claim: Claim::Always(|w, s: &State| {
        if !w.scenario.restartpoints {
            return Judgement::NotConcerned;
        }
        let kept = |node: &Node| node.has_any_file(node.control.checkpoint);
        Judgement::kept_if(s.nodes.iter().all(kept))
    }),
};

/// A promotion leads to a new timeline.
pub const TIMELINE_HAS_ONE_WRITER: Property<Pair> = Property {
    id: "timeline-has-one-writer",
    sentence: "a promoted node does not write on the timeline of a primary that still runs",
    premise: "a promotion was asked for, or is over",
    matters: "two different histories under the same names of segments: the archive, and a standby \
              that changes sides, cannot tell them apart",
    source: "xlog.c, StartupXLOG, \"If we did archive recovery, we always assign a new ID\"; \
             nobody promises it across a crash in the middle",
    seeded_bug: ("master", "restartpoint-meets-promotion"),
    waived: None,
    claim: Claim::Always(|_, s: &State| {
        let [one, other] = &s.nodes;
        let writes = |node: &Node| node.phase == Phase::Production;
        let promoted = |node: &Node| node.promote || node.newest > 1;
        if writes(one) && writes(other) && one.timeline == other.timeline {
            Judgement::Broken
        } else if s.nodes.iter().any(promoted) {
            Judgement::Kept
        } else {
            Judgement::NotConcerned
        }
    }),
};

/// A standby comes to have what the primary has.
pub const STANDBY_CAN_REJOIN: Property<Pair> = Property {
    id: "standby-can-rejoin",
    sentence: "a standby that runs beside a running primary comes to replay all that it has",
    premise: "both run; neither is told to stop",
    matters: "else it must be built anew from a base backup; meanwhile there is no second node",
    source: "985bd7d497, ff9f111bce; manual, section Failover",
    seeded_bug: ("pg18-985bd7d497", "switchover"),
    waived: None,
    claim: in_the_end(|w, s| (0..2).any(|n| owes_catching_up(w, s, n))),
};

fn owes_catching_up(w: &Pair, s: &State, n: usize) -> bool {
    let (node, primary) = (&s.nodes[n], &s.nodes[1 - n]);
    let runs = primary.phase == Phase::Production && primary.stop == Stop::No;
    let standby = node.standby && matches!(node.phase, Phase::Recovery | Phase::Failed);
    if !runs || !standby || node.stop != Stop::No || node.promote {
        return false;
    }
    let all = if w.scenario.no_streaming {
        archive_brings(w, primary)
    } else {
        primary.flushed
    };
    let same = (0..usize::from(all)).all(|lsn| node.records[lsn] == primary.records[lsn]);
    node.replayed < all || !same
}

/// End of the last record that lies wholly in complete segments.
fn archive_brings(w: &Pair, primary: &Node) -> u8 {
    let complete = primary.flushed - primary.flushed % SEGMENT;
    let mut at = 0;
    loop {
        match next(&primary.records, at, complete, w.scenario.long_rest, true) {
            Next::Record(_, end) | Next::Skip(end) => at = end,
            Next::Nothing(_) | Next::Broken(_) => return at,
        }
    }
}

/// All transactions before a stop are in the archive, and all that a standby completes.
pub const ARCHIVE_COMPLETE: Property<Pair> = Property {
    id: "archive-complete",
    sentence: "what a clean stop leaves behind, and each segment that a standby completes, comes \
               to the archive",
    premise: "archiving is on; a primary has stopped cleanly, or a standby archives, too",
    matters: "a restore from the archive ends before the last commit, although the stop was clean",
    source: "2e6107cb62, 596ba75cb1",
    seeded_bug: ("pg18-2e6107cb62", "stop-with-archiving"),
    waived: None,
    claim: in_the_end(|w, s| {
        s.nodes.iter().any(|node| {
            let commits = owes_archive(w, s, node, |record| record == Record::Commit);
            commits || w.scenario.archiving == Archiving::Always && owes_segment(w, s, node)
        })
    }),
};

/// The shutdown checkpoint record, too, is in the archive.
pub const ARCHIVE_REACHES_SHUTDOWN_CHECKPOINT: Property<Pair> = Property {
    id: "archive-reaches-shutdown-checkpoint",
    sentence: "after a clean stop the archive holds the shutdown checkpoint record",
    premise: "archiving is on; a primary has stopped cleanly",
    matters: "an archive-only standby cannot take over without a fork of the timeline. Broken by \
              design in every release: the record comes after the switch",
    source: "nobody promises it; xlog.c, ShutdownXLOG; cloudnative-pg issue 4586",
    seeded_bug: ("master", "stop-with-archiving"),
    waived: None,
    claim: in_the_end(|w, s| {
        let record = |record| record == Record::ShutdownCheckpoint;
        s.nodes.iter().any(|node| owes_archive(w, s, node, record))
    }),
};

fn archived(s: &State, lsn: u8) -> bool {
    s.archive.segments.iter().any(|tl| tl & Node::bit(lsn) != 0)
}

/// The shutdown checkpoint is written, and such a record is not in the archive.
fn owes_archive(w: &Pair, s: &State, node: &Node, wanted: fn(Record) -> bool) -> bool {
    let clean = node.control.state == ControlState::ShutDown;
    let on = w.scenario.archiving != Archiving::Off;
    let missing = |lsn: u8| wanted(node.records[usize::from(lsn)]) && !archived(s, lsn);
    on && clean && (0..=node.control.checkpoint).any(missing)
}

/// A standby has a complete segment that is not in the archive.
fn owes_segment(_w: &Pair, s: &State, node: &Node) -> bool {
    let standby = node.standby && node.phase == Phase::Recovery && node.stop == Stop::No;
    let mut ends = (1..=node.flushed).filter(|end| end % SEGMENT == 0);
    standby && ends.any(|end| !archived(s, end - 1))
}

/// Who asks is served.
pub const REQUESTS_ARE_ANSWERED: Property<Pair> = Property {
    id: "requests-are-answered",
    sentence: "a promotion that was asked for is completed, a lock timeout ends the wait, and a \
               standby comes to terms with an upstream that is up",
    premise: "there is such a request",
    matters: "a failover that does not end, or a standby that is refused again and again",
    source: "db93032a7c, 04396eacd3, b614de4876",
    seeded_bug: ("pg18-db93032a7c", "promotion-with-slotsync"),
    waived: None,
    claim: in_the_end(|w, s| {
        let promotes =
            |node: &Node| node.promote && node.phase == Phase::Recovery && node.stop == Stop::No;
        let waits = |node: &Node| node.slotsync == SlotSync::TimedOut;
        s.nodes.iter().any(|node| promotes(node) || waits(node)) || owes_connection(w, s)
    }),
};

/// A cascading standby whose upstream is up is neither served nor connected to it.
fn owes_connection(w: &Pair, s: &State) -> bool {
    use model::pair::node::Receiver;

    let cascade = w.scenario.upstream_received > 0;
    let up = s.nodes[0].phase == Phase::Recovery && w.follows(s, 1);
    cascade && up && !matches!(s.nodes[1].receiver, Receiver::Streaming | Receiver::Waiting)
}

/// All properties of a pair.
pub static PROPERTIES: &[Property<Pair>] = &[
    NO_PANIC,
    WAL_KEPT,
    TIMELINE_HAS_ONE_WRITER,
    STANDBY_CAN_REJOIN,
    ARCHIVE_COMPLETE,
    ARCHIVE_REACHES_SHUTDOWN_CHECKPOINT,
    REQUESTS_ARE_ANSWERED,
];

/// The property with this id.
#[must_use]
pub fn property(id: &str) -> Option<&'static Property<Pair>> {
    PROPERTIES.iter().find(|p| p.id == id)
}
