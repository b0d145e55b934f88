//! `history`: the real cases, each design in its scenario, beside what history said.

use properties::{Judged, Outcome as Found, Property, Run};
use reports::Style;
use reports::history::{CaseRows, Row};
use sim::checker::{self, Options};
use sim::history::{Case, Trial};

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
            cases.push(judge(cli, &group, case, all)?);
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

/// Cases of one machine.
pub(super) struct Group {
    /// The cases.
    pub(super) cases: &'static [Case],
    /// Those that are left out.
    pub(super) left_out: &'static [sim::history::LeftOut],
    run: fn(&Cli, &Trial) -> Result<Row, InputError>,
}

/// All groups.
pub(super) fn groups() -> Vec<Group> {
    vec![
        Group {
            cases: sim::history::stop::CASES,
            left_out: &[],
            run: stop,
        },
        Group {
            cases: sim::history::drain::CASES,
            left_out: sim::history::drain::LEFT_OUT,
            run: stop,
        },
    ]
}

fn judge(cli: &Cli, group: &Group, case: &Case, all: bool) -> Result<CaseRows, InputError> {
    let mut rows = Vec::new();
    for trial in case.trials {
        rows.push((group.run)(cli, trial)?);
    }
    if all {
        let after = case.trials.iter().filter(|t| t.expect == Found::Holds);
        for (trial, release) in after.flat_map(|t| CARED_FOR.iter().map(move |r| (t, r))) {
            let elsewhere = Trial {
                design: release,
                ..*trial
            };
            let mut row = (group.run)(cli, &elsewhere)?;
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

/// A trial of the stop of one server.
fn stop(cli: &Cli, trial: &Trial) -> Result<Row, InputError> {
    let scenario = input::scenario(trial.scenario)?;
    let world = search::world(trial.design, &scenario)?;
    let scenarios = [scenario];
    row(cli, trial, &world, properties::PROPERTIES, &|run, _, _| {
        super::verify::tell(run, trial.property, &scenarios)
    })
}

/// How the story of a run is told.
type Teller<'a, M> = &'a dyn Fn(&Run<M>, &Property<M>, Style) -> Result<String, InputError>;

/// Runs `trial` on `machine`.
fn row<M: Judged>(
    cli: &Cli,
    trial: &Trial,
    machine: &M,
    properties: &'static [Property<M>],
    tell: Teller<'_, M>,
) -> Result<Row, InputError> {
    let property = properties
        .iter()
        .find(|p| p.id == trial.property)
        .ok_or_else(|| {
            InputError::new(
                &format!("a case names an unknown property `{}`", trial.property),
                "this is our bug, please report it",
            )
        })?;
    let options = Options {
        transitions_max: cli.common.transitions_max,
        seconds_max: cli.common.seconds_max,
        ..Options::default()
    };
    let names = (trial.design, trial.scenario);
    let run = checker::explore(names, machine, &[property], options, &mut |_| {});
    let verdict = &run.verdicts[0];
    let story = match &verdict.counterexample {
        Some(_) => Some(tell(&run, property, search::style())?),
        None => None,
    };
    Ok(Row {
        label: trial.label.to_owned(),
        design: trial.design.to_owned(),
        scenario: trial.scenario.to_owned(),
        property: trial.property.to_owned(),
        expect: Some(trial.expect),
        found: verdict.outcome,
        states: run.states_unique,
        seconds: run.seconds,
        steps: verdict.counterexample.as_ref().map(|c| c.steps.len()),
        story,
    })
}
