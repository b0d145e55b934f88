//! The states that lie on loops: strongly connected sets, of the whole graph (Tarjan 1972).
//!
//! No transition is kept: states are expanded again, in depth-first order. A table of all keys with
//! a number of 32 bits each is what it costs, about 15 bytes a state, and one more expansion of
//! every state, on one thread.

use crate::prefetch::prefetch;
use crate::space::Space;

/// In `number`: not met yet.
const UNSEEN: u32 = 0;
/// In `number`: its set is known.
const DONE: u32 = u32::MAX;
/// In `keys`: nothing is there. Keys have 63 bits.
const EMPTY: u64 = u64::MAX;
/// States between two heartbeats.
const BEAT: u32 = 4096;

/// Bytes that [`loops`] needs for this many states.
#[must_use]
pub fn bytes_for(states: usize) -> u64 {
    12 * slots_for(states) as u64
}

fn slots_for(states: usize) -> usize {
    states + states / 4 + 16
}

/// The sets of states in each of which every state can be reached from every other: those of at
/// least two states, and single states that a step leads back to. `states` is how many there are.
/// `None` if `heartbeat`, which is told how many were looked at, says `false`.
pub fn loops<S: Space>(
    space: &S,
    worker: &mut S::Worker,
    states: usize,
    heartbeat: &mut dyn FnMut(u32) -> bool,
) -> Option<Vec<Vec<u64>>> {
    let initial = space.initial(worker);
    let mut search = Tarjan {
        space,
        worker,
        table: Table::new(states),
        stack: Vec::new(),
        ahead: Vec::new(),
        next: UNSEEN,
        found: Vec::new(),
    };
    let root = search.table.slot(initial);
    search.visit(root, heartbeat).then_some(search.found)
}

/// Keys with a number each.
struct Table {
    keys: Vec<u64>,
    number: Vec<u32>,
}

impl Table {
    fn new(states: usize) -> Table {
        let slots = slots_for(states);
        Table {
            keys: vec![EMPTY; slots],
            number: vec![UNSEEN; slots],
        }
    }

    /// Where a key is looked for first.
    fn home(&self, key: u64) -> usize {
        let mixed = (key ^ key >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let place = (u128::from(mixed) * self.keys.len() as u128) >> 64;
        usize::try_from(place).unwrap_or(0)
    }

    /// Its slot, which it takes if it has none.
    fn slot(&mut self, key: u64) -> usize {
        let mut slot = self.home(key);
        while self.keys[slot] != key {
            if self.keys[slot] == EMPTY {
                self.keys[slot] = key;
                break;
            }
            slot = if slot + 1 == self.keys.len() {
                0
            } else {
                slot + 1
            };
        }
        slot
    }
}

/// A state on the way from the root.
struct Frame {
    slot: usize,
    number: u32,
    /// The lowest number, of a state whose set is not known yet, that can be reached.
    low: u32,
    /// Its successors in `ahead`: those not yet dealt with begin at `at`.
    from: usize,
    at: usize,
    to_itself: bool,
}

struct Tarjan<'a, S: Space> {
    space: &'a S,
    worker: &'a mut S::Worker,
    table: Table,
    /// Slots of the states whose sets are not known yet, in the order met.
    stack: Vec<usize>,
    /// Successors of the states on the way.
    ahead: Vec<u64>,
    next: u32,
    found: Vec<Vec<u64>>,
}

impl<S: Space> Tarjan<'_, S> {
    fn visit(&mut self, root: usize, heartbeat: &mut dyn FnMut(u32) -> bool) -> bool {
        let mut frames = vec![self.enter(root)];
        while let Some(frame) = frames.last_mut() {
            if let Some(&key) = self.ahead.get(frame.at) {
                frame.at += 1;
                let slot = self.table.slot(key);
                frame.to_itself |= slot == frame.slot;
                match self.table.number[slot] {
                    UNSEEN => {
                        if self.next.is_multiple_of(BEAT) && !heartbeat(self.next) {
                            return false;
                        }
                        let frame = self.enter(slot);
                        frames.push(frame);
                    }
                    DONE => {}
                    number => frame.low = frame.low.min(number),
                }
                continue;
            }
            self.ahead.truncate(frame.from);
            let (slot, low) = (frame.slot, frame.low);
            if low == frame.number {
                let alone = !frame.to_itself;
                self.leave(slot, alone);
            }
            frames.pop();
            if let Some(parent) = frames.last_mut() {
                parent.low = parent.low.min(low);
            }
        }
        true
    }

    fn enter(&mut self, slot: usize) -> Frame {
        self.next += 1;
        self.table.number[slot] = self.next;
        self.stack.push(slot);
        let from = self.ahead.len();
        let (ahead, table) = (&mut self.ahead, &self.table);
        self.space
            .walk(self.worker, table.keys[slot], true, &mut |_, _, key| {
                let home = table.home(key);
                prefetch(&table.keys[home]);
                prefetch(&table.number[home]);
                ahead.push(key);
            });
        Frame {
            slot,
            number: self.next,
            low: self.next,
            from,
            at: from,
            to_itself: false,
        }
    }

    /// The set whose first state is `root` is whole. If it is a single state, it is a loop unless
    /// it is `alone`.
    fn leave(&mut self, root: usize, alone: bool) {
        let mut set = Vec::new();
        while let Some(slot) = self.stack.pop() {
            self.table.number[slot] = DONE;
            set.push(self.table.keys[slot]);
            if slot == root {
                break;
            }
        }
        if set.len() > 1 || !alone {
            self.found.push(set);
        }
    }
}
