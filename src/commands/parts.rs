//! Runs on whichever machine a built-in scenario is of, told without the types of that machine.

use model::world::World;
use properties::{Judged, Outcome as Found, Property, Run};
use reports::part_story;
use reports::parts::{PartRun, PartVerdict};
use sim::bench::{Bench, on_bench};
use sim::checker::{self, Options};

use super::search;
use crate::cli::{Cli, EngineName};
use crate::input::{self, InputError};

/// Whether `scenario` is one of a machine beside the stop of one server.
pub(super) fn is_part(scenario: &str) -> bool {
    sim::parts::all().iter().any(|(name, _)| *name == scenario)
}

/// Runs `design` in the built-in scenario `scenario`; judges the properties of these ids, all if
/// there are none.
pub(super) fn run(
    cli: &Cli,
    design: &str,
    scenario: &str,
    ids: &[&str],
) -> Result<PartRun, InputError> {
    if cli.common.engine == EngineName::Stateright {
        return Err(InputError::new(
            "stateright does not know every machine",
            "leave `--engine` out: it is the reference in scenarios of the stop only",
        ));
    }
    let mut telling = Telling {
        cli,
        design,
        scenario,
    };
    let parsed = input::design(design)?;
    on_bench(parsed, scenario, ids, &mut telling).map_err(|error| {
        InputError::new(
            &error,
            "`shutcheck list scenarios` and `list properties` show what there is",
        )
    })?
}

/// Explores and tells the stories.
struct Telling<'a> {
    cli: &'a Cli,
    design: &'a str,
    scenario: &'a str,
}

impl Bench for Telling<'_> {
    type Out = Result<PartRun, InputError>;

    fn stop(&mut self, world: &World, properties: &[&'static Property]) -> Self::Out {
        let run = self.explore(world, properties);
        let scenarios = [input::scenario(self.scenario)?];
        let mut told = part_run(&run);
        for verdict in &mut told.verdicts {
            if verdict.outcome == Found::Violated {
                verdict.story = Some(super::verify::tell(&run, verdict.property, &scenarios)?);
            }
        }
        Ok(told)
    }

    fn part<M: Judged>(&mut self, machine: &M, properties: &[&'static Property<M>]) -> Self::Out {
        let run = self.explore(machine, properties);
        let mut told = part_run(&run);
        let style = search::style();
        for ((verdict, found), property) in
            told.verdicts.iter_mut().zip(&run.verdicts).zip(properties)
        {
            if let Some(counterexample) = &found.counterexample {
                verdict.story = Some(part_story::story(machine, property, counterexample, style));
                verdict.lines = part_story::lines(machine, counterexample);
            }
        }
        Ok(told)
    }
}

impl Telling<'_> {
    fn explore<M: Judged>(&self, machine: &M, properties: &[&'static Property<M>]) -> Run<M> {
        let options = Options {
            transitions_max: self.cli.common.transitions_max(),
            seconds_max: self.cli.common.seconds_max(),
            ..Options::default()
        };
        let names = (self.design, self.scenario);
        checker::explore(names, machine, properties, options, &mut |_| {})
    }
}

fn part_run<M: Judged>(run: &Run<M>) -> PartRun {
    let verdicts = run.verdicts.iter().map(|v| PartVerdict {
        property: v.property,
        outcome: v.outcome,
        waived: v.waived,
        steps: v.counterexample.as_ref().map(|c| c.steps.len()),
        loop_from: v.counterexample.as_ref().and_then(|c| c.loop_from),
        lines: Vec::new(),
        story: None,
    });
    PartRun {
        design: run.design.clone(),
        scenario: run.scenario.clone(),
        states: run.states_unique,
        transitions: run.transitions,
        depth: run.depth,
        frontier_empty: run.frontier_empty,
        unfinished: run.unfinished,
        seconds: run.seconds,
        verdicts: verdicts.collect(),
    }
}
