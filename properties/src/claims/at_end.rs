//! What is true when everything has come to its end.

use super::facts::{self, checkpoint_end, clean, no_fault, nothing_killed, responsive_logical};
use super::{Claim, Judgement, Property};
use model::cluster::{Child, Cluster, ControlState};
use model::postmaster::ExitStatus;
use model::scenario::{Activity, PeerKind, PeerState};
use model::wal::{Lsn, Record};
use model::world::World;

/// `Kept` if all of `items` satisfy `promise`, `NotConcerned` if there are none.
fn each(mut items: impl Iterator<Item = usize>, promise: impl Fn(usize) -> bool) -> Judgement {
    let Some(first) = items.next() else {
        return Judgement::NotConcerned;
    };
    Judgement::kept_if(promise(first) && items.all(promise))
}

pub(super) const CONFIRMED_REACHES_SHUTDOWN_CHECKPOINT: Property = Property {
    id: "confirmed-reaches-shutdown-checkpoint",
    sentence: "each streaming logical slot has confirmed the shutdown checkpoint record",
    premise: "clean exit, responsive peer, no fault",
    matters: "pg_upgrade could check exactly that nothing is left to send",
    source: "the proposal of 2023-07-21: \"the confirmed_lsn of active slots equals the current \
             WAL location\"",
    seeded_bug: ("pg17", "idle"),
    claim: Claim::AtEnd(|w, s: &Cluster| {
        let Some(end) = checkpoint_end(s).filter(|_| clean(s) && no_fault(w, s)) else {
            return Judgement::NotConcerned;
        };
        each(responsive_logical(w, s), |i| {
            s.slots[i].confirmed_flush >= end
        })
    }),
};

pub(super) const CONFIRMED_IS_ON_DISK: Property = Property {
    id: "confirmed-is-on-disk",
    sentence: "each logical slot's confirmed_flush on disk is the last one accepted in memory",
    premise: "clean exit, no failed write of a slot",
    matters: "after the restart the slot would be older than the peer was told",
    source: "commit e0b2eed047; slot.c CheckPointReplicationSlots, \"avoiding an unnecessary \
             retreat of the confirmed_flush LSN after restart\"",
    seeded_bug: ("pg17-e0b2eed047", "idle"),
    claim: Claim::AtEnd(|w, s: &Cluster| {
        if !clean(s) || !facts::slots_were_saved(w, s) {
            return Judgement::NotConcerned;
        }
        let valid = facts::logical_slots(w, s).filter(|&i| !s.slots[i].invalidated);
        each(valid, |i| {
            s.slots[i].disk_confirmed_flush == s.slots[i].confirmed_flush
        })
    }),
};

pub(super) const ALL_COMMITS_DELIVERED: Property = Property {
    id: "all-commits-delivered",
    sentence: "each committed published transaction is at the subscriber",
    premise: "clean exit, responsive peer, no fault",
    matters: "a clean stop promises an upgrade or a switch-over without loss",
    source: "walsender.c WalSndDone, \"whether all WAL has successfully been replicated\"; its \
             head comment: \"all existing WAL records are processed followed by a shutdown\"",
    seeded_bug: ("pg17", "db-transaction"),
    claim: Claim::AtEnd(|w, s: &Cluster| {
        if !clean(s) || !no_fault(w, s) {
            return Judgement::NotConcerned;
        }
        let last = facts::surviving_commits(s).last().unwrap_or(Lsn::START);
        each(responsive_logical(w, s), |i| s.peers[i].applied >= last)
    }),
};

pub(super) const NO_COMMIT_LOST: Property = Property {
    id: "no-commit-lost",
    sentence: "after a restart each committed transaction is still there, and is at the peer or \
               will be sent",
    premise: "the postmaster has exited; what a slot skips is judged only where its peer reports \
              as flushed what is durable",
    matters: "a lost commit is never noticed",
    source: "logical.c CreateDecodingContext, start_lsn < confirmed_flush is forwarded; xlog.c \
             StartupXLOG, DB_SHUTDOWNED: no redo; walsender.c ProcessStandbyReplyMessage believes \
             what the peer reports",
    seeded_bug: ("pg16-c6c3334364", "db-transaction"),
    claim: Claim::AtEnd(commit_lost),
};

fn commit_lost(w: &World, s: &Cluster) -> Judgement {
    if s.postmaster.exit.is_none() {
        return Judgement::NotConcerned;
    }
    // After DB_SHUTDOWNED there is no redo: what lies behind the record is overwritten, and a slot
    // that has confirmed what lay there skips the transactions that are written there later.
    let end = checkpoint_end(s).filter(|_| s.control.state == ControlState::ShutDown);
    let overwritten = end.is_some_and(|end| {
        let ahead = |i: usize| s.slots[i].disk_confirmed_flush > end;
        facts::commits(s).any(|commit| commit > end) || facts::logical_slots(w, s).any(ahead)
    });
    let skipped = facts::honest_slots(w, s).any(|i| {
        let confirmed = s.slots[i].disk_confirmed_flush;
        let durable = s.peers[i].durable;
        facts::surviving_commits(s).any(|commit| commit > durable && commit <= confirmed)
    });
    Judgement::kept_if(!overwritten && !skipped)
}

pub(super) const NO_COMMIT_TWICE: Property = Property {
    id: "no-commit-twice",
    sentence: "after a restart no transaction is sent again to a peer that trusts the slot",
    premise: "clean exit, a peer without an origin of its own",
    matters: "pg_recvlogical and SQL consumers apply it twice",
    source: "manual, Logical Decoding, Replication Slots: \"A logical slot will emit each change \
             just once in normal operation\"",
    seeded_bug: ("pg16", "recvlogical"),
    claim: Claim::AtEnd(|w, s: &Cluster| {
        if !clean(s) || !facts::slots_were_saved(w, s) {
            return Judgement::NotConcerned;
        }
        let trusting = facts::logical_slots(w, s).filter(|&i| {
            matches!(
                w.scenario.walsender(i).peer,
                PeerKind::RecvLogical | PeerKind::AnswersWhenAsked | PeerKind::ConfirmsCommitsOnly
            ) && !s.slots[i].invalidated
        });
        each(trusting, |i| {
            let confirmed = s.slots[i].disk_confirmed_flush;
            let accepted = s.slots[i].confirmed_flush.min(s.peers[i].durable);
            !facts::surviving_commits(s).any(|commit| commit <= accepted && commit > confirmed)
        })
    }),
};

pub(super) const STANDBY_CAN_REJOIN: Property = Property {
    id: "standby-can-rejoin",
    sentence: "a streaming standby has everything through the shutdown checkpoint record, and \
               nothing else",
    premise: "clean exit, responsive standby, no fault; a standby that lacks something is judged \
              only where no wal_sender_shutdown_timeout is set",
    matters: "after a switch-over the old primary can follow the new one",
    source: "commit 985bd7d497 \"Support clean switchover\"; manual, wal_sender_shutdown_timeout: \
             \"in this case the sender and receiver may be out of sync after shutdown\"",
    seeded_bug: ("pg17-exit-when-replicated", "standby"),
    claim: Claim::AtEnd(|w, s: &Cluster| {
        let Some(end) = checkpoint_end(s).filter(|_| clean(s) && no_fault(w, s)) else {
            return Judgement::NotConcerned;
        };
        let standbys = w.scenario.walsenders().filter(|(_, ws)| {
            ws.peer == PeerKind::Walreceiver
                && ws.activity == Activity::Streaming
                && ws.peer_state == PeerState::Running
                && !ws.obsolete
        });
        let complete = |i: usize| s.peers[i].durable >= end;
        let nothing_else = |i: usize| s.peers[i].received <= end;
        let given_up = |i: usize| facts::may_time_out(w) && !complete(i) && nothing_else(i);
        let judged = standbys.map(|(i, _)| i).filter(|&i| !given_up(i));
        each(judged, |i| complete(i) && nothing_else(i))
    }),
};

pub(super) const ARCHIVE_COMPLETE: Property = Property {
    id: "archive-complete",
    sentence: "each segment completed before the shutdown checkpoint is archived, and no \
               transaction lies in one that is not",
    premise: "archiving, clean exit, no failed archive command",
    matters: "a restore from the archive has every commit",
    source: "commit 2e6107cb62; pgarch.c pgarch_MainLoop; xlog.c ShutdownXLOG, \"so that all the \
             remaining records are archived (postmaster wakes up the archiver process one more \
             time at the end of shutdown)\"",
    seeded_bug: ("pg17-2e6107cb62", "archiving"),
    claim: Claim::AtEnd(|w, s: &Cluster| {
        let failed = s.environment.faults_left.archive_failure != w.scenario.faults.archive_failure;
        if !w.scenario.archiving || !clean(s) || failed {
            return Judgement::NotConcerned;
        }
        let switch_end = s
            .wal
            .range(Lsn::START, s.wal.inserted)
            .filter(|&(_, record)| record == Record::Switch)
            .map(|(start, _)| Lsn(start.0 + 1))
            .last()
            .unwrap_or(Lsn::START);
        let outside = facts::surviving_commits(s).any(|commit| commit > switch_end);
        Judgement::kept_if(s.archiver.ready == 0 && !outside)
    }),
};

pub(super) const CLEAN_EXIT: Property = Property {
    id: "clean-exit",
    sentence: "the postmaster exits 0 and pg_control says \"shut down\" or \"in recovery\"",
    premise: "the postmaster has exited; nobody killed a process or asked for an immediate stop",
    matters: "else the next start is a crash recovery",
    source: "manual, Shutting Down the Server",
    seeded_bug: ("pg16-c6c3334364", "checksums-backlog"),
    claim: Claim::AtEnd(|w, s: &Cluster| {
        if s.postmaster.exit.is_none() || !nothing_killed(w, s) {
            return Judgement::NotConcerned;
        }
        let in_recovery = s.control.state == ControlState::ShutDownInRecovery;
        Judgement::kept_if(clean(s) || s.postmaster.exit == ExitStatus::Success && in_recovery)
    }),
};

pub(super) const NO_ORPHAN: Property = Property {
    id: "no-orphan",
    sentence: "no child outlives the postmaster",
    premise: "the postmaster has exited",
    matters: "a new postmaster could start beside an old child",
    source: "postmaster.c PostmasterStateMachine, \"this isn't an ironclad protection\"; commits \
             82233ce7ea, 48913db887",
    seeded_bug: ("pg17-82233ce7ea", "immediate"),
    claim: Claim::Always(|_, s: &Cluster| {
        if s.postmaster.exit.is_none() {
            return Judgement::NotConcerned;
        }
        Judgement::kept_if(!Child::all().any(|c| s.runs(c)))
    }),
};
