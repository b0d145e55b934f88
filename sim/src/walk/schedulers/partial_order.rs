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
        let mut tried = Tried::new(cast);
        for probe in 0..PROBES {
            let mut dice = Dice::new(0, probe);
            let mut memo = Memo::new(world, cast);
            let mut uniform = Uniform;
            uniform.begin(cast, &mut memo.open, &mut dice);
            let mut state = Box::new(world.initial());
            tried.known.fill(None);
            tried.knows.clear();
            for taken in 0..PROBE_STEPS {
                let mut at = Point {
                    world,
                    cast,
                    state: &state,
                    taken,
                    memo: &mut memo,
                };
                tried.look(&mut at);
                let Some(step) = uniform.next(&mut at, &mut dice) else {
                    break;
                };
                memo.advance(world, cast, &mut state, step);
                tried.forget(&memo.changed);
            }
        }
        tried.with.iter_mut().for_each(|with| with.sort_unstable());
        Races { with: tried.with }
    }

    /// The steps that race with `step`, itself included if it was ever tried twice.
    #[must_use]
    pub fn with(&self, step: StepNumber) -> &[StepNumber] {
        self.with.get(usize::from(step)).map_or(&[], Vec::as_slice)
    }
}

/// What an enabled step looks at and what it changes.
#[derive(Clone, Copy)]
struct Effect {
    reads: Regions,
    changes: Regions,
}

impl Effect {
    /// Whether neither looks at what the other changes: then their order is nothing.
    fn is_apart(&self, other: &Effect) -> bool {
        !self.changes.meets(&other.reads) && !other.changes.meets(&self.reads)
    }
}

/// More often than meetings are counted.
const RACE: u8 = u8::MAX;

/// Pairs of steps that were tried in both orders.
struct Tried {
    /// Number of steps.
    steps: usize,
    /// For each pair, how often it met; [`RACE`] if it is known to race.
    met: Vec<u8>,
    /// For each step, those that are known to race with it.
    with: Vec<Vec<StepNumber>>,
    /// For each step its effect, as long as nothing changes that it looked at.
    known: Vec<Option<Effect>>,
    /// The steps whose effect is known.
    knows: Vec<StepNumber>,
    /// Scratch: the steps that are enabled.
    enabled: Vec<StepNumber>,
}

impl Tried {
    fn new(cast: &Cast) -> Tried {
        let steps = cast.len();
        Tried {
            steps,
            met: vec![0; steps * steps],
            with: vec![Vec::new(); steps],
            known: vec![None; steps],
            knows: Vec::new(),
            enabled: Vec::new(),
        }
    }

    /// Something has changed.
    fn forget(&mut self, changed: &Regions) {
        self.knows.retain(|&step| {
            let known = &mut self.known[usize::from(step)];
            *known = known.filter(|effect| !changed.meets(&effect.reads));
            known.is_some()
        });
    }

    fn effect(&mut self, step: StepNumber, at: &mut Point<'_>) -> Option<Effect> {
        let known = self.known[usize::from(step)];
        if known.is_some() {
            return known;
        }
        let before = at.state;
        at.behind(step)?;
        let reads = at.memo.reads(step);
        let changes = before.changed(at.behind(step)?, reads);
        self.knows.push(step);
        self.known[usize::from(step)] = Some(Effect { reads, changes });
        self.known[usize::from(step)]
    }

    /// Tries pairs of enabled steps in both orders, but for those that are known to race: where
    /// they meet for the first, second, fourth, eighth time and so on.
    fn look(&mut self, at: &mut Point<'_>) {
        let mut enabled = std::mem::take(&mut self.enabled);
        at.memo
            .all_enabled(at.world, at.cast, at.state, &mut enabled);
        for (i, &a) in enabled.iter().enumerate() {
            let Some(effect) = self.effect(a, at) else {
                continue;
            };
            for &b in &enabled[..i] {
                let met = &mut self.met[usize::from(b) * self.steps + usize::from(a)];
                let is_apart = |other: Effect| effect.is_apart(&other);
                if *met == RACE || self.known[usize::from(b)].is_none_or(is_apart) {
                    continue;
                }
                *met = (*met + 1).min(RACE - 1);
                if met.is_power_of_two() && race(a, b, at) {
                    *met = RACE;
                    self.with[usize::from(a)].push(b);
                    self.with[usize::from(b)].push(a);
                }
            }
        }
        self.enabled = enabled;
    }
}

/// Whether the order of two enabled steps shows.
fn race(a: StepNumber, b: StepNumber, at: &Point<'_>) -> bool {
    let both = |first: StepNumber, then: StepNumber| {
        let step = |n: StepNumber| at.cast.steps[usize::from(n)];
        let mut state = *at.state;
        step(first).take(at.world, &mut state)?;
        step(then).take(at.world, &mut state)?;
        Some(state)
    };
    let ab = both(a, b);
    ab.is_none() || ab != both(b, a)
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
