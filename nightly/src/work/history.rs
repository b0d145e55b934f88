//! A recorded case: each trial must say what history said.

use model::world::World;
use properties::{Judged, Outcome, Property};
use sim::bench::{Bench, on_bench};
use sim::design_name;
use sim::history::{Trial, groups};

use super::{Said, explore, failed};
use crate::plan::Ground;
use crate::record::VerdictRecord;

pub(super) fn run(ground: &Ground, id: &str) -> Said {
    let mut said = Said::default();
    let groups = groups();
    let cases = groups.iter().flat_map(|group| group.cases);
    for trial in cases.filter(|case| case.id == id).flat_map(|c| c.trials) {
        let judged = design_name::parse(trial.design)
            .map_err(|error| error.message)
            .and_then(|design| {
                let mut judging = Judging { ground, trial };
                on_bench(design, trial.scenario, &[trial.property], &mut judging)
            });
        match judged {
            Ok((found, states)) => {
                said.work += states;
                said.verdicts.push(verdict(id, trial, found));
            }
            Err(why) => {
                let key = format!("history/{id}/{}", trial.label);
                said.verdicts.push(failed(&key, &why));
            }
        }
    }
    said
}

/// A trial that is as recorded *holds*; another one is a violation of the record.
fn verdict(id: &str, trial: &Trial, found: Outcome) -> VerdictRecord {
    let (design, place, property) = (trial.design, trial.scenario, trial.property);
    let key = format!("history/{id}/{design}/{place}/{property}");
    let verdict = match found {
        found if found == trial.expect => Outcome::Holds,
        Outcome::Inconclusive => Outcome::Inconclusive,
        Outcome::Holds | Outcome::Violated | Outcome::Vacuous => Outcome::Violated,
    };
    VerdictRecord {
        claim: key.clone(),
        key,
        property: property.to_owned(),
        design: design.to_owned(),
        place: place.to_owned(),
        verdict: verdict.name().to_owned(),
        message: format!(
            "{}: found `{}`, recorded `{}`",
            trial.label,
            found.name(),
            trial.expect.name()
        ),
        file: None,
    }
}

struct Judging<'a> {
    ground: &'a Ground,
    trial: &'a Trial,
}

impl Judging<'_> {
    fn any<M: Judged>(
        &self,
        machine: &M,
        properties: &[&'static Property<M>],
    ) -> (Outcome, u64) {
        let names = (self.trial.design, self.trial.scenario);
        let run = explore(self.ground, names, machine, properties);
        let found = run.verdicts.first().map(|v| v.outcome);
        (found.unwrap_or(Outcome::Inconclusive), run.states_unique)
    }
}

impl Bench for Judging<'_> {
    type Out = (Outcome, u64);

    fn stop(&mut self, world: &World, properties: &[&'static Property]) -> Self::Out {
        self.any(world, properties)
    }

    fn part<M: Judged>(&mut self, machine: &M, properties: &[&'static Property<M>]) -> Self::Out {
        self.any(machine, properties)
    }
}
