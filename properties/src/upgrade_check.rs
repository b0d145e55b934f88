//! What must be true of pg_upgrade's check of logical slots.

use model::upgrade_check::{Check, Phase, SlotCheck};

use crate::claims::{Claim, Judgement, Property};
use crate::ending::Judged;

/// All properties of the machine.
pub static PROPERTIES: &[Property<SlotCheck>] = &[
    UPGRADE_CHECK_SOUND,
    UPGRADE_CHECK_COMPLETE,
    UPGRADE_CHECK_NAMES_EACH_SLOT,
];

/// The property with this id.
#[must_use]
pub fn property(id: &str) -> Option<&'static Property<SlotCheck>> {
    PROPERTIES.iter().find(|p| p.id == id)
}

/// What is left of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckEnding {
    /// The upgrade goes on.
    pub accepted: bool,
    /// Rows of the answer, as bits.
    pub reported: u8,
    /// Those that are caught up.
    pub caught_up: u8,
    /// Those that are invalid.
    pub invalid: u8,
}

impl Judged for SlotCheck {
    type Ending = CheckEnding;

    fn ending(&self, s: &Check) -> CheckEnding {
        CheckEnding {
            accepted: s.phase == Phase::Accepted,
            reported: s.reported,
            caught_up: s.caught_up,
            invalid: s.reported_invalid,
        }
    }
}

const UPGRADE_CHECK_SOUND: Property<SlotCheck> = Property {
    id: "upgrade-check-sound",
    sentence: "pg_upgrade goes on only if every logical slot was valid and had consumed all",
    premise: "pg_upgrade goes on",
    matters: "a subscriber's slot is gone, or its last transactions are",
    source: "check.c check_old_cluster_for_valid_slots; 29d0a77fa6",
    seeded_bug: ("pg19-e471dc5912", "all-slots-invalid"),
    waived: None,
    claim: Claim::AtEnd(upgrade_check_sound),
};

fn upgrade_check_sound(w: &SlotCheck, s: &Check) -> Judgement {
    if s.phase != Phase::Accepted {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(
        w.slots()
            .all(|(_, slot)| !slot.invalid && w.scenario.is_caught_up(slot)),
    )
}

const UPGRADE_CHECK_COMPLETE: Property<SlotCheck> = Property {
    id: "upgrade-check-complete",
    sentence: "a cluster that was stopped cleanly with all slots valid and caught up is upgraded",
    premise: "all logical slots were valid and had consumed all at the stop",
    matters: "a legal cluster cannot be upgraded, or the upgrade fails half-way",
    source: "72e6c08fea, bug 18979",
    seeded_bug: ("pg18-72e6c08fea", "keep-size-in-file"),
    waived: None,
    claim: Claim::AtEnd(upgrade_check_complete),
};

fn upgrade_check_complete(w: &SlotCheck, s: &Check) -> Judgement {
    let fit = w
        .slots()
        .all(|(_, slot)| !slot.invalid && w.scenario.is_caught_up(slot));
    if !fit {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(s.phase == Phase::Accepted)
}

const UPGRADE_CHECK_NAMES_EACH_SLOT: Property<SlotCheck> = Property {
    id: "upgrade-check-names-each-slot",
    sentence: "the answer names each logical slot, as caught up exactly if it is",
    premise: "pg_upgrade has its answer",
    matters: "the list of slots to look after is wrong, whatever is decided",
    source: "7a1f0f8747: \"to report any slots with unconsumed records\"",
    seeded_bug: (
        "pg19+upgrade-scan=minimum-first-pending",
        "two-slots-behind",
    ),
    waived: None,
    claim: Claim::Always(upgrade_check_names_each_slot),
};

fn upgrade_check_names_each_slot(w: &SlotCheck, s: &Check) -> Judgement {
    if s.phase != Phase::Asked {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(w.slots().all(|(bit, slot)| {
        let caught_up = s.reported_invalid & bit == 0 && w.scenario.is_caught_up(slot);
        s.reported & bit != 0 && (s.caught_up & bit != 0) == caught_up
    }))
}
