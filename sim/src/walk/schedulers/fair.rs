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
    /// A bit for each place, 64 in a word: the steps that could be enabled, and others.
    open: Vec<u64>,
    /// Number of steps taken where that was so.
    known_at: Option<usize>,
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
            open: vec![0; ring.len().div_ceil(64)],
            known_at: None,
            ring,
            place,
            turn: 0,
        }
    }

    fn opened(&mut self, step: StepNumber) {
        let place = usize::from(self.place[usize::from(step)]);
        if let Some(word) = self.open.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    /// The first place of `from..` that could be enabled.
    fn first_open(&self, from: usize) -> Option<usize> {
        let mut word = from / 64;
        let mut bits = *self.open.get(word)? & u64::MAX << (from % 64);
        while bits == 0 {
            word += 1;
            bits = *self.open.get(word)?;
        }
        Some(64 * word + bits.trailing_zeros() as usize)
    }

    /// The next enabled step in the ring.
    pub fn take(&mut self, at: &mut Point<'_>) -> Option<StepNumber> {
        if self.known_at.is_some_and(|taken| taken + 1 == at.taken) {
            at.memo.opened.iter().for_each(|&step| self.opened(step));
        } else {
            at.memo.open.iter().for_each(|step| self.opened(step));
        }
        self.known_at = Some(at.taken);
        loop {
            let place = self
                .first_open(self.turn)
                .or_else(|| self.first_open(0).filter(|&place| place < self.turn))?;
            let step = self.ring[place];
            if at.is_enabled(step) {
                self.turn = (place + 1) % self.ring.len();
                return Some(step);
            }
            self.open[place / 64] &= !(1 << (place % 64));
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
