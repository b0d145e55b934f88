//! Claims about slots as such: valid, owned, protecting what they must.

use model::slot_life::acquire::holds_slot;
use model::slot_life::scenario::SlotKind;
use model::slot_life::{Life, Pc, Persistency, SlotLife};

use crate::claims::{Claim, Judgement, Property, Transition};

pub(super) const SLOT_STAYS_VALID: Property<SlotLife> = Property {
    id: "slot-stays-valid",
    sentence: "as long as no limit is set, no checkpoint invalidates a slot",
    premise: "max_slot_wal_keep_size is -1, no idle timeout, a primary; a checkpoint removes WAL",
    matters: "a slot that is dead as it is born fails the base backup or standby it is made for",
    source: "manual, max_slot_wal_keep_size: by default \"replication slots may retain an \
             unlimited amount of WAL files\"; 006dd4b2e5",
    seeded_bug: ("pg18-006dd4b2e5", "physical-slot-created"),
    waived: None,
    claim: Claim::NeverStep(slot_stays_valid),
};

fn slot_stays_valid(w: &SlotLife, t: &Transition<'_, SlotLife>) -> Judgement {
    let removes = t.before.checkpointer.pc != t.after.checkpointer.pc;
    if w.scenario.keep_size.is_some() || w.scenario.standby || !removes {
        return Judgement::NotConcerned;
    }
    let mut pairs = t.before.slots.iter().zip(&t.after.slots);
    Judgement::kept_if(!pairs.any(|(b, a)| !b.base.invalidated && a.base.invalidated))
}

pub(super) const SLOT_HAS_ITS_OWNER: Property<SlotLife> = Property {
    id: "slot-has-its-owner",
    sentence: "who has acquired a slot is its owner in shared memory until it releases it",
    premise: "a process holds a slot",
    matters: "a slot that looks free is acquired, moved or invalidated under its owner's feet",
    source: "slot.h, active_proc: \"Who is streaming out changes for this slot?\"",
    seeded_bug: ("pg18-f2081a7800", "slot-dropped-while-physical-created"),
    waived: None,
    claim: Claim::Always(slot_has_its_owner),
};

fn slot_has_its_owner(_w: &SlotLife, s: &Life) -> Judgement {
    let mut holders = (0..s.owners.len())
        .filter(|&i| holds_slot(s.owners[i].pc))
        .peekable();
    if holders.peek().is_none() {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(holders.all(|i| s.slot_of(i).base.active))
}

pub(super) const SNAPSHOT_ROWS_KEPT: Property<SlotLife> = Property {
    id: "snapshot-rows-kept",
    sentence: "VACUUM removes no row that the snapshot of a slot under construction can see",
    premise: "a logical slot builds its snapshot",
    matters: "the first copy of the tables misses rows, without an error",
    source: "logical.c CreateInitDecodingContext: \"the slot machinery now is protecting against \
             vacuum\"; 2a5225b99d, f2081a7800",
    seeded_bug: ("pg18-2a5225b99d", "slot-dropped-while-created"),
    waived: None,
    claim: Claim::Always(snapshot_rows_kept),
};

fn snapshot_rows_kept(_w: &SlotLife, s: &Life) -> Judgement {
    let mut building = s.owners.iter().filter(|o| o.pc == Pc::Building).peekable();
    if building.peek().is_none() {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(building.all(|owner| s.vacuumed <= owner.lsn))
}

pub(super) const SLOT_WAL_IS_LOGICAL: Property<SlotLife> = Property {
    id: "slot-wal-is-logical",
    sentence: "all WAL that a valid logical slot on a standby can read was written with logical \
               decoding on",
    premise: "a standby has a valid persistent logical slot, and is not busy invalidating slots",
    matters: "after a failover the slot decodes WAL that lacks what decoding needs: changes are \
              lost or garbled",
    source: "6aba42c660: \"leaving a valid slot whose restart_lsn precedes the deactivation\"",
    seeded_bug: ("pg19-6aba42c660", "slot-synced-decoding-off"),
    waived: None,
    claim: Claim::Always(slot_wal_is_logical),
};

fn slot_wal_is_logical(w: &SlotLife, s: &Life) -> Judgement {
    let slots = s.slots.iter().filter(|slot| {
        let logical = slot.kind == SlotKind::Logical && slot.persistency == Persistency::Persistent;
        slot.base.in_use && !slot.base.invalidated && logical
    });
    let mut slots = slots.peekable();
    if !w.scenario.standby || s.startup_invalidates || slots.peek().is_none() {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(slots.all(|slot| slot.base.restart_lsn >= s.disabled_at))
}

pub(super) const NO_ASSERTION_FAILURE: Property<SlotLife> = Property {
    id: "no-assertion-failure",
    sentence: "no assertion of the C code fails",
    premise: "a standby's session has created a slot",
    matters: "an assertion is what the authors hold to be impossible",
    source: "19 logicalctl.c EnsureLogicalDecodingEnabled before 6aba42c660",
    seeded_bug: ("pg19-6aba42c660", "slot-created-decoding-off"),
    waived: None,
    claim: Claim::Always(no_assertion_failure),
};

fn no_assertion_failure(w: &SlotLife, s: &Life) -> Judgement {
    if !w.scenario.standby {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(!s.failures.assertion)
}

pub(super) const NO_STATS_AFTER_STATS_SHUTDOWN: Property<SlotLife> = Property {
    id: "no-stats-after-stats-shutdown",
    sentence: "a process that exits reports no statistics after it has shut them down",
    premise: "a process with statistics shut down, or a slot dropped at exit",
    matters: "the report is lost, or an assertion fails",
    source: "2f6501fa3c; pgstat.c pgstat_assert_is_up",
    seeded_bug: ("pg18-2f6501fa3c", "ephemeral-slot-at-exit"),
    waived: None,
    claim: Claim::Always(no_stats_after_stats_shutdown),
};

fn no_stats_after_stats_shutdown(_w: &SlotLife, s: &Life) -> Judgement {
    if !s.owners.iter().any(|owner| owner.stats_down) {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(!s.failures.late_stats)
}
