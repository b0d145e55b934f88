//! Waiting for a latch or the postmaster's death.
//!
//! Source: master `src/backend/storage/ipc/waiteventset.c`; up to 17 in `latch.c`.
//!
//! *Simplified*: one event at a time, no sockets, no timeout. *Break it*:
//! `LatchVariant::WaitWithoutBarrier`, `WaitWithoutRecheck`, `WakeChannel::HandlerOnly`, and for
//! kqueue `PostmasterDeath::AsReported`. *Checked*: `model/tests/loom_latch.rs`,
//! `model/tests/loom_history.rs`.

use std::cell::Cell;

use crate::shmem::kernel::Event;
use crate::shmem::latch::Latch;
use crate::shmem::process::Process;

/// What a wait returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaitEvent {
    /// `WL_LATCH_SET`.
    LatchSet,
    /// `WL_POSTMASTER_DEATH`.
    PostmasterDeath,
}

/// What a wait set makes of the postmaster's death.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PostmasterDeath {
    /// Up to b94109ce37 with kqueue, and everywhere else: as the kernel reports it (G10).
    AsReported,
    /// Since b94109ce37 with kqueue: `report_postmaster_not_running` remembers it.
    Remembered,
}

/// A wait set: one latch, and the postmaster's death.
#[derive(Debug)]
pub struct WaitEventSet<'a> {
    /// `latch`.
    pub latch: &'a Latch,
    death: PostmasterDeath,
    /// `report_postmaster_not_running`.
    report_postmaster_not_running: Cell<bool>,
}

impl<'a> WaitEventSet<'a> {
    /// A set that waits for this latch.
    #[must_use]
    pub fn new(latch: &'a Latch, death: PostmasterDeath) -> Self {
        Self {
            latch,
            death,
            report_postmaster_not_running: Cell::new(false),
        }
    }

    /// Sleeps until the latch is set or the postmaster has died.
    ///
    /// Source: master `waiteventset.c` `WaitEventSetWait`.
    pub fn wait(&self, me: &Process<'_>) -> WaitEvent {
        me.waiting.set(true);
        let event = loop {
            if self.latch.about_to_sleep() {
                self.latch.no_longer_sleeping();
                break WaitEvent::LatchSet;
            }

            // A set between the test and the sleep leaves a signal that ends the sleep at once.
            me.signals_may_arrive();
            let event = self.wait_block(me);
            self.latch.no_longer_sleeping();
            if let Some(event) = event {
                break event;
            }
        };
        me.waiting.set(false);
        event
    }

    /// Source: master `waiteventset.c` `WaitEventSetWaitBlock`.
    fn wait_block(&self, me: &Process<'_>) -> Option<WaitEvent> {
        if self.report_postmaster_not_running.get() {
            return Some(WaitEvent::PostmasterDeath);
        }
        match me.server.kernel.epoll_wait(me.pid) {
            Event::Readable => {
                me.server.kernel.drain(me.pid);
                self.latch.is_set().then_some(WaitEvent::LatchSet)
            }
            // EINTR: the handler has run, and the caller looks again.
            Event::Interrupted => {
                me.signals_may_arrive();
                None
            }
            Event::PostmasterDeath => {
                let remembered = self.death == PostmasterDeath::Remembered;
                self.report_postmaster_not_running.set(remembered);
                Some(WaitEvent::PostmasterDeath)
            }
        }
    }
}

/// Waits for `MyLatch`.
///
/// Source: master `latch.c` `WaitLatch`.
pub fn wait_latch(me: &Process<'_>, latch: &Latch) -> WaitEvent {
    WaitEventSet::new(latch, PostmasterDeath::AsReported).wait(me)
}
