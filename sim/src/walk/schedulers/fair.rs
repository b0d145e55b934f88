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
    /// For each step its place in the ring; none if it is not there.
    place: Vec<StepNumber>,
    /// Whose turn it is, by place in the ring.
    pub turn: usize,
}

/// Not in the ring.
const NOWHERE: StepNumber = StepNumber::MAX;

impl InTurn {
    /// The steps of `ring`, from its first on; they are some of those of `cast`.
    #[must_use]
    pub fn new(cast: &Cast, ring: Vec<StepNumber>) -> InTurn {
        let mut place = vec![NOWHERE; cast.len()];
        for (&step, n) in ring.iter().zip(cast.numbers()) {
            place[usize::from(step)] = n;
        }
        InTurn {
            ring,
            place,
            turn: 0,
        }
    }

    /// The next enabled step in the ring.
    pub fn take(&mut self, at: &mut Point<'_>) -> Option<StepNumber> {
        let len = self.ring.len();
        let round = |n: usize| if n < len { n } else { n - len };
        loop {
            let wait = |step: StepNumber| {
                let place = self.place[usize::from(step)];
                let ahead = usize::from(place) >= self.turn;
                (place != NOWHERE)
                    .then(|| usize::from(place) + if ahead { 0 } else { len } - self.turn)
            };
            let wait = at.memo.open.iter().filter_map(wait).min()?;
            let place = round(self.turn + wait);
            // One that is not enabled is not open any more.
            if at.is_enabled(self.ring[place]) {
                self.turn = round(place + 1);
                return Some(self.ring[place]);
            }
        }
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
            ring: InTurn::new(cast, ring),
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
