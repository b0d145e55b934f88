//! A slot is created: on a primary, on a standby, by the slotsync worker.
//!
//! | step | in C |
//! |---|---|
//! | `check_logical_decoding_requirements` | standby: decoding is on; slotsync: the primary's slot is read |
//! | `replication_slot_create` | an entry is taken, under the allocation lock |
//! | `ensure_logical_decoding_enabled` | standby: is decoding still on? |
//! | `reserve_wal_choose` | a position to reserve is chosen |
//! | `reserve_wal_announce` | it is put into the slot; what is required is computed next |
//! | `reserve_wal_check` | is its WAL still there? |
//! | `create_init_decoding_context` | logical: the xmin of its snapshot is published |
//! | `replication_slot_persist` | it is on disk, and persistent |
//! | `replication_slot_release_created` | it is released |
//! | `create_fails` | told to leave: the slot is dropped |
//!
//! *Grain*: what is done in one acquisition of the lock that others take is one step.
//!
//! *Simplified*: the RUNNING_XACTS record that a creation writes is not in the script; the snapshot
//! is consistent as soon as its xmin is published.
//!
//! *Break it*: `-006dd4b2e5`: `slot-stays-valid`; `-6aba42c660`: `no-assertion-failure`,
//! `slot-wal-is-logical`.
//!
//! *Checked*: `sim/tests/history_slots.rs`.

use super::acquire::leave;
use super::required::{Compute, required_xmin};
use super::scenario::{OwnerKind, SlotKind};
use super::{Life, LifeSlot, Pc, Persistency, SlotLife};
use crate::slot::Slot;
use crate::wal::Lsn;

/// Owner `i`, if it is in `pc` and not in the middle of something else.
fn in_pc(w: &SlotLife, s: &Life, i: usize, pc: Pc) -> Option<OwnerKind> {
    let owner = s.owners[i];
    let free = owner.compute == Compute::Nothing && !owner.terminate;
    w.owner_kind(i).filter(|_| free && owner.pc == pc)
}

/// Nobody holds the allocation lock.
fn lock_free(s: &Life) -> bool {
    s.allocation_lock.is_none()
}

fn index(i: usize) -> u8 {
    u8::try_from(i).unwrap_or(u8::MAX)
}

/// A standby may decode only while the primary's WAL is logical; the slotsync worker reads the
/// primary's slot while that is so.
///
/// Source: 19 `logical.c` `CheckLogicalDecodingRequirements`; `slotsync.c` `synchronize_slots`.
#[must_use]
pub fn check_logical_decoding_requirements(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let kind = in_pc(w, s, i, Pc::Requirements)?;

    let mut s = *s;
    if s.decoding_disabled {
        leave(&mut s, i);
        return Some(s);
    }
    s.owners[i].pc = Pc::Allowed;
    if kind == OwnerKind::SlotSync {
        s.owners[i].lsn = s.inserted;
    }
    Some(s)
}

/// A free entry is initialised and becomes the creator's.
///
/// Source: master `slot.c` `ReplicationSlotCreate`.
#[must_use]
pub fn replication_slot_create(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let kind = in_pc(w, s, i, Pc::Allowed)?;
    let entry = s.slots.iter().position(|slot| !slot.base.in_use)?;
    if !lock_free(s) {
        return None;
    }

    let mut s = *s;
    let physical = kind == OwnerKind::CreatesPhysical;
    s.slots[entry] = LifeSlot {
        base: Slot {
            in_use: true,
            active: true,
            ..Slot::default()
        },
        kind: if physical {
            SlotKind::Physical
        } else {
            SlotKind::Logical
        },
        persistency: if physical {
            Persistency::Persistent
        } else if kind == OwnerKind::SlotSync {
            Persistency::Temporary
        } else {
            Persistency::Ephemeral
        },
        ..LifeSlot::default()
    };
    s.owners[i].slot = index(entry);
    s.owners[i].pc = match kind {
        OwnerKind::CreatesOnStandby => Pc::Created,
        OwnerKind::CreatesPhysical
        | OwnerKind::CreatesLogical
        | OwnerKind::SlotSync
        | OwnerKind::LogicalWalsender
        | OwnerKind::PhysicalWalsender
        | OwnerKind::SqlSession(_)
        | OwnerKind::Fails { .. } => Pc::Enabled,
    };
    Some(s)
}

/// The slot exists, so that whoever disables decoding from now on finds it. A design that does not
/// look again asserts what it saw before.
///
/// Source: 19 `logicalctl.c` `EnsureLogicalDecodingEnabled`; 6aba42c660^: "Assert(".
#[must_use]
pub fn ensure_logical_decoding_enabled(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    in_pc(w, s, i, Pc::Created)?;

    let mut s = *s;
    if s.decoding_disabled {
        s.failures.assertion |= !w.design.recheck_decoding_status;
        drop_unfinished(&mut s, i);
        return Some(s);
    }
    s.owners[i].pc = Pc::Enabled;
    Some(s)
}

/// The position to reserve: the redo pointer for a physical slot, the end of WAL for a logical one;
/// the slotsync worker has the primary's. Since 006dd4b2e5 the allocation lock is taken first.
///
/// Source: master `slot.c` `ReplicationSlotReserveWal`, "Acquire an exclusive lock".
#[must_use]
pub fn reserve_wal_choose(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let kind = in_pc(w, s, i, Pc::Enabled)?;
    if w.design.reserve_under_lock && !lock_free(s) {
        return None;
    }

    let mut s = *s;
    if w.design.reserve_under_lock {
        s.allocation_lock = Some(index(i));
    }
    s.owners[i].lsn = match kind {
        OwnerKind::CreatesPhysical => s.redo,
        OwnerKind::SlotSync => s.owners[i].lsn,
        OwnerKind::CreatesLogical
        | OwnerKind::CreatesOnStandby
        | OwnerKind::LogicalWalsender
        | OwnerKind::PhysicalWalsender
        | OwnerKind::SqlSession(_)
        | OwnerKind::Fails { .. } => s.inserted,
    };
    s.owners[i].pc = Pc::Chosen;
    Some(s)
}

/// The position is in the slot. "prevent WAL removal as fast as possible".
///
/// Source: master `slot.c` `ReplicationSlotReserveWal`.
#[must_use]
pub fn reserve_wal_announce(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    in_pc(w, s, i, Pc::Chosen)?;

    let mut s = *s;
    s.slot_of_mut(i).base.restart_lsn = s.owners[i].lsn;
    s.owners[i].pc = Pc::Reserved;
    s.owners[i].compute = Compute::Lsn;
    Some(s)
}

/// The WAL is there: go on. It is not: try again; with the lock held, that is an ERROR.
///
/// Source: master `slot.c` `ReplicationSlotReserveWal`, "Checkpoint shouldn't remove the required
/// WAL"; 006dd4b2e5^: "If all required WAL is still there, great, otherwise retry".
#[must_use]
pub fn reserve_wal_check(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    in_pc(w, s, i, Pc::Reserved)?;

    let mut s = *s;
    let there = s.removed <= s.owners[i].lsn;
    if w.design.reserve_under_lock {
        s.allocation_lock = None;
        if !there {
            drop_unfinished(&mut s, i);
            return Some(s);
        }
    }
    s.owners[i].pc = if there { Pc::WalReserved } else { Pc::Enabled };
    Some(s)
}

/// The horizon of the snapshot is taken, put into the slot and published, under the lock that
/// others take to publish theirs. A standby asks once more whether decoding is on.
///
/// Source: master `logical.c` `CreateInitDecodingContext`, "GetOldestSafeDecodingTransactionId".
#[must_use]
pub fn create_init_decoding_context(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let kind = in_pc(w, s, i, Pc::WalReserved)?;
    if !matches!(
        kind,
        OwnerKind::CreatesLogical | OwnerKind::CreatesOnStandby
    ) {
        return None;
    }

    let mut s = *s;
    if s.decoding_disabled || s.slot_of(i).base.invalidated {
        drop_unfinished(&mut s, i);
        return Some(s);
    }
    let inserted = s.inserted;
    let slot = s.slot_of_mut(i);
    slot.effective_xmin = inserted;
    slot.base.mark_dirty();
    slot.base.save();
    s.slot_xmin = required_xmin(&s);
    s.owners[i].lsn = inserted;
    s.owners[i].pc = Pc::Building;
    Some(s)
}

/// The slot is complete: on disk, and persistent. The slotsync worker looks first whether decoding
/// is still on (6aba42c660).
///
/// Source: master `slot.c` `ReplicationSlotPersist`; `slotsync.c`
/// `update_and_persist_local_synced_slot`; `slotfuncs.c` `create_physical_replication_slot`.
#[must_use]
pub fn replication_slot_persist(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let kind = in_pc(w, s, i, Pc::Building).or_else(|| {
        let kind = in_pc(w, s, i, Pc::WalReserved)?;
        matches!(kind, OwnerKind::CreatesPhysical | OwnerKind::SlotSync).then_some(kind)
    })?;

    let mut s = *s;
    let off = s.decoding_disabled && w.design.recheck_decoding_status;
    if kind == OwnerKind::SlotSync && off {
        drop_unfinished(&mut s, i);
        return Some(s);
    }
    let reserved = s.owners[i].lsn;
    let slot = s.slot_of_mut(i);
    if kind != OwnerKind::CreatesPhysical {
        slot.base.confirmed_flush = reserved;
    }
    slot.persistency = Persistency::Persistent;
    slot.base.mark_dirty();
    slot.base.save();
    s.owners[i].pc = Pc::Persisted;
    Some(s)
}

/// The creator releases its slot; what its snapshot needed is needed no longer.
///
/// Source: master `slot.c` `ReplicationSlotRelease`, "remove that temporary constraint".
#[must_use]
pub fn replication_slot_release_created(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    in_pc(w, s, i, Pc::Persisted)?;

    let mut s = *s;
    let slot = s.slot_of_mut(i);
    let had_xmin = slot.effective_xmin.is_valid();
    slot.effective_xmin = Lsn::INVALID;
    slot.base.active = false;
    s.owners[i].lsn = Lsn::INVALID;
    s.owners[i].pc = Pc::Released;
    if had_xmin {
        s.owners[i].compute = Compute::Xmin;
    }
    Some(s)
}

/// A creator that was told to leave: an error, and its unfinished slot is dropped; a finished one
/// is released.
///
/// Source: master `postgres.c` `ProcessInterrupts`; `slot.c` `ReplicationSlotRelease`.
#[must_use]
pub fn create_fails(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let creator = matches!(
        w.owner_kind(i),
        Some(
            OwnerKind::CreatesPhysical
                | OwnerKind::CreatesLogical
                | OwnerKind::CreatesOnStandby
                | OwnerKind::SlotSync
        )
    );
    let owner = s.owners[i];
    if !creator || !owner.terminate || owner.compute != Compute::Nothing {
        return None;
    }

    let mut s = *s;
    let persistent = s.slot_of(i).persistency == Persistency::Persistent;
    if persistent {
        super::acquire::release(&mut s, i);
        s.slot_of_mut(i).effective_xmin = Lsn::INVALID;
        finish(&mut s, i);
    } else {
        drop_unfinished(&mut s, i);
    }
    Some(s)
}

/// The entry is freed; what others need is computed from what is left.
fn drop_unfinished(s: &mut Life, i: usize) {
    *s.slot_of_mut(i) = LifeSlot::default();
    finish(s, i);
}

fn finish(s: &mut Life, i: usize) {
    if s.allocation_lock == Some(index(i)) {
        s.allocation_lock = None;
    }
    leave(s, i);
    s.owners[i].pc = Pc::Released;
    s.owners[i].compute = Compute::XminThenLsn;
}
