//! Partial-order sampling (Yuan, Yang and Gu, CAV 2018): each step has a drawn priority, the
//! enabled one with the highest is taken, and the priorities of those that race with it, as far as
//! they could be enabled, are drawn again. So independent steps keep their order whatever lies
//! between, and orders of racing steps come up evenly, however long the rest is.
//!
//! Two steps race if they do not commute: in some state in which both are enabled, one disables
//! the other or the order shows in the state behind both. That is found by trying, in a few uniform
//! walks of the same world; pairs that never met there count as independent.

use super::{Point, Scheduler, Uniform};
use crate::walk::cast::{Cast, StepNumber};
use crate::walk::dice::Dice;
use crate::walk::memo::Memo;
use crate::walk::open::Open;
use model::cluster::Cluster;
use model::reads::Regions;
use model::world::World;

/// Uniform walks in which races are looked for.
const PROBES: u64 = 2;

/// Steps of each.
const PROBE_STEPS: usize = 100;

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
        let mut met = vec![0; n * n];
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
                look(&mut at, &mut races, &mut met);
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

/// Tries pairs of enabled steps in both orders, but for those that are known to race: where they
/// meet for the first, second, fourth, eighth time and so on.
fn look(at: &mut Point<'_>, races: &mut [bool], met: &mut [u32]) {
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
            if races[place] || a.is_apart(b) {
                continue;
            }
            met[place] += 1;
            if !met[place].is_power_of_two() {
                continue;
            }
            let ab = a.then(b, at);
            if ab.is_none() || ab != b.then(a, at) {
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
    /// Drawn, but for the last 16 bits, which are the step's number.
    priority: Vec<u64>,
}

/// The bits of a priority that are the step's number.
const NUMBER: u64 = 0xffff;

fn drawn(step: StepNumber, dice: &mut Dice) -> u64 {
    dice.word() & !NUMBER | u64::from(step)
}

impl PartialOrder<'_> {
    /// Priorities for a walk of `cast`.
    #[must_use]
    pub fn new<'a>(cast: &Cast, races: &'a Races, dice: &mut Dice) -> PartialOrder<'a> {
        PartialOrder {
            races,
            priority: cast.numbers().into_iter().map(|n| drawn(n, dice)).collect(),
        }
    }
}

impl Scheduler for PartialOrder<'_> {
    fn begin(&mut self, _cast: &Cast, open: &mut Open, _dice: &mut Dice) {
        open.classify(|_| 0);
    }

    fn next(&mut self, at: &mut Point<'_>, dice: &mut Dice) -> Option<StepNumber> {
        let step = loop {
            let open = at.memo.open.of_class(0).iter();
            let first = open.map(|&n| self.priority[usize::from(n)]).max()?;
            let first = StepNumber::try_from(first & NUMBER).unwrap_or_default();
            // One that is not enabled is not open any more.
            if at.is_enabled(first) {
                break first;
            }
        };
        self.priority[usize::from(step)] = drawn(step, dice);
        for &racing in self.races.with(step) {
            if at.memo.could_be_enabled(racing) {
                self.priority[usize::from(racing)] = drawn(racing, dice);
            }
        }
        Some(step)
    }
}
