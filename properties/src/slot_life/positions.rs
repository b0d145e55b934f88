//! Claims about a slot's positions, in memory and on disk, and about the WAL behind them.

use model::slot::Slot;
use model::slot_life::scenario::SlotKind;
use model::slot_life::{Life, Pc, Persistency, Phase, SlotLife};

use crate::claims::{Claim, Judgement, Property, Transition};
use crate::waived::By;

pub(super) const SLOT_NEVER_RETREATS: Property<SlotLife> = Property {
    id: "slot-never-retreats",
    sentence: "confirmed_flush and restart_lsn never decrease: in memory, on disk, or across a \
               clean restart",
    premise: "a valid slot is there before and after; the step is not a start after a crash",
    matters: "what was confirmed is sent again; what was given up is asked for again",
    source: "e5ed873b1b, ad5eaf390c; logical.c LogicalConfirmReceivedLocation: \"Prevent moving \
             the confirmed_flush backwards\"",
    seeded_bug: ("pg18-ad5eaf390c", "worker-restarts-after-copy"),
    waived: None,
    claim: Claim::NeverStep(slot_never_retreats),
};

fn slot_never_retreats(_w: &SlotLife, t: &Transition<'_, SlotLife>) -> Judgement {
    let same = |(b, a): &(&Slot, &Slot)| {
        b.in_use && a.in_use && !b.invalidated && !a.invalidated && b != a
    };
    let (before, after) = (&t.before.slots, &t.after.slots);
    let mut pairs = (before.iter().map(|b| &b.base))
        .zip(after.iter().map(|a| &a.base))
        .filter(same)
        .peekable();
    if t.before.phase == Phase::Crashed || pairs.peek().is_none() {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(pairs.all(|(b, a)| {
        a.confirmed_flush >= b.confirmed_flush
            && a.restart_lsn >= b.restart_lsn
            && a.disk_confirmed_flush >= b.disk_confirmed_flush
            && a.disk_restart_lsn >= b.disk_restart_lsn
    }))
}

pub(super) const WAL_KEPT: Property<SlotLife> = Property {
    id: "wal-kept",
    sentence: "WAL from each valid slot's restart_lsn on disk exists",
    premise: "a persistent valid slot is on disk",
    matters: "the next start of replication fails for good",
    source: "manual, replication slots: \"ensure that the primary server does not remove WAL \
             segments until they have been received\"; ca307d5cec",
    seeded_bug: ("pg18-e5ed873b1b", "restart-point-behind"),
    waived: Some(wal_of_invalid_slot_removed),
    claim: Claim::Always(wal_kept),
};

/// A slot that exceeds a limit is invalidated, and keeps nothing.
fn wal_of_invalid_slot_removed(_w: &SlotLife, s: &Life) -> Option<By> {
    let gone = s.slots.iter().any(|slot| {
        let there = slot.base.in_use && slot.base.invalidated;
        let saved = slot.base.disk_restart_lsn.is_valid();
        there && saved && slot.base.disk_restart_lsn < s.removed
    });
    gone.then_some(By::ObsoleteSlot)
}

fn wal_kept(_w: &SlotLife, s: &Life) -> Judgement {
    let slots = s.slots.iter().filter(|slot| {
        let there = slot.base.in_use && !slot.base.invalidated;
        let saved = slot.base.disk_restart_lsn.is_valid();
        there && saved && slot.persistency == Persistency::Persistent
    });
    let mut slots = slots.peekable();
    if slots.peek().is_none() {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(slots.all(|slot| slot.base.disk_restart_lsn >= s.removed))
}

pub(super) const DECODING_FINDS_ITS_WAL: Property<SlotLife> = Property {
    id: "decoding-finds-its-wal",
    sentence: "a process that found its slot valid finds the slot's WAL",
    premise: "a process decodes through a slot, or tried to",
    matters: "instead of a clear refusal the client gets a reader's error",
    source: "8709dccc79: \"a process could acquire and use a replication slot that had just been \
             invalidated, leading to failures while accessing WAL\"",
    seeded_bug: ("pg18-8709dccc79", "slot-beyond-limit"),
    waived: None,
    claim: Claim::Always(decoding_finds_its_wal),
};

fn decoding_finds_its_wal(_w: &SlotLife, s: &Life) -> Judgement {
    let decodes = |pc: Pc| matches!(pc, Pc::Streaming | Pc::Returned);
    if !s.failures.missing_wal && !s.owners.iter().any(|owner| decodes(owner.pc)) {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(!s.failures.missing_wal)
}

pub(super) const CONFIRMED_IS_ON_DISK: Property<SlotLife> = Property {
    id: "confirmed-is-on-disk",
    sentence: "after a clean stop the confirmed_flush on disk is the last one in memory",
    premise: "a clean stop with a valid logical slot",
    matters: "what was confirmed is decoded and sent again",
    source: "e0b2eed047, d851bef2d6",
    seeded_bug: ("pg10-d851bef2d6", "sql-changes-restart"),
    waived: None,
    claim: Claim::Always(confirmed_is_on_disk),
};

fn confirmed_is_on_disk(_w: &SlotLife, s: &Life) -> Judgement {
    let slots = s.slots.iter().filter(|slot| {
        slot.base.in_use && !slot.base.invalidated && slot.kind == SlotKind::Logical
    });
    let mut slots = slots.peekable();
    if s.phase != Phase::Stopped || slots.peek().is_none() {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(
        slots.all(|slot| slot.base.confirmed_flush == slot.base.disk_confirmed_flush),
    )
}
