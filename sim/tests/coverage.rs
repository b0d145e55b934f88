//! Each step is taken somewhere, each premise is met somewhere.

use crate::common::{all, explore};
use model::steps::STEPS;
use properties::Outcome;

#[test]
fn every_step_is_taken_and_every_premise_met_in_some_built_in_scenario() {
    let designs = [
        "pg16",
        "pg18",
        "pg19",
        "proposal-2023-07-21+stopping-after-flush+writers-first",
        "proposal-2023-07-21-idle-replies",
        "pg18-4d271e3ec2",
        "pg9.6-e6a442c71b-38ddeab13b",
    ];
    let mut taken = vec![0_u64; STEPS.len()];
    let mut met = vec![false; all().len()];
    for named in sim::scenarios::small() {
        for design in designs {
            let run = explore(design, &named.name);
            for (sum, n) in taken.iter_mut().zip(&run.coverage.taken) {
                *sum += n;
            }
            for (met, verdict) in met.iter_mut().zip(&run.verdicts) {
                *met |= verdict.outcome != Outcome::Vacuous;
            }
        }
    }
    let never: Vec<_> = STEPS
        .iter()
        .zip(&taken)
        .filter(|&(_, &n)| n == 0)
        .map(|(s, _)| s.name)
        .collect();
    assert!(never.is_empty(), "steps never taken: {never:?}");
    let vacuous: Vec<_> = all()
        .iter()
        .zip(&met)
        .filter(|&(_, &met)| !met)
        .map(|(p, _)| p.id)
        .collect();
    assert!(vacuous.is_empty(), "premises never met: {vacuous:?}");
}
