//! `history`: the real cases, each design in its scenario, beside what history said.

use model::world::World;
use properties::{Judged, Outcome as Found, Property, Run};
use reports::history::{CaseRows, Row};
use reports::part_story;
use sim::checker::{self, Options};
use sim::history::bench::{Bench, on_bench};
use sim::history::{Case, Trial, groups};

use super::{Outcome, search};
use crate::cli::Cli;
use crate::exit::Code;
use crate::input::{self, InputError};

/// The releases that PostgreSQL cares for, and those to come.
const CARED_FOR: [&str; 5] = ["pg15", "pg16", "pg17", "pg18", "master"];

/// Runs the command.
pub(super) fn run(cli: &Cli, ids: &[String], all: bool) -> Outcome {
    for id in ids {
        if !groups().iter().any(|g| g.cases.iter().any(|c| c.id == id)) {
            return Err(unknown(id));
        }
    }
    let wanted = |case: &&Case| ids.is_empty() || ids.iter().any(|id| id == case.id);
    let mut cases = Vec::new();
    for group in groups() {
        for case in group.cases.iter().filter(wanted) {
            cases.push(judge(cli, case, all)?);
        }
    }
    let code = code(&cases);
    if search::is_json(cli) {
        return Ok((format!("{:#}\n", reports::history::json(&cases)), code));
    }
    let style = search::style();
    if ids.is_empty() {
        let left_out = groups().iter().map(|g| g.left_out.len()).sum();
        return Ok((reports::history::table(&cases, left_out, style), code));
    }
    let told: Vec<String> = cases
        .iter()
        .map(|case| reports::history::case(case, style))
        .collect();
    Ok((told.join("\n"), code))
}

fn unknown(id: &str) -> InputError {
    let left_out = groups().iter().flat_map(|g| g.left_out).find(|l| l.0 == id);
    match left_out {
        Some((_, why)) => InputError::new(
            &format!("case `{id}` is left out"),
            &format!("the reason: {why}"),
        ),
        None => InputError::new(
            &format!("unknown case `{id}`"),
            "`shutcheck list history` shows all",
        ),
    }
}

fn code(cases: &[CaseRows]) -> Code {
    let wrong: Vec<&Row> = cases
        .iter()
        .flat_map(|c| &c.rows)
        .filter(|r| !r.as_recorded())
        .collect();
    if wrong.iter().any(|r| r.found != Found::Inconclusive) {
        Code::Violated
    } else if wrong.is_empty() {
        Code::Holds
    } else {
        Code::Inconclusive
    }
}

fn judge(cli: &Cli, case: &Case, all: bool) -> Result<CaseRows, InputError> {
    let mut rows = Vec::new();
    for trial in case.trials {
        rows.push(row(cli, trial)?);
    }
    if all {
        let after = case.trials.iter().filter(|t| t.expect == Found::Holds);
        for (trial, release) in after.flat_map(|t| CARED_FOR.iter().map(move |r| (t, r))) {
            let elsewhere = Trial {
                design: release,
                ..*trial
            };
            let mut row = row(cli, &elsewhere)?;
            (row.label, row.expect) = (format!("in {release}"), None);
            if !rows.iter().any(|r| same(r, &row)) {
                rows.push(row);
            }
        }
    }
    Ok(CaseRows {
        id: case.id.to_owned(),
        title: case.title.to_owned(),
        source: case.source.to_owned(),
        note: case.note.to_owned(),
        rows,
    })
}

fn same(a: &Row, b: &Row) -> bool {
    (&a.design, &a.scenario, &a.property) == (&b.design, &b.scenario, &b.property)
}

/// Runs one trial on its machine.
fn row(cli: &Cli, trial: &Trial) -> Result<Row, InputError> {
    let mut telling = Telling { cli, trial };
    on_bench(trial, &mut telling).map_err(|error| {
        InputError::new(
            &format!("a case is wrong: {error}"),
            "this is our bug, please report it",
        )
    })?
}

/// Runs a trial and tells its story.
struct Telling<'a> {
    cli: &'a Cli,
    trial: &'a Trial,
}

impl Bench for Telling<'_> {
    type Out = Result<Row, InputError>;

    fn stop(&mut self, world: &World, property: &'static Property) -> Self::Out {
        let run = self.explore(world, property);
        let scenarios = [input::scenario(self.trial.scenario)?];
        let story = match run.verdicts[0].counterexample {
            Some(_) => Some(super::verify::tell(&run, property.id, &scenarios)?),
            None => None,
        };
        Ok(self.row(&run, story))
    }

    fn part<M: Judged>(&mut self, machine: &M, property: &'static Property<M>) -> Self::Out {
        let run = self.explore(machine, property);
        let story = run.verdicts[0]
            .counterexample
            .as_ref()
            .map(|c| part_story::story(machine, property, c, search::style()));
        Ok(self.row(&run, story))
    }
}

impl Telling<'_> {
    fn explore<M: Judged>(&self, machine: &M, property: &'static Property<M>) -> Run<M> {
        let options = Options {
            transitions_max: self.cli.common.transitions_max,
            seconds_max: self.cli.common.seconds_max,
            ..Options::default()
        };
        let names = (self.trial.design, self.trial.scenario);
        checker::explore(names, machine, &[property], options, &mut |_| {})
    }

    fn row<M: Judged>(&self, run: &Run<M>, story: Option<String>) -> Row {
        let verdict = &run.verdicts[0];
        Row {
            label: self.trial.label.to_owned(),
            design: self.trial.design.to_owned(),
            scenario: self.trial.scenario.to_owned(),
            property: self.trial.property.to_owned(),
            expect: Some(self.trial.expect),
            found: verdict.outcome,
            states: run.states_unique,
            seconds: run.seconds,
            steps: verdict.counterexample.as_ref().map(|c| c.steps.len()),
            story,
        }
    }
}
