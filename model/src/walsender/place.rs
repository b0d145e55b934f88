//! Where a walsender is in its code, which each of its steps asks first.

use super::WalSender;
use crate::cluster::{Child, Cluster};
use crate::reads::{PerWalsender, WALSENDER, note_pc};
use crate::steps::At;
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
    /// Before 38ddeab13b: asleep in `WalSndLoop`, caught up, its latch reset. Elsewhere that sleep
    /// ends by itself in the model, because nothing is missed in it.
    MainSleep,
    /// Proposal: about to save its slot, then to leave (before or after `COPY 0`).
    SaveSlot,
    /// `COPY 0` is queued, flushing it.
    FinalFlush,
    /// `proc_exit`: before_shmem_exit hooks, transaction abort first.
    ExitAbort,
    /// `proc_exit`: slot release and statistics.
    ExitRelease,
    /// The same, from within a command: its ephemeral slot is dropped.
    ExitDropSlot,
    /// `proc_exit`: `WalSndKill`, then the end.
    ExitKill,
}

impl PerWalsender<WalSender, { WALSENDER }> {
    /// Where walsender `i` is in its code. That, and no more of it, is noted.
    #[inline]
    pub(crate) fn pc(&self, i: usize) -> Pc {
        note_pc(i);
        self.unnoted(i).pc
    }
}

/// `WalSndLoop`, where it looks at its socket and at the clock.
pub(crate) const LOOPING: [Pc; 3] = [Pc::Loop, Pc::Sleeping, Pc::MainSleep];

/// The walsender named by a step, if it runs and is at one of these places of its code.
///
/// A step asks this before all else: so an explorer knows that nothing but the place was looked at.
#[inline]
pub(crate) fn running<'a>(s: &'a Cluster, at: At, places: &[Pc]) -> Option<(usize, &'a WalSender)> {
    let i = usize::from(at.who);
    let there = s.runs(Child::walsender(i)) && places.contains(&s.walsenders.pc(i));
    there.then(|| (i, &s.walsenders[i]))
}
