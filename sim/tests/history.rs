//! History: each trial says what history said, on whichever machine it is.

use crate::common::judge;
use sim::history::groups;

#[test]
fn every_trial_says_what_history_said() {
    let mut wrong = Vec::new();
    for case in groups().iter().flat_map(|group| group.cases) {
        assert!(!case.trials.is_empty(), "{} tries nothing", case.id);
        for trial in case.trials {
            let found = judge(trial.design, trial.scenario, trial.property);
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

#[test]
fn a_scenario_has_one_name_and_a_name_one_scenario() {
    let parts = sim::parts::all()
        .into_iter()
        .map(|(name, _)| name.to_owned());
    let stops = sim::scenarios::all().into_iter().map(|named| named.name);
    let mut names: Vec<String> = parts.chain(stops).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
