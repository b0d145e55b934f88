//! Swarm (Groce et al., ISSTA 2012): what is on is drawn for each walk. A walk in which a fault is
//! off goes where walks with all faults never come.
//!
//! Each kind of the environment's steps is on or off, but the operator's requests, which are always
//! on. Each process has a weight of 1, 4 or 16, the environment one of 2: a step is as likely as
//! its weight. What is off is taken where nothing else is enabled, since a walk that stops early
//! says nothing.

use super::{Point, Scheduler, draw};
use crate::walk::cast::{Cast, StepNumber};
use crate::walk::dice::Dice;
use crate::walk::open::{CLASSES, Open};
use model::steps::StepKind;

/// Weights of classes: three of processes, what is on, what is off.
const WEIGHTS: [u32; CLASSES] = [1, 4, 16, 2, 0];
const PROCESSES: u32 = 3;
const ON: usize = 3;
const OFF: usize = 4;

/// The strategy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Swarm;

impl Scheduler for Swarm {
    fn begin(&mut self, cast: &Cast, open: &mut Open, dice: &mut Dice) {
        let of_actor = cast.actors.iter().map(|_| dice.below(PROCESSES) as usize);
        let of_actor: Vec<usize> = of_actor.collect();
        let kinds = cast.kind.iter().max().map_or(0, |&k| usize::from(k) + 1);
        let of_kind = (0..kinds).map(|_| if dice.one_in(2) { OFF } else { ON });
        let of_kind: Vec<usize> = of_kind.collect();
        open.classify(|step| {
            let n = usize::from(step);
            if cast.steps[n].kind == StepKind::OperatorRequestsStop {
                ON
            } else if cast.is_environment(step) {
                of_kind[usize::from(cast.kind[n])]
            } else {
                of_actor[usize::from(cast.actor[n])]
            }
        });
    }

    fn next(&mut self, at: &mut Point<'_>, dice: &mut Dice) -> Option<StepNumber> {
        draw(at, &WEIGHTS, dice)
    }
}
