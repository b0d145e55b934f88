//! Main loops and flags: the consumer's and the producer's rule.

#![cfg(loom)]

mod harness;

use std::cell::Cell;

use harness::{SLEEPS_FOR_GOOD, fails, holds};
use loom::thread;
use model::shmem::flags::{LoopVariant, ProducerVariant, handler_sets, main_loop, request};
use model::shmem::kernel::{Signal, WakeChannel};
use model::shmem::latch::LatchVariant;
use model::shmem::process::{Process, Server};
use model::sync::{Arc, AtomicBool, Ordering::Relaxed};

/// A process waits for a flag that another sets.
fn requested(of: LoopVariant, by: ProducerVariant) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((
            Server::new(2),
            [AtomicBool::new(false), AtomicBool::new(false)],
        ));
        let producer = Arc::clone(&shared);
        let producer = thread::spawn(move || {
            let (server, flags) = &*producer;
            let me = Process::new(server, 2);
            for flag in flags {
                request(&me, flag, server.latch_of(1), by);
            }
        });
        let (server, flags) = &*shared;
        let mut seen = [false; 2];
        main_loop(&Process::new(server, 1), of, || {
            for (flag, seen) in flags.iter().zip(&mut seen) {
                *seen |= flag.load(Relaxed);
            }
            seen == [true; 2]
        });
        producer.join().expect("it ends");
    }
}

/// A process waits for SIGUSR2, whose handler sets its flag (got_SIGUSR2), while SIGUSR1 comes too.
fn signalled(of: LoopVariant, by: ProducerVariant) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new(Server::of(2, LatchVariant::Master, WakeChannel::SignalFd));
        let sender = Arc::clone(&shared);
        let sender = thread::spawn(move || {
            sender.kernel.kill(1, Signal::Usr1);
            sender.kernel.kill(1, Signal::Usr2);
        });
        let got_sigusr2 = Cell::new(false);
        let handler = |me: &Process<'_>, signal| {
            if signal == Signal::Usr2 {
                handler_sets(me, &got_sigusr2, by);
            }
        };
        let me = Process::with_handler(&shared, 1, &handler);
        main_loop(&me, of, || got_sigusr2.get());
        sender.join().expect("it ends");
    }
}

#[test]
fn no_request_is_missed() {
    for of in [LoopVariant::WaitAtBottom, LoopVariant::WaitAtTop] {
        let scenario = requested(of, ProducerVariant::FlagThenLatch);
        holds(&format!("flag of another process: {of:?}"), 6, scenario);
        let scenario = signalled(of, ProducerVariant::FlagThenLatch);
        holds(&format!("flag of a handler: {of:?}"), 10, scenario);
    }
}

#[test]
fn the_latch_is_reset_before_the_test() {
    for of in [LoopVariant::ResetAfterTest, LoopVariant::ResetWithoutTest] {
        let scenario = requested(of, ProducerVariant::FlagThenLatch);
        fails(
            &format!("flag of another process: {of:?}"),
            SLEEPS_FOR_GOOD,
            3,
            scenario,
        );
        let scenario = signalled(of, ProducerVariant::FlagThenLatch);
        fails(
            &format!("flag of a handler: {of:?}"),
            SLEEPS_FOR_GOOD,
            3,
            scenario,
        );
    }
}

#[test]
fn the_flag_is_set_before_the_latch() {
    for by in [ProducerVariant::LatchThenFlag, ProducerVariant::FlagOnly] {
        let scenario = requested(LoopVariant::WaitAtBottom, by);
        fails(
            &format!("flag of another process: {by:?}"),
            SLEEPS_FOR_GOOD,
            3,
            scenario,
        );
    }
}

#[test]
fn a_handler_sets_the_latch() {
    let scenario = signalled(LoopVariant::WaitAtBottom, ProducerVariant::FlagOnly);
    fails("flag of a handler: FlagOnly", SLEEPS_FOR_GOOD, 3, scenario);
}
