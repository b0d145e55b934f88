//! `history`: the real cases, each design in its scenario, beside what history said.

use properties::Outcome as Found;
use reports::history::{CaseRows, Row};
use sim::history::{Case, Trial, groups};

use super::{Outcome, parts, search};
use crate::cli::Cli;
use crate::exit::Code;
use crate::input::InputError;

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
    let ours = |error: &str| {
        InputError::new(
            &format!("a case is wrong: {error}"),
            "this is our bug, please report it",
        )
    };
    let asked = [trial.property];
    let mut runs = parts::run(cli, trial.design, trial.scenario, &asked)?;
    let verdict = runs.verdicts.pop().ok_or_else(|| ours("no verdict"))?;
    Ok(Row {
        label: trial.label.to_owned(),
        design: trial.design.to_owned(),
        scenario: trial.scenario.to_owned(),
        property: trial.property.to_owned(),
        expect: Some(trial.expect),
        found: verdict.outcome,
        states: runs.states,
        seconds: runs.seconds,
        steps: verdict.steps,
        story: verdict.story,
    })
}
