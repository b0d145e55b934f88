//! Stories, on drawn designs, scenarios and schedules: taken again they are the same, and each ends
//! in the state that breaks the promise.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::common::{all, explore_with, strategies};
use model::cluster::Cluster;
use model::steps::Step;
use model::world::World;
use properties::claims::{Claim, Judgement, Transition};
use properties::{Counterexample, Property};
use proptest::prelude::*;
use proptest::sample::Index;
use sim::checker::Options;
use sim::walk::replay;
use sim::walk::shrink::shrink;

/// Transitions after which a search is given up.
const TRANSITIONS_MAX: usize = 20_000;

fn worlds() -> impl Strategy<Value = World> {
    let worlds = (strategies::designs(), strategies::scenarios());
    worlds.prop_map(|(design, scenario)| World::new(design, scenario))
}

/// The numbers of steps in `world`.
fn numbers(world: &World, steps: impl IntoIterator<Item = Step>) -> Vec<u16> {
    let number = |step| world.steps().iter().position(|&s| s == step).unwrap();
    let numbers = steps.into_iter().map(number);
    numbers.map(|n| u16::try_from(n).unwrap()).collect()
}

/// Whether the last step of `run` breaks the claim, or its last state does.
fn ends_broken(world: &World, property: &Property, run: &Counterexample) -> bool {
    let last = run.last();
    match property.claim {
        Claim::Always(f) => f(world, last) == Judgement::Broken,
        Claim::AtEnd(f) => f(world, last) == Judgement::Broken,
        Claim::NeverStep(f) => run.steps.last().is_some_and(|&(step, ref after)| {
            let before = match run.steps.len() {
                1 => &run.initial,
                n => &run.steps[n - 2].1,
            };
            let transition = Transition {
                before,
                step,
                after,
            };
            f(world, &transition) == Judgement::Broken
        }),
        // What it owes, it owes in the last state and all the way round.
        Claim::LeadsTo(goal) => (goal.owed)(world, last),
    }
}

/// The story is a run, and breaks `property` at its last step and not before.
fn is_story(world: &World, property: &'static Property, run: &Counterexample) -> bool {
    let steps = numbers(world, run.steps.iter().map(|(step, _)| *step));
    let Ok(again) = replay::exactly(world, &steps, run.loop_from, &[property]) else {
        return false;
    };
    let states = |run: &Counterexample| run.steps.iter().map(|(_, s)| *s).collect::<Vec<_>>();
    states(&again.run) == states(run)
        && again.broken.len() == 1
        && again.broken[0].steps == steps.len()
        && ends_broken(world, property, run)
}

proptest! {
    #![proptest_config(strategies::config(48, "tests/stories.proptest-regressions"))]

    /// What a schedule goes through is what its steps go through when they are taken again.
    #[test]
    fn replay_equals_the_run(world in worlds(), schedule in strategies::schedules(120)) {
        let (steps, states) = run(&world, &schedule);
        let again = replay::exactly(&world, &numbers(&world, steps), None, &all()).unwrap();
        let replayed: Vec<_> = again.run.steps.iter().map(|(_, s)| *s).collect();
        prop_assert_eq!(replayed, states);
    }

    /// Whatever a run breaks: the run up to there, and what is left of it when it is shrunk, end in
    /// the state that breaks it.
    #[test]
    fn a_walked_story_ends_in_the_violated_state(
        world in worlds(),
        schedule in strategies::schedules(120),
    ) {
        let (steps, _) = run(&world, &schedule);
        let walked = replay::exactly(&world, &numbers(&world, steps), None, &all()).unwrap();
        for broken in walked.broken.iter().filter(|b| b.loop_from.is_none()) {
            let property = all()[broken.property];
            let story = Counterexample {
                steps: walked.run.steps[..broken.steps].to_vec(),
                ..walked.run.clone()
            };
            prop_assert!(is_story(&world, property, &story), "{}", property.id);

            let steps: Vec<Step> = story.steps.iter().map(|(step, _)| *step).collect();
            let shrunk = shrink(property, world.design, world.scenario, &steps).unwrap();
            let small = World::new(world.design, shrunk.scenario);
            let steps = numbers(&small, shrunk.steps);
            let told = replay::exactly(&small, &steps, shrunk.loop_from, &[property]).unwrap();
            prop_assert!(is_story(&small, property, &told.run), "{}, shrunk", property.id);
        }
    }

    /// The same for the shortest stories of the exhaustive search.
    #[test]
    fn a_searched_story_ends_in_the_violated_state(world in worlds()) {
        let options = Options { transitions_max: TRANSITIONS_MAX, ..Options::default() };
        let found = explore_with(&world, ("", ""), options);
        for verdict in &found.verdicts {
            let property = properties::property(verdict.property).unwrap();
            if let Some(story) = &verdict.counterexample {
                prop_assert!(is_story(&world, property, story), "{}", property.id);
            }
        }
    }
}

/// The steps that a schedule chooses, each with the state behind it.
fn run(world: &World, schedule: &[Index]) -> (Vec<Step>, Vec<Cluster>) {
    let mut state = world.initial();
    let (mut steps, mut states) = (Vec::new(), Vec::new());
    for choice in schedule {
        let mut next = Vec::new();
        world.successors(&state, |step, after| next.push((step, after)));
        if next.is_empty() {
            break;
        }
        let (step, after) = *choice.get(&next);
        steps.push(step);
        states.push(after);
        state = after;
    }
    (steps, states)
}
