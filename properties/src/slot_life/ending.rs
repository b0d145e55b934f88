//! What is left at an ending of a slot's life.

use model::slot_life::{Life, Phase, SLOTS_MAX, SlotLife};
use model::wal::Lsn;

use crate::ending::Judged;

/// A slot that is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotLeft {
    /// It is invalidated.
    pub invalidated: bool,
    /// `restart_lsn` in memory.
    pub restart_lsn: Lsn,
    /// `confirmed_flush` in memory.
    pub confirmed_flush: Lsn,
    /// `confirmed_flush` on disk.
    pub on_disk: Lsn,
}

/// What is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LifeEnding {
    /// Whether the server runs.
    pub phase: Phase,
    /// End of WAL.
    pub wal_end: Lsn,
    /// WAL before it is removed.
    pub removed: Lsn,
    /// Its slots.
    pub slots: [Option<SlotLeft>; SLOTS_MAX],
    /// The client took something twice.
    pub twice: bool,
}

impl Judged for SlotLife {
    type Ending = LifeEnding;

    fn ending(&self, s: &Life) -> LifeEnding {
        let left = s.slots.map(|slot| {
            slot.base.in_use.then_some(SlotLeft {
                invalidated: slot.base.invalidated,
                restart_lsn: slot.base.restart_lsn,
                confirmed_flush: slot.base.confirmed_flush,
                on_disk: slot.base.disk_confirmed_flush,
            })
        });
        LifeEnding {
            phase: s.phase,
            wal_end: s.inserted,
            removed: s.removed,
            slots: left,
            twice: s.client.twice,
        }
    }
}
