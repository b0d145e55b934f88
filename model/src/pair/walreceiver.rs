//! The walreceiver of a standby.
//!
//! | step | when |
//! |---|---|
//! | `wal_receiver_main_connect` | it connects, asks who is there, asks for WAL |
//! | `xlog_wal_rcv_write` | it writes what arrived, up to the end of a segment |
//! | `xlog_wal_rcv_flush` | it flushes and replies |
//! | `wal_receiver_main_end_of_wal` | the upstream's timeline ends |
//! | `wal_rcv_die` | the connection is gone: what was not read yet is lost |
//!
//! *Simplified*: refused by a server that is down, it ends like after an error; it reads the reply
//! of IDENTIFY_SYSTEM and the history files in the same step; `wal_receiver_timeout` is off.
//!
//! *Break it*: `-596ba75cb1` breaks `archive-complete`, `-b614de4876` `requests-are-answered`.

use super::node::{Node, Receiver, Stop};
use super::scenario::Archiving;
use super::wal::{Record, SEGMENT, segment_end};
use super::{Link, Pair, State, Wire};

/// It connects, reads the upstream's timeline and history, and asks for WAL, or waits.
///
/// Source: master `walreceiver.c` `WalReceiverMain`, "is behind recovery timeline", "is ahead of
/// the upstream server's flush position".
#[must_use]
pub fn wal_receiver_main_connect(w: &Pair, s: &State, n: usize) -> Option<State> {
    let (node, upstream) = (&s.nodes[n], &s.nodes[1 - n]);
    let waits = node.receiver == Receiver::Waiting;
    if !w.follows(s, n) || !waits && node.receiver != Receiver::Starting {
        return None;
    }

    let mut s = *s;
    let next = &mut s.nodes[n];
    if !upstream.serves() || upstream.timeline < node.receiver_timeline {
        next.receiver = Receiver::Stopped;
        return Some(s);
    }
    if upstream.newest > node.newest {
        next.newest = upstream.newest;
        next.ends = upstream.ends;
    }
    let ahead = node.receiver_start.saturating_sub(upstream.flushed);
    let same = upstream.timeline == node.receiver_timeline;
    if w.design.ask_upstream_position && same && ahead > 0 && ahead <= SEGMENT {
        if waits {
            return None;
        }
        next.receiver = Receiver::Waiting;
        return Some(s);
    }
    next.receiver = Receiver::Requested;
    s.wire = Wire {
        link: Link::Open,
        ..Wire::default()
    };
    Some(s)
}

/// It writes. A full segment is closed and marked: before 596ba75cb1 when the next one begins.
///
/// Source: master `walreceiver.c` `XLogWalRcvWrite`.
#[must_use]
pub fn xlog_wal_rcv_write(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    let unread = s.wire.link != Link::Down && node.written < s.wire.sent;
    if !w.follows(s, n) || node.receiver != Receiver::Streaming || !unread {
        return None;
    }

    let mut s = *s;
    let from = node.written;
    let to = s.wire.sent.min(segment_end(from));
    let upstream = s.nodes[1 - n].records;
    let node = &mut s.nodes[n];
    if !w.design.close_full_segment && from.is_multiple_of(SEGMENT) && from > node.receiver_start {
        close_segment(w, node, from);
    }
    let range = usize::from(from)..usize::from(to);
    node.records[range.clone()].copy_from_slice(&upstream[range]);
    node.files[Node::index(node.receiver_timeline)] |= Node::bit(from);
    if node.receiver_timeline != node.timeline {
        node.flushed = node.flushed.min(to);
        node.records[usize::from(to)..].fill(Record::None);
    }
    node.written = to;
    if w.design.close_full_segment && to.is_multiple_of(SEGMENT) {
        flush(node);
        close_segment(w, node, to);
    }
    Some(s)
}

fn close_segment(w: &Pair, node: &mut Node, end: u8) {
    let tl = Node::index(node.receiver_timeline);
    let bit = Node::bit(end - 1);
    if w.scenario.archiving == Archiving::Always {
        node.ready[tl] |= bit & !node.done[tl];
    } else {
        node.done[tl] |= bit;
    }
}

fn flush(node: &mut Node) {
    node.flushed = node.flushed.max(node.written);
    node.inserted = node.flushed;
}

/// It flushes and tells the walsender.
///
/// Source: master `walreceiver.c` `XLogWalRcvFlush`, `XLogWalRcvSendReply`.
#[must_use]
pub fn xlog_wal_rcv_flush(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    let open = s.wire.link == Link::Open && s.wire.confirmed < node.written;
    let news = node.flushed < node.written || open;
    if !w.follows(s, n) || node.receiver != Receiver::Streaming || !news {
        return None;
    }

    let mut s = *s;
    flush(&mut s.nodes[n]);
    if s.wire.link == Link::Open {
        s.wire.confirmed = node.written;
    }
    Some(s)
}

/// The upstream's timeline ends here: the walreceiver ends, and the startup process looks for the
/// next timeline.
///
/// Source: master `walreceiver.c` `WalReceiverMain`, "replication terminated by primary server".
#[must_use]
pub fn wal_receiver_main_end_of_wal(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    let ended = s.wire.valid_upto > 0 && node.written >= s.wire.valid_upto;
    let streams = node.receiver == Receiver::Streaming && s.wire.link == Link::Open;
    if !w.follows(s, n) || !streams || !ended {
        return None;
    }

    let mut s = *s;
    end(&mut s, n);
    Some(s)
}

/// The connection is closed: at the latest when it has read all, and perhaps before.
///
/// Source: master `walreceiver.c` `WalRcvDie`, `libpqrcv_receive`. A reply sent to a closed socket
/// makes the kernel drop what was not read.
#[must_use]
pub fn wal_rcv_die(w: &Pair, s: &State, n: usize) -> Option<State> {
    if !w.follows(s, n) || s.wire.link != Link::Closing || s.nodes[n].stop == Stop::Immediate {
        return None;
    }

    let mut s = *s;
    end(&mut s, n);
    Some(s)
}

/// The walreceiver of node `n` flushes what it wrote and is gone.
pub(crate) fn end(s: &mut State, n: usize) {
    if s.nodes[n].receiver == Receiver::Streaming {
        flush(&mut s.nodes[n]);
    }
    s.nodes[n].receiver = Receiver::Stopped;
    s.nodes[n].receiver_start = 0;
    s.nodes[n].written = 0;
    s.wire = Wire::default();
}
