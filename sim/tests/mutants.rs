//! Each property can fail: its seeded bug breaks it, with a story that ends in the broken promise.

use crate::common::{explore, world};
use properties::claims::{Claim, Judgement, Transition};
use properties::{Outcome, PROPERTIES};

#[test]
fn each_property_is_broken_by_its_seeded_bug() {
    let mut unbroken = Vec::new();
    for property in PROPERTIES {
        let (design, scenario) = property.seeded_bug;
        let run = explore(design, scenario);
        let verdict = run
            .verdicts
            .iter()
            .find(|v| v.property == property.id)
            .unwrap();
        if verdict.outcome != Outcome::Violated {
            unbroken.push(format!("`{}` by {design} in {scenario}", property.id));
            continue;
        }
        let story = verdict.counterexample.as_ref().unwrap();
        let world = world(design, scenario);
        let mut state = world.initial();
        assert_eq!(state, story.initial);
        let mut last = None;
        for &(step, after) in &story.steps {
            assert_eq!(
                step.apply(&world, &state),
                Some(after),
                "the story is a run of the model"
            );
            last = Some((state, step));
            state = after;
        }
        let judgement = match property.claim {
            Claim::Always(f) | Claim::AtEnd(f) => f(&world, &state),
            Claim::NeverStep(f) => {
                let (before, step) = last.unwrap();
                f(
                    &world,
                    &Transition {
                        before: &before,
                        step,
                        after: &state,
                    },
                )
            }
            Claim::LeadsTo(goal) => {
                let from = story.loop_from.expect("an endless run has a loop");
                let entry = match from {
                    0 => story.initial,
                    n => story.steps[n - 1].1,
                };
                assert_eq!(state, entry, "`{}`: the loop closes", property.id);
                Judgement::kept_if(!(goal.owed)(&world, &state))
            }
        };
        assert_eq!(
            judgement,
            Judgement::Broken,
            "`{}`: the story ends broken",
            property.id
        );
    }
    assert!(unbroken.is_empty(), "not broken: {unbroken:#?}");
}
