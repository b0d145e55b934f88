//! Cases of history: G2, G3, G7, G8, G10. G1 is in `loom_latch.rs`
//! (`WithoutBarriers`), G4 and G5 in `loom_condition_variable.rs`, G9 in `loom_walsnd.rs`.

#![cfg(loom)]

mod harness;

use std::cell::Cell;

use harness::{SLEEPS_FOR_GOOD, fails, holds};
use loom::thread;
use model::shmem::checkpoint_request::{CheckpointerShmem, CheckpointerVariant};
use model::shmem::condition_variable::Sleeper;
use model::shmem::flags::{LoopVariant, main_loop};
use model::shmem::kernel::{DeathReport, Kernel, WakeChannel};
use model::shmem::latch::{Latch, LatchVariant};
use model::shmem::process::{Process, Server};
use model::shmem::recovery_conflict::{ConflictVariant, RecoveryConflicts};
use model::shmem::waiteventset::{PostmasterDeath, WaitEvent, WaitEventSet};
use model::shmem::xlogwait::{WaitLsnState, XlogwaitVariant};
use model::sync::Arc;

/// A checkpoint waits for a slot's owner; meanwhile another checkpoint is requested.
fn nested_wait(variant: CheckpointerVariant) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((Server::new(3), CheckpointerShmem::new(1, variant)));
        let backend = Arc::clone(&shared);
        let backend = thread::spawn(move || {
            let (server, shmem) = &*backend;
            shmem.request(&Process::new(server, 2), server.latch_of(1), 2);
        });
        let owner = Arc::clone(&shared);
        let owner = thread::spawn(move || {
            let me = Process::new(&owner.0, 3);
            owner.1.release_slot(&Sleeper::new(&me));
        });
        let (server, shmem) = &*shared;
        let me = Process::new(server, 1);
        shmem.main(&me, &Sleeper::new(&me), 1 | 2);
        backend.join().expect("it ends");
        owner.join().expect("it ends");
    }
}

#[test]
fn g2_a_nested_wait_eats_the_wake_up() {
    holds(
        "G2 after: Master",
        3,
        nested_wait(CheckpointerVariant::Master),
    );
    let scenario = nested_wait(CheckpointerVariant::SleepsWithoutLook);
    fails("G2 before: SleepsWithoutLook", SLEEPS_FOR_GOOD, 3, scenario);
}

/// The checkpointer delays its next write; a backend needs it to empty the queue.
fn write_delay(
    variant: CheckpointerVariant,
    channel: WakeChannel,
) -> impl Fn() + Send + Sync + 'static {
    move || {
        let server = Server::of(2, LatchVariant::AlwaysSignal, channel);
        let shared = Arc::new((server, CheckpointerShmem::new(0, variant)));
        let backend = Arc::clone(&shared);
        let backend = thread::spawn(move || {
            let (server, shmem) = &*backend;
            shmem.forward_sync_request(&Process::new(server, 2), server.latch_of(1));
        });
        let (server, shmem) = &*shared;
        shmem.write_delay(&Process::new(server, 1));
        backend.join().expect("it ends");
    }
}

/// With signal handlers (up to 13) the sleep was cut short, "though not reliably".
#[test]
fn g3_a_sleep_that_ignores_the_latch() {
    for channel in [WakeChannel::SignalFd, WakeChannel::SelfPipe] {
        let scenario = write_delay(CheckpointerVariant::Master, channel);
        holds(&format!("G3 after: Master, {channel:?}"), 10, scenario);
        let scenario = write_delay(CheckpointerVariant::DelayIgnoresLatch, channel);
        let name = format!("G3 before: DelayIgnoresLatch, {channel:?}");
        fails(&name, SLEEPS_FOR_GOOD, 5, scenario);
    }
}

/// A position advances while a process begins to wait for it.
fn wait_for_lsn(variant: XlogwaitVariant) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((Server::new(2), WaitLsnState::new(variant)));
        let waker = Arc::clone(&shared);
        let waker = thread::spawn(move || waker.1.advance(&Process::new(&waker.0, 2), 1));
        shared.1.wait_for_lsn(&Process::new(&shared.0, 1), 1);
        waker.join().expect("it ends");
    }
}

#[test]
fn g7_dekker_without_barriers() {
    for variant in [
        XlogwaitVariant::Master,
        XlogwaitVariant::OnMinWaited,
        XlogwaitVariant::OnPosition,
        XlogwaitVariant::NeitherInterleaved,
    ] {
        holds(
            &format!("G7 after, and control: {variant:?}"),
            10,
            wait_for_lsn(variant),
        );
    }
    for variant in [
        XlogwaitVariant::Neither,
        XlogwaitVariant::WakerWithout,
        XlogwaitVariant::WaiterWithout,
    ] {
        let scenario = wait_for_lsn(variant);
        fails(
            &format!("G7 before, and mutants: {variant:?}"),
            SLEEPS_FOR_GOOD,
            5,
            scenario,
        );
    }
}

/// A walsender ends a transaction while the startup process marks a conflict with its slot.
fn conflict(variant: ConflictVariant) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((Server::new(2), RecoveryConflicts::new(variant)));
        let startup = Arc::clone(&shared);
        let startup = thread::spawn(move || startup.1.signal(&Process::new(&startup.0, 2), 1));
        let (server, conflicts) = &*shared;
        let pending = Cell::new(false);
        let handler = |me: &Process<'_>, _| {
            pending.set(true);
            me.my_latch().set(me);
        };
        let me = Process::with_handler(server, 1, &handler);
        conflicts.end_transaction();
        main_loop(&me, LoopVariant::WaitAtBottom, || {
            pending.take() && conflicts.process()
        });
        startup.join().expect("it ends");
    }
}

#[test]
fn g8_a_transaction_ends_and_clears_a_conflict_that_outlives_it() {
    holds("G8 after: Master", 10, conflict(ConflictVariant::Master));
    let scenario = conflict(ConflictVariant::ClearedAtTransactionEnd);
    fails(
        "G8 before: ClearedAtTransactionEnd",
        SLEEPS_FOR_GOOD,
        5,
        scenario,
    );
}

/// The postmaster dies; a process notices, begins to exit, and waits once more on its way.
fn postmaster_dies(
    report: DeathReport,
    death: PostmasterDeath,
) -> impl Fn() + Send + Sync + 'static {
    move || {
        let latches = vec![Latch::owned_by(1, LatchVariant::Master)];
        let server = Arc::new(Server {
            kernel: Kernel::new(1, WakeChannel::SignalFd, report),
            proc_latch: latches,
        });
        let postmaster = Arc::clone(&server);
        let postmaster = thread::spawn(move || postmaster.kernel.postmaster_dies(1));
        let me = Process::new(&server, 1);
        let set = WaitEventSet::new(me.my_latch(), death);
        assert_eq!(set.wait(&me), WaitEvent::PostmasterDeath);
        assert_eq!(set.wait(&me), WaitEvent::PostmasterDeath);
        postmaster.join().expect("it ends");
    }
}

#[test]
fn g10_the_postmasters_death_is_reported_as_long_as_it_is_true() {
    let scenario = postmaster_dies(DeathReport::Once, PostmasterDeath::Remembered);
    holds("G10 after: kqueue, Remembered", 10, scenario);
    let scenario = postmaster_dies(DeathReport::WhileTrue, PostmasterDeath::AsReported);
    holds("G10 elsewhere: a closed pipe, AsReported", 10, scenario);
    let scenario = postmaster_dies(DeathReport::Once, PostmasterDeath::AsReported);
    fails(
        "G10 before: kqueue, AsReported",
        SLEEPS_FOR_GOOD,
        5,
        scenario,
    );
}
