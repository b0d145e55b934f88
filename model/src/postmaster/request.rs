//! Stop requests: `process_pm_shutdown_request`, up to 15 `pmdie`; before 0038f94387 each mode has
//! its own list of those whom it signals.

use super::state_machine::state_machine;
use super::{
    ChildClass, ExitStatus, PmState, Postmaster, Shutdown, signal_children, terminate_children,
};
use crate::cluster::{Child, Cluster, Signal};
use crate::scenario::StopMode;
use crate::steps::{At, TAKEN, Taken};
use crate::world::World;

/// A stop request is acted upon.
///
/// Source: master `postmaster.c` `process_pm_shutdown_request`; up to 15 `pmdie`.
#[must_use]
pub fn process_pm_shutdown_request(w: &World, s: &mut Cluster, at: At) -> Taken {
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

    if flags {
        s.postmaster.requests = [false; 3];
    }
    s.postmaster.requests[mode as usize] = false;
    match mode {
        StopMode::Smart => request_smart(w, s),
        StopMode::Fast => request_fast(w, s),
        StopMode::Immediate => request_immediate(w, s),
    }
    TAKEN
}

fn request_smart(w: &World, s: &mut Cluster) {
    if s.postmaster.shutdown >= Shutdown::Smart {
        return;
    }
    s.postmaster.shutdown = Shutdown::Smart;
    end_crash_restart(w, &mut s.postmaster);
    if w.design.smart_stays_in_run {
        let pm = &mut s.postmaster;
        match pm.pm_state {
            PmState::Run | PmState::HotStandby => pm.conns_refused = true,
            PmState::Startup | PmState::Recovery => pm.pm_state = PmState::StopBackends,
            PmState::StopBackends
            | PmState::WaitReadonly
            | PmState::WaitBackends
            | PmState::Shutdown
            | PmState::Shutdown2
            | PmState::WaitXlogShutdown
            | PmState::WaitXlogArchival
            | PmState::WaitIoWorkers
            | PmState::WaitCheckpointer
            | PmState::WaitDeadEnd
            | PmState::NoChildren => {}
        }
    } else {
        old_smart(w, s);
    }
    state_machine(w, s);
}

/// Before 0038f94387: helpers and workers are told to go at once.
///
/// `PM_WAIT_BACKUP` is passed at once: no exclusive backup is in the model.
/// Source: 9.6.18 `postmaster.c` `pmdie`, "bgworkers too; does this need tweaking?".
fn old_smart(w: &World, s: &mut Cluster) {
    let state = s.postmaster.pm_state;
    let handled = matches!(
        state,
        PmState::Run | PmState::Recovery | PmState::HotStandby
    ) || state == PmState::Startup && w.design.smart_stops_in_startup;
    if !handled {
        return;
    }
    signal_children(s, Signal::Term, |c| {
        matches!(c, ChildClass::Worker | ChildClass::Helper)
    });
    let primary = s.postmaster.pm_state == PmState::Run;
    s.postmaster.pm_state = if primary || !w.design.smart_stops_recovery {
        PmState::WaitBackends
    } else {
        PmState::WaitReadonly
    };
}

/// Repair: shared memory is new and nobody has crashed since, so the children that there are can be
/// stopped like those of a first start.
fn end_crash_restart(w: &World, pm: &mut Postmaster) {
    if w.design.stop_ends_crash_restart && pm.pm_state == PmState::Startup {
        pm.fatal_error = false;
        pm.abort_timer = false;
    }
}

fn request_fast(w: &World, s: &mut Cluster) {
    let pm = &mut s.postmaster;
    if pm.shutdown >= Shutdown::Fast {
        return;
    }
    pm.shutdown = Shutdown::Fast;
    end_crash_restart(w, pm);
    if w.design.smart_stays_in_run {
        let alive = matches!(
            pm.pm_state,
            PmState::Startup | PmState::Recovery | PmState::HotStandby | PmState::Run
        );
        if alive {
            pm.pm_state = PmState::StopBackends;
        }
    } else {
        old_fast(w, s);
    }
    state_machine(w, s);
}

/// Before 0038f94387. In `PM_STARTUP` before 55875b6d2a the state stays: the exit of the startup
/// process moves it.
///
/// Source: 9.6.18 `postmaster.c` `pmdie`, "signaled the first four".
fn old_fast(w: &World, s: &mut Cluster) {
    for child in [Child::STARTUP, Child::BGWRITER, Child::WALRECEIVER] {
        s.kill(child, Signal::Term);
    }
    let (workers_only, all) = match s.postmaster.pm_state {
        PmState::Startup => (w.design.fast_stops_startup_workers, false),
        PmState::Recovery => (true, false),
        PmState::Run | PmState::WaitReadonly | PmState::HotStandby => (false, true),
        PmState::WaitBackends => (false, w.design.fast_after_smart),
        PmState::StopBackends
        | PmState::Shutdown
        | PmState::Shutdown2
        | PmState::WaitXlogShutdown
        | PmState::WaitXlogArchival
        | PmState::WaitIoWorkers
        | PmState::WaitCheckpointer
        | PmState::WaitDeadEnd
        | PmState::NoChildren => (false, false),
    };
    if workers_only {
        signal_children(s, Signal::Term, |c| c == ChildClass::Worker);
    } else if all {
        signal_children(s, Signal::Term, |c| {
            matches!(c, ChildClass::Regular | ChildClass::Worker)
        });
        s.kill(Child::WALWRITER, Signal::Term);
    } else {
        return;
    }
    s.postmaster.pm_state = PmState::WaitBackends;
}

fn request_immediate(w: &World, s: &mut Cluster) {
    if s.postmaster.shutdown >= Shutdown::Immediate {
        return;
    }
    s.postmaster.shutdown = Shutdown::Immediate;
    terminate_children(w, s);
    if !w.design.immediate_waits {
        // Before 82233ce7ea: "just quit", the children are on their own.
        s.postmaster.exit = ExitStatus::Success;
        return;
    }
    s.postmaster.pm_state = PmState::WaitBackends;
    s.postmaster.abort_timer = true;
    state_machine(w, s);
}
