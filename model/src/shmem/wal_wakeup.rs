//! New WAL: the positions, who is woken, and the walsender's last look.
//!
//! Sources: master `src/backend/access/transam/xlog.c` and `src/backend/replication/walsender.c`.
//!
//! | step | order |
//! |---|---|
//! | `XLogWrite` | Write := x; write barrier; Flush := x |
//! | `RefreshXLogWriteResult` | read Flush; read barrier; read Write |
//! | `XLogFlush` | …; release the lock; `WalSndWakeup` |
//! | `WalSndLoop` | `ResetLatch`; …; read Flush and send; got_SIGUSR2?; `WalSndWait` |
//!
//! From 16 on a walsender queues on a condition variable in `WalSndWait` after it has read the
//! flush position, and does not read it again. A flush in between finds the queue empty: the
//! walsender sleeps until something else wakes it, or its timeout.
//!
//! *Simplified*: one walsender, physical; what is read is sent.
//! *Break it*: each mutant of the three enums.
//! *Checked*: `model/tests/loom_wal_wakeup.rs`.

use std::cell::Cell;

use crate::shmem::atomics::{Spinlock, pg_read_barrier, pg_write_barrier};
use crate::shmem::condition_variable::{ConditionVariable, CvVariant, Sleeper};
use crate::shmem::kernel::Pid;
use crate::shmem::process::Process;
use crate::shmem::waiteventset::wait_latch;
use crate::sync::{AtomicU64, Ordering::Relaxed};

/// Who is woken by new WAL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WakeupVariant {
    /// Up to 15: each walsender's latch.
    OwnLatch,
    /// Since bc971f4025 (16): a condition variable that all share.
    SharedConditionVariable,
    /// A mend of it: the flush position is read again after queueing.
    SharedConditionVariableRecheck,
    /// Mutant: the latch is set before the position is published.
    LatchBeforePosition,
}

/// How the positions are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogwrtVariant {
    /// Atomics and barriers: since 17.
    Master,
    /// Mutant: without the barrier between Write and Flush.
    WithoutWriteBarrier,
    /// Mutant: without the barrier between the two reads.
    WithoutReadBarrier,
}

/// The last look of a walsender that was told to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DoneVariant {
    /// `WalSndDone` calls `send_data` again.
    LooksAgain,
    /// Mutant: it leaves with what it sent before it looked at got_SIGUSR2.
    LeavesAtOnce,
}

/// What of `XLogCtl` and `WalSndCtl` matters here.
#[derive(Debug)]
pub struct WalPositions {
    log_write_result: AtomicU64,
    log_flush_result: AtomicU64,
    /// `walsnd->latch` under `walsnd->mutex`, up to 15: whose `procLatch`; 0 is NULL.
    latch: Spinlock<Pid>,
    /// `wal_flush_cv`, since 16.
    wal_flush_cv: ConditionVariable,
    /// Who is woken.
    pub wakeup: WakeupVariant,
    /// How positions are published.
    pub logwrt: LogwrtVariant,
}

impl WalPositions {
    /// No WAL yet, and a walsender with this pid.
    #[must_use]
    pub fn new(walsender: Pid, wakeup: WakeupVariant, logwrt: LogwrtVariant) -> Self {
        Self {
            log_write_result: AtomicU64::new(0),
            log_flush_result: AtomicU64::new(0),
            latch: Spinlock::new(walsender),
            wal_flush_cv: ConditionVariable::new(CvVariant::Master),
            wakeup,
            logwrt,
        }
    }

    /// Publishes what has been written and flushed.
    ///
    /// Source: master `xlog.c` `XLogWrite`, "We write Write first, bar, then Flush".
    pub fn publish(&self, position: u64) {
        self.log_write_result.store(position, Relaxed);
        if self.logwrt != LogwrtVariant::WithoutWriteBarrier {
            pg_write_barrier();
        }
        self.log_flush_result.store(position, Relaxed);
    }

    /// Reads Flush and Write.
    ///
    /// Source: master `xlog.c` `RefreshXLogWriteResult`, "It's critical that Flush always trails
    /// Write".
    ///
    /// # Panics
    ///
    /// If Flush does not trail Write.
    #[must_use]
    pub fn get_flush_rec_ptr(&self) -> u64 {
        let flush = self.log_flush_result.load(Relaxed);
        if self.logwrt != LogwrtVariant::WithoutReadBarrier {
            pg_read_barrier();
        }
        let write = self.log_write_result.load(Relaxed);
        assert!(write >= flush, "Assert(Write >= Flush)");
        flush
    }

    /// A backend flushes WAL and wakes the walsender.
    ///
    /// Source: master `xlog.c` `XLogFlush`, `walsender.h` `WalSndWakeupProcessRequests`.
    pub fn flush(&self, sleeper: &Sleeper<'_>, me: &Process<'_>, position: u64) {
        if self.wakeup == WakeupVariant::LatchBeforePosition {
            self.walsnd_wakeup(sleeper, me);
            self.publish(position);
            return;
        }
        self.publish(position);
        self.walsnd_wakeup(sleeper, me);
    }

    /// Source: 15 and master `walsender.c` `WalSndWakeup`.
    fn walsnd_wakeup(&self, sleeper: &Sleeper<'_>, me: &Process<'_>) {
        match self.wakeup {
            WakeupVariant::OwnLatch | WakeupVariant::LatchBeforePosition => {
                // Get latch pointer with spinlock held
                let latch = *self.latch.acquire();
                if latch != 0 {
                    me.server.latch_of(latch).set(me);
                }
            }
            WakeupVariant::SharedConditionVariable
            | WakeupVariant::SharedConditionVariableRecheck => {
                self.wal_flush_cv.broadcast(sleeper);
            }
        }
    }

    /// Sleeps unless, with the mend, there is more to send by now.
    ///
    /// Source: master `walsender.c` `WalSndWait`, "it never calls ConditionVariableSleep()".
    pub(super) fn walsnd_wait<'a>(&'a self, sleeper: &Sleeper<'a>, me: &Process<'_>, sent: u64) {
        match self.wakeup {
            WakeupVariant::OwnLatch | WakeupVariant::LatchBeforePosition => {
                wait_latch(me, me.my_latch());
            }
            WakeupVariant::SharedConditionVariable
            | WakeupVariant::SharedConditionVariableRecheck => {
                sleeper.prepare_to_sleep(&self.wal_flush_cv);
                let recheck = self.wakeup == WakeupVariant::SharedConditionVariableRecheck;
                if !recheck || self.get_flush_rec_ptr() == sent {
                    wait_latch(me, me.my_latch());
                }
                sleeper.cancel();
            }
        }
    }

    /// A walsender sends all WAL up to `until`; what it has sent when it stops waiting for more.
    ///
    /// Source: master `walsender.c` `WalSndLoop`.
    pub fn stream<'a>(&'a self, sleeper: &Sleeper<'a>, me: &Process<'_>, until: u64) -> u64 {
        self.stream_until(sleeper, me, |sent| sent >= until)
    }

    /// A walsender sends WAL until it is told to leave, and then all that is left.
    ///
    /// Source: master `walsender.c` `WalSndLoop`, "if (got_SIGUSR2)"; `WalSndDone`, "let's just be
    /// real sure we're caught up".
    pub fn stream_until_told<'a>(
        &'a self,
        sleeper: &Sleeper<'a>,
        me: &Process<'_>,
        (got_sigusr2, done): (&Cell<bool>, DoneVariant),
    ) -> u64 {
        let sent = self.stream_until(sleeper, me, |_| got_sigusr2.get());
        match done {
            DoneVariant::LooksAgain => self.get_flush_rec_ptr(),
            DoneVariant::LeavesAtOnce => sent,
        }
    }

    fn stream_until<'a>(
        &'a self,
        sleeper: &Sleeper<'a>,
        me: &Process<'_>,
        leave: impl Fn(u64) -> bool,
    ) -> u64 {
        loop {
            me.my_latch().reset(me);
            me.signals_may_arrive();
            let sent = self.get_flush_rec_ptr();
            me.signals_may_arrive();
            if leave(sent) {
                return sent;
            }
            self.walsnd_wait(sleeper, me, sent);
        }
    }
}
