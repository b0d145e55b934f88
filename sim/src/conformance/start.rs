//! The state in which a recorded stop begins: a scenario read off the trace, and the positions
//! that its slots and peers had.

use model::bounds::{BACKENDS_MAX, REQUESTS_MAX, WALSENDERS_MAX, WORKERS_MAX};
use model::cluster::{Child, Cluster, Life};
use model::design::Design;
use model::peer::PeerLife;
use model::scenario::{
    Activity, AfterStop, BackendScenario, Faults, PeerKind, PeerState, Scenario, ShutdownTimeout,
    StartScenario, StopMode, WalsenderKind, WalsenderScenario,
};
use model::wal::{Lsn, Record};
use model::world::World;

use super::cast::{Cast, Place};
use super::events::{Stream, What};
use super::outcome::{OutcomeFacts, SlotFacts};
use super::positions::Fold;
use super::raw::Raw;

/// What the start is read off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sources<'a> {
    pub(super) raws: &'a [Raw],
    pub(super) cast: &'a Cast,
    pub(super) fold: &'a Fold,
    pub(super) outcome: &'a OutcomeFacts,
    pub(super) streams: &'a [Stream],
}

impl Sources<'_> {
    fn count(&self, of: impl Fn(&What) -> bool) -> u8 {
        let events = self.streams.iter().flat_map(|s| &s.events);
        u8::try_from(events.filter(|e| of(&e.what)).count()).unwrap_or(u8::MAX)
    }

    fn has(&self, child: Child) -> bool {
        self.cast.members(child).next().is_some()
    }

    /// The facts about slot `i`, completed from the trace where there is no outcome.
    fn slot(&self, i: usize) -> SlotFacts {
        let name = &self.cast.walsenders[i];
        if let Some(facts) = self.outcome.slots.get(name) {
            return facts.clone();
        }
        let actor = format!("walsender:{name}");
        let mine = || self.raws.iter().filter(|r| r.actor == actor);
        let sent = mine().find_map(|r| r.lsn("sentPtr"));
        let flush = mine().find_map(|r| r.lsn("flush"));
        let saved = self.raws.iter().find(|r| r.text("slot") == Some(name));
        let restart = saved.and_then(|r| r.lsn("restart_lsn"));
        let confirmed = flush.or(saved.and_then(|r| r.lsn("confirmed_flush")));
        SlotFacts {
            physical: mine().any(|r| r.text("head") == Some("r")),
            active: mine().next().is_some(),
            confirmed: confirmed.or(sent),
            restart,
            sent,
            flush,
            ..SlotFacts::default()
        }
    }
}

/// The world of the trace, and the state in which it begins.
pub(super) fn start(design: Design, sources: Sources<'_>) -> (World, Cluster) {
    let world = World::new(design, scenario(sources));
    let mut s = world.initial();
    for child in [Child::BGWRITER, Child::CHECKPOINTER] {
        if !sources.has(child) {
            s.child_mut(child).life = Life::Absent;
        }
    }
    for i in 0..sources.cast.walsenders.len() {
        walsender(&mut s, i, sources);
    }
    (world, s)
}

fn scenario(sources: Sources<'_>) -> Scenario {
    let Sources {
        fold,
        outcome,
        cast,
        ..
    } = sources;
    let mut walsenders = [None; WALSENDERS_MAX];
    for (place, i) in walsenders.iter_mut().zip(0..cast.walsenders.len()) {
        *place = Some(walsender_scenario(i, sources));
    }
    let mut backlog = [Record::None; model::bounds::WAL_MAX];
    for (place, &record) in backlog.iter_mut().zip(&fold.records) {
        *place = record;
    }
    let mut backends = [None; BACKENDS_MAX];
    if sources.has(Child::backend(0)) {
        backends[0] = Some(BackendScenario {
            open_xid: false,
            may_commit: false,
            async_commit: false,
            client_leaves: true,
            connects: false,
            requests_checkpoint: false,
        });
    }
    let archiving = cast.places.keys().any(|name| name == "archiver");
    let archived = sources.count(|w| *w == What::Archived);
    Scenario {
        walsenders,
        backends,
        backlog,
        backlog_flushed: u8::try_from(fold.records.len()).unwrap_or(u8::MAX),
        backlog_ends_page: false,
        requests: requests(sources),
        running_xacts: 0,
        walwriter: sources.has(Child::WALWRITER),
        archiving,
        segment_ends: Default::default(),
        wal_keep_size: 0,
        hint_records: 0,
        wal_sender_timeout: !outcome.no_sender_timeout,
        wal_receiver_timeout: false,
        shutdown_timeout: ShutdownTimeout::Never,
        socket_capacity: 4,
        send_batch: 0,
        io_workers: sources.has(Child::IO_WORKER),
        workers: [None; WORKERS_MAX],
        start: StartScenario::default(),
        dead_end_hangs: false,
        authentication_timeout: true,
        helper_stats: false,
        faults: Faults {
            kill_walsender: sources.count(|w| matches!(w, What::Sigkill(_))),
            connect: sources.count(|w| *w == What::Fork),
            archive_failure: u8::from(archiving && archived == 0),
            ..Faults::default()
        },
        after: AfterStop::Restart,
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an observation is no protocol state: only some kinds are asked for"
)]
fn requests(sources: Sources<'_>) -> [Option<StopMode>; REQUESTS_MAX] {
    let mut requests = [None; REQUESTS_MAX];
    let events = sources.streams.iter().flat_map(|s| &s.events);
    let asked = events.filter_map(|e| match e.what {
        What::Request(mode) => Some(mode),
        _ => None,
    });
    for (place, mode) in requests.iter_mut().zip(asked) {
        *place = Some(mode);
    }
    requests
}

fn walsender_scenario(i: usize, sources: Sources<'_>) -> WalsenderScenario {
    let facts = sources.slot(i);
    let name = format!("walsender:{}", sources.cast.walsenders[i]);
    let here = sources.cast.place(&name) != Place::Outside;
    let peer = match (facts.application.as_deref(), facts.physical) {
        (Some("pg_recvlogical"), _) => PeerKind::RecvLogical,
        (Some("pg_receivewal"), _) => PeerKind::Receivewal,
        (_, true) => PeerKind::Walreceiver,
        (_, false) => PeerKind::ApplyWorker,
    };
    let stopped = |target: &str| {
        let mut raws = sources.raws.iter();
        raws.any(|r| r.ev == "sigstop" && r.text("target") == Some(target))
    };
    let locked = sources.raws.iter().any(|r| r.ev == "lock_table");
    let peer_state = match peer {
        PeerKind::ApplyWorker if stopped("subscriber_apply") => PeerState::Frozen,
        PeerKind::ApplyWorker if locked => PeerState::Locked,
        PeerKind::Receivewal if stopped("pg_receivewal") => PeerState::Frozen,
        PeerKind::RecvLogical if stopped("pg_recvlogical") => PeerState::Frozen,
        PeerKind::Walreceiver if stopped("walreceiver") => PeerState::Frozen,
        PeerKind::ApplyWorker
        | PeerKind::ApplyWorkerSynchronous
        | PeerKind::RecvLogical
        | PeerKind::AnswersWhenAsked
        | PeerKind::ConfirmsCommitsOnly
        | PeerKind::OverAcknowledges
        | PeerKind::Walreceiver
        | PeerKind::Receivewal
        | PeerKind::ReceivewalNoFlush
        | PeerKind::ReceivewalSegmentFlush => PeerState::Running,
    };
    WalsenderScenario {
        kind: if facts.physical {
            WalsenderKind::Physical
        } else {
            WalsenderKind::Logical
        },
        activity: if here {
            Activity::Streaming
        } else {
            Activity::Absent
        },
        peer,
        peer_state,
        slot: true,
        failover: false,
        synchronized_standby: false,
        caught_up_to: 0,
        saved_up_to: 0,
        obsolete: false,
        report_put_off: false,
    }
}

/// What the walsender confirms before a trace shows a reply, if it does.
fn confirms_first(i: usize, sources: Sources<'_>) -> Option<u64> {
    let actor = format!("walsender:{}", sources.cast.walsenders[i]);
    let confirms = |r: &&Raw| r.text("fn") == Some("LogicalConfirmReceivedLocation");
    let mut mine = sources.raws.iter().filter(|r| r.actor == actor);
    let first = mine.find(|r| confirms(r) || r.text("msg") == Some("StandbyStatus"))?;
    first.lsn("lsn").filter(|_| confirms(&first))
}

/// Puts walsender, slot and peer where they were.
fn walsender(s: &mut Cluster, i: usize, sources: Sources<'_>) {
    let facts = sources.slot(i);
    let at = |lsn: Option<u64>| lsn.map(|lsn| sources.fold.at(lsn));
    let confirmed = at(facts.confirmed).unwrap_or(Lsn::START);
    let restart = at(facts.restart).unwrap_or(Lsn::START);
    let writes = sources.count(|w| matches!(w, What::SlotSave(slot, ..) if *slot == i));
    let slot = &mut s.slots[i];
    slot.restart_lsn = restart;
    // A file that the stop leaves alone shows what was in it before: never more than memory has.
    let untouched = at(facts.disk_restart).filter(|&disk| writes == 0 && disk <= restart);
    slot.disk_restart_lsn = untouched.unwrap_or(restart);
    let (sent, flush) = if facts.physical {
        let saved = What::SlotSave(i, Lsn::INVALID, restart);
        // Whether it was dirty before the stop cannot be seen; that it was saved can.
        slot.dirty = sources.count(|w| *w == saved) > 0;
        let sent = facts
            .sent
            .map_or(Lsn::START, |lsn| sources.fold.ceiling(lsn));
        (sent, at(facts.flush).unwrap_or(restart))
    } else {
        let disk = at(facts.disk_before).unwrap_or(Lsn::START);
        slot.confirmed_flush = confirmed;
        slot.last_saved_confirmed_flush = disk;
        slot.disk_confirmed_flush = disk;
        (confirmed, confirmed)
    };
    // The recording may begin between a reply's receipt and what it moves.
    let flush =
        confirms_first(i, sources).map_or(flush, |lsn| flush.max(at(Some(lsn)).unwrap_or(flush)));
    let sender = &mut s.walsenders[i];
    if sender.pid {
        sender.sent = sent;
        sender.write = sent;
        sender.flush = flush;
    }
    let peer = &mut s.peers[i];
    peer.received = sent;
    peer.applied = sent;
    peer.durable = flush;
    peer.reported_write = sent;
    peer.reported_flush = flush;
    if peer.life == PeerLife::Gone {
        peer.received = flush;
        peer.applied = flush;
    }
}
