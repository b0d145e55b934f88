//! Cases of a slot's life and of pg_upgrade's check.

mod cases;

use model::machine::Machine;
use model::slot_life::SlotLife;
use model::upgrade_check::SlotCheck;
use properties::{Judged, Outcome, Property};

use super::Trial;
use crate::checker::{self, Options};
use crate::{design_name, parts};

pub use cases::{CASES, LEFT_OUT};

/// What a trial said.
#[derive(Clone, Debug)]
pub struct TrialRun {
    /// The verdict.
    pub outcome: Outcome,
    /// Unique states.
    pub states_unique: u64,
    /// The shortest story of a violated one, step by step: actor and C function.
    pub story: Option<Vec<(String, &'static str)>>,
}

/// Runs `trial` on the machine that has its scenario.
///
/// # Errors
/// When the design, the scenario or the property is unknown.
pub fn run(trial: &Trial) -> Result<TrialRun, String> {
    let design = design_name::parse(trial.design).map_err(|e| e.to_string())?;
    let unknown = || {
        format!(
            "no property `{}` where `{}` is",
            trial.property, trial.scenario
        )
    };
    if let Some(part) = parts::find(parts::slot_life::PARTS, trial.scenario) {
        let property = properties::slot_life::property(trial.property).ok_or_else(unknown)?;
        Ok(explore(
            &SlotLife::new(design, part.scenario),
            property,
            trial,
        ))
    } else if let Some(part) = parts::find(parts::upgrade_check::PARTS, trial.scenario) {
        let property = properties::upgrade_check::property(trial.property).ok_or_else(unknown)?;
        let scenario = part.scenario;
        Ok(explore(&SlotCheck { design, scenario }, property, trial))
    } else {
        Err(format!("there is no scenario `{}`", trial.scenario))
    }
}

fn explore<M: Judged>(machine: &M, property: &'static Property<M>, trial: &Trial) -> TrialRun {
    let names = (trial.design, trial.scenario);
    let run = checker::explore(names, machine, &[property], Options::default(), &mut |_| {});
    let verdict = run.verdicts.first();
    let story = verdict.and_then(|v| v.counterexample.as_ref());
    TrialRun {
        outcome: verdict.map_or(Outcome::Inconclusive, |v| v.outcome),
        states_unique: run.states_unique,
        story: story.map(|story| {
            let steps = story
                .steps
                .iter()
                .map(|(step, _)| Machine::facts(machine, *step));
            steps.map(|facts| (facts.actor, facts.function)).collect()
        }),
    }
}
