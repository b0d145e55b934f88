//! The branches of all trees, in one table.

use super::Outcome;
use crate::parted::PARTS_MAX;
use crate::prefetch::prefetch;

/// What is behind a branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Next {
    /// Nobody knows.
    #[default]
    Unknown,
    /// A node: look at this part.
    Read { node: u32, part: u8 },
    /// The end.
    Leaf(Outcome),
}

/// In `keys`: nothing is there. No node has the largest number.
const EMPTY: u64 = u64::MAX;

#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The node, and what the part that it looks at holds.
    key: u64,
    next: Next,
}

const FREE: Slot = Slot {
    key: EMPTY,
    next: Next::Unknown,
};

/// What is behind each node, by what the part that it looks at holds.
#[derive(Debug)]
pub(super) struct Branches {
    /// A power of two, at most two thirds of them taken.
    slots: Vec<Slot>,
    taken: usize,
    nodes: u32,
}

impl Default for Branches {
    fn default() -> Branches {
        Branches {
            slots: vec![FREE; 64],
            taken: 0,
            nodes: 0,
        }
    }
}

impl Branches {
    /// A new node, that looks at `part`.
    pub(super) fn node(&mut self, part: u8) -> Next {
        let node = self.nodes;
        self.nodes += 1;
        Next::Read { node, part }
    }

    fn key(node: u32, id: u32) -> u64 {
        u64::from(node) << 32 | u64::from(id)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the upper bits, as many as there are slots"
    )]
    #[inline]
    fn home(&self, key: u64) -> usize {
        let mixed = (key ^ key >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> (64 - self.slots.len().trailing_zeros())) as usize
    }

    /// The slot of `key`, or the one that it would take.
    #[inline]
    fn slot(&self, key: u64) -> usize {
        let mut slot = self.home(key);
        while self.slots[slot].key != key && self.slots[slot].key != EMPTY {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        slot
    }

    /// Asks the processor to bring what is behind `next` in a state of these parts.
    #[inline]
    pub(super) fn prefetch(&self, next: Next, ids: &[u32; PARTS_MAX]) {
        if let Next::Read { node, part } = next {
            let home = self.home(Branches::key(node, ids[usize::from(part)]));
            prefetch(&self.slots[home]);
        }
    }

    /// What is behind `node` where its part holds `id`.
    #[inline]
    pub(super) fn get(&self, node: u32, id: u32) -> Next {
        self.slots[self.slot(Branches::key(node, id))].next
    }

    /// Puts `next` behind `node` where its part holds `id`.
    pub(super) fn put(&mut self, node: u32, id: u32, next: Next) {
        let key = Branches::key(node, id);
        let slot = self.slot(key);
        if self.slots[slot].key == EMPTY {
            self.taken += 1;
        }
        self.slots[slot] = Slot { key, next };
        if self.taken * 3 > self.slots.len() * 2 {
            let larger = vec![FREE; self.slots.len() * 2];
            let old = std::mem::replace(&mut self.slots, larger);
            for taken in old.into_iter().filter(|slot| slot.key != EMPTY) {
                let slot = self.slot(taken.key);
                self.slots[slot] = taken;
            }
        }
    }

    /// Bytes in use; three times as many if it will soon be there twice, old and double.
    pub(super) fn bytes(&self) -> usize {
        let bytes = self.slots.len() * size_of::<Slot>();
        if self.taken * 5 > self.slots.len() * 3 {
            3 * bytes
        } else {
            bytes
        }
    }
}
