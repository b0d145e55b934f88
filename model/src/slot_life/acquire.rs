//! `ReplicationSlotAcquire`: a process makes a slot its own, and finds out whether it is valid.
//!
//! | step | in C |
//! |---|---|
//! | `replication_slot_find` | before 8709dccc79: the slot is found and valid |
//! | `replication_slot_acquire` | it becomes its own |
//! | `replication_slot_validate` | since: only then is it validated |
//!
//! *Grain*: the spinlock is held while the owner is set, not while validity is looked at.
//!
//! *Simplified*: a process that finds the slot active or invalid gives up for good.
//!
//! *Break it*: `-8709dccc79` makes `decoding-finds-its-wal` fail.
//!
//! *Checked*: `sim/tests/history_slots.rs`.

use super::required::Compute;
use super::{Life, Pc, SlotLife};

/// Whether a process in `pc` holds a slot (`MyReplicationSlot`).
#[must_use]
pub fn holds_slot(pc: Pc) -> bool {
    match pc {
        Pc::Gone
        | Pc::Starting
        | Pc::Validated
        | Pc::Requirements
        | Pc::Allowed
        | Pc::Dropping
        | Pc::Dropped
        | Pc::Released => false,
        Pc::Acquired
        | Pc::Owned
        | Pc::Streaming
        | Pc::Returned
        | Pc::Created
        | Pc::Enabled
        | Pc::Chosen
        | Pc::Reserved
        | Pc::WalReserved
        | Pc::Building
        | Pc::Persisted
        | Pc::Failing => true,
    }
}

/// The slot is found; a design that looks at its validity already here goes on only if it is.
///
/// Source: 8709dccc79^ `slot.c` `ReplicationSlotAcquire`, "Invalid slots can't be modified or
/// used".
#[must_use]
pub fn replication_slot_find(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    if s.owners[i].pc != Pc::Starting || w.design.acquire_then_validate {
        return None;
    }

    let mut s = *s;
    if s.slot_of(i).base.invalidated || !s.slot_of(i).base.in_use {
        give_up(&mut s, i);
    } else {
        s.owners[i].pc = Pc::Validated;
    }
    Some(s)
}

/// `active_pid` is set, under the spinlock.
///
/// Source: master `slot.c` `ReplicationSlotAcquire`, "We made this slot active, so it's ours now".
#[must_use]
pub fn replication_slot_acquire(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let before = if w.design.acquire_then_validate {
        Pc::Starting
    } else {
        Pc::Validated
    };
    if s.owners[i].pc != before {
        return None;
    }

    let mut s = *s;
    if s.slot_of(i).base.active || !s.slot_of(i).base.in_use {
        give_up(&mut s, i);
        return Some(s);
    }
    s.slot_of_mut(i).base.active = true;
    s.owners[i].pc = if w.design.acquire_then_validate {
        Pc::Acquired
    } else {
        Pc::Owned
    };
    Some(s)
}

/// "We need to check for invalidation after making the slot ours".
///
/// Source: master `slot.c` `ReplicationSlotAcquire`.
#[must_use]
pub fn replication_slot_validate(_w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    if s.owners[i].pc != Pc::Acquired {
        return None;
    }

    let mut s = *s;
    if s.slot_of(i).base.invalidated {
        s.slot_of_mut(i).base.active = false;
        give_up(&mut s, i);
    } else {
        s.owners[i].pc = Pc::Owned;
    }
    Some(s)
}

/// ERROR: the client gets it, and does not come again.
pub(crate) fn give_up(s: &mut Life, i: usize) {
    leave(s, i);
    s.client.refused = true;
    super::client::lose_connection(s);
}

/// The process is gone, or back in its idle session.
pub(crate) fn leave(s: &mut Life, i: usize) {
    let owner = &mut s.owners[i];
    let calls_left = owner.calls_left;
    *owner = super::Owner {
        calls_left,
        ..super::Owner::default()
    };
    debug_assert_eq!(owner.compute, Compute::Nothing);
}

/// `ReplicationSlotRelease` of a persistent slot: it is nobody's.
pub(crate) fn release(s: &mut Life, i: usize) {
    s.slot_of_mut(i).base.active = false;
}
