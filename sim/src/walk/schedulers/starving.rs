//! Starvation-prone: up to three processes or peers get no turn while any other can go on, for a
//! drawn stretch of steps; then others. Else uniform. So a process sleeps through what fair walks
//! never let it miss: the checkpointer while everyone leaves, a peer through the whole drain.

use super::{Point, Scheduler, draw};
use crate::walk::cast::{Cast, StepNumber};
use crate::walk::dice::Dice;
use crate::walk::open::{CLASSES, Open};
use model::steps::Party;

/// Weights of classes: processes and peers; timeouts, since time goes on for those who wait, but
/// seldom in front of those who work; the environment; who gets no turn.
const WEIGHTS: [u32; CLASSES] = [12, 3, 1, 0, 0];
const FED: usize = 0;
const TIMEOUT: usize = 1;
const ENVIRONMENT: usize = 2;
const STARVED: usize = 3;

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
}

impl Scheduler for Starving {
    fn begin(&mut self, cast: &Cast, open: &mut Open, dice: &mut Dice) {
        self.starved.fill(false);
        for _ in 0..dice.between(1, 3) {
            let i = dice.index(self.starved.len());
            self.starved[i] = true;
        }
        self.left = dice.between(8, 80);
        open.classify(|step| {
            let n = usize::from(step);
            match cast.party[n] {
                Party::Environment => ENVIRONMENT,
                Party::Timeout => TIMEOUT,
                Party::Server | Party::Peer if self.starved[usize::from(cast.actor[n])] => STARVED,
                Party::Server | Party::Peer => FED,
            }
        });
    }

    fn next(&mut self, at: &mut Point<'_>, dice: &mut Dice) -> Option<StepNumber> {
        if self.left == 0 {
            self.begin(at.cast, &mut at.memo.open, dice);
        }
        self.left -= 1;
        draw(at, &WEIGHTS, dice)
    }
}
