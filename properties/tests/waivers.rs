//! What excuses whom: each fault alone, at its walsender alone, and only where the promise is not
//! kept.

use model::cluster::{Cluster, ControlState};
use model::peer::PeerLife;
use model::postmaster::{ExitStatus, Shutdown};
use model::scenario::{PeerKind, PeerState, ShutdownTimeout, WalsenderScenario};
use model::wal::{Lsn, Record};
use model::world::World;
use properties::waived::By;

use crate::common::{
    BROKEN, END, KEPT, SILENT, START, judge, partly, scenario, stopped, streaming, waived, world,
};

/// Lacks everything that a claim about one walsender asks for.
fn lacking(s: &mut Cluster, i: usize) {
    s.slots[i].confirmed_flush = Lsn(1);
    s.peers[i].received = Lsn(1);
    s.peers[i].applied = Lsn(1);
    s.peers[i].durable = Lsn(1);
}

/// `by` happens to walsender `i`.
fn happens(s: &mut Cluster, i: usize, by: By) {
    let left = &mut s.environment.faults_left;
    match by {
        By::KillWalsender => left.kill_walsender = 0,
        By::DeadEndCrash => left.dead_end_crash = 0,
        By::StartupFailure => left.startup_failure = 0,
        By::ImmediateStop => s.postmaster.shutdown = Shutdown::Immediate,
        By::ArchiveFailure => left.archive_failure = 0,
        By::SlotSaveFailure => left.slot_save_failure = 0,
        By::ObsoleteSlot => s.slots[i].invalidated = true,
        By::Freeze => {
            left.freeze = 0;
            s.peers[i].life = PeerLife::Stuck;
        }
        By::Disconnect => left.disconnect = 0,
        By::CopyDone => {
            left.copy_done = 0;
            s.channels[i].copy_done = true;
        }
        By::WorkerRestart => left.worker_restart = 0,
        By::PeerLate => s.walsenders[i].silence = model::walsender::Silence::PeerLate,
        By::OverAcknowledging | By::ShutdownTimeout => {}
    }
}

/// The excuses that `id` takes in an ending in which walsender `i` of two lacks everything.
fn excuses(id: &str, ws: WalsenderScenario, i: usize, spoil: fn(&mut Cluster, usize)) -> Vec<By> {
    let w = world("master", &scenario(&[ws; 2]));
    let mut s = stopped(&w);
    spoil(&mut s, i);
    assert_eq!(judge(id, &w, &s), BROKEN, "{id}: {i}");
    let excused = |&by: &By| {
        let mut s = s;
        happens(&mut s, i, by);
        let told = judge(id, &w, &s);
        if told == BROKEN {
            return false;
        }
        let cut = matches!(
            by,
            By::KillWalsender | By::DeadEndCrash | By::StartupFailure | By::ImmediateStop
        );
        let expect = if cut { waived(by) } else { partly(by) };
        assert_eq!(told, expect, "{id}: {i}");
        true
    };
    By::ALL.into_iter().filter(excused).collect()
}

const CUT_SHORT: [By; 4] = [
    By::KillWalsender,
    By::DeadEndCrash,
    By::StartupFailure,
    By::ImmediateStop,
];

fn with_cut_short(more: &[By]) -> Vec<By> {
    CUT_SHORT.iter().chain(more).copied().collect()
}

#[test]
fn each_claim_has_its_excuses_and_no_others() {
    let (worker, walreceiver) = (PeerKind::ApplyWorker, PeerKind::Walreceiver);
    let peer = [
        By::ObsoleteSlot,
        By::Freeze,
        By::Disconnect,
        By::CopyDone,
        By::WorkerRestart,
        By::PeerLate,
    ];
    let on_disk: fn(&mut Cluster, usize) = |s, i| s.slots[i].disk_confirmed_flush = Lsn(1);
    for i in 0..2 {
        for id in [
            "confirmed-reaches-shutdown-checkpoint",
            "all-commits-delivered",
        ] {
            let found = excuses(id, streaming(worker), i, lacking);
            assert_eq!(found, with_cut_short(&peer), "{id}");
        }
        let found = excuses("confirmed-is-on-disk", streaming(worker), i, on_disk);
        let saves = with_cut_short(&[By::SlotSaveFailure, By::ObsoleteSlot]);
        assert_eq!(found, saves);
        // A client cannot end the stream of a physical walsender: it is asked of the channel alone.
        let found = excuses("standby-can-rejoin", streaming(walreceiver), i, lacking);
        let standby = [&peer[..4], &[By::PeerLate]].concat();
        assert_eq!(found, with_cut_short(&standby));
    }
}

/// A fault that is in the budget and did not happen excuses nothing; one that happened to somebody
/// else neither.
#[test]
fn a_fault_of_somebody_elses_is_no_excuse() {
    let standby = streaming(PeerKind::Walreceiver);
    let w = world("pg18", &scenario(&[standby; 2]));
    for by in [By::ObsoleteSlot, By::Freeze, By::CopyDone] {
        let mut s = stopped(&w);
        lacking(&mut s, 0);
        happens(&mut s, 1, by);
        assert_eq!(judge("standby-can-rejoin", &w, &s), BROKEN, "{by:?}");
    }
    // Who is still connected has not closed its connection.
    let mut s = stopped(&w);
    lacking(&mut s, 0);
    happens(&mut s, 1, By::Disconnect);
    s.peers[0].life = PeerLife::Running;
    assert_eq!(judge("standby-can-rejoin", &w, &s), BROKEN);
}

/// What is kept in spite of a fault is kept, unless the stop was cut short.
#[test]
fn what_is_kept_needs_no_excuse() {
    let w = world("pg18", &scenario(&[streaming(PeerKind::ApplyWorker)]));
    for by in By::ALL {
        let mut s = stopped(&w);
        happens(&mut s, 0, by);
        let told = judge("all-commits-delivered", &w, &s);
        let expect = if CUT_SHORT.contains(&by) {
            SILENT
        } else {
            KEPT
        };
        assert_eq!(told, expect, "{by:?}");
    }
}

#[test]
fn a_peer_that_is_frozen_from_the_start() {
    for state in [PeerState::Frozen, PeerState::Locked] {
        let mut ws = streaming(PeerKind::Walreceiver);
        ws.peer_state = state;
        let w = world("pg18", &scenario(&[ws, streaming(PeerKind::Walreceiver)]));
        let mut s = stopped(&w);
        lacking(&mut s, 0);
        assert_eq!(judge("standby-can-rejoin", &w, &s), partly(By::Freeze));
        lacking(&mut s, 1);
        assert_eq!(judge("standby-can-rejoin", &w, &s), BROKEN);
    }
}

/// The timeout excuses what a standby lacks, in releases that read it, and never what it has too
/// much.
#[test]
fn a_shutdown_timeout() {
    for timeout in [ShutdownTimeout::Zero, ShutdownTimeout::Finite] {
        let mut timed = scenario(&[streaming(PeerKind::Walreceiver)]);
        timed.shutdown_timeout = timeout;
        let w = world("master", &timed);
        let mut s = stopped(&w);
        s.peers[0].durable = START;
        let id = "standby-can-rejoin";
        assert_eq!(judge(id, &w, &s), waived(By::ShutdownTimeout));
        s.peers[0].received = Lsn(END.0 + 1);
        assert_eq!(judge(id, &w, &s), BROKEN);
        s.peers[0].received = END;
        assert_eq!(judge(id, &world("pg18", &timed), &s), BROKEN);
    }
}

#[test]
fn a_peer_that_confirms_too_much() {
    let over = [
        streaming(PeerKind::OverAcknowledges),
        streaming(PeerKind::ApplyWorker),
    ];
    let w = world("pg18", &scenario(&over));
    let mut s = stopped(&w);
    s.peers[0].durable = Lsn(1);
    let by = By::OverAcknowledging;
    assert_eq!(judge("no-commit-lost", &w, &s), partly(by));
    for i in 0..2 {
        s.slots[i].disk_confirmed_flush = START;
    }
    assert_eq!(judge("upgrade-check-sound", &w, &s), partly(by));
    s.peers[1].durable = Lsn(1);
    assert_eq!(judge("no-commit-lost", &w, &s), BROKEN);
    assert_eq!(judge("upgrade-check-sound", &w, &s), BROKEN);
}

#[test]
fn a_failed_archive_command() {
    let mut scenario = scenario(&[]);
    scenario.archiving = true;
    scenario.backlog[0] = Record::Other;
    let w = world("pg18", &scenario);
    let mut s = stopped(&w);
    s.archiver.ready = 1;
    let (id, by) = ("archive-complete", By::ArchiveFailure);
    for excuse in By::ALL {
        let mut s = s;
        if excuse == By::ObsoleteSlot || excuse == By::Freeze || excuse == By::CopyDone {
            continue;
        }
        happens(&mut s, 0, excuse);
        let excused = CUT_SHORT.contains(&excuse) || excuse == by;
        let expect = if excused { waived(excuse) } else { BROKEN };
        assert_eq!(judge(id, &w, &s), expect, "{excuse:?}");
        let told = judge("success-means-archived", &w, &s);
        assert_eq!(told, BROKEN, "nothing excuses it: {excuse:?}");
    }
    happens(&mut s, 0, by);
    s.archiver.ready = 0;
    assert_eq!(judge(id, &w, &s), KEPT, "a later command made it good");
}

#[test]
fn a_stop_that_was_cut_short() {
    let w = world("pg18", &scenario(&[]));
    for by in CUT_SHORT {
        let mut s = stopped(&w);
        happens(&mut s, 0, by);
        s.control.state = ControlState::InProduction;
        s.stats.is_shutdown = false;
        for id in [
            "clean-exit",
            "no-stats-after-stats-shutdown",
            "checkpoint-reached-whatever-peers-do",
        ] {
            assert_eq!(judge(id, &w, &s), waived(by), "{id}");
        }
        let old = world("pg10", &scenario(&[]));
        let stats = judge("no-stats-after-stats-shutdown", &old, &s);
        assert_eq!(stats, SILENT, "up to 14 the collector writes them");
        s.stats.is_shutdown = true;
        let stats = judge("no-stats-after-stats-shutdown", &w, &s);
        assert_eq!(stats, KEPT, "they are written");
        s.control.state = ControlState::ShutDown;
        let reached = judge("checkpoint-reached-whatever-peers-do", &w, &s);
        assert_eq!(reached, SILENT, "the record is written");
        s.postmaster.exit = ExitStatus::default();
        assert_eq!(judge("clean-exit", &w, &s), SILENT, "the postmaster lives");
    }
}

/// A hang for a frozen peer is excused; one for nobody is not.
#[test]
fn a_stop_that_waits_for_a_frozen_peer() {
    let w = world("pg18", &scenario(&[streaming(PeerKind::ApplyWorker); 2]));
    let hung = |life: [PeerLife; 2]| {
        let mut s = stopped(&w);
        s.postmaster.exit = ExitStatus::default();
        s.control.state = ControlState::ShuttingDown;
        s.peers[0].life = life[0];
        s.peers[1].life = life[1];
        s
    };
    let (id, runs) = ("shutdown-terminates", PeerLife::Running);
    assert_eq!(judge(id, &w, &hung([runs, PeerLife::Gone])), BROKEN);
    for stuck in [PeerLife::Stuck, PeerLife::Locked] {
        for life in [[stuck, runs], [runs, stuck]] {
            let s = hung(life);
            assert_eq!(judge(id, &w, &s), waived(By::Freeze), "{life:?}");
            let whatever = judge("shutdown-terminates-whatever-peers-do", &w, &s);
            assert_eq!(whatever, BROKEN);
        }
    }
}

#[test]
fn a_slot_that_was_not_saved_or_is_obsolete() {
    let recv = streaming(PeerKind::RecvLogical);
    let w = world("pg18", &scenario(&[recv; 2]));
    for i in 0..2 {
        let mut s = stopped(&w);
        s.slots[i].disk_confirmed_flush = Lsn(1);
        s.slots[1 - i].disk_confirmed_flush = START;
        for id in ["no-commit-twice", "upgrade-check-complete"] {
            assert_eq!(judge(id, &w, &s), BROKEN, "{id}");
        }
        let mut failed = s;
        happens(&mut failed, i, By::SlotSaveFailure);
        let twice = judge("no-commit-twice", &w, &failed);
        assert_eq!(twice, partly(By::SlotSaveFailure));
        let complete = judge("upgrade-check-complete", &w, &failed);
        assert_eq!(complete, waived(By::SlotSaveFailure));
        let mut obsolete = s;
        happens(&mut obsolete, i, By::ObsoleteSlot);
        let complete = judge("upgrade-check-complete", &w, &obsolete);
        assert_eq!(complete, waived(By::ObsoleteSlot));
    }
}

/// A valid slot keeps its WAL; an invalidated one is said to have lost it.
#[test]
fn wal_that_was_removed() {
    let w: World = world("pg18", &scenario(&[streaming(PeerKind::Walreceiver); 3]));
    for i in 0..3 {
        let mut s = stopped(&w);
        for j in 0..3 {
            s.slots[j].disk_restart_lsn = START;
        }
        assert_eq!(judge("wal-kept", &w, &s), SILENT, "nothing was removed");
        s.wal.removed = START;
        assert_eq!(judge("wal-kept", &w, &s), KEPT);
        s.slots[i].disk_restart_lsn = Lsn(START.0 - 1);
        assert_eq!(judge("wal-kept", &w, &s), BROKEN, "{i}");
        s.slots[i].invalidated = true;
        assert_eq!(judge("wal-kept", &w, &s), partly(By::ObsoleteSlot), "{i}");
        s.slots[i].disk_restart_lsn = START;
        assert_eq!(judge("wal-kept", &w, &s), KEPT, "{i}");
    }
}
