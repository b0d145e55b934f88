//! From a walk's schedule to a minimal story: fewer processes, records and faults, then fewer
//! steps, then fewer context switches.
//!
//! A smaller schedule is tried by taking its steps where they are enabled and leaving out those
//! that are not; where the promise is about an ending or an endless run, the rest is walked in
//! turn. What still breaks the promise is kept, whatever way it takes: the story stays a run of the
//! model, and ends where the promise is broken.

use model::scenario::Scenario;
use model::steps::Step;
use model::world::World;
use properties::Property;
use properties::claims::Claim;

use super::cast::{Cast, StepNumber};
use super::judge::Judge;
use super::memo::Memo;
use super::parts;
use super::replay::Track;
use crate::scenario_file::to_toml;

/// Steps walked in turn behind a schedule, at most.
const COMPLETION_MAX: usize = 600;

/// A schedule that breaks a promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shrunk {
    /// The scenario.
    pub scenario: Scenario,
    /// The steps.
    pub steps: Vec<Step>,
    /// The run is endless from here on.
    pub loop_from: Option<usize>,
}

/// A world in which schedules are tried.
pub(super) struct Trial<'a> {
    world: &'a World,
    cast: Cast,
    property: &'static Property,
    numbers: Vec<(Step, StepNumber)>,
    /// What is known in the initial state.
    first: Memo,
}

impl<'a> Trial<'a> {
    pub(super) fn new(world: &'a World, property: &'static Property) -> Trial<'a> {
        let cast = Cast::new(world);
        let mut numbers: Vec<_> = cast.steps.iter().copied().zip(cast.numbers()).collect();
        numbers.sort_unstable();
        Trial {
            first: Memo::new(world, &cast),
            world,
            cast,
            property,
            numbers,
        }
    }

    fn number(&self, step: Step) -> Option<StepNumber> {
        let place = self.numbers.binary_search_by_key(&step, |(step, _)| *step);
        place.ok().map(|place| self.numbers[place].1)
    }

    /// Takes what it can of `steps`; the track, and for each step whether it was taken.
    pub(super) fn follow(&self, steps: &[Step], complete: bool) -> (Track<'_>, Vec<bool>) {
        let mut track = Track::new(
            self.world,
            &self.cast,
            self.first.clone(),
            Judge::new(&[self.property]),
        );
        let mut taken = Vec::with_capacity(steps.len());
        for &step in steps {
            if !track.judge.broken.is_empty() {
                break;
            }
            taken.push(self.number(step).is_some_and(|n| track.take(n)));
        }
        if track.judge.broken.is_empty() {
            let peers = match self.property.claim {
                Claim::LeadsTo(goal) => goal.peers_fair,
                Claim::AtEnd(_) | Claim::Always(_) | Claim::NeverStep(_) => true,
            };
            track.end();
            if complete && track.judge.broken.is_empty() {
                track.complete(peers, COMPLETION_MAX);
            }
        }
        (track, taken)
    }

    /// Whether the promise is about what comes in the end.
    fn is_about_the_end(&self) -> bool {
        matches!(self.property.claim, Claim::AtEnd(_) | Claim::LeadsTo(_))
    }

    /// The schedule that breaks the promise and begins with what can be taken of `steps`.
    fn attempt(&self, steps: &[Step]) -> Option<(Vec<Step>, Option<usize>)> {
        let (track, _) = self.follow(steps, self.is_about_the_end());
        let broken = track.judge.broken.first().copied()?;
        let taken = track.steps[..broken.steps].iter();
        let steps = taken.map(|&n| self.cast.steps[usize::from(n)]).collect();
        Some((steps, broken.loop_from))
    }
}

/// The smallest schedule that was found from `steps` in `scenario`; none if they break nothing.
#[must_use]
pub fn shrink(
    property: &'static Property,
    design: model::design::Design,
    scenario: Scenario,
    steps: &[Step],
) -> Option<Shrunk> {
    let tried = |scenario: Scenario, steps: &[Step]| {
        let world = World::new(design, scenario);
        let trial = Trial::new(&world, property);
        let (steps, loop_from) = trial.attempt(steps)?;
        Some(Shrunk {
            scenario,
            steps,
            loop_from,
        })
    };
    let mut best = tried(scenario, steps)?;
    loop {
        let before = best.clone();
        {
            let world = World::new(design, best.scenario);
            fewer_steps(&Trial::new(&world, property), &mut best);
        }
        for (scenario, map) in parts::smaller(&best.scenario) {
            let steps: Vec<Step> = best.steps.iter().filter_map(|&step| map(step)).collect();
            let smaller = tried(scenario, &steps);
            if let Some(smaller) = smaller.filter(|s| size(s) < size(&best)) {
                // The others were made from what is no more: they are made again.
                best = smaller;
                break;
            }
        }
        if best == before {
            break;
        }
    }
    let world = World::new(design, best.scenario);
    let trial = Trial::new(&world, property);
    fewer_switches(&trial, &mut best);
    Some(best)
}

/// Steps count first, then what the scenario says beyond the defaults: it only ever gets smaller,
/// so shrinking ends.
fn size(shrunk: &Shrunk) -> (usize, usize) {
    (shrunk.steps.len(), to_toml(&shrunk.scenario).len())
}

/// Takes ever smaller pieces out, until no single step can go.
fn fewer_steps(trial: &Trial<'_>, best: &mut Shrunk) {
    let mut piece = best.steps.len().div_ceil(2).max(1);
    loop {
        let mut from = 0;
        let mut shorter = false;
        while from < best.steps.len() {
            let to = (from + piece).min(best.steps.len());
            let mut rest = best.steps[..from].to_vec();
            rest.extend_from_slice(&best.steps[to..]);
            match trial.attempt(&rest) {
                Some((steps, loop_from)) if steps.len() < best.steps.len() => {
                    best.steps = steps;
                    best.loop_from = loop_from;
                    shorter = true;
                }
                Some(_) | None => from += piece,
            }
        }
        if piece == 1 && !shorter {
            // What ends a story in turn may end it sooner from an earlier point.
            if !ends_sooner(trial, best) {
                return;
            }
        }
        piece = (piece / 2).max(1);
    }
}

/// Whether the story ends sooner where the steps behind some point are left to the turn.
fn ends_sooner(trial: &Trial<'_>, best: &mut Shrunk) -> bool {
    if !trial.is_about_the_end() {
        return false;
    }
    for to in 0..best.steps.len() {
        if let Some((steps, loop_from)) = trial.attempt(&best.steps[..to])
            && steps.len() < best.steps.len()
        {
            best.steps = steps;
            best.loop_from = loop_from;
            return true;
        }
    }
    false
}

fn switches(steps: &[Step]) -> usize {
    let pairs = steps.windows(2);
    pairs
        .filter(|pair| pair[0].actor() != pair[1].actor())
        .count()
}

/// Moves steps next to others of the same process, where the promise is broken all the same.
fn fewer_switches(trial: &Trial<'_>, best: &mut Shrunk) {
    let mut from = 0;
    while from < best.steps.len() {
        let mut moved = false;
        for to in 0..=best.steps.len() {
            if to == from || to == from + 1 {
                continue;
            }
            let mut steps = best.steps.clone();
            let step = steps.remove(from);
            steps.insert(if to > from { to - 1 } else { to }, step);
            if switches(&steps) >= switches(&best.steps) {
                continue;
            }
            if let Some((steps, loop_from)) = trial.attempt(&steps)
                && steps.len() <= best.steps.len()
                && switches(&steps) < switches(&best.steps)
            {
                best.steps = steps;
                best.loop_from = loop_from;
                moved = true;
                break;
            }
        }
        if !moved {
            from += 1;
        }
    }
}
