//! A server that has stopped cleanly, made by hand.

use model::cluster::{Cluster, ControlState};
use model::peer::PeerLife;
use model::postmaster::{ExitStatus, Shutdown};
use model::releases::release;
use model::scenario::{
    Activity, AfterStop, Faults, PeerKind, PeerState, Scenario, ShutdownTimeout, StartScenario,
    StopMode, WalsenderKind, WalsenderScenario,
};
use model::wal::{Lsn, Record};
use model::world::World;
use properties::claims::{Claim, Judgement};
use properties::property;
use properties::waived::By;

/// Start of the shutdown checkpoint record of [`stopped`].
pub(crate) const START: Lsn = Lsn(2);
/// Its end.
pub(crate) const END: Lsn = Lsn(3);

/// A walsender that streams to `peer`.
pub(crate) fn streaming(peer: PeerKind) -> WalsenderScenario {
    let kind = if peer.is_physical() {
        WalsenderKind::Physical
    } else {
        WalsenderKind::Logical
    };
    WalsenderScenario {
        kind,
        activity: Activity::Streaming,
        peer,
        peer_state: PeerState::Running,
        slot: true,
        failover: false,
        synchronized_standby: false,
        caught_up_to: 1,
        saved_up_to: 1,
        obsolete: false,
        report_put_off: false,
    }
}

/// A fast stop of a server with one commit and these walsenders; one of each fault may happen.
pub(crate) fn scenario(walsenders: &[WalsenderScenario]) -> Scenario {
    let mut scenario = Scenario {
        walsenders: [None; model::bounds::WALSENDERS_MAX],
        backends: [None; 2],
        backlog: [Record::None; model::bounds::WAL_MAX],
        backlog_flushed: 1,
        backlog_ends_page: false,
        requests: [Some(StopMode::Fast), Some(StopMode::Immediate), None],
        running_xacts: 0,
        walwriter: false,
        archiving: false,
        segment_ends: Default::default(),
        wal_keep_size: 0,
        hint_records: 0,
        wal_sender_timeout: false,
        wal_receiver_timeout: true,
        shutdown_timeout: ShutdownTimeout::Never,
        socket_capacity: 2,
        send_batch: 0,
        io_workers: false,
        workers: [None; 2],
        start: StartScenario::default(),
        dead_end_hangs: false,
        authentication_timeout: true,
        helper_stats: false,
        faults: Faults {
            kill_walsender: 1,
            disconnect: 1,
            freeze: 1,
            worker_restart: 1,
            archive_failure: 1,
            slot_save_failure: 1,
            connect: 1,
            copy_done: 1,
            dead_end_crash: 1,
            startup_failure: 1,
            walreceiver_exit: 1,
        },
        after: AfterStop::Restart,
    };
    scenario.backlog[0] = Record::Commit;
    for (place, ws) in scenario.walsenders.iter_mut().zip(walsenders) {
        *place = Some(*ws);
    }
    scenario
}

/// The world of `design` with this scenario.
pub(crate) fn world(design: &str, scenario: &Scenario) -> World {
    World::new(release(design).expect("a release"), *scenario)
}

/// The server has stopped: the commit, then the shutdown checkpoint record; everybody has both.
pub(crate) fn stopped(w: &World) -> Cluster {
    let mut s = w.initial();
    let end = s.wal.insert(Record::CheckpointShutdown);
    assert_eq!((s.wal.shutdown_checkpoint(), end), (Some(START), END));
    s.wal.flush(end);
    s.control.state = ControlState::ShutDown;
    s.control.checkpoint = START;
    s.postmaster.shutdown = Shutdown::Fast;
    s.postmaster.exit = ExitStatus::Success;
    s.stats.is_shutdown = true;
    for i in 0..w.walsenders {
        let slot = &mut s.slots[i];
        slot.confirmed_flush = END;
        slot.disk_confirmed_flush = END;
        let peer = &mut s.peers[i];
        peer.life = PeerLife::Gone;
        peer.received = END;
        peer.applied = END;
        peer.durable = END;
    }
    s
}

/// What `id` says of the ending `s`.
pub(crate) fn judge(id: &str, w: &World, s: &Cluster) -> (Judgement, Option<By>) {
    let property = property(id).expect("a property");
    let judgement = match property.claim {
        Claim::Always(f) | Claim::AtEnd(f) => f(w, s),
        Claim::LeadsTo(goal) if (goal.owed)(w, s) => Judgement::Broken,
        Claim::LeadsTo(_) => Judgement::NotConcerned,
        Claim::NeverStep(_) => panic!("`{id}` is about steps"),
    };
    (judgement, property.waived.and_then(|f| f(w, s)))
}

/// Kept, and nothing excused.
pub(crate) const KEPT: (Judgement, Option<By>) = (Judgement::Kept, None);
/// Broken, and nothing excused.
pub(crate) const BROKEN: (Judgement, Option<By>) = (Judgement::Broken, None);
/// Nothing is said.
pub(crate) const SILENT: (Judgement, Option<By>) = (Judgement::NotConcerned, None);

/// Nothing could be judged, and `by` is why.
pub(crate) fn waived(by: By) -> (Judgement, Option<By>) {
    (Judgement::NotConcerned, Some(by))
}

/// What is judged is kept, the rest excused by `by`.
pub(crate) fn partly(by: By) -> (Judgement, Option<By>) {
    (Judgement::Kept, Some(by))
}
