//! Where a walsender is in its code, which each of its steps asks first.

use super::{WalSender, WalSndState};
use crate::cluster::{Child, Cluster};
use crate::reads::{FLAGS, PC, PerWalsender, SENT, WALSENDER};
use crate::steps::At;
use crate::wal::Lsn;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// Where a walsender is in its code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum Pc {
    /// Gone, or never there.
    #[default]
    Gone,
    /// Forked, authenticating: has no `WalSnd` entry.
    Connecting,
    /// Has its entry (`InitWalSenderSlot`), is not marked yet.
    SlotTaken,
    /// Waits for a command.
    Idle,
    /// Runs a replication command that will write WAL.
    Command,
    /// Runs SQL in an open transaction that has an xid.
    Transaction,
    /// Not a walsender: an extension's worker that owns this entry.
    Extension,
    /// Up to 9c0e2b9182: done, `ProcDiePending` is set, but nothing looks at it.
    DiePending,
    /// Top of `WalSndLoop`.
    Loop,
    /// In `WalSndWaitForWal`, between "flush if stopping" and "leave if stopping".
    WaitForWal,
    /// Asleep in `WalSndWaitForWal`.
    Sleeping,
    /// Before 38ddeab13b and f246ea3b2a: asleep in `WalSndLoop`, caught up, its latch reset, until
    /// something comes or 10 s are over. Elsewhere that sleep is no state of the model, because
    /// nothing is missed in it.
    MainSleep,
    /// Proposal: about to save its slot, then to leave (before or after `COPY 0`).
    SaveSlot,
    /// `COPY 0` is queued, flushing it.
    FinalFlush,
    /// The message of a FATAL or an ERROR is queued, flushing it: `pq_flush`, without an end.
    ErrorFlush,
    /// `proc_exit`: before_shmem_exit hooks, transaction abort first.
    ExitAbort,
    /// `proc_exit`: slot release and statistics.
    ExitRelease,
    /// The same, from within a command: its ephemeral slot is dropped.
    ExitDropSlot,
    /// `proc_exit`: `WalSndKill`, then the end.
    ExitKill,
}

impl Pc {
    /// `replication_active`: inside `WalSndLoop` of START_REPLICATION.
    #[must_use]
    pub(crate) fn is_streaming(self) -> bool {
        matches!(
            self,
            Pc::Loop | Pc::WaitForWal | Pc::Sleeping | Pc::MainSleep
        )
    }
}

impl PerWalsender<WalSender, { WALSENDER }> {
    /// Where walsender `i` is in its code. That, and no more of it, is noted.
    #[inline]
    pub(crate) fn pc(&self, i: usize) -> Pc {
        self.part(i, PC).pc
    }

    /// `sentPtr` and `WalSndCaughtUp` of walsender `i`. They, and no more of it, are noted.
    #[inline]
    pub(crate) fn progress(&self, i: usize) -> (Lsn, bool) {
        self.part(i, SENT).progress()
    }

    /// The flags of walsender `i`. They, and no more of it, are noted.
    #[inline]
    pub(crate) fn flags(&self, i: usize) -> Flags {
        self.part(i, FLAGS).flags()
    }
}

/// What seldom changes of a walsender and is asked all the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flags {
    /// `WalSnd.pid != 0`.
    pub(crate) pid: bool,
    /// `PMChildFlags` reads `PM_CHILD_WALSENDER`.
    pub(crate) marked: bool,
    /// `WalSnd.state`.
    pub(crate) state: WalSndState,
    /// `got_STOPPING`.
    pub(crate) got_stopping: bool,
    /// `got_SIGUSR2`.
    pub(crate) got_sigusr2: bool,
    /// Repair `writers-first`: the second round has come.
    pub(crate) got_drain: bool,
    /// Statistics that are counted and not reported yet.
    pub(crate) pending_stats: bool,
    /// The client ended the stream.
    pub(crate) copy_done: bool,
}

impl WalSender {
    #[inline]
    pub(crate) fn progress(&self) -> (Lsn, bool) {
        (self.sent, self.caught_up)
    }

    #[inline]
    pub(crate) fn flags(&self) -> Flags {
        Flags {
            pid: self.pid,
            marked: self.marked,
            state: self.state,
            got_stopping: self.got_stopping,
            got_sigusr2: self.got_sigusr2,
            got_drain: self.got_drain,
            pending_stats: self.pending_stats,
            copy_done: self.copy_done,
        }
    }
}

/// `WalSndLoop`, where it looks at its socket and at the clock.
pub(crate) const LOOPING: [Pc; 3] = [Pc::Loop, Pc::Sleeping, Pc::MainSleep];

/// Where it looks at its socket: in the loop, waiting for a command, and flushing its goodbye.
pub(crate) const READING: [Pc; 6] = [
    Pc::Loop,
    Pc::Sleeping,
    Pc::MainSleep,
    Pc::Idle,
    Pc::FinalFlush,
    Pc::ErrorFlush,
];

/// The walsender named by a step, if it runs and is at one of these places of its code.
///
/// A step asks this before it looks at anything else of the state: so an explorer knows that
/// nothing but the place was looked at.
#[inline]
pub(crate) fn running(s: &Cluster, at: At, places: &[Pc]) -> Option<usize> {
    let i = usize::from(at.who);
    let there = s.runs(Child::walsender(i)) && places.contains(&s.walsenders.pc(i));
    there.then_some(i)
}
