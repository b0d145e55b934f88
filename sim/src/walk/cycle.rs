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

#[cfg(test)]
mod tests {
    use super::Cycle;
    use crate::walk::testing::{Stop, along_walks};

    /// The states are those that the steps go through, and in each all that is enabled is known.
    #[test]
    fn all_that_is_enabled_is_known() {
        along_walks(7, |at| {
            let Stop {
                world, cast, dice, ..
            } = at;
            if !dice.one_in(8) {
                return;
            }
            let (mut state, mut states, mut steps) = (*at.state, vec![*at.state], Vec::new());
            for _ in 0..dice.index(4) {
                let mut behind = cast.numbers().into_iter().filter_map(|n| {
                    let after = cast.steps[usize::from(n)].apply(world, &state)?;
                    Some((n, after))
                });
                let Some((n, after)) = behind.nth(dice.index(2)) else {
                    break;
                };
                drop(behind);
                steps.push(n);
                state = after;
                states.push(after);
            }
            states.truncate(steps.len().max(1));
            let (mut memo, mut start) = (at.memo.clone(), Box::new(*at.state));
            let cycle = Cycle::of(&mut memo, world, cast, &mut start, &steps);
            assert_eq!(states, cycle.states);
            for (state, enabled) in states.iter().zip(&cycle.enabled) {
                let is_enabled = |n: &u16| cast.steps[usize::from(*n)].apply(world, state);
                let mut all = cast.numbers();
                all.retain(|n| is_enabled(n).is_some());
                assert_eq!(&all, enabled);
            }
        });
    }
}
