//! The checkpointer, as far as slots go: it fixes the redo pointer, saves slots, finds out what WAL
//! must be kept, invalidates slots that ask for more, removes the rest.
//!
//! | step | in C |
//! |---|---|
//! | `create_check_point_redo` | the redo pointer is fixed |
//! | `check_point_replication_slots` | slots are saved, under the allocation lock, shared |
//! | `check_point_compute_required` | 18+: what is required has moved with the save |
//! | `check_point_publish_required` | ... and is published |
//! | `keep_log_seg` | the published minimum and the redo pointer bound the removal |
//! | `invalidate_obsolete_replication_slots` | slots that need older WAL |
//! | `remove_old_xlog_files` | WAL before that goes |
//!
//! *Grain*: the save of all slots is one step: each slot's owner is kept out by its own lock, and
//! owners do not look at one another's slots. Invalidation of all obsolete slots is one step.
//!
//! *Simplified*: the checkpoint record takes no space in the script; the redo pointer of the
//! checkpoint itself, not of the one before it, bounds the removal, as since 11.
//!
//! *Break it*: `-006dd4b2e5` makes `slot-stays-valid` fail, `-4ae08cd5fd` `wal-kept`.
//!
//! *Checked*: `sim/tests/history_slots.rs`.

use super::required::required_lsn;
use super::scenario::SlotKind;
use super::server::{all_owners_gone, forget_processes, tell_owner_to_leave};
use super::{Life, Phase, SlotLife};
use crate::design::{SlotSave, WalKeptBy};
use crate::wal::Lsn;

/// Where the checkpointer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckpointerPc {
    /// No checkpoint runs.
    #[default]
    Idle,
    /// The redo pointer is fixed.
    Redo,
    /// Slots are saved and what is required has moved (18+).
    Recompute,
    /// ... and is computed.
    Recomputed,
    /// Slots are saved.
    Saved,
    /// It knows what to keep.
    Keep,
    /// All obsolete slots are invalidated.
    Invalidated,
}

/// The checkpointer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Checkpointer {
    /// Where it is.
    pub pc: CheckpointerPc,
    /// This is the shutdown checkpoint.
    pub is_shutdown: bool,
    /// `slotsMinReqLSN` of the back branches, then a computed minimum, then what is kept from.
    pub lsn: Lsn,
}

/// A checkpoint begins.
///
/// 14 to 17 read the slots' minimum here; since 3510ebeb0d under the allocation lock, so that a
/// creator has announced its position or will choose one after the redo pointer. Both are one step:
/// who chooses in between chooses no position before the redo pointer, which bounds the removal.
/// Source: master `xlog.c` `CreateCheckPoint`, "RedoRecPtr"; 17, "slotsMinReqLSN =
/// XLogGetReplicationSlotMinimumLSN()", "LWLockAcquire(ReplicationSlotAllocationLock, LW_SHARED)".
#[must_use]
pub fn create_check_point_redo(w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    let online = s.phase == Phase::Running && s.budget.checkpoints > 0;
    let shutdown = s.phase == Phase::Stopping && all_owners_gone(w, s);
    if s.checkpointer.pc != CheckpointerPc::Idle || !(online || shutdown) {
        return None;
    }
    let reads_minimum = w.design.wal_kept_by == WalKeptBy::MemoryBeforeSave;
    if reads_minimum && w.design.min_read_under_lock && s.allocation_lock.is_some() {
        return None;
    }

    let mut s = *s;
    if online {
        s.budget.checkpoints -= 1;
    }
    s.redo = s.inserted;
    s.checkpointer = Checkpointer {
        pc: CheckpointerPc::Redo,
        is_shutdown: shutdown,
        lsn: match w.design.wal_kept_by {
            WalKeptBy::MemoryBeforeSave => s.slot_min_lsn,
            WalKeptBy::Memory | WalKeptBy::LastSaved => Lsn::INVALID,
        },
    };
    Some(s)
}

/// All slots that the design's rule names are saved.
///
/// Source: master `slot.c` `CheckPointReplicationSlots`.
#[must_use]
pub fn check_point_replication_slots(w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    if s.checkpointer.pc != CheckpointerPc::Redo || s.allocation_lock.is_some() {
        return None;
    }

    let mut s = *s;
    let mut moved = false;
    for slot in s.slots.iter_mut().filter(|slot| slot.base.in_use) {
        let base = &mut slot.base;
        let logical = slot.kind == SlotKind::Logical && !base.invalidated;
        let anyway = match w.design.slot_save {
            SlotSave::IfDirty => false,
            SlotSave::IfConfirmedMoved => {
                logical && base.confirmed_flush > base.last_saved_confirmed_flush
            }
            SlotSave::Always => true,
        };
        if anyway && s.checkpointer.is_shutdown {
            base.mark_dirty();
        }
        moved |= base.disk_restart_lsn != base.restart_lsn;
        if base.dirty {
            slot.disk_invalidated = base.invalidated;
        }
        base.save();
    }
    let recompute = moved && w.design.wal_kept_by == WalKeptBy::LastSaved;
    s.checkpointer.pc = if recompute {
        CheckpointerPc::Recompute
    } else {
        CheckpointerPc::Saved
    };
    Some(s)
}

/// 18+: "Recompute the required LSN", the loop over all slots.
///
/// Source: 18 `slot.c` `CheckPointReplicationSlots`.
#[must_use]
pub fn check_point_compute_required(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    if s.checkpointer.pc != CheckpointerPc::Recompute {
        return None;
    }

    let mut s = *s;
    s.checkpointer.lsn = required_lsn(w, &s);
    s.checkpointer.pc = CheckpointerPc::Recomputed;
    if w.design.min_lsn_under_lock {
        return check_point_publish_required(w, &s, i);
    }
    Some(s)
}

/// 18+: ... and its result is published.
///
/// Source: 18 `slot.c` `ReplicationSlotsComputeRequiredLSN`.
#[must_use]
pub fn check_point_publish_required(_w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    if s.checkpointer.pc != CheckpointerPc::Recomputed {
        return None;
    }

    let mut s = *s;
    s.slot_min_lsn = s.checkpointer.lsn;
    s.checkpointer.lsn = Lsn::INVALID;
    s.checkpointer.pc = CheckpointerPc::Saved;
    Some(s)
}

/// From where WAL is kept: the redo pointer, the slots' minimum, capped by
/// `max_slot_wal_keep_size`.
///
/// Source: master `xlog.c` `KeepLogSeg`.
#[must_use]
pub fn keep_log_seg(w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    if s.checkpointer.pc != CheckpointerPc::Saved {
        return None;
    }

    let mut s = *s;
    let mut keep = match w.design.wal_kept_by {
        WalKeptBy::MemoryBeforeSave => s.checkpointer.lsn,
        WalKeptBy::Memory | WalKeptBy::LastSaved => s.slot_min_lsn,
    };
    if let Some(size) = w.scenario.keep_size.filter(|_| keep.is_valid()) {
        keep = keep.max(Lsn(s.inserted.0.saturating_sub(size)));
    }
    s.checkpointer.lsn = if keep.is_valid() {
        keep.min(s.redo)
    } else {
        s.redo
    };
    s.checkpointer.pc = CheckpointerPc::Keep;
    Some(s)
}

/// Slots that need older WAL: one that nobody owns is invalidated, and saved since 4ae08cd5fd; the
/// owner of another is terminated, and the checkpointer waits for it.
///
/// Source: master `slot.c` `InvalidatePossiblyObsoleteSlot`.
#[must_use]
pub fn invalidate_obsolete_replication_slots(w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    if s.checkpointer.pc != CheckpointerPc::Keep {
        return None;
    }

    let before = s;
    let mut s = *s;
    let mut waits = false;
    for i in 0..s.slots.len() {
        let base = s.slots[i].base;
        let obsolete = base.restart_lsn.is_valid() && base.restart_lsn < s.checkpointer.lsn;
        if !w.design.slot_invalidation || !base.in_use || base.invalidated || !obsolete {
            continue;
        }
        if base.active {
            waits = true;
            tell_owner_to_leave(&mut s, i);
        } else {
            let base = &mut s.slots[i].base;
            base.invalidated = true;
            base.restart_lsn = Lsn::INVALID;
            if w.design.invalidation_saved {
                base.mark_dirty();
                base.save();
                s.slots[i].disk_invalidated = true;
            }
        }
    }
    if !waits {
        if s.slots != before.slots {
            s.slot_min_lsn = required_lsn(w, &s);
        }
        s.checkpointer.pc = CheckpointerPc::Invalidated;
    }
    s.if_changed(before)
}

/// WAL before what is kept is removed; the checkpoint is done.
///
/// Source: master `xlog.c` `RemoveOldXlogFiles`.
#[must_use]
pub fn remove_old_xlog_files(_w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    if s.checkpointer.pc != CheckpointerPc::Invalidated {
        return None;
    }

    let mut s = *s;
    s.removed = s.removed.max(s.checkpointer.lsn);
    if s.checkpointer.is_shutdown {
        s.phase = Phase::Stopped;
        forget_processes(&mut s);
    }
    s.checkpointer = Checkpointer::default();
    Some(s)
}
