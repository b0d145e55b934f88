//! The other ends of the sockets: what each kind of peer reports, and when.
//!
//! | step | apply worker | walreceiver |
//! |---|---|---|
//! | [`receive_message`] | `LogicalRepApplyLoop`, `apply_dispatch` | `XLogWalRcvProcessMsg` |
//! | [`local_flush`] | the subscriber's walwriter; `get_flush_position` | `XLogWalRcvFlush` |
//! | [`send_feedback`] | `send_feedback` | `XLogWalRcvSendReply` |
//! | [`stream_ended`] | "data stream from publisher has ended" | "replication terminated by primary server" |
//! | [`wal_receiver_timeout`] | both: the server was silent too long | |
//!
//! *Simplified*: a decoded transaction is one message; the subscriber's own crash, its reply
//! requests and `wal_receiver_status_interval = 0` are left out. Peers do not come back during
//! the stop (connections are refused from then on).

use crate::channel::{MessageKind, Reply};
use crate::cluster::{Child, Cluster, Life};
use crate::scenario::PeerKind;
use crate::steps::{At, TAKEN, Taken};
use crate::wal::{Lsn, Record};
use crate::walsender;
use crate::world::World;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// Whether a peer works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum PeerLife {
    /// Nobody is there, or it has closed the connection.
    #[default]
    Gone,
    /// It reads and works.
    Running,
    /// It will block on a lock at the next transaction that it applies.
    Locked,
    /// It neither reads nor answers.
    Stuck,
}

/// A peer: what it received, applied, made durable and reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Peer {
    /// Whether it works.
    pub life: PeerLife,
    /// `last_received`; walreceiver: written up to here.
    pub received: Lsn,
    /// Logical: end of the last transaction applied; physical: as `received`.
    pub applied: Lsn,
    /// Logical: end of the last transaction that is durable here; physical: flushed up to here.
    pub durable: Lsn,
    /// Applied by a worker before this one: `lsn_mapping`, the list of local commits whose flush is
    /// awaited, dies with the process.
    pub unmapped: Lsn,
    /// "write" of the last report.
    pub reported_write: Lsn,
    /// "flush" of the last report.
    pub reported_flush: Lsn,
}

fn peer_kind(w: &World, at: At) -> (usize, PeerKind) {
    let i = usize::from(at.who);
    (i, w.scenario.walsender(i).peer)
}

/// The flush position that the peer would report now (`get_flush_position`).
fn flush_position(kind: PeerKind, p: &Peer) -> Lsn {
    let pending = p.applied > p.durable.max(p.unmapped);
    match kind {
        PeerKind::ApplyWorker | PeerKind::ApplyWorkerSynchronous | PeerKind::AnswersWhenAsked => {
            if pending {
                p.durable.max(p.reported_flush)
            } else {
                p.received
            }
        }
        PeerKind::RecvLogical => p.durable.max(p.reported_flush),
        PeerKind::ConfirmsCommitsOnly => p.applied,
        PeerKind::OverAcknowledges => p.received,
        PeerKind::Walreceiver | PeerKind::Receivewal | PeerKind::ReceivewalSegmentFlush => {
            p.durable
        }
        PeerKind::ReceivewalNoFlush => Lsn::INVALID,
    }
}

fn report(w: &World, s: &mut Cluster, i: usize) {
    let kind = w.scenario.walsender(i).peer;
    let reply = Reply {
        write: s.peers[i].received,
        flush: flush_position(kind, &s.peers[i]),
    };
    s.channels[i].reply(reply);
    s.peers[i].reported_write = reply.write;
    s.peers[i].reported_flush = reply.flush;
}

/// The peer reads one message, applies or writes it, and answers if it was asked.
///
/// Source: master `worker.c` `LogicalRepApplyLoop`; `walreceiver.c` `XLogWalRcvProcessMsg`;
/// `pg_recvlogical.c` `StreamLogicalLog`; `receivelog.c` `ProcessKeepaliveMsg`.
#[must_use]
pub fn receive_message(w: &World, s: &mut Cluster, at: At) -> Taken {
    let (i, kind) = peer_kind(w, at);
    let reads = matches!(s.peers[i].life, PeerLife::Running | PeerLife::Locked);
    if !reads || s.channels[i].down_len() == 0 {
        return None;
    }

    let answers = s.channels[i].down[0].kind == MessageKind::KeepaliveReplyRequested
        && s.peers[i].life != PeerLife::Stuck
        && !s.channels[i].copy_done;
    if answers && !s.channels[i].has_room_for_reply() {
        return None;
    }

    let message = s.channels[i].receive()?;
    match message.kind {
        MessageKind::None => {}
        MessageKind::Data => receive_data(w, s, i, kind, message.lsn),
        MessageKind::Keepalive | MessageKind::KeepaliveReplyRequested => {
            if !kind.is_physical() && kind != PeerKind::ConfirmsCommitsOnly {
                s.peers[i].received = s.peers[i].received.max(message.lsn);
            }
            if answers {
                answer(w, s, i, kind);
            }
        }
        MessageKind::CommandComplete | MessageKind::ErrorResponse => close(s, i),
    }
    TAKEN
}

fn receive_data(w: &World, s: &mut Cluster, i: usize, kind: PeerKind, end: Lsn) {
    if s.peers[i].life == PeerLife::Locked {
        // A1: apply_dispatch blocks on the lock; nothing more is read or answered.
        s.peers[i].life = PeerLife::Stuck;
        return;
    }
    // pg_receivewal --slot fsyncs when a segment is complete.
    let segment_start = w.segment_start(&s.wal, end);
    let complete = segment_start > s.peers[i].received;
    let segment_end = if complete {
        segment_start
    } else {
        Lsn::INVALID
    };
    let p = &mut s.peers[i];
    p.received = p.received.max(end);
    // What a client without an origin gets a second time takes nothing back.
    p.applied = p.applied.max(end);
    match kind {
        PeerKind::ApplyWorkerSynchronous
        | PeerKind::AnswersWhenAsked
        | PeerKind::ConfirmsCommitsOnly => p.durable = p.applied,
        PeerKind::Receivewal | PeerKind::ReceivewalSegmentFlush => {
            p.durable = p.durable.max(segment_end);
        }
        PeerKind::ReceivewalNoFlush => p.durable = p.received,
        PeerKind::ApplyWorker
        | PeerKind::RecvLogical
        | PeerKind::OverAcknowledges
        | PeerKind::Walreceiver => {}
    }
}

fn answer(w: &World, s: &mut Cluster, i: usize, kind: PeerKind) {
    if matches!(kind, PeerKind::RecvLogical | PeerKind::Receivewal) {
        // "OutputFsync" before the feedback (pg_receivewal: f66c20b317): what was written is
        // durable, and is reported so.
        s.peers[i].durable = s.peers[i].received;
    }
    report(w, s, i);
}

/// What was applied or written becomes durable. The subscriber's walwriter may have come to any of
/// the transactions that its worker applied: they become durable one by one.
///
/// Source: master `worker.c` `get_flush_position`; `walreceiver.c` `XLogWalRcvFlush`.
#[must_use]
pub fn local_flush(w: &World, s: &mut Cluster, at: At) -> Taken {
    let (i, kind) = peer_kind(w, at);
    let later = match kind {
        PeerKind::ApplyWorker | PeerKind::OverAcknowledges => true,
        // The subscriber's walwriter lives on without the worker; these flush by themselves.
        PeerKind::RecvLogical | PeerKind::Walreceiver => {
            matches!(s.peers[i].life, PeerLife::Running | PeerLife::Locked)
        }
        PeerKind::ApplyWorkerSynchronous
        | PeerKind::AnswersWhenAsked
        | PeerKind::ConfirmsCommitsOnly
        | PeerKind::Receivewal
        | PeerKind::ReceivewalNoFlush
        | PeerKind::ReceivewalSegmentFlush => false,
    };
    let p = &s.peers[i];
    if !later || p.applied <= p.durable {
        return None;
    }

    let p = &s.peers[i];
    s.peers[i].durable = match kind {
        PeerKind::ApplyWorker | PeerKind::OverAcknowledges => {
            let mut applied = s.wal.range(p.durable, p.applied);
            let next = applied.find(|&(_, record)| record == Record::Commit);
            next.map_or(p.applied, |(start, _)| s.wal.end_of(start))
        }
        PeerKind::ApplyWorkerSynchronous
        | PeerKind::RecvLogical
        | PeerKind::AnswersWhenAsked
        | PeerKind::ConfirmsCommitsOnly
        | PeerKind::Walreceiver
        | PeerKind::Receivewal
        | PeerKind::ReceivewalNoFlush
        | PeerKind::ReceivewalSegmentFlush => p.applied,
    };
    TAKEN
}

/// The peer reports by itself, because a position changed.
///
/// Source: master `worker.c` `send_feedback`; `walreceiver.c` `XLogWalRcvSendReply`.
#[must_use]
pub fn send_feedback(w: &World, s: &mut Cluster, at: At) -> Taken {
    let (i, kind) = peer_kind(w, at);
    let p = &s.peers[i];
    let unchanged = p.received == p.reported_write && flush_position(kind, p) == p.reported_flush;
    if p.life != PeerLife::Running
        || kind == PeerKind::AnswersWhenAsked
        || unchanged
        || s.channels[i].server_closed
        || s.channels[i].copy_done
        || s.channels[i].down_len() > 0
        || !s.channels[i].has_room_for_reply()
    {
        return None;
    }

    report(w, s, i);
    TAKEN
}

/// The stream has ended: the peer closes its side.
///
/// Source: master `worker.c` "data stream from publisher has ended".
#[must_use]
pub fn stream_ended(w: &World, s: &mut Cluster, at: At) -> Taken {
    let (i, _) = peer_kind(w, at);
    if !s.channels.ends(i).server_closed || s.channels[i].down_len() > 0 {
        return None;
    }
    if !matches!(s.peers[i].life, PeerLife::Running | PeerLife::Locked) {
        return None;
    }

    close(s, i);
    TAKEN
}

/// `wal_receiver_timeout`: the server is silent for longer than the peer bears.
///
/// Enabled only while the walsender lives but neither reads nor writes (V2 of the proposal).
/// Source: master `worker.c` "terminating logical replication worker due to timeout".
#[must_use]
pub fn wal_receiver_timeout(w: &World, s: &mut Cluster, at: At) -> Taken {
    let (i, _) = peer_kind(w, at);
    if !w.scenario.wal_receiver_timeout
        || !walsender::is_deaf(w, s, i)
        || s.peers[i].life != PeerLife::Running
        || s.child(Child::walsender(i)).life != Life::Running
        || s.channels[i].down_len() > 0
    {
        return None;
    }

    close(s, i);
    TAKEN
}

/// A new process takes over from the old one on a new connection, and reports where it goes on.
/// Returns the position that it asks for; invalid if it leaves that to the slot.
pub(crate) fn restart(w: &World, s: &mut Cluster, i: usize) -> Lsn {
    let kind = w.scenario.walsender(i).peer;
    let p = &mut s.peers[i];
    if kind.has_origin() {
        if w.design.origin_flushed_at_start {
            p.durable = p.applied;
        }
        p.unmapped = p.applied;
    } else {
        p.applied = p.durable;
    }
    let start = p.applied;
    p.received = start;
    p.reported_write = start;
    p.reported_flush = start;
    if kind != PeerKind::AnswersWhenAsked {
        s.channels[i].reply(Reply {
            write: start,
            flush: start,
        });
    }
    if kind.has_origin() {
        start
    } else {
        Lsn::INVALID
    }
}

/// The peer closes the connection; what it has not read is lost.
pub(crate) fn close(s: &mut Cluster, i: usize) {
    s.peers[i].life = PeerLife::Gone;
    s.channels[i].peer_closed = true;
    s.channels[i].down = Default::default();
}
