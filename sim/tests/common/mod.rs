//! What several tests share.

#![allow(dead_code, reason = "each test uses its part")]

pub(crate) mod strategies;

use model::world::World;
use properties::{Judged, Outcome, PROPERTIES, Property, Run};
use sim::bench::{Bench, on_bench};
use sim::checker::{self, Options};
use sim::{design_name, scenarios};

/// The proposal with the smallest set of changes that mends it.
pub(crate) const MENDED: &str = "proposal-2023-07-21+stopping-after-flush+writers-first\
                                 +save-on-release+upgrade-check=decode";

/// The world of a design and a built-in scenario.
pub(crate) fn world(design: &str, scenario: &str) -> World {
    let design = design_name::parse(design).unwrap_or_else(|error| panic!("{error}"));
    let named = scenarios::built_in(scenario)
        .unwrap_or_else(|| panic!("there is no built-in scenario `{scenario}`"));
    World::new(design, named.scenario)
}

/// All properties.
pub(crate) fn all() -> Vec<&'static Property> {
    PROPERTIES.iter().collect()
}

/// The run of a design in a built-in scenario, all properties judged.
pub(crate) fn explore(design: &str, scenario: &str) -> Run {
    explore_world(&world(design, scenario), (design, scenario))
}

/// The run of a world.
pub(crate) fn explore_world(world: &World, names: (&str, &str)) -> Run {
    explore_with(world, names, Options::default())
}

/// The run of a world, with options.
pub(crate) fn explore_with(world: &World, names: (&str, &str), options: Options) -> Run {
    checker::run(names, world, &all(), options, &mut |_| {})
}

/// The run of a world, asked for these properties.
pub(crate) fn explore_properties(
    world: &World,
    properties: &[&'static Property],
    options: Options,
) -> Run {
    checker::run(("", ""), world, properties, options, &mut |_| {})
}

/// Only the verdict on the first property asked for, on whichever machine it is.
struct OneVerdict;

impl Bench for OneVerdict {
    type Out = Outcome;

    fn stop(&mut self, world: &World, asked: &[&'static Property]) -> Outcome {
        self.part(world, asked)
    }

    fn part<M: Judged>(&mut self, machine: &M, asked: &[&'static Property<M>]) -> Outcome {
        let run = checker::explore(("", ""), machine, asked, Options::default(), &mut |_| {});
        run.verdicts[0].outcome
    }
}

/// What `property` says of `design` in `scenario`, a built-in one of any machine.
pub(crate) fn judge(design: &str, scenario: &str, property: &str) -> Result<Outcome, String> {
    let design = design_name::parse(design).map_err(|error| error.to_string())?;
    on_bench(design, scenario, &[property], &mut OneVerdict)
}
