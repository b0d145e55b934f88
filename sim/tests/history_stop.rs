//! History's cases of one server's stop: each trial says what history said.

mod common;

use common::world;
use properties::property;
use sim::checker::{self, Options};
use sim::history::{drain, stop};

#[test]
fn every_trial_says_what_history_said() {
    let mut wrong = Vec::new();
    for case in stop::CASES.iter().chain(drain::CASES) {
        for t in case.trials {
            let asked = [property(t.property).unwrap_or_else(|| panic!("{}", t.property))];
            let world = world(t.design, t.scenario);
            let names = (t.design, t.scenario);
            let run = checker::run(names, &world, &asked, Options::default(), &mut |_| {});
            let found = run.verdicts[0].outcome;
            if found != t.expect {
                wrong.push(format!("{} {}: {found:?}", case.id, t.label));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
