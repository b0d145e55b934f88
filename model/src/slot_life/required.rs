//! The two aggregates over all slots: the oldest WAL and the oldest xmin that any of them needs.
//! Each process that moved a slot computes them over all slots, then publishes what it found.
//!
//! | step | in C |
//! |---|---|
//! | `compute_required` | the loop over all slots, under the control lock |
//! | `publish_required` | `XLogSetReplicationSlotMinimumLSN`, `ProcArraySetReplicationSlotXmin` |
//!
//! *Grain*: the control lock is released between the two, so that another process can compute and
//! publish in between; a design that holds it across both does both in one step.
//!
//! *Break it*: `-2a5225b99d` makes `snapshot-rows-kept` fail. Without `min-lsn-under-lock`, which
//! no release has, `slot-stays-valid` fails.
//!
//! *Checked*: `sim/tests/history_slots.rs`.

use super::{Life, Persistency, SlotLife};
use crate::design::WalKeptBy;
use crate::wal::Lsn;

/// What a process is about to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compute {
    /// Nothing.
    #[default]
    Nothing,
    /// `ReplicationSlotsComputeRequiredXmin`, then `ReplicationSlotsComputeRequiredLSN`.
    XminThenLsn,
    /// The xmin is computed; the LSN follows.
    XminComputedThenLsn,
    /// `ReplicationSlotsComputeRequiredXmin`.
    Xmin,
    /// It is computed.
    XminComputed,
    /// `ReplicationSlotsComputeRequiredLSN`.
    Lsn,
    /// It is computed.
    LsnComputed,
}

/// The oldest `restart_lsn` that WAL must be kept for; invalid if there is none.
///
/// Source: master `slot.c` `ReplicationSlotsComputeRequiredLSN`, "last_saved_restart_lsn".
#[must_use]
pub fn required_lsn(w: &SlotLife, s: &Life) -> Lsn {
    let slots = s.slots.iter();
    let slots = slots.filter(|slot| slot.base.in_use && !slot.base.invalidated);
    let needed = slots.map(|slot| {
        let saved = slot.base.disk_restart_lsn;
        let by_disk = w.design.wal_kept_by == WalKeptBy::LastSaved
            && slot.persistency == Persistency::Persistent
            && saved.is_valid();
        if by_disk {
            slot.base.restart_lsn.min(saved)
        } else {
            slot.base.restart_lsn
        }
    });
    needed
        .filter(|lsn| lsn.is_valid())
        .min()
        .unwrap_or_default()
}

/// The oldest `effective_xmin`; invalid if there is none.
///
/// Source: master `slot.c` `ReplicationSlotsComputeRequiredXmin`.
#[must_use]
pub fn required_xmin(s: &Life) -> Lsn {
    let slots = s.slots.iter();
    let slots = slots.filter(|slot| slot.base.in_use && !slot.base.invalidated);
    let needed = slots.map(|slot| slot.effective_xmin);
    needed
        .filter(|lsn| lsn.is_valid())
        .min()
        .unwrap_or_default()
}

/// The loop over all slots. A design that keeps the lock publishes in the same step.
///
/// Source: master `slot.c` `ReplicationSlotsComputeRequiredXmin`, "Hold the
/// ReplicationSlotControlLock until after updating".
#[must_use]
pub fn compute_required(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let (value, next) = match s.owners[i].compute {
        Compute::XminThenLsn => (required_xmin(s), Compute::XminComputedThenLsn),
        Compute::Xmin => (required_xmin(s), Compute::XminComputed),
        Compute::Lsn => (required_lsn(w, s), Compute::LsnComputed),
        Compute::Nothing
        | Compute::XminComputedThenLsn
        | Compute::XminComputed
        | Compute::LsnComputed => return None,
    };

    let mut s = *s;
    s.owners[i].compute = next;
    s.owners[i].computed = value;
    let at_once = match next {
        Compute::LsnComputed => w.design.min_lsn_under_lock,
        Compute::XminComputed | Compute::XminComputedThenLsn => w.design.xmin_under_lock,
        Compute::Nothing | Compute::XminThenLsn | Compute::Xmin | Compute::Lsn => false,
    };
    if at_once {
        publish_required(w, &s, i)
    } else {
        Some(s)
    }
}

/// What was computed becomes the value for all.
///
/// Source: master `slot.c` `ReplicationSlotsComputeRequiredLSN`,
/// "XLogSetReplicationSlotMinimumLSN(min_required)".
#[must_use]
pub fn publish_required(_w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let owner = s.owners[i];
    let next = match owner.compute {
        Compute::XminComputedThenLsn => Compute::Lsn,
        Compute::XminComputed | Compute::LsnComputed => Compute::Nothing,
        Compute::Nothing | Compute::XminThenLsn | Compute::Xmin | Compute::Lsn => return None,
    };

    let mut s = *s;
    if owner.compute == Compute::LsnComputed {
        s.slot_min_lsn = owner.computed;
    } else {
        s.slot_xmin = owner.computed;
    }
    s.owners[i].compute = next;
    s.owners[i].computed = Lsn::INVALID;
    Some(s)
}
