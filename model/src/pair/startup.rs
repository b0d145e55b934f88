//! The startup process of a standby: replay, and where it takes WAL from.
//!
//! | step | when |
//! |---|---|
//! | `apply_wal_record` | the next record is whole: it is replayed |
//! | `restore_archived_file` | nothing more is there, the archive has the segment |
//! | `request_xlog_streaming` | nor has the archive: a walreceiver is started |
//! | `stream_failed` | it ended, or brought what does not fit: back to the archive |
//! | `stream_triggered` | promotion: the walreceiver is stopped, what it brought is replayed |
//!
//! *Grain*: a record at a time; the switch between sources of `WaitForWALToBecomeAvailable` is a
//! step each, so that its loop without end is a loop here.
//!
//! *Simplified*: the archive is asked only for what pg_wal does not have.
//!
//! *Break it*: `-ff9f111bce` breaks `standby-can-rejoin`.

use super::node::{Node, Phase, Receiver, Startup, Stop};
use super::wal::{Next, Record, next, segment_end, segment_start};
use super::{Pair, State, walreceiver};

/// What the startup process of `node` reads next.
#[must_use]
pub fn read_record(w: &Pair, node: &Node) -> Next {
    let mut end = node.flushed;
    if node.target > node.timeline {
        let switch = node.ends[Node::index(node.timeline)];
        if !node.has_file(node.timeline + 1, switch) {
            end = end.min(switch);
        }
    }
    let flag_first = w.design.contrecord_flag_first;
    next(
        &node.records,
        node.replayed,
        end,
        w.scenario.long_rest,
        flag_first,
    )
}

pub(crate) fn reads(w: &Pair, s: &State, n: usize) -> Option<Node> {
    let node = s.nodes[n];
    let reading = matches!(node.startup, Startup::Archive | Startup::Stream);
    let live = node.phase == Phase::Recovery && node.stop == Stop::No;
    (w.follows(s, n) && reading && live).then_some(node)
}

/// Replays a record, or skips the fragment of one that was given up.
///
/// Source: master `xlogrecovery.c` `ApplyWalRecord`; `xlogreader.c` `XLogDecodeNextRecord`.
#[must_use]
pub fn apply_wal_record(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = reads(w, s, n)?;
    let (record, end) = match read_record(w, &node) {
        Next::Record(record, end) => (record, end),
        Next::Skip(end) => (Record::None, end),
        Next::Nothing(_) | Next::Broken(_) => return None,
    };

    let mut s = *s;
    let next = &mut s.nodes[n];
    match record {
        Record::Checkpoint | Record::ShutdownCheckpoint => next.last_checkpoint = node.replayed,
        Record::EndOfRecovery => next.timeline = node.timeline + 1,
        Record::Truncate => {
            next.page_gone = true;
            next.control.min_recovery = node.control.min_recovery.max(end);
        }
        Record::None
        | Record::Commit
        | Record::RunningXacts
        | Record::Switch
        | Record::Padding
        | Record::Long
        | Record::LongRest
        | Record::OverwriteContrecord
        | Record::Touch => {}
    }
    next.replayed = end;
    Some(s)
}

/// The position that it misses, when it can read no record.
pub(crate) fn missing(w: &Pair, node: &Node) -> Option<u8> {
    match read_record(w, node) {
        Next::Nothing(at) | Next::Broken(at) => Some(at),
        Next::Record(..) | Next::Skip(_) => None,
    }
}

fn can_restore(w: &Pair, s: &State, node: &Node, at: u8) -> bool {
    let archived = s.archive.segments[0] & Node::bit(at) != 0;
    w.scenario.restore && node.timeline == 1 && archived && at >= node.flushed
}

/// Restores a segment.
///
/// Source: master `xlogarchive.c` `RestoreArchivedFile`.
#[must_use]
pub fn restore_archived_file(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = reads(w, s, n)?;
    let at = missing(w, &node)?;
    if node.startup != Startup::Archive || !can_restore(w, s, &node, at) {
        return None;
    }

    let mut s = *s;
    let range = usize::from(segment_start(at))..usize::from(segment_end(at));
    let next = &mut s.nodes[n];
    next.records[range.clone()].copy_from_slice(&s.archive.records[range]);
    next.files[0] |= Node::bit(at);
    next.done[0] |= Node::bit(at);
    next.flushed = segment_end(at);
    next.inserted = next.flushed;
    Some(s)
}

/// Neither archive nor pg_wal has more: streaming is asked for, from the segment's begin.
///
/// Source: master `xlogrecovery.c` `WaitForWALToBecomeAvailable`, "RequestXLogStreaming".
#[must_use]
pub fn request_xlog_streaming(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = reads(w, s, n)?;
    let at = missing(w, &node)?;
    let here = node.startup == Startup::Archive && !node.promote;
    if !here || w.scenario.no_streaming || can_restore(w, s, &node, at) {
        return None;
    }

    let mut s = *s;
    let next = &mut s.nodes[n];
    next.startup = Startup::Stream;
    next.receiver = Receiver::Starting;
    next.receiver_timeline = timeline_of(&node);
    next.receiver_start = segment_start(at);
    Some(s)
}

/// `tliOfPointInHistory` of the record to read.
fn timeline_of(node: &Node) -> u8 {
    let ended = |tl: &u8| {
        let end = node.ends[Node::index(*tl)];
        *tl >= node.target || end == 0 || node.replayed < end
    };
    (node.timeline..=node.target)
        .find(ended)
        .unwrap_or(node.target)
}

/// Streaming failed: newer timelines are looked for, and the archive is tried again.
///
/// Source: master `xlogrecovery.c` `WaitForWALToBecomeAvailable`, `rescanLatestTimeLine`, "forked
/// off current database system timeline".
#[must_use]
pub fn stream_failed(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = reads(w, s, n)?;
    let broken = matches!(read_record(w, &node), Next::Broken(_));
    let failed = node.receiver == Receiver::Stopped || broken;
    if node.startup != Startup::Stream || missing(w, &node).is_none() || !failed {
        return None;
    }

    let mut s = *s;
    if node.receiver != Receiver::Stopped {
        walreceiver::end(&mut s, n);
    }
    let next = &mut s.nodes[n];
    next.startup = Startup::Archive;
    let fork = node.ends[Node::index(node.target)];
    if node.newest > node.target && node.replayed <= fork {
        next.target = node.newest;
    }
    Some(s)
}

/// Promotion is asked for and there is no more to replay from the stream.
///
/// Source: master `xlogrecovery.c` `WaitForWALToBecomeAvailable`, "CheckForStandbyTrigger()".
#[must_use]
pub fn stream_triggered(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = reads(w, s, n)?;
    missing(w, &node)?;
    if node.startup != Startup::Stream || !node.promote || node.receiver == Receiver::Stopped {
        return None;
    }

    let mut s = *s;
    walreceiver::end(&mut s, n);
    s.nodes[n].startup = Startup::Archive;
    Some(s)
}
