//! A logical walsender's two looks at got_STOPPING, with the flush position read between them.
//!
//! Source: master `src/backend/replication/walsender.c`.
//!
//! | step | order |
//! |---|---|
//! | `WalSndWaitForWal` | Flush as last read is enough? return; |
//! | its loop | `ResetLatch`; got_STOPPING? flush; read Flush; got_STOPPING? leave; enough? leave; `WalSndWait` |
//! | behind its loop | `SetLatch` |
//! | `XLogSendLogical` | read a record (waits as above); read Flush; caught up and got_STOPPING? got_SIGUSR2 := true |
//! | `WalSndLoop` | `ResetLatch`; `XLogSendLogical`; caught up and got_SIGUSR2? `WalSndDone` |
//! | `WalSndDone` | `XLogSendLogical` again; caught up? leave |
//!
//! When the flag comes between the two looks, the wait is left with a flush position that nobody
//! forced, and the walsender believes to have caught up. `WalSndDone` looks again, through the
//! first look.
//!
//! *Simplified*: a record is a unit; what is read is sent and confirmed at once; insert and flush
//! positions are numbers of records.
//! *Break it*: each mutant of [`LogicalVariant`].
//! *Checked*: `model/tests/loom_logical_walsender.rs`.

use std::cell::Cell;

use crate::shmem::atomics::Spinlock;
use crate::shmem::condition_variable::Sleeper;
use crate::shmem::kernel::Pid;
use crate::shmem::process::Process;
use crate::shmem::waiteventset::wait_latch;
use crate::shmem::wal_wakeup::{LogwrtVariant, WakeupVariant, WalPositions};

/// What a walsender does when it is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogicalVariant {
    /// Since 38ddeab13b (2019): as in the table.
    Master,
    /// Up to 38ddeab13b: `XLogSendLogical` tests got_STOPPING only where it has read no record, and
    /// `WalSndLoop` sleeps when all is sent.
    TestsWithoutRecord,
    /// Mutant: the first look is missing, so nobody flushes what was inserted last.
    WithoutFlush,
    /// Mutant: the second look is missing.
    WithoutSecondLook,
    /// Mutant: one look serves for both; nothing is read twice.
    OneLook,
    /// Mutant: `WalSndDone` does not send again.
    LeavesAtOnce,
    /// Both of the last two.
    OneLookLeavesAtOnce,
    /// Mutant: the latch is reset behind the second look.
    ResetBehindLooks,
}

/// The WAL, and the logical walsender that sends it.
#[derive(Debug)]
pub struct LogicalWal {
    /// `Insert->CurrBytePos`, under its lock.
    inserted: Spinlock<u64>,
    positions: WalPositions,
    variant: LogicalVariant,
}

/// What is `static` in `walsender.c`.
struct WalSender<'a, 'p> {
    me: &'a Process<'p>,
    sleeper: &'a Sleeper<'a>,
    got_stopping: &'a Cell<bool>,
    got_sigusr2: bool,
    caught_up: bool,
    sent: u64,
    recent_flush: u64,
}

impl LogicalWal {
    /// No WAL yet, and a walsender with this pid.
    #[must_use]
    pub fn new(walsender: Pid, wakeup: WakeupVariant, variant: LogicalVariant) -> Self {
        Self {
            inserted: Spinlock::new(0),
            positions: WalPositions::new(walsender, wakeup, LogwrtVariant::Master),
            variant,
        }
    }

    /// A record that its backend does not flush, as of an asynchronous commit.
    pub fn insert(&self) {
        *self.inserted.acquire() += 1;
    }

    /// All WAL is flushed, and walsenders are woken.
    ///
    /// Source: master `xlog.c` `XLogFlush`.
    pub fn flush(&self, sleeper: &Sleeper<'_>, me: &Process<'_>) {
        let end = *self.inserted.acquire();
        if self.positions.get_flush_rec_ptr() < end {
            self.positions.flush(sleeper, me, end);
        }
    }

    /// A walsender sends WAL until it leaves, because INIT_STOPPING has set `got_stopping`; what it
    /// has sent.
    ///
    /// Source: master `walsender.c` `WalSndLoop`.
    pub fn stream<'a>(
        &'a self,
        sleeper: &'a Sleeper<'a>,
        me: &'a Process<'_>,
        got_stopping: &'a Cell<bool>,
    ) -> u64 {
        let mut ws = WalSender {
            me,
            sleeper,
            got_stopping,
            got_sigusr2: false,
            caught_up: false,
            sent: 0,
            recent_flush: 0,
        };
        loop {
            me.my_latch().reset(me);
            me.signals_may_arrive();
            self.send_data(&mut ws);
            if ws.caught_up && ws.got_sigusr2 && self.done(&mut ws) {
                return ws.sent;
            }
            if ws.caught_up && self.variant == LogicalVariant::TestsWithoutRecord {
                wait_latch(me, me.my_latch());
            }
        }
    }

    /// Whether the walsender leaves.
    ///
    /// Source: master `walsender.c` `WalSndDone`, "let's just be real sure we're caught up".
    fn done<'a>(&'a self, ws: &mut WalSender<'a, '_>) -> bool {
        let again = !matches!(
            self.variant,
            LogicalVariant::LeavesAtOnce | LogicalVariant::OneLookLeavesAtOnce
        );
        if again {
            self.send_data(ws);
        }
        ws.caught_up
    }

    /// Source: master and 38ddeab13b^ `walsender.c` `XLogSendLogical`.
    fn send_data<'a>(&'a self, ws: &mut WalSender<'a, '_>) {
        ws.caught_up = false;
        let record = self.wait_for_wal(ws, ws.sent + 1) > ws.sent;
        if record {
            ws.sent += 1;
        }
        let flush = self.positions.get_flush_rec_ptr();
        ws.caught_up = ws.sent >= flush;
        ws.me.signals_may_arrive();
        let tests = !record || self.variant != LogicalVariant::TestsWithoutRecord;
        if tests && ws.caught_up && ws.got_stopping.get() {
            ws.got_sigusr2 = true;
        }
    }

    /// Waits until WAL is flushed up to `loc`, or the walsender shall stop; the flush position.
    ///
    /// Source: master `walsender.c` `WalSndWaitForWal`.
    fn wait_for_wal<'a>(&'a self, ws: &mut WalSender<'a, '_>, loc: u64) -> u64 {
        if ws.recent_flush >= loc {
            return ws.recent_flush;
        }
        let me = ws.me;
        let reset = || {
            me.my_latch().reset(me);
            me.signals_may_arrive();
        };
        loop {
            let late = self.variant == LogicalVariant::ResetBehindLooks;
            if !late {
                reset();
            }

            let first = ws.got_stopping.get();
            if first && self.variant != LogicalVariant::WithoutFlush {
                self.flush(ws.sleeper, me);
            }
            me.signals_may_arrive();
            ws.recent_flush = self.positions.get_flush_rec_ptr();
            me.signals_may_arrive();

            let second = match self.variant {
                LogicalVariant::OneLook | LogicalVariant::OneLookLeavesAtOnce => first,
                LogicalVariant::WithoutSecondLook => false,
                LogicalVariant::Master
                | LogicalVariant::TestsWithoutRecord
                | LogicalVariant::WithoutFlush
                | LogicalVariant::LeavesAtOnce
                | LogicalVariant::ResetBehindLooks => ws.got_stopping.get(),
            };
            if second || ws.recent_flush >= loc {
                break;
            }
            me.signals_may_arrive();
            if late {
                reset();
            }
            self.positions.walsnd_wait(ws.sleeper, me, ws.recent_flush);
        }
        me.my_latch().set(me);
        ws.recent_flush
    }
}
