//! Probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): each process has a drawn
//! priority, the highest that can goes on, and at `depth - 1` drawn moments the one that goes on
//! falls behind all others. A bug that needs `depth` orderings of `n` processes in `k` steps is
//! found with a chance of at least 1 in `n * k^(depth - 1)`.
//!
//! Each timeout is a process of its own: so it comes early in one walk and last in another. The
//! environment's steps come at drawn moments, each as soon after its own as it is enabled. Among
//! the enabled steps of one process the choice is uniform.

use super::{Point, Scheduler, first_of};
use crate::walk::cast::{Cast, StepNumber};
use crate::walk::dice::Dice;
use model::steps::Party;

/// Steps over which the drawn moments are spread: about the length of a shutdown.
const SPREAD: u32 = 160;

/// The strategy, drawn for one walk.
#[derive(Clone, Debug)]
pub struct Pct {
    /// The threads of control, highest priority first, each with its steps.
    threads: Vec<Vec<StepNumber>>,
    /// Moments at which the one that goes on falls behind, latest first.
    changes: Vec<u32>,
    /// The environment's steps with the moment from which each comes, latest first.
    arrivals: Vec<(u32, StepNumber)>,
    open: Vec<StepNumber>,
}

impl Pct {
    /// Priorities and moments for a walk of `cast`.
    #[must_use]
    pub fn new(cast: &Cast, depth: u32, dice: &mut Dice) -> Pct {
        let mut threads: Vec<Vec<StepNumber>> = vec![Vec::new(); cast.actors.len()];
        let mut arrivals = Vec::new();
        for step in cast.numbers() {
            let n = usize::from(step);
            match cast.party[n] {
                Party::Environment => arrivals.push((dice.below(SPREAD), step)),
                Party::Timeout => threads.push(vec![step]),
                Party::Server | Party::Peer => threads[usize::from(cast.actor[n])].push(step),
            }
        }
        threads.retain(|thread| !thread.is_empty());
        dice.shuffle(&mut threads);
        let mut changes: Vec<u32> = (1..depth).map(|_| dice.below(SPREAD)).collect();
        changes.sort_unstable_by(|a, b| b.cmp(a));
        arrivals.sort_unstable_by(|a, b| b.cmp(a));
        Pct {
            threads,
            changes,
            arrivals,
            open: Vec::new(),
        }
    }

    fn arrival(&mut self, at: &mut Point<'_>) -> Option<StepNumber> {
        let now = u32::try_from(at.taken).unwrap_or(u32::MAX);
        let due = self.arrivals.iter().rposition(|&(from, step)| {
            // A step of the environment may be enabled more than once; its moment is one.
            from <= now && at.is_enabled(step)
        });
        // Moments are sorted, latest first: those not due yet stand in front.
        let (_, step) = self.arrivals.remove(due?);
        Some(step)
    }
}

impl Scheduler for Pct {
    fn next(&mut self, at: &mut Point<'_>, dice: &mut Dice) -> Option<StepNumber> {
        if let Some(choice) = self.arrival(at) {
            return Some(choice);
        }
        let now = u32::try_from(at.taken).unwrap_or(u32::MAX);
        for place in 0..self.threads.len() {
            self.open.clear();
            let could = self.threads[place].iter().filter(|&&n| at.memo.is_open(n));
            self.open.extend(could);
            let Some(choice) = first_of(&mut self.open, at, dice, |_, _| true) else {
                continue;
            };
            if self.changes.last().is_some_and(|&moment| moment <= now) {
                self.changes.pop();
                let fallen = self.threads.remove(place);
                self.threads.push(fallen);
            }
            return Some(choice);
        }
        // Only the environment can still act: its next moment comes.
        for place in (0..self.arrivals.len()).rev() {
            let (_, step) = self.arrivals[place];
            if at.is_enabled(step) {
                self.arrivals.remove(place);
                return Some(step);
            }
        }
        None
    }
}
