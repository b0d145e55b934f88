//! PMSignal: a child asks the postmaster for something; and `PMChildFlags`.
//!
//! Source: master `src/backend/storage/ipc/pmsignal.c`, `src/backend/postmaster/postmaster.c`.
//!
//! Since 18 the end of the shutdown checkpoint is such a request (`PMSIGNAL_XLOG_IS_SHUTDOWN`),
//! sent once; if it were lost, the stop would hang in PM_WAIT_XLOG_SHUTDOWN.
//!
//! *Simplified*: two reasons.
//! *Break it*: each mutant of [`PmSignalVariant`].
//! *Checked*: `model/tests/loom_pmsignal.rs`.

use std::cell::Cell;

use crate::shmem::atomics::pg_memory_barrier;
use crate::shmem::kernel::{Pid, Signal};
use crate::shmem::process::Process;
use crate::sync::{AtomicBool, AtomicU8, Ordering::Relaxed};

/// A reason (`PMSignalReason`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PmReason {
    /// `PMSIGNAL_XLOG_IS_SHUTDOWN`, since 18.
    XlogIsShutdown,
    /// `PMSIGNAL_ADVANCE_STATE_MACHINE`.
    AdvanceStateMachine,
}

/// In the order in which the postmaster looks.
const REASONS: [PmReason; 2] = [PmReason::XlogIsShutdown, PmReason::AdvanceStateMachine];

/// Which PMSignal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PmSignalVariant {
    /// Since 7389aad636 (16): the handler sets a flag and the latch, the loop does the work.
    MainLoop,
    /// Up to 15: the handler does the work.
    InHandler,
    /// Mutant: the signal is sent before the flag is set.
    KillBeforeFlag,
    /// Mutant: `pending_pm_pmsignal` is cleared after the work.
    PendingClearedLast,
    /// Mutant: the work is done before `ResetLatch`.
    WorkBeforeReset,
    /// Mutant: a reason is cleared without having been seen.
    ClearUnseen,
}

/// State of a child's slot in `PMChildFlags`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ChildFlag {
    /// `PM_CHILD_UNUSED`
    Unused,
    /// `PM_CHILD_ASSIGNED`
    Assigned,
    /// `PM_CHILD_ACTIVE`
    Active,
    /// `PM_CHILD_WALSENDER`
    Walsender,
}

/// `PMSignalState`.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "PostgreSQL's names")]
pub struct PmSignal {
    pm_signal_flags: [AtomicBool; 2],
    pm_child_flags: AtomicU8,
    variant: PmSignalVariant,
    /// A full barrier after a reason was cleared. PostgreSQL has none: what the sender wrote before
    /// may then be read too early, and its reason be cleared all the same.
    barrier_after_clear: bool,
}

impl PmSignal {
    /// Source: master `pmsignal.c` `PMSignalShmemInit`; one child, which is there.
    #[must_use]
    pub fn new(variant: PmSignalVariant, barrier_after_clear: bool) -> Self {
        Self {
            pm_signal_flags: [AtomicBool::new(false), AtomicBool::new(false)],
            pm_child_flags: AtomicU8::new(ChildFlag::Active as u8),
            variant,
            barrier_after_clear,
        }
    }

    /// A child asks.
    ///
    /// Source: master `pmsignal.c` `SendPostmasterSignal`.
    pub fn send(&self, me: &Process<'_>, postmaster: Pid, reason: PmReason) {
        let flag = &self.pm_signal_flags[reason as usize];
        if self.variant == PmSignalVariant::KillBeforeFlag {
            me.server.kernel.kill(postmaster, Signal::Usr1);
            flag.store(true, Relaxed);
            return;
        }
        flag.store(true, Relaxed);
        me.server.kernel.kill(postmaster, Signal::Usr1);
    }

    /// Source: master `pmsignal.c` `CheckPostmasterSignal`, "don't clear flag if we haven't seen it
    /// set".
    fn check(&self, reason: PmReason) -> bool {
        let flag = &self.pm_signal_flags[reason as usize];
        let seen = flag.load(Relaxed);
        if seen || self.variant == PmSignalVariant::ClearUnseen {
            flag.store(false, Relaxed);
            if self.barrier_after_clear {
                pg_memory_barrier();
            }
        }
        seen
    }

    /// The postmaster's handler.
    ///
    /// Source: master `postmaster.c` `handle_pm_pmsignal_signal`; 15 `postmaster.c`
    /// `sigusr1_handler`, which does the work itself.
    pub fn handler(&self, me: &Process<'_>, pending: &Cell<bool>, act: &dyn Fn(PmReason)) {
        if self.variant == PmSignalVariant::InHandler {
            self.process(act);
        } else {
            pending.set(true);
        }
        me.my_latch().set(me);
    }

    /// Source: master `postmaster.c` `process_pm_pmsignal`.
    fn process(&self, act: &dyn Fn(PmReason)) {
        for reason in REASONS {
            if self.check(reason) {
                act(reason);
            }
        }
    }

    /// The postmaster's loop; leaves when `leave` says so.
    ///
    /// Source: master `postmaster.c` `ServerLoop`, "if (pending_pm_pmsignal)".
    pub fn server_loop(
        &self,
        me: &Process<'_>,
        pending: &Cell<bool>,
        act: &dyn Fn(PmReason),
        leave: &dyn Fn() -> bool,
    ) {
        let late_reset = self.variant == PmSignalVariant::WorkBeforeReset;
        while !leave() {
            super::waiteventset::wait_latch(me, me.my_latch());
            if !late_reset {
                me.my_latch().reset(me);
            }
            me.signals_may_arrive();
            if pending.get() {
                let last = self.variant == PmSignalVariant::PendingClearedLast;
                if !last {
                    pending.set(false);
                }
                self.process(act);
                me.signals_may_arrive();
                if last {
                    pending.set(false);
                }
            }
            me.signals_may_arrive();
            if late_reset {
                me.my_latch().reset(me);
            }
        }
    }

    /// A child becomes a walsender, and then pokes the postmaster.
    ///
    /// Source: master `pmsignal.c` `MarkPostmasterChildWalSender`; `walsender.c` `InitWalSender`,
    /// "Let postmaster know that we're a WAL sender".
    pub fn mark_walsender(&self, me: &Process<'_>, postmaster: Pid, poke_first: bool) {
        if poke_first {
            self.send(me, postmaster, PmReason::AdvanceStateMachine);
        }
        self.pm_child_flags
            .store(ChildFlag::Walsender as u8, Relaxed);
        if !poke_first {
            self.send(me, postmaster, PmReason::AdvanceStateMachine);
        }
    }

    /// The postmaster looks.
    ///
    /// Source: master `pmsignal.c` `IsPostmasterChildWalSender`.
    #[must_use]
    pub fn is_walsender(&self) -> bool {
        self.pm_child_flags.load(Relaxed) == ChildFlag::Walsender as u8
    }
}
