//! The postmaster: takes stop requests, signals its children in order, reaps them, and exits.
//!
//! | step | function (18+ / up to 15) | when |
//! |---|---|---|
//! | [`process_pm_shutdown_request`] | `process_pm_shutdown_request` / `pmdie` | a stop request is pending |
//! | [`process_pm_child_exit`] | `process_pm_child_exit` / `reaper` | a child has ended |
//! | [`process_pm_pmsignal`] | `process_pm_pmsignal` / `sigusr1_handler` | a child sent a PMSIGNAL |
//! | [`server_loop_sigkill_children`] | `ServerLoop` | children outlive SIGQUIT by 5 s |
//!
//! Each step ends in `state_machine`, `PostmasterStateMachine`.
//!
//! *Grain*: up to 15 each handler runs with all signals blocked; from 16 on handlers only set flags
//! that nobody but `ServerLoop` reads. Either way no other process can look in between. The order
//! shutdown, child exit, PMSIGNAL within one wake-up binds nobody, because a flag can also be set
//! just after its test: so the steps are offered in any order. One child is reaped a step: a child
//! that is not yet reaped is, for the state machine, still there.
//!
//! *Simplified*: start-up, recovery and hot standby states, launchers, the syslogger and restart
//! after a crash (faults begin only after a stop request) are left out.
//!
//! *Break it*: let `stop_backends` spare the bgwriter (`no-panic` fails); forget SIGUSR2 to the
//! walsenders in `xlog_is_shut_down` (`no-deadlock` fails).
//!
//! *Checked*: unique states and depths of the default scenarios are pinned in
//! `sim/tests/exhaustive.rs`.

mod state_machine;

use crate::cluster::{Child, Cluster, Life, Signal};
use crate::scenario::StopMode;
use crate::steps::At;
use crate::world::World;
use state_machine::{handle_child_crash, handle_fatal_error, state_machine};

/// `pmState`, as far as a shutdown reaches. Up to 17 and from 18 on the middle differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PmState {
    /// `PM_RUN`.
    #[default]
    Run,
    /// `PM_STOP_BACKENDS`, left within the step that enters it.
    StopBackends,
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

/// `Shutdown`: only ever raised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// Exit status, once it has exited.
    pub exit: Option<u8>,
}

impl Postmaster {
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
}

fn class_of(s: &Cluster, child: Child) -> ChildClass {
    match child {
        Child::CHECKPOINTER => ChildClass::Checkpointer,
        Child::ARCHIVER => ChildClass::Archiver,
        Child::IO_WORKER => ChildClass::IoWorker,
        Child::DEAD_END => ChildClass::DeadEnd,
        Child::BGWRITER | Child::WALWRITER => ChildClass::Helper,
        Child(_) => match child.as_walsender() {
            Some(i) if s.walsenders[i].marked => ChildClass::WalSender,
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

/// A stop request is acted upon.
///
/// Source: master `postmaster.c` `process_pm_shutdown_request`; up to 15 `pmdie`.
#[must_use]
pub fn process_pm_shutdown_request(w: &World, s: &Cluster, at: At) -> Option<Cluster> {
    let mode = at.mode();
    if s.postmaster.exit.is_some() || !s.postmaster.requests[mode as usize] {
        return None;
    }
    // 16+: "if (pending_pm_immediate_shutdown_request) ... else if fast ... else smart": the most
    // immediate one wins and all are cleared. Up to 15 each signal has its own pmdie.
    let flags = w.design.pm_flags_and_latch;
    if flags && s.postmaster.requests[mode as usize + 1..].contains(&true) {
        return None;
    }

    let mut s = *s;
    if flags {
        s.postmaster.requests = [false; 3];
    }
    s.postmaster.requests[mode as usize] = false;
    match mode {
        StopMode::Smart => request_smart(w, &mut s),
        StopMode::Fast => request_fast(w, &mut s),
        StopMode::Immediate => request_immediate(w, &mut s),
    }
    Some(s)
}

fn request_smart(w: &World, s: &mut Cluster) {
    let pm = &mut s.postmaster;
    if pm.shutdown >= Shutdown::Smart {
        return;
    }
    pm.shutdown = Shutdown::Smart;
    if pm.pm_state == PmState::Run {
        if w.design.smart_stays_in_run {
            pm.conns_refused = true;
        } else {
            // Before 0038f94387 a smart shutdown stopped the helpers at once.
            pm.conns_refused = true;
            for helper in [Child::BGWRITER, Child::WALWRITER] {
                s.kill(helper, Signal::Term);
            }
        }
    }
    state_machine(w, s);
}

fn request_fast(w: &World, s: &mut Cluster) {
    let pm = &mut s.postmaster;
    if pm.shutdown >= Shutdown::Fast {
        return;
    }
    pm.shutdown = Shutdown::Fast;
    if pm.pm_state == PmState::Run {
        pm.pm_state = PmState::StopBackends;
    }
    state_machine(w, s);
}

fn request_immediate(w: &World, s: &mut Cluster) {
    if s.postmaster.shutdown >= Shutdown::Immediate {
        return;
    }
    s.postmaster.shutdown = Shutdown::Immediate;
    terminate_children(w, s);
    if !w.design.immediate_waits {
        // Before 82233ce7ea: "just quit", the children are on their own.
        s.postmaster.exit = Some(0);
        return;
    }
    s.postmaster.pm_state = PmState::WaitBackends;
    s.postmaster.abort_timer = true;
    state_machine(w, s);
}

/// `TerminateChildren(SIGQUIT)`; up to 17 dead-end children are spared.
fn terminate_children(w: &World, s: &mut Cluster) {
    let dead_ends = w.design.dead_end_signalled;
    signal_children(s, Signal::Quit, |c| dead_ends || c != ChildClass::DeadEnd);
}

/// One child that has ended is reaped.
///
/// Source: master `postmaster.c` `process_pm_child_exit`, `CleanupBackend`; up to 15 `reaper`.
#[must_use]
pub fn process_pm_child_exit(w: &World, s: &Cluster, at: At) -> Option<Cluster> {
    let child = Child(at.who);
    let life = s.child(child).life;
    if s.postmaster.exit.is_some() || matches!(life, Life::Absent | Life::Running) {
        return None;
    }

    let class = class_of(s, child);
    let mut s = *s;
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
        ChildClass::Archiver
        | ChildClass::IoWorker
        | ChildClass::DeadEnd
        | ChildClass::WalSender
        | ChildClass::Regular => life != Life::Crashed,
    };
    if !fine {
        handle_child_crash(w, &mut s);
    } else if class == ChildClass::Checkpointer {
        checkpointer_exited(w, &mut s);
    }
    state_machine(w, &mut s);
    Some(s)
}

/// The checkpointer exited with status 0 when it should: up to 17 the WAL is shut down now.
fn checkpointer_exited(w: &World, s: &mut Cluster) {
    if w.design.checkpointer_exits_last {
        s.postmaster.pm_state = PmState::WaitDeadEnd;
        signal_children(s, Signal::Term, |_| true);
    } else {
        xlog_is_shut_down(s, PmState::Shutdown2);
    }
}

/// "Waken archiver for the last time" and tell the walsenders to finish.
fn xlog_is_shut_down(s: &mut Cluster, next: PmState) {
    signal_children(s, Signal::Usr2, |c| {
        matches!(c, ChildClass::Archiver | ChildClass::WalSender)
    });
    s.postmaster.pm_state = next;
}

/// A PMSIGNAL is acted upon: `with` 0 is ADVANCE_STATE_MACHINE, 1 is XLOG_IS_SHUTDOWN (18+).
///
/// Source: master `postmaster.c` `process_pm_pmsignal`; up to 15 `sigusr1_handler`.
#[must_use]
pub fn process_pm_pmsignal(w: &World, s: &Cluster, at: At) -> Option<Cluster> {
    let xlog = at.with == 1;
    let pending = if xlog {
        s.postmaster.pmsignal_xlog_is_shutdown
    } else {
        s.postmaster.pmsignal_advance
    };
    if s.postmaster.exit.is_some() || !pending {
        return None;
    }

    let mut s = *s;
    if xlog {
        s.postmaster.pmsignal_xlog_is_shutdown = false;
        if s.postmaster.pm_state == PmState::WaitXlogShutdown {
            xlog_is_shut_down(&mut s, PmState::WaitXlogArchival);
        } else if !s.postmaster.is_crashing() {
            // "WAL was shut down unexpectedly"
            handle_fatal_error(w, &mut s);
        }
    } else {
        s.postmaster.pmsignal_advance = false;
    }
    state_machine(w, &mut s);
    Some(s)
}

/// Children that outlive SIGQUIT by `SIGKILL_CHILDREN_AFTER_SECS` are killed.
///
/// Enabled only while somebody waits: a signalled child is still there.
/// Source: master `postmaster.c` `ServerLoop`, "SIGKILL_CHILDREN_AFTER_SECS".
#[must_use]
pub fn server_loop_sigkill_children(w: &World, s: &Cluster, _at: At) -> Option<Cluster> {
    let waiting = Child::all().any(|c| s.runs(c) && !s.child(c).has(Signal::Kill));
    if s.postmaster.exit.is_some()
        || !s.postmaster.is_crashing()
        || !s.postmaster.abort_timer
        || !waiting
    {
        return None;
    }

    let mut s = *s;
    let dead_ends = w.design.dead_end_signalled;
    signal_children(&mut s, Signal::Kill, |c| {
        dead_ends || c != ChildClass::DeadEnd
    });
    s.postmaster.abort_timer = false;
    Some(s)
}
