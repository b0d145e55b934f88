//! ProcSignal: no reason is lost, none reaches a process that it is not for.

#![cfg(loom)]

mod harness;

use std::cell::Cell;

use harness::{SLEEPS_FOR_GOOD, fails, holds};
use loom::thread;
use model::shmem::atomics::pg_memory_barrier;
use model::shmem::flags::{LoopVariant, main_loop};
use model::shmem::process::{Process, Server};
use model::shmem::procsignal::{ProcSignal, ProcSignalVariant, Reason};
use model::sync::{Arc, AtomicU32, Ordering::Relaxed};

/// Who serves a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Served {
    /// The main loop, for a flag that the handler sets.
    ByLoop,
    /// The handler, behind a barrier.
    ByHandler,
}

/// A process is asked twice; the second request must be served as well as the first. `ordered`: a
/// full barrier stands between what the other wrote and the reason, as in
/// `EmitProcSignalBarrier`.
fn asked_twice(
    variant: ProcSignalVariant,
    ordered: bool,
    who: Served,
) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((
            Server::new(2),
            ProcSignal::new(1, variant),
            AtomicU32::new(0),
        ));
        shared.1.init(&Process::new(&shared.0, 1), 0);
        let other = Arc::clone(&shared);
        let other = thread::spawn(move || {
            let (server, procsignal, request) = &*other;
            let me = Process::new(server, 2);
            for number in 1..=2 {
                request.store(number, Relaxed);
                if ordered {
                    pg_memory_barrier();
                }
                procsignal.send(&me, 1, Reason::WalsndInitStopping);
            }
        });
        let (server, procsignal, request) = &*shared;
        let pending = Cell::new(false);
        let seen = Cell::new(0);
        let act = |_| {
            if who == Served::ByLoop {
                pending.set(true);
            } else {
                pg_memory_barrier();
                seen.set(request.load(Relaxed));
            }
        };
        let handler = |me: &Process<'_>, _| procsignal.sigusr1_handler(me, 0, &act);
        let me = Process::with_handler(server, 1, &handler);
        main_loop(&me, LoopVariant::WaitAtBottom, || {
            if pending.take() {
                seen.set(request.load(Relaxed));
            }
            seen.get() == 2
        });
        other.join().expect("it ends");
    }
}

/// The handler itself does the work, as `HandleWalSndInitStopping` does.
fn served_by_handler(variant: ProcSignalVariant) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((Server::new(2), ProcSignal::new(1, variant)));
        shared.1.init(&Process::new(&shared.0, 1), 0);
        let other = Arc::clone(&shared);
        let other = thread::spawn(move || {
            let me = Process::new(&other.0, 2);
            other.1.send(&me, 1, Reason::Barrier);
            other.1.send(&me, 1, Reason::WalsndInitStopping);
        });
        let (server, procsignal) = &*shared;
        let seen = Cell::new([false; 2]);
        let act = |reason: Reason| {
            let mut now = seen.get();
            now[reason as usize] = true;
            seen.set(now);
        };
        let handler = |me: &Process<'_>, _| procsignal.sigusr1_handler(me, 0, &act);
        let me = Process::with_handler(server, 1, &handler);
        main_loop(&me, LoopVariant::WaitAtBottom, || seen.get() == [true; 2]);
        other.join().expect("it ends");
    }
}

/// A walsender leaves and a backend takes its slot while the checkpointer signals the walsender.
/// Somebody else then has a reason for the backend.
fn slot_changes_hands(variant: ProcSignalVariant) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((Server::new(3), ProcSignal::new(1, variant)));
        shared.1.init(&Process::new(&shared.0, 1), 0);
        let checkpointer = Arc::clone(&shared);
        let checkpointer = thread::spawn(move || {
            let (server, procsignal) = &*checkpointer;
            procsignal.send(&Process::new(server, 3), 1, Reason::WalsndInitStopping);
        });
        let (server, procsignal) = &*shared;
        procsignal.cleanup(0);
        server.kernel.exit(1);
        let act = |reason| assert_ne!(reason, Reason::WalsndInitStopping, "Assert(am_walsender)");
        let me = Process::new(server, 2);
        procsignal.init(&me, 0);
        checkpointer.join().expect("it ends");
        procsignal.send(&me, 2, Reason::Barrier);
        procsignal.sigusr1_handler(&me, 0, &act);
    }
}

#[test]
fn no_reason_is_lost() {
    for variant in [ProcSignalVariant::Locked, ProcSignalVariant::Unlocked] {
        for served in [Served::ByLoop, Served::ByHandler] {
            let scenario = asked_twice(variant, true, served);
            holds(
                &format!("procsignal, asked twice, {served:?}: {variant:?}"),
                6,
                scenario,
            );
        }
        let scenario = served_by_handler(variant);
        holds(
            &format!("procsignal, two reasons: {variant:?}"),
            6,
            scenario,
        );
    }
}

#[test]
fn flag_before_kill_and_the_latch() {
    for variant in [
        ProcSignalVariant::KillBeforeFlag,
        ProcSignalVariant::HandlerWithoutSetLatch,
    ] {
        let scenario = served_by_handler(variant);
        fails(
            &format!("procsignal, two reasons: {variant:?}"),
            SLEEPS_FOR_GOOD,
            6,
            scenario,
        );
    }
    let scenario = asked_twice(ProcSignalVariant::ActBeforeClear, true, Served::ByHandler);
    fails(
        "procsignal, asked twice: ActBeforeClear",
        SLEEPS_FOR_GOOD,
        6,
        scenario,
    );
}

/// A reason orders nothing by itself.
#[test]
fn what_a_reason_is_about_needs_a_barrier() {
    let scenario = asked_twice(ProcSignalVariant::Unlocked, false, Served::ByLoop);
    fails(
        "procsignal, asked twice, no barrier: Unlocked",
        SLEEPS_FOR_GOOD,
        6,
        scenario,
    );
}

/// Up to 17 the flag may be set in a slot that has changed hands.
#[test]
fn no_stale_slot_is_signalled() {
    let scenario = slot_changes_hands(ProcSignalVariant::Locked);
    holds("procsignal, slot changes hands: Locked", 10, scenario);
    let scenario = slot_changes_hands(ProcSignalVariant::Unlocked);
    fails(
        "procsignal, slot changes hands: Unlocked",
        "Assert(am_walsender)",
        5,
        scenario,
    );
}
