//! Condition variables: a queue of processes under a spinlock, and their latches.
//!
//! Source: master `src/backend/storage/lmgr/condition_variable.c`.
//!
//! The rule for callers: prepare; while the condition is not met, sleep; cancel. "you *must* test
//! the exit condition between calling ConditionVariablePrepareToSleep and calling
//! ConditionVariableSleep" (`ConditionVariablePrepareToSleep`).
//!
//! *Simplified*: no timed sleep.
//! *Break it*: each mutant of [`CvVariant`]; a caller that tests only before it prepares
//! (`wal_wakeup.rs`).
//! *Checked*: `model/tests/loom_condition_variable.rs`.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt;

use crate::shmem::atomics::Spinlock;
use crate::shmem::kernel::Pid;
use crate::shmem::process::Process;
use crate::shmem::waiteventset::wait_latch;

/// Which condition variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CvVariant {
    /// Since 5ffb7c7750 (16): a cancelled sleep says whether it was signalled.
    Master,
    /// b91dd9de5e to 15: a cancelled sleep passes the signal on.
    ForwardOnCancel,
    /// aced5a92bf (10) to b91dd9de5e: a cancelled sleep swallows the signal (G5a).
    SwallowOnCancel,
    /// Before aced5a92bf: broadcast signals until the queue is empty (G5b).
    BroadcastUntilEmpty,
    /// 3f3d60d3bb to 78aaa0e823: prepare resets the latch, and interrupts are not checked (G4).
    PrepareResetsLatch,
    /// Before 3f3d60d3bb: prepare queues and then resets the latch.
    PrepareQueuesThenResets,
    /// Mutant: a woken process does not queue again before it tests its condition.
    SleepWithoutRequeue,
    /// Mutant: the latch is reset after the queue was looked at.
    ResetAfterQueue,
    /// Mutant: the signaller sets the latch before it takes the sleeper out of the queue.
    LatchBeforeDequeue,
}

/// A condition variable.
#[derive(Debug)]
pub struct ConditionVariable {
    /// `wakeup`, protected by `mutex`.
    wakeup: Spinlock<VecDeque<Pid>>,
    variant: CvVariant,
}

/// Why a sleep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slept {
    /// Test the condition.
    Woken,
    /// `CHECK_FOR_INTERRUPTS` threw.
    Interrupted,
}

/// What a process knows of its sleep: `cv_sleep_target`.
pub struct Sleeper<'a> {
    me: &'a Process<'a>,
    target: Cell<Option<&'a ConditionVariable>>,
}

impl fmt::Debug for Sleeper<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sleeper({:?})", self.me)
    }
}

impl ConditionVariable {
    /// Source: master `condition_variable.c` `ConditionVariableInit`.
    #[must_use]
    pub fn new(variant: CvVariant) -> Self {
        Self {
            wakeup: Spinlock::new(VecDeque::new()),
            variant,
        }
    }

    /// Wakes the process that has slept longest.
    ///
    /// Source: master `condition_variable.c` `ConditionVariableSignal`.
    pub fn signal(&self, me: &Process<'_>) {
        if self.variant == CvVariant::LatchBeforeDequeue {
            let head = self.wakeup.acquire().front().copied();
            if let Some(pid) = head {
                me.server.latch_of(pid).set(me);
                self.wakeup.acquire().retain(|p| *p != pid);
            }
            return;
        }
        let head = self.wakeup.acquire().pop_front();
        if let Some(pid) = head {
            me.server.latch_of(pid).set(me);
        }
    }

    /// Wakes all that slept at the time of the call. Returns whom it woke, in order.
    ///
    /// Source: master `condition_variable.c` `ConditionVariableBroadcast`.
    ///
    /// # Panics
    ///
    /// If this process is in the queue after it has left it.
    pub fn broadcast(&self, sleeper: &Sleeper<'_>) -> Vec<Pid> {
        let me = sleeper.me;
        sleeper.cancel();
        if self.variant == CvVariant::BroadcastUntilEmpty {
            return self.broadcast_until_empty(me);
        }

        let mut woken = Vec::new();
        let mut have_sentinel = false;
        let first = {
            let mut wakeup = self.wakeup.acquire();
            assert!(!wakeup.contains(&me.pid), "Assert(!proclist_contains)");
            let first = wakeup.pop_front();
            if !wakeup.is_empty() {
                wakeup.push_back(me.pid);
                have_sentinel = true;
            }
            first
        };
        let mut wake = |pid: Option<Pid>| {
            if let Some(pid) = pid.filter(|p| *p != me.pid) {
                me.server.latch_of(pid).set(me);
                woken.push(pid);
            }
        };
        wake(first);
        while have_sentinel {
            let next = {
                let mut wakeup = self.wakeup.acquire();
                let next = wakeup.pop_front();
                have_sentinel = wakeup.contains(&me.pid);
                next
            };
            wake(next);
        }
        woken
    }

    /// "the dumbest way possible", said its comment. It stops here when it wakes a process for the
    /// second time: it could go on for ever.
    fn broadcast_until_empty(&self, me: &Process<'_>) -> Vec<Pid> {
        let mut woken = Vec::new();
        loop {
            let head = self.wakeup.acquire().pop_front();
            let Some(pid) = head else {
                return woken;
            };
            me.server.latch_of(pid).set(me);
            let again = woken.contains(&pid);
            woken.push(pid);
            if again {
                return woken;
            }
        }
    }
}

impl<'a> Sleeper<'a> {
    /// A process that does not sleep.
    #[must_use]
    pub fn new(me: &'a Process<'a>) -> Self {
        Self {
            me,
            target: Cell::new(None),
        }
    }

    /// Queues this process.
    ///
    /// Source: master `condition_variable.c` `ConditionVariablePrepareToSleep`.
    pub fn prepare_to_sleep(&self, cv: &'a ConditionVariable) {
        if self.target.get().is_some() {
            self.cancel();
        }
        self.target.set(Some(cv));
        if cv.variant == CvVariant::PrepareResetsLatch {
            self.me.my_latch().reset(self.me);
        }
        cv.wakeup.acquire().push_back(self.me.pid);
        if cv.variant == CvVariant::PrepareQueuesThenResets {
            self.me.my_latch().reset(self.me);
        }
    }

    /// Sleeps until signalled; the caller then tests its condition.
    ///
    /// Source: master `condition_variable.c` `ConditionVariableTimedSleep`, without timeout.
    pub fn sleep(&self, cv: &'a ConditionVariable, interrupts: &dyn Fn() -> bool) -> Slept {
        let prepared = self.target.get().is_some_and(|t| std::ptr::eq(t, cv));
        if !prepared {
            self.prepare_to_sleep(cv);
            return Slept::Woken;
        }
        let me = self.me;
        loop {
            wait_latch(me, me.my_latch());

            // Reset latch before examining the state of the wait list.
            let late_reset = cv.variant == CvVariant::ResetAfterQueue;
            if !late_reset {
                me.my_latch().reset(me);
            }

            let mut done = false;
            {
                let mut wakeup = cv.wakeup.acquire();
                if !wakeup.contains(&me.pid) {
                    done = true;
                    if cv.variant != CvVariant::SleepWithoutRequeue {
                        wakeup.push_back(me.pid);
                    }
                }
            }
            if late_reset {
                me.my_latch().reset(me);
            }

            me.signals_may_arrive();
            if interrupts() {
                return Slept::Interrupted;
            }
            if done {
                return Slept::Woken;
            }
        }
    }

    /// Leaves the queue. True if this process has been signalled.
    ///
    /// Source: master `condition_variable.c` `ConditionVariableCancelSleep`.
    pub fn cancel(&self) -> bool {
        let Some(cv) = self.target.get() else {
            return false;
        };
        let signalled = {
            let mut wakeup = cv.wakeup.acquire();
            let before = wakeup.len();
            wakeup.retain(|p| *p != self.me.pid);
            wakeup.len() == before
        };
        if signalled && cv.variant == CvVariant::ForwardOnCancel {
            cv.signal(self.me);
        }
        self.target.set(None);
        signalled
    }
}
