//! What several tests share.

#![allow(dead_code, reason = "each test uses its part")]

use model::world::World;
use properties::{PROPERTIES, Property, Run};
use sim::checker::{self, Options};
use sim::{design_name, scenarios};

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
    checker::run(names, world, &all(), Options::default(), &mut |_| {})
}
