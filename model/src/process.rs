//! What every child of the postmaster has: a life, and pending signals; and the table of them.

use std::hash::{Hash, Hasher};
use std::ops::{Index, IndexMut};

use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

use crate::bounds::WALSENDERS_MAX;
use crate::cluster::{CHILDREN_MAX, Child};
use crate::reads::{Own, note, note_centre, note_centre_change, note_process_change};

/// Whether a child lives, and how it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum Life {
    /// Never there, or reaped.
    #[default]
    Absent,
    /// It runs.
    Running,
    /// Exited with status 0; not reaped.
    Exited0,
    /// Exited with status 1 (FATAL); not reaped.
    Exited1,
    /// Ended by `_exit(2)`, abort or SIGKILL; not reaped.
    Crashed,
}

/// A signal as the kernel and the procsignal multiplexer keep it: pending or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Signal {
    /// SIGTERM.
    Term = 1,
    /// SIGINT.
    Int = 2,
    /// SIGQUIT.
    Quit = 4,
    /// SIGKILL.
    Kill = 8,
    /// SIGUSR2.
    Usr2 = 16,
    /// SIGUSR1 with `PROCSIG_WALSND_INIT_STOPPING`.
    InitStopping = 32,
    /// SIGUSR1 with the second-round reason of the `writers-first` repair.
    Drain = 64,
}

/// One place of the child table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Process {
    /// Whether it lives.
    pub life: Life,
    /// Pending signals, a bit each ([`Signal`]).
    pub signals: u8,
}

impl Process {
    /// Whether `signal` is pending.
    #[must_use]
    pub fn has(&self, signal: Signal) -> bool {
        self.signals & signal as u8 != 0
    }

    /// Takes a pending signal away.
    pub fn take(&mut self, signal: Signal) {
        self.signals &= !(signal as u8);
    }

    /// The process ends; what was pending is gone.
    pub fn exit(&mut self, life: Life) {
        self.life = life;
        self.signals = 0;
    }
}

/// Behind the regions of the centre that are fields of the cluster.
const FIELDS: u32 = 13;

/// The child table. Looking at a place is noted in [`reads`](crate::reads).
#[derive(Clone, Copy, Debug, Eq, PartialOrd, Ord)]
pub struct Children([Process; CHILDREN_MAX]);

impl Default for Children {
    fn default() -> Children {
        Children([Process::default(); CHILDREN_MAX])
    }
}

impl PartialEq for Children {
    fn eq(&self, other: &Children) -> bool {
        self.0.as_bytes() == other.0.as_bytes()
    }
}

impl Hash for Children {
    fn hash<H: Hasher>(&self, to: &mut H) {
        to.write(self.0.as_bytes());
    }
}

impl Children {
    /// Place `i`; it is not noted.
    pub(crate) fn unnoted(&self, i: usize) -> &Process {
        &self.0[i]
    }

    /// Whether place `i` is another here than in `other`. It is not noted.
    pub(crate) fn differs(&self, other: &Children, i: usize) -> bool {
        self.0[i] != other.0[i]
    }

    /// The same of the place that is this region of the centre.
    pub(crate) fn region_differs(&self, other: &Children, region: u32) -> bool {
        let place = region.saturating_sub(FIELDS) as usize;
        let in_front = place < Child::walsender(0).index();
        let i = if in_front {
            place
        } else {
            place + WALSENDERS_MAX
        };
        debug_assert_eq!(region_of(i), Some(region));
        self.differs(other, i)
    }
}

impl Index<usize> for Children {
    type Output = Process;

    #[inline]
    fn index(&self, i: usize) -> &Process {
        note_child(i);
        &self.0[i]
    }
}

impl IndexMut<usize> for Children {
    #[inline]
    fn index_mut(&mut self, i: usize) -> &mut Process {
        match region_of(i) {
            Some(region) => note_centre_change(region),
            None => note_process_change(i - Child::walsender(0).index()),
        }
        &mut self.0[i]
    }
}

/// The region of the centre that place `i` is, if no walsender has it.
#[inline]
pub(crate) fn region_of(i: usize) -> Option<u32> {
    let first = Child::walsender(0).index();
    let behind = first + WALSENDERS_MAX;
    let place = if i < first {
        i
    } else {
        first + i.checked_sub(behind)?
    };
    Some(FIELDS + u32::try_from(place).unwrap_or_default())
}

#[inline]
fn note_child(i: usize) {
    match region_of(i) {
        Some(region) => note_centre(region),
        None => note(Own::Process(i - Child::walsender(0).index())),
    }
}
