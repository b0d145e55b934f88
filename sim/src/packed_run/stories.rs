//! Stories out of packed states: shortest ways, told in whole states.

use engine::Parted;
use engine::parted::Worker;
use engine::ways::{Found, Goal, Way, ways};
use model::cluster::Cluster;
use properties::Counterexample;

use crate::packed::{First, Packed};

/// What stories are made of.
pub(crate) struct Teller<'a> {
    pub(crate) ground: Found<'a, Parted<Packed>>,
    /// At least one.
    pub(crate) workers: Vec<Worker<Packed>>,
}

impl Teller<'_> {
    /// A shortest story to each of these, where there is one.
    pub(super) fn stories(&mut self, firsts: &[Option<&First>]) -> Vec<Option<Counterexample>> {
        let goals: Vec<Goal> = firsts.iter().copied().flatten().map(goal).collect();
        let mut ways = self.ways(&goals).into_iter();
        let told = firsts.iter().map(|first| {
            let first = (*first)?;
            let way = ways.next()?;
            let at = way.last().map(|leg| leg.representative);
            let steps = first
                .keys
                .iter()
                .filter(|(key, _)| at.is_none_or(|at| *key == at));
            let last = steps.filter_map(|&(_, step)| step).min();
            self.story(&way, last)
        });
        told.collect()
    }

    /// The representative of the state `key`.
    pub(super) fn representative(&mut self, key: u64) -> u64 {
        self.ground.space.representative(&mut self.workers[0], key)
    }

    /// The first shortest way to each of these.
    pub(super) fn ways(&mut self, goals: &[Goal]) -> Vec<Way> {
        let _phase = tracing::debug_span!("ways", goals = goals.len()).entered();
        ways(&self.ground, &mut self.workers, goals)
    }

    /// The story of a way, and of one step more.
    pub(super) fn story(&self, way: &Way, last: Option<u16>) -> Option<Counterexample> {
        let world = &self.ground.space.model.world;
        let mut at: Cluster = world.initial();
        let mut steps = Vec::new();
        for number in way.iter().map(|leg| leg.step).chain(last) {
            let step = world.steps()[usize::from(number)];
            at = step.apply(world, &at)?;
            steps.push((step, at));
        }
        Some(Counterexample {
            initial: world.initial(),
            steps,
            loop_from: None,
        })
    }
}

fn goal(first: &First) -> Goal {
    Goal {
        level: first.level,
        keys: first.keys.iter().map(|&(key, _)| key).collect(),
    }
}
