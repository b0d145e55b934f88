//! New WAL wakes walsenders: up to 15 by their latches, since 16 by a condition variable.

#![cfg(loom)]

mod harness;

use std::cell::Cell;

use harness::{SLEEPS_FOR_GOOD, fails, holds};
use loom::thread;
use model::shmem::condition_variable::Sleeper;
use model::shmem::kernel::Signal;
use model::shmem::pmsignal::{PmReason, PmSignal, PmSignalVariant};
use model::shmem::process::{Process, Server};
use model::shmem::wal_wakeup::{DoneVariant, LogwrtVariant, WakeupVariant, WalPositions};
use model::sync::Arc;

/// A backend flushes WAL twice; the walsender sends all of it. With `stop`, SIGUSR2 follows.
fn flushed(
    wakeup: WakeupVariant,
    logwrt: LogwrtVariant,
    stop: bool,
) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((Server::new(2), WalPositions::new(1, wakeup, logwrt)));
        let backend = Arc::clone(&shared);
        let backend = thread::spawn(move || {
            let (server, wal) = &*backend;
            let me = Process::new(server, 2);
            let sleeper = Sleeper::new(&me);
            for position in 1..=2 {
                wal.flush(&sleeper, &me, position);
            }
            if stop {
                server.kernel.kill(1, Signal::Usr2);
            }
        });
        let (server, wal) = &*shared;
        let handler = |me: &Process<'_>, _| me.my_latch().set(me);
        let me = if stop {
            Process::with_handler(server, 1, &handler)
        } else {
            Process::new(server, 1)
        };
        wal.stream(&Sleeper::new(&me), &me, 2);
        backend.join().expect("it ends");
    }
}

/// The shutdown checkpoint, as in 18: the checkpointer flushes it and reports, the postmaster tells
/// the walsender, and the walsender must send all of it before it leaves.
fn last_cycle(wakeup: WakeupVariant, done: DoneVariant) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((
            Server::new(3),
            WalPositions::new(1, wakeup, LogwrtVariant::Master),
            PmSignal::new(PmSignalVariant::MainLoop, false),
        ));
        let checkpointer = Arc::clone(&shared);
        let checkpointer = thread::spawn(move || {
            let (server, wal, pmsignal) = &*checkpointer;
            let me = Process::new(server, 3);
            wal.flush(&Sleeper::new(&me), &me, 1);
            pmsignal.send(&me, 2, PmReason::XlogIsShutdown);
        });
        let postmaster = Arc::clone(&shared);
        let postmaster = thread::spawn(move || {
            let (server, _, pmsignal) = &*postmaster;
            let pending = Cell::new(false);
            let told = Cell::new(false);
            let act = |_| {
                server.kernel.kill(1, Signal::Usr2);
                told.set(true);
            };
            let handler = |me: &Process<'_>, _| pmsignal.handler(me, &pending, &act);
            let me = Process::with_handler(server, 2, &handler);
            pmsignal.server_loop(&me, &pending, &act, &|| told.get());
        });
        let (server, wal, _) = &*shared;
        let got_sigusr2 = Cell::new(false);
        let handler = |me: &Process<'_>, _| {
            got_sigusr2.set(true);
            me.my_latch().set(me);
        };
        let me = Process::with_handler(server, 1, &handler);
        let sent = wal.stream_until_told(&Sleeper::new(&me), &me, (&got_sigusr2, done));
        assert_eq!(sent, 1, "the shutdown checkpoint was not sent");
        checkpointer.join().expect("it ends");
        postmaster.join().expect("it ends");
    }
}

#[test]
fn own_latch_up_to_15_loses_nothing() {
    let scenario = flushed(WakeupVariant::OwnLatch, LogwrtVariant::Master, false);
    holds("new WAL, 15: OwnLatch", 5, scenario);
}

#[test]
fn shared_condition_variable_since_16_may_miss_a_flush() {
    let wakeup = WakeupVariant::SharedConditionVariable;
    let scenario = flushed(wakeup, LogwrtVariant::Master, false);
    fails(
        "new WAL, 16: SharedConditionVariable",
        SLEEPS_FOR_GOOD,
        3,
        scenario,
    );
    let scenario = flushed(wakeup, LogwrtVariant::Master, true);
    holds(
        "new WAL, 16, and then SIGUSR2: SharedConditionVariable",
        4,
        scenario,
    );
    let wakeup = WakeupVariant::SharedConditionVariableRecheck;
    let scenario = flushed(wakeup, LogwrtVariant::Master, false);
    holds(
        "new WAL, mended: SharedConditionVariableRecheck",
        4,
        scenario,
    );
}

#[test]
fn the_position_comes_before_the_latch() {
    let scenario = flushed(
        WakeupVariant::LatchBeforePosition,
        LogwrtVariant::Master,
        false,
    );
    fails("new WAL: LatchBeforePosition", SLEEPS_FOR_GOOD, 3, scenario);
}

#[test]
fn flush_trails_write() {
    for logwrt in [
        LogwrtVariant::WithoutWriteBarrier,
        LogwrtVariant::WithoutReadBarrier,
    ] {
        let scenario = flushed(WakeupVariant::OwnLatch, logwrt, false);
        fails(
            &format!("positions: {logwrt:?}"),
            "Assert(Write >= Flush)",
            3,
            scenario,
        );
    }
}

/// `WalSndDone`: "let's just be real sure we're caught up".
#[test]
fn the_last_look_is_needed() {
    for wakeup in [
        WakeupVariant::OwnLatch,
        WakeupVariant::SharedConditionVariable,
    ] {
        let scenario = last_cycle(wakeup, DoneVariant::LooksAgain);
        holds(&format!("last cycle: LooksAgain, {wakeup:?}"), 2, scenario);
        let scenario = last_cycle(wakeup, DoneVariant::LeavesAtOnce);
        let name = format!("last cycle: LeavesAtOnce, {wakeup:?}");
        fails(&name, "the shutdown checkpoint was not sent", 2, scenario);
    }
}
