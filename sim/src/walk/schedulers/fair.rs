//! In turn: the steps stand in a ring, and each that is enabled when its turn comes is taken.
//!
//! Every step that stays enabled is taken within one round, so a walk in turn is weakly fair to
//! each step. [`InTurn`] chooses nothing: state and place in the ring decide the next step, so a
//! state that comes back at the same place comes back for ever. [`Fair`] is the same in phase one:
//! the environment's steps come in between, once in [`ENVIRONMENT_RATIO`] turns.

use super::{Point, Scheduler, first_of};
use crate::walk::cast::{Cast, StepNumber};
use crate::walk::dice::Dice;

/// How seldom the environment gets a turn.
const ENVIRONMENT_RATIO: u32 = 12;

/// Steps in a ring.
#[derive(Clone, Debug)]
pub struct InTurn {
    ring: Vec<StepNumber>,
    /// Whose turn it is, by place in the ring.
    pub turn: usize,
}

impl InTurn {
    /// The steps of `ring`, from its first on.
    #[must_use]
    pub fn new(ring: Vec<StepNumber>) -> InTurn {
        InTurn { ring, turn: 0 }
    }

    /// The next enabled step in the ring.
    pub fn take(&mut self, at: &mut Point<'_>) -> Option<StepNumber> {
        for _ in 0..self.ring.len() {
            let step = self.ring[self.turn];
            self.turn = (self.turn + 1) % self.ring.len();
            if at.is_enabled(step) {
                return Some(step);
            }
        }
        None
    }
}

/// The strategy of phase one, with a ring that is drawn for each walk.
#[derive(Clone, Debug)]
pub struct Fair {
    ring: InTurn,
    environment: Vec<StepNumber>,
}

impl Fair {
    /// A ring of the steps of `cast`.
    #[must_use]
    pub fn new(cast: &Cast, dice: &mut Dice) -> Fair {
        let (environment, mut ring): (Vec<_>, Vec<_>) = cast
            .numbers()
            .into_iter()
            .partition(|&n| cast.is_environment(n));
        dice.shuffle(&mut ring);
        Fair {
            ring: InTurn::new(ring),
            environment,
        }
    }
}

impl Scheduler for Fair {
    fn next(&mut self, at: &mut Point<'_>, dice: &mut Dice) -> Option<StepNumber> {
        if dice.one_in(ENVIRONMENT_RATIO)
            && let Some(choice) = first_of(&mut self.environment, at, dice)
        {
            return Some(choice);
        }
        self.ring
            .take(at)
            .or_else(|| first_of(&mut self.environment, at, dice))
    }
}
