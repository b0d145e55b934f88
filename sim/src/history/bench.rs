//! Puts a trial on the machine that has its scenario.

use model::pair::Pair;
use model::slot_life::SlotLife;
use model::upgrade_check::SlotCheck;
use model::world::World;
use properties::{Judged, Property};

use super::Trial;
use crate::{design_name, parts, scenarios};

/// What is done with a trial, on whichever machine it is.
pub trait Bench {
    /// What comes out.
    type Out;

    /// On the stop of one server.
    fn stop(&mut self, world: &World, property: &'static Property) -> Self::Out;

    /// On another machine.
    fn part<M: Judged>(&mut self, machine: &M, property: &'static Property<M>) -> Self::Out;
}

/// Runs `bench` on the design and the scenario of `trial`.
///
/// # Errors
/// When a design, scenario or property is unknown: the tables are ours, so that is our bug.
pub fn on_bench<B: Bench>(trial: &Trial, bench: &mut B) -> Result<B::Out, String> {
    let design = design_name::parse(trial.design).map_err(|error| error.to_string())?;
    let name = trial.scenario;
    if let Some(named) = scenarios::built_in(name) {
        let property = find(properties::PROPERTIES, trial)?;
        return Ok(bench.stop(&World::new(design, named.scenario), property));
    }
    if let Some(part) = parts::find(parts::slot_life::PARTS, name) {
        let property = find(properties::slot_life::PROPERTIES, trial)?;
        return Ok(bench.part(&SlotLife::new(design, part.scenario), property));
    }
    if let Some(part) = parts::find(parts::upgrade_check::PARTS, name) {
        let property = find(properties::upgrade_check::PROPERTIES, trial)?;
        let scenario = part.scenario;
        return Ok(bench.part(&SlotCheck { design, scenario }, property));
    }
    if let Some(scenario) = parts::pair::scenario(name) {
        let property = find(properties::pair::PROPERTIES, trial)?;
        return Ok(bench.part(&Pair::new(design, scenario), property));
    }
    Err(format!("there is no built-in scenario `{name}`"))
}

fn find<M: Judged>(
    table: &'static [Property<M>],
    trial: &Trial,
) -> Result<&'static Property<M>, String> {
    let found = table.iter().find(|p| p.id == trial.property);
    found.ok_or_else(|| {
        let (property, scenario) = (trial.property, trial.scenario);
        format!("no property `{property}` where `{scenario}` is")
    })
}
