//! The checkpointer's loops over entries and slots.

use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

use super::{Pc, go};
use crate::cluster::Cluster;
use crate::world::World;

/// Where a loop of the checkpointer over entries or slots stands with one of them.
///
/// Which place of shared memory a walsender or a slot got is by chance, and the two have nothing to
/// do with one another: so a loop here comes to them in any order.
///
/// Source: master `walsender.c` `InitWalSenderSlot`, `slot.c` `ReplicationSlotCreate`: the first
/// place that is free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum Turn {
    /// Still to come, or no loop is under way.
    #[default]
    Ahead,
    /// It is its turn.
    Now,
    /// Done.
    Passed,
}

/// A loop is over: the next one begins from the first.
pub(super) fn end_of_loop(w: &World, s: &mut Cluster, next: Pc) {
    for i in 0..w.walsenders {
        s.turns[i] = Turn::Ahead;
    }
    go(s, next);
}
