//! A design in a scenario: the fixed part of a run, its initial state and its steps.

use crate::bgworker::{self, awaited_by};
use crate::candidates::{Range, Sizes, candidates};
use crate::cluster::{Child, Cluster, ControlState, Life};
use crate::design::{Design, StatsWriter, WalsenderMarked};
use crate::machine::{Machine, StepFacts};
use crate::peer::{Peer, PeerLife};
use crate::postmaster::{PmState, Shutdown, StartupStatus, bgworker_should_start_now, has_startup};
use crate::scenario::{
    Activity, PeerState, Phase, Scenario, WalsenderKind, WalsenderScenario, WorkerStart,
};
use crate::slot::Slot;
use crate::startup::{self, StartUp, WalRcvState};
use crate::steps::{Actor, Party, STEPS, Step, StepKind, Taken};
use crate::wal::{Lsn, Record, Wal};
use crate::walsender::{Pc, WalSender, WalSndState};

/// A design and a scenario.
#[derive(Clone, Debug)]
pub struct World {
    /// The design.
    pub design: Design,
    /// The scenario.
    pub scenario: Scenario,
    /// Number of walsender places of the scenario.
    pub walsenders: usize,
    steps: Vec<Step>,
}

impl World {
    /// Puts `design` into `scenario`.
    #[must_use]
    pub fn new(design: Design, scenario: Scenario) -> World {
        let walsenders = scenario.walsenders().count();
        let sizes = Sizes {
            walsenders,
            backends: scenario.backends.iter().flatten().count(),
            workers: scenario.workers.iter().flatten().count(),
            startup: has_startup(&scenario),
            collector: design.stats_writer == StatsWriter::Collector,
        };
        World {
            design,
            scenario,
            walsenders,
            steps: candidates(sizes),
        }
    }

    /// All steps that this world could ever take, in a fixed order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Calls `each` with every enabled step of `s` and the state behind it, in a fixed order.
    pub fn successors(&self, s: &Cluster, mut each: impl FnMut(Step, Cluster)) {
        let mut after = *s;
        for &step in &self.steps {
            if step.take(self, &mut after).is_some() {
                each(step, after);
                after = *s;
            }
        }
    }

    /// Whether only the environment could still do something in `s`: every process and every
    /// working peer has done all it can, and no timeout is running.
    #[must_use]
    pub fn is_quiescent(&self, s: &Cluster) -> bool {
        let promised = |step: &&Step| step.info().party != Party::Environment;
        let mut after = *s;
        let mut steps = self.steps.iter().filter(promised);
        !steps.any(|step| step.take(self, &mut after).is_some())
    }

    /// Whether the server hangs in `s`: nothing of its own will happen, the postmaster lives, and
    /// either a stop was requested, and it does not wait for clients that a smart shutdown may wait
    /// for, or somebody waits for a child that will never be launched.
    #[must_use]
    pub fn is_deadlock(&self, s: &Cluster) -> bool {
        self.must_go_on(s) && self.is_quiescent(s)
    }

    /// Whether the server would hang if it were quiescent in `s`.
    #[must_use]
    pub fn must_go_on(&self, s: &Cluster) -> bool {
        let waiter = s.postmaster.exit.is_none() && self.has_waiter(s);
        self.owes_exit(s) || waiter
    }

    /// Whether the server owes its exit: a stop was requested, the postmaster lives, and it does
    /// not wait for clients that a smart shutdown may wait for.
    #[must_use]
    pub fn owes_exit(&self, s: &Cluster) -> bool {
        let clients = s.postmaster.shutdown == Shutdown::Smart
            && (0..self.scenario.backends.len()).any(|i| s.runs(Child::backend(i)));
        s.postmaster.exit.is_none() && s.postmaster.shutdown != Shutdown::No && !clients
    }

    /// Whether somebody waits for a child that it asked the postmaster for: a backend for its
    /// worker, the startup process for its walreceiver, clients for the end of a start-up that has
    /// no startup process any more.
    #[must_use]
    pub fn has_waiter(&self, s: &Cluster) -> bool {
        if self.scenario.faults.startup_failure > 0
            && s.postmaster.pm_state == PmState::Startup
            && s.child(Child::STARTUP).life == Life::Absent
        {
            return true;
        }
        let startup = s.runs(Child::STARTUP) && s.startup.walrcv == WalRcvState::Starting;
        startup || (0..self.scenario.backends.len()).any(|i| awaited_by(self, s, i).is_some())
    }

    /// Whether a page ends exactly at `lsn`.
    #[must_use]
    pub fn ends_page(&self, lsn: Lsn) -> bool {
        self.scenario.backlog_ends_page && lsn.0 == self.scenario.backlog_len() + 1
    }

    /// The last page boundary at or before the insert position.
    #[must_use]
    pub fn page_start(&self, wal: &Wal) -> Lsn {
        let boundary = |lsn: &Lsn| {
            self.ends_page(*lsn)
                || wal.at(*lsn) == Record::Continuation
                || lsn.0 > 1 && wal.at(Lsn(lsn.0 - 1)) == Record::Switch
        };
        (1..=wal.inserted.0)
            .rev()
            .map(Lsn)
            .find(boundary)
            .unwrap_or_default()
    }

    /// The state in which every run of this world begins: the server runs, no stop is requested
    /// yet.
    #[must_use]
    pub fn initial(&self) -> Cluster {
        let sc = &self.scenario;
        let mut s = Cluster {
            hints_left: sc.hint_records.into(),
            ..Cluster::default()
        };
        s.environment.faults_left = sc.faults;
        s.bgwriter.running_xacts_left = sc.running_xacts;
        for &record in sc.backlog.iter().take(usize::from(sc.backlog_len())) {
            s.wal.insert(record);
        }
        s.wal.flushed = Lsn(1 + sc.backlog_flushed);
        let last_commit = s.wal.range(Lsn::START, s.wal.inserted);
        let asynchronous = |record| {
            matches!(
                record,
                Record::Commit | Record::CommitOther | Record::Abort | Record::RunningXacts
            )
        };
        s.wal.async_xact = last_commit
            .filter(|&(_, record)| asynchronous(record))
            .map(|(lsn, _)| Lsn(lsn.0 + 1))
            .last()
            .unwrap_or_default();

        let running = sc.start.phase == Phase::Running;
        if sc.start.phase != Phase::Startup || self.design.checkpointer_from_start {
            s.child_mut(Child::CHECKPOINTER).life = Life::Running;
            s.child_mut(Child::BGWRITER).life = Life::Running;
        }
        if sc.walwriter && running {
            s.child_mut(Child::WALWRITER).life = Life::Running;
        }
        if sc.archiving && running {
            s.child_mut(Child::ARCHIVER).life = Life::Running;
        }
        // "PM_RUN || PM_HOT_STANDBY": ServerLoop, and where either state is entered.
        if self.design.stats_writer == StatsWriter::Collector && sc.start.phase != Phase::Startup {
            s.child_mut(Child::STATS_COLLECTOR).life = Life::Running;
        }
        self.start_up(&mut s);
        if sc.io_workers && self.design.checkpointer_exits_last {
            s.child_mut(Child::IO_WORKER).life = Life::Running;
        }
        for (i, backend) in sc.backends.iter().enumerate() {
            if let Some(backend) = backend.filter(|b| !b.connects) {
                s.child_mut(Child::backend(i)).life = Life::Running;
                s.backends[i].open_xid = backend.open_xid;
            }
        }
        for (i, ws) in sc.walsenders() {
            start_walsender(&mut s, i, &ws, self.design.walsender_marked);
        }
        s
    }

    /// The startup process, the walreceiver and the workers, as the scenario begins.
    fn start_up(&self, s: &mut Cluster) {
        let start = &self.scenario.start;
        let state = match start.phase {
            Phase::Startup => PmState::Startup,
            Phase::HotStandby => PmState::HotStandby,
            Phase::Running => PmState::Run,
        };
        s.postmaster.pm_state = state;
        if start.phase != Phase::Running {
            s.child_mut(Child::STARTUP).life = Life::Running;
            s.postmaster.launch.startup = StartupStatus::Running;
            s.control.state = ControlState::InRecovery;
            *s.startup = StartUp::forked();
        }
        if start.phase == Phase::HotStandby {
            s.startup.pc = if start.walreceiver {
                s.child_mut(Child::WALRECEIVER).life = Life::Running;
                s.startup.walrcv = WalRcvState::Streaming;
                startup::Pc::Stream
            } else if start.standby {
                startup::Pc::RetryWait
            } else {
                startup::Pc::Source
            };
        }
        for (i, worker) in self.scenario.workers.iter().enumerate() {
            let Some(worker) = worker.filter(|w| w.start != WorkerStart::OnRequest) else {
                continue;
            };
            s.workers[i].slot = bgworker::Slot::Registered;
            if bgworker_should_start_now(state, worker.start) {
                s.workers[i].slot = bgworker::Slot::Started;
                s.child_mut(Child::worker(i)).life = Life::Running;
            }
        }
    }
}

impl Machine for World {
    type State = Cluster;
    type Step = Step;

    fn initial(&self) -> Cluster {
        World::initial(self)
    }

    fn steps(&self) -> &[Step] {
        &self.steps
    }

    fn apply(&self, step: Step, s: &Cluster) -> Option<Cluster> {
        step.apply(self, s)
    }

    fn take(&self, step: Step, s: &mut Cluster) -> Taken {
        step.take(self, s)
    }

    fn facts(&self, step: Step) -> StepFacts {
        let info = step.info();
        let actor = step.actor();
        // In a loop over entries any next one will do.
        let looping = matches!(info.range, Range::Entries | Range::EntriesTwice);
        let who = if looping { 0 } else { step.at.who };
        StepFacts {
            kind: step.kind as usize,
            actor: actor.to_string(),
            by_peer: matches!(actor, Actor::Peer(_)),
            party: info.party,
            alternative: (step.kind as u32) << 8 | u32::from(who),
            function: info.function,
            file: info.file,
        }
    }

    fn kinds(&self) -> usize {
        STEPS.len()
    }

    fn faults(&self) -> Vec<(&'static str, Vec<usize>)> {
        let budget = &self.scenario.faults;
        let faults = [
            (budget.kill_walsender, StepKind::KillWalsender, 0),
            (budget.disconnect, StepKind::PeerDisconnects, 0),
            (budget.freeze, StepKind::PeerFreezes, 0),
            (budget.worker_restart, StepKind::WorkerRestarts, 0),
            (budget.archive_failure, StepKind::PgarchArchiverCopyLoop, 1),
            (budget.slot_save_failure, StepKind::SaveSlotToPathRename, 1),
            (budget.connect, StepKind::ClientConnects, 0),
            (budget.dead_end_crash, StepKind::DeadEndCrashes, 0),
            (budget.walreceiver_exit, StepKind::WalReceiverExits, 0),
            (budget.startup_failure, StepKind::StartupProcessFails, 0),
            (budget.copy_done, StepKind::PeerSendsCopyDone, 0),
        ];
        let is = |step: &Step, kind: StepKind, with: u8| step.kind == kind && step.at.with == with;
        let steps = |kind, with| {
            let numbered = self.steps.iter().enumerate();
            numbered
                .filter(|(_, step)| is(step, kind, with))
                .map(|(n, _)| n)
                .collect()
        };
        faults
            .into_iter()
            .filter(|&(budget, _, _)| budget > 0)
            .map(|(_, kind, with)| (kind.name(), steps(kind, with)))
            .collect()
    }

    fn is_stuck(&self, s: &Cluster) -> bool {
        self.is_deadlock(s)
    }
}

/// Walsender `i`, its slot and its peer, as the scenario begins.
fn start_walsender(s: &mut Cluster, i: usize, ws: &WalsenderScenario, marked: WalsenderMarked) {
    let caught_up = Lsn(1 + ws.caught_up_to);
    let saved = Lsn(1 + ws.saved_up_to);
    let streaming = ws.activity == Activity::Streaming;
    if ws.slot {
        let physical = ws.kind == WalsenderKind::Physical;
        let confirmed = |lsn| if physical { Lsn::INVALID } else { lsn };
        // A logical slot restarts at an older record than it has confirmed; a physical one at the
        // peer's flush position, which is saved only at checkpoints.
        let restart = if physical { caught_up } else { Lsn::START };
        let restart_saved = if physical { saved } else { Lsn::START };
        s.slots[i] = Slot {
            in_use: true,
            active: streaming,
            dirty: physical && restart != restart_saved,
            confirmed_flush: confirmed(caught_up),
            restart_lsn: restart,
            last_saved_confirmed_flush: confirmed(saved),
            disk_confirmed_flush: confirmed(saved),
            disk_restart_lsn: restart_saved,
            ..Slot::default()
        };
    }
    s.peers[i] = Peer {
        life: PeerLife::Gone,
        received: caught_up,
        applied: caught_up,
        durable: caught_up,
        unmapped: Lsn::INVALID,
        reported_write: caught_up,
        reported_flush: caught_up,
    };
    if ws.activity == Activity::Absent {
        return;
    }
    s.child_mut(Child::walsender(i)).life = Life::Running;
    let connecting = ws.activity == Activity::Connecting;
    let extension = ws.activity == Activity::Extension;
    s.walsenders[i] = WalSender {
        pc: match ws.activity {
            Activity::Absent => Pc::Gone,
            Activity::Connecting => Pc::Connecting,
            Activity::Streaming => Pc::Loop,
            Activity::Idle => Pc::Idle,
            Activity::Command => Pc::Command,
            Activity::Transaction => Pc::Transaction,
            Activity::Extension => Pc::Extension,
        },
        pid: !connecting,
        marked: match marked {
            WalsenderMarked::AtStart => !connecting,
            WalsenderMarked::WhenStreaming => streaming || extension,
        },
        pending_stats: ws.report_put_off,
        ..WalSender::default()
    };
    if extension {
        s.walsenders[i].state = WalSndState::Streaming;
    }
    if streaming {
        start_streaming(s, i, ws, caught_up);
    }
}

/// Walsender `i` streams to its peer, as the scenario begins.
fn start_streaming(s: &mut Cluster, i: usize, ws: &WalsenderScenario, caught_up: Lsn) {
    let reports_flush = ws.peer != crate::scenario::PeerKind::ReceivewalNoFlush;
    let flush = if reports_flush {
        caught_up
    } else {
        Lsn::INVALID
    };
    let sender = &mut s.walsenders[i];
    sender.state = WalSndState::Streaming;
    sender.sent = caught_up;
    sender.write = caught_up;
    sender.flush = flush;
    s.peers[i].reported_flush = flush;
    s.peers[i].life = match ws.peer_state {
        PeerState::Running => PeerLife::Running,
        PeerState::Frozen => PeerLife::Stuck,
        PeerState::Locked => PeerLife::Locked,
    };
}
