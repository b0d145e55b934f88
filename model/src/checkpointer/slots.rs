//! What a shutdown checkpoint does to replication slots: save them, and invalidate obsolete ones.

use super::{Pc, at, go};
use crate::cluster::{Child, Cluster, Signal};
use crate::design::SlotSave;
use crate::scenario::WalsenderKind;
use crate::steps::At;
use crate::wal::Lsn;
use crate::world::World;

/// The part of `CheckPointReplicationSlots(is_shutdown)` that looks at a slot: what is dirty, and
/// what is made dirty. Moves to the next slot that is to be saved.
fn skip_clean_slots(w: &World, s: &mut Cluster) {
    while usize::from(s.checkpointer.index) < w.walsenders {
        let slot = &mut s.slots[usize::from(s.checkpointer.index)];
        if slot.in_use {
            let i = usize::from(s.checkpointer.index);
            let logical = w.scenario.walsender(i).kind == WalsenderKind::Logical;
            let forced = match w.design.slot_save {
                SlotSave::IfDirty => false,
                SlotSave::IfConfirmedMoved => {
                    logical
                        && !slot.invalidated
                        && slot.confirmed_flush > slot.last_saved_confirmed_flush
                }
                SlotSave::Always => true,
            } || s.checkpointer.late_save
                && slot.confirmed_flush > slot.last_saved_confirmed_flush;
            if forced {
                slot.mark_dirty();
            }
            if slot.dirty {
                return;
            }
        }
        s.checkpointer.index += 1;
    }
    after_slots(w, s);
}

fn after_slots(w: &World, s: &mut Cluster) {
    if w.design.slots_after_record && !s.checkpointer.late_save {
        go(s, super::after_checkpoint(w));
        return;
    }
    let next = if s.checkpointer.late_save {
        Pc::Exit
    } else if w.design.slots_after_buffers {
        Pc::Insert
    } else {
        Pc::Buffers
    };
    go(s, next);
}

/// `CheckPointReplicationSlots` comes to the next slot that is to be saved: `SaveSlotToPath` copies
/// its data under its spinlock. Clean slots are passed over.
///
/// Source: master `slot.c` `SaveSlotToPath`, "memcpy(&cp.slotdata, &slot->data".
#[must_use]
pub fn save_slot_to_path_copy(w: &World, s: &Cluster, _at: At) -> Option<Cluster> {
    if !at(s, Pc::SlotCopy) {
        return None;
    }

    let mut s = *s;
    skip_clean_slots(w, &mut s);
    if s.checkpointer.pc == Pc::SlotCopy {
        s.slots[usize::from(s.checkpointer.index)].save_copy();
        s.checkpointer.pc = Pc::SlotRename;
    }
    Some(s)
}

/// `SaveSlotToPath`: the new state file is in place. `with` 1 is the fault: it could not be
/// written, which a checkpoint only logs.
///
/// Source: master `slot.c` `SaveSlotToPath`, "rename to permanent file"; elevel LOG.
#[must_use]
pub fn save_slot_to_path_rename(_w: &World, s: &Cluster, at_: At) -> Option<Cluster> {
    let fails = at_.with == 1;
    if !at(s, Pc::SlotRename) || fails && s.environment.faults_left.slot_save_failure == 0 {
        return None;
    }

    let mut s = *s;
    let slot = &mut s.slots[usize::from(s.checkpointer.index)];
    if fails {
        s.environment.faults_left.slot_save_failure -= 1;
        slot.copy_confirmed_flush = Lsn::INVALID;
        slot.copy_restart_lsn = Lsn::INVALID;
    } else {
        slot.save_rename();
    }
    s.checkpointer.pc = Pc::SlotCopy;
    s.checkpointer.index += 1;
    Some(s)
}

pub(super) fn skip_kept_slots(w: &World, s: &mut Cluster) {
    while usize::from(s.checkpointer.index) < w.walsenders {
        let i = usize::from(s.checkpointer.index);
        let slot = &s.slots[i];
        let obsolete = w.design.slot_invalidation && w.scenario.walsender(i).obsolete;
        if slot.in_use && !slot.invalidated && obsolete {
            return;
        }
        s.checkpointer.index += 1;
    }
    go(s, Pc::RemoveWal);
}

/// An obsolete slot: SIGTERM to its owner first, then wait on `active_cv` until it is free, then
/// invalidate it and save it.
///
/// Source: master `slot.c` `InvalidateObsoleteReplicationSlots`, `InvalidatePossiblyObsoleteSlot`.
#[must_use]
pub fn invalidate_obsolete_replication_slots(w: &World, s: &Cluster, _at: At) -> Option<Cluster> {
    if !at(s, Pc::Invalidate) {
        return None;
    }
    let before = s;

    let mut s = *s;
    let i = usize::from(s.checkpointer.index);
    if s.slots[i].active {
        s.kill(Child::walsender(i), Signal::Term);
    } else {
        let slot = &mut s.slots[i];
        slot.invalidated = true;
        slot.mark_dirty();
        slot.save();
        s.checkpointer.index += 1;
        skip_kept_slots(w, &mut s);
    }
    s.if_changed(before)
}
