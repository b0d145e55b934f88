//! From a broken promise of a walk to a story: shrunk, explained, kept.

use model::steps::Step;
use model::world::World;
use properties::Property;
use properties::walks::{Finding, Swap, Why};

use super::campaign::{Plan, Raw};
use super::cast::StepNumber;
use super::corpus::Kept;
use super::judge::Judge;
use super::replay;
use super::schedule_file::Schedule;
use super::shrink::{Shrunk, Trial, shrink};

/// What a schedule of the corpus breaks in the design of `plan`: its property, if it is asked for.
#[must_use]
pub fn again(plan: &Plan, kept: &Kept) -> Option<Raw> {
    let schedule = &kept.read.schedule;
    let asked = |p: &&'static Property| p.id == schedule.property.id;
    let property = plan.properties.iter().position(asked)?;
    let found_there = |(name, _): &(String, _)| *name == schedule.found_in;
    if plan
        .scenario
        .as_ref()
        .is_some_and(|fixed| !found_there(fixed))
    {
        return None;
    }
    // Steps by what they are: another design may have others.
    let steps = steps_of(&kept.read.world, &schedule.steps);
    let world = World::new(plan.design, schedule.scenario);
    let trial = Trial::new(&world, schedule.property);
    let (track, _) = trial.follow(&steps, true);
    let mut broken = track.judge.broken.first().copied()?;
    broken.property = property;
    Some(Raw {
        broken,
        name: schedule.found_in.clone(),
        scenario: schedule.scenario,
        steps: track.steps[..broken.steps].to_vec(),
        walk: None,
        strategy: "corpus".to_owned(),
    })
}

fn steps_of(world: &World, numbers: &[StepNumber]) -> Vec<Step> {
    let all = world.steps();
    numbers.iter().map(|&n| all[usize::from(n)]).collect()
}

/// The story of the best of `raws`, which break one property, and its schedule.
#[must_use]
pub fn tell(plan: &Plan, raws: &[Raw]) -> Option<(Finding, Schedule)> {
    let _phase = tracing::info_span!("shrink", design = plan.name, runs = raws.len()).entered();
    let shrunk = raws.iter().map(|raw| {
        let property = plan.properties[raw.broken.property];
        let world = World::new(plan.design, raw.scenario);
        let steps = steps_of(&world, &raw.steps);
        let shrunk = shrink(property, plan.design, raw.scenario, &steps);
        // An endless run may close its loop otherwise in turn; then it is told as it was walked.
        let shrunk = shrunk.unwrap_or(Shrunk {
            scenario: raw.scenario,
            steps,
            loop_from: raw.broken.loop_from,
        });
        (raw, shrunk)
    });
    let (raw, shrunk) = shrunk.min_by_key(|(_, shrunk)| shrunk.steps.len())?;
    let property = plan.properties[raw.broken.property];
    let world = World::new(plan.design, shrunk.scenario);
    let all = world.steps();
    let place = |step: &Step| all.iter().position(|other| other == step);
    let steps: Vec<StepNumber> = shrunk
        .steps
        .iter()
        .filter_map(|step| u16::try_from(place(step)?).ok())
        .collect();
    let replay = replay::exactly(&world, &steps, shrunk.loop_from, &[property]).ok()?;
    let finding = Finding {
        property,
        run: replay.run,
        scenario: raw.name.clone(),
        walk: raw.walk,
        strategy: raw.strategy.clone(),
        steps_walked: raw.steps.len(),
        why: why(&world, property, &steps),
        file: None,
        world,
    };
    let schedule = Schedule {
        design: plan.name.clone(),
        property,
        seed: plan.seed,
        found_in: raw.name.clone(),
        walk: raw.walk,
        strategy: raw.strategy.clone(),
        steps_walked: raw.steps.len(),
        scenario: shrunk.scenario,
        steps,
        loop_from: shrunk.loop_from,
    };
    Some((finding, schedule))
}

/// What a story hangs on.
///
/// A step is needed if the promise is kept without it; a change of the order mends it if the
/// promise is kept with it. Either way the other steps are taken where they can be, and the rest in
/// turn.
#[must_use]
pub fn why(world: &World, property: &'static Property, steps: &[StepNumber]) -> Why {
    let trial = Trial::new(world, property);
    let steps = steps_of(world, steps);
    let is_broken = |judge: &Judge| !judge.broken.is_empty();
    let needed = |&place: &usize| {
        let mut rest = steps.clone();
        rest.remove(place);
        !is_broken(&trial.follow(&rest, true).0.judge)
    };
    let needed = (0..steps.len()).filter(needed).collect();
    let mut swaps: Vec<Swap> = Vec::new();
    for late in 0..steps.len() {
        for behind in late + 1..steps.len() {
            if steps[late].actor() == steps[behind].actor() {
                continue;
            }
            let mut order = steps.clone();
            order[late..=behind].rotate_left(1);
            let (track, taken) = trial.follow(&order, true);
            // It must be the order that mends it, and not that a step is gone.
            let both = taken[..(behind + 1).min(taken.len())].iter().all(|&t| t);
            if both && taken.len() > behind && !is_broken(&track.judge) {
                swaps.push(Swap { late, behind });
                break;
            }
        }
    }
    swaps.sort_by_key(|swap| (swap.behind - swap.late, swap.late));
    Why { needed, swaps }
}
