//! The looping part of a world's packed states: those that lie on any loop, with all transitions
//! out of them. It is small: most of a shutdown never comes back.

use std::cell::RefCell;

use engine::parted::Worker;
use engine::{Levels, Parted, Space};
use indexmap::IndexSet;
use model::cluster::Cluster;
use model::world::World;
use properties::Counterexample;
use properties::claims::LeadsTo;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::lasso::lasso;
use super::{Explored, Fairness, fair_sets, owed};
use crate::graph::Edge;
use crate::packed::Packed;

/// The number of all states outside.
const OUTSIDE: u32 = u32::MAX;

/// States on loops: representatives of their orbits, each with its level.
pub(crate) type OnLoops = FxHashMap<u64, u32>;

/// The looping part, in concrete states: under symmetry a loop of representatives need not be a
/// loop, and fairness speaks of each process, so the orbits are unfolded.
pub(crate) struct Looping<'a> {
    space: &'a Parted<Packed>,
    worker: RefCell<&'a mut Worker<Packed>>,
    keys: IndexSet<u64, FxBuildHasher>,
    ranks: Vec<u32>,
    edge_ends: Vec<usize>,
    edges: Vec<Edge>,
}

/// The levels of the states in `sets`.
pub(crate) fn on_loops(levels: &Levels, sets: &[Vec<u64>]) -> OnLoops {
    let mut on_loops: OnLoops = sets.iter().flatten().map(|&key| (key, 0)).collect();
    for level in 0..levels.count() {
        for key in levels.level(level) {
            if let Some(place) = on_loops.get_mut(key) {
                *place = level;
            }
        }
    }
    on_loops
}

impl<'a> Looping<'a> {
    /// All that can be reached from `starts` on loops. `None` if that are more than `count_max`
    /// states.
    pub(crate) fn from(
        space: &'a Parted<Packed>,
        worker: &'a mut Worker<Packed>,
        on_loops: &OnLoops,
        starts: impl Iterator<Item = u64>,
        count_max: usize,
    ) -> Option<Looping<'a>> {
        let mut looping = Looping {
            space,
            worker: RefCell::new(worker),
            keys: starts.collect(),
            ranks: Vec::new(),
            edge_ends: Vec::new(),
            edges: Vec::new(),
        };
        let mut at = 0;
        while let Some(&key) = looping.keys.get_index(at) {
            looping.expand(key, on_loops);
            at += 1;
            if looping.keys.len() > count_max.min(OUTSIDE as usize) {
                return None;
            }
        }
        Some(looping)
    }

    fn expand(&mut self, key: u64, on_loops: &OnLoops) {
        let from = self.edges.len();
        let (keys, edges) = (&mut self.keys, &mut self.edges);
        let worker = self.worker.get_mut();
        self.space
            .walk(worker, key, false, &mut |step, to, representative| {
                let to = if on_loops.contains_key(&representative) {
                    u32::try_from(keys.insert_full(to).0).unwrap_or(OUTSIDE)
                } else {
                    OUTSIDE
                };
                edges.push(Edge { step, to });
            });
        self.edges[from..].sort_unstable_by_key(|edge| edge.step);
        self.edge_ends.push(self.edges.len());
        let representative = self.space.representative(worker, key);
        self.ranks
            .push(on_loops.get(&representative).copied().unwrap_or(u32::MAX));
    }

    /// The nearest states from which a fair run may go on for ever without reaching the goal, and
    /// their level.
    pub(crate) fn fair(&self, goal: &LeadsTo<World>) -> Option<(u32, Vec<u64>)> {
        let (level, sets) = self.fair_sets(goal);
        let members = sets.iter().flatten();
        let nearest = members.filter(|&&n| self.rank(n) == level);
        let keys: Vec<u64> = nearest.map(|&n| self.keys[n as usize]).collect();
        (!keys.is_empty()).then_some((level, keys))
    }

    /// `story`, which leads to the state `start`, and a round behind it that fairness allows for
    /// ever.
    pub(crate) fn round(
        &self,
        goal: &LeadsTo<World>,
        start: u64,
        story: Counterexample,
    ) -> Option<Counterexample> {
        let start = u32::try_from(self.keys.get_index_of(&start)?).ok()?;
        let (_, sets) = self.fair_sets(goal);
        let set = sets.iter().find(|set| set.binary_search(&start).is_ok())?;
        let fairness = Fairness::new(self.machine(), goal);
        Some(lasso(self, &fairness, goal, (set, start), story))
    }

    fn fair_sets(&self, goal: &LeadsTo<World>) -> (u32, Vec<Vec<u32>>) {
        let fairness = Fairness::new(self.machine(), goal);
        fair_sets(self, &fairness, goal, &owed(self, goal))
    }
}

impl Explored for Looping<'_> {
    type Machine = World;

    fn machine(&self) -> &World {
        &self.space.model.world
    }

    fn count(&self) -> u32 {
        u32::try_from(self.keys.len()).unwrap_or(OUTSIDE)
    }

    fn state(&self, n: u32) -> Cluster {
        let mut worker = self.worker.borrow_mut();
        self.space.unpack(&mut worker, self.keys[n as usize])
    }

    fn edges(&self, n: u32) -> &[Edge] {
        let n = n as usize;
        let from = n.checked_sub(1).map_or(0, |before| self.edge_ends[before]);
        &self.edges[from..self.edge_ends[n]]
    }

    fn rank(&self, n: u32) -> u32 {
        self.ranks[n as usize]
    }
}
