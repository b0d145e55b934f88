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
            let mut uniform = Uniform::new();
            let mut memo = Memo::new(world, cast);
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

/// Tries each pair of enabled steps in both orders, but for those that are known to race.
fn look(at: &mut Point<'_>, races: &mut [bool], known: &mut [bool]) {
    let n = at.cast.len();
    let enabled: Vec<(StepNumber, _)> = at
        .cast
        .numbers()
        .into_iter()
        .filter_map(|step| at.behind(step).map(|&after| (step, after)))
        .collect();
    for (i, (a, behind_a)) in enabled.iter().enumerate() {
        for (b, behind_b) in &enabled[i + 1..] {
            let place = usize::from(*a) * n + usize::from(*b);
            if known[place] {
                continue;
            }
            let step = |n: StepNumber| at.cast.steps[usize::from(n)];
            let ab = step(*b).apply(at.world, behind_a);
            let ba = step(*a).apply(at.world, behind_b);
            if ab.is_none() || ab != ba {
                known[place] = true;
                races[place] = true;
                races[usize::from(*b) * n + usize::from(*a)] = true;
            }
        }
    }
}

/// The strategy, drawn for one walk.
#[derive(Clone, Debug)]
pub struct PartialOrder<'a> {
    races: &'a Races,
    priority: Vec<u64>,
    /// The steps, highest priority first.
    order: Vec<StepNumber>,
}

impl PartialOrder<'_> {
    /// Priorities for a walk of `cast`.
    #[must_use]
    pub fn new<'a>(cast: &Cast, races: &'a Races, dice: &mut Dice) -> PartialOrder<'a> {
        let mut order = cast.numbers();
        let priority: Vec<u64> = order.iter().map(|_| dice.word()).collect();
        order.sort_unstable_by_key(|&n| std::cmp::Reverse(priority[usize::from(n)]));
        PartialOrder {
            races,
            priority,
            order,
        }
    }

    /// Draws the priority of `step` again and puts it where it belongs.
    fn draw(&mut self, step: StepNumber, dice: &mut Dice) {
        let place = |priority: &[u64], order: &[StepNumber], p: u64| {
            order.partition_point(|&n| priority[usize::from(n)] > p)
        };
        let from = place(
            &self.priority,
            &self.order,
            self.priority[usize::from(step)],
        );
        self.order.remove(from);
        let drawn = dice.word();
        let to = place(&self.priority, &self.order, drawn);
        self.priority[usize::from(step)] = drawn;
        self.order.insert(to, step);
    }
}

impl Scheduler for PartialOrder<'_> {
    fn next(&mut self, at: &mut Point<'_>, dice: &mut Dice) -> Option<StepNumber> {
        let step = *self.order.iter().find(|&&step| at.is_enabled(step))?;
        self.draw(step, dice);
        for &racing in self.races.with(step) {
            self.draw(racing, dice);
        }
        Some(step)
    }
}
