//! `PostmasterStateMachine` and what a crashed child does to it.

use super::launch::{StartupStatus, forget_unstarted_background_workers, reinitialize};
use super::{ChildClass, ExitStatus, PmState, Shutdown, any_child, signal_children};
use crate::cluster::{Child, Cluster, Life, Signal};
use crate::design::StopPhases;
use crate::world::World;

/// `HandleChildCrash`.
pub(super) fn handle_child_crash(w: &World, s: &mut Cluster) {
    if s.postmaster.is_crashing() {
        // Up to 17 a second crash, too, rewrites the state and starts the SIGKILL timer, "if
        // (AbortStartTime == 0)"; nobody is signalled again.
        if !w.design.crash_while_fatal_ignored {
            crash_state_change(w, s);
            s.postmaster.abort_timer = true;
        }
        return;
    }
    handle_fatal_error(w, s);
}

/// `HandleFatalError` (18+); up to 17 the second half of `HandleChildCrash`.
pub(super) fn handle_fatal_error(w: &World, s: &mut Cluster) {
    // Unlike an immediate stop this includes dead-end children in all releases.
    signal_children(s, Signal::Quit, |_| true);
    s.postmaster.launch.startup_told_to_quit();
    s.postmaster.fatal_error = true;
    s.postmaster.abort_timer = true;
    crash_state_change(w, s);
}

fn crash_state_change(w: &World, s: &mut Cluster) {
    let pm = &mut s.postmaster;
    pm.pm_state = match pm.pm_state {
        PmState::Recovery
        | PmState::HotStandby
        | PmState::Run
        | PmState::StopBackends
        | PmState::WaitReadonly
        | PmState::WaitBackends
        | PmState::Shutdown => PmState::WaitBackends,
        PmState::Startup if w.design.startup_crash_waits => PmState::WaitBackends,
        // The exit of the startup process moves it.
        PmState::Startup => PmState::Startup,
        PmState::WaitXlogShutdown
        | PmState::WaitXlogArchival
        | PmState::WaitIoWorkers
        | PmState::WaitCheckpointer => PmState::WaitDeadEnd,
        PmState::Shutdown2 | PmState::WaitDeadEnd | PmState::NoChildren => pm.pm_state,
    };
    debug_assert!(
        w.design.checkpointer_exits_last || pm.pm_state != PmState::WaitXlogShutdown,
        "PM_WAIT_XLOG_SHUTDOWN in a design without it"
    );
}

/// `PostmasterStateMachine`, top to bottom.
pub(super) fn state_machine(w: &World, s: &mut Cluster) {
    if matches!(s.postmaster.pm_state, PmState::Run | PmState::HotStandby)
        && s.postmaster.conns_refused
        && !any_child(s, |c| c == ChildClass::Regular)
    {
        s.postmaster.pm_state = PmState::StopBackends;
    }
    if s.postmaster.pm_state == PmState::StopBackends {
        stop_backends(w, s);
    }
    if s.postmaster.pm_state == PmState::WaitReadonly && !any_child(s, |c| c == ChildClass::Regular)
    {
        s.kill(Child::STARTUP, Signal::Term);
        s.kill(Child::WALRECEIVER, Signal::Term);
        s.postmaster.pm_state = PmState::WaitBackends;
    }
    if s.postmaster.pm_state == PmState::WaitBackends {
        wait_backends(w, s);
    }
    // Before e6a442c71b nobody waits for the archiver.
    let archiver = w.design.archiver_outlives_checkpoint;
    let before_dead_end = |c| match c {
        // Only PM_WAIT_DEAD_END waits for the collector.
        ChildClass::DeadEnd | ChildClass::StatsCollector => false,
        ChildClass::Archiver => archiver,
        ChildClass::Checkpointer
        | ChildClass::IoWorker
        | ChildClass::WalSender
        | ChildClass::Regular
        | ChildClass::Helper
        | ChildClass::Startup
        | ChildClass::WalReceiver
        | ChildClass::Worker => true,
    };
    if s.postmaster.pm_state == PmState::Shutdown2 && !any_child(s, before_dead_end) {
        s.postmaster.pm_state = PmState::WaitDeadEnd;
    }
    if s.postmaster.pm_state == PmState::WaitXlogArchival
        && !any_child(s, |c| {
            !matches!(
                c,
                ChildClass::Checkpointer | ChildClass::IoWorker | ChildClass::DeadEnd
            )
        })
    {
        s.postmaster.pm_state = PmState::WaitIoWorkers;
        signal_children(s, Signal::Usr2, |c| c == ChildClass::IoWorker);
    }
    if s.postmaster.pm_state == PmState::WaitIoWorkers
        && !any_child(s, |c| c == ChildClass::IoWorker)
    {
        s.postmaster.pm_state = PmState::WaitCheckpointer;
        s.kill(Child::CHECKPOINTER, Signal::Usr2);
    }
    if s.postmaster.pm_state == PmState::WaitDeadEnd {
        wait_dead_end(w, s);
    }
    if s.postmaster.pm_state == PmState::NoChildren {
        no_children(w, s);
    }
}

/// `PM_NO_CHILDREN`: exit, or begin again after a crash that nobody asked for.
fn no_children(w: &World, s: &mut Cluster) {
    let pm = &mut s.postmaster;
    let restart = w.scenario.start.restart_after_crash && pm.fatal_error;
    if pm.shutdown != Shutdown::No {
        pm.exit = if pm.fatal_error {
            ExitStatus::Failure
        } else {
            ExitStatus::Success
        };
    } else if pm.launch.startup == StartupStatus::Crashed || !restart {
        pm.exit = ExitStatus::Failure;
    } else {
        reinitialize(s);
    }
}

/// `PM_STOP_BACKENDS`: SIGTERM to everybody who must be gone before the shutdown checkpoint.
fn stop_backends(w: &World, s: &mut Cluster) {
    forget_unstarted_background_workers(w, s);
    let all = w.design.checkpointer_exits_last && s.postmaster.is_crashing();
    signal_children(s, Signal::Term, |c| match c {
        ChildClass::Regular
        | ChildClass::Helper
        | ChildClass::Startup
        | ChildClass::WalReceiver => true,
        ChildClass::Worker => w.design.workers_in_stop_set,
        ChildClass::Checkpointer
        | ChildClass::Archiver
        | ChildClass::IoWorker
        | ChildClass::WalSender => all,
        ChildClass::DeadEnd | ChildClass::StatsCollector => false,
    });
    s.postmaster.pm_state = PmState::WaitBackends;
}

/// `PM_WAIT_BACKENDS`: when they are gone, tell the checkpointer; or give up after a crash.
fn wait_backends(w: &World, s: &mut Cluster) {
    let crashing = s.postmaster.is_crashing();
    let last = w.design.checkpointer_exits_last;
    // Up to 91c3613d37 "(CheckpointerPID == 0 || !FatalError)", whatever the mode of the stop.
    let checkpointer = if w.design.immediate_waits_for_checkpointer {
        crashing
    } else {
        s.postmaster.fatal_error
    };
    let waited_for = |c: ChildClass| match c {
        ChildClass::Regular
        | ChildClass::Helper
        | ChildClass::Startup
        | ChildClass::WalReceiver => true,
        ChildClass::Worker => w.design.workers_in_stop_set,
        ChildClass::Checkpointer => checkpointer,
        ChildClass::Archiver | ChildClass::IoWorker | ChildClass::WalSender => crashing && last,
        ChildClass::DeadEnd | ChildClass::StatsCollector => false,
    };
    if any_child(s, waited_for) {
        return;
    }
    if crashing {
        s.postmaster.pm_state = PmState::WaitDeadEnd;
        if w.design.dead_end_signalled {
            s.kill(Child::DEAD_END, Signal::Quit);
        }
        return;
    }
    if w.design.stop_phases == StopPhases::ByPostmaster {
        signal_children(s, Signal::InitStopping, |c| c == ChildClass::WalSender);
    }
    if s.child(Child::CHECKPOINTER).life == Life::Absent {
        // "Start the checkpointer if not running."
        s.child_mut(Child::CHECKPOINTER).life = Life::Running;
    }
    if last {
        s.kill(Child::CHECKPOINTER, Signal::Int);
        s.postmaster.pm_state = PmState::WaitXlogShutdown;
    } else {
        s.kill(Child::CHECKPOINTER, Signal::Usr2);
        s.postmaster.pm_state = PmState::Shutdown;
        if !w.design.archiver_outlives_checkpoint {
            // Before e6a442c71b: "Tell pgarch to shut down too; nothing left for it to do".
            s.kill(Child::ARCHIVER, Signal::Quit);
        }
    }
}

/// `PM_WAIT_DEAD_END`: up to 17 the backend list, the archiver and, up to 14, the statistics
/// collector must be gone, the others are asserted to be; from 18 on everybody is waited for.
fn wait_dead_end(w: &World, s: &mut Cluster) {
    let all = w.design.checkpointer_exits_last;
    let waited_for = |c: ChildClass| match c {
        ChildClass::Regular
        | ChildClass::Worker
        | ChildClass::WalSender
        | ChildClass::DeadEnd
        | ChildClass::StatsCollector => true,
        // Before e6a442c71b "we do not wait around for exit of the archiver".
        ChildClass::Archiver => w.design.archiver_outlives_checkpoint,
        ChildClass::Checkpointer
        | ChildClass::Helper
        | ChildClass::Startup
        | ChildClass::WalReceiver
        | ChildClass::IoWorker => all,
    };
    if any_child(s, waited_for) {
        return;
    }
    let asserted = |c| w.design.archiver_outlives_checkpoint || c != ChildClass::Archiver;
    if any_child(s, asserted) {
        s.failures.assert_children_gone = true;
    }
    s.postmaster.pm_state = PmState::NoChildren;
}
