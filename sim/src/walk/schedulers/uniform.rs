//! Every enabled step is as likely as the others, but for the environment's: one that comes up is
//! taken once in [`ENVIRONMENT_RATIO`] times and passed over else. Without that, a budget of
//! faults is spent before the server has done anything.

use super::{Point, Scheduler, first_of_all};
use crate::walk::cast::StepNumber;
use crate::walk::dice::Dice;

/// How seldom a step of the environment is taken that comes up.
const ENVIRONMENT_RATIO: u32 = 8;

/// The strategy.
#[derive(Clone, Debug)]
pub struct Uniform {
    ratio: u32,
}

impl Default for Uniform {
    fn default() -> Uniform {
        Uniform::new()
    }
}

impl Uniform {
    /// For any world.
    #[must_use]
    pub fn new() -> Uniform {
        Uniform {
            ratio: ENVIRONMENT_RATIO,
        }
    }
}

impl Scheduler for Uniform {
    fn next(&mut self, at: &mut Point<'_>, dice: &mut Dice) -> Option<StepNumber> {
        let ratio = self.ratio;
        let cast = at.cast;
        let mut passed = false;
        let first = first_of_all(at, dice, |step, dice| {
            let over = cast.is_environment(step) && !dice.one_in(ratio);
            passed |= over;
            !over
        });
        match first {
            None if passed => first_of_all(at, dice, |_, _| true),
            choice => choice,
        }
    }
}
