//! The walsender that serves the other node's walreceiver.
//!
//! | step | when |
//! |---|---|
//! | `start_replication` | it checks the start that was asked for |
//! | `xlog_send_physical` | it sends what is flushed, or its historic timeline's rest |
//! | `wal_snd_segment_open` | the segment is not there |
//! | `wal_snd_done` | the server stops: last cycle |
//!
//! *Simplified*: it sends up to the end of a segment at a time; a goodbye needs no room.
//!
//! *Break it*: `-985bd7d497` and `-fef5b47f6b` break `standby-can-rejoin`.

use super::node::{Node, Phase, Receiver, Stop};
use super::wal::{segment, segment_end};
use super::{Link, Pair, State, Wire};

/// START_REPLICATION is checked.
///
/// Source: master `walsender.c` `StartReplication`, "is not in this server's history", "is ahead of
/// the WAL flush position of this server".
#[must_use]
pub fn start_replication(w: &Pair, s: &State, n: usize) -> Option<State> {
    let (node, other) = (&s.nodes[n], &s.nodes[1 - n]);
    let asked = other.receiver == Receiver::Requested && s.wire.link == Link::Open;
    if !asked || !w.follows(s, 1 - n) {
        return None;
    }

    let mut s = *s;
    let start = other.receiver_start;
    let historic = other.receiver_timeline < node.timeline;
    let valid_upto = if historic {
        node.ends[Node::index(other.receiver_timeline)]
    } else {
        0
    };
    let refused = if historic {
        valid_upto < start
    } else {
        node.flushed < start
    };
    if refused || !node.serves() {
        s.wire.link = Link::Closing;
        s.wire.sent = start;
        s.nodes[1 - n].written = start;
    } else {
        s.wire = Wire {
            link: Link::Open,
            sent: start,
            confirmed: other.replayed,
            valid_upto,
        };
        s.nodes[1 - n].receiver = Receiver::Streaming;
        s.nodes[1 - n].written = start;
    }
    Some(s)
}

/// Where it may send to, if there is more to send.
fn more(w: &Pair, s: &State, n: usize) -> Option<u8> {
    let (node, other) = (&s.nodes[n], &s.nodes[1 - n]);
    let streams = other.receiver == Receiver::Streaming && s.wire.link == Link::Open;
    let up = matches!(node.phase, Phase::Production | Phase::Recovery);
    let alive = up && node.stop != Stop::Immediate;
    if !streams || !alive || !w.follows(s, 1 - n) {
        return None;
    }
    let limit = match s.wire.valid_upto {
        0 => node.flushed,
        valid_upto => valid_upto,
    };
    (s.wire.sent < limit).then(|| limit.min(segment_end(s.wire.sent)))
}

/// Whether the file that holds the next WAL to send is there.
fn opens(w: &Pair, s: &State, n: usize) -> bool {
    let timeline = s.nodes[1 - n].receiver_timeline;
    let switch_here = s.wire.valid_upto > 0 && segment(s.wire.sent) == segment(s.wire.valid_upto);
    let next = switch_here && w.design.switch_segment_from_next;
    if w.design.newest_timeline_of_segment {
        // As xlogutils.c XLogReadDetermineTimeline does for logical decoding.
        return s.nodes[n].has_file(
            newest_timeline(&s.nodes[n], timeline, s.wire.sent),
            s.wire.sent,
        );
    }
    s.nodes[n].has_file(timeline + u8::from(next), s.wire.sent)
}

/// Repair: the last of the timelines behind `timeline` that begin in the segment of `lsn`.
fn newest_timeline(node: &Node, timeline: u8, lsn: u8) -> u8 {
    let goes_on = |t: &u8| {
        let end = node.ends[Node::index(*t)];
        *t < node.newest && end != 0 && segment(end) == segment(lsn)
    };
    let passed = (timeline..node.newest).take_while(goes_on);
    timeline + u8::try_from(passed.count()).unwrap_or(u8::MAX)
}

/// It sends.
///
/// Source: master `walsender.c` `XLogSendPhysical`.
#[must_use]
pub fn xlog_send_physical(w: &Pair, s: &State, n: usize) -> Option<State> {
    let to = more(w, s, n)?;
    if !opens(w, s, n) {
        return None;
    }

    let mut s = *s;
    s.wire.sent = to;
    Some(s)
}

/// The segment is not there: ERROR, the connection closes.
///
/// Source: master `walsender.c` `WalSndSegmentOpen`, "has already been removed".
#[must_use]
pub fn wal_snd_segment_open(w: &Pair, s: &State, n: usize) -> Option<State> {
    more(w, s, n)?;
    if opens(w, s, n) {
        return None;
    }

    let mut s = *s;
    s.wire.link = Link::Closing;
    Some(s)
}

/// The last cycle after the shutdown checkpoint: all is sent, and since 985bd7d497 confirmed.
///
/// Source: master `walsender.c` `WalSndDone`.
#[must_use]
pub fn wal_snd_done(w: &Pair, s: &State, n: usize) -> Option<State> {
    let (node, other) = (&s.nodes[n], &s.nodes[1 - n]);
    let streams = other.receiver == Receiver::Streaming && s.wire.link == Link::Open;
    if node.stop != Stop::Archival || !streams || !w.follows(s, 1 - n) {
        return None;
    }
    let sent = s.wire.valid_upto == 0 && s.wire.sent == node.flushed;
    let replicated = s.wire.confirmed == s.wire.sent || !w.design.exit_when_replicated;
    if !sent || !replicated {
        return None;
    }

    let mut s = *s;
    s.wire.link = Link::Closing;
    Some(s)
}
