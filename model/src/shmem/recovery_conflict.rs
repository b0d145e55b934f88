//! A recovery conflict with a logical slot: a bit in a word, beside bits that end with the
//! transaction, and a signal (G8).
//!
//! Sources: master `src/backend/storage/ipc/procarray.c`, `src/backend/tcop/postgres.c`.
//!
//! *Simplified*: one conflict; the walsender gives up its slot by exiting.
//! *Checked*: `model/tests/loom_history.rs` (G8).

use crate::shmem::atomics::pg_atomic_fetch_or_u32;
use crate::shmem::kernel::{Pid, Signal};
use crate::shmem::process::Process;
use crate::sync::{AtomicU32, Ordering::Relaxed};

/// The bit of `RECOVERY_CONFLICT_LOGICALSLOT`.
const LOGICALSLOT: u32 = 1;

/// Who clears the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConflictVariant {
    /// Since 138592d1b0: each bit is cleared where it is acted upon.
    Master,
    /// 17f51ea818 to 138592d1b0: the end of a transaction clears them all (G8).
    ClearedAtTransactionEnd,
}

/// `PGPROC->pendingRecoveryConflicts` of one walsender.
#[derive(Debug)]
pub struct RecoveryConflicts {
    pending: AtomicU32,
    variant: ConflictVariant,
}

impl RecoveryConflicts {
    /// None pending.
    #[must_use]
    pub fn new(variant: ConflictVariant) -> Self {
        Self {
            pending: AtomicU32::new(0),
            variant,
        }
    }

    /// The startup process marks the conflict and signals.
    ///
    /// Source: master `procarray.c` `SignalRecoveryConflict`.
    pub fn signal(&self, me: &Process<'_>, walsender: Pid) {
        let _ = pg_atomic_fetch_or_u32(&self.pending, LOGICALSLOT);
        me.server.kernel.kill(walsender, Signal::Usr1);
    }

    /// The walsender ends a transaction.
    ///
    /// Source: master `procarray.c` `ProcArrayEndTransaction`.
    pub fn end_transaction(&self) {
        if self.variant == ConflictVariant::ClearedAtTransactionEnd {
            self.pending.store(0, Relaxed);
        }
    }

    /// True if the walsender must go.
    ///
    /// Source: master `postgres.c` `ProcessRecoveryConflictInterrupts`, "clearing each flag only
    /// before processing the particular conflict".
    #[must_use]
    pub fn process(&self) -> bool {
        let pending = self.pending.fetch_add(0, Relaxed);
        if pending & LOGICALSLOT == 0 {
            return false;
        }
        self.pending.fetch_and(!LOGICALSLOT, Relaxed);
        true
    }
}
