//! Children without variables of their own: IO workers, the statistics collector of releases up to
//! 14, dead-end children, and the death by SIGQUIT or SIGKILL that all children but walsenders
//! share.

use crate::cluster::{Child, Cluster, Life, Signal};
use crate::steps::{At, TAKEN, Taken};
use crate::world::World;

/// SIGQUIT or SIGKILL ends a child at once: `_exit(2)`, no hooks.
///
/// Source: master `interrupt.c` `SignalHandlerForCrashExit`; `postgres.c` `quickdie`.
#[must_use]
pub fn signal_handler_for_crash_exit(w: &World, s: &mut Cluster, at: At) -> Taken {
    let child = Child(at.who);
    let process = s.child(child);
    if child.as_walsender().is_some()
        || !s.runs(child)
        || !process.has(Signal::Quit) && !process.has(Signal::Kill)
        || child == Child::ARCHIVER && !w.design.archiver_outlives_checkpoint
        || child == Child::STATS_COLLECTOR && !process.has(Signal::Kill)
    {
        return None;
    }

    // A dead-end child has BlockSig'd nothing else to do: it leaves with status 1 or 2 alike.
    let life = if child == Child::DEAD_END {
        Life::Exited1
    } else {
        Life::Crashed
    };
    s.child_mut(child).exit(life);
    TAKEN
}

/// The IO workers leave on SIGUSR2.
///
/// Source: 18 `method_worker.c` `IoWorkerMain`, "SignalHandlerForShutdownRequest".
#[must_use]
pub fn io_worker_main_exit(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    let child = Child::IO_WORKER;
    if !s.runs(child) || !s.child(child).has(Signal::Usr2) {
        return None;
    }

    s.child_mut(child).exit(Life::Exited0);
    TAKEN
}

/// The statistics collector writes its files and leaves with status 0 on SIGQUIT, in an immediate
/// stop, too; all other signals of a stop it ignores. What is in its socket by then is lost.
///
/// Atomic because nobody else looks at the files before the next start.
/// Source: 14 `pgstat.c` `PgstatCollectorMain`, "pqsignal(SIGQUIT,
/// SignalHandlerForShutdownRequest)", "Save the final stats to reuse at next startup".
#[must_use]
pub fn pgstat_collector_main_exit(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    let child = Child::STATS_COLLECTOR;
    if !s.runs(child) || !s.child(child).has(Signal::Quit) {
        return None;
    }

    s.stats.is_shutdown = true;
    s.child_mut(child).exit(Life::Exited0);
    TAKEN
}

/// A dead-end child has told its client, or is told to leave (18+). It is not let go by a client
/// that says nothing.
///
/// Source: master `backend_startup.c` `BackendInitialize`, "the database system is shutting down";
/// `process_startup_packet_die`.
#[must_use]
pub fn dead_end_child_exit(w: &World, s: &mut Cluster, _at: At) -> Taken {
    let hangs = w.scenario.dead_end_hangs && !s.child(Child::DEAD_END).has(Signal::Term);
    if !s.runs(Child::DEAD_END) || hangs {
        return None;
    }

    s.child_mut(Child::DEAD_END).exit(Life::Exited1);
    TAKEN
}

/// `authentication_timeout` is over: a dead-end child whose client says nothing leaves.
///
/// Source: master `backend_startup.c` `StartupPacketTimeoutHandler`, "_exit(1)".
#[must_use]
pub fn startup_packet_timeout_handler(w: &World, s: &mut Cluster, _at: At) -> Taken {
    let runs = w.scenario.dead_end_hangs && w.scenario.authentication_timeout;
    if !s.runs(Child::DEAD_END) || !runs {
        return None;
    }

    s.child_mut(Child::DEAD_END).exit(Life::Exited1);
    TAKEN
}
