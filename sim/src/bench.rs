//! Puts a design and a built-in scenario on the machine that the scenario is of.

use model::design::Design;
use model::pair::Pair;
use model::slot_life::SlotLife;
use model::upgrade_check::SlotCheck;
use model::world::World;
use properties::{Judged, Property, named};

use crate::{parts, scenarios};

/// What is done with a machine.
pub trait Bench {
    /// What comes out.
    type Out;

    /// On the stop of one server.
    fn stop(&mut self, world: &World, properties: &[&'static Property]) -> Self::Out;

    /// On another machine.
    fn part<M: Judged>(&mut self, machine: &M, properties: &[&'static Property<M>]) -> Self::Out;
}

/// Calls `bench` with `design` in `scenario` and the properties of these ids; all, if there are
/// none.
///
/// # Errors
/// When there is no such scenario, or no such property where it is.
pub fn on_bench<B: Bench>(
    design: Design,
    scenario: &str,
    ids: &[&str],
    bench: &mut B,
) -> Result<B::Out, String> {
    if let Some(found) = scenarios::built_in(scenario) {
        let asked = find(properties::PROPERTIES, scenario, ids)?;
        return Ok(bench.stop(&World::new(design, found.scenario), &asked));
    }
    if let Some(part) = parts::find(parts::slot_life::PARTS, scenario) {
        let asked = find(properties::slot_life::PROPERTIES, scenario, ids)?;
        return Ok(bench.part(&SlotLife::new(design, part.scenario), &asked));
    }
    if let Some(part) = parts::find(parts::upgrade_check::PARTS, scenario) {
        let asked = find(properties::upgrade_check::PROPERTIES, scenario, ids)?;
        let scenario = part.scenario;
        return Ok(bench.part(&SlotCheck { design, scenario }, &asked));
    }
    if let Some(found) = parts::pair::scenario(scenario) {
        let asked = find(properties::pair::PROPERTIES, scenario, ids)?;
        return Ok(bench.part(&Pair::new(design, found), &asked));
    }
    Err(format!("there is no built-in scenario `{scenario}`"))
}

fn find<M: Judged>(
    table: &'static [Property<M>],
    scenario: &str,
    ids: &[&str],
) -> Result<Vec<&'static Property<M>>, String> {
    named(table, ids)
        .map_err(|id| format!("there is no property `{id}` where scenario `{scenario}` is"))
}
