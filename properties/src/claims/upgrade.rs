//! What pg_upgrade's check of the old cluster's logical slots must be.

use super::facts::{self, commits};
use super::{Claim, Judgement, Property};
use model::cluster::Cluster;
use model::design::UpgradeCheck;
use model::wal::Lsn;
use model::world::World;

/// What the check says of the stopped cluster; `None` where the design migrates no slots or there
/// are none.
#[must_use]
pub fn accepts(w: &World, s: &Cluster) -> Option<bool> {
    if w.design.upgrade_check == UpgradeCheck::None || !facts::looks_clean(s) {
        return None;
    }
    let start = s.wal.shutdown_checkpoint()?;
    let end = Lsn(start.0 + 1);
    let mut slots = facts::logical_slots(w, s).peekable();
    slots.peek()?;
    Some(slots.all(|i| {
        let slot = &s.slots[i];
        let confirmed = slot.disk_confirmed_flush;
        !slot.invalidated
            && match w.design.upgrade_check {
                UpgradeCheck::None | UpgradeCheck::Trust => true,
                UpgradeCheck::Exact => confirmed == end,
                UpgradeCheck::AcceptableDifference => confirmed == start,
                UpgradeCheck::Decode => !s.wal.has_decodable(confirmed, end),
            }
    }))
}

/// Whether the peer of each of these logical slots has every commit, durably.
fn nothing_is_lost(s: &Cluster, mut slots: impl Iterator<Item = usize>) -> bool {
    let last = commits(s).last().unwrap_or(Lsn::START);
    slots.all(|i| s.peers[i].durable >= last)
}

/// Whether each logical slot has been told so, too.
fn all_caught_up(w: &World, s: &Cluster) -> bool {
    let last = commits(s).last().unwrap_or(Lsn::START);
    let told = |i: usize| !s.slots[i].invalidated && s.slots[i].confirmed_flush >= last;
    nothing_is_lost(s, facts::logical_slots(w, s)) && facts::logical_slots(w, s).all(told)
}

/// Whether the operator did everything right and no slot could not be saved.
fn deserves(w: &World, s: &Cluster) -> bool {
    facts::clean(s) && facts::slots_were_saved(w, s) && all_caught_up(w, s)
}

pub(super) const UPGRADE_CHECK_SOUND: Property = Property {
    id: "upgrade-check-sound",
    sentence: "pg_upgrade accepts only clusters whose logical slots lose nothing",
    premise: "clean exit, logical slots, a check that accepts; judged of slots whose peers report \
              as flushed what is durable",
    matters: "the new slots begin at the new cluster's end: what was not delivered never comes",
    source: "commit 29d0a77fa6; pg_upgrade check.c check_old_cluster_for_valid_slots",
    seeded_bug: ("pg17+upgrade-check=trust", "subscriber-down"),
    claim: Claim::AtEnd(|w, s: &Cluster| match accepts(w, s) {
        Some(true) => Judgement::kept_if(nothing_is_lost(s, facts::honest_slots(w, s))),
        Some(false) | None => Judgement::NotConcerned,
    }),
};

pub(super) const UPGRADE_CHECK_COMPLETE: Property = Property {
    id: "upgrade-check-complete",
    sentence: "pg_upgrade accepts every cluster that was stopped cleanly with all slots caught up",
    premise: "clean exit, logical slots, all peers have confirmed every commit",
    matters: "an operator who did everything right must be able to upgrade",
    source: "manual, Logical Replication, Prepare for Publisher Upgrades: \"replicated all the \
             transactions and logical decoding messages\"",
    seeded_bug: ("pg17-e0b2eed047", "recvlogical"),
    claim: Claim::AtEnd(|w, s: &Cluster| match accepts(w, s) {
        Some(accepted) if deserves(w, s) => Judgement::kept_if(accepted),
        Some(_) | None => Judgement::NotConcerned,
    }),
};
