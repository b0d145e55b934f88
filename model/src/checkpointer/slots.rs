//! What a shutdown checkpoint does to replication slots: save them, and invalidate obsolete ones.

use super::{Pc, Turn, at, end_of_loop};
use crate::cluster::{Child, Cluster, Signal};
use crate::design::SlotSave;
use crate::scenario::WalsenderKind;
use crate::steps::{At, TAKEN, Taken};
use crate::wal::Lsn;
use crate::world::World;

/// The part of `CheckPointReplicationSlots(is_shutdown)` that makes a slot dirty.
fn is_forced(w: &World, s: &Cluster, i: usize) -> bool {
    let slot = &s.slots[i];
    let logical = w.scenario.walsender(i).kind == WalsenderKind::Logical;
    let moved = slot.confirmed_flush > slot.last_saved_confirmed_flush;
    let by_design = match w.design.slot_save {
        SlotSave::IfDirty => false,
        SlotSave::IfConfirmedMoved => logical && !slot.invalidated && moved,
        SlotSave::Always => true,
    };
    by_design || s.checkpointer.late_save && moved
}

/// The loop has not come to slot `i`, and would save it now.
fn is_to_save(w: &World, s: &Cluster, i: usize) -> bool {
    let slot = &s.slots[i];
    s.turns[i] == Turn::Ahead && slot.in_use && (slot.dirty || is_forced(w, s, i))
}

fn after_slots(w: &World, s: &mut Cluster) {
    let next = if s.checkpointer.late_save {
        Pc::Exit
    } else if w.design.slots_after_record {
        super::after_checkpoint(w)
    } else if w.design.slots_after_buffers {
        Pc::Insert
    } else {
        Pc::Buffers
    };
    end_of_loop(w, s, next);
}

/// `CheckPointReplicationSlots` comes to a slot: it passes one that is clean, of another
/// `SaveSlotToPath` copies the data under its spinlock. A slot that is dirtied when the loop has
/// passed is not saved.
///
/// Source: master `slot.c` `CheckPointReplicationSlots`; `SaveSlotToPath`, "if (!was_dirty)",
/// "memcpy(&cp.slotdata, &slot->data".
#[must_use]
pub fn save_slot_to_path_copy(w: &World, s: &mut Cluster, at_: At) -> Taken {
    let i = usize::from(at_.who);
    if !at(s, Pc::SlotCopy) || s.turns[i] != Turn::Ahead || !s.slots[i].in_use {
        return None;
    }

    if is_to_save(w, s, i) {
        if is_forced(w, s, i) {
            s.slots[i].mark_dirty();
        }
        s.slots[i].save_copy();
        s.turns[i] = Turn::Now;
        s.checkpointer.pc = Pc::SlotRename;
    } else if (0..w.walsenders).any(|j| is_to_save(w, s, j)) {
        s.turns[i] = Turn::Passed;
    } else {
        return None;
    }
    TAKEN
}

/// No slot is left that is to be saved: the loop is over.
///
/// Source: master `slot.c` `CheckPointReplicationSlots`.
#[must_use]
pub fn check_point_replication_slots(w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::SlotCopy) || (0..w.walsenders).any(|i| is_to_save(w, s, i)) {
        return None;
    }

    after_slots(w, s);
    TAKEN
}

/// `SaveSlotToPath`: the new state file is in place. `with` 1 is the fault: it could not be
/// written, which a checkpoint only logs.
///
/// Source: master `slot.c` `SaveSlotToPath`, "rename to permanent file"; elevel LOG.
#[must_use]
pub fn save_slot_to_path_rename(_w: &World, s: &mut Cluster, at_: At) -> Taken {
    let fails = at_.with == 1;
    let i = usize::from(at_.who);
    if !at(s, Pc::SlotRename) || s.turns[i] != Turn::Now {
        return None;
    }
    if fails && s.environment.faults_left.slot_save_failure == 0 {
        return None;
    }

    let slot = &mut s.slots[i];
    if fails {
        s.environment.faults_left.slot_save_failure -= 1;
        slot.copy_confirmed_flush = Lsn::INVALID;
        slot.copy_restart_lsn = Lsn::INVALID;
    } else {
        slot.save_rename();
    }
    s.turns[i] = Turn::Passed;
    s.checkpointer.pc = Pc::SlotCopy;
    TAKEN
}

/// Goes on behind the loop if no slot is left to be invalidated.
pub(super) fn next_obsolete(w: &World, s: &mut Cluster) {
    if (0..w.walsenders).all(|i| !is_obsolete(w, s, i)) {
        end_of_loop(w, s, Pc::RemoveWal);
    }
}

fn is_obsolete(w: &World, s: &Cluster, i: usize) -> bool {
    let slot = &s.slots[i];
    w.design.slot_invalidation
        && w.scenario.walsender(i).obsolete
        && slot.in_use
        && !slot.invalidated
}

/// An obsolete slot: SIGTERM to its owner first, once, then wait on `active_cv`, without an end,
/// until it is free, then invalidate it and save it.
///
/// Source: master `slot.c` `InvalidateObsoleteReplicationSlots`; `InvalidatePossiblyObsoleteSlot`,
/// "if (last_signaled_pid != active_pid)", "ConditionVariableSleep(&s->active_cv".
#[must_use]
pub fn invalidate_obsolete_replication_slots(w: &World, s: &mut Cluster, at_: At) -> Taken {
    let i = usize::from(at_.who);
    let others_turn = |j: usize| j != i && s.turns[j] == Turn::Now;
    if !at(s, Pc::Invalidate) || !is_obsolete(w, s, i) || (0..w.walsenders).any(others_turn) {
        return None;
    }
    if s.slots[i].active && s.turns[i] == Turn::Now {
        return None;
    }

    if s.slots[i].active {
        s.turns[i] = Turn::Now;
        s.kill(Child::walsender(i), Signal::Term);
    } else {
        let slot = &mut s.slots[i];
        slot.invalidated = true;
        slot.mark_dirty();
        slot.save();
        s.turns[i] = Turn::Ahead;
        next_obsolete(w, s);
    }
    TAKEN
}
