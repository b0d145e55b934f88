//! Requests to the checkpointer, and its other sleeps on the same latch.
//!
//! Source: master `src/backend/postmaster/checkpointer.c`.
//!
//! | step | order |
//! |---|---|
//! | `RequestCheckpoint` | lock; set flags; unlock; `SetLatch` |
//! | `CheckpointerMain` | `ResetLatch`; flags?; checkpoint, with sleeps in it; flags?; `WaitLatch` |
//! | `CheckpointWriteDelay` | absorb requests; `WaitLatch`; `ResetLatch` |
//!
//! *Simplified*: a checkpoint waits once for a condition variable, as it does in
//! `InvalidateObsoleteReplicationSlots`; a delay has no end of its own.
//! *Checked*: `model/tests/loom_history.rs` (G2, G3).

use crate::shmem::atomics::Spinlock;
use crate::shmem::condition_variable::{ConditionVariable, CvVariant, Sleeper};
use crate::shmem::latch::Latch;
use crate::shmem::process::Process;
use crate::shmem::waiteventset::wait_latch;
use crate::sync::{AtomicBool, AtomicU32, Ordering::Relaxed};

/// Which checkpointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckpointerVariant {
    /// Since 1816a1c6ff (13) and 5e6368b42e (14).
    Master,
    /// Before 1816a1c6ff: it sleeps without a look at the flags (G2).
    SleepsWithoutLook,
    /// Before 5e6368b42e: the delay between two writes is pg_usleep (G3).
    DelayIgnoresLatch,
}

/// `CheckpointerShmem`.
#[derive(Debug)]
pub struct CheckpointerShmem {
    /// `ckpt_lck`.
    ckpt_lck: Spinlock<()>,
    /// `ckpt_flags`; read without the lock, too.
    ckpt_flags: AtomicU32,
    /// Requests in the queue for fsync.
    requests: Spinlock<u32>,
    /// What a checkpoint waits for.
    slot_is_free: AtomicBool,
    slot_cv: ConditionVariable,
    variant: CheckpointerVariant,
}

impl CheckpointerShmem {
    /// With requests (bits) that are pending already.
    #[must_use]
    pub fn new(pending: u32, variant: CheckpointerVariant) -> Self {
        Self {
            ckpt_lck: Spinlock::new(()),
            ckpt_flags: AtomicU32::new(pending),
            requests: Spinlock::new(0),
            slot_is_free: AtomicBool::new(false),
            slot_cv: ConditionVariable::new(CvVariant::Master),
            variant,
        }
    }

    /// Source: master `checkpointer.c` `RequestCheckpoint`.
    pub fn request(&self, me: &Process<'_>, checkpointer: &Latch, flags: u32) {
        {
            let _held = self.ckpt_lck.acquire();
            let flags = self.ckpt_flags.load(Relaxed) | flags;
            self.ckpt_flags.store(flags, Relaxed);
        }
        checkpointer.set(me);
    }

    /// The owner of a slot leaves it, and wakes the checkpointer.
    ///
    /// Source: master `slot.c` `ReplicationSlotRelease`.
    pub fn release_slot(&self, sleeper: &Sleeper<'_>) {
        self.slot_is_free.store(true, Relaxed);
        self.slot_cv.broadcast(sleeper);
    }

    /// The checkpointer, until it has served all requests of `until`.
    ///
    /// Source: master `checkpointer.c` `CheckpointerMain`, "redo the loop to handle the checkpoint
    /// without sleeping".
    pub fn main<'a>(&'a self, me: &Process<'_>, sleeper: &Sleeper<'a>, until: u32) {
        let mut served = 0;
        loop {
            me.my_latch().reset(me);
            if self.ckpt_flags.load(Relaxed) != 0 {
                served |= {
                    let _held = self.ckpt_lck.acquire();
                    let flags = self.ckpt_flags.load(Relaxed);
                    self.ckpt_flags.store(0, Relaxed);
                    flags
                };
                while !self.slot_is_free.load(Relaxed) {
                    sleeper.sleep(&self.slot_cv, &|| false);
                }
                sleeper.cancel();
            }
            if served == until {
                return;
            }
            let looks = self.variant != CheckpointerVariant::SleepsWithoutLook;
            if looks && self.ckpt_flags.load(Relaxed) != 0 {
                continue;
            }
            wait_latch(me, me.my_latch());
        }
    }

    /// A backend finds the queue full, asks for it to be emptied and waits.
    ///
    /// Source: master `checkpointer.c` `ForwardSyncRequest`.
    pub fn forward_sync_request(&self, me: &Process<'_>, checkpointer: &Latch) {
        *self.requests.acquire() += 1;
        checkpointer.set(me);
    }

    /// The delay between two writes of a checkpoint, until a request was absorbed.
    ///
    /// Source: master `checkpointer.c` `CheckpointWriteDelay`, "so take the Big Sleep".
    pub fn write_delay(&self, me: &Process<'_>) {
        loop {
            let absorbed = std::mem::take(&mut *self.requests.acquire());
            if absorbed > 0 {
                return;
            }
            me.signals_may_arrive();
            if self.variant == CheckpointerVariant::DelayIgnoresLatch {
                me.server.kernel.usleep(me.pid);
                me.signals_may_arrive();
            } else {
                wait_latch(me, me.my_latch());
                me.my_latch().reset(me);
            }
        }
    }
}
