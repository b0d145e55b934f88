//! The socket between a walsender and its peer: two bounded FIFO queues and the two ends.

use crate::bounds::{MESSAGES_MAX, REPLIES_MAX};
use crate::reads::{CHANNEL, ENDS, PerWalsender};
use crate::wal::Lsn;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// What a walsender sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum MessageKind {
    /// An empty place in the queue.
    #[default]
    None,
    /// 'w': WAL (physical: everything up to `lsn`) or one decoded transaction that ends at `lsn`.
    Data,
    /// 'k' without a reply request.
    Keepalive,
    /// 'k' with a reply request.
    KeepaliveReplyRequested,
    /// `CommandComplete`, `COPY 0`.
    CommandComplete,
    /// `ErrorResponse`: the stream has ended with an ERROR, the walsender goes on.
    ErrorResponse,
}

/// A message from a walsender: its kind and the LSN that it carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Message {
    /// Which message it is.
    pub kind: MessageKind,
    /// 'w': its end; 'k': `sentPtr`.
    pub lsn: Lsn,
}

/// 'r', the standby status update: the positions it carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Reply {
    /// The field "write"; invalid marks an empty place in the queue.
    pub write: Lsn,
    /// The field "flush"; invalid when the peer never reports one.
    pub flush: Lsn,
}

/// One connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Channel {
    /// From the walsender to the peer, oldest first.
    pub down: [Message; MESSAGES_MAX],
    /// From the peer to the walsender, oldest first.
    pub up: [Reply; REPLIES_MAX],
    /// The walsender's end is closed: after what is in `down` comes EOF.
    pub server_closed: bool,
    /// The peer's end is closed: after what is in `up` comes EOF.
    pub peer_closed: bool,
    /// 'c' of the peer, CopyDone, comes after what is in `up`.
    pub copy_done: bool,
}

/// The two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    /// The walsender's end is closed.
    pub(crate) server_closed: bool,
    /// The peer's end is closed.
    pub(crate) peer_closed: bool,
}

impl PerWalsender<Channel, { CHANNEL }> {
    /// The ends of the connection of walsender `i`. They, and no more of it, are noted.
    #[inline]
    pub(crate) fn ends(&self, i: usize) -> Ends {
        self.part(i, ENDS).ends()
    }
}

impl Channel {
    #[inline]
    pub(crate) fn ends(&self) -> Ends {
        Ends {
            server_closed: self.server_closed,
            peer_closed: self.peer_closed,
        }
    }

    /// Number of messages under way to the peer.
    #[must_use]
    pub fn down_len(&self) -> usize {
        self.down
            .iter()
            .take_while(|m| m.kind != MessageKind::None)
            .count()
    }

    /// Number of replies under way to the walsender.
    #[must_use]
    pub fn up_len(&self) -> usize {
        self.up.iter().take_while(|r| r.write.is_valid()).count()
    }

    /// `pq_is_send_pending`: the socket takes `capacity` messages; what is beyond waits in the
    /// walsender's own buffer.
    #[must_use]
    pub fn send_pending(&self, capacity: u8) -> bool {
        !self.peer_closed && self.down_len() > usize::from(capacity)
    }

    /// Whether the socket takes no message more.
    #[must_use]
    pub fn is_full(&self, capacity: u8) -> bool {
        !self.peer_closed && self.down_len() >= usize::from(capacity)
    }

    /// The walsender's process ends: what is in its own buffer and not in the socket is lost.
    pub(crate) fn lose_buffer(&mut self, capacity: u8) {
        for message in self.down.iter_mut().skip(usize::from(capacity)) {
            *message = Message::default();
        }
    }

    /// Whether one more message fits into the model's queue.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.peer_closed || self.down_len() < MESSAGES_MAX
    }

    /// `pq_putmessage_noblock`. Towards a peer that is gone the bytes go nowhere.
    ///
    /// # Panics
    /// When the queue is full: callers test [`Channel::has_room`] first.
    pub fn send(&mut self, kind: MessageKind, lsn: Lsn) {
        if self.peer_closed {
            return;
        }
        let len = self.down_len();
        assert!(len < MESSAGES_MAX, "a walsender sent into a full queue");
        self.down[len] = Message { kind, lsn };
    }

    /// The peer takes the oldest message.
    pub fn receive(&mut self) -> Option<Message> {
        let first = self.down[0];
        if first.kind == MessageKind::None {
            return None;
        }
        self.down.rotate_left(1);
        self.down[MESSAGES_MAX - 1] = Message::default();
        Some(first)
    }

    /// Whether one more reply fits into the model's queue.
    #[must_use]
    pub fn has_room_for_reply(&self) -> bool {
        self.server_closed || self.up_len() < REPLIES_MAX
    }

    /// The peer sends a status update. Towards a walsender that is gone it goes nowhere.
    ///
    /// # Panics
    /// When the queue is full: callers test [`Channel::has_room_for_reply`] first.
    pub fn reply(&mut self, reply: Reply) {
        if self.server_closed {
            return;
        }
        let len = self.up_len();
        assert!(len < REPLIES_MAX, "a peer replied into a full queue");
        self.up[len] = reply;
    }

    /// The walsender takes the oldest reply.
    pub fn take_reply(&mut self) -> Option<Reply> {
        let first = self.up[0];
        if !first.write.is_valid() {
            return None;
        }
        self.up.rotate_left(1);
        self.up[REPLIES_MAX - 1] = Reply::default();
        Some(first)
    }
}
