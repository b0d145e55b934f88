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
use crate::walk::open::Open;
use model::steps::Party;

/// Steps over which the drawn moments are spread: about the length of a shutdown.
const SPREAD: u32 = 160;

/// Classes of steps.
const THREADS: usize = 0;
const ENVIRONMENT: usize = 1;

/// The strategy, drawn for one walk.
#[derive(Clone, Debug)]
pub struct Pct {
    /// For each step the priority of its thread of control: the lowest number goes on. For the
    /// environment's, the moment from which it comes.
    rank: Vec<u32>,
    /// A priority behind all others.
    last: u32,
    /// Moments at which the one that goes on falls behind, latest first.
    changes: Vec<u32>,
    /// Scratch: the steps of the first thread.
    first: Vec<StepNumber>,
}

/// Its moment is over: a step of the environment may be enabled more than once, but has one.
const OVER: u32 = u32::MAX;

impl Pct {
    /// Priorities and moments for a walk of `cast`.
    #[must_use]
    pub fn new(cast: &Cast, depth: u32, dice: &mut Dice) -> Pct {
        let timeouts = cast.party.iter().filter(|&&party| party == Party::Timeout);
        let threads = cast.actors.len() + timeouts.count();
        let last = u32::try_from(threads).unwrap_or(OVER);
        let mut ranks: Vec<u32> = (0..last).collect();
        dice.shuffle(&mut ranks);
        let of_timeouts = ranks.split_off(cast.actors.len());
        let mut of_timeouts = of_timeouts.into_iter();
        let rank = (0..cast.len()).map(|n| match cast.party[n] {
            Party::Environment => dice.below(SPREAD),
            Party::Timeout => of_timeouts.next().unwrap_or(last),
            Party::Server | Party::Peer => ranks[usize::from(cast.actor[n])],
        });
        let rank = rank.collect();
        let mut changes: Vec<u32> = (1..depth).map(|_| dice.below(SPREAD)).collect();
        changes.sort_unstable_by(|a, b| b.cmp(a));
        Pct {
            rank,
            last,
            changes,
            first: Vec::new(),
        }
    }

    /// The environment's step whose moment came first, of those until `now`.
    fn arrival(&mut self, now: u32, at: &mut Point<'_>) -> Option<StepNumber> {
        loop {
            let moment = |&n: &StepNumber| (self.rank[usize::from(n)], n);
            let open = at.memo.open.of_class(ENVIRONMENT).iter();
            let (from, step) = open.map(moment).min()?;
            if from > now {
                return None;
            }
            // One that is not enabled is not open any more.
            if at.is_enabled(step) {
                self.rank[usize::from(step)] = OVER;
                return Some(step);
            }
        }
    }

    /// Puts the steps of the first thread that could go on into `first`; its priority.
    fn first_thread(&mut self, at: &Point<'_>) -> Option<u32> {
        let mut first = None;
        for &step in at.memo.open.of_class(THREADS) {
            let rank = self.rank[usize::from(step)];
            if first.is_none_or(|first| rank < first) {
                first = Some(rank);
                self.first.clear();
            }
            if first == Some(rank) {
                self.first.push(step);
            }
        }
        first
    }

    /// The thread with this priority falls behind all others.
    fn fall_behind(&mut self, thread: u32, cast: &Cast) {
        for step in cast.numbers() {
            let rank = &mut self.rank[usize::from(step)];
            if *rank == thread && !cast.is_environment(step) {
                *rank = self.last;
            }
        }
        self.last += 1;
    }
}

impl Scheduler for Pct {
    fn begin(&mut self, cast: &Cast, open: &mut Open, _dice: &mut Dice) {
        open.classify(|step| {
            if cast.is_environment(step) {
                ENVIRONMENT
            } else {
                THREADS
            }
        });
    }

    fn next(&mut self, at: &mut Point<'_>, dice: &mut Dice) -> Option<StepNumber> {
        let now = u32::try_from(at.taken).unwrap_or(u32::MAX).min(OVER - 1);
        if let Some(choice) = self.arrival(now, at) {
            return Some(choice);
        }
        // Where none of its steps is enabled, none is open any more.
        while let Some(thread) = self.first_thread(at) {
            let Some(choice) = first_of(&mut self.first, at, dice) else {
                continue;
            };
            if self.changes.last().is_some_and(|&moment| moment <= now) {
                self.changes.pop();
                self.fall_behind(thread, at.cast);
            }
            return Some(choice);
        }
        // Only the environment can still act: its next moment comes.
        self.arrival(OVER - 1, at)
    }
}
