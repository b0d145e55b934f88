//! The write-ahead log: a short sequence of abstract records, and the positions in it.
//!
//! *Simplified*: a record takes one unit of LSN space (two if it continues on the next page). The
//! write position is folded into the flush position, because no step of a shutdown reads it alone.
//! Source: master `src/backend/access/transam/xlog.c`.

use std::hash::{Hash, Hasher};

use crate::bounds::WAL_MAX;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// A position in the WAL, in units; 0 is `InvalidXLogRecPtr`, 1 is where the modelled WAL begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Lsn(pub u8);

impl Lsn {
    /// `InvalidXLogRecPtr`.
    pub const INVALID: Lsn = Lsn(0);
    /// Where the modelled WAL begins; everything before it is old, flushed, sent and confirmed.
    pub const START: Lsn = Lsn(1);

    /// `XLogRecPtrIsValid`.
    #[must_use]
    pub fn is_valid(self) -> bool {
        self.0 != 0
    }

    fn index(self) -> usize {
        usize::from(self.0.saturating_sub(1))
    }
}

/// What a WAL unit holds, as far as a shutdown cares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum Record {
    /// Nothing yet.
    #[default]
    None,
    /// Commit of a published transaction in the database of the logical slots.
    Commit,
    /// Commit of a transaction of another database: decoded to nothing.
    CommitOther,
    /// Abort of a transaction that had an xid.
    Abort,
    /// A record without meaning for logical decoding (heap, index, FPI of a backend, ...).
    Other,
    /// `XLOG_FPI_FOR_HINT` or a prune record, written while a catalog was read.
    Hint,
    /// `XLOG_RUNNING_XACTS`.
    RunningXacts,
    /// `XLOG_BACKUP_END`.
    BackupEnd,
    /// `XLOG_SWITCH`.
    Switch,
    /// `XLOG_CHECKPOINT_SHUTDOWN`.
    CheckpointShutdown,
    /// Second half of the record before it, on the next page.
    Continuation,
}

impl Record {
    /// Whether decoding this record in the slot's database does what a subscriber can tell: the
    /// test that PG17's `LogicalReplicationSlotHasPendingWal` makes.
    #[must_use]
    pub fn is_decodable(self) -> bool {
        match self {
            Record::Commit | Record::Abort => true,
            Record::None
            | Record::CommitOther
            | Record::Other
            | Record::Hint
            | Record::RunningXacts
            | Record::BackupEnd
            | Record::Switch
            | Record::CheckpointShutdown
            | Record::Continuation => false,
        }
    }
}

/// So many units are few.
const SHORT: usize = 32;

/// The WAL of the server: `XLogCtl`'s positions and what lies between them.
#[derive(Clone, Copy, Debug, Eq, PartialOrd, Ord)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct Wal {
    /// Insert position: start of the next record (`GetXLogInsertRecPtr`).
    pub inserted: Lsn,
    /// Flush position: everything before it is on disk (`GetFlushRecPtr`).
    pub flushed: Lsn,
    /// End of the newest asynchronous commit (`XLogCtl->asyncXactLSN`).
    pub async_xact: Lsn,
    /// Everything before it has been removed or recycled (`RemoveOldXlogFiles`); where the scenario
    /// has one segment only, everything before it might have been: see `World::removed`.
    pub removed: Lsn,
    /// The units from [`Lsn::START`] on.
    pub records: [Record; WAL_MAX],
}

impl PartialEq for Wal {
    fn eq(&self, other: &Wal) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Hash for Wal {
    fn hash<H: Hasher>(&self, to: &mut H) {
        to.write(self.as_bytes());
    }
}

impl Default for Wal {
    fn default() -> Self {
        Wal {
            records: [Record::None; WAL_MAX],
            inserted: Lsn::START,
            flushed: Lsn::START,
            async_xact: Lsn::INVALID,
            removed: Lsn::START,
        }
    }
}

impl Wal {
    /// The record that begins at `lsn`.
    #[must_use]
    pub fn at(&self, lsn: Lsn) -> Record {
        self.records.get(lsn.index()).copied().unwrap_or_default()
    }

    /// End of the record that begins at `lsn`.
    #[must_use]
    pub fn end_of(&self, lsn: Lsn) -> Lsn {
        let next = Lsn(lsn.0 + 1);
        if self.at(next) == Record::Continuation {
            Lsn(next.0 + 1)
        } else {
            next
        }
    }

    /// Whether `units` more units fit into the bound.
    #[must_use]
    pub fn has_room(&self, units: u8) -> bool {
        self.inserted.index() + usize::from(units) <= WAL_MAX
    }

    /// Becomes the same as `other`: behind both ends there is nothing in either.
    #[inline]
    pub(crate) fn become_like(&mut self, other: &Wal) {
        let units = self.inserted.max(other.inserted).index();
        self.inserted = other.inserted;
        self.flushed = other.flushed;
        self.async_xact = other.async_xact;
        self.removed = other.removed;
        // A short WAL is copied as a block of known size.
        if units <= SHORT {
            self.records[..SHORT].copy_from_slice(&other.records[..SHORT]);
        } else {
            self.records[..units].copy_from_slice(&other.records[..units]);
        }
    }

    /// `XLogInsertRecord`: appends `record` and returns its end.
    ///
    /// # Panics
    /// When the WAL is full: scenarios are checked for that before a run, so this is our bug.
    pub fn insert(&mut self, record: Record) -> Lsn {
        assert!(
            self.has_room(1),
            "the WAL of this scenario outgrew WAL_MAX = {WAL_MAX}"
        );
        self.records[self.inserted.index()] = record;
        self.inserted = Lsn(self.inserted.0 + 1);
        self.inserted
    }

    /// `XLogFlush(lsn)`.
    pub fn flush(&mut self, lsn: Lsn) {
        self.flushed = self.flushed.max(lsn.min(self.inserted));
    }

    /// `XLogBackgroundFlush`: whole pages first; when those are on disk already, up to the newest
    /// asynchronous commit. `page_start` is the last page boundary at or before the insert
    /// position.
    /// Source: master `xlog.c` `XLogBackgroundFlush`, "back off to last completed page boundary".
    pub fn background_flush(&mut self, page_start: Lsn) {
        let target = if page_start > self.flushed {
            page_start
        } else {
            self.async_xact
        };
        self.flush(target);
    }

    /// Start of the shutdown checkpoint record, if there is one (S); its end is one unit later (E).
    #[must_use]
    pub fn shutdown_checkpoint(&self) -> Option<Lsn> {
        let written = &self.records[..self.inserted.index()];
        let found = written
            .iter()
            .position(|&r| r == Record::CheckpointShutdown)?;
        u8::try_from(found + 1).ok().map(Lsn)
    }

    /// The records in `[from, to)`, each with its start.
    pub fn range(&self, from: Lsn, to: Lsn) -> impl Iterator<Item = (Lsn, Record)> + '_ {
        (from.0.max(1)..to.0)
            .map(Lsn)
            .map(|lsn| (lsn, self.at(lsn)))
    }

    /// Whether a decodable record begins in `[from, to)`.
    #[must_use]
    pub fn has_decodable(&self, from: Lsn, to: Lsn) -> bool {
        self.range(from, to)
            .any(|(_, record)| record.is_decodable())
    }
}
