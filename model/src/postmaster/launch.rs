//! Launching children: the PMSIGNALs of start-up and of background workers, missing helpers, and
//! what the end of the startup process means.

use super::state_machine::{handle_child_crash, handle_fatal_error};
use super::{ExitStatus, PmState, Shutdown};
use crate::bgworker::Slot;
use crate::cluster::{Child, Cluster, Life, Signal};
use crate::design::StatsWriter;
use crate::scenario::{Phase, Scenario, WorkerStart};
use crate::startup::{self, StartUp};
use crate::steps::{At, TAKEN, Taken};
use crate::world::World;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// A PMSIGNAL that makes the postmaster launch or go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PmSignal {
    /// `PMSIGNAL_RECOVERY_STARTED`.
    RecoveryStarted = 1,
    /// `PMSIGNAL_BEGIN_HOT_STANDBY`.
    BeginHotStandby = 2,
    /// `PMSIGNAL_START_WALRECEIVER`.
    StartWalReceiver = 4,
    /// `PMSIGNAL_BACKGROUND_WORKER_CHANGE`.
    BackgroundWorkerChange = 8,
}

/// All of them, in the order of the handler's tests.
const PM_SIGNALS: [PmSignal; 4] = [
    PmSignal::RecoveryStarted,
    PmSignal::BeginHotStandby,
    PmSignal::StartWalReceiver,
    PmSignal::BackgroundWorkerChange,
];

/// `StartupStatus`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum StartupStatus {
    /// `STARTUP_NOT_RUNNING`.
    #[default]
    NotRunning,
    /// `STARTUP_RUNNING`.
    Running,
    /// `STARTUP_SIGNALED`: we sent it a SIGQUIT or SIGKILL.
    Signaled,
    /// `STARTUP_CRASHED`.
    Crashed,
}

/// The postmaster's variables about launching.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Launch {
    /// Pending PMSIGNALs, a bit each ([`PmSignal`]).
    pub pmsignals: u8,
    /// `WalReceiverRequested`.
    pub walreceiver_requested: bool,
    /// `StartupStatus`.
    pub startup: StartupStatus,
}

impl Launch {
    /// `SendPostmasterSignal`.
    pub fn send(&mut self, signal: PmSignal) {
        self.pmsignals |= signal as u8;
    }

    /// Whether `signal` is pending.
    #[must_use]
    pub fn has(&self, signal: PmSignal) -> bool {
        self.pmsignals & signal as u8 != 0
    }

    /// SIGQUIT or SIGKILL went to all children.
    pub(super) fn startup_told_to_quit(&mut self) {
        if self.startup == StartupStatus::Running {
            self.startup = StartupStatus::Signaled;
        }
    }
}

/// A PMSIGNAL of the launching kind is acted upon.
///
/// RECOVERY_STARTED is tested before BEGIN_HOT_STANDBY, the others in any order, because a flag can
/// be set just after its test.
/// Source: master `postmaster.c` `process_pm_pmsignal`; up to 15 `sigusr1_handler`.
#[must_use]
pub fn process_pm_pmsignal_launch(w: &World, s: &mut Cluster, at: At) -> Taken {
    let signal = PM_SIGNALS[usize::from(at.with)];
    let launch = &s.postmaster.launch;
    let too_early = signal == PmSignal::BeginHotStandby && launch.has(PmSignal::RecoveryStarted);
    if s.postmaster.exit.is_some() || !launch.has(signal) || too_early {
        return None;
    }

    s.postmaster.launch.pmsignals &= !(signal as u8);
    let stopping = s.postmaster.shutdown != Shutdown::No && w.design.no_launch_after_stop;
    match signal {
        PmSignal::RecoveryStarted => {
            if s.postmaster.pm_state == PmState::Startup && !stopping {
                recovery_started(w, s);
            }
        }
        PmSignal::BeginHotStandby => {
            if s.postmaster.pm_state == PmState::Recovery && !stopping {
                s.postmaster.pm_state = PmState::HotStandby;
                s.postmaster.conns_refused = false;
            }
        }
        PmSignal::StartWalReceiver => {
            s.postmaster.launch.walreceiver_requested = true;
            maybe_start_walreceiver(w, s);
            // Up to e5d494d78c nothing remembers a request that cannot be served now.
            s.postmaster.launch.walreceiver_requested &= w.design.walreceiver_request_kept;
        }
        PmSignal::BackgroundWorkerChange => background_worker_state_change(w, s),
    }
    if !w.design.server_loop_launches {
        maybe_start_bgworkers(w, s);
    }
    TAKEN
}

/// "WAL redo has started. We're out of reinitialization." Up to 14 checkpointer and bgwriter are
/// launched here.
fn recovery_started(w: &World, s: &mut Cluster) {
    s.postmaster.fatal_error = false;
    if s.postmaster.abort_timer && !w.design.startup_quit_expected {
        s.failures.assert_abort_timer = true;
    }
    s.postmaster.abort_timer = false;
    s.postmaster.pm_state = PmState::Recovery;
    start_missing_helpers(w, s);
}

/// `MaybeStartWalReceiver`.
fn maybe_start_walreceiver(w: &World, s: &mut Cluster) {
    let pm = &s.postmaster;
    let state = matches!(
        pm.pm_state,
        PmState::Startup | PmState::Recovery | PmState::HotStandby | PmState::WaitReadonly
    );
    // Since 0038f94387 a smart stop leaves a standby in PM_HOT_STANDBY: "Shutdown <= SmartShutdown"
    let may = !w.design.no_launch_after_stop
        || pm.shutdown == Shutdown::No
        || pm.shutdown == Shutdown::Smart && w.design.smart_stays_in_run;
    if pm.launch.walreceiver_requested
        && s.child(Child::WALRECEIVER).life == Life::Absent
        && state
        && may
    {
        s.postmaster.launch.walreceiver_requested = false;
        s.child_mut(Child::WALRECEIVER).life = Life::Running;
    }
}

/// `BackgroundWorkerStateChange`: new requests are taken over or cancelled, those whom somebody
/// wants gone are told to go.
fn background_worker_state_change(w: &World, s: &mut Cluster) {
    let allow_new = !w.design.worker_requests_cancelled || s.postmaster.pm_state.is_before_stop();
    for i in 0..s.workers.len() {
        let worker = s.workers[i];
        let cancelled = worker.terminate || !allow_new;
        match worker.slot {
            Slot::Requested if cancelled => s.workers[i].slot = Slot::Stopped,
            Slot::Requested => s.workers[i].slot = Slot::Registered,
            // "Report never-started, now-terminated worker as dead."
            Slot::Registered if worker.terminate => s.workers[i].slot = Slot::Stopped,
            Slot::Started if worker.terminate => s.kill(Child::worker(i), Signal::Term),
            Slot::Free | Slot::Registered | Slot::Started | Slot::Stopped => {}
        }
    }
}

/// `ForgetUnstartedBackgroundWorkers`: those for whom somebody waits.
pub(super) fn forget_unstarted_background_workers(w: &World, s: &mut Cluster) {
    for i in 0..s.workers.len() {
        let awaited = w.scenario.workers[i].is_some_and(|w| w.start == WorkerStart::OnRequest);
        if w.design.worker_requests_cancelled && awaited && s.workers[i].slot == Slot::Registered {
            s.workers[i].slot = Slot::Stopped;
        }
    }
}

/// Helpers that are missing in this state are launched, then a walreceiver, then workers.
///
/// Enabled where something is missing. A stop request may come first: from 16 on where
/// `ServerLoop` got several events at once, say a connection besides its latch ("handled
/// unconditionally, even if we didn't see WL_LATCH_SET"), up to 15 as another signal. Up to 17 the
/// handlers launch a part themselves.
/// Source: master `postmaster.c` `LaunchMissingBackgroundProcesses`; up to 17 `ServerLoop`.
#[must_use]
pub fn launch_missing_background_processes(w: &World, s: &mut Cluster, _at: At) -> Taken {
    if s.postmaster.exit.is_some() {
        return None;
    }
    let before = *s;

    start_missing_helpers(w, s);
    maybe_start_walreceiver(w, s);
    maybe_start_bgworkers(w, s);
    s.if_changed(&before)
}

fn start_missing_helpers(w: &World, s: &mut Cluster) {
    let state = s.postmaster.pm_state;
    let run = state == PmState::Run;
    let early = matches!(state, PmState::Recovery | PmState::HotStandby)
        || state == PmState::Startup && w.design.checkpointer_from_start;
    // Before e6a442c71b "even if we are shutting down".
    let archiver = run || !w.design.archiver_outlives_checkpoint && state >= PmState::Run;
    let serving = matches!(state, PmState::Run | PmState::HotStandby);
    let collector = w.design.stats_writer == StatsWriter::Collector;
    for (child, due) in [
        (Child::CHECKPOINTER, run || early),
        (Child::BGWRITER, run || early),
        (Child::WALWRITER, run && w.scenario.walwriter),
        (Child::ARCHIVER, archiver && w.scenario.archiving),
        (Child::STATS_COLLECTOR, collector && serving),
    ] {
        if due && s.child(child).life == Life::Absent {
            s.child_mut(child).life = Life::Running;
        }
    }
}

/// `bgworker_should_start_now`: PM_RUN falls through to PM_HOT_STANDBY, and that to the states
/// before. The worker of a parallel query asks for a consistent state.
///
/// Source: master `postmaster.c` `bgworker_should_start_now`, "if (start_time ==
/// BgWorkerStart_ConsistentState) return true"; `parallel.c` `LaunchParallelWorkers`,
/// "worker.bgw_start_time = BgWorkerStart_ConsistentState".
pub(crate) fn bgworker_should_start_now(state: PmState, start: WorkerStart) -> bool {
    match start {
        WorkerStart::PostmasterStart => matches!(
            state,
            PmState::Startup | PmState::Recovery | PmState::HotStandby | PmState::Run
        ),
        WorkerStart::ConsistentState | WorkerStart::OnRequest => {
            matches!(state, PmState::HotStandby | PmState::Run)
        }
        WorkerStart::RecoveryFinished => state == PmState::Run,
    }
}

/// `maybe_start_bgworkers`.
fn maybe_start_bgworkers(w: &World, s: &mut Cluster) {
    if s.postmaster.fatal_error {
        return;
    }
    for (i, worker) in w.scenario.workers.iter().enumerate() {
        let Some(worker) = worker else { continue };
        let due = bgworker_should_start_now(s.postmaster.pm_state, worker.start);
        if s.workers[i].slot == Slot::Registered && due {
            s.workers[i].slot = Slot::Started;
            s.child_mut(Child::worker(i)).life = Life::Running;
        }
    }
}

/// The startup process was reaped; up to 17 the helpers of PM_RUN are launched at once.
///
/// Source: master `postmaster.c` `process_pm_child_exit`, "Check if this child was a startup
/// process"; up to 15 `reaper`.
pub(super) fn startup_exited(w: &World, s: &mut Cluster, life: Life) {
    s.startup.pc = startup::Pc::Gone;
    let in_startup = s.postmaster.pm_state == PmState::Startup;
    let smart = s.postmaster.shutdown == Shutdown::Smart;
    let repaired = w.design.smart_stop_outlives_recovery && smart && life == Life::Exited0;
    if repaired && s.postmaster.pm_state == PmState::HotStandby {
        s.postmaster.launch.startup = StartupStatus::NotRunning;
        s.postmaster.pm_state = PmState::Run;
        return;
    }
    if s.postmaster.shutdown != Shutdown::No && life != Life::Crashed {
        s.postmaster.launch.startup = StartupStatus::NotRunning;
        s.postmaster.pm_state = PmState::WaitBackends;
        return;
    }
    if life == Life::Exited0 {
        s.postmaster.launch.startup = StartupStatus::NotRunning;
        s.postmaster.fatal_error = false;
        if s.postmaster.abort_timer && !w.design.startup_quit_expected {
            s.failures.assert_abort_timer = true;
        }
        s.postmaster.abort_timer = false;
        s.postmaster.pm_state = PmState::Run;
        s.postmaster.conns_refused = false;
        if !w.design.server_loop_launches {
            // "Crank up any background tasks that we didn't start earlier already."
            start_missing_helpers(w, s);
            maybe_start_bgworkers(w, s);
        }
        return;
    }
    let told = s.postmaster.launch.startup == StartupStatus::Signaled;
    let expected = told && w.design.startup_quit_expected;
    if in_startup && !expected && !w.design.startup_crash_waits {
        // Up to 9b43e6793b: "There are no other processes running yet, so we can just exit".
        s.postmaster.exit = ExitStatus::Failure;
        return;
    }
    if told {
        s.postmaster.launch.startup = StartupStatus::NotRunning;
        if in_startup && expected {
            s.postmaster.pm_state = PmState::WaitBackends;
        }
    } else {
        s.postmaster.launch.startup = StartupStatus::Crashed;
        // 18.4 on "HandleChildCrash() would do nothing, leaving the state machine stuck".
        let restarting = s.postmaster.fatal_error && s.postmaster.shutdown != Shutdown::Immediate;
        if w.design.startup_failure_after_crash_ends && restarting {
            handle_fatal_error(w, s);
            return;
        }
    }
    handle_child_crash(w, s);
}

/// "all server processes terminated; reinitializing".
///
/// Source: master `postmaster.c` `PostmasterStateMachine`, "reset shmem and start the startup
/// process".
pub(super) fn reinitialize(s: &mut Cluster) {
    s.postmaster.pm_state = PmState::Startup;
    s.postmaster.abort_timer = false;
    s.postmaster.launch = Launch {
        startup: StartupStatus::Running,
        ..Launch::default()
    };
    *s.startup = StartUp::forked();
    s.child_mut(Child::STARTUP).life = Life::Running;
    *s.checkpointer = crate::checkpointer::Checkpointer::default();
}

/// Whether a scenario can have a startup process.
pub(crate) fn has_startup(scenario: &Scenario) -> bool {
    scenario.start.phase != Phase::Running || scenario.start.restart_after_crash
}
