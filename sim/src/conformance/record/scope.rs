//! What a recording cannot tell: a run with it may be no behaviour of the world that `validate`
//! makes of its trace.

use model::design::{Design, StopPhases};
use model::scenario::{
    Activity, BackendScenario, Faults, PeerKind, PeerState, Phase, Scenario, ShutdownTimeout,
    WalsenderScenario,
};
use model::world::World;

/// Messages that a socket is taken to hold.
const SOCKET_CAPACITY: u8 = 4;

/// What in `world` a recording does not tell; empty when `validate` accepts every run of it.
#[must_use]
pub fn unsaid(world: &World) -> Vec<&'static str> {
    let sc = &world.scenario;
    let mut found = whole(sc);
    found.extend(design(&world.design, sc));
    for (_, ws) in sc.walsenders() {
        found.extend(walsender(&ws));
    }
    for backend in sc.backends.iter().flatten() {
        found.extend(of_backend(backend));
    }
    found.extend(told(&[(mixed(sc), "which of several like peers works")]));
    found.sort_unstable();
    found.dedup();
    found
}

/// Peers that the recorder can stop, by its names for them.
const STOPPABLE: [(PeerKind, &str); 4] = [
    (PeerKind::ApplyWorker, "subscriber_apply"),
    (PeerKind::RecvLogical, "pg_recvlogical"),
    (PeerKind::Walreceiver, "walreceiver"),
    (PeerKind::Receivewal, "pg_receivewal"),
];

fn any(sc: &Scenario, peer: PeerKind, state: PeerState) -> bool {
    let mut walsenders = sc.walsenders();
    walsenders.any(|(_, ws)| (ws.peer, ws.peer_state) == (peer, state))
}

/// The peers that are stopped, by the recorder's names.
pub(super) fn stopped(sc: &Scenario) -> Vec<&'static str> {
    let stopped = |&&(peer, _): &&(PeerKind, _)| any(sc, peer, PeerState::Frozen);
    let found = STOPPABLE.iter().filter(stopped);
    found.map(|&(_, name)| name).collect()
}

/// Whether subscribers wait for a lock.
pub(super) fn locked(sc: &Scenario) -> bool {
    any(sc, PeerKind::ApplyWorker, PeerState::Locked)
}

/// Whether peers of one kind are in several states.
fn mixed(sc: &Scenario) -> bool {
    STOPPABLE.iter().any(|&(peer, _)| {
        let states = [PeerState::Running, PeerState::Frozen, PeerState::Locked];
        let there = states.into_iter().filter(|&state| any(sc, peer, state));
        there.count() > 1
    })
}

fn told(parts: &[(bool, &'static str)]) -> Vec<&'static str> {
    let unsaid = parts.iter().filter(|(there, _)| *there);
    unsaid.map(|&(_, what)| what).collect()
}

fn whole(sc: &Scenario) -> Vec<&'static str> {
    let faults = Faults {
        kill_walsender: 0,
        connect: 0,
        archive_failure: 0,
        ..sc.faults
    };
    told(&[
        (sc.start.phase != Phase::Running, "start-up and recovery"),
        (sc.workers.iter().any(Option::is_some), "background workers"),
        (sc.running_xacts > 0, "WAL of the bgwriter"),
        (sc.segment_ends[0] > 0, "ends of segments"),
        (sc.hint_records > 0, "hint records"),
        (
            sc.backlog_flushed < sc.backlog_len(),
            "WAL that is not flushed",
        ),
        (sc.backlog_ends_page, "page ends"),
        (sc.wal_receiver_timeout, "`wal_receiver_timeout`"),
        (
            sc.shutdown_timeout != ShutdownTimeout::Never,
            "`wal_sender_shutdown_timeout`",
        ),
        (sc.socket_capacity != SOCKET_CAPACITY, "a socket's capacity"),
        (sc.send_batch > 0, "`MAX_SEND_SIZE`"),
        (sc.helper_stats, "statistics of helpers"),
        (sc.dead_end_hangs, "silent clients of dead-end children"),
        (
            faults != Faults::default(),
            "faults but kill, connect, failed archiving",
        ),
    ])
}

fn design(design: &Design, sc: &Scenario) -> Vec<&'static str> {
    told(&[
        (
            design.stop_phases != StopPhases::TwoByProcSignal,
            "a stop in one phase",
        ),
        // Before e6a442c71b the stop kills the archiver, and the postmaster launches another.
        (
            sc.archiving && !design.archiver_outlives_checkpoint,
            "an archiver that is launched during the stop",
        ),
    ])
}

fn walsender(ws: &WalsenderScenario) -> Vec<&'static str> {
    let known = match ws.peer {
        PeerKind::ApplyWorker
        | PeerKind::RecvLogical
        | PeerKind::Walreceiver
        | PeerKind::Receivewal => true,
        PeerKind::ApplyWorkerSynchronous
        | PeerKind::AnswersWhenAsked
        | PeerKind::ConfirmsCommitsOnly
        | PeerKind::OverAcknowledges
        | PeerKind::ReceivewalNoFlush
        | PeerKind::ReceivewalSegmentFlush => false,
    };
    let plain = matches!(ws.activity, Activity::Streaming | Activity::Absent);
    told(&[
        (!known, "other peers than those of the recorder"),
        // The fold may put a transaction where there was none, and such a peer stops at it.
        (
            ws.peer_state == PeerState::Locked,
            "where a peer waits for a lock",
        ),
        (!plain, "walsenders that do not stream"),
        (!ws.slot, "walsenders without a slot"),
        (
            ws.failover || ws.synchronized_standby,
            "`synchronized_standby_slots`",
        ),
        (ws.obsolete, "`max_slot_wal_keep_size`"),
        (ws.report_put_off, "statistics of walsenders"),
    ])
}

fn of_backend(backend: &BackendScenario) -> Vec<&'static str> {
    let writes = backend.open_xid || backend.may_commit || backend.async_commit;
    told(&[
        (writes, "WAL of backends"),
        (backend.connects, "backends that connect"),
        (
            backend.requests_checkpoint,
            "checkpoints that are asked for",
        ),
    ])
}
