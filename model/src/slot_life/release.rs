//! A process has an error while it owns an ephemeral slot: the slot is dropped as it is released,
//! and the process goes on, or exits through its hooks.
//!
//! | step | in C |
//! |---|---|
//! | `pgstat_shutdown_hook` | FATAL only: its statistics are shut down |
//! | `replication_slot_drop_ptr` | the entry is freed, under the allocation lock |
//! | `pgstat_drop_replslot` | the drop is reported to the statistics, the lock released |
//! | `replication_slot_release_rest` | what `ReplicationSlotRelease` does after a drop |
//!
//! *Grain*: an entry may be taken by somebody else from the moment the allocation lock is free.
//!
//! *Simplified*: in the lists of exit hooks only these two are told apart.
//!
//! *Break it*: `-2f6501fa3c`: `no-stats-after-stats-shutdown`; `-f2081a7800`:
//! `snapshot-rows-kept`, `slot-has-its-owner`.
//!
//! *Checked*: `sim/tests/history_slots.rs`.

use super::acquire::leave;
use super::required::Compute;
use super::scenario::OwnerKind;
use super::{Life, LifeSlot, Pc, Persistency, SlotLife};
use crate::wal::Lsn;

/// Whether owner `i` fails and is in `pc`, not in the middle of something else; and whether it
/// exits.
fn failing(w: &SlotLife, s: &Life, i: usize, pc: Pc) -> Option<bool> {
    let owner = s.owners[i];
    match w.owner_kind(i)? {
        OwnerKind::Fails { fatal } if owner.pc == pc && owner.compute == Compute::Nothing => {
            Some(fatal)
        }
        OwnerKind::Fails { .. }
        | OwnerKind::LogicalWalsender
        | OwnerKind::PhysicalWalsender
        | OwnerKind::SqlSession(_)
        | OwnerKind::CreatesPhysical
        | OwnerKind::CreatesLogical
        | OwnerKind::CreatesOnStandby
        | OwnerKind::SlotSync => None,
    }
}

/// The statistics' hook among the `before_shmem_exit` ones. Since 2f6501fa3c the slot's hook is
/// registered after it and so called before it; earlier, `ProcKill` released slots, far behind.
///
/// Source: 15 `slot.c` `ReplicationSlotInitialize`; 2f6501fa3c^ `proc.c` `ProcKill`.
#[must_use]
pub fn pgstat_shutdown_hook(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let turn = if w.design.slot_release_before_stats {
        Pc::Released
    } else {
        Pc::Failing
    };
    let fatal = failing(w, s, i, turn)?;
    if !fatal || s.owners[i].stats_down {
        return None;
    }

    let mut s = *s;
    s.owners[i].stats_down = true;
    Some(s)
}

/// The entry is freed; what the other slots need is computed, still under the lock.
///
/// Source: master `slot.c` `ReplicationSlotDropPtr`, "ReplicationSlotAllocationLock".
#[must_use]
pub fn replication_slot_drop_ptr(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let fatal = failing(w, s, i, Pc::Failing)?;
    let stats_first = fatal && !w.design.slot_release_before_stats;
    if stats_first && !s.owners[i].stats_down || s.allocation_lock.is_some() {
        return None;
    }

    let mut s = *s;
    s.allocation_lock = u8::try_from(i).ok();
    *s.slot_of_mut(i) = LifeSlot::default();
    s.owners[i].pc = Pc::Dropping;
    s.owners[i].compute = Compute::XminThenLsn;
    Some(s)
}

/// The drop is reported to the statistics; the lock is released.
///
/// Source: master `slot.c` `ReplicationSlotDropPtr`, "pgstat_drop_replslot".
#[must_use]
pub fn pgstat_drop_replslot(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    failing(w, s, i, Pc::Dropping)?;

    let mut s = *s;
    s.failures.late_stats |= s.owners[i].stats_down;
    s.allocation_lock = None;
    s.owners[i].pc = Pc::Dropped;
    Some(s)
}

/// The rest of `ReplicationSlotRelease`. Before f2081a7800 it went on with the entry that it had
/// dropped, whoever has it by now: the xmin of a snapshot is removed from it, and if it looks
/// persistent it is made nobody's.
///
/// Source: f2081a7800^ `slot.c` `ReplicationSlotRelease`, "remove that temporary constraint".
#[must_use]
pub fn replication_slot_release_rest(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    failing(w, s, i, Pc::Dropped)?;

    let mut s = *s;
    let slot = s.slot_of_mut(i);
    let had_xmin = slot.effective_xmin.is_valid();
    if !w.design.release_ends_with_drop && slot.base.in_use {
        slot.effective_xmin = Lsn::INVALID;
        if slot.persistency == Persistency::Persistent {
            slot.base.active = false;
        }
    }
    let stats_down = s.owners[i].stats_down;
    leave(&mut s, i);
    s.owners[i].pc = Pc::Released;
    s.owners[i].stats_down = stats_down;
    if had_xmin && !w.design.release_ends_with_drop {
        s.owners[i].compute = Compute::Xmin;
    }
    Some(s)
}
