//! A logical walsender that stops has sent all WAL that was there before it was told to.

#![cfg(loom)]

mod harness;

use std::cell::Cell;

use harness::{SLEEPS_FOR_GOOD, fails, holds};
use loom::thread;
use model::shmem::condition_variable::Sleeper;
use model::shmem::kernel::Signal;
use model::shmem::logical_walsender::{LogicalVariant, LogicalWal};
use model::shmem::process::{Process, Server};
use model::shmem::wal_wakeup::WakeupVariant;
use model::sync::Arc;

const LEFT_EARLY: &str = "it left before all WAL was sent";

/// A backend flushes so many records, leaves so many more that it does not flush, and exits; the
/// checkpointer, which is the same thread here, tells the walsender to stop. Nobody else flushes.
fn stopped(
    variant: LogicalVariant,
    wakeup: WakeupVariant,
    (flushed, not_flushed): (u64, u64),
) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((Server::new(2), LogicalWal::new(1, wakeup, variant)));
        let others = Arc::clone(&shared);
        let others = thread::spawn(move || {
            let (server, wal) = &*others;
            let me = Process::new(server, 2);
            for _ in 0..flushed {
                wal.insert();
            }
            wal.flush(&Sleeper::new(&me), &me);
            for _ in 0..not_flushed {
                wal.insert();
            }
            server.kernel.kill(1, Signal::Usr1);
        });
        let (server, wal) = &*shared;
        let got_stopping = Cell::new(false);
        let handler = |me: &Process<'_>, _| {
            got_stopping.set(true);
            me.my_latch().set(me);
        };
        let me = Process::with_handler(server, 1, &handler);
        let sent = wal.stream(&Sleeper::new(&me), &me, &got_stopping);
        assert_eq!(sent, flushed + not_flushed, "{LEFT_EARLY}");
        others.join().expect("it ends");
    }
}

const WAKEUPS: [WakeupVariant; 2] = [
    WakeupVariant::OwnLatch,
    WakeupVariant::SharedConditionVariable,
];

#[test]
fn all_wal_is_sent() {
    for wakeup in WAKEUPS {
        for records in [(0, 1), (1, 1), (2, 0)] {
            let scenario = stopped(LogicalVariant::Master, wakeup, records);
            let name = format!("logical stop: Master, {wakeup:?}, {records:?} records");
            holds(&name, 4, scenario);
        }
    }
}

/// `WalSndDone` passes through the first look once more: needed when the flag comes between the
/// two.
#[test]
fn the_last_send_is_needed_because_there_are_two_looks() {
    for wakeup in WAKEUPS {
        let scenario = stopped(LogicalVariant::LeavesAtOnce, wakeup, (0, 1));
        let name = format!("logical stop: LeavesAtOnce, {wakeup:?}");
        fails(&name, LEFT_EARLY, 3, scenario);
    }
    let wakeup = WakeupVariant::SharedConditionVariable;
    let scenario = stopped(LogicalVariant::OneLook, wakeup, (0, 1));
    holds("logical stop: OneLook", 4, scenario);
    let scenario = stopped(LogicalVariant::OneLookLeavesAtOnce, wakeup, (0, 1));
    holds("logical stop: OneLookLeavesAtOnce", 4, scenario);
}

#[test]
fn each_look_is_needed() {
    let wakeup = WakeupVariant::SharedConditionVariable;
    let mutants = [
        (LogicalVariant::WithoutFlush, LEFT_EARLY),
        (LogicalVariant::WithoutSecondLook, SLEEPS_FOR_GOOD),
        (LogicalVariant::ResetBehindLooks, SLEEPS_FOR_GOOD),
    ];
    for (variant, reason) in mutants {
        let scenario = stopped(variant, wakeup, (0, 1));
        fails(&format!("logical stop: {variant:?}"), reason, 3, scenario);
    }
}

/// 38ddeab13b (2019): the flag comes while the last record is decoded.
#[test]
fn the_flag_is_tested_with_and_without_a_record() {
    let scenario = stopped(
        LogicalVariant::TestsWithoutRecord,
        WakeupVariant::OwnLatch,
        (2, 0),
    );
    let name = "logical stop, before 38ddeab13b: TestsWithoutRecord";
    fails(name, SLEEPS_FOR_GOOD, 3, scenario);
}
