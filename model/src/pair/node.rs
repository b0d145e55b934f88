//! One node of a pair: what it has on disk, and its processes.

use super::wal::{Record, Records, SEGMENT, TIMELINES, WAL_MAX, segment, segment_end};
use crate::design::MissingContrecord;

/// What a server is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Not running.
    #[default]
    Off,
    /// The startup process is at work.
    Recovery,
    /// Open for writing.
    Production,
    /// It could not start: PANIC.
    Failed,
}

/// How far a stop is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stop {
    /// None was asked for.
    #[default]
    No,
    /// Fast or smart: children but checkpointer, archiver and walsenders are told to go.
    Fast,
    /// Immediate: all children got SIGQUIT.
    Immediate,
    /// They are gone: it is the checkpointer's turn.
    Checkpoint,
    /// The shutdown checkpoint is written: walsenders and archiver end.
    Archival,
}

/// `ControlFile->state`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControlState {
    /// DB_IN_PRODUCTION.
    #[default]
    InProduction,
    /// DB_SHUTDOWNED.
    ShutDown,
    /// DB_IN_ARCHIVE_RECOVERY.
    InArchiveRecovery,
    /// DB_SHUTDOWNED_IN_RECOVERY.
    ShutDownInRecovery,
}

/// pg_control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Control {
    /// `state`.
    pub state: ControlState,
    /// `checkPoint`: start of the record. Its redo pointer is the same.
    pub checkpoint: u8,
    /// `checkPointCopy.ThisTimeLineID`.
    pub timeline: u8,
    /// `minRecoveryPoint`.
    pub min_recovery: u8,
    /// `minRecoveryPointTLI`.
    pub min_recovery_timeline: u8,
}

/// Where the startup process is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Startup {
    /// There is none.
    #[default]
    Gone,
    /// It has not read pg_control yet.
    Begin,
    /// `currentSource` is XLOG_FROM_ARCHIVE (or pg_wal).
    Archive,
    /// `currentSource` is XLOG_FROM_STREAM.
    Stream,
    /// Promotion: the new timeline is chosen, its history file written.
    NewTimeline,
    /// Promotion: the END_OF_RECOVERY record is written.
    RecordWritten,
    /// Promotion: the old timeline is cleaned up.
    CleanedUp,
}

/// Where the walreceiver is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Receiver {
    /// There is none.
    #[default]
    Stopped,
    /// It connects.
    Starting,
    /// It is connected and waits for its upstream to catch up (b614de4876).
    Waiting,
    /// START_REPLICATION is sent.
    Requested,
    /// It streams.
    Streaming,
}

/// What the checkpointer is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Checkpointer {
    /// Nothing.
    #[default]
    Idle,
    /// A restartpoint is under way; pg_control is not updated yet.
    Guts,
    /// pg_control was looked at; old WAL is not removed yet.
    Removing,
}

/// What the slot synchronization worker is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotSync {
    /// There is none.
    #[default]
    Gone,
    /// Between two rounds: it sleeps on its latch.
    Nap,
    /// It waits for an answer of the primary.
    Query,
    /// It waits for a heavyweight lock.
    Lock,
    /// The same, and the lock timeout has sent SIGINT.
    TimedOut,
}

/// One server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// What it is at.
    pub phase: Phase,
    /// How far its stop is.
    pub stop: Stop,
    /// `standby.signal` exists.
    pub standby: bool,
    /// Promotion was asked for (`promote` file and SIGUSR1).
    pub promote: bool,
    /// Timeline of the WAL at its end: inserted or replayed.
    pub timeline: u8,
    /// `recoveryTargetTLI`.
    pub target: u8,
    /// Newest timeline whose history file it has.
    pub newest: u8,
    /// End of each timeline but the last; 0 where it is not known.
    pub ends: [u8; TIMELINES],
    /// WAL: what is inserted, received or restored.
    pub records: Records,
    /// End of what is inserted (a primary's).
    pub inserted: u8,
    /// End of what is durable.
    pub flushed: u8,
    /// Segment files in pg_wal, a bit each, by timeline.
    pub files: [u8; TIMELINES],
    /// Segments with `.ready`, by timeline.
    pub ready: [u8; TIMELINES],
    /// Segments with `.done`, by timeline.
    pub done: [u8; TIMELINES],
    /// pg_control.
    pub control: Control,
    /// The startup process.
    pub startup: Startup,
    /// `lastReplayedEndRecPtr`.
    pub replayed: u8,
    /// `XLogCtl->lastCheckPointRecPtr`: the last checkpoint replayed; 0 for none.
    pub last_checkpoint: u8,
    /// The walreceiver.
    pub receiver: Receiver,
    /// `startpointTLI`: the timeline that it streams.
    pub receiver_timeline: u8,
    /// `startpoint`, at a segment's begin.
    pub receiver_start: u8,
    /// `LogstreamResult.Write`.
    pub written: u8,
    /// The checkpointer.
    pub checkpointer: Checkpointer,
    /// `RedoRecPtr` of the restartpoint under way.
    pub redo: u8,
    /// A checkpoint was requested.
    pub checkpoint_requested: bool,
    /// The page that Touch changes is gone from disk.
    pub page_gone: bool,
    /// The slot synchronization worker.
    pub slotsync: SlotSync,
    /// `SlotSyncCtx->stopSignaled`.
    pub stop_signaled: bool,
    /// A process PANICked.
    pub panicked: bool,
}

impl Node {
    /// The bit of the segment that `lsn` is in.
    #[must_use]
    pub const fn bit(lsn: u8) -> u8 {
        1 << segment(lsn)
    }

    /// Index of a timeline in the arrays.
    #[must_use]
    pub const fn index(timeline: u8) -> usize {
        timeline.saturating_sub(1) as usize
    }

    /// Whether the file of this timeline for the segment of `lsn` is there.
    #[must_use]
    pub fn has_file(&self, timeline: u8, lsn: u8) -> bool {
        let files = self.files.get(Node::index(timeline));
        files.is_some_and(|files| files & Node::bit(lsn) != 0)
    }

    /// Whether a file of any timeline for the segment of `lsn` is there.
    #[must_use]
    pub fn has_any_file(&self, lsn: u8) -> bool {
        self.files.iter().any(|files| files & Node::bit(lsn) != 0)
    }

    /// Inserts `count` units of `record`; `None` when there is no place.
    #[must_use]
    pub(crate) fn insert(mut self, record: Record, count: u8) -> Option<Node> {
        for _ in 0..count {
            *self.records.get_mut(usize::from(self.inserted))? = record;
            self.inserted += 1;
        }
        Some(self)
    }

    /// Makes WAL durable up to `to`; segments that are complete are marked where `archives`.
    pub(crate) fn flush(&mut self, to: u8, archives: bool, rule: MissingContrecord) {
        let tl = Node::index(self.timeline);
        for lsn in self.flushed..to {
            self.files[tl] |= Node::bit(lsn);
        }
        self.flushed = to;
        if archives {
            self.notify(rule);
        }
    }

    /// `XLogArchiveNotifySeg` for each complete segment of the timeline that has no mark yet.
    fn notify(&mut self, rule: MissingContrecord) {
        let tl = Node::index(self.timeline);
        let mut end = SEGMENT;
        while end <= self.flushed {
            let bit = Node::bit(end - 1);
            let marked = (self.ready[tl] | self.done[tl]) & bit != 0;
            if !marked && self.files[tl] & bit != 0 && !self.waits_for_rest(end, rule) {
                self.ready[tl] |= bit;
            }
            end += SEGMENT;
        }
    }

    /// Whether the last record before `end` goes on behind it and is not whole on disk yet, and
    /// the design waits for that.
    fn waits_for_rest(&self, end: u8, rule: MissingContrecord) -> bool {
        let continued = |lsn: u8| self.records.get(usize::from(lsn)) == Some(&Record::LongRest);
        match rule {
            MissingContrecord::DelayReady => (end..segment_end(end))
                .take_while(|&lsn| continued(lsn))
                .any(|lsn| lsn >= self.flushed),
            MissingContrecord::Overwrite | MissingContrecord::KeepFragment => false,
        }
    }

    /// Everything that is not on disk is gone.
    pub(crate) fn lose_memory(&mut self) {
        for lsn in usize::from(self.flushed)..WAL_MAX {
            self.records[lsn] = Record::None;
        }
        *self = Node {
            phase: Phase::Off,
            inserted: self.flushed,
            stop: Stop::No,
            promote: false,
            startup: Startup::Gone,
            replayed: 0,
            last_checkpoint: 0,
            receiver: Receiver::Stopped,
            receiver_timeline: 0,
            receiver_start: 0,
            written: 0,
            checkpointer: Checkpointer::Idle,
            redo: 0,
            checkpoint_requested: false,
            slotsync: SlotSync::Gone,
            stop_signaled: false,
            target: 0,
            ..*self
        };
    }

    /// Whether it takes connections of standbys.
    #[must_use]
    pub fn serves(&self) -> bool {
        match self.phase {
            Phase::Production => self.stop == Stop::No,
            Phase::Recovery => self.stop == Stop::No && self.startup != Startup::Begin,
            Phase::Off | Phase::Failed => false,
        }
    }
}
