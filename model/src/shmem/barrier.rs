//! ProcSignal barriers: a global state change is complete when every process has taken notice.
//!
//! Source: master `src/backend/storage/ipc/procsignal.c`.
//!
//! A walsender at its stop still absorbs barriers; a process that starts must not be forgotten, nor
//! may one that exits be waited for.
//!
//! *Simplified*: one type of barrier, one emitter; an absorption never fails.
//! *Break it*: each mutant of [`BarrierVariant`].
//! *Checked*: `model/tests/loom_barrier.rs`.

use std::cell::Cell;

use crate::shmem::atomics::{
    Spinlock, pg_atomic_add_fetch_u64, pg_atomic_exchange_u32, pg_atomic_fetch_or_u32,
    pg_atomic_write_membarrier_u32, pg_memory_barrier,
};
use crate::shmem::condition_variable::{ConditionVariable, CvVariant, Sleeper};
use crate::shmem::kernel::Signal;
use crate::shmem::process::Process;
use crate::sync::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

/// Which barrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BarrierVariant {
    /// Since d79bf7612a (2026-05-27, back to 15): the pid is published before the generation is
    /// read.
    Master,
    /// A mend: what the process reads later is read after the generation, as the comment says.
    ReadBarrierAfterGeneration,
    /// Before d79bf7612a: the generation is read before the pid is published.
    GenerationBeforePid,
    /// A mend: what the process stored while it absorbed is stored before the generation.
    BarrierBeforePublish,
    /// Mutant: the pid is published first, but without a barrier.
    PidWithoutBarrier,
    /// Mutant: the bits are cleared after the work and not before.
    ClearAfterWork,
    /// Mutant: the generation is published before the work is done.
    PublishBeforeWork,
    /// Mutant: `ProcSignalBarrierPending` is cleared at the end.
    PendingClearedLast,
    /// Mutant: nobody is told that a generation was published.
    PublishWithoutBroadcast,
}

/// The slot of a process, as far as barriers go.
#[derive(Debug)]
pub struct BarrierSlot {
    pss_pid: AtomicU32,
    pss_mutex: Spinlock<()>,
    /// `pss_signalFlags[PROCSIG_BARRIER]`.
    flag: AtomicBool,
    pss_barrier_generation: AtomicU64,
    pss_barrier_check_mask: AtomicU32,
    pss_barrier_cv: ConditionVariable,
}

/// The array.
#[derive(Debug)]
pub struct Barriers {
    psh_barrier_generation: AtomicU64,
    slots: Vec<BarrierSlot>,
    variant: BarrierVariant,
}

impl Barriers {
    /// Source: master `procsignal.c` `ProcSignalShmemInit`.
    #[must_use]
    pub fn new(slots: usize, variant: BarrierVariant) -> Self {
        let slots = (0..slots).map(|_| BarrierSlot {
            pss_pid: AtomicU32::new(0),
            pss_mutex: Spinlock::new(()),
            flag: AtomicBool::new(false),
            pss_barrier_generation: AtomicU64::new(u64::MAX),
            pss_barrier_check_mask: AtomicU32::new(0),
            pss_barrier_cv: ConditionVariable::new(CvVariant::Master),
        });
        Self {
            psh_barrier_generation: AtomicU64::new(0),
            slots: slots.collect(),
            variant,
        }
    }

    /// The process joins.
    ///
    /// Source: master `procsignal.c` `ProcSignalInit`, "Publish the PID before reading the global
    /// barrier generation".
    pub fn init(&self, me: &Process<'_>, slot: usize) {
        let slot = &self.slots[slot];
        let held = slot.pss_mutex.acquire();
        slot.flag.store(false, Relaxed);
        match self.variant {
            BarrierVariant::GenerationBeforePid => {}
            BarrierVariant::PidWithoutBarrier => slot.pss_pid.store(me.pid, Relaxed),
            BarrierVariant::Master
            | BarrierVariant::ReadBarrierAfterGeneration
            | BarrierVariant::BarrierBeforePublish
            | BarrierVariant::ClearAfterWork
            | BarrierVariant::PublishBeforeWork
            | BarrierVariant::PendingClearedLast
            | BarrierVariant::PublishWithoutBroadcast => {
                pg_atomic_write_membarrier_u32(&slot.pss_pid, me.pid);
            }
        }
        slot.pss_barrier_check_mask.store(0, Relaxed);
        let generation = self.psh_barrier_generation.load(Relaxed);
        slot.pss_barrier_generation.store(generation, Relaxed);
        if self.variant == BarrierVariant::ReadBarrierAfterGeneration {
            pg_memory_barrier();
        }
        if self.variant == BarrierVariant::GenerationBeforePid {
            pg_memory_barrier();
            slot.pss_pid.store(me.pid, Relaxed);
        }
        drop(held);
    }

    /// The process leaves: "Make this slot look like it's absorbed all possible barriers".
    ///
    /// Source: master `procsignal.c` `CleanupProcSignalState`.
    pub fn cleanup(&self, sleeper: &Sleeper<'_>, slot: usize) {
        let slot = &self.slots[slot];
        {
            let _held = slot.pss_mutex.acquire();
            slot.pss_pid.store(0, Relaxed);
            slot.pss_barrier_generation.store(u64::MAX, Relaxed);
        }
        slot.pss_barrier_cv.broadcast(sleeper);
    }

    /// Asks every process to take notice.
    ///
    /// Source: master `procsignal.c` `EmitProcSignalBarrier`.
    pub fn emit(&self, me: &Process<'_>) -> u64 {
        for slot in &self.slots {
            let _ = pg_atomic_fetch_or_u32(&slot.pss_barrier_check_mask, 1);
        }
        let generation = pg_atomic_add_fetch_u64(&self.psh_barrier_generation, 1);
        for slot in self.slots.iter().rev() {
            if slot.pss_pid.load(Relaxed) == 0 {
                continue;
            }
            let held = slot.pss_mutex.acquire();
            let pid = slot.pss_pid.load(Relaxed);
            if pid != 0 {
                slot.flag.store(true, Relaxed);
                drop(held);
                me.server.kernel.kill(pid, Signal::Usr1);
            }
        }
        generation
    }

    /// Waits until every process has taken notice, or left, or started later.
    ///
    /// Source: master `procsignal.c` `WaitForProcSignalBarrier`.
    pub fn wait<'a>(&'a self, sleeper: &Sleeper<'a>, generation: u64) {
        for slot in self.slots.iter().rev() {
            while slot.pss_barrier_generation.load(Relaxed) < generation {
                sleeper.sleep(&slot.pss_barrier_cv, &|| false);
            }
            sleeper.cancel();
        }
        pg_memory_barrier();
    }

    /// The handler.
    ///
    /// Source: master `procsignal.c` `HandleProcSignalBarrierInterrupt`.
    pub fn sigusr1_handler(&self, me: &Process<'_>, slot: usize, pending: &Cell<bool>) {
        let flag = &self.slots[slot].flag;
        if flag.load(Relaxed) {
            flag.store(false, Relaxed);
            pending.set(true);
        }
        me.my_latch().set(me);
    }

    /// Absorbs what is pending; `work` takes over the new state.
    ///
    /// Source: master `procsignal.c` `ProcessProcSignalBarrier`, "we must zero
    /// pss_barrierCheckMask first and only afterwards try to do barrier processing".
    pub fn process(
        &self,
        sleeper: &Sleeper<'_>,
        (me, slot): (&Process<'_>, usize),
        pending: &Cell<bool>,
        work: &dyn Fn(),
    ) {
        let slot = &self.slots[slot];
        if !pending.get() {
            return;
        }
        if self.variant != BarrierVariant::PendingClearedLast {
            pending.set(false);
        }
        let local = slot.pss_barrier_generation.load(Relaxed);
        let shared = self.psh_barrier_generation.load(Relaxed);
        if local == shared {
            if self.variant == BarrierVariant::PendingClearedLast {
                pending.set(false);
            }
            return;
        }
        if self.variant == BarrierVariant::PublishBeforeWork {
            slot.pss_barrier_generation.store(shared, Relaxed);
            slot.pss_barrier_cv.broadcast(sleeper);
        }
        me.signals_may_arrive();
        if self.variant == BarrierVariant::ClearAfterWork {
            if slot.pss_barrier_check_mask.load(Relaxed) != 0 {
                work();
                let _ = pg_atomic_exchange_u32(&slot.pss_barrier_check_mask, 0);
            }
        } else if pg_atomic_exchange_u32(&slot.pss_barrier_check_mask, 0) != 0 {
            work();
        }
        me.signals_may_arrive();
        if self.variant == BarrierVariant::PendingClearedLast {
            pending.set(false);
        }
        if self.variant == BarrierVariant::BarrierBeforePublish {
            pg_memory_barrier();
        }
        if self.variant != BarrierVariant::PublishBeforeWork {
            slot.pss_barrier_generation.store(shared, Relaxed);
            if self.variant != BarrierVariant::PublishWithoutBroadcast {
                slot.pss_barrier_cv.broadcast(sleeper);
            }
        }
    }

    /// What this process has published.
    #[must_use]
    pub fn published(&self, slot: usize) -> u64 {
        self.slots[slot].pss_barrier_generation.load(Relaxed)
    }
}
