//! The postmaster: takes stop requests, signals its children in order, reaps them, and exits.
//!
//! | step | function (18+ / up to 15) | when |
//! |---|---|---|
//! | [`process_pm_shutdown_request`] | `process_pm_shutdown_request` / `pmdie` | a stop request is pending |
//! | [`process_pm_child_exit`] | `process_pm_child_exit` / `reaper` | a child has ended |
//! | [`process_pm_pmsignal`] | `process_pm_pmsignal` / `sigusr1_handler` | a child sent a PMSIGNAL |
//! | [`process_pm_pmsignal_launch`] | same | one that launches others |
//! | [`launch_missing_background_processes`] | `LaunchMissingBackgroundProcesses` / `ServerLoop` | a helper is missing |
//! | [`server_loop_accept`] | `ServerLoop` | a client has connected |
//! | [`server_loop_sigkill_children`] | `ServerLoop` | children outlive SIGQUIT by 5 s |
//!
//! Each of the first three ends in `state_machine`, `PostmasterStateMachine`.
//!
//! *Grain*: up to 15 each handler runs with all signals blocked; from 16 on handlers only set flags
//! that nobody but `ServerLoop` reads. Either way no other process can look in between. The order
//! shutdown, child exit, PMSIGNAL within one wake-up binds nobody, because a flag can also be set
//! just after its test: so the steps are offered in any order. One child is reaped a step: a child
//! that is not yet reaped is, for the state machine, still there.
//!
//! *Simplified*: the autovacuum and replication launchers and the syslogger are left out: the
//! former go in the round of SIGTERM in which the bgwriter and workers go, and write no WAL then.
//!
//! *Break it*: let `stop_backends` spare the bgwriter (`no-panic` fails); forget SIGUSR2 to the
//! walsenders in `xlog_is_shut_down` (`no-deadlock` fails).
//!
//! *Checked*: unique states and depths of the default scenarios are pinned in
//! `sim/tests/exhaustive.rs`.

mod exit_status;
mod launch;
mod request;
mod state_machine;

use crate::bgworker::Slot;
use crate::cluster::{Child, Cluster, Life, Signal};
use crate::environment::Connection;
use crate::steps::{At, TAKEN, Taken};
use crate::world::World;
pub use exit_status::ExitStatus;
pub use launch::{
    Launch, PmSignal, StartupStatus, launch_missing_background_processes,
    process_pm_pmsignal_launch,
};
pub(crate) use launch::{bgworker_should_start_now, has_startup};
pub use request::process_pm_shutdown_request;
use state_machine::{handle_child_crash, handle_fatal_error, state_machine};
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// `pmState`, as far as a shutdown reaches. Up to 17 and from 18 on the middle differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum PmState {
    /// `PM_STARTUP`.
    Startup,
    /// `PM_RECOVERY`.
    Recovery,
    /// `PM_HOT_STANDBY`.
    HotStandby,
    /// `PM_RUN`.
    #[default]
    Run,
    /// `PM_STOP_BACKENDS`, left within the step that enters it.
    StopBackends,
    /// `PM_WAIT_READONLY` (before 0038f94387).
    WaitReadonly,
    /// `PM_WAIT_BACKENDS`.
    WaitBackends,
    /// `PM_SHUTDOWN` (up to 17).
    Shutdown,
    /// `PM_SHUTDOWN_2` (up to 17).
    Shutdown2,
    /// `PM_WAIT_XLOG_SHUTDOWN` (18+).
    WaitXlogShutdown,
    /// `PM_WAIT_XLOG_ARCHIVAL` (18+).
    WaitXlogArchival,
    /// `PM_WAIT_IO_WORKERS` (18+).
    WaitIoWorkers,
    /// `PM_WAIT_CHECKPOINTER` (18+).
    WaitCheckpointer,
    /// `PM_WAIT_DEAD_END`.
    WaitDeadEnd,
    /// `PM_NO_CHILDREN`, left within the step that enters it.
    NoChildren,
}

impl PmState {
    /// `pmState < PM_STOP_BACKENDS`.
    #[must_use]
    pub fn is_before_stop(self) -> bool {
        self <= PmState::Run
    }
}

/// `Shutdown`: only ever raised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum Shutdown {
    /// `NoShutdown`.
    #[default]
    No,
    /// `SmartShutdown`.
    Smart,
    /// `FastShutdown`.
    Fast,
    /// `ImmediateShutdown`.
    Immediate,
}

/// The postmaster's variables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Postmaster {
    /// `pmState`.
    pub pm_state: PmState,
    /// `Shutdown`.
    pub shutdown: Shutdown,
    /// `FatalError`.
    pub fatal_error: bool,
    /// `connsAllowed`, negated: a smart shutdown closed the door.
    pub conns_refused: bool,
    /// `AbortStartTime != 0`: the SIGKILL timer runs.
    pub abort_timer: bool,
    /// Pending stop requests: smart, fast, immediate.
    pub requests: [bool; 3],
    /// `PMSIGNAL_ADVANCE_STATE_MACHINE` is pending.
    pub pmsignal_advance: bool,
    /// `PMSIGNAL_XLOG_IS_SHUTDOWN` is pending (18+).
    pub pmsignal_xlog_is_shutdown: bool,
    /// What it needs to launch children.
    pub launch: Launch,
    /// Exit status, once it has exited.
    pub exit: ExitStatus,
}

impl Postmaster {
    /// Whether clients may connect as far as the state is concerned (`canAcceptConnections`).
    #[must_use]
    pub fn lets_clients_in(&self) -> bool {
        let open = matches!(self.pm_state, PmState::Run | PmState::HotStandby);
        open && !self.conns_refused
    }

    fn is_crashing(&self) -> bool {
        self.fatal_error || self.shutdown == Shutdown::Immediate
    }
}

/// What the postmaster counts a child as (`BACKEND_TYPE_*` up to 17, `B_*` from 18 on).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChildClass {
    Checkpointer,
    Archiver,
    IoWorker,
    DeadEnd,
    WalSender,
    /// Backends, and walsenders that have not declared themselves yet.
    Regular,
    /// bgwriter and walwriter.
    Helper,
    Startup,
    WalReceiver,
    StatsCollector,
    /// A background worker.
    Worker,
}

fn class_of(s: &Cluster, child: Child) -> ChildClass {
    match child {
        Child::CHECKPOINTER => ChildClass::Checkpointer,
        Child::ARCHIVER => ChildClass::Archiver,
        Child::IO_WORKER => ChildClass::IoWorker,
        Child::DEAD_END => ChildClass::DeadEnd,
        Child::BGWRITER | Child::WALWRITER => ChildClass::Helper,
        Child::STARTUP => ChildClass::Startup,
        Child::WALRECEIVER => ChildClass::WalReceiver,
        Child::STATS_COLLECTOR => ChildClass::StatsCollector,
        Child(_) => match child.as_walsender() {
            Some(i) if s.walsenders.flags(i).marked => ChildClass::WalSender,
            None if child.as_worker().is_some() => ChildClass::Worker,
            Some(_) | None => ChildClass::Regular,
        },
    }
}

/// `CountChildren`: a child is counted until it is reaped.
fn any_child(s: &Cluster, of: impl Fn(ChildClass) -> bool) -> bool {
    Child::all().any(|c| s.child(c).life != Life::Absent && of(class_of(s, c)))
}

/// `SignalChildren` / `SignalSomeChildren`.
fn signal_children(s: &mut Cluster, signal: Signal, to: impl Fn(ChildClass) -> bool) {
    for child in Child::all() {
        if to(class_of(s, child)) {
            s.kill(child, signal);
        }
    }
}

/// `TerminateChildren(SIGQUIT)`; up to 17 dead-end children are spared.
fn terminate_children(w: &World, s: &mut Cluster) {
    let dead_ends = w.design.dead_end_signalled;
    signal_children(s, Signal::Quit, |c| dead_ends || c != ChildClass::DeadEnd);
    s.postmaster.launch.startup_told_to_quit();
}

/// One child that has ended is reaped.
///
/// Source: master `postmaster.c` `process_pm_child_exit`, `CleanupBackend`; up to 15 `reaper`.
#[must_use]
pub fn process_pm_child_exit(w: &World, s: &mut Cluster, at: At) -> Taken {
    let child = Child(at.who);
    let life = s.child(child).life;
    if matches!(life, Life::Absent | Life::Running) || s.postmaster.exit.is_some() {
        return None;
    }

    let class = class_of(s, child);
    s.child_mut(child).life = Life::Absent;
    let fine = match class {
        ChildClass::Helper => life == Life::Exited0,
        ChildClass::Checkpointer => {
            let expected = if w.design.checkpointer_exits_last {
                PmState::WaitCheckpointer
            } else {
                PmState::Shutdown
            };
            life == Life::Exited0 && s.postmaster.pm_state == expected
        }
        // "no need to force reset of the rest of the system", however it ended.
        ChildClass::StatsCollector => true,
        // Up to d75288fb27 LogChildExit is all there is to it.
        ChildClass::Archiver => life != Life::Crashed || !w.design.archiver_auxiliary,
        ChildClass::IoWorker
        | ChildClass::DeadEnd
        | ChildClass::WalSender
        | ChildClass::WalReceiver
        | ChildClass::Worker
        | ChildClass::Startup
        | ChildClass::Regular => life != Life::Crashed,
    };
    if let Some(i) = child.as_worker() {
        s.workers[i].slot = Slot::Stopped;
    }
    if class == ChildClass::Startup {
        launch::startup_exited(w, s, life);
    } else if !fine {
        handle_child_crash(w, s);
    } else if class == ChildClass::Checkpointer {
        checkpointer_exited(w, s);
    }
    if s.postmaster.exit.is_none() {
        state_machine(w, s);
    }
    TAKEN
}

/// The checkpointer exited with status 0 when it should: up to 17 the WAL is shut down now.
fn checkpointer_exited(w: &World, s: &mut Cluster) {
    if w.design.checkpointer_exits_last {
        s.postmaster.pm_state = PmState::WaitDeadEnd;
        let dead_ends = w.design.dead_end_signalled;
        signal_children(s, Signal::Term, |c| dead_ends || c != ChildClass::DeadEnd);
    } else {
        xlog_is_shut_down(w, s, PmState::Shutdown2);
    }
}

/// "Waken archiver for the last time", if there is one, and tell the walsenders to finish; up to 14
/// "we can also shut down the stats collector now; there's nothing left for it to do".
fn xlog_is_shut_down(w: &World, s: &mut Cluster, next: PmState) {
    let archiver = w.design.archiver_outlives_checkpoint;
    let due = w.scenario.archiving && !s.startup.in_recovery;
    if w.design.archiver_for_last_cycle && due && s.child(Child::ARCHIVER).life == Life::Absent {
        s.child_mut(Child::ARCHIVER).life = Life::Running;
    }
    signal_children(s, Signal::Usr2, |c| {
        c == ChildClass::WalSender || archiver && c == ChildClass::Archiver
    });
    s.kill(Child::STATS_COLLECTOR, Signal::Quit);
    s.postmaster.pm_state = next;
}

/// A PMSIGNAL is acted upon: `with` 0 is ADVANCE_STATE_MACHINE, 1 is XLOG_IS_SHUTDOWN (18+).
///
/// Source: master `postmaster.c` `process_pm_pmsignal`; up to 15 `sigusr1_handler`.
#[must_use]
pub fn process_pm_pmsignal(w: &World, s: &mut Cluster, at: At) -> Taken {
    let xlog = at.with == 1;
    let pending = if xlog {
        s.postmaster.pmsignal_xlog_is_shutdown
    } else {
        s.postmaster.pmsignal_advance
    };
    if s.postmaster.exit.is_some() || !pending {
        return None;
    }

    if xlog {
        s.postmaster.pmsignal_xlog_is_shutdown = false;
        if s.postmaster.pm_state == PmState::WaitXlogShutdown {
            xlog_is_shut_down(w, s, PmState::WaitXlogArchival);
        } else if !s.postmaster.is_crashing() {
            // "WAL was shut down unexpectedly"
            handle_fatal_error(w, s);
        }
    } else {
        s.postmaster.pmsignal_advance = false;
        // Up to 0fae846232: "pmState == PM_WAIT_BACKUP || pmState == PM_WAIT_BACKENDS".
        let heeded =
            w.design.advance_in_any_state || s.postmaster.pm_state == PmState::WaitBackends;
        if !heeded {
            return TAKEN;
        }
    }
    state_machine(w, s);
    TAKEN
}

/// Children that outlive SIGQUIT by `SIGKILL_CHILDREN_AFTER_SECS` are killed.
///
/// Enabled only while somebody waits: a signalled child is still there.
/// Source: master `postmaster.c` `ServerLoop`, "SIGKILL_CHILDREN_AFTER_SECS".
#[must_use]
pub fn server_loop_sigkill_children(w: &World, s: &mut Cluster, _at: At) -> Taken {
    let waiting = Child::all().any(|c| s.runs(c) && !s.child(c).has(Signal::Kill));
    if s.postmaster.exit.is_some()
        || !s.postmaster.is_crashing()
        || !s.postmaster.abort_timer
        || !waiting
    {
        return None;
    }

    let dead_ends = w.design.dead_end_signalled;
    signal_children(s, Signal::Kill, |c| dead_ends || c != ChildClass::DeadEnd);
    s.postmaster.abort_timer = false;
    s.postmaster.launch.startup_told_to_quit();
    if !w.design.waits_after_sigkill && !s.postmaster.fatal_error {
        // Up to 48913db887: "it's now the time for postmaster to abandon ship".
        s.postmaster.exit = ExitStatus::Failure;
    }
    TAKEN
}

/// A connection is accepted: a backend is forked, or a dead-end child.
///
/// From 16 on flags wait for `ServerLoop`, and a wake-up may report the socket before the latch:
/// requests that came before the connection are handled first only since 239b175342. Up to 15 the
/// handlers run as soon as signals are let in, before `select` returns.
/// Source: master `postmaster.c` `ServerLoop`, "The following requests are handled
/// unconditionally, even if we didn't see WL_LATCH_SET"; `BackendStartup`.
#[must_use]
pub fn server_loop_accept(w: &World, s: &mut Cluster, at: At) -> Taken {
    let after_request = s.environment.connection == Connection::WaitingBehindRequest;
    let first = w.design.requests_before_connections || !w.design.pm_flags_and_latch;
    let pending = s.postmaster.requests.contains(&true);
    let listening = !matches!(
        s.postmaster.pm_state,
        PmState::WaitDeadEnd | PmState::NoChildren
    );
    if s.postmaster.exit.is_some()
        || !after_request && s.environment.connection != Connection::Waiting
        || !listening
        || after_request && first && pending
    {
        return None;
    }

    s.environment.connection = Connection::Accepted;
    let child = if s.postmaster.lets_clients_in() {
        Child::backend(usize::from(at.who))
    } else {
        Child::DEAD_END
    };
    s.child_mut(child).life = Life::Running;
    TAKEN
}
