//! History: each trial says what history said, on whichever machine it is.

use model::world::World;
use properties::{Judged, Outcome, Property};
use sim::checker::{self, Options};
use sim::history::bench::{Bench, on_bench};
use sim::history::groups;

/// Only the verdict.
struct Verdict;

impl Bench for Verdict {
    type Out = Outcome;

    fn stop(&mut self, world: &World, property: &'static Property) -> Outcome {
        self.part(world, property)
    }

    fn part<M: Judged>(&mut self, machine: &M, property: &'static Property<M>) -> Outcome {
        let options = Options::default();
        let run = checker::explore(("", ""), machine, &[property], options, &mut |_| {});
        run.verdicts[0].outcome
    }
}

#[test]
fn every_trial_says_what_history_said() {
    let mut wrong = Vec::new();
    for case in groups().iter().flat_map(|group| group.cases) {
        assert!(!case.trials.is_empty(), "{} tries nothing", case.id);
        for trial in case.trials {
            let found = on_bench(trial, &mut Verdict);
            if found != Ok(trial.expect) {
                wrong.push(format!("{} {}: {found:?}", case.id, trial.label));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_left_out_has_its_reason() {
    let left_out = groups();
    let mut left_out = left_out.iter().flat_map(|group| group.left_out);
    assert!(left_out.all(|(id, why)| !id.is_empty() && !why.is_empty()));
}
