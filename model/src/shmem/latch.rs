//! Latches.
//!
//! Source: master `src/backend/storage/ipc/latch.c`; the waiter's half is in `waiteventset.rs`.
//!
//! A latch makes two promises. Flags that were stored before `SetLatch` are seen after `ResetLatch`
//! or the latch is set again; and a waiter either sees `is_set` before it sleeps or is signalled.
//! Each is a pair of threads that store one word and load the other (Dekker's algorithm), so each
//! needs a full barrier on both sides:
//!
//! | first thread | second thread | barriers |
//! |---|---|---|
//! | store flag; load `is_set` (`SetLatch`) | store `is_set`; load flag (`ResetLatch`) | 1, reset |
//! | store `is_set`; load `maybe_sleeping` | store `maybe_sleeping`; load `is_set` | 2, wait |
//!
//! *Simplified*: an error in kill(2) is ignored, as it is there.
//! *Break it*: each mutant of [`LatchVariant`] loses a wake-up.
//! *Checked*: `model/tests/loom_latch.rs`.

use crate::shmem::atomics::pg_memory_barrier;
use crate::shmem::kernel::{Pid, Signal};
use crate::shmem::process::Process;
use crate::sync::{AtomicBool, AtomicU32, Ordering::Relaxed};

/// Which latch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LatchVariant {
    /// Since c8f3bc2401 (14): the owner is signalled only if it may be sleeping.
    Master,
    /// 14e8803f10 (9.5) to 13: barriers, and the owner is always signalled.
    AlwaysSignal,
    /// Up to 9.4: no barriers (G1). Callers had to bring their own.
    WithoutBarriers,
    /// Mutant: `SetLatch` without its first barrier.
    SetWithoutFirstBarrier,
    /// Mutant: `SetLatch` without the barrier between `is_set` and `maybe_sleeping`.
    SetWithoutSecondBarrier,
    /// Mutant: `ResetLatch` without its barrier.
    ResetWithoutBarrier,
    /// Mutant: `WaitEventSetWait` without its barrier.
    WaitWithoutBarrier,
    /// Mutant: `WaitEventSetWait` sleeps on what it saw before `maybe_sleeping` was set.
    WaitWithoutRecheck,
    /// Mutant: the barriers only acquire and release.
    AcquireReleaseOnly,
}

impl LatchVariant {
    fn barrier(self, without: Self) {
        use crate::shmem::atomics::{pg_read_barrier, pg_write_barrier};
        if self == Self::AcquireReleaseOnly {
            pg_read_barrier();
            pg_write_barrier();
        } else if self != without && self != Self::WithoutBarriers {
            pg_memory_barrier();
        }
    }

    fn knows_sleepers(self) -> bool {
        !matches!(self, Self::AlwaysSignal | Self::WithoutBarriers)
    }
}

/// A latch.
#[derive(Debug)]
pub struct Latch {
    /// `is_set`.
    is_set: AtomicBool,
    /// `maybe_sleeping`, since 14.
    maybe_sleeping: AtomicBool,
    /// `owner_pid`, 0 if nobody owns it.
    owner_pid: AtomicU32,
    variant: LatchVariant,
}

impl Latch {
    /// A latch that is owned from the start.
    ///
    /// Source: master `latch.c` `InitSharedLatch`, `OwnLatch`.
    #[must_use]
    pub fn owned_by(pid: Pid, variant: LatchVariant) -> Self {
        Self {
            is_set: AtomicBool::new(false),
            maybe_sleeping: AtomicBool::new(false),
            owner_pid: AtomicU32::new(pid),
            variant,
        }
    }

    /// Takes a latch that nobody owns.
    ///
    /// Source: master `latch.c` `OwnLatch`, "latch already owned by PID %d".
    ///
    /// # Panics
    ///
    /// If somebody owns it: PostgreSQL's PANIC.
    pub fn own(&self, me: &Process<'_>) {
        let owner = self.owner_pid.load(Relaxed);
        assert_eq!(owner, 0, "PANIC: latch already owned");
        self.owner_pid.store(me.pid, Relaxed);
    }

    /// Gives a latch up.
    ///
    /// Source: master `latch.c` `DisownLatch`.
    ///
    /// # Panics
    ///
    /// If it is another's: PostgreSQL's assertion.
    pub fn disown(&self, me: &Process<'_>) {
        let owner = self.owner_pid.load(Relaxed);
        assert_eq!(owner, me.pid, "Assert(latch->owner_pid == MyProcPid)");
        self.owner_pid.store(0, Relaxed);
    }

    /// Sets the latch and wakes its owner.
    ///
    /// Source: master `latch.c` `SetLatch`.
    pub fn set(&self, me: &Process<'_>) {
        self.variant.barrier(LatchVariant::SetWithoutFirstBarrier);

        // Quick exit if already set
        if self.is_set.load(Relaxed) {
            return;
        }
        self.is_set.store(true, Relaxed);

        if self.variant.knows_sleepers() {
            self.variant.barrier(LatchVariant::SetWithoutSecondBarrier);
            if !self.maybe_sleeping.load(Relaxed) {
                return;
            }
        }

        // Fetch owner_pid only once
        let owner = self.owner_pid.load(Relaxed);
        if owner == 0 {
            return;
        }
        if owner == me.pid {
            me.wakeup_my_proc();
        } else {
            me.server.kernel.kill(owner, Signal::Urg);
        }
    }

    /// Clears the latch: a later wait sleeps.
    ///
    /// Source: master `latch.c` `ResetLatch`, "Only the owner should reset the latch".
    ///
    /// # Panics
    ///
    /// If it is another's: PostgreSQL's assertion.
    pub fn reset(&self, me: &Process<'_>) {
        let owner = self.owner_pid.load(Relaxed);
        assert_eq!(owner, me.pid, "Assert(latch->owner_pid == MyProcPid)");

        self.is_set.store(false, Relaxed);
        self.variant.barrier(LatchVariant::ResetWithoutBarrier);
    }

    /// `set->latch->is_set`, as the waiter reads it.
    pub(crate) fn is_set(&self) -> bool {
        self.is_set.load(Relaxed)
    }

    /// "about to sleep on a latch ... and recheck". True if it is set.
    ///
    /// Source: master `waiteventset.c` `WaitEventSetWait`.
    pub(crate) fn about_to_sleep(&self) -> bool {
        let seen = self.is_set();
        if !self.variant.knows_sleepers() {
            return seen;
        }
        if !seen {
            self.maybe_sleeping.store(true, Relaxed);
            self.variant.barrier(LatchVariant::WaitWithoutBarrier);
        }
        if self.variant == LatchVariant::WaitWithoutRecheck {
            return seen;
        }
        self.is_set()
    }

    /// The waiter does not sleep any longer.
    pub(crate) fn no_longer_sleeping(&self) {
        if self.variant.knows_sleepers() {
            self.maybe_sleeping.store(false, Relaxed);
        }
    }
}
