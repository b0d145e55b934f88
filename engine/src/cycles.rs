//! The states that lie on loops.
//!
//! Most transitions take a part where it never comes back from, which the moves of the parts alone
//! tell (`parted/moves.rs`). So all threads go over the states once more and keep those with a
//! transition that may lie on a loop; these are few, and only among them the strongly connected
//! sets are sought (`cycles/connected.rs`). No transition is kept: states are expanded again, which
//! is a look at what the threads remember.

pub(crate) mod connected;

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::crew::Crew;
use crate::levels::Levels;
use crate::parted::{Model, Moves, Parted, Rounds, Worker};
use connected::{Graph, connected};

/// Bytes of a state that may lie on a loop: its key, its number, what the search for sets keeps.
const BYTES: u64 = 64;

/// The sets of states in each of which every state can be reached from every other: those of at
/// least two states, and single states that a step leads back to. One thread for each worker; they
/// may be those of the search, and then know what steps do. `None` if `heartbeat` says `false`, or
/// if more than `memory_max` bytes would be taken.
pub fn loops<M: Model>(
    space: &Parted<M>,
    levels: &Levels,
    workers: &mut [Worker<M>],
    memory_max: u64,
    heartbeat: &mut dyn FnMut() -> bool,
) -> Option<Vec<Vec<u64>>> {
    let mut moves = Moves::default();
    loop {
        for worker in &*workers {
            moves.merge(worker.moves());
        }
        let rounds = moves.rounds();
        let mut crew = Crew {
            space,
            workers,
            memory_max,
        };
        let mut keys = crew.gather(levels.keys(), heartbeat, |worker, key, kept| {
            let mut may_loop = false;
            space.walk_rounds(worker, key, &rounds, &mut |_| may_loop = true);
            if may_loop {
                kept.push(key);
            }
        })?;
        keys.sort_unstable();
        if keys.len() as u64 * BYTES > memory_max {
            return None;
        }
        // What nobody had computed yet may bring moves that were not known.
        if !workers.iter().any(|worker| moves.merge(worker.moves())) {
            let numbers = keys.iter().copied().zip(0..).collect();
            let mut among = Among {
                space,
                worker: workers.first_mut()?,
                rounds: &rounds,
                keys: &keys,
                numbers,
            };
            let sets = connected(&mut among, heartbeat)?;
            let keys_of = |set: Vec<usize>| set.into_iter().map(|n| keys[n]).collect();
            return Some(sets.into_iter().map(keys_of).collect());
        }
    }
}

/// The transitions that may lie on loops, among the states that have one.
struct Among<'a, M: Model> {
    space: &'a Parted<M>,
    worker: &'a mut Worker<M>,
    rounds: &'a Rounds,
    keys: &'a [u64],
    numbers: HashMap<u64, usize, FxBuildHasher>,
}

impl<M: Model> Graph for Among<'_, M> {
    fn count(&self) -> usize {
        self.keys.len()
    }

    fn ahead(&mut self, node: usize, to: &mut Vec<usize>) {
        let (key, numbers) = (self.keys[node], &self.numbers);
        let mut each = |key| to.extend(numbers.get(&key));
        self.space
            .walk_rounds(self.worker, key, self.rounds, &mut each);
    }
}
