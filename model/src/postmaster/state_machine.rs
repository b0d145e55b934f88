//! `PostmasterStateMachine` and what a crashed child does to it.

use super::{ChildClass, PmState, any_child, signal_children};
use crate::cluster::{Child, Cluster, Signal};
use crate::design::StopPhases;
use crate::world::World;

/// `HandleChildCrash`.
pub(super) fn handle_child_crash(w: &World, s: &mut Cluster) {
    if s.postmaster.is_crashing() {
        // Up to 17 the state is rewritten by a second crash, too; nobody is signalled again.
        if !w.design.crash_while_fatal_ignored {
            crash_state_change(w, s);
        }
        return;
    }
    handle_fatal_error(w, s);
}

/// `HandleFatalError` (18+); up to 17 the second half of `HandleChildCrash`.
pub(super) fn handle_fatal_error(w: &World, s: &mut Cluster) {
    // Unlike an immediate stop this includes dead-end children in all releases.
    signal_children(s, Signal::Quit, |_| true);
    s.postmaster.fatal_error = true;
    s.postmaster.abort_timer = true;
    crash_state_change(w, s);
}

fn crash_state_change(w: &World, s: &mut Cluster) {
    let pm = &mut s.postmaster;
    pm.pm_state = match pm.pm_state {
        PmState::Run | PmState::StopBackends | PmState::WaitBackends | PmState::Shutdown => {
            PmState::WaitBackends
        }
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
    if s.postmaster.pm_state == PmState::Run
        && s.postmaster.conns_refused
        && !any_child(s, |c| c == ChildClass::Regular)
    {
        s.postmaster.pm_state = PmState::StopBackends;
    }
    if s.postmaster.pm_state == PmState::StopBackends {
        stop_backends(w, s);
    }
    if s.postmaster.pm_state == PmState::WaitBackends {
        wait_backends(w, s);
    }
    if s.postmaster.pm_state == PmState::Shutdown2 && !any_child(s, |c| c != ChildClass::DeadEnd) {
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
        s.postmaster.exit = Some(u8::from(s.postmaster.fatal_error));
    }
}

/// `PM_STOP_BACKENDS`: SIGTERM to everybody who must be gone before the shutdown checkpoint.
fn stop_backends(w: &World, s: &mut Cluster) {
    let all = w.design.checkpointer_exits_last && s.postmaster.is_crashing();
    signal_children(s, Signal::Term, |c| match c {
        ChildClass::Regular | ChildClass::Helper => true,
        ChildClass::Checkpointer
        | ChildClass::Archiver
        | ChildClass::IoWorker
        | ChildClass::WalSender => all,
        ChildClass::DeadEnd => false,
    });
    s.postmaster.pm_state = PmState::WaitBackends;
}

/// `PM_WAIT_BACKENDS`: when they are gone, tell the checkpointer; or give up after a crash.
fn wait_backends(w: &World, s: &mut Cluster) {
    let crashing = s.postmaster.is_crashing();
    let last = w.design.checkpointer_exits_last;
    let waited_for = |c: ChildClass| match c {
        ChildClass::Regular | ChildClass::Helper => true,
        ChildClass::Checkpointer => crashing,
        ChildClass::Archiver | ChildClass::IoWorker | ChildClass::WalSender => crashing && last,
        ChildClass::DeadEnd => false,
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
    if last {
        s.kill(Child::CHECKPOINTER, Signal::Int);
        s.postmaster.pm_state = PmState::WaitXlogShutdown;
    } else {
        s.kill(Child::CHECKPOINTER, Signal::Usr2);
        s.postmaster.pm_state = PmState::Shutdown;
    }
}

/// `PM_WAIT_DEAD_END`: up to 17 the backend list and the archiver must be gone, the others are
/// asserted to be; from 18 on everybody is waited for.
fn wait_dead_end(w: &World, s: &mut Cluster) {
    let all = w.design.checkpointer_exits_last;
    let waited_for = |c: ChildClass| match c {
        ChildClass::Regular
        | ChildClass::WalSender
        | ChildClass::DeadEnd
        | ChildClass::Archiver => true,
        ChildClass::Checkpointer | ChildClass::Helper | ChildClass::IoWorker => all,
    };
    if any_child(s, waited_for) {
        return;
    }
    if any_child(s, |_| true) {
        s.failures.assert_children_gone = true;
    }
    s.postmaster.pm_state = PmState::NoChildren;
}
