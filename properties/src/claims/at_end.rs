//! What is true when everything has come to its end.

use super::facts::{self, checkpoint_end, clean, cut_short, done_to, responsive_logical};
use super::{Claim, Judgement, Property};
use model::cluster::{Child, Cluster, ControlState};
use model::postmaster::ExitStatus;
use model::scenario::{Activity, PeerKind};
use model::wal::Lsn;
use model::world::World;

use crate::waived::By;

/// What an ending says of a promise, and what excuses it where it is not kept.
pub(super) type Told = (Judgement, Option<By>);

const NOT_CONCERNED: Told = (Judgement::NotConcerned, None);

/// `Broken` if one of `items` neither satisfies `promise` nor has an excuse; `Kept` if one does;
/// `NotConcerned` if there are none, or all are excused.
fn each(
    items: impl Iterator<Item = usize>,
    promise: impl Fn(usize) -> bool,
    excuse: impl Fn(usize) -> Option<By>,
) -> Told {
    let mut told = NOT_CONCERNED;
    for i in items {
        match (promise(i), excuse(i)) {
            (true, _) => told.0 = Judgement::Kept,
            (false, None) => return (Judgement::Broken, None),
            (false, Some(by)) => told.1 = Some(told.1.map_or(by, |first| first.min(by))),
        }
    }
    told
}

/// The same of a promise about the whole server.
pub(super) fn whole(promise: bool, excuse: Option<By>) -> Told {
    each(std::iter::once(0), |_| promise, |_| excuse)
}

/// `told` of a stop that may have been cut short: what is kept then is kept by chance, what is not
/// is excused.
pub(super) fn unless_cut_short(w: &World, s: &Cluster, told: Told) -> Told {
    match (cut_short(w, s), told) {
        (None, told) => told,
        (Some(by), (Judgement::Broken, _) | (_, Some(_))) => (Judgement::NotConcerned, Some(by)),
        (Some(_), (Judgement::NotConcerned | Judgement::Kept, None)) => NOT_CONCERNED,
    }
}

pub(super) const CONFIRMED_REACHES_SHUTDOWN_CHECKPOINT: Property = Property {
    id: "confirmed-reaches-shutdown-checkpoint",
    sentence: "each streaming logical slot has confirmed the shutdown checkpoint record",
    premise: "clean exit; a peer that answers, a valid slot; waived by what was done to either of \
              them",
    matters: "pg_upgrade could check exactly that nothing is left to send",
    source: "the proposal of 2023-07-21: \"the confirmed_lsn of active slots equals the current \
             WAL location\"",
    seeded_bug: ("pg17", "idle"),
    waived: Some(|w, s| confirmed_reaches(w, s).1),
    claim: Claim::AtEnd(|w, s| confirmed_reaches(w, s).0),
};

fn confirmed_reaches(w: &World, s: &Cluster) -> Told {
    if !facts::may_be_judged(w, s) {
        return NOT_CONCERNED;
    }
    let end = checkpoint_end(s);
    let reached = |i: usize| {
        let slot = &s.slots[i];
        !slot.invalidated && end.is_some_and(|end| slot.confirmed_flush >= end)
    };
    let told = each(responsive_logical(w, s), reached, |i| done_to(w, s, i));
    unless_cut_short(w, s, told)
}

pub(super) const CONFIRMED_IS_ON_DISK: Property = Property {
    id: "confirmed-is-on-disk",
    sentence: "each logical slot's confirmed_flush on disk is the last one accepted in memory",
    premise: "clean exit; waived where a slot could not be saved or is invalidated",
    matters: "after the restart the slot would be older than the peer was told",
    source: "commit e0b2eed047; slot.c CheckPointReplicationSlots, \"avoiding an unnecessary \
             retreat of the confirmed_flush LSN after restart\"",
    seeded_bug: ("pg17-e0b2eed047", "idle"),
    waived: Some(|w, s| confirmed_is_on_disk(w, s).1),
    claim: Claim::AtEnd(|w, s| confirmed_is_on_disk(w, s).0),
};

fn confirmed_is_on_disk(w: &World, s: &Cluster) -> Told {
    if !facts::may_be_judged(w, s) {
        return NOT_CONCERNED;
    }
    let saved = |i: usize| {
        let slot = &s.slots[i];
        !slot.invalidated && slot.disk_confirmed_flush == slot.confirmed_flush
    };
    let told = each(facts::logical_slots(w, s), saved, |i| not_saved(w, s, i));
    unless_cut_short(w, s, told)
}

/// Why slot `i` on disk may be another than in memory.
fn not_saved(w: &World, s: &Cluster, i: usize) -> Option<By> {
    let invalidated = s.slots[i].invalidated.then_some(By::ObsoleteSlot);
    facts::save_failed(w, s).or(invalidated)
}

pub(super) const ALL_COMMITS_DELIVERED: Property = Property {
    id: "all-commits-delivered",
    sentence: "each committed published transaction is at the subscriber",
    premise: "clean exit; a peer that answers, a valid slot; waived by what was done to either of \
              them",
    matters: "a clean stop promises an upgrade or a switch-over without loss",
    source: "walsender.c WalSndDone, \"whether all WAL has successfully been replicated\"; its \
             head comment: \"all existing WAL records are processed followed by a shutdown\"",
    seeded_bug: ("pg17", "db-transaction"),
    waived: Some(|w, s| all_commits_delivered(w, s).1),
    claim: Claim::AtEnd(|w, s| all_commits_delivered(w, s).0),
};

fn all_commits_delivered(w: &World, s: &Cluster) -> Told {
    if !facts::may_be_judged(w, s) {
        return NOT_CONCERNED;
    }
    let last = facts::surviving_commits(s).last().unwrap_or(Lsn::START);
    let delivered = |i: usize| s.peers[i].applied >= last;
    let told = each(responsive_logical(w, s), delivered, |i| done_to(w, s, i));
    unless_cut_short(w, s, told)
}

pub(super) const NO_COMMIT_LOST: Property = Property {
    id: "no-commit-lost",
    sentence: "after a restart each committed transaction is still there, and is at the peer or \
               will be sent",
    premise: "the postmaster has exited; waived for what a slot skips whose peer reports as \
              flushed what is not durable",
    matters: "a lost commit is never noticed",
    source: "logical.c CreateDecodingContext, start_lsn < confirmed_flush is forwarded; xlog.c \
             StartupXLOG, DB_SHUTDOWNED: no redo; walsender.c ProcessStandbyReplyMessage believes \
             what the peer reports",
    seeded_bug: ("pg16-c6c3334364", "db-transaction"),
    waived: Some(|w, s| commit_lost(w, s).1),
    claim: Claim::AtEnd(|w, s| commit_lost(w, s).0),
};

fn commit_lost(w: &World, s: &Cluster) -> Told {
    if s.postmaster.exit.is_none() {
        return NOT_CONCERNED;
    }
    // After DB_SHUTDOWNED there is no redo: what lies behind the record is overwritten, and a slot
    // that has confirmed what lay there skips the transactions that are written there later.
    let end = checkpoint_end(s).filter(|_| s.control.state == ControlState::ShutDown);
    let overwritten = end.is_some_and(|end| {
        let ahead = |i: usize| s.slots[i].disk_confirmed_flush > end;
        facts::commits(s).any(|commit| commit > end) || facts::logical_slots(w, s).any(ahead)
    });
    if overwritten {
        return (Judgement::Broken, None);
    }
    let kept = |i: usize| {
        let confirmed = s.slots[i].disk_confirmed_flush;
        let durable = s.peers[i].durable;
        // Decoding begins at restart_lsn: without that WAL nothing is sent any more.
        let slot = &s.slots[i];
        let readable = slot.invalidated || slot.disk_restart_lsn >= w.removed(&s.wal);
        let mut lacking = facts::surviving_commits(s).filter(|&commit| commit > durable);
        !lacking.any(|commit| commit <= confirmed || !readable)
    };
    let (judgement, by) = each(facts::logical_slots(w, s), kept, |i| {
        (!facts::is_honest(w, i)).then_some(By::OverAcknowledging)
    });
    // What is committed is there, whether somebody subscribes to it or not.
    match judgement {
        Judgement::NotConcerned => (Judgement::Kept, by),
        Judgement::Kept | Judgement::Broken => (judgement, by),
    }
}

pub(super) const NO_COMMIT_TWICE: Property = Property {
    id: "no-commit-twice",
    sentence: "after a restart no transaction is sent again to a peer that trusts the slot",
    premise: "clean exit, a valid slot, a peer without an origin of its own; waived where a slot \
              could not be saved",
    matters: "pg_recvlogical and SQL consumers apply it twice",
    source: "manual, Logical Decoding, Replication Slots: \"A logical slot will emit each change \
             just once in normal operation\"",
    seeded_bug: ("pg16", "recvlogical"),
    waived: Some(|w, s| no_commit_twice(w, s).1),
    claim: Claim::AtEnd(|w, s| no_commit_twice(w, s).0),
};

fn no_commit_twice(w: &World, s: &Cluster) -> Told {
    if !facts::may_be_judged(w, s) {
        return NOT_CONCERNED;
    }
    let trusting = facts::logical_slots(w, s).filter(|&i| {
        matches!(
            w.scenario.walsender(i).peer,
            PeerKind::RecvLogical | PeerKind::AnswersWhenAsked | PeerKind::ConfirmsCommitsOnly
        )
    });
    // An invalidated slot sends nothing any more.
    let valid = trusting.filter(|&i| !s.slots[i].invalidated);
    let once = |i: usize| {
        let confirmed = s.slots[i].disk_confirmed_flush;
        let accepted = s.slots[i].confirmed_flush.min(s.peers[i].durable);
        !facts::surviving_commits(s).any(|commit| commit <= accepted && commit > confirmed)
    };
    unless_cut_short(w, s, each(valid, once, |i| not_saved(w, s, i)))
}

pub(super) const STANDBY_CAN_REJOIN: Property = Property {
    id: "standby-can-rejoin",
    sentence: "a streaming standby has everything through the shutdown checkpoint record, and \
               nothing else",
    premise: "clean exit; what a standby lacks is waived where it is frozen or was disconnected, \
              its slot is obsolete, or a wal_sender_shutdown_timeout is set",
    matters: "after a switch-over the old primary can follow the new one",
    source: "commit 985bd7d497 \"Support clean switchover\"; manual, wal_sender_shutdown_timeout: \
             \"in this case the sender and receiver may be out of sync after shutdown\"",
    seeded_bug: ("pg17-exit-when-replicated", "standby"),
    waived: Some(|w, s| standby_can_rejoin(w, s).1),
    claim: Claim::AtEnd(|w, s| standby_can_rejoin(w, s).0),
};

fn standby_can_rejoin(w: &World, s: &Cluster) -> Told {
    if !facts::may_be_judged(w, s) {
        return NOT_CONCERNED;
    }
    let end = checkpoint_end(s);
    let scenario = w.scenario.walsenders();
    let standbys = scenario
        .filter(|(_, ws)| ws.peer == PeerKind::Walreceiver && ws.activity == Activity::Streaming);
    let complete = |i: usize| end.is_some_and(|end| s.peers[i].durable >= end);
    let nothing_else = |i: usize| end.is_none_or(|end| s.peers[i].received <= end);
    let given_up = || facts::may_time_out(w).then_some(By::ShutdownTimeout);
    // Nothing excuses what the primary does not have; the operator's timeout not what it removed:
    // the rest the standby gets when the primary is up again.
    let excuse = |i: usize| {
        let lacks = nothing_else(i);
        let still_there = s.peers[i].durable >= w.removed(&s.wal);
        let given_up = given_up().filter(|_| still_there);
        done_to(w, s, i).or(given_up).filter(|_| lacks)
    };
    let told = each(
        standbys.map(|(i, _)| i),
        |i| complete(i) && nothing_else(i),
        excuse,
    );
    unless_cut_short(w, s, told)
}

pub(super) const ARCHIVE_COMPLETE: Property = Property {
    id: "archive-complete",
    sentence: "each segment completed before the shutdown checkpoint is archived, and no \
               transaction lies in one that is not",
    premise: "archiving, clean exit; waived where an archive command failed",
    matters: "a restore from the archive has every commit",
    source: "commit 2e6107cb62; pgarch.c pgarch_MainLoop; xlog.c ShutdownXLOG, \"so that all the \
             remaining records are archived (postmaster wakes up the archiver process one more \
             time at the end of shutdown)\"",
    seeded_bug: ("pg17-2e6107cb62", "archiving"),
    waived: Some(|w, s| archive_complete(w, s).1),
    claim: Claim::AtEnd(|w, s| archive_complete(w, s).0),
};

fn archive_complete(w: &World, s: &Cluster) -> Told {
    if !w.scenario.archiving || !facts::may_be_judged(w, s) {
        return NOT_CONCERNED;
    }
    let complete = w.segment_start(&s.wal, s.wal.inserted);
    let outside = facts::surviving_commits(s).any(|commit| commit > complete);
    let all = s.archiver.ready == 0 && !outside;
    unless_cut_short(w, s, whole(all, facts::archiving_failed(w, s)))
}

pub(super) const SUCCESS_MEANS_ARCHIVED: Property = Property {
    id: "success-means-archived",
    sentence: "a stop that reports success has archived every completed segment",
    premise: "archiving; the postmaster exits 0 and pg_control says \"shut down\", \
              whatever failed",
    matters: "whoever sees the stop succeed and takes the archive for complete loses what is not \
              there with the disk",
    source: "nobody promises it where an archive command fails: pgarch.c pgarch_ArchiverCopyLoop, \
             \"failed too many times, will try again later\"; after the last cycle there is no \
             later",
    seeded_bug: ("pg18", "archive-fails"),
    waived: None,
    claim: Claim::AtEnd(|w, s: &Cluster| {
        if !w.scenario.archiving || !facts::looks_clean(s) {
            return Judgement::NotConcerned;
        }
        Judgement::kept_if(s.archiver.ready == 0)
    }),
};

pub(super) const CLEAN_EXIT: Property = Property {
    id: "clean-exit",
    sentence: "the postmaster exits 0 and pg_control says \"shut down\" or \"in recovery\"",
    premise: "the postmaster has exited; waived where a process was killed or an immediate stop \
              asked for",
    matters: "else the next start is a crash recovery",
    source: "manual, Shutting Down the Server",
    seeded_bug: ("pg16-c6c3334364", "checksums-backlog"),
    waived: Some(|w, s| clean_exit(w, s).1),
    claim: Claim::AtEnd(|w, s| clean_exit(w, s).0),
};

fn clean_exit(w: &World, s: &Cluster) -> Told {
    if s.postmaster.exit.is_none() {
        return NOT_CONCERNED;
    }
    let in_recovery = s.control.state == ControlState::ShutDownInRecovery;
    let success = clean(s) || s.postmaster.exit == ExitStatus::Success && in_recovery;
    unless_cut_short(w, s, whole(success, None))
}

pub(super) const NO_ORPHAN: Property = Property {
    id: "no-orphan",
    sentence: "no child outlives the postmaster",
    premise: "the postmaster has exited",
    matters: "a new postmaster could start beside an old child",
    source: "postmaster.c PostmasterStateMachine, \"this isn't an ironclad protection\"; commits \
             82233ce7ea, 48913db887",
    seeded_bug: ("pg17-82233ce7ea", "immediate"),
    waived: None,
    claim: Claim::Always(|_, s: &Cluster| {
        if s.postmaster.exit.is_none() {
            return Judgement::NotConcerned;
        }
        Judgement::kept_if(!Child::all().any(|c| s.runs(c)))
    }),
};
