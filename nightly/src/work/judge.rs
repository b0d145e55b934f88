//! A design in a scenario, exhaustively, all properties.

use model::world::World;
use properties::{Judged, Property, Run};
use sim::bench::{Bench, on_bench};
use sim::design_name;

use super::{Means, Said, failed, is_cut, verdicts};

pub(super) fn run(means: Means<'_>, design: &str, scenario: &str) -> Said {
    let id = || format!("judge/{design}/{scenario}");
    let wrong = |why: &str| Said {
        verdicts: vec![failed(&id(), why)],
        ..Said::default()
    };
    let parsed = match design_name::parse(design) {
        Ok(parsed) => parsed,
        Err(error) => return wrong(&error.message),
    };
    let file = means
        .ground
        .config
        .scenarios
        .iter()
        .find(|s| s.0 == scenario);
    let mut judging = Judging {
        means,
        names: (design, scenario),
    };
    if let Some((_, Some(named))) = file {
        let all: Vec<&'static Property> = properties::PROPERTIES.iter().collect();
        let mut said = judging.stop(&World::new(parsed, named.scenario), &all);
        said.input = sim::scenario_file::to_toml(&named.scenario).into_bytes();
        return said;
    }
    on_bench(parsed, scenario, &[], &mut judging).unwrap_or_else(|why| wrong(&why))
}

struct Judging<'a> {
    means: Means<'a>,
    names: (&'a str, &'a str),
}

impl Bench for Judging<'_> {
    type Out = Said;

    fn stop(&mut self, world: &World, properties: &[&'static Property]) -> Said {
        said(&self.means.stop(self.names, world, properties))
    }

    fn part<M: Judged>(&mut self, machine: &M, properties: &[&'static Property<M>]) -> Said {
        said(&self.means.part(self.names, machine, properties))
    }
}

fn said<M: Judged>(run: &Run<M>) -> Said {
    Said {
        verdicts: verdicts(run),
        work: run.states_unique,
        input: Vec::new(),
        cut: is_cut(run),
    }
}
