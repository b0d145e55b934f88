//! ProcSignal barriers: whoever waits for a generation finds it absorbed, and does not wait for
//! good.

#![cfg(loom)]

mod harness;

use std::cell::Cell;

use harness::{SLEEPS_FOR_GOOD, fails, holds};
use loom::thread;
use model::shmem::barrier::{BarrierVariant, Barriers};
use model::shmem::condition_variable::Sleeper;
use model::shmem::flags::{LoopVariant, main_loop};
use model::shmem::process::{Process, Server};
use model::sync::{Arc, AtomicU64, Ordering::Relaxed};

struct Shared {
    server: Server,
    barriers: Barriers,
    /// What the barrier is about.
    state: AtomicU64,
    /// The state that nobody may use any longer, plus one.
    closed: AtomicU64,
    /// What the process has stored while it absorbed.
    taken: AtomicU64,
}

fn shared(variant: BarrierVariant) -> Arc<Shared> {
    Arc::new(Shared {
        server: Server::new(2),
        barriers: Barriers::new(1, variant),
        state: AtomicU64::new(0),
        closed: AtomicU64::new(0),
        taken: AtomicU64::new(0),
    })
}

/// Changes the state and tells everybody, `emissions` times; then all have taken notice.
fn emit_and_wait(shared: &Shared, emissions: u64) {
    let me = Process::new(&shared.server, 1);
    let sleeper = Sleeper::new(&me);
    let mut generation = 0;
    for _ in 0..emissions {
        shared.state.store(generation + 1, Relaxed);
        generation = shared.barriers.emit(&me);
    }
    shared.barriers.wait(&sleeper, generation);
    shared.closed.store(emissions, Relaxed);
}

/// A process absorbs until it has published generation `emissions`; one that joined then leaves.
/// Returns the state that it uses at last.
fn absorb(shared: &Shared, emissions: u64, joins: bool) -> u64 {
    let pending = Cell::new(false);
    let handler = |me: &Process<'_>, _| shared.barriers.sigusr1_handler(me, 0, &pending);
    let me = Process::with_handler(&shared.server, 2, &handler);
    let sleeper = Sleeper::new(&me);
    let local = Cell::new(0);
    let uses_state = || {
        let closed = shared.closed.load(Relaxed);
        assert!(closed <= local.get(), "uses the old state");
    };
    let work = || {
        uses_state();
        local.set(shared.state.load(Relaxed));
        shared.taken.store(local.get(), Relaxed);
    };
    if joins {
        shared.barriers.init(&me, 0);
        local.set(shared.state.load(Relaxed));
    }
    main_loop(&me, LoopVariant::WaitAtBottom, || {
        shared.barriers.process(&sleeper, (&me, 0), &pending, &work);
        shared.barriers.published(0) >= emissions
    });
    uses_state();
    if joins {
        shared.barriers.cleanup(&sleeper, 0);
    }
    local.get()
}

/// A process that is there from the start.
fn emitted(variant: BarrierVariant, emissions: u64) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = shared(variant);
        shared.barriers.init(&Process::new(&shared.server, 2), 0);
        let process = Arc::clone(&shared);
        let process = thread::spawn(move || absorb(&process, emissions, false));
        emit_and_wait(&shared, emissions);
        assert_eq!(
            process.join().expect("it ends"),
            emissions,
            "ends with the old state"
        );
    }
}

/// A process that starts while the barrier is emitted: it is asked, or it starts with the new
/// state.
fn joins_late(variant: BarrierVariant) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = shared(variant);
        let process = Arc::clone(&shared);
        let process = thread::spawn(move || absorb(&process, 1, true));
        emit_and_wait(&shared, 1);
        assert_eq!(
            process.join().expect("it ends"),
            1,
            "ends with the old state"
        );
    }
}

/// A process leaves instead of absorbing.
fn leaves(variant: BarrierVariant) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = shared(variant);
        shared.barriers.init(&Process::new(&shared.server, 2), 0);
        let process = Arc::clone(&shared);
        let process = thread::spawn(move || {
            let me = Process::new(&process.server, 2);
            process.barriers.cleanup(&Sleeper::new(&me), 0);
        });
        emit_and_wait(&shared, 1);
        process.join().expect("it ends");
    }
}

/// Whoever has waited sees what the process stored while it absorbed.
fn stored(variant: BarrierVariant) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = shared(variant);
        shared.barriers.init(&Process::new(&shared.server, 2), 0);
        let process = Arc::clone(&shared);
        let process = thread::spawn(move || absorb(&process, 1, false));
        emit_and_wait(&shared, 1);
        assert_eq!(shared.taken.load(Relaxed), 1, "its stores are not seen");
        process.join().expect("it ends");
    }
}

#[test]
fn a_barrier_is_absorbed() {
    holds(
        "barrier, the process leaves: Master",
        10,
        leaves(BarrierVariant::Master),
    );
    holds(
        "barrier, one: Master",
        5,
        emitted(BarrierVariant::Master, 1),
    );
    holds(
        "barrier, two: Master",
        3,
        emitted(BarrierVariant::Master, 2),
    );
}

#[test]
fn each_order_is_needed() {
    for (variant, reason) in [
        (BarrierVariant::ClearAfterWork, "old state"),
        (BarrierVariant::PublishBeforeWork, "uses the old state"),
        (BarrierVariant::PendingClearedLast, SLEEPS_FOR_GOOD),
        (BarrierVariant::PublishWithoutBroadcast, SLEEPS_FOR_GOOD),
    ] {
        let scenario = emitted(variant, 2);
        fails(&format!("barrier: {variant:?}"), reason, 4, scenario);
    }
}

/// Nothing orders what a process stores while it absorbs before the generation that it publishes.
/// No barrier in the tree stores anything shared there.
#[test]
fn stores_of_the_absorption_may_not_be_seen_in_theory() {
    holds(
        "barrier, stores: BarrierBeforePublish",
        5,
        stored(BarrierVariant::BarrierBeforePublish),
    );
    let scenario = stored(BarrierVariant::Master);
    fails(
        "barrier, stores: Master",
        "its stores are not seen",
        4,
        scenario,
    );
}

/// d79bf7612a (2026).
#[test]
fn a_process_that_starts_is_not_forgotten() {
    let scenario = joins_late(BarrierVariant::ReadBarrierAfterGeneration);
    holds(
        "barrier, a process starts: ReadBarrierAfterGeneration",
        4,
        scenario,
    );
    for variant in [
        BarrierVariant::GenerationBeforePid,
        BarrierVariant::PidWithoutBarrier,
    ] {
        let scenario = joins_late(variant);
        fails(
            &format!("barrier, a process starts: {variant:?}"),
            SLEEPS_FOR_GOOD,
            4,
            scenario,
        );
    }
}

/// Nothing orders what the new process reads behind its read of the generation.
#[test]
fn a_process_that_starts_may_read_old_state_in_theory() {
    let scenario = joins_late(BarrierVariant::Master);
    fails(
        "barrier, a process starts: Master",
        "ends with the old state",
        4,
        scenario,
    );
}
