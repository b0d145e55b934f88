//! The WalSnd entry, and the checkpointer that waits until all walsenders are stopping.
//!
//! Source: master `src/backend/replication/walsender.c`.
//!
//! | step | order |
//! |---|---|
//! | `InitWalSenderSlot` | lock; pid = 0? pid := mine, state := STARTUP; unlock |
//! | stop of a walsender | its last WAL; lock; state := STOPPING; unlock |
//! | `WalSndKill` | its last WAL; `MyWalSnd` := NULL; lock; pid := 0; unlock |
//! | `WalSndInitStopping` | for each entry: lock; read pid; unlock; `SendProcSignal` |
//! | `WalSndWaitStopping` | for each entry: lock; read pid and state; unlock; until all stop |
//!
//! The insert position has a lock of its own. It is seen even if the entry's spinlock is left out:
//! no store goes up past the acquisition of a lock. The spinlock is needed for all else
//! that a walsender did, such as what it left in its slot.
//!
//! *Simplified*: the 10 ms between two scans take no time.
//! *Break it*: each mutant of [`WalSndVariant`].
//! *Checked*: `model/tests/loom_walsnd.rs`.

use crate::shmem::atomics::{Spinlock, pg_read_barrier, pg_write_barrier};
use crate::shmem::kernel::Pid;
use crate::shmem::latch::{Latch, LatchVariant};
use crate::shmem::process::Process;
use crate::shmem::procsignal::{ProcSignal, Reason};
use crate::sync::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed, spin_loop};

/// `WALSNDSTATE_STREAMING`; the others before STOPPING mean the same here.
const STREAMING: u8 = 0;
/// `WALSNDSTATE_STOPPING`.
const STOPPING: u8 = 1;

/// Which entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WalSndVariant {
    /// Since ff44fba46c (9.5): no latch of its own, and the entry is freed under its spinlock.
    Master,
    /// 214c7a4f0b (9.2 to 9.4): the latch in the entry is disowned, then the entry is freed,
    /// without the spinlock: "Assume that no lock is required for this".
    OwnLatchDisownedFirst,
    /// The same where stores stay in order, as on x86.
    OwnLatchDisownedFirstInOrder,
    /// Before 214c7a4f0b: the entry is freed, then the latch is disowned (G9).
    OwnLatchFreedFirst,
    /// Mutant: STOPPING is published before the last WAL is inserted.
    StoppingBeforeInsert,
    /// Mutant: the entry is freed before the last WAL is inserted.
    KillBeforeInsert,
    /// Mutant: state and pid are stored and read without the spinlock.
    WithoutSpinlock,
}

/// An entry.
#[derive(Debug)]
pub struct WalSnd {
    mutex: Spinlock<()>,
    pid: AtomicU32,
    state: AtomicU8,
    /// `latch`, up to 9.4.
    own_latch: Latch,
}

/// The entries, and what the walsenders leave behind.
#[derive(Debug)]
pub struct WalSndCtl {
    walsnds: Vec<WalSnd>,
    /// `Insert->CurrBytePos`, under its lock.
    insert_position: Spinlock<u32>,
    /// Something else that a walsender wrote before it stopped, without a lock of its own.
    left_behind: AtomicBool,
    variant: WalSndVariant,
}

/// How a walsender stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stop {
    /// Physical: it reports STOPPING and lives on.
    Report,
    /// Logical: it leaves.
    Leave,
}

impl WalSndCtl {
    /// Source: master `walsender.c` `WalSndShmemInit`.
    #[must_use]
    pub fn new(entries: usize, variant: WalSndVariant) -> Self {
        let walsnds = (0..entries).map(|_| WalSnd {
            mutex: Spinlock::new(()),
            pid: AtomicU32::new(0),
            state: AtomicU8::new(STREAMING),
            own_latch: Latch::owned_by(0, LatchVariant::AlwaysSignal),
        });
        Self {
            walsnds: walsnds.collect(),
            insert_position: Spinlock::new(0),
            left_behind: AtomicBool::new(false),
            variant,
        }
    }

    fn own_latch(&self) -> bool {
        matches!(
            self.variant,
            WalSndVariant::OwnLatchDisownedFirst
                | WalSndVariant::OwnLatchDisownedFirstInOrder
                | WalSndVariant::OwnLatchFreedFirst
        )
    }

    /// Takes a free entry; none if all are taken.
    ///
    /// Source: master `walsender.c` `InitWalSenderSlot`, "Found a free slot".
    #[must_use]
    pub fn init_slot(&self, me: &Process<'_>) -> Option<usize> {
        let free = self.walsnds.iter().position(|walsnd| {
            let _held = walsnd.mutex.acquire();
            if walsnd.pid.load(Relaxed) != 0 {
                return false;
            }
            walsnd.pid.store(me.pid, Relaxed);
            walsnd.state.store(STREAMING, Relaxed);
            true
        })?;
        if self.variant == WalSndVariant::OwnLatchDisownedFirstInOrder {
            pg_read_barrier();
        }
        if self.own_latch() {
            self.walsnds[free].own_latch.own(me);
        }
        Some(free)
    }

    /// Frees the entry.
    ///
    /// Source: master `walsender.c` `WalSndKill`.
    pub fn kill(&self, me: &Process<'_>, entry: usize) {
        let walsnd = &self.walsnds[entry];
        match self.variant {
            WalSndVariant::OwnLatchFreedFirst => {
                walsnd.pid.store(0, Relaxed);
                walsnd.own_latch.disown(me);
            }
            WalSndVariant::OwnLatchDisownedFirst => {
                walsnd.own_latch.disown(me);
                walsnd.pid.store(0, Relaxed);
            }
            WalSndVariant::OwnLatchDisownedFirstInOrder => {
                walsnd.own_latch.disown(me);
                pg_write_barrier();
                walsnd.pid.store(0, Relaxed);
            }
            WalSndVariant::WithoutSpinlock => walsnd.pid.store(0, Relaxed),
            WalSndVariant::Master
            | WalSndVariant::StoppingBeforeInsert
            | WalSndVariant::KillBeforeInsert => {
                let _held = walsnd.mutex.acquire();
                walsnd.pid.store(0, Relaxed);
            }
        }
    }

    /// Source: master `walsender.c` `WalSndSetState`.
    fn set_stopping(&self, entry: usize) {
        let walsnd = &self.walsnds[entry];
        if walsnd.state.load(Relaxed) == STOPPING {
            return;
        }
        let locked = self.variant != WalSndVariant::WithoutSpinlock;
        let _held = locked.then(|| walsnd.mutex.acquire());
        walsnd.state.store(STOPPING, Relaxed);
    }

    /// The last that a walsender writes.
    fn last_insert(&self) {
        self.left_behind.store(true, Relaxed);
        *self.insert_position.acquire() += 1;
    }

    /// A walsender has seen got_STOPPING.
    ///
    /// Source: master `walsender.c` `XLogSendPhysical`, "If requested switch the WAL sender to the
    /// stopping state"; `WalSndKill` for one that leaves.
    pub fn stop(&self, me: &Process<'_>, entry: usize, how: Stop) {
        let late = matches!(
            self.variant,
            WalSndVariant::StoppingBeforeInsert | WalSndVariant::KillBeforeInsert
        );
        if !late {
            self.last_insert();
        }
        match how {
            Stop::Report => self.set_stopping(entry),
            Stop::Leave => self.kill(me, entry),
        }
        if late {
            self.last_insert();
        }
    }

    /// The checkpointer asks all walsenders to stop, once.
    ///
    /// Source: master `walsender.c` `WalSndInitStopping`.
    pub fn init_stopping(&self, me: &Process<'_>, procsignal: &ProcSignal) {
        for walsnd in &self.walsnds {
            let pid: Pid = {
                let _held = walsnd.mutex.acquire();
                walsnd.pid.load(Relaxed)
            };
            if pid != 0 {
                procsignal.send(me, pid, Reason::WalsndInitStopping);
            }
        }
    }

    /// The checkpointer waits until each has stopped or left.
    ///
    /// Source: master `walsender.c` `WalSndWaitStopping`.
    pub fn wait_stopping(&self) {
        let locked = self.variant != WalSndVariant::WithoutSpinlock;
        while !self.walsnds.iter().all(|walsnd| {
            let _held = locked.then(|| walsnd.mutex.acquire());
            walsnd.pid.load(Relaxed) == 0 || walsnd.state.load(Relaxed) == STOPPING
        }) {
            // pg_usleep(10000L)
            spin_loop();
        }
    }

    /// How many walsenders have inserted their last, as `CreateCheckPoint` sees it.
    #[must_use]
    pub fn insert_position(&self) -> u32 {
        *self.insert_position.acquire()
    }

    /// Whether what a walsender left behind is seen without a lock.
    #[must_use]
    pub fn sees_what_was_left(&self) -> bool {
        self.left_behind.load(Relaxed)
    }
}
