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
    /// For each step its thread of control; of no meaning for the environment's.
    thread: Vec<usize>,
    /// For each thread its place behind the others: the lowest goes on.
    rank: Vec<usize>,
    /// The place behind all of them.
    last: usize,
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
        let mut thread = vec![0; cast.len()];
        let mut threads = cast.actors.len();
        let mut arrivals = Vec::new();
        for step in cast.numbers() {
            let n = usize::from(step);
            match cast.party[n] {
                Party::Environment => arrivals.push((dice.below(SPREAD), step)),
                Party::Timeout => {
                    thread[n] = threads;
                    threads += 1;
                }
                Party::Server | Party::Peer => thread[n] = usize::from(cast.actor[n]),
            }
        }
        let mut rank: Vec<usize> = (0..threads).collect();
        dice.shuffle(&mut rank);
        let mut changes: Vec<u32> = (1..depth).map(|_| dice.below(SPREAD)).collect();
        changes.sort_unstable_by(|a, b| b.cmp(a));
        arrivals.sort_unstable_by(|a, b| b.cmp(a));
        Pct {
            thread,
            rank,
            last: threads,
            changes,
            arrivals,
            open: Vec::new(),
        }
    }

    /// The environment's step whose moment came first, of those until `now`.
    ///
    /// Such a step may be enabled more than once; its moment is one.
    fn arrival(&mut self, now: u32, at: &mut Point<'_>) -> Option<StepNumber> {
        let due = self
            .arrivals
            .iter()
            .rev()
            .take_while(|(from, _)| *from <= now);
        let places = self.arrivals.len().checked_sub(1)?;
        let (place, _) = due
            .enumerate()
            .find(|&(_, &(_, step))| at.is_enabled(step))?;
        let (_, step) = self.arrivals.remove(places - place);
        Some(step)
    }

    /// The first thread that could go on, with its steps that could be enabled in `open`.
    fn first_thread(&mut self, at: &Point<'_>) -> Option<usize> {
        let open = at.memo.open.of_class(THREADS).iter().copied();
        let thread = |step: StepNumber| self.thread[usize::from(step)];
        let threads = open.clone().map(thread);
        let first = threads.min_by_key(|&thread| self.rank[thread])?;
        self.open.clear();
        self.open.extend(open.filter(|&step| thread(step) == first));
        Some(first)
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
        let now = u32::try_from(at.taken).unwrap_or(u32::MAX);
        if let Some(choice) = self.arrival(now, at) {
            return Some(choice);
        }
        // Where none of its steps is enabled, none is open any more.
        while let Some(thread) = self.first_thread(at) {
            let Some(choice) = first_of(&mut self.open, at, dice) else {
                continue;
            };
            if self.changes.last().is_some_and(|&moment| moment <= now) {
                self.changes.pop();
                self.rank[thread] = self.last;
                self.last += 1;
            }
            return Some(choice);
        }
        // Only the environment can still act: its next moment comes.
        self.arrival(u32::MAX, at)
    }
}
