//! The WalSnd entry: no stop is missed, no walsender still writes when the checkpoint begins.

#![cfg(loom)]

mod harness;

use std::cell::Cell;

use harness::{fails, holds};
use loom::thread;
use model::shmem::flags::{LoopVariant, main_loop};
use model::shmem::process::{Process, Server};
use model::shmem::procsignal::{ProcSignal, ProcSignalVariant};
use model::shmem::walsnd::{Stop, WalSndCtl, WalSndVariant};
use model::sync::Arc;

/// What the checkpointer looks at when all walsenders have stopped.
#[derive(Clone, Copy, PartialEq)]
enum Look {
    InsertPosition,
    LeftBehind,
}

/// A walsender streams; the checkpointer asks it to stop, waits, and then looks.
fn stops(variant: WalSndVariant, how: Stop, look: Look) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((
            Server::new(2),
            ProcSignal::new(1, ProcSignalVariant::Locked),
            WalSndCtl::new(1, variant),
        ));
        let joined = Process::new(&shared.0, 2);
        shared.1.init(&joined, 0);
        let entry = shared.2.init_slot(&joined).expect("an entry is free");
        let walsender = Arc::clone(&shared);
        let walsender = thread::spawn(move || {
            let (server, procsignal, ctl) = &*walsender;
            let got_stopping = Cell::new(false);
            let act = |_| got_stopping.set(true);
            let handler = |me: &Process<'_>, _| procsignal.sigusr1_handler(me, 0, &act);
            let me = Process::with_handler(server, 2, &handler);
            main_loop(&me, LoopVariant::WaitAtBottom, || got_stopping.get());
            ctl.stop(&me, entry, how);
        });
        // A thread of its own: loom takes it that who made an atomic has seen its first value, and
        // does not return it again once that thread has yielded.
        let checkpointer = thread::spawn(move || {
            let (server, procsignal, ctl) = &*shared;
            let me = Process::new(server, 1);
            ctl.init_stopping(&me, procsignal);
            ctl.wait_stopping();
            match look {
                Look::InsertPosition => assert_eq!(ctl.insert_position(), 1, "WAL after STOPPING"),
                Look::LeftBehind => assert!(ctl.sees_what_was_left(), "what was left is not seen"),
            }
        });
        checkpointer.join().expect("it ends");
        walsender.join().expect("it ends");
    }
}

/// Two walsenders, one of which reports and one of which leaves.
fn two_stop() -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((Server::new(3), WalSndCtl::new(2, WalSndVariant::Master)));
        let walsenders = [(2, Stop::Report), (3, Stop::Leave)].map(|(pid, how)| {
            let entry = shared
                .1
                .init_slot(&Process::new(&shared.0, pid))
                .expect("an entry is free");
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.1.stop(&Process::new(&shared.0, pid), entry, how))
        });
        shared.1.wait_stopping();
        assert_eq!(shared.1.insert_position(), 2, "WAL after STOPPING");
        for walsender in walsenders {
            walsender.join().expect("it ends");
        }
    }
}

/// A walsender leaves, and another takes its entry as soon as it is free (G9).
fn entry_changes_hands(variant: WalSndVariant) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((Server::new(2), WalSndCtl::new(1, variant)));
        let entry = shared
            .1
            .init_slot(&Process::new(&shared.0, 1))
            .expect("an entry is free");
        let next = Arc::clone(&shared);
        let next = thread::spawn(move || {
            let me = Process::new(&next.0, 2);
            if let Some(entry) = next.1.init_slot(&me) {
                next.1.kill(&me, entry);
            }
        });
        shared.1.kill(&Process::new(&shared.0, 1), entry);
        next.join().expect("it ends");
    }
}

#[test]
fn no_stop_is_missed() {
    for how in [Stop::Report, Stop::Leave] {
        for look in [Look::InsertPosition, Look::LeftBehind] {
            let what = if look == Look::LeftBehind {
                "left behind"
            } else {
                "WAL"
            };
            let scenario = stops(WalSndVariant::Master, how, look);
            holds(&format!("walsnd: Master, {how:?}, {what}"), 6, scenario);
        }
    }
    holds("walsnd, two: Master", 4, two_stop());
}

#[test]
fn the_last_wal_comes_first() {
    let scenario = stops(
        WalSndVariant::StoppingBeforeInsert,
        Stop::Report,
        Look::InsertPosition,
    );
    fails(
        "walsnd: StoppingBeforeInsert",
        "WAL after STOPPING",
        3,
        scenario,
    );
    let scenario = stops(
        WalSndVariant::KillBeforeInsert,
        Stop::Leave,
        Look::InsertPosition,
    );
    fails(
        "walsnd: KillBeforeInsert",
        "WAL after STOPPING",
        3,
        scenario,
    );
}

/// The spinlock orders what has no lock of its own; the insert position has one.
#[test]
fn what_the_spinlock_is_for() {
    let scenario = stops(
        WalSndVariant::WithoutSpinlock,
        Stop::Report,
        Look::LeftBehind,
    );
    fails(
        "walsnd: WithoutSpinlock, left behind",
        "what was left is not seen",
        3,
        scenario,
    );
    let scenario = stops(
        WalSndVariant::WithoutSpinlock,
        Stop::Report,
        Look::InsertPosition,
    );
    holds("walsnd: WithoutSpinlock, WAL", 6, scenario);
}

#[test]
fn g9_the_latch_is_given_up_before_the_entry() {
    holds(
        "G9 today: Master",
        10,
        entry_changes_hands(WalSndVariant::Master),
    );
    let scenario = entry_changes_hands(WalSndVariant::OwnLatchFreedFirst);
    fails(
        "G9 before: OwnLatchFreedFirst",
        "latch already owned",
        5,
        scenario,
    );
    let scenario = entry_changes_hands(WalSndVariant::OwnLatchDisownedFirstInOrder);
    holds("G9 after: OwnLatchDisownedFirstInOrder", 10, scenario);
    // "Assume that no lock is required for this": where stores pass each other, one is.
    let scenario = entry_changes_hands(WalSndVariant::OwnLatchDisownedFirst);
    fails(
        "G9 after: OwnLatchDisownedFirst, weak memory",
        "latch already owned",
        5,
        scenario,
    );
}
