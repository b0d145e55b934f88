//! The server around the slots: it writes or replays WAL, vacuums, stops, crashes and starts.
//!
//! | step | in C |
//! |---|---|
//! | `xlog_insert_record` | sessions write the script's next record |
//! | `redo_record` | a standby replays it |
//! | `redo_invalidate_slots` | "disable" was replayed: its slots are invalidated |
//! | `vacuum_rel` | VACUUM removes rows that nobody needs |
//! | `stop_request`, `crash` | the operator, a fault |
//! | `startup_replication_slots` | the server starts again |
//!
//! *Simplified*: which transactions write the script is not told apart; a crash loses no WAL,
//! because every record here is flushed as it is written.
//!
//! *Break it*: `-6aba42c660` makes `slot-wal-is-logical` fail.
//!
//! *Checked*: `sim/tests/history_slots.rs`.

use super::checkpointer::Checkpointer;
use super::required::{Compute, required_lsn, required_xmin};
use super::scenario::{Entry, OwnerKind, SlotKind};
use super::{Life, LifeSlot, Owner, Pc, Persistency, Phase, SlotLife};
use crate::slot::Slot;
use crate::wal::Lsn;

/// The next record of the script is written and flushed.
///
/// Source: master `xlog.c` `XLogInsertRecord`.
#[must_use]
pub fn xlog_insert_record(w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    let ends = w.scenario.at(s.inserted) == Entry::None;
    if w.scenario.standby || ends || s.phase != Phase::Running {
        return None;
    }

    let mut s = *s;
    s.inserted = Lsn(s.inserted.0 + 1);
    Some(s)
}

/// A standby's startup process replays the next record; a status change takes effect at once.
///
/// Source: master `xlog.c` `xlog_redo`, "XLOG_LOGICAL_DECODING_STATUS_CHANGE".
#[must_use]
pub fn redo_record(w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    let entry = w.scenario.at(s.inserted);
    if !w.scenario.standby || entry == Entry::None || s.startup_invalidates {
        return None;
    }

    let mut s = *s;
    s.inserted = Lsn(s.inserted.0 + 1);
    if entry == Entry::DecodingOff {
        s.decoding_disabled = true;
        s.disabled_at = s.inserted;
        s.startup_invalidates = true;
    } else if entry == Entry::DecodingOn {
        s.decoding_disabled = false;
    }
    Some(s)
}

/// All logical slots that are found are invalidated; the owner of one is told to leave first, and
/// the startup process waits for that.
///
/// Source: master `xlog.c` `xlog_redo`, "Invalidate logical slots if we are in hot standby".
#[must_use]
pub fn redo_invalidate_slots(_w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    if !s.startup_invalidates {
        return None;
    }

    let before = s;
    let mut s = *s;
    let mut waits = false;
    for i in 0..s.slots.len() {
        let slot = s.slots[i];
        if !slot.base.in_use || slot.base.invalidated || slot.kind == SlotKind::Physical {
            continue;
        }
        if slot.base.active {
            waits = true;
            tell_owner_to_leave(&mut s, i);
        } else {
            s.slots[i].base.invalidated = true;
            s.slots[i].disk_invalidated = true;
        }
    }
    s.startup_invalidates = waits;
    s.if_changed(before)
}

/// The process that owns slot `slot` is signalled.
pub(crate) fn tell_owner_to_leave(s: &mut Life, slot: usize) {
    for owner in &mut s.owners {
        if usize::from(owner.slot) == slot && super::acquire::holds_slot(owner.pc) {
            owner.terminate = true;
        }
    }
}

/// VACUUM removes rows that were dead before the oldest xmin that is published.
///
/// Source: master `procarray.c` `ComputeXidHorizons`, "replication_slot_xmin".
#[must_use]
pub fn vacuum_rel(w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    if !w.scenario.vacuum || s.phase != Phase::Running {
        return None;
    }

    let before = s;
    let mut s = *s;
    let horizon = if s.slot_xmin.is_valid() {
        s.slot_xmin.min(s.inserted)
    } else {
        s.inserted
    };
    s.vacuumed = s.vacuumed.max(horizon);
    s.if_changed(before)
}

/// The operator asks for a fast stop.
///
/// Source: master `postmaster.c` `process_pm_shutdown_request`.
#[must_use]
pub fn stop_request(_w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    if s.budget.stops == 0 || s.phase != Phase::Running {
        return None;
    }

    let mut s = *s;
    s.budget.stops -= 1;
    s.phase = Phase::Stopping;
    Some(s)
}

/// A process crashes: everything in memory is gone, sessions and connections with it.
///
/// Source: master `postmaster.c` `HandleFatalError`.
#[must_use]
pub fn crash(_w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    if s.budget.crashes == 0 || !matches!(s.phase, Phase::Running | Phase::Stopping) {
        return None;
    }

    let mut s = *s;
    s.budget.crashes -= 1;
    s.phase = Phase::Crashed;
    forget_processes(&mut s);
    Some(s)
}

/// Slots are restored from their files; what only memory knew is gone.
///
/// Source: master `slot.c` `RestoreSlotFromDisk`, `StartupReplicationSlots`.
#[must_use]
pub fn startup_replication_slots(w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    if !matches!(s.phase, Phase::Stopped | Phase::Crashed) {
        return None;
    }

    let mut s = *s;
    s.phase = Phase::Running;
    for slot in &mut s.slots {
        if slot.persistency != Persistency::Persistent {
            *slot = LifeSlot::default();
        }
        let base = slot.base;
        slot.effective_xmin = Lsn::INVALID;
        slot.base = Slot {
            in_use: base.in_use,
            invalidated: slot.disk_invalidated,
            confirmed_flush: base.disk_confirmed_flush,
            restart_lsn: base.disk_restart_lsn,
            last_saved_confirmed_flush: base.disk_confirmed_flush,
            disk_confirmed_flush: base.disk_confirmed_flush,
            disk_restart_lsn: base.disk_restart_lsn,
            ..Slot::default()
        };
    }
    s.slot_min_lsn = required_lsn(w, &s);
    s.slot_xmin = required_xmin(&s);
    Some(s)
}

/// Whether every process that works with slots has left, or idles in its session. A physical
/// walsender outlives the shutdown checkpoint.
#[must_use]
pub fn all_owners_gone(w: &SlotLife, s: &Life) -> bool {
    s.owners.iter().enumerate().all(|(i, owner)| {
        let at_rest = owner.pc == Pc::Gone && owner.compute == Compute::Nothing;
        at_rest || w.owner_kind(i) == Some(OwnerKind::PhysicalWalsender)
    })
}

/// Every process of the server is gone, and what they knew.
pub(crate) fn forget_processes(s: &mut Life) {
    for owner in &mut s.owners {
        *owner = Owner {
            calls_left: owner.calls_left,
            ..Owner::default()
        };
    }
    s.checkpointer = Checkpointer::default();
    s.allocation_lock = None;
    super::client::lose_connection(s);
}
