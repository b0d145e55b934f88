//! A process that works with slots: where it is, and what only it knows.

use super::required::Compute;
use crate::wal::Lsn;

/// Where a process is in its work with a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pc {
    /// Not there, or idle in its session.
    #[default]
    Gone,
    /// Connected: it will acquire the slot.
    Starting,
    /// `ReplicationSlotAcquire` found the slot valid and has not yet made it its own.
    Validated,
    /// The slot is its own; not yet validated.
    Acquired,
    /// The slot is its own and was found valid.
    Owned,
    /// It sends.
    Streaming,
    /// It has returned its changes and will release the slot.
    Returned,
    /// A creator's first look at what is required.
    Requirements,
    /// It may create its slot.
    Allowed,
    /// `in_use` is set.
    Created,
    /// Decoding was found enabled once more.
    Enabled,
    /// It has chosen a position to reserve.
    Chosen,
    /// The position is in the slot.
    Reserved,
    /// WAL is reserved.
    WalReserved,
    /// Its xmin is published; it builds its snapshot.
    Building,
    /// The slot is persistent and on disk; to be released.
    Persisted,
    /// It has an error and will release its ephemeral slot.
    Failing,
    /// The entry is freed, under the allocation lock.
    Dropping,
    /// The drop is done; `ReplicationSlotRelease` goes on.
    Dropped,
    /// Slot released; the rest of its exit follows.
    Released,
}

/// A process that works with slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// Where it is.
    pub pc: Pc,
    /// `MyReplicationSlot`, as an index; meaningful while it has one.
    pub slot: u8,
    /// `reader->EndRecPtr`, which is `sentPtr`.
    pub read: Lsn,
    /// `start_decoding_at`: what commits before it is skipped.
    pub start_at: Lsn,
    /// A creator's chosen position, then what its snapshot needs; where a decoder began to read.
    pub lsn: Lsn,
    /// `RBTXN_SENT_PREPARE`: prepared transactions sent since this decoding began.
    pub prepared: u16,
    /// What it announced in its last keepalive.
    pub announced: Lsn,
    /// An aggregate over all slots that it is about to compute or to publish.
    pub compute: Compute,
    /// Its value, computed and not yet published.
    pub computed: Lsn,
    /// Told to leave (SIGTERM, recovery conflict).
    pub terminate: bool,
    /// Its statistics are shut down.
    pub stats_down: bool,
    /// Calls or creations that it may still begin.
    pub calls_left: u8,
}
