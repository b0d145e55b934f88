//! Flags that a handler or another process sets and a main loop consumes.
//!
//! | who | rule |
//! |---|---|
//! | producer | store the flag, then `SetLatch` |
//! | consumer | `ResetLatch`, test the flags, `WaitLatch`, and again |
//!
//! Sources: master `checkpointer.c` `CheckpointerMain`, `walsender.c` `WalSndLoop`,
//! `postmaster.c` `ServerLoop`; handlers `WalSndLastCycleHandler` (got_SIGUSR2) and
//! `SignalHandlerForShutdownRequest` (`interrupt.c`), which set a flag and then `MyLatch`.
//! A flag that is set by a handler of the same process is `volatile sig_atomic_t` and needs no
//! barrier: it is one thread of control.
//!
//! *Break it*: each mutant of [`LoopVariant`] and [`ProducerVariant`] loses a wake-up.
//! *Checked*: `model/tests/loom_flags.rs`.

use std::cell::Cell;

use crate::shmem::latch::Latch;
use crate::shmem::process::Process;
use crate::shmem::waiteventset::wait_latch;
use crate::sync::{AtomicBool, Ordering::Relaxed};

/// The order of a main loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoopVariant {
    /// Reset, test, wait: `CheckpointerMain`, `WalSndLoop`.
    WaitAtBottom,
    /// Wait, reset, test: `ServerLoop`. Sound, since nothing is set before the first wait that
    /// does not set the latch, too.
    WaitAtTop,
    /// Mutant: test, reset, wait.
    ResetAfterTest,
    /// Mutant: after a wait the latch is reset and waited for again without a test.
    ResetWithoutTest,
}

/// The order of a producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProducerVariant {
    /// The flag, then the latch.
    FlagThenLatch,
    /// Mutant: the latch, then the flag.
    LatchThenFlag,
    /// Mutant: no latch. The handler interrupts a sleep, but not one that is only about to begin.
    FlagOnly,
}

/// Another process asks for something.
pub fn request(me: &Process<'_>, flag: &AtomicBool, latch: &Latch, variant: ProducerVariant) {
    match variant {
        ProducerVariant::FlagThenLatch => {
            flag.store(true, Relaxed);
            latch.set(me);
        }
        ProducerVariant::LatchThenFlag => {
            latch.set(me);
            flag.store(true, Relaxed);
        }
        ProducerVariant::FlagOnly => flag.store(true, Relaxed),
    }
}

/// A handler of this process: flag, then `SetLatch(MyLatch)`.
///
/// Source: master `walsender.c` `WalSndLastCycleHandler`.
pub fn handler_sets(me: &Process<'_>, flag: &Cell<bool>, variant: ProducerVariant) {
    flag.set(true);
    if variant != ProducerVariant::FlagOnly {
        me.my_latch().set(me);
    }
}

/// A main loop; `work` tests and consumes all flags, and says whether it is time to leave.
pub fn main_loop(me: &Process<'_>, variant: LoopVariant, mut work: impl FnMut() -> bool) {
    let latch = me.my_latch();
    let mut round = || {
        me.signals_may_arrive();
        let leave = work();
        me.signals_may_arrive();
        leave
    };
    match variant {
        LoopVariant::WaitAtBottom => loop {
            latch.reset(me);
            if round() {
                return;
            }
            wait_latch(me, latch);
        },
        LoopVariant::WaitAtTop => loop {
            wait_latch(me, latch);
            latch.reset(me);
            if round() {
                return;
            }
        },
        LoopVariant::ResetAfterTest => loop {
            if round() {
                return;
            }
            latch.reset(me);
            wait_latch(me, latch);
        },
        LoopVariant::ResetWithoutTest => loop {
            latch.reset(me);
            if round() {
                return;
            }
            wait_latch(me, latch);
            latch.reset(me);
            wait_latch(me, latch);
        },
    }
}
