//! What pg_upgrade's check of the old cluster's logical slots must be.

use super::at_end::{self, Told};
use super::facts::{self, commits};
use super::{Claim, Judgement, Property};
use model::cluster::Cluster;
use model::design::UpgradeCheck;
use model::wal::Lsn;
use model::world::World;

use crate::waived::By;

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
                // It decodes from restart_lsn on; WAL that is not there is an ERROR.
                UpgradeCheck::Decode => {
                    let readable = slot.disk_restart_lsn >= w.removed(&s.wal);
                    readable && !s.wal.has_decodable(confirmed, end)
                }
            }
    }))
}

/// End of the last commit.
fn last_commit(s: &Cluster) -> Lsn {
    commits(s).last().unwrap_or(Lsn::START)
}

/// Whether the peer of slot `i` has every commit, durably.
fn has_all(s: &Cluster, i: usize) -> bool {
    s.peers[i].durable >= last_commit(s)
}

/// Whether each logical slot whose peer is honest loses nothing; what excuses one that does.
fn sound(w: &World, s: &Cluster) -> Told {
    if accepts(w, s) != Some(true) {
        return (Judgement::NotConcerned, None);
    }
    let (honest, others): (Vec<usize>, Vec<usize>) =
        facts::logical_slots(w, s).partition(|&i| facts::is_honest(w, i));
    let lost = others.iter().any(|&i| !has_all(s, i));
    let kept = honest.iter().all(|&i| has_all(s, i));
    let by = (kept && lost).then_some(By::OverAcknowledging);
    (Judgement::kept_if(kept), by)
}

/// Whether the check accepts a cluster whose slots have all confirmed every commit; what excuses
/// that it does not.
fn complete(w: &World, s: &Cluster) -> Told {
    let last = last_commit(s);
    let valid = |i: usize| !s.slots[i].invalidated;
    let told = |i: usize| s.slots[i].confirmed_flush >= last;
    let Some(accepted) = accepts(w, s) else {
        return (Judgement::NotConcerned, None);
    };
    if !facts::logical_slots(w, s).all(|i| has_all(s, i) && told(i)) {
        return (Judgement::NotConcerned, None);
    }
    let invalid = !facts::logical_slots(w, s).all(valid);
    let excuse = facts::save_failed(w, s).or(invalid.then_some(By::ObsoleteSlot));
    at_end::unless_cut_short(w, s, at_end::whole(accepted, excuse))
}

pub(super) const UPGRADE_CHECK_SOUND: Property = Property {
    id: "upgrade-check-sound",
    sentence: "pg_upgrade accepts only clusters whose logical slots lose nothing",
    premise: "clean exit, logical slots, a check that accepts; waived for slots whose peers report \
              as flushed what is not durable",
    matters: "the new slots begin at the new cluster's end: what was not delivered never comes",
    source: "commit 29d0a77fa6; pg_upgrade check.c check_old_cluster_for_valid_slots",
    seeded_bug: ("pg17+upgrade-check=trust", "subscriber-down"),
    waived: Some(|w, s| sound(w, s).1),
    claim: Claim::AtEnd(|w, s| sound(w, s).0),
};

pub(super) const UPGRADE_CHECK_COMPLETE: Property = Property {
    id: "upgrade-check-complete",
    sentence: "pg_upgrade accepts every cluster that was stopped cleanly with all slots caught up",
    premise: "clean exit, logical slots, all peers have confirmed every commit; waived where a \
              slot could not be saved or is invalidated",
    matters: "an operator who did everything right must be able to upgrade",
    source: "manual, Logical Replication, Prepare for Publisher Upgrades: \"replicated all the \
             transactions and logical decoding messages\"",
    seeded_bug: ("pg17-e0b2eed047", "recvlogical"),
    waived: Some(|w, s| complete(w, s).1),
    claim: Claim::AtEnd(|w, s| complete(w, s).0),
};
