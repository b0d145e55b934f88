//! Swarm (Groce et al., ISSTA 2012): what is on is drawn for each walk. A walk in which a fault is
//! off goes where walks with all faults never come.
//!
//! Each kind of the environment's steps is on or off, but the operator's requests, which are always
//! on. Each process has a weight of 1, 4 or 16: a step of it that comes up is taken with that many
//! chances in 16. What is off or passed over is taken where nothing else is enabled, since a walk
//! that stops early says nothing.

use super::{Point, Scheduler, first_of_all};
use crate::walk::cast::{Cast, StepNumber};
use crate::walk::dice::Dice;
use model::steps::StepKind;

const WEIGHTS: [u32; 3] = [1, 4, 16];

/// The strategy, drawn for one walk.
#[derive(Clone, Debug)]
pub struct Swarm {
    /// Chances in 16 of each step.
    weight: Vec<u32>,
}

impl Swarm {
    /// Weights for a walk of `cast`.
    #[must_use]
    pub fn new(cast: &Cast, dice: &mut Dice) -> Swarm {
        let of_actor: Vec<u32> = cast.actors.iter().map(|_| *dice.pick(&WEIGHTS)).collect();
        let kinds = cast.kind.iter().max().map_or(0, |&k| usize::from(k) + 1);
        let of_kind: Vec<u32> = (0..kinds)
            .map(|_| if dice.one_in(2) { 0 } else { 2 })
            .collect();
        let weight = |n: u16| {
            let i = usize::from(n);
            if cast.steps[i].kind == StepKind::OperatorRequestsStop {
                2
            } else if cast.is_environment(n) {
                of_kind[usize::from(cast.kind[i])]
            } else {
                of_actor[usize::from(cast.actor[i])]
            }
        };
        Swarm {
            weight: cast.numbers().into_iter().map(weight).collect(),
        }
    }
}

impl Scheduler for Swarm {
    fn next(&mut self, at: &mut Point<'_>, dice: &mut Dice) -> Option<StepNumber> {
        let weight = &self.weight;
        let drawn = first_of_all(at, dice, |step, dice| {
            let w = weight[usize::from(step)];
            w == 16 || dice.below(16) < w
        });
        drawn.or_else(|| {
            // What was passed over, then what is off.
            let on = first_of_all(at, dice, |step, _| weight[usize::from(step)] > 0);
            on.or_else(|| first_of_all(at, dice, |_, _| true))
        })
    }
}
