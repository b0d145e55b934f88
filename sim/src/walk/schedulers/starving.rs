//! Starvation-prone: up to three processes or peers get no turn while any other can go on, for a
//! drawn stretch of steps; then others. Else uniform. So a process sleeps through what fair walks
//! never let it miss: the checkpointer while everyone leaves, a peer through the whole drain.

use super::{Point, Scheduler, first_of_all};
use crate::walk::cast::{Cast, StepNumber};
use crate::walk::dice::Dice;
use model::steps::Party;

/// How seldom a step of the environment is taken that comes up.
const ENVIRONMENT_RATIO: u32 = 12;

/// The strategy.
#[derive(Clone, Debug)]
pub struct Starving {
    /// Parallel to the actors: gets no turn.
    starved: Vec<bool>,
    /// Steps until others are starved.
    left: u32,
}

impl Starving {
    /// For the steps of `cast`.
    #[must_use]
    pub fn new(cast: &Cast) -> Starving {
        Starving {
            starved: vec![false; cast.actors.len()],
            left: 0,
        }
    }

    fn draw(&mut self, dice: &mut Dice) {
        self.starved.fill(false);
        for _ in 0..dice.between(1, 3) {
            let i = dice.index(self.starved.len());
            self.starved[i] = true;
        }
        self.left = dice.between(8, 80);
    }
}

impl Scheduler for Starving {
    fn next(&mut self, at: &mut Point<'_>, dice: &mut Dice) -> Option<StepNumber> {
        if self.left == 0 {
            self.draw(dice);
        }
        self.left -= 1;
        let starved = &self.starved;
        let cast = at.cast;
        let fed = first_of_all(at, dice, |step, dice| {
            let n = usize::from(step);
            match cast.party[n] {
                Party::Environment => dice.one_in(ENVIRONMENT_RATIO),
                // Time goes on for those who wait, but seldom in front of those who work.
                Party::Timeout => dice.one_in(4),
                Party::Server | Party::Peer => !starved[usize::from(cast.actor[n])],
            }
        });
        fed.or_else(|| {
            let promised = first_of_all(at, dice, |step, _| !cast.is_environment(step));
            promised.or_else(|| first_of_all(at, dice, |_, _| true))
        })
    }
}
