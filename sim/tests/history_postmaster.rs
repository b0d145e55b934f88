//! Every trial of the postmaster's history comes out as it is recorded.

mod common;

use common::world;
use properties::Outcome;
use properties::claims::property;
use sim::checker::{self, Options};
use sim::history::Expect;
use sim::history::postmaster::CASES;

#[test]
fn every_trial_comes_out_as_recorded() {
    let mut wrong = Vec::new();
    for case in CASES {
        for trial in case.trials {
            let world = world(trial.design, trial.scenario);
            let asked = [property(trial.property).expect("a property")];
            let names = (trial.design, trial.scenario);
            let run = checker::run(names, &world, &asked, Options::default(), &mut |_| {});
            let verdict = &run.verdicts[0];
            let found = match verdict.outcome {
                Outcome::Violated => Some(Expect::Violated),
                Outcome::Holds => Some(Expect::Holds),
                Outcome::Vacuous => Some(Expect::Vacuous),
                Outcome::Inconclusive => None,
            };
            let story = verdict.counterexample.as_ref().map_or(0, |c| c.steps.len());
            println!(
                "{} {}: {} in {}, {}: {:?}, {} states, story {story}",
                case.id,
                trial.label,
                trial.design,
                trial.scenario,
                trial.property,
                verdict.outcome,
                run.states_unique
            );
            if found != Some(trial.expect) {
                wrong.push(format!(
                    "{} {}: {:?}, not {:?}",
                    case.id, trial.label, verdict.outcome, trial.expect
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
