//! Partial-order sampling (Yuan, Yang and Gu, CAV 2018): each step has a drawn priority, the
//! enabled one with the highest is taken, and the priorities of those that race with it are drawn
//! again. So independent steps keep their order whatever lies between, and orders of racing steps
//! come up evenly, however long the rest is.
//!
//! Two steps race if they do not commute: in some state in which both are enabled, one disables
//! the other or the order shows in the state behind both. That is found by trying, in a few uniform
//! walks of the same world; pairs that never met there count as independent.

use super::{Point, Scheduler, Uniform};
use crate::walk::cast::{Cast, StepNumber};
use crate::walk::dice::Dice;
use crate::walk::memo::Memo;
use model::cluster::Cluster;
use model::reads::Regions;
use model::world::World;

/// Uniform walks in which races are looked for.
const PROBES: u64 = 6;

/// Steps of each.
const PROBE_STEPS: usize = 120;

/// Which steps of a world race.
#[derive(Clone, Debug)]
pub struct Races {
    /// For each step, those that race with it.
    with: Vec<Vec<StepNumber>>,
}

impl Races {
    /// None known.
    pub const NONE: Races = Races { with: Vec::new() };

    /// Looks for races; a function of the world alone.
    #[must_use]
    pub fn find(world: &World, cast: &Cast) -> Races {
        let n = cast.len();
        let mut races = vec![false; n * n];
        let mut known = vec![false; n * n];
        for probe in 0..PROBES {
            let mut dice = Dice::new(0, probe);
            let mut memo = Memo::new(world, cast);
            let mut uniform = Uniform;
            uniform.begin(cast, &mut memo.open, &mut dice);
            let mut state = Box::new(world.initial());
            for taken in 0..PROBE_STEPS {
                let mut at = Point {
                    world,
                    cast,
                    state: &state,
                    taken,
                    memo: &mut memo,
                };
                look(&mut at, &mut races, &mut known);
                let Some(step) = uniform.next(&mut at, &mut dice) else {
                    break;
                };
                memo.advance(world, cast, &mut state, step);
            }
        }
        let numbers = cast.numbers();
        let row = |a: usize| {
            let racing = numbers.iter().filter(|&&b| races[a * n + usize::from(b)]);
            racing.copied().collect()
        };
        Races {
            with: (0..n).map(row).collect(),
        }
    }

    /// The steps that race with `step`, itself included if it was ever tried twice.
    #[must_use]
    pub fn with(&self, step: StepNumber) -> &[StepNumber] {
        self.with.get(usize::from(step)).map_or(&[], Vec::as_slice)
    }
}

/// A step that is enabled, and the state behind it.
struct Enabled {
    step: StepNumber,
    after: Cluster,
    reads: Regions,
    changes: Regions,
}

impl Enabled {
    /// Whether neither looks at what the other changes: then their order is nothing.
    fn is_apart(&self, other: &Enabled) -> bool {
        !self.changes.meets(other.reads) && !other.changes.meets(self.reads)
    }

    /// The state behind this step and then `other`.
    fn then(&self, other: &Enabled, at: &Point<'_>) -> Option<Cluster> {
        at.cast.steps[usize::from(other.step)].apply(at.world, &self.after)
    }
}

/// Tries pairs of enabled steps in both orders, but for those that are known to race.
fn look(at: &mut Point<'_>, races: &mut [bool], known: &mut [bool]) {
    let n = at.cast.len();
    let mut enabled: Vec<Enabled> = Vec::new();
    for step in at.cast.numbers() {
        if let Some(&after) = at.behind(step) {
            let reads = at.memo.reads(step);
            enabled.push(Enabled {
                step,
                after,
                reads,
                changes: at.state.changed(&after, reads),
            });
        }
    }
    for (i, a) in enabled.iter().enumerate() {
        for b in &enabled[i + 1..] {
            let place = usize::from(a.step) * n + usize::from(b.step);
            if known[place] || a.is_apart(b) {
                continue;
            }
            let ab = a.then(b, at);
            if ab.is_none() || ab != b.then(a, at) {
                known[place] = true;
                races[place] = true;
                races[usize::from(b.step) * n + usize::from(a.step)] = true;
            }
        }
    }
}

/// The strategy, drawn for one walk.
#[derive(Clone, Debug)]
pub struct PartialOrder<'a> {
    races: &'a Races,
    priority: Vec<u64>,
}

impl PartialOrder<'_> {
    /// Priorities for a walk of `cast`.
    #[must_use]
    pub fn new<'a>(cast: &Cast, races: &'a Races, dice: &mut Dice) -> PartialOrder<'a> {
        PartialOrder {
            races,
            priority: cast.steps.iter().map(|_| dice.word()).collect(),
        }
    }
}

impl Scheduler for PartialOrder<'_> {
    fn next(&mut self, at: &mut Point<'_>, dice: &mut Dice) -> Option<StepNumber> {
        let step = loop {
            let priority = |&n: &StepNumber| self.priority[usize::from(n)];
            let first = at.memo.open.iter().max_by_key(priority)?;
            // One that is not enabled is not open any more.
            if at.is_enabled(first) {
                break first;
            }
        };
        self.priority[usize::from(step)] = dice.word();
        for &racing in self.races.with(step) {
            self.priority[usize::from(racing)] = dice.word();
        }
        Some(step)
    }
}
