//! Claims about endings: quantifiers and boundaries.

use model::cluster::{Cluster, ControlState};
use model::peer::PeerLife;
use model::postmaster::{ExitStatus, Shutdown};
use model::scenario::{Activity, PeerKind, WalsenderKind};
use model::wal::{Lsn, Record};
use model::world::World;

use crate::common::{BROKEN, END, KEPT, SILENT, START, judge, scenario, stopped, streaming, world};

fn three(peer: PeerKind) -> World {
    world("pg17", &scenario(&[streaming(peer); 3]))
}

/// `id` is kept in a clean stop, and broken where `spoil` hits any one of three walsenders.
fn breaks_at_each(id: &str, peer: PeerKind, spoil: impl Fn(&mut Cluster, usize)) {
    let w = three(peer);
    assert_eq!(judge(id, &w, &stopped(&w)), KEPT, "{id}");
    for i in 0..3 {
        let mut s = stopped(&w);
        spoil(&mut s, i);
        assert_eq!(judge(id, &w, &s), BROKEN, "{id}: walsender {i}");
    }
    let (none, hung) = (world("pg17", &scenario(&[])), {
        let mut s = stopped(&w);
        s.postmaster.exit = ExitStatus::default();
        (0..3).for_each(|i| spoil(&mut s, i));
        s
    });
    if id != "no-commit-lost" {
        assert_eq!(judge(id, &none, &stopped(&none)), SILENT, "{id}: nobody");
    }
    assert_eq!(judge(id, &w, &hung), SILENT, "{id}: the postmaster lives");
}

#[test]
fn confirmed_reaches_the_record() {
    let id = "confirmed-reaches-shutdown-checkpoint";
    breaks_at_each(id, PeerKind::ApplyWorker, |s, i| {
        s.slots[i].confirmed_flush = START;
    });
    let w = three(PeerKind::ApplyWorker);
    let mut s = stopped(&w);
    s.slots[1].confirmed_flush = Lsn(END.0 + 1);
    assert_eq!(judge(id, &w, &s), KEPT);
    s.slots[0].in_use = false;
    s.slots[0].confirmed_flush = START;
    assert_eq!(judge(id, &w, &s), KEPT, "a slot that is not there");
    for peer in [PeerKind::ConfirmsCommitsOnly, PeerKind::Walreceiver] {
        let w = three(peer);
        assert_eq!(judge(id, &w, &stopped(&w)), SILENT, "{peer:?}");
    }
    let mut idle = streaming(PeerKind::ApplyWorker);
    idle.activity = Activity::Absent;
    let w = world("pg17", &scenario(&[idle]));
    assert_eq!(judge(id, &w, &stopped(&w)), SILENT, "nobody is connected");
}

#[test]
fn confirmed_is_on_disk() {
    let id = "confirmed-is-on-disk";
    for lsn in [START, Lsn(END.0 + 1)] {
        breaks_at_each(id, PeerKind::ApplyWorker, |s, i| {
            s.slots[i].disk_confirmed_flush = lsn;
        });
    }
}

#[test]
fn all_commits_are_delivered() {
    let id = "all-commits-delivered";
    breaks_at_each(id, PeerKind::ApplyWorker, |s, i| {
        s.peers[i].applied = Lsn(START.0 - 1);
    });
    // The commit ends where the record begins.
    let w = three(PeerKind::ApplyWorker);
    let mut s = stopped(&w);
    s.peers[2].applied = START;
    assert_eq!(judge(id, &w, &s), KEPT);
}

#[test]
fn no_commit_is_lost() {
    let id = "no-commit-lost";
    breaks_at_each(id, PeerKind::ApplyWorker, |s, i| {
        s.peers[i].durable = Lsn(START.0 - 1);
    });
    breaks_at_each(id, PeerKind::ApplyWorker, |s, i| {
        s.slots[i].disk_confirmed_flush = Lsn(END.0 + 1);
    });
    let w = three(PeerKind::ApplyWorker);
    let mut s = stopped(&w);
    s.peers[0].durable = Lsn(START.0 - 1);
    s.slots[0].disk_confirmed_flush = Lsn(START.0 - 1);
    assert_eq!(judge(id, &w, &s), KEPT, "it will be sent again");
    s.slots[0].disk_confirmed_flush = START;
    assert_eq!(judge(id, &w, &s), BROKEN, "it is passed by");
    // A commit behind the record is overwritten, but not where there is redo.
    let mut s = stopped(&w);
    s.wal.insert(Record::Commit);
    assert_eq!(judge(id, &w, &s), BROKEN);
    s.control.state = ControlState::InProduction;
    assert_eq!(judge(id, &w, &s), KEPT);
    let none = world("pg17", &scenario(&[]));
    assert_eq!(judge(id, &none, &stopped(&none)), KEPT);
}

#[test]
fn no_commit_is_sent_twice() {
    let id = "no-commit-twice";
    for peer in [
        PeerKind::RecvLogical,
        PeerKind::AnswersWhenAsked,
        PeerKind::ConfirmsCommitsOnly,
    ] {
        breaks_at_each(id, peer, |s, i| {
            s.slots[i].disk_confirmed_flush = Lsn(START.0 - 1);
        });
    }
    let w = three(PeerKind::RecvLogical);
    let mut s = stopped(&w);
    s.slots[1].disk_confirmed_flush = START;
    assert_eq!(judge(id, &w, &s), KEPT, "the commit ends there");
    s.slots[1].disk_confirmed_flush = Lsn(START.0 - 1);
    s.slots[1].confirmed_flush = Lsn(START.0 - 1);
    assert_eq!(judge(id, &w, &s), KEPT, "it was never accepted");
    s.slots[1].confirmed_flush = START;
    assert_eq!(judge(id, &w, &s), BROKEN);
    s.peers[1].durable = Lsn(START.0 - 1);
    assert_eq!(judge(id, &w, &s), KEPT, "the peer does not have it");
    s.peers[1].durable = END;
    s.slots[1].invalidated = true;
    assert_eq!(judge(id, &w, &s), KEPT, "nothing is sent any more");
    let w = three(PeerKind::ApplyWorker);
    assert_eq!(judge(id, &w, &stopped(&w)), SILENT, "it has an origin");
}

#[test]
fn a_standby_has_the_record_and_nothing_else() {
    let id = "standby-can-rejoin";
    breaks_at_each(id, PeerKind::Walreceiver, |s, i| s.peers[i].durable = START);
    breaks_at_each(id, PeerKind::Walreceiver, |s, i| {
        s.peers[i].received = Lsn(END.0 + 1);
    });
    let w = three(PeerKind::Receivewal);
    assert_eq!(judge(id, &w, &stopped(&w)), SILENT, "no standby");
    let mut idle = streaming(PeerKind::Walreceiver);
    idle.activity = Activity::Absent;
    let w = world("pg17", &scenario(&[idle]));
    assert_eq!(judge(id, &w, &stopped(&w)), SILENT, "it does not stream");
}

/// A server that archives: the commit, the switch, the record.
fn archiving() -> (World, Cluster) {
    let mut scenario = scenario(&[]);
    scenario.archiving = true;
    scenario.backlog[1] = Record::Switch;
    scenario.backlog_flushed = 2;
    let w = world("pg17", &scenario);
    let mut s = w.initial();
    let end = s.wal.insert(Record::CheckpointShutdown);
    s.wal.flush(end);
    s.control.state = ControlState::ShutDown;
    s.postmaster.shutdown = Shutdown::Fast;
    s.postmaster.exit = ExitStatus::Success;
    (w, s)
}

#[test]
fn the_archive_is_complete() {
    for id in ["archive-complete", "success-means-archived"] {
        let (w, s) = archiving();
        assert_eq!(judge(id, &w, &s), KEPT, "{id}");
        let mut left = s;
        left.archiver.ready = 1;
        assert_eq!(judge(id, &w, &left), BROKEN, "{id}");
        left.postmaster.exit = ExitStatus::default();
        assert_eq!(judge(id, &w, &left), SILENT, "{id}: the postmaster lives");
        left.postmaster.exit = ExitStatus::Success;
        left.control.state = ControlState::ShuttingDown;
        assert_eq!(judge(id, &w, &left), SILENT, "{id}: no clean stop");
        let mut off = w.scenario;
        off.archiving = false;
        let w = world("pg17", &off);
        left.control.state = ControlState::ShutDown;
        assert_eq!(judge(id, &w, &left), SILENT, "{id}: no archiving");
    }
    // A commit behind the last switch: only the claim about transactions sees it.
    let (w, mut s) = archiving();
    s.wal.records[1] = Record::Other;
    assert_eq!(judge("archive-complete", &w, &s), BROKEN);
    assert_eq!(judge("success-means-archived", &w, &s), KEPT);
    s.wal.records[0] = Record::Switch;
    s.wal.records[1] = Record::Commit;
    assert_eq!(judge("archive-complete", &w, &s), BROKEN);
    s.wal.records[0] = Record::Other;
    s.wal.records[1] = Record::Other;
    assert_eq!(judge("archive-complete", &w, &s), KEPT, "no transaction");
}

#[test]
fn a_clean_exit() {
    let id = "clean-exit";
    let w = world("pg17", &scenario(&[]));
    let s = stopped(&w);
    assert_eq!(judge(id, &w, &s), KEPT);
    for (state, expect) in [
        (ControlState::ShutDownInRecovery, KEPT),
        (ControlState::InProduction, BROKEN),
        (ControlState::ShuttingDown, BROKEN),
        (ControlState::InRecovery, BROKEN),
    ] {
        let mut s = s;
        s.control.state = state;
        assert_eq!(judge(id, &w, &s), expect, "{state:?}");
        s.postmaster.exit = ExitStatus::Failure;
        assert_eq!(judge(id, &w, &s), BROKEN, "{state:?}");
        s.postmaster.exit = ExitStatus::default();
        assert_eq!(judge(id, &w, &s), SILENT, "{state:?}");
    }
}

/// What the check of pg_upgrade says of the stopped cluster.
#[test]
fn the_upgrade_check() {
    let (sound, complete) = ("upgrade-check-sound", "upgrade-check-complete");
    let w = three(PeerKind::ApplyWorker);
    let mut s = stopped(&w);
    for i in 0..3 {
        s.slots[i].disk_confirmed_flush = START;
    }
    assert_eq!(
        (judge(sound, &w, &s), judge(complete, &w, &s)),
        (KEPT, KEPT)
    );
    for i in 0..3 {
        // Accepted, although a peer lacks the commit; then it need not be accepted.
        let mut lost = s;
        lost.peers[i].durable = Lsn(START.0 - 1);
        assert_eq!(judge(sound, &w, &lost), BROKEN, "{i}");
        assert_eq!(judge(complete, &w, &lost), SILENT, "{i}");
        // Refused, although all is told.
        let mut refused = s;
        refused.slots[i].disk_confirmed_flush = Lsn(START.0 - 1);
        assert_eq!(judge(sound, &w, &refused), SILENT, "{i}");
        assert_eq!(judge(complete, &w, &refused), BROKEN, "{i}");
        refused.slots[i].confirmed_flush = Lsn(START.0 - 1);
        assert_eq!(judge(complete, &w, &refused), SILENT, "{i}");
    }
    let none = world("pg17", &scenario(&[]));
    let old = world("pg16", &scenario(&[streaming(PeerKind::ApplyWorker)]));
    for w in [none, old] {
        let s = stopped(&w);
        assert_eq!(
            (judge(sound, &w, &s), judge(complete, &w, &s)),
            (SILENT, SILENT)
        );
    }
    s.postmaster.shutdown = Shutdown::Fast;
    let mut physical = streaming(PeerKind::Walreceiver);
    assert_eq!(physical.kind, WalsenderKind::Physical);
    physical.slot = true;
    let w = world("pg17", &scenario(&[physical]));
    let mut s = stopped(&w);
    s.peers[0].life = PeerLife::Gone;
    assert_eq!(judge(sound, &w, &s), SILENT, "no logical slot");
}
