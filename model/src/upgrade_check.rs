//! pg_upgrade's check of the old cluster's logical slots, all slots of one database at once: the
//! third machine. The old server is down after a clean stop; pg_upgrade starts it in upgrade mode,
//! asks it about its slots, and goes on or gives up.
//!
//! | step | in C |
//! |---|---|
//! | `start_postmaster` | the old server starts in upgrade mode, or refuses its settings |
//! | `invalidate_obsolete_replication_slots` | a checkpoint of that server |
//! | `get_old_cluster_logical_slot_infos` | the query: which slots, valid, caught up |
//! | `check_old_cluster_for_valid_slots` | pg_upgrade's decision |
//!
//! *Grain*: a slot is acquired while it is scanned, so that no checkpoint invalidates it then: the
//! query is one step.
//!
//! *Simplified*: one database; the clean stop is the other machines' matter, its WAL is data here;
//! a slot that needs more than `max_slot_wal_keep_size` is marked so in the scenario.
//!
//! *Break it*: `-e471dc5912` makes `upgrade-check-sound` fail; `-72e6c08fea`, and with it
//! `-8bfb231b43`, `upgrade-check-complete`; `+upgrade-scan=minimum-first-pending`,
//! `upgrade-check-names-each-slot`.
//!
//! *Checked*: `sim/tests/history_slots.rs`.

use crate::design::{Design, UpgradeKeep, UpgradeScan};
use crate::machine::{Machine, StepFacts};
use crate::steps::Party;
use crate::wal::Lsn;

/// Most slots of the database.
pub const SLOTS_MAX: usize = 3;

/// Where the user has set `max_slot_wal_keep_size`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeepSize {
    /// Nowhere: -1.
    #[default]
    Unset,
    /// In postgresql.conf.
    InFile,
    /// In the options that pg_upgrade hands on (`-o`): they come last.
    InOptions,
}

/// One logical slot of the old cluster, as the clean stop left it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OldSlot {
    /// `confirmed_flush_lsn`.
    pub confirmed_flush: Lsn,
    /// It was invalidated before.
    pub invalid: bool,
    /// It keeps more WAL than the user's limit allows.
    pub beyond_keep_size: bool,
}

/// The scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scenario {
    /// Slots.
    pub slots: [Option<OldSlot>; SLOTS_MAX],
    /// Starts of the records that decoding would send, in order; invalid after the last.
    pub decodable: [Lsn; 3],
    /// The limit.
    pub keep_size: KeepSize,
}

impl Scenario {
    /// Whether slot `i` has consumed everything.
    #[must_use]
    pub fn is_caught_up(&self, slot: OldSlot) -> bool {
        let pending = |lsn: &Lsn| lsn.is_valid() && *lsn >= slot.confirmed_flush;
        !self.decodable.iter().any(pending)
    }
}

/// Where pg_upgrade is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// The old server is down.
    #[default]
    Stopped,
    /// It runs in upgrade mode.
    Running,
    /// pg_upgrade has its answer.
    Asked,
    /// The upgrade goes on.
    Accepted,
    /// pg_upgrade has given up.
    Refused,
}

/// A state. Sets of slots are bits by index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Check {
    /// Where pg_upgrade is.
    pub phase: Phase,
    /// Slots that are invalid now.
    pub invalid: u8,
    /// Rows of the answer.
    pub reported: u8,
    /// Rows that say `caught_up`.
    pub caught_up: u8,
    /// Rows that say `invalid`.
    pub reported_invalid: u8,
}

/// The kinds of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// `start_postmaster`.
    StartPostmaster,
    /// `InvalidateObsoleteReplicationSlots`.
    InvalidateObsoleteReplicationSlots,
    /// `get_old_cluster_logical_slot_infos`.
    GetOldClusterLogicalSlotInfos,
    /// `check_old_cluster_for_valid_slots`.
    CheckOldClusterForValidSlots,
}

/// All steps: step, actor, C function, source file.
pub static STEPS: &[(Step, &str, &str, &str)] = &[
    (
        Step::StartPostmaster,
        "pg_upgrade",
        "start_postmaster",
        "src/bin/pg_upgrade/server.c",
    ),
    (
        Step::InvalidateObsoleteReplicationSlots,
        "checkpointer",
        "InvalidateObsoleteReplicationSlots",
        "src/backend/replication/slot.c",
    ),
    (
        Step::GetOldClusterLogicalSlotInfos,
        "pg_upgrade",
        "get_db_rel_and_slot_infos",
        "src/bin/pg_upgrade/info.c",
    ),
    (
        Step::CheckOldClusterForValidSlots,
        "pg_upgrade",
        "check_old_cluster_for_valid_slots",
        "src/bin/pg_upgrade/check.c",
    ),
];

const ALL: &[Step] = &[
    Step::StartPostmaster,
    Step::InvalidateObsoleteReplicationSlots,
    Step::GetOldClusterLogicalSlotInfos,
    Step::CheckOldClusterForValidSlots,
];

/// A design and a scenario.
#[derive(Clone, Debug)]
pub struct SlotCheck {
    /// The design.
    pub design: Design,
    /// The scenario.
    pub scenario: Scenario,
}

impl SlotCheck {
    /// The slots, with their bits.
    pub fn slots(&self) -> impl Iterator<Item = (u8, OldSlot)> + '_ {
        let slots = self.scenario.slots.iter().enumerate();
        slots.filter_map(|(i, slot)| slot.map(|slot| (1 << i, slot)))
    }

    /// The old server starts in upgrade mode. A check hook refuses a limit wherever it stands.
    ///
    /// Source: 8bfb231b43 `xlog.c` `check_max_slot_wal_keep_size`; `server.c` `start_postmaster`.
    #[must_use]
    pub fn start_postmaster(&self, s: &Check) -> Option<Check> {
        if s.phase != Phase::Stopped {
            return None;
        }

        let mut s = *s;
        let refuses = self.design.upgrade_keep == UpgradeKeep::CheckHook
            && self.scenario.keep_size != KeepSize::Unset;
        s.phase = if refuses {
            Phase::Refused
        } else {
            Phase::Running
        };
        Some(s)
    }

    /// A checkpoint invalidates slots that keep too much WAL, where a limit is in force.
    ///
    /// Source: 29d0a77fa6 `slot.c` `InvalidatePossiblyObsoleteSlot`, "replication slots must not be
    /// invalidated during the upgrade": the slot is marked before that ERROR; master
    /// `InvalidateObsoleteReplicationSlots`, "Prevent invalidation of logical slots during binary
    /// upgrade".
    #[must_use]
    pub fn invalidate_obsolete_replication_slots(&self, s: &Check) -> Option<Check> {
        let limit = match self.design.upgrade_keep {
            UpgradeKeep::Option => self.scenario.keep_size == KeepSize::InOptions,
            UpgradeKeep::CheckHook | UpgradeKeep::Direct => false,
        };
        if !limit || !matches!(s.phase, Phase::Running | Phase::Asked) {
            return None;
        }

        let obsolete = self.slots().filter(|(_, slot)| slot.beyond_keep_size);
        let invalid = obsolete.fold(s.invalid, |set, (bit, _)| set | bit);
        (invalid != s.invalid).then_some(Check { invalid, ..*s })
    }

    /// pg_upgrade asks for all logical slots of the database.
    ///
    /// Source: master `info.c` `get_old_cluster_logical_slot_infos_query`; `logical.c`
    /// `LogicalReplicationSlotCheckPendingWal`, "we can terminate the scan early".
    #[must_use]
    pub fn get_old_cluster_logical_slot_infos(&self, s: &Check) -> Option<Check> {
        if s.phase != Phase::Running {
            return None;
        }

        let mut s = *s;
        s.phase = Phase::Asked;
        let valid = |bit: u8| s.invalid & bit == 0;
        let scanned: Vec<Lsn> = self
            .slots()
            .filter(|&(bit, _)| valid(bit))
            .map(|(_, slot)| slot.confirmed_flush)
            .collect();
        if self.design.upgrade_scan == UpgradeScan::MinimumCrossJoin && scanned.is_empty() {
            return Some(s);
        }
        let (mut reported, mut caught_up) = (0, 0);
        for (bit, slot) in self.slots() {
            reported |= bit;
            let from = match self.design.upgrade_scan {
                UpgradeScan::EachSlot => Some(slot.confirmed_flush),
                UpgradeScan::MinimumCrossJoin
                | UpgradeScan::MinimumLeftJoin
                | UpgradeScan::MinimumFirstPending => scanned.iter().min().copied(),
            };
            let cutoff = scanned.iter().max().copied().unwrap_or_default();
            let pending = from.and_then(|from| self.pending(from, cutoff));
            if valid(bit) && pending.is_none_or(|pending| slot.confirmed_flush > pending) {
                caught_up |= bit;
            }
        }
        s.reported = reported;
        s.caught_up = caught_up;
        s.reported_invalid = s.invalid & reported;
        Some(s)
    }

    /// The pending record that a scan from `from` reports: the last one up to the first at or
    /// behind `cutoff`.
    fn pending(&self, from: Lsn, cutoff: Lsn) -> Option<Lsn> {
        let records = self.scenario.decodable.iter().copied();
        let mut pending = records.filter(|lsn| lsn.is_valid() && *lsn >= from);
        match self.design.upgrade_scan {
            UpgradeScan::EachSlot | UpgradeScan::MinimumFirstPending => pending.next(),
            UpgradeScan::MinimumCrossJoin | UpgradeScan::MinimumLeftJoin => {
                let mut last = None;
                for lsn in pending {
                    last = Some(lsn);
                    if lsn >= cutoff {
                        break;
                    }
                }
                last
            }
        }
    }

    /// pg_upgrade goes on only if no row is invalid and every row is caught up.
    ///
    /// Source: master `check.c` `check_old_cluster_for_valid_slots`.
    #[must_use]
    pub fn check_old_cluster_for_valid_slots(&self, s: &Check) -> Option<Check> {
        if s.phase != Phase::Asked {
            return None;
        }

        let fine = s.reported_invalid == 0 && s.caught_up == s.reported;
        let phase = if fine {
            Phase::Accepted
        } else {
            Phase::Refused
        };
        Some(Check { phase, ..*s })
    }
}

impl Machine for SlotCheck {
    type State = Check;
    type Step = Step;

    fn initial(&self) -> Check {
        let invalid = self.slots().filter(|(_, slot)| slot.invalid);
        Check {
            invalid: invalid.fold(0, |set, (bit, _)| set | bit),
            ..Check::default()
        }
    }

    fn steps(&self) -> &[Step] {
        ALL
    }

    fn apply(&self, step: Step, s: &Check) -> Option<Check> {
        match step {
            Step::StartPostmaster => self.start_postmaster(s),
            Step::InvalidateObsoleteReplicationSlots => {
                self.invalidate_obsolete_replication_slots(s)
            }
            Step::GetOldClusterLogicalSlotInfos => self.get_old_cluster_logical_slot_infos(s),
            Step::CheckOldClusterForValidSlots => self.check_old_cluster_for_valid_slots(s),
        }
    }

    fn facts(&self, step: Step) -> StepFacts {
        let (_, actor, function, file) = STEPS[step as usize];
        StepFacts {
            kind: step as usize,
            actor: actor.to_owned(),
            by_peer: false,
            party: Party::Server,
            alternative: step as u32,
            function,
            file,
        }
    }

    fn kinds(&self) -> usize {
        STEPS.len()
    }

    fn is_stuck(&self, _s: &Check) -> bool {
        false
    }
}
