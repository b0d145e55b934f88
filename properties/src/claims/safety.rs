//! What is true of every state and every step.

use super::facts;
use super::{Claim, Judgement, Property, Transition};
use model::channel::MessageKind;
use model::cluster::Child;
use model::cluster::Cluster;
use model::design::StatsWriter;
use model::postmaster::Shutdown;
use model::scenario::PeerKind;
use model::steps::{Actor, StepKind};
use model::wal::{Lsn, Record};
use model::walsender::WalSndState;
use model::world::World;

use crate::waived::By;

pub(super) const NO_PANIC: Property = Property {
    id: "no-panic",
    sentence: "no process PANICs: nobody writes WAL between the redo pointer and the shutdown \
               checkpoint record",
    premise: "the redo pointer of the shutdown checkpoint is fixed",
    matters: "a PANIC turns a clean stop into crash recovery at the next start",
    source: "xlog.c CreateCheckPoint, \"concurrent write-ahead log activity while database system \
             is shutting down\"; commit c6c3334364",
    seeded_bug: ("pg16-c6c3334364", "checksums-backlog"),
    waived: None,
    claim: Claim::Always(|_, s: &Cluster| {
        if s.checkpointer.redo.is_valid() {
            Judgement::kept_if(!s.failures.panic_concurrent_wal)
        } else {
            Judgement::NotConcerned
        }
    }),
};

pub(super) const NO_WAL_AFTER_SHUTDOWN_CHECKPOINT: Property = Property {
    id: "no-wal-after-shutdown-checkpoint",
    sentence: "nobody inserts WAL at or after the end of the shutdown checkpoint record",
    premise: "the record is written and a child that is attached to shared memory still lives",
    matters: "the next start overwrites such WAL; a peer that received it has other bytes at the \
              same position",
    source: "xlog.c ShutdownXLOG, \"Signal walsenders to move to stopping state\"; \
             commit c6c3334364",
    seeded_bug: ("pg16-c6c3334364", "checksums-backlog"),
    waived: None,
    claim: Claim::NeverStep(wal_after_shutdown_checkpoint),
};

fn wal_after_shutdown_checkpoint(_w: &World, t: &Transition<'_>) -> Judgement {
    // The record never lies in front of the redo pointer.
    let (redo, wal) = (t.before.checkpointer.redo, &*t.before.wal);
    let written = redo.is_valid()
        && wal
            .range(redo, wal.inserted)
            .any(|(_, record)| record == Record::CheckpointShutdown);
    if !written || t.before.failures.panic_concurrent_wal {
        return Judgement::NotConcerned;
    }
    if t.after.wal.inserted > t.before.wal.inserted {
        return Judgement::Broken;
    }
    // The statistics collector is not attached to shared memory.
    let others = |c: &Child| ![Child::CHECKPOINTER, Child::STATS_COLLECTOR].contains(c);
    if Child::all().filter(others).any(|c| t.before.runs(c)) {
        Judgement::Kept
    } else {
        Judgement::NotConcerned
    }
}

pub(super) const NO_WAL_WHILE_DECODING_AT_STOP: Property = Property {
    id: "no-wal-while-decoding-at-stop",
    sentence: "a walsender that reported STOPPING inserts no WAL",
    premise: "a walsender in STOPPING takes a step",
    matters: "STOPPING is what the checkpointer waits for: it means that no WAL comes from there",
    source: "walsender.c, head comment: \"The checkpointer begins the shutdown checkpoint once all \
             walsenders are confirmed as stopping\"; commit c6c3334364",
    seeded_bug: ("proposal-2023-07-21", "db-transaction-checksums"),
    waived: None,
    claim: Claim::NeverStep(wal_while_stopping),
};

fn wal_while_stopping(_w: &World, t: &Transition<'_>) -> Judgement {
    let Actor::WalSender(i) = t.step.actor() else {
        return Judgement::NotConcerned;
    };
    if t.before.walsenders[usize::from(i)].state != WalSndState::Stopping {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(t.after.wal.inserted == t.before.wal.inserted)
}

pub(super) const NO_ASSERTION_FAILURE: Property = Property {
    id: "no-assertion-failure",
    sentence: "no assertion of the C code fails",
    premise: "always",
    matters: "an assertion is what the code takes for granted; builds without them go on with less",
    source: "pgstat.c \"Assert(!pgStatLocal.shmem->is_shutdown)\"; postmaster.c \
             PostmasterStateMachine, \"These other guys should be dead already\"",
    seeded_bug: ("proposal-2023-07-21-early-stats", "busy"),
    waived: None,
    claim: Claim::Always(|_, s: &Cluster| {
        let f = &s.failures;
        let statistics = f.assert_stats || f.assert_pgstat_up || f.assert_pending_since;
        let postmaster = f.assert_children_gone || f.assert_abort_timer;
        Judgement::kept_if(!statistics && !postmaster)
    }),
};

pub(super) const NO_STATS_AFTER_STATS_SHUTDOWN: Property = Property {
    id: "no-stats-after-stats-shutdown",
    sentence: "nobody reports statistics after they were written; nothing counted is missing",
    premise: "the statistics file is written; waived where the stop was cut short before",
    matters: "what is reported later is lost at every clean stop",
    source: "pgstat.c pgstat_before_server_shutdown; commit 87a6690cc6",
    seeded_bug: ("proposal-2023-07-21-early-stats", "busy"),
    waived: Some(statistics_discarded),
    claim: Claim::Always(|_, s: &Cluster| {
        if s.stats.is_shutdown {
            Judgement::kept_if(!s.stats.lost)
        } else {
            Judgement::NotConcerned
        }
    }),
};

/// A stop that was cut short writes no statistics: what was counted since the start is lost.
fn statistics_discarded(w: &World, s: &Cluster) -> Option<By> {
    let written = w.design.stats_writer != StatsWriter::Checkpointer || s.stats.is_shutdown;
    let stopped = s.postmaster.exit.is_some() && !written;
    facts::cut_short(w, s).filter(|_| stopped)
}

pub(super) const SLOT_NEVER_RETREATS: Property = Property {
    id: "slot-never-retreats",
    sentence: "confirmed_flush and restart_lsn never decrease, in memory or on disk",
    premise: "a slot changes",
    matters: "a slot that goes back sends transactions twice or asks for WAL that is gone",
    source: "logical.c LogicalConfirmReceivedLocation, \"Prevent moving the confirmed_flush \
             backwards\"; commit ad5eaf390c",
    seeded_bug: ("pg16-confirm-max", "worker-restart"),
    waived: None,
    claim: Claim::NeverStep(slot_retreats),
};

fn slot_retreats(w: &World, t: &Transition<'_>) -> Judgement {
    let changes = t.before.slots.changes(&t.after.slots, w.walsenders);
    let mut changes = changes.peekable();
    if changes.peek().is_none() {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(changes.all(|(before, after)| {
        after.confirmed_flush >= before.confirmed_flush
            && after.restart_lsn >= before.restart_lsn
            && after.disk_confirmed_flush >= before.disk_confirmed_flush
            && after.disk_restart_lsn >= before.disk_restart_lsn
    }))
}

pub(super) const CONFIRMED_IS_DURABLE_DOWNSTREAM: Property = Property {
    id: "confirmed-is-durable-downstream",
    sentence: "what confirmed_flush has passed is durable at the peer",
    premise: "a logical slot has passed a commit",
    matters: "the publisher never sends again what the slot has passed",
    source: "manual, Streaming Replication Protocol, standby status update: \"The location of the \
             last WAL byte + 1 flushed to disk in the standby\"",
    seeded_bug: ("pg17", "over-acknowledging"),
    waived: None,
    claim: Claim::Always(durable_downstream),
};

fn durable_downstream(w: &World, s: &Cluster) -> Judgement {
    let Some(first) = facts::commits(s).next() else {
        return Judgement::NotConcerned;
    };
    let mut concerned = false;
    for i in facts::logical_slots(w, s) {
        let confirmed = s.slots[i].confirmed_flush;
        let durable = s.peers[i].durable;
        let mut lost = facts::commits_between(s, durable, confirmed);
        if lost.next().is_some() {
            return Judgement::Broken;
        }
        concerned |= first <= confirmed;
    }
    if concerned {
        Judgement::Kept
    } else {
        Judgement::NotConcerned
    }
}

pub(super) const WAL_KEPT: Property = Property {
    id: "wal-kept",
    sentence: "WAL from each valid on-disk restart_lsn on exists",
    premise: "old WAL was removed and a valid slot exists; where the scenario ends no segment, one \
              may end anywhere; waived for an invalidated slot",
    matters: "a slot whose WAL is gone is lost after the next start",
    source: "manual, Replication Slots: the \"primary server does not remove WAL segments until \
             they have been received\"; commit ca307d5cec",
    seeded_bug: ("pg16+wal-kept-by=memory", "standby-only"),
    waived: Some(wal_of_invalid_slot_removed),
    claim: Claim::Always(|w, s: &Cluster| {
        if s.wal.removed == Lsn::START {
            return Judgement::NotConcerned;
        }
        let mut slots = (0..w.walsenders)
            .map(|i| &s.slots[i])
            .filter(|slot| slot.in_use && !slot.invalidated)
            .peekable();
        if slots.peek().is_none() {
            return Judgement::NotConcerned;
        }
        Judgement::kept_if(slots.all(|slot| slot.disk_restart_lsn >= s.wal.removed))
    }),
};

/// An invalidated slot keeps nothing.
fn wal_of_invalid_slot_removed(w: &World, s: &Cluster) -> Option<By> {
    let mut slots = (0..w.walsenders).map(|i| &s.slots[i]);
    let gone =
        slots.any(|slot| slot.in_use && slot.invalidated && slot.disk_restart_lsn < s.wal.removed);
    gone.then_some(By::ObsoleteSlot)
}

pub(super) const NO_DEADLOCK: Property = Property {
    id: "no-deadlock",
    sentence: "a requested stop never gets to a state in which nothing of the server's or its \
               peers' own will happen and the postmaster lives",
    premise: "a stop is requested",
    matters: "pg_ctl stop waits for ever",
    source: "manual, Shutting Down the Server; commits 38ddeab13b, 6eedb2a5fd; shutdown-terminates \
             judges the same with fairness",
    seeded_bug: ("pg16-done-ping-remembered", "subscriber-frozen"),
    waived: None,
    claim: Claim::AtEnd(|w, s: &Cluster| {
        if s.postmaster.shutdown == Shutdown::No {
            Judgement::NotConcerned
        } else {
            Judgement::kept_if(!w.is_deadlock(s))
        }
    }),
};

pub(super) const ONE_PING_AT_A_TIME: Property = Property {
    id: "one-ping-at-a-time",
    sentence: "a walsender that waits for its peer does not ask again before the peer has read its \
               question",
    premise: "a walsender that is told to leave asks a peer that speaks only when it is asked",
    matters: "a storm of keepalives keeps both ends and the network busy",
    source: "commit 59455018a8: \"replies were requested at a high frequency\"; walsender.c \
             WalSndKeepalive, waiting_for_ping_response",
    seeded_bug: ("pg16-59455018a8", "answers-when-asked"),
    waived: None,
    claim: Claim::NeverStep(|w, t| {
        let asked = |s: &Cluster, i: usize| {
            let down = s.channels[i].down.iter();
            down.filter(|m| m.kind == MessageKind::KeepaliveReplyRequested)
                .count()
        };
        let i = usize::from(t.step.at.who);
        let concerned = t.step.kind == StepKind::WalSndDone
            && w.scenario.walsender(i).peer == PeerKind::AnswersWhenAsked
            && asked(t.after, i) > asked(t.before, i);
        if concerned {
            Judgement::kept_if(asked(t.after, i) <= 1)
        } else {
            Judgement::NotConcerned
        }
    }),
};
