//! What an endless run goes round.

use model::cluster::Cluster;
use model::world::World;

use super::cast::{Cast, StepNumber};
use super::memo::Memo;

/// The states that an endless run goes round, the first once.
#[derive(Clone, Debug, Default)]
pub struct Cycle {
    /// The states.
    pub states: Vec<Cluster>,
    /// The steps that are enabled in each.
    pub enabled: Vec<Vec<StepNumber>>,
}

impl Cycle {
    /// A run that stands still in `s`, of which `memo` knows.
    #[must_use]
    pub fn still(memo: &mut Memo, world: &World, cast: &Cast, s: &Cluster) -> Cycle {
        let mut cycle = Cycle::default();
        cycle.come_to(memo, world, cast, s);
        cycle
    }

    /// A run that goes from `s`, of which `memo` knows, by `steps` back to it. `s` and `memo` go
    /// round once.
    #[must_use]
    pub fn of(
        memo: &mut Memo,
        world: &World,
        cast: &Cast,
        s: &mut Box<Cluster>,
        steps: &[StepNumber],
    ) -> Cycle {
        if steps.is_empty() {
            return Cycle::still(memo, world, cast, s);
        }
        let mut cycle = Cycle::default();
        for &step in steps {
            cycle.come_to(memo, world, cast, s);
            memo.advance(world, cast, s, step);
        }
        cycle
    }

    fn come_to(&mut self, memo: &mut Memo, world: &World, cast: &Cast, s: &Cluster) {
        let mut enabled = Vec::new();
        memo.all_enabled(world, cast, s, &mut enabled);
        self.states.push(*s);
        self.enabled.push(enabled);
    }
}
