//! Every enabled step is as likely as the others, but for the environment's: they have a weight of
//! one in eight. Without that, a budget of faults is spent before the server has done anything.

use super::{Point, Scheduler, draw};
use crate::walk::cast::{Cast, StepNumber};
use crate::walk::dice::Dice;
use crate::walk::open::{CLASSES, Open};

/// Weights of steps, and of those of the environment.
const WEIGHTS: [u32; CLASSES] = [8, 1, 0, 0, 0];

/// The strategy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Uniform;

impl Scheduler for Uniform {
    fn begin(&mut self, cast: &Cast, open: &mut Open, _dice: &mut Dice) {
        open.classify(|step| usize::from(cast.is_environment(step)));
    }

    fn next(&mut self, at: &mut Point<'_>, dice: &mut Dice) -> Option<StepNumber> {
        draw(at, &WEIGHTS, dice)
    }
}
