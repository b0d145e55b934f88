//! Many runs at a glance: a property over several scenarios, a matrix of properties and designs.

use std::fmt::Write as _;

use properties::waived::Waived;
use properties::{Outcome, PROPERTIES, Run};

/// One property over several runs of one design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overall {
    /// Violated before inconclusive before holds before vacuous.
    pub outcome: Outcome,
    /// Scenarios in which it is violated, with the length of the shortest story, shortest first.
    pub violated_in: Vec<(usize, String)>,
    /// Number of scenarios in which its premise was met.
    pub concerned: usize,
    /// Endings of all scenarios that do not keep it and are excused.
    pub waived: Waived,
    /// There may be more of them: a search did not come to its end.
    pub at_least: bool,
}

/// The property `id` over `runs`.
#[must_use]
pub fn overall(id: &str, runs: &[&Run]) -> Overall {
    let verdicts = runs.iter().filter_map(|run| {
        run.verdicts
            .iter()
            .find(|v| v.property == id)
            .map(|v| (*run, v))
    });
    let verdicts: Vec<_> = verdicts.collect();
    let any = |outcome| verdicts.iter().any(|(_, v)| v.outcome == outcome);
    let order = [Outcome::Violated, Outcome::Inconclusive, Outcome::Holds];
    let mut violated_in: Vec<(usize, String)> = verdicts
        .iter()
        .filter(|(_, v)| v.outcome == Outcome::Violated)
        .map(|(run, v)| {
            let steps = v.counterexample.as_ref().map_or(0, |c| c.steps.len());
            (steps, run.scenario.clone())
        })
        .collect();
    violated_in.sort();
    Overall {
        outcome: order
            .into_iter()
            .find(|&o| any(o))
            .unwrap_or(Outcome::Vacuous),
        violated_in,
        concerned: verdicts
            .iter()
            .filter(|(_, v)| v.outcome != Outcome::Vacuous)
            .count(),
        at_least: verdicts.iter().any(|(run, _)| !run.frontier_empty),
        waived: verdicts.iter().fold(Waived::default(), |mut sum, (_, v)| {
            sum.merge(v.waived);
            sum
        }),
    }
}

/// `9 scenarios`
fn scenarios(n: usize) -> String {
    let ending = if n == 1 { "" } else { "s" };
    format!("{n} scenario{ending}")
}

impl Overall {
    /// What excuses the endings that do not keep the promise, behind `before`; empty if there are
    /// none.
    fn excused(&self, before: &str) -> String {
        if self.waived.is_empty() {
            return String::new();
        }
        let at_least = if self.at_least { "at least " } else { "" };
        format!("{before}{at_least}{}", self.waived.words("endings"))
    }
}

/// `id: holds (9 scenarios)`, or where it is violated; then what is excused.
#[must_use]
pub fn line(id: &str, runs: &[&Run]) -> String {
    let all = overall(id, runs);
    match all.outcome {
        Outcome::Violated => {
            let places: Vec<String> = all
                .violated_in
                .iter()
                .map(|(steps, scenario)| format!("{scenario} ({steps} steps)"))
                .collect();
            format!(
                "{id}: VIOLATED in {} of {}:\n      {}{}",
                all.violated_in.len(),
                scenarios(all.concerned),
                places.join(", "),
                all.excused("\n      ")
            )
        }
        Outcome::Holds => format!(
            "{id}: holds ({}){}",
            scenarios(all.concerned),
            all.excused("; ")
        ),
        Outcome::Inconclusive => format!("{id}: inconclusive: a search did not come to its end"),
        Outcome::Vacuous => {
            let why = "no scenario met its premise";
            format!("{id}: vacuous: {why}{}", all.excused("; "))
        }
    }
}

/// Properties that `other` violates and `base` does not, each with the scenarios in which it does
/// so anew, in the order of the table.
#[must_use]
pub fn newly_broken(base: &[&Run], other: &[&Run]) -> Vec<(&'static str, Vec<(usize, String)>)> {
    let broken_in = |runs: &[&Run], id: &str| overall(id, runs).violated_in;
    let anew = PROPERTIES.iter().map(|p| {
        let before = broken_in(base, p.id);
        let mut now = broken_in(other, p.id);
        now.retain(|(_, scenario)| !before.iter().any(|(_, s)| s == scenario));
        (p.id, now)
    });
    anew.filter(|(_, places)| !places.is_empty()).collect()
}

/// What is broken anew, a line each, indented by `indent`; or that nothing is.
#[must_use]
pub fn consequence(broken: &[(&str, Vec<(usize, String)>)], indent: usize, width: usize) -> String {
    if broken.is_empty() {
        return "nothing in these scenarios".to_owned();
    }
    let pad = " ".repeat(indent);
    let lines: Vec<String> = broken
        .iter()
        .map(|(id, places)| {
            let shortest = places.first().map_or(String::new(), |(steps, scenario)| {
                let more = match places.len() {
                    0 | 1 => String::new(),
                    n => format!(" and {} more", n - 1),
                };
                format!(" in {scenario} ({steps} steps){more}")
            });
            let whole = format!("{id}{shortest}");
            if indent + whole.chars().count() > width {
                (*id).to_owned()
            } else {
                whole
            }
        })
        .collect();
    lines.join(&format!("\n{pad}"))
}

/// Properties down, designs across; a violated cell shows in how many scenarios. `columns` are a
/// heading and the runs of that design.
#[must_use]
pub fn matrix(columns: &[(String, Vec<&Run>)]) -> String {
    let first = PROPERTIES.iter().map(|p| p.id.len()).max().unwrap_or(0);
    let cells: Vec<Vec<String>> = PROPERTIES
        .iter()
        .map(|p| {
            columns
                .iter()
                .map(|(_, runs)| cell(&overall(p.id, runs)))
                .collect()
        })
        .collect();
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(i, (heading, _))| {
            let widest = cells
                .iter()
                .map(|row| row[i].chars().count())
                .max()
                .unwrap_or(0);
            widest.max(heading.chars().count())
        })
        .collect();
    let mut text = format!("  {:first$}", "");
    for ((heading, _), width) in columns.iter().zip(&widths) {
        let _ = write!(text, "  {heading:<width$}");
    }
    text = text.trim_end().to_owned() + "\n";
    for (p, row) in PROPERTIES.iter().zip(&cells) {
        let _ = write!(text, "  {:<first$}", p.id);
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(text, "  {cell:<width$}");
        }
        text = text.trim_end().to_owned() + "\n";
    }
    text
}

fn cell(all: &Overall) -> String {
    match all.outcome {
        Outcome::Violated => {
            format!("NO {}/{}", all.violated_in.len(), all.concerned)
        }
        Outcome::Holds if !all.waived.is_empty() => "holds*".to_owned(),
        Outcome::Holds => "holds".to_owned(),
        Outcome::Inconclusive => "?".to_owned(),
        Outcome::Vacuous if !all.waived.is_empty() => "-*".to_owned(),
        Outcome::Vacuous => "-".to_owned(),
    }
}

/// What the cells of [`matrix`] mean.
pub const MATRIX_LEGEND: &str = "  NO m/n: violated in m of the n scenarios that concern it; \
                                 holds: in all of them;\n  -: no scenario met its premise; ?: a \
                                 search did not come to its end;\n  *: but for endings that a \
                                 fault excuses (`verify` says how many, and by what).\n";
