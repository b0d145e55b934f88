//! WAIT FOR LSN: the waker stores a position and reads the least one waited for; the waiter the
//! reverse. Dekker's algorithm without a latch's barriers (G7).
//!
//! Source: master `src/backend/access/transam/xlogwait.c`, and `walreceiverfuncs.c` for the
//! position written (`writtenUpto`).
//!
//! The two commits of 2026-05-03 put full barriers on both words. For `writtenUpto` either of them
//! alone is enough; for the other positions, which are read and stored under a spinlock, the one
//! on `minWaitedLSN` is needed.
//!
//! *Simplified*: one waiter, one position; the heap is a flag.
//! *Break it*: `Neither`, `WakerWithout`, `WaiterWithout`.
//! *Checked*: `model/tests/loom_history.rs` (G7).

use crate::shmem::atomics::{
    Spinlock, pg_atomic_read_membarrier_u64, pg_atomic_write_membarrier_u64, pg_memory_barrier,
};
use crate::shmem::kernel::Pid;
use crate::shmem::process::Process;
use crate::shmem::waiteventset::wait_latch;
use crate::sync::{AtomicU64, Ordering::Relaxed};

/// Which barriers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum XlogwaitVariant {
    /// Both commits: on `minWaitedLSN` and on the position.
    Master,
    /// a80a593ab6 alone: on `minWaitedLSN`.
    OnMinWaited,
    /// dfb690dd52 alone: on the position.
    OnPosition,
    /// Before both (G7).
    Neither,
    /// The same with a full barrier after each access: an interleaving of the accesses.
    NeitherInterleaved,
    /// Mutant: the waker has none.
    WakerWithout,
    /// Mutant: the waiter has none.
    WaiterWithout,
}

impl XlogwaitVariant {
    fn on_min(self, waker: bool) -> bool {
        match self {
            Self::Master | Self::OnMinWaited => true,
            Self::WakerWithout => !waker,
            Self::WaiterWithout => waker,
            Self::OnPosition | Self::Neither | Self::NeitherInterleaved => false,
        }
    }

    fn on_position(self, waker: bool) -> bool {
        match self {
            Self::Master | Self::OnPosition => true,
            Self::WakerWithout => !waker,
            Self::WaiterWithout => waker,
            Self::OnMinWaited | Self::Neither | Self::NeitherInterleaved => false,
        }
    }

    fn read(self, barrier: bool, word: &AtomicU64) -> u64 {
        if barrier {
            return pg_atomic_read_membarrier_u64(word);
        }
        let value = word.load(Relaxed);
        self.interleave();
        value
    }

    fn write(self, barrier: bool, word: &AtomicU64, value: u64) {
        if barrier {
            pg_atomic_write_membarrier_u64(word, value);
        } else {
            word.store(value, Relaxed);
            self.interleave();
        }
    }

    fn interleave(self) {
        if self == Self::NeitherInterleaved {
            pg_memory_barrier();
        }
    }
}

/// `waitLSNState` and the position that is waited for.
#[derive(Debug)]
pub struct WaitLsnState {
    /// `minWaitedLSN`.
    min_waited: AtomicU64,
    /// `waitersHeap` under `WaitLSNLock`.
    heap: Spinlock<Option<(Pid, u64)>>,
    /// `WalRcv->writtenUpto`.
    position: AtomicU64,
    variant: XlogwaitVariant,
}

impl WaitLsnState {
    /// Nobody waits.
    #[must_use]
    pub fn new(variant: XlogwaitVariant) -> Self {
        Self {
            min_waited: AtomicU64::new(u64::MAX),
            heap: Spinlock::new(None),
            position: AtomicU64::new(0),
            variant,
        }
    }

    /// Source: master `xlogwait.c` `WaitForLSN`, `addLSNWaiter`, `updateMinWaitedLSN`.
    pub fn wait_for_lsn(&self, me: &Process<'_>, target: u64) {
        let v = self.variant;
        {
            let mut heap = self.heap.acquire();
            *heap = Some((me.pid, target));
            v.write(v.on_min(false), &self.min_waited, target);
        }
        while v.read(v.on_position(false), &self.position) < target {
            wait_latch(me, me.my_latch());
            me.my_latch().reset(me);
        }
        let mut heap = self.heap.acquire();
        *heap = None;
        v.write(v.on_min(false), &self.min_waited, u64::MAX);
    }

    /// Source: master `walreceiver.c` `XLogWalRcvWrite`, which stores the position, and
    /// `xlogwait.c` `WaitLSNWakeup`, "Fast path check".
    pub fn advance(&self, me: &Process<'_>, position: u64) {
        let v = self.variant;
        v.write(v.on_position(true), &self.position, position);
        if v.read(v.on_min(true), &self.min_waited) > position {
            return;
        }
        let waiter = {
            let mut heap = self.heap.acquire();
            let waiter = heap.take_if(|(_, target)| *target <= position);
            v.write(v.on_min(true), &self.min_waited, u64::MAX);
            waiter
        };
        if let Some((pid, _)) = waiter {
            me.server.latch_of(pid).set(me);
        }
    }
}
