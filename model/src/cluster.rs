//! The state of the whole cluster at one moment: processes, shared memory, disk, sockets, peers.
//!
//! Plain data of fixed size: no heap, no maps; it is copied for every successor.

use crate::archiver::Archiver;
use crate::backend::Backend;
use crate::bgworker::Worker;
use crate::bgwriter::BgWriter;
use crate::bounds::{BACKENDS_MAX, WALSENDERS_MAX, WORKERS_MAX};
use crate::channel::Channel;
use crate::checkpointer::{Checkpointer, Turn};
use crate::environment::Environment;
use crate::peer::Peer;
use crate::postmaster::Postmaster;
use crate::reads::{CHANNEL, CHECKPOINTER, Noted, PEER, PerWalsender, SLOT, WALSENDER};
use crate::slot::Slot;
use crate::startup::StartUp;
use crate::steps::Taken;
use crate::wal::{Lsn, Wal};
use crate::walsender::WalSender;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

pub use crate::process::{Children, Life, Process, Signal};

/// A child of the postmaster, by its place in the child table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Child(pub u8);

/// The number of places in the child table.
pub const CHILDREN_MAX: usize = CLIENTS_END as usize + 3 + WORKERS_MAX;

/// Behind the last walsender.
const CLIENTS_END: u8 = 40;
const _: () = assert!(CLIENTS_END as usize == 6 + BACKENDS_MAX + WALSENDERS_MAX);

impl Child {
    /// The checkpointer.
    pub const CHECKPOINTER: Child = Child(0);
    /// The background writer.
    pub const BGWRITER: Child = Child(1);
    /// The WAL writer.
    pub const WALWRITER: Child = Child(2);
    /// The archiver.
    pub const ARCHIVER: Child = Child(3);
    /// The IO workers (18+), all of them as one.
    pub const IO_WORKER: Child = Child(4);
    /// A dead-end child.
    pub const DEAD_END: Child = Child(5);
    /// The startup process.
    pub const STARTUP: Child = Child(CLIENTS_END);
    /// The walreceiver.
    pub const WALRECEIVER: Child = Child(CLIENTS_END + 1);
    /// The statistics collector (up to 14).
    pub const STATS_COLLECTOR: Child = Child(CLIENTS_END + 2);

    /// Backend `i`.
    #[must_use]
    pub fn backend(i: usize) -> Child {
        Child(6 + u8::try_from(i).unwrap_or(u8::MAX))
    }

    /// Walsender `i`.
    #[must_use]
    pub fn walsender(i: usize) -> Child {
        Child::backend(BACKENDS_MAX + i)
    }

    /// Background worker `i`.
    #[must_use]
    pub fn worker(i: usize) -> Child {
        Child::backend(usize::from(CLIENTS_END) - 6 + 3 + i)
    }

    /// All places.
    pub fn all() -> impl Iterator<Item = Child> {
        (0..CHILDREN_MAX).map(|i| Child(u8::try_from(i).unwrap_or(u8::MAX)))
    }

    /// Which walsender this is, if it is one.
    #[must_use]
    pub fn as_walsender(self) -> Option<usize> {
        let i = usize::from(self.0).checked_sub(6 + BACKENDS_MAX)?;
        (i < WALSENDERS_MAX).then_some(i)
    }

    /// Which background worker this is, if it is one.
    #[must_use]
    pub fn as_worker(self) -> Option<usize> {
        usize::from(self.0).checked_sub(usize::from(CLIENTS_END) + 3)
    }

    /// Which backend this is, if it is one.
    #[must_use]
    pub fn as_backend(self) -> Option<usize> {
        let i = usize::from(self.0).checked_sub(6)?;
        (i < BACKENDS_MAX).then_some(i)
    }

    /// Its place as an index.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// State in pg_control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum ControlState {
    /// `DB_IN_PRODUCTION`.
    #[default]
    InProduction,
    /// `DB_SHUTDOWNING`.
    ShuttingDown,
    /// `DB_SHUTDOWNED`.
    ShutDown,
    /// `DB_IN_CRASH_RECOVERY`, `DB_IN_ARCHIVE_RECOVERY`.
    InRecovery,
    /// `DB_SHUTDOWNED_IN_RECOVERY`.
    ShutDownInRecovery,
}

/// pg_control, as far as a shutdown writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Control {
    /// `state`.
    pub state: ControlState,
    /// `checkPoint`: start of the shutdown checkpoint record; invalid until it is written.
    pub checkpoint: Lsn,
}

/// Cumulative statistics (`pgstat.c`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Stats {
    /// `shmem->is_shutdown`: the file is written, nobody may report any more; up to 14 the
    /// collector has written it and left.
    pub is_shutdown: bool,
    /// Something was reported after that, or never, and is lost.
    pub lost: bool,
    /// The walwriter has counted something and not reported it yet.
    pub walwriter_pending: bool,
}

/// What went wrong inside the server, for the properties that forbid it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Failures {
    /// The checkpointer's PANIC "concurrent write-ahead log activity while database system is
    /// shutting down".
    pub panic_concurrent_wal: bool,
    /// `Assert(!pgStatLocal.shmem->is_shutdown)`.
    pub assert_stats: bool,
    /// The assertions of `PostmasterStateMachine` in front of `PM_NO_CHILDREN`.
    pub assert_children_gone: bool,
    /// `Assert(AbortStartTime == 0)` where start-up succeeds.
    pub assert_abort_timer: bool,
    /// `pgstat_assert_is_up()`: a report after the process left the statistics system.
    pub assert_pgstat_up: bool,
    /// `Assert(pending_since == 0)` in `pgstat_report_stat`.
    pub assert_pending_since: bool,
}

/// The state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cluster {
    /// The postmaster.
    pub postmaster: Noted<Postmaster, 0>,
    /// Its children: life and pending signals.
    pub children: Children,
    /// The checkpointer.
    pub checkpointer: Noted<Checkpointer, { CHECKPOINTER }>,
    /// The startup process, and what it shares with the walreceiver.
    pub startup: Noted<StartUp, 2>,
    /// Background workers and their slots in shared memory.
    pub workers: Noted<[Worker; WORKERS_MAX], 3>,
    /// The background writer.
    pub bgwriter: Noted<BgWriter, 4>,
    /// The archiver and the archive.
    pub archiver: Noted<Archiver, 5>,
    /// Backends.
    pub backends: Noted<[Backend; BACKENDS_MAX], 6>,
    /// Walsenders with their shared entries.
    pub walsenders: PerWalsender<WalSender, { WALSENDER }>,
    /// Slot `i` belongs to walsender `i`.
    pub slots: PerWalsender<Slot, { SLOT }>,
    /// The socket between walsender `i` and its peer.
    pub channels: PerWalsender<Channel, { CHANNEL }>,
    /// The peer of walsender `i`.
    pub peers: PerWalsender<Peer, { PEER }>,
    /// Where the checkpointer's loop over entries or slots stands with that of walsender `i`.
    pub turns: PerWalsender<Turn, { SLOT }>,
    /// The WAL.
    pub wal: Noted<Wal, 7>,
    /// pg_control.
    pub control: Noted<Control, 8>,
    /// Statistics.
    pub stats: Noted<Stats, 9>,
    /// Hint records that decoding may still write.
    pub hints_left: Noted<u8, 10>,
    /// Failures so far.
    pub failures: Noted<Failures, 11>,
    /// The operator, the clients and the faults.
    pub environment: Noted<Environment, 12>,
}

impl Cluster {
    /// Becomes the same as `other`, as by assignment. Both are states of one world with so many
    /// walsenders: what lies behind them, and behind the end of WAL, is the same in all its states
    /// and is not copied. Nothing is noted.
    pub fn become_like(&mut self, other: &Cluster, walsenders: usize) {
        let Cluster {
            postmaster,
            children,
            checkpointer,
            startup,
            workers,
            bgwriter,
            archiver,
            backends,
            walsenders: senders,
            slots,
            channels,
            peers,
            turns,
            wal,
            control,
            stats,
            hints_left,
            failures,
            environment,
        } = other;
        self.postmaster = *postmaster;
        self.children = *children;
        self.checkpointer = *checkpointer;
        self.startup = *startup;
        self.workers = *workers;
        self.bgwriter = *bgwriter;
        self.archiver = *archiver;
        self.backends = *backends;
        self.walsenders.become_first(senders, walsenders);
        self.slots.become_first(slots, walsenders);
        self.channels.become_first(channels, walsenders);
        self.peers.become_first(peers, walsenders);
        self.turns.become_first(turns, walsenders);
        self.wal.unnoted_mut().become_like(wal.unnoted());
        self.control = *control;
        self.stats = *stats;
        self.hints_left = *hints_left;
        self.failures = *failures;
        self.environment = *environment;
    }

    /// The child-table entry of `child`.
    #[must_use]
    pub fn child(&self, child: Child) -> &Process {
        &self.children[child.index()]
    }

    /// The child-table entry of `child`, to change it.
    pub fn child_mut(&mut self, child: Child) -> &mut Process {
        &mut self.children[child.index()]
    }

    /// Whether `child` runs.
    #[must_use]
    pub fn runs(&self, child: Child) -> bool {
        self.child(child).life == Life::Running
    }

    /// `kill`: towards a child that has ended nothing happens (ESRCH, or a zombie).
    pub fn kill(&mut self, child: Child, signal: Signal) {
        let process = self.child_mut(child);
        if process.life == Life::Running {
            process.signals |= signal as u8;
        }
    }

    /// Whether it differs from `before`: an iteration that changes nothing is not a step, so a busy
    /// loop cannot hide a deadlock.
    pub(crate) fn if_changed(&self, before: &Cluster) -> Taken {
        (self != before).then_some(())
    }
}
