//! WAL of a pair of nodes: records of one unit in segments, positions, and what a reader makes of
//! them.
//!
//! A position is a number of units; a record starts at its position and ends at the next. A long
//! record takes several units and may cross a segment's end. *Simplified*: pages are units, so
//! that a page's header flag (XLP_FIRST_IS_OVERWRITE_CONTRECORD) is what its record is.

/// Units in a segment.
pub const SEGMENT: u8 = 4;

/// Units that a node can hold.
pub const WAL_MAX: usize = 16;

/// Timelines that can come to be.
pub const TIMELINES: usize = 3;

/// One unit of WAL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Record {
    /// Nothing is written here.
    #[default]
    None,
    /// An online or end-of-recovery checkpoint.
    Checkpoint,
    /// XLOG_CHECKPOINT_SHUTDOWN.
    ShutdownCheckpoint,
    /// A commit.
    Commit,
    /// XLOG_RUNNING_XACTS.
    RunningXacts,
    /// XLOG_SWITCH.
    Switch,
    /// The rest of a segment after a switch.
    Padding,
    /// The first unit of a long record.
    Long,
    /// A further unit of a long record.
    LongRest,
    /// XLOG_OVERWRITE_CONTRECORD.
    OverwriteContrecord,
    /// XLOG_END_OF_RECOVERY.
    EndOfRecovery,
    /// A change of a page of a relation.
    Touch,
    /// XLOG_SMGR_TRUNCATE: that page is gone.
    Truncate,
}

/// The WAL of a node.
pub type Records = [Record; WAL_MAX];

/// Number of the segment that `lsn` is in.
#[must_use]
pub const fn segment(lsn: u8) -> u8 {
    lsn / SEGMENT
}

/// First position of the segment that `lsn` is in.
#[must_use]
pub const fn segment_start(lsn: u8) -> u8 {
    lsn - lsn % SEGMENT
}

/// First position after the segment that `lsn` is in.
#[must_use]
pub const fn segment_end(lsn: u8) -> u8 {
    segment_start(lsn) + SEGMENT
}

/// What a reader finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A whole record; it ends there.
    Record(Record, u8),
    /// The first part of a record that was given up; WAL goes on there.
    Skip(u8),
    /// WAL ends there, or more is needed there.
    Nothing(u8),
    /// What is there does not continue the record ("invalid contrecord length").
    Broken(u8),
}

/// What a reader at `from` finds in `records` up to `end`. A long record has `rest` more units.
/// `flag_first`: it looks at each unit as it comes, not only when all are there.
#[must_use]
pub fn next(records: &Records, from: u8, end: u8, rest: u8, flag_first: bool) -> Next {
    if from >= end {
        return Next::Nothing(from);
    }
    let at = |lsn: u8| records[usize::from(lsn)];
    match at(from) {
        Record::None => Next::Nothing(from),
        Record::LongRest | Record::Padding => Next::Broken(from),
        Record::Switch => Next::Record(Record::Switch, segment_end(from)),
        Record::Long => {
            let whole = from + 1 + rest;
            let first_missing = (from + 1..whole).find(|&lsn| lsn >= end);
            if !flag_first && first_missing.is_some() {
                return Next::Nothing(first_missing.unwrap_or(end));
            }
            let other = |lsn: &u8| *lsn < end && at(*lsn) != Record::LongRest;
            match (from + 1..whole).find(other) {
                Some(lsn) if at(lsn) == Record::OverwriteContrecord => Next::Skip(lsn),
                Some(lsn) => Next::Broken(lsn),
                None => match first_missing {
                    Some(lsn) => Next::Nothing(lsn),
                    None => Next::Record(Record::Long, whole),
                },
            }
        }
        record @ (Record::Checkpoint
        | Record::ShutdownCheckpoint
        | Record::Commit
        | Record::RunningXacts
        | Record::OverwriteContrecord
        | Record::EndOfRecovery
        | Record::Touch
        | Record::Truncate) => Next::Record(record, from + 1),
    }
}
