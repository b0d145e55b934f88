//! PMSignal: the end of the shutdown checkpoint reaches the postmaster, whatever else comes.

#![cfg(loom)]

mod harness;

use std::cell::Cell;

use harness::{SLEEPS_FOR_GOOD, fails, holds};
use loom::thread;
use model::shmem::atomics::pg_memory_barrier;
use model::shmem::pmsignal::{PmReason, PmSignal, PmSignalVariant};
use model::shmem::process::{Process, Server};
use model::sync::{Arc, AtomicU32, Ordering::Relaxed};

/// The checkpointer reports the end, another child asks for another look: nothing may be lost.
fn reported(variant: PmSignalVariant) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((Server::new(3), PmSignal::new(variant, false)));
        let senders = [
            (2, PmReason::XlogIsShutdown),
            (3, PmReason::AdvanceStateMachine),
        ]
        .map(|(pid, reason)| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.1.send(&Process::new(&shared.0, pid), 1, reason))
        });
        let seen = Cell::new([false; 2]);
        serve(&shared.0, &shared.1, &seen);
        for sender in senders {
            sender.join().expect("it ends");
        }
    }
}

fn serve(server: &Server, pmsignal: &PmSignal, seen: &Cell<[bool; 2]>) {
    let pending = Cell::new(false);
    let act = |reason: PmReason| {
        let mut now = seen.get();
        now[reason as usize] = true;
        seen.set(now);
    };
    let handler = |me: &Process<'_>, _| pmsignal.handler(me, &pending, &act);
    let me = Process::with_handler(server, 1, &handler);
    pmsignal.server_loop(&me, &pending, &act, &|| seen.get() == [true; 2]);
}

/// One child asks twice; what it wrote before the second time is seen by whoever serves it.
fn asked_twice(
    variant: PmSignalVariant,
    barrier_after_clear: bool,
) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((
            Server::new(2),
            PmSignal::new(variant, barrier_after_clear),
            AtomicU32::new(0),
        ));
        let sender = Arc::clone(&shared);
        let sender = thread::spawn(move || {
            let (server, pmsignal, request) = &*sender;
            for number in 1..=2 {
                request.store(number, Relaxed);
                pg_memory_barrier();
                pmsignal.send(&Process::new(server, 2), 1, PmReason::XlogIsShutdown);
            }
        });
        let (server, pmsignal, request) = &*shared;
        let pending = Cell::new(false);
        let seen = Cell::new(0);
        let act = |_| seen.set(request.load(Relaxed));
        let handler = |me: &Process<'_>, _| pmsignal.handler(me, &pending, &act);
        let me = Process::with_handler(server, 1, &handler);
        pmsignal.server_loop(&me, &pending, &act, &|| seen.get() == 2);
        sender.join().expect("it ends");
    }
}

/// A child becomes a walsender and pokes the postmaster, which must count it as one.
fn becomes_walsender(poke_first: bool) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((
            Server::new(2),
            PmSignal::new(PmSignalVariant::MainLoop, false),
        ));
        let child = Arc::clone(&shared);
        let child = thread::spawn(move || {
            child
                .1
                .mark_walsender(&Process::new(&child.0, 2), 1, poke_first);
        });
        let (server, pmsignal) = &*shared;
        let pending = Cell::new(false);
        let counted = Cell::new(None);
        let act = |_| counted.set(Some(pmsignal.is_walsender()));
        let handler = |me: &Process<'_>, _| pmsignal.handler(me, &pending, &act);
        let me = Process::with_handler(server, 1, &handler);
        pmsignal.server_loop(&me, &pending, &act, &|| counted.get().is_some());
        assert_eq!(counted.get(), Some(true), "poked, but not a walsender");
        child.join().expect("it ends");
    }
}

#[test]
fn no_reason_is_lost() {
    for variant in [PmSignalVariant::MainLoop, PmSignalVariant::InHandler] {
        holds(
            &format!("pmsignal, two children: {variant:?}"),
            3,
            reported(variant),
        );
        holds(
            &format!("pmsignal, asked twice: {variant:?}"),
            6,
            asked_twice(variant, true),
        );
    }
}

#[test]
fn each_order_is_needed() {
    for variant in [
        PmSignalVariant::KillBeforeFlag,
        PmSignalVariant::PendingClearedLast,
        PmSignalVariant::WorkBeforeReset,
    ] {
        let scenario = asked_twice(variant, true);
        fails(
            &format!("pmsignal: {variant:?}"),
            SLEEPS_FOR_GOOD,
            4,
            scenario,
        );
    }
}

#[test]
fn a_reason_is_cleared_only_when_seen() {
    let scenario = reported(PmSignalVariant::ClearUnseen);
    fails(
        "pmsignal, two children: ClearUnseen",
        SLEEPS_FOR_GOOD,
        4,
        scenario,
    );
}

#[test]
fn a_walsender_is_marked_before_the_postmaster_is_poked() {
    holds(
        "pmsignal, becomes walsender: mark, poke",
        10,
        becomes_walsender(false),
    );
    let scenario = becomes_walsender(true);
    fails(
        "pmsignal, becomes walsender: poke, mark",
        "not a walsender",
        4,
        scenario,
    );
}

/// `CheckPostmasterSignal` clears a reason and the postmaster then reads what the sender wrote,
/// without a barrier between: the read may come first, and the reason of a second sender be
/// cleared with its first. A store and a later load pass each other on x86, too.
#[test]
fn a_reason_and_what_it_is_about_in_theory() {
    let scenario = asked_twice(PmSignalVariant::MainLoop, false);
    let name = "pmsignal, asked twice, no barrier after clear: MainLoop";
    fails(name, SLEEPS_FOR_GOOD, 6, scenario);
}
