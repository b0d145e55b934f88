//! Background workers: their slots in shared memory, who waits for them, and the workers
//! themselves.
//!
//! | step | function | when |
//! |---|---|---|
//! | [`register_dynamic_background_worker`] | same | a client starts a parallel query |
//! | [`terminate_background_worker`] | `TerminateBackgroundWorker` | SIGTERM acts on who waits |
//! | [`background_worker_main`] | `BackgroundWorkerMain` | its work is done: exit 0 |
//! | [`worker_writes_wal`] | `XLogInsert` | it inserts its record |
//! | [`worker_process_interrupts`] | `ProcessInterrupts` | SIGTERM: exit 1 |
//!
//! *Grain*: a slot is written under `BackgroundWorkerLock`, or by the postmaster alone; each change
//! of it is a step.
//!
//! *Simplified*: one worker for a query; no restart after an exit; a fork does not fail.
//!
//! *Break it*: `-worker-requests-cancelled` (`no-deadlock` fails).
//!
//! *Checked*: `sim/tests/history_postmaster.rs`.

use crate::cluster::{Child, Cluster, Life, Signal};
use crate::postmaster::PmSignal;
use crate::scenario::{WorkerScenario, WorkerStart};
use crate::steps::{At, TAKEN, Taken};
use crate::wal::Record;
use crate::world::World;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// A `BackgroundWorkerSlot` with what the postmaster knows of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum Slot {
    /// `in_use` is false.
    #[default]
    Free,
    /// In use; the postmaster has not noticed it.
    Requested,
    /// In `BackgroundWorkerList`, not started: `pid` is `InvalidPid`.
    Registered,
    /// Started: `pid` is the worker's.
    Started,
    /// Over, or cancelled: `pid` is 0 (`BGWH_STOPPED`).
    Stopped,
}

/// A background worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Worker {
    /// Its slot.
    pub slot: Slot,
    /// `slot->terminate`: who asked for it wants it gone.
    pub terminate: bool,
    /// It has written its record.
    pub wrote: bool,
}

/// The worker for which backend `i` waits.
#[must_use]
pub fn awaited_by(w: &World, s: &Cluster, i: usize) -> Option<usize> {
    let waits = |j: &usize| {
        i == 0
            && w.scenario.workers[*j].is_some_and(|w| w.start == WorkerStart::OnRequest)
            && matches!(
                s.workers[*j].slot,
                Slot::Requested | Slot::Registered | Slot::Started
            )
    };
    (0..s.workers.len())
        .find(waits)
        .filter(|_| s.runs(Child::backend(i)))
}

fn scenario(w: &World, at: At) -> Option<(usize, WorkerScenario)> {
    let i = usize::from(at.who);
    w.scenario.workers[i].map(|worker| (i, worker))
}

/// The client of the first backend starts a parallel query: a worker is requested, and the backend
/// waits for its end.
///
/// Source: master `bgworker.c` `RegisterDynamicBackgroundWorker`,
/// "PMSIGNAL_BACKGROUND_WORKER_CHANGE"; `WaitForBackgroundWorkerShutdown`.
#[must_use]
pub fn register_dynamic_background_worker(w: &World, s: &mut Cluster, at: At) -> Taken {
    let (i, worker) = scenario(w, at)?;
    let backend = Child::backend(0);
    if worker.start != WorkerStart::OnRequest
        || !s.runs(backend)
        || s.workers[i].slot != Slot::Free
        || awaited_by(w, s, 0).is_some()
    {
        return None;
    }

    s.workers[i].slot = Slot::Requested;
    s.postmaster.launch.send(PmSignal::BackgroundWorkerChange);
    TAKEN
}

/// SIGTERM acts on a backend that waits for its worker, if it heeds interrupts there: it aborts,
/// asks for the worker's end, and waits for that with interrupts held.
///
/// Source: master `parallel.c` `DestroyParallelContext`; `bgworker.c` `TerminateBackgroundWorker`.
#[must_use]
pub fn terminate_background_worker(w: &World, s: &mut Cluster, at: At) -> Taken {
    let (i, worker) = scenario(w, at)?;
    if awaited_by(w, s, 0) != Some(i)
        || worker.uninterruptible_wait
        || s.workers[i].terminate
        || !s.child(Child::backend(0)).has(Signal::Term)
    {
        return None;
    }

    s.workers[i].terminate = true;
    s.postmaster.launch.send(PmSignal::BackgroundWorkerChange);
    TAKEN
}

/// A worker that was asked for has done its work: exit 0.
///
/// Source: master `bgworker.c` `BackgroundWorkerMain`, "... and if it returns, we're done".
#[must_use]
pub fn background_worker_main(w: &World, s: &mut Cluster, at: At) -> Taken {
    let (i, worker) = scenario(w, at)?;
    if worker.start != WorkerStart::OnRequest || !s.runs(Child::worker(i)) {
        return None;
    }

    s.child_mut(Child::worker(i)).exit(Life::Exited0);
    TAKEN
}

/// It inserts its record, which nobody may do during recovery.
///
/// Source: master `xlog.c` `XLogInsertRecord`, "cannot make new WAL entries during recovery".
#[must_use]
pub fn worker_writes_wal(w: &World, s: &mut Cluster, at: At) -> Taken {
    let (i, worker) = scenario(w, at)?;
    let writes = worker.writes_wal && !s.startup.in_recovery;
    if !writes || s.workers[i].wrote || !s.runs(Child::worker(i)) {
        return None;
    }

    s.wal.insert(Record::Other);
    s.workers[i].wrote = true;
    TAKEN
}

/// SIGTERM acts: exit 1.
///
/// Source: master `postgres.c` `ProcessInterrupts`, "terminating background worker".
#[must_use]
pub fn worker_process_interrupts(_w: &World, s: &mut Cluster, at: At) -> Taken {
    let child = Child::worker(usize::from(at.who));
    if !s.runs(child) || !s.child(child).has(Signal::Term) {
        return None;
    }

    s.child_mut(child).exit(Life::Exited1);
    TAKEN
}
