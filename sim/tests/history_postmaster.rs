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

/// Since 0038f94387 a smart stop leaves a hot standby in `PM_HOT_STANDBY`. When recovery ends then,
/// the exit of the startup process moves the postmaster to `PM_WAIT_BACKENDS`, and nobody has told
/// the bgwriter to go: neither the client's leaving nor a fast stop helps.
#[test]
fn a_smart_stop_hangs_when_recovery_ends() {
    let hangs = |design, scenario| {
        let world = world(design, scenario);
        let asked = [property("no-deadlock").expect("a property")];
        let run = checker::run(
            (design, scenario),
            &world,
            &asked,
            Options::default(),
            &mut |_| {},
        );
        run.verdicts[0].outcome == Outcome::Violated
    };
    for scenario in ["recovery-ends-smart", "recovery-ends-smart-fast"] {
        for design in [
            "pg9.6", "pg10", "pg15", "pg16", "pg17", "pg18", "pg19", "master",
        ] {
            assert!(hangs(design, scenario), "{design} in {scenario}");
        }
        assert!(!hangs("pg9.6-0038f94387", scenario));
        assert!(!hangs("master+smart-stop-outlives-recovery", scenario));
    }
}
