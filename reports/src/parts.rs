//! Runs of the machines beside the stop of one server, without the types of the machine.

use std::fmt::Write as _;

use properties::waived::Waived;
use properties::{Outcome, Unfinished};
use serde_json::{Value, json};

use crate::Style;
use crate::json::add_waived;
use crate::part_story::Line;
use crate::text::alarm;
use crate::unfinished;

/// What a run says.
#[derive(Clone, Debug)]
pub struct PartRun {
    /// The design.
    pub design: String,
    /// The scenario.
    pub scenario: String,
    /// Unique states.
    pub states: u64,
    /// Transitions.
    pub transitions: u64,
    /// Steps on the longest of the shortest ways.
    pub depth: u64,
    /// Whether every reachable state was expanded.
    pub frontier_empty: bool,
    /// Why it did not come to its end, if it did not.
    pub unfinished: Option<Unfinished>,
    /// Seconds.
    pub seconds: f64,
    /// What it says of each property.
    pub verdicts: Vec<PartVerdict>,
}

/// What a run says of one property.
#[derive(Clone, Debug)]
pub struct PartVerdict {
    /// Its id.
    pub property: &'static str,
    /// What was found.
    pub outcome: Outcome,
    /// Endings that do not keep it and are excused.
    pub waived: Waived,
    /// Length of the shortest counterexample.
    pub steps: Option<usize>,
    /// Where its loop begins, if it is endless.
    pub loop_from: Option<usize>,
    /// Its steps.
    pub lines: Vec<Line>,
    /// Its story.
    pub story: Option<String>,
}

/// Each run with its verdicts, then the stories: of each property the shortest, or all.
#[must_use]
pub fn text(runs: &[PartRun], stories: bool, style: Style) -> String {
    let mut text = String::new();
    for run in runs {
        let search = if run.frontier_empty {
            "exhaustive"
        } else {
            "not finished"
        };
        let _ = writeln!(
            text,
            "  {} in {}: {} states, {} transitions, depth {}, {:.2} s, {search}",
            run.design, run.scenario, run.states, run.transitions, run.depth, run.seconds
        );
        for v in &run.verdicts {
            let line = match v.steps {
                Some(n) => alarm(&format!("{} ({n} steps)", v.outcome.name()), style),
                None if v.waived.is_empty() => v.outcome.name().to_owned(),
                None => format!("{}; {}", v.outcome.name(), v.waived.words("endings")),
            };
            let _ = writeln!(text, "      {:<40} {line}", v.property);
        }
        if let Some(why) = run.unfinished {
            let why = unfinished::reason(why, run.states, run.frontier_empty);
            let _ = writeln!(text, "      {why}");
        }
    }
    for verdict in to_tell(runs, stories) {
        if let Some(story) = &verdict.story {
            let _ = write!(text, "\n{story}");
        }
    }
    text
}

fn to_tell(runs: &[PartRun], all: bool) -> Vec<&PartVerdict> {
    let told = runs.iter().flat_map(|run| &run.verdicts);
    let mut told: Vec<&PartVerdict> = told.filter(|v| v.story.is_some()).collect();
    if !all {
        told.sort_by_key(|v| (v.property, v.steps));
        told.dedup_by_key(|v| v.property);
    }
    told
}

/// A run for programs: as of the stop of one server.
#[must_use]
pub fn json(run: &PartRun) -> Value {
    let step = |line: &Line| {
        json!({
            "actor": line.actor,
            "step": line.function,
            "source": line.file,
            "text": line.text,
        })
    };
    let verdict = |v: &PartVerdict| {
        let counterexample = match v.outcome {
            Outcome::Violated => json!({
                "steps": v.lines.iter().map(step).collect::<Vec<_>>(),
                "loop_from": v.loop_from,
            }),
            Outcome::Holds | Outcome::Inconclusive | Outcome::Vacuous => Value::Null,
        };
        let mut value = json!({
            "property": v.property,
            "verdict": v.outcome.name(),
            "states_unique": run.states,
            "depth": run.depth,
            "frontier_empty": run.frontier_empty,
            "counterexample": counterexample,
        });
        add_waived(&mut value, &v.waived, "endings");
        value
    };
    json!({
        "design": run.design,
        "scenario": run.scenario,
        "verdicts": run.verdicts.iter().map(verdict).collect::<Vec<_>>(),
        "transitions": run.transitions,
        "unfinished": unfinished::value(run.unfinished, run.states, run.frontier_empty),
        "seconds": run.seconds,
    })
}
