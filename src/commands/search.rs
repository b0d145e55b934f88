//! What the commands share: searching designs in scenarios, JSON, style.

use model::world::World;
use properties::{Property, Run};
use reports::Style;
use serde_json::Value;
use sim::batch::{self, Job};
use sim::checker::{Engine, Options};
use sim::partial_order::PartialOrder;
use sim::scenario_file::Named;

use crate::cli::{Cli, EngineName, Format};
use crate::input::{self, InputError};
use crate::output;
use crate::progress::Line;

/// Runs each design in each scenario.
pub(super) fn all(
    cli: &Cli,
    designs: &[String],
    scenarios: &[Named],
    properties: &[&'static Property],
    ending_stories: bool,
) -> Result<Vec<Run>, InputError> {
    let jobs = jobs(designs, scenarios, properties)?;
    Ok(run(cli, &jobs, ending_stories))
}

/// A job for each design in each scenario.
pub(super) fn jobs(
    designs: &[String],
    scenarios: &[Named],
    properties: &[&'static Property],
) -> Result<Vec<Job>, InputError> {
    let named = designs
        .iter()
        .map(|d| input::design(d).map(|design| (d.clone(), design)));
    let named = named.collect::<Result<Vec<_>, _>>()?;
    Ok(input::jobs(&named, scenarios, properties))
}

/// The checker and its bounds, as the command line says, for a search that is `alone` or one of
/// several, which take a thread and a share of the memory each.
pub(super) fn options(cli: &Cli, alone: bool, ending_stories: bool) -> Options {
    let threads = cli.common.threads();
    let memory = cli.common.memory;
    let memory = memory.map_or_else(crate::memory::available, |m| m.0);
    Options {
        engine: match cli.common.engine {
            EngineName::Graph => Engine::Graph,
            EngineName::Packed => Engine::Packed,
            EngineName::Timely => Engine::Timely,
            EngineName::Stateright => Engine::Stateright,
        },
        transitions_max: cli.common.transitions_max(),
        seconds_max: cli.common.seconds_max(),
        threads: if alone { threads } else { 1 },
        memory_max: memory / if alone { 1 } else { threads as u64 },
        // A story is of one ending, with each slot in its place.
        symmetry: !cli.common.no_symmetry && !ending_stories,
        partial_order: cli.common.partial_order.then_some(PartialOrder::ON),
        ending_stories,
    }
}

/// Runs `jobs`, with a progress line.
pub(super) fn run(cli: &Cli, jobs: &[Job], ending_stories: bool) -> Vec<Run> {
    let parallel = match cli.common.engine {
        EngineName::Packed => jobs.len() == 1,
        EngineName::Timely => true,
        EngineName::Graph | EngineName::Stateright => false,
    };
    let options = options(cli, parallel, ending_stories);
    let line = Line::new(jobs.len());
    let threads = if parallel { 1 } else { cli.common.threads() };
    batch::run_all(jobs, threads, options, &|event| line.note(event))
}

/// The world of a run.
pub(super) fn world(design: &str, scenario: &Named) -> Result<World, InputError> {
    Ok(World::new(input::design(design)?, scenario.scenario))
}

/// Whether JSON is asked for.
pub(super) fn is_json(cli: &Cli) -> bool {
    cli.common.format == Format::Json
}

/// How text shall look.
pub(super) fn style() -> Style {
    Style {
        color: output::colour(),
        ..Style::default()
    }
}

/// Runs as JSON: one object, or an array where there are several.
pub(super) fn json(runs: &[Run], scenarios: &[Named]) -> Result<String, InputError> {
    let mut values = Vec::new();
    for run in runs {
        let scenario = scenarios.iter().find(|s| s.name == run.scenario);
        let scenario = scenario.ok_or_else(|| {
            InputError::new(
                "a run names an unknown scenario",
                "this is our bug, please report it",
            )
        })?;
        values.push(reports::json::run_json(run, &world(&run.design, scenario)?));
    }
    let value = match values.len() {
        1 => values.remove(0),
        _ => Value::Array(values),
    };
    Ok(format!("{value:#}\n"))
}
