//! Lists, and the verdicts of one design.

use std::fmt::Write as _;

use model::design::Design;
use model::machine::Machine;
use model::steps::STEPS;
use model::switches::SWITCHES;
use properties::{Outcome, PROPERTIES, Property, Run};

use crate::text::{alarm, hang};
use crate::{Style, overview};

/// Verdicts of one design: a line for each property over all its scenarios, then a line for each
/// scenario.
#[must_use]
pub fn verdict_table(runs: &[Run], style: Style) -> String {
    let all: Vec<&Run> = runs.iter().collect();
    let asked = |id: &str| {
        runs.iter()
            .any(|r| r.verdicts.iter().any(|v| v.property == id))
    };
    let mut text = String::new();
    for p in PROPERTIES.iter().filter(|p| asked(p.id)) {
        let outcome = overview::overall(p.id, &all).outcome;
        let line = overview::line(p.id, &all);
        let line = if outcome == Outcome::Violated {
            alarm(&line, style)
        } else {
            line
        };
        let _ = writeln!(text, "  {line}");
    }
    text.push('\n');
    let widest = runs
        .iter()
        .map(|r| r.scenario.chars().count())
        .max()
        .unwrap_or(0)
        .max(8);
    let _ = writeln!(
        text,
        "  {:<widest$}  {:>10}  {:>11}  {:>5}  {:>8}  search",
        "scenario", "states", "transitions", "depth", "seconds"
    );
    for run in runs {
        let end = if run.frontier_empty {
            "exhaustive"
        } else {
            "NOT FINISHED"
        };
        let of = if run.symmetry { ", by symmetry" } else { "" };
        let _ = writeln!(
            text,
            "  {:<widest$}  {:>10}  {:>11}  {:>5}  {:>8.2}  {end}{of}",
            run.scenario, run.states_unique, run.transitions, run.depth, run.seconds
        );
    }
    if runs.iter().any(|run| run.partial_order) {
        text.push_str("\n  Partial order left out what no property asked for can tell apart.\n");
    }
    for run in runs {
        if let Some(why) = crate::unfinished::sentence(run) {
            let _ = writeln!(text, "\n  {} is not finished: {why}", run.scenario);
        }
    }
    text
}

/// Names with their meaning, wrapped.
#[must_use]
pub fn pairs(rows: &[(String, String)], style: Style) -> String {
    let widest = rows
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0)
        .min(40);
    let mut text = String::new();
    for (name, about) in rows {
        let _ = writeln!(text, "{name:<widest$}  {}", hang(about, widest + 2, style));
    }
    text
}

/// Each switch: values, commits, meaning.
#[must_use]
pub fn switch_rows() -> Vec<(String, String)> {
    let row = |s: &model::switches::Switch| {
        let values = if s.is_boolean() {
            String::new()
        } else {
            format!("[{}] ", s.values.join(" | "))
        };
        let sources: Vec<&str> = s.changes.iter().map(|c| c.source).collect();
        let from = if sources.is_empty() {
            String::new()
        } else {
            format!(" ({})", sources.join(", "))
        };
        (s.name.to_owned(), format!("{values}{}{from}", s.about))
    };
    SWITCHES.iter().map(row).collect()
}

/// Each property with its sentence: of the stop first, then of the machines around it.
#[must_use]
pub fn property_rows() -> Vec<(String, String)> {
    let mut rows = rows_of(PROPERTIES, "");
    rows.extend(rows_of(
        properties::slot_life::PROPERTIES,
        "a slot's life: ",
    ));
    let check = properties::upgrade_check::PROPERTIES;
    rows.extend(rows_of(check, "pg_upgrade's check: "));
    rows.extend(rows_of(properties::pair::PROPERTIES, "a pair of nodes: "));
    rows
}

fn rows_of<M: Machine>(table: &[Property<M>], machine: &str) -> Vec<(String, String)> {
    let row = |p: &Property<M>| {
        let claim = format!("{} ({}: {})", p.sentence, p.claim.kind(), p.premise);
        (p.id.to_owned(), format!("{machine}{claim}"))
    };
    table.iter().map(row).collect()
}

/// Each step with the C function that it models.
#[must_use]
pub fn step_rows() -> Vec<(String, String)> {
    STEPS
        .iter()
        .map(|s| (s.name.to_owned(), format!("{}, {}", s.function, s.file)))
        .collect()
}

/// What `after` has otherwise than `before`, in switches.
#[must_use]
pub fn design_difference(before: &Design, after: &Design) -> String {
    let changed = SWITCHES
        .iter()
        .filter(|s| s.value(before) != s.value(after))
        .map(|s| match (s.is_boolean(), s.value(after)) {
            (true, "on") => format!("+{}", s.name),
            (true, _) => format!("-{}", s.name),
            (false, value) => format!("+{}={value}", s.name),
        });
    let changed: Vec<String> = changed.collect();
    if changed.is_empty() {
        "no switch of this model".to_owned()
    } else {
        changed.join(" ")
    }
}
