//! ProcSignal: reasons for SIGUSR1, as flags in shared memory.
//!
//! Source: master `src/backend/storage/ipc/procsignal.c`; its barriers are in `barrier.rs`.
//!
//! | step | order |
//! |---|---|
//! | `SendProcSignal` | find the slot of the pid; lock, look again (18); flag := true; unlock; kill |
//! | `procsignal_sigusr1_handler` | for each reason: if set, flag := false, then act; `SetLatch` |
//!
//! *Simplified*: two reasons; no cancel keys.
//! *Break it*: each mutant of [`ProcSignalVariant`].
//! *Checked*: `model/tests/loom_procsignal.rs`.

use crate::shmem::atomics::Spinlock;
use crate::shmem::kernel::{Pid, Signal};
use crate::shmem::process::Process;
use crate::sync::{AtomicBool, AtomicU32, Ordering::Relaxed};

/// A reason (`ProcSignalReason`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// `PROCSIG_WALSND_INIT_STOPPING`.
    WalsndInitStopping,
    /// `PROCSIG_BARRIER`; stands for all others.
    Barrier,
}

/// In the order in which the handler looks.
const REASONS: [Reason; 2] = [Reason::WalsndInitStopping, Reason::Barrier];

/// Which ProcSignal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProcSignalVariant {
    /// Since 9d9b9d46f3 (18): a spinlock protects pid and flags.
    Locked,
    /// Up to 17: the flag is set in a slot that may have changed hands.
    Unlocked,
    /// Mutant: the signal is sent before the flag is set.
    KillBeforeFlag,
    /// Mutant: the handler acts before it clears the flag.
    ActBeforeClear,
    /// Mutant: the handler does not set the latch.
    HandlerWithoutSetLatch,
}

/// A slot (`ProcSignalSlot`).
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "PostgreSQL's names")]
pub struct ProcSignalSlot {
    /// `pss_pid`.
    pss_pid: AtomicU32,
    /// `pss_signalFlags`.
    pss_signal_flags: [AtomicBool; 2],
    /// `pss_mutex`, since 18.
    pss_mutex: Spinlock<()>,
}

/// The array of slots (`ProcSignal`).
#[derive(Debug)]
pub struct ProcSignal {
    slots: Vec<ProcSignalSlot>,
    variant: ProcSignalVariant,
}

impl ProcSignal {
    /// Source: master `procsignal.c` `ProcSignalShmemInit`.
    #[must_use]
    pub fn new(slots: usize, variant: ProcSignalVariant) -> Self {
        let slots = (0..slots).map(|_| ProcSignalSlot {
            pss_pid: AtomicU32::new(0),
            pss_signal_flags: [AtomicBool::new(false), AtomicBool::new(false)],
            pss_mutex: Spinlock::new(()),
        });
        Self {
            slots: slots.collect(),
            variant,
        }
    }

    fn locked(&self) -> bool {
        self.variant != ProcSignalVariant::Unlocked
    }

    /// The process takes slot `slot`.
    ///
    /// Source: master `procsignal.c` `ProcSignalInit`, "Clear out any leftover signal reasons".
    pub fn init(&self, me: &Process<'_>, slot: usize) {
        let slot = &self.slots[slot];
        let held = self.locked().then(|| slot.pss_mutex.acquire());
        for flag in &slot.pss_signal_flags {
            flag.store(false, Relaxed);
        }
        slot.pss_pid.store(me.pid, Relaxed);
        drop(held);
    }

    /// The process gives its slot up.
    ///
    /// Source: master `procsignal.c` `CleanupProcSignalState`.
    pub fn cleanup(&self, slot: usize) {
        let slot = &self.slots[slot];
        let held = self.locked().then(|| slot.pss_mutex.acquire());
        slot.pss_pid.store(0, Relaxed);
        drop(held);
    }

    /// Signals a process; nothing if it is not there (`ESRCH`).
    ///
    /// Source: master `procsignal.c` `SendProcSignal`, with `INVALID_PROC_NUMBER` as
    /// `WalSndInitStopping` calls it: "We search the array back to front".
    pub fn send(&self, me: &Process<'_>, pid: Pid, reason: Reason) {
        for slot in self.slots.iter().rev() {
            if slot.pss_pid.load(Relaxed) != pid {
                continue;
            }
            let held = self.locked().then(|| slot.pss_mutex.acquire());
            if self.locked() && slot.pss_pid.load(Relaxed) != pid {
                continue;
            }
            let flag = &slot.pss_signal_flags[reason as usize];
            if self.variant == ProcSignalVariant::KillBeforeFlag {
                me.server.kernel.kill(pid, Signal::Usr1);
                flag.store(true, Relaxed);
                return;
            }
            flag.store(true, Relaxed);
            drop(held);
            me.server.kernel.kill(pid, Signal::Usr1);
            return;
        }
    }

    /// The handler; `act` is what the process does for a reason.
    ///
    /// Source: master `procsignal.c` `procsignal_sigusr1_handler`, `CheckProcSignal`, "don't clear
    /// flag if we haven't seen it set".
    pub fn sigusr1_handler(&self, me: &Process<'_>, slot: usize, act: &dyn Fn(Reason)) {
        for reason in REASONS {
            let flag = &self.slots[slot].pss_signal_flags[reason as usize];
            if !flag.load(Relaxed) {
                continue;
            }
            if self.variant == ProcSignalVariant::ActBeforeClear {
                act(reason);
                flag.store(false, Relaxed);
            } else {
                flag.store(false, Relaxed);
                act(reason);
            }
        }
        if self.variant != ProcSignalVariant::HandlerWithoutSetLatch {
            me.my_latch().set(me);
        }
    }
}
