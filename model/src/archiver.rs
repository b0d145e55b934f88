//! The archiver: copies completed segments, and makes one last cycle when it is told to stop.
//!
//! `time_to_stop` is read before the copy loop, so a SIGUSR2 that comes during one cycle causes one
//! more. A command that fails three times gives the cycle up. Source: master `pgarch.c`.

use crate::cluster::{Child, Cluster, Life, Signal};
use crate::steps::{At, TAKEN, Taken};
use crate::world::World;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// The archiver's variables and what is in `archive_status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Archiver {
    /// Segments with a `.ready` file.
    pub ready: u8,
    /// Segments archived since the scenario began.
    pub archived: u8,
    /// This cycle was given up after a failed command.
    pub gave_up: bool,
    /// `time_to_stop`: this is the last cycle.
    pub time_to_stop: bool,
}

/// One segment is archived; `with` 1 is the fault: the command fails, the cycle is given up.
///
/// Source: master `pgarch.c` `pgarch_ArchiverCopyLoop`.
#[must_use]
pub fn pgarch_archiver_copy_loop(_w: &World, s: &mut Cluster, at: At) -> Taken {
    let fails = at.with == 1;
    if !s.runs(Child::ARCHIVER)
        || s.archiver.ready == 0
        || s.archiver.gave_up
        || fails && s.environment.faults_left.archive_failure == 0
    {
        return None;
    }

    if fails {
        s.environment.faults_left.archive_failure -= 1;
        s.archiver.gave_up = true;
    } else {
        s.archiver.ready -= 1;
        s.archiver.archived += 1;
    }
    TAKEN
}

/// SIGUSR2 is noticed at the top of the loop: the last cycle begins.
///
/// Source: master `pgarch.c` `pgarch_MainLoop`, "time_to_stop = ready_to_stop".
#[must_use]
pub fn pgarch_main_loop_time_to_stop(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !s.runs(Child::ARCHIVER) || !s.child(Child::ARCHIVER).has(Signal::Usr2) {
        return None;
    }

    s.child_mut(Child::ARCHIVER).take(Signal::Usr2);
    s.archiver.time_to_stop = true;
    s.archiver.gave_up = false;
    TAKEN
}

/// The last cycle is over: exit 0.
///
/// Source: master `pgarch.c` `pgarch_MainLoop`, "while (!time_to_stop)".
#[must_use]
pub fn pgarch_main_loop_exit(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    let done = s.archiver.ready == 0 || s.archiver.gave_up;
    if !s.runs(Child::ARCHIVER) || !s.archiver.time_to_stop || !done {
        return None;
    }

    s.child_mut(Child::ARCHIVER).exit(Life::Exited0);
    TAKEN
}

/// Before e6a442c71b: SIGQUIT ends it at once, with status 0, and the archive command with it.
///
/// Source: 8.2 `pgarch.c` `pgarch_exit`, "nail the doors shut and get out of town".
#[must_use]
pub fn pgarch_exit(w: &World, s: &mut Cluster, _at: At) -> Taken {
    let process = s.child(Child::ARCHIVER);
    if w.design.archiver_outlives_checkpoint
        || !s.runs(Child::ARCHIVER)
        || !process.has(Signal::Quit) && !process.has(Signal::Kill)
    {
        return None;
    }

    s.child_mut(Child::ARCHIVER).exit(Life::Exited0);
    TAKEN
}
