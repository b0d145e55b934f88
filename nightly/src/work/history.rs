//! A recorded case: each trial must say what history said.

use model::world::World;
use properties::{Judged, Outcome, Property, Run};
use sim::bench::{Bench, on_bench};
use sim::design_name;
use sim::history::{Trial, groups};

use super::{Means, Said, failed, is_cut};
use crate::record::VerdictRecord;

pub(super) fn run(means: Means<'_>, id: &str) -> Said {
    let mut said = Said::default();
    let groups = groups();
    let cases = groups.iter().flat_map(|group| group.cases);
    for trial in cases.filter(|case| case.id == id).flat_map(|c| c.trials) {
        if means.until.is_past() {
            said.cut = true;
            let mut left = verdict(id, trial, Outcome::Inconclusive);
            "the night's budget ended before this trial".clone_into(&mut left.message);
            said.verdicts.push(left);
            continue;
        }
        let judged = design_name::parse(trial.design)
            .map_err(|error| error.message)
            .and_then(|design| {
                let mut judging = Judging { means, trial };
                on_bench(design, trial.scenario, &[trial.property], &mut judging)
            });
        match judged {
            Ok((found, states, cut)) => {
                said.work += states;
                said.cut |= cut;
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
    means: Means<'a>,
    trial: &'a Trial,
}

/// What a search found, its states, and whether the deadline ended it.
type Found = (Outcome, u64, bool);

fn found<M: Judged>(run: &Run<M>) -> Found {
    let found = run.verdicts.first().map(|v| v.outcome);
    (
        found.unwrap_or(Outcome::Inconclusive),
        run.states_unique,
        is_cut(run),
    )
}

impl Bench for Judging<'_> {
    type Out = Found;

    fn stop(&mut self, world: &World, properties: &[&'static Property]) -> Found {
        let names = (self.trial.design, self.trial.scenario);
        found(&self.means.stop(names, world, properties))
    }

    fn part<M: Judged>(&mut self, machine: &M, properties: &[&'static Property<M>]) -> Found {
        let names = (self.trial.design, self.trial.scenario);
        found(&self.means.part(names, machine, properties))
    }
}
