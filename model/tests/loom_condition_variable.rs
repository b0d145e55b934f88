//! Condition variables: no sleeper is forgotten, a broadcast ends.

#![cfg(loom)]

mod harness;

use std::cell::Cell;

use harness::{SLEEPS_FOR_GOOD, fails, holds};
use loom::thread;
use model::shmem::condition_variable::{ConditionVariable, CvVariant, Sleeper, Slept};
use model::shmem::kernel::Signal;
use model::shmem::process::{Process, Server};
use model::sync::{Arc, AtomicU32, Ordering::Relaxed};

struct Shared {
    server: Server,
    cv: ConditionVariable,
    condition: AtomicU32,
}

fn shared(processes: u32, variant: CvVariant) -> Arc<Shared> {
    Arc::new(Shared {
        server: Server::new(processes),
        cv: ConditionVariable::new(variant),
        condition: AtomicU32::new(0),
    })
}

/// The pattern that the header of `ConditionVariableSleep` gives.
fn sleep_until(shared: &Shared, pid: u32, value: u32) {
    let me = Process::new(&shared.server, pid);
    let sleeper = Sleeper::new(&me);
    sleeper.prepare_to_sleep(&shared.cv);
    while shared.condition.load(Relaxed) < value {
        sleeper.sleep(&shared.cv, &|| false);
    }
    sleeper.cancel();
}

/// `sleepers` wait for the second of two changes; each change is broadcast.
fn broadcasts(variant: CvVariant, sleepers: u32) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = shared(3, variant);
        let threads: Vec<_> = (0..sleepers)
            .map(|i| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || sleep_until(&shared, 2 + i, 2))
            })
            .collect();
        let me = Process::new(&shared.server, 1);
        let sleeper = Sleeper::new(&me);
        for value in 1..=2 {
            shared.condition.store(value, Relaxed);
            let mut woken = shared.cv.broadcast(&sleeper);
            let wakes = woken.len();
            woken.sort_unstable();
            woken.dedup();
            assert_eq!(woken.len(), wakes, "a broadcast wakes a process twice");
        }
        for thread in threads {
            thread.join().expect("it ends");
        }
    }
}

/// Two changes, each signalled to one sleeper.
fn signals(variant: CvVariant) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = shared(2, variant);
        let sleeper = Arc::clone(&shared);
        let thread = thread::spawn(move || sleep_until(&sleeper, 2, 2));
        let me = Process::new(&shared.server, 1);
        for value in 1..=2 {
            shared.condition.store(value, Relaxed);
            shared.cv.signal(&me);
        }
        thread.join().expect("it ends");
    }
}

/// Something else sets the sleeper's latch, and then the only signal comes.
fn stray_wake_up(variant: CvVariant) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = shared(2, variant);
        let sleeper = Arc::clone(&shared);
        let thread = thread::spawn(move || sleep_until(&sleeper, 2, 1));
        let me = Process::new(&shared.server, 1);
        shared.server.latch_of(2).set(&me);
        shared.condition.store(1, Relaxed);
        shared.cv.signal(&me);
        thread.join().expect("it ends");
    }
}

/// One of two sleepers gives up, and the only signal may have gone to it (G5a).
fn one_gives_up(variant: CvVariant, heeds_result: bool) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = shared(3, variant);
        let quitter = Arc::clone(&shared);
        let quitter = thread::spawn(move || {
            let me = Process::new(&quitter.server, 2);
            let sleeper = Sleeper::new(&me);
            sleeper.prepare_to_sleep(&quitter.cv);
            if sleeper.cancel() && heeds_result {
                quitter.cv.signal(&me);
            }
        });
        let waiter = Arc::clone(&shared);
        let waiter = thread::spawn(move || sleep_until(&waiter, 3, 1));
        let me = Process::new(&shared.server, 1);
        shared.condition.store(1, Relaxed);
        shared.cv.signal(&me);
        quitter.join().expect("it ends");
        waiter.join().expect("it ends");
    }
}

/// SIGTERM comes while a process is about to sleep for somebody who is gone (G4).
fn terminated(variant: CvVariant) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = shared(2, variant);
        let sender = Arc::clone(&shared);
        let sender = thread::spawn(move || {
            sender.server.kernel.kill(1, Signal::Usr1);
        });
        let die_pending = Cell::new(false);
        let handler = |me: &Process<'_>, _| {
            die_pending.set(true);
            me.my_latch().set(me);
        };
        let me = Process::with_handler(&shared.server, 1, &handler);
        let sleeper = Sleeper::new(&me);
        me.signals_may_arrive();
        sleeper.prepare_to_sleep(&shared.cv);
        while sleeper.sleep(&shared.cv, &|| die_pending.get()) != Slept::Interrupted {}
        sleeper.cancel();
        sender.join().expect("it ends");
    }
}

/// The releases, with what they do on cancel.
const RELEASES: [CvVariant; 3] = [
    CvVariant::Master,
    CvVariant::ForwardOnCancel,
    CvVariant::SwallowOnCancel,
];

#[test]
fn no_broadcast_is_missed() {
    for variant in RELEASES {
        holds(
            &format!("cv, broadcast: {variant:?}"),
            5,
            broadcasts(variant, 1),
        );
    }
    holds(
        "cv, broadcast to two: Master",
        3,
        broadcasts(CvVariant::Master, 2),
    );
}

#[test]
fn no_signal_is_missed() {
    for variant in RELEASES {
        holds(&format!("cv, signal: {variant:?}"), 5, signals(variant));
    }
}

#[test]
fn queueing_again_and_the_order_of_the_reset_are_needed() {
    for variant in [
        CvVariant::SleepWithoutRequeue,
        CvVariant::PrepareQueuesThenResets,
        CvVariant::LatchBeforeDequeue,
    ] {
        let scenario = signals(variant);
        fails(
            &format!("cv, signal: {variant:?}"),
            SLEEPS_FOR_GOOD,
            3,
            scenario,
        );
    }
    let scenario = stray_wake_up(CvVariant::ResetAfterQueue);
    fails(
        "cv, stray wake-up: ResetAfterQueue",
        SLEEPS_FOR_GOOD,
        3,
        scenario,
    );
    holds(
        "cv, stray wake-up: Master",
        6,
        stray_wake_up(CvVariant::Master),
    );
}

/// G5a; and what 5ffb7c7750 asks of callers since 16.
#[test]
fn g5a_a_cancelled_sleep_must_not_swallow_a_signal() {
    let scenario = one_gives_up(CvVariant::ForwardOnCancel, false);
    holds("G5a after: ForwardOnCancel", 5, scenario);
    let scenario = one_gives_up(CvVariant::Master, true);
    holds(
        "G5a, 16 and a caller that heeds the result: Master",
        5,
        scenario,
    );
    let scenario = one_gives_up(CvVariant::SwallowOnCancel, false);
    fails("G5a before: SwallowOnCancel", SLEEPS_FOR_GOOD, 3, scenario);
    let scenario = one_gives_up(CvVariant::Master, false);
    fails(
        "G5a, 16 and a caller that does not: Master",
        SLEEPS_FOR_GOOD,
        3,
        scenario,
    );
}

#[test]
fn g5b_a_broadcast_ends() {
    let scenario = broadcasts(CvVariant::BroadcastUntilEmpty, 1);
    fails(
        "G5b before: BroadcastUntilEmpty",
        "wakes a process twice",
        3,
        scenario,
    );
    holds("G5b after: Master", 5, broadcasts(CvVariant::Master, 1));
}

#[test]
fn g4_prepare_must_not_reset_the_latch() {
    holds("G4 after: Master", 10, terminated(CvVariant::Master));
    let scenario = terminated(CvVariant::PrepareResetsLatch);
    fails(
        "G4 before: PrepareResetsLatch",
        SLEEPS_FOR_GOOD,
        5,
        scenario,
    );
}
