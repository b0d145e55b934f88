//! `verify`: one design, a verdict for each property, a shortest story for each violation.

use std::path::Path;

use properties::{Outcome as Verdicted, Run, property};
use reports::story::{StoryHeader, story};
use reports::{coverage, lanes, perfetto};
use sim::scenario_file::Named;

use super::{Outcome, cluster, parts, picture, saved, search};
use crate::cli::{Cli, EngineName, Keeping, Selection};
use crate::exit::{self, Code};
use crate::input::{self, InputError};

/// What to show beside the verdicts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Show<'a> {
    /// All stories, not one for each property.
    pub(super) stories: bool,
    /// Coverage of steps.
    pub(super) coverage: bool,
    /// Where the first story goes as a picture.
    pub(super) perfetto: Option<&'a Path>,
}

/// What to judge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// The design; empty where a search is resumed.
    pub(super) design: &'a str,
    /// Scenarios and properties.
    pub(super) selection: &'a Selection,
    /// Whether the search is on disk.
    pub(super) keeping: &'a Keeping,
    /// Options of timely dataflow.
    pub(super) timely: &'a [String],
}

/// Runs the command.
pub(super) fn run(cli: &Cli, asked: Asked<'_>, report: Option<&Path>, show: Show<'_>) -> Outcome {
    let Asked {
        design,
        selection,
        keeping,
        timely,
    } = asked;
    if !timely.is_empty() && cli.common.engine != EngineName::Timely {
        return Err(InputError::new(
            "options after `--` are for `--engine timely`",
            "add `--engine timely`, or leave them out",
        ));
    }
    if selection.scenarios.iter().any(|name| parts::is_part(name)) {
        if report.is_some() || show.coverage {
            return Err(InputError::new(
                "`--report` and `--coverage` know the stop of one server only",
                "leave them out or name scenarios of the stop; `--format json` has the stories",
            ));
        }
        return around(cli, design, selection, show);
    }
    let (runs, scenarios) = if let Some(directory) = &keeping.resume {
        saved::resume(cli, directory)?
    } else {
        let scenarios = input::selected_scenarios(selection)?;
        let properties = input::selected_properties(selection)?;
        let designs = [design.to_owned()];
        let runs = if let Some(directory) = &keeping.checkpoint {
            saved::begin(cli, keeping, directory, design, &scenarios, &properties)?
        } else if timely.is_empty() {
            search::all(cli, &designs, &scenarios, &properties, false)?
        } else {
            let jobs = search::jobs(&designs, &scenarios, &properties)?;
            match cluster::run(cli, &jobs, timely)? {
                Some(runs) => runs,
                // The first process tells it.
                None => return Ok((String::new(), Code::Holds)),
            }
        };
        (runs, scenarios)
    };
    let code = exit::of_runs(&runs);
    if let Some(directory) = report {
        write_report(directory, &runs, &scenarios)?;
    }
    if let Some(path) = show.perfetto {
        draw(path, &runs, &scenarios)?;
    }
    if search::is_json(cli) {
        return Ok((search::json(&runs, &scenarios)?, code));
    }
    let style = search::style();
    let mut text = reports::tables::verdict_table(&runs, style);
    text += &coverage::unused_faults(&runs);
    for (run, id) in to_tell(&runs, show.stories) {
        text += "\n";
        text += &tell(run, id, &scenarios)?;
    }
    if show.coverage {
        text += "\n";
        text += &coverage::coverage(&runs, style);
    }
    Ok((text, code))
}

/// Scenarios of the machines beside the stop of one server.
fn around(cli: &Cli, design: &str, selection: &Selection, show: Show<'_>) -> Outcome {
    let ids: Vec<&str> = selection.properties.iter().map(String::as_str).collect();
    let names = selection.scenarios.iter();
    let runs = names.map(|name| parts::run(cli, design, name, &ids));
    let runs = runs.collect::<Result<Vec<_>, _>>()?;
    let outcomes = runs.iter().flat_map(|run| &run.verdicts).map(|v| v.outcome);
    let code = exit::of_outcomes(outcomes);
    if let Some(path) = show.perfetto {
        let told = runs
            .iter()
            .flat_map(|run| run.verdicts.iter().map(move |v| (run, v)));
        let first = told.into_iter().find(|(_, v)| !v.lines.is_empty());
        let (rows, property, scenario) = first.map_or((Vec::new(), "", ""), |(run, v)| {
            (perfetto::part(&v.lines), v.property, run.scenario.as_str())
        });
        let about = [
            ("property", property),
            ("design", design),
            ("scenario", scenario),
        ];
        picture::write(path, &rows, &about)?;
    }
    if search::is_json(cli) {
        let mut values: Vec<_> = runs.iter().map(reports::parts::json).collect();
        let value = match values.len() {
            1 => values.remove(0),
            _ => serde_json::Value::Array(values),
        };
        return Ok((format!("{value:#}\n"), code));
    }
    let text = reports::parts::text(&runs, show.stories, search::style());
    Ok((text, code))
}

/// The violations to tell: all, or of each property the one with the shortest story.
fn to_tell(runs: &[Run], all: bool) -> Vec<(&Run, &'static str)> {
    let length = |run: &Run, id: &str| {
        let verdict = run.verdicts.iter().find(|v| v.property == id)?;
        (verdict.outcome == Verdicted::Violated)
            .then(|| verdict.counterexample.as_ref().map_or(0, |c| c.steps.len()))
    };
    let mut told = Vec::new();
    for p in properties::PROPERTIES {
        let violated: Vec<_> = runs
            .iter()
            .filter_map(|run| Some((length(run, p.id)?, run)))
            .collect();
        if all {
            told.extend(violated.iter().map(|(_, run)| (*run, p.id)));
        } else if let Some((_, run)) = violated.iter().min_by_key(|(n, _)| *n) {
            told.push((*run, p.id));
        }
    }
    told
}

/// Draws the first story that is told.
fn draw(path: &Path, runs: &[Run], scenarios: &[Named]) -> Result<(), InputError> {
    let told = to_tell(runs, false).into_iter().find_map(|(run, id)| {
        let verdict = run.verdicts.iter().find(|v| v.property == id)?;
        let scenario = scenarios.iter().find(|s| s.name == run.scenario)?;
        Some((run, id, verdict.counterexample.as_ref()?, scenario))
    });
    let Some((run, id, counterexample, scenario)) = told else {
        return picture::write(path, &[], &[]);
    };
    let world = search::world(&run.design, scenario)?;
    let about = [
        ("property", id),
        ("design", run.design.as_str()),
        ("scenario", run.scenario.as_str()),
    ];
    picture::story(path, &world, counterexample, &about)
}

/// The story of a violated property, with its lanes.
pub(super) fn tell(run: &Run, id: &str, scenarios: &[Named]) -> Result<String, InputError> {
    let verdict = run.verdicts.iter().find(|v| v.property == id);
    let counterexample = verdict.and_then(|v| v.counterexample.as_ref());
    let scenario = scenarios.iter().find(|s| s.name == run.scenario);
    let (Some(property), Some(counterexample), Some(scenario)) =
        (property(id), counterexample, scenario)
    else {
        return Ok(String::new());
    };
    let world = search::world(&run.design, scenario)?;
    let header = StoryHeader {
        design: run.design.clone(),
        scenario: run.scenario.clone(),
        states_unique: run.states_unique,
        depth: run.depth,
        frontier_empty: run.frontier_empty,
        partial_order: run.partial_order,
    };
    let style = search::style();
    let told = story(&world, property, counterexample, &header, style);
    Ok(format!(
        "{told}\n{}",
        lanes::lanes(&world, counterexample, style)
    ))
}

/// A JSON file for each run and a text file for each story.
fn write_report(directory: &Path, runs: &[Run], scenarios: &[Named]) -> Result<(), InputError> {
    let write = |name: String, text: String| {
        let path = directory.join(name);
        std::fs::write(&path, text).map_err(|error| {
            InputError::new(
                &format!("cannot write `{}`: {error}", path.display()),
                "give a directory that can be written",
            )
        })
    };
    std::fs::create_dir_all(directory).map_err(|error| {
        InputError::new(
            &format!("cannot create `{}`: {error}", directory.display()),
            "give a directory that can be written",
        )
    })?;
    for run in runs {
        let one = std::slice::from_ref(run);
        let stem = format!("{}--{}", run.design, run.scenario);
        write(format!("{stem}.json"), search::json(one, scenarios)?)?;
        for verdict in run
            .verdicts
            .iter()
            .filter(|v| v.outcome == Verdicted::Violated)
        {
            let told = tell(run, verdict.property, scenarios)?;
            write(format!("{stem}--{}.txt", verdict.property), told)?;
        }
    }
    Ok(())
}
