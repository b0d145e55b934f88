//! A replication slot in memory and on disk.
//!
//! *Simplified*: `catalog_xmin` moves together with `restart_lsn`: both are proposed at a
//! RUNNING_XACTS record and adopted by the same confirmation. The effective xmin is not modelled.
//! Source: master `src/include/replication/slot.h`, `slot.c`, `logical.c`.

use crate::wal::Lsn;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// One replication slot. A physical slot uses only the `restart` fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Slot {
    /// `in_use`.
    pub in_use: bool,
    /// `active_pid != 0`: a walsender owns it.
    pub active: bool,
    /// `data.invalidated != RS_INVAL_NONE`.
    pub invalidated: bool,
    /// `dirty`.
    pub dirty: bool,
    /// `just_dirtied`: dirtied since the copy for the running save was taken.
    pub just_dirtied: bool,
    /// `data.confirmed_flush` in memory.
    pub confirmed_flush: Lsn,
    /// `data.restart_lsn` in memory.
    pub restart_lsn: Lsn,
    /// `candidate_restart_valid`: adopt the candidate once the client confirmed this.
    pub candidate_restart_valid: Lsn,
    /// `candidate_restart_lsn`.
    pub candidate_restart_lsn: Lsn,
    /// `last_saved_confirmed_flush` (17+).
    pub last_saved_confirmed_flush: Lsn,
    /// The copy that `SaveSlotToPath` of the checkpointer is writing; invalid when none is.
    pub copy_confirmed_flush: Lsn,
    /// As above, for `restart_lsn`.
    pub copy_restart_lsn: Lsn,
    /// `confirmed_flush` in the state file.
    pub disk_confirmed_flush: Lsn,
    /// `restart_lsn` in the state file.
    pub disk_restart_lsn: Lsn,
}

impl Slot {
    /// `ReplicationSlotMarkDirty`.
    pub fn mark_dirty(&mut self) {
        self.just_dirtied = true;
        self.dirty = true;
    }

    /// `ReplicationSlotSave` by the owner: copy, write and clean in one, because the owner is the
    /// only one who changes the slot meanwhile and `io_in_progress_lock` keeps the checkpointer
    /// out.
    pub fn save(&mut self) {
        if !self.dirty {
            return;
        }
        self.disk_confirmed_flush = self.confirmed_flush;
        self.disk_restart_lsn = self.restart_lsn;
        self.last_saved_confirmed_flush = self.confirmed_flush;
        self.dirty = false;
        self.just_dirtied = false;
    }

    /// `SaveSlotToPath`, first half: clear `just_dirtied` and copy the data under the spinlock.
    pub fn save_copy(&mut self) {
        self.just_dirtied = false;
        self.copy_confirmed_flush = self.confirmed_flush;
        self.copy_restart_lsn = self.restart_lsn;
    }

    /// `SaveSlotToPath`, second half: the file is renamed into place; clean unless dirtied again.
    pub fn save_rename(&mut self) {
        self.disk_confirmed_flush = self.copy_confirmed_flush;
        self.disk_restart_lsn = self.copy_restart_lsn;
        self.last_saved_confirmed_flush = self.copy_confirmed_flush;
        self.copy_confirmed_flush = Lsn::INVALID;
        self.copy_restart_lsn = Lsn::INVALID;
        self.dirty = self.just_dirtied;
    }
}
