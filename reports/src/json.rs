//! Runs as JSON: the contract of the command line with programs.

use model::steps::STEPS;
use model::world::World;
use properties::waived::{By, Waived};
use properties::{Counterexample, Outcome, Run};
use serde_json::{Value, json};

use crate::endings::{headline, ordered, slot_words};
use crate::narrate;

/// A run.
#[must_use]
pub fn run_json(run: &Run, w: &World) -> Value {
    let verdicts: Vec<Value> = run
        .verdicts
        .iter()
        .map(|v| {
            let counterexample = match (&v.counterexample, v.outcome) {
                (Some(c), Outcome::Violated) => {
                    json!({ "steps": steps(c, w), "loop_from": c.loop_from })
                }
                _ => Value::Null,
            };
            let mut value = json!({
                "property": v.property,
                "verdict": v.outcome.name(),
                "states_unique": run.states_unique,
                "depth": run.depth,
                "frontier_empty": run.frontier_empty,
                "symmetry": run.symmetry,
                "partial_order": run.partial_order,
                "counterexample": counterexample,
            });
            add_waived(&mut value, &v.waived, "endings");
            value
        })
        .collect();
    let taken = STEPS
        .iter()
        .zip(&run.coverage.taken)
        .map(|(s, n)| (s.name.to_owned(), json!(n)));
    let unfinished =
        crate::unfinished::value(run.unfinished, run.states_unique, run.frontier_empty);
    json!({
        "design": run.design,
        "scenario": run.scenario,
        "verdicts": verdicts,
        "transitions": run.transitions,
        "coverage": taken.collect::<serde_json::Map<_, _>>(),
        "faults_unused": run.faults_unused,
        "unfinished": unfinished,
        "endings": run.endings.len(),
        "seconds": run.seconds,
    })
}

/// Adds to a verdict what was waived, if anything was: in how many endings, or walks.
pub(crate) fn add_waived(verdict: &mut Value, waived: &Waived, unit: &str) {
    if !waived.is_empty() {
        let one = |(by, n): (By, u64)| json!({ "by": by.name(), unit: n });
        verdict["waived"] = waived.iter().map(one).collect();
    }
}

/// The endings of a run, each with its shortest story.
#[must_use]
pub fn endings_json(run: &Run, w: &World) -> Value {
    let endings: Vec<Value> = ordered(&run.endings)
        .into_iter()
        .map(|(ending, story)| {
            let slots = ending.slots.iter().enumerate();
            let slots: Vec<String> = slots
                .filter_map(|(i, s)| s.map(|s| slot_words(&s, i, w)))
                .collect();
            json!({
                "postmaster_exit": ending.postmaster_exit,
                "control": crate::names::control(ending.control),
                "clean": ending.is_clean(),
                "text": headline(ending, w),
                "slots": slots,
                "steps": story.as_ref().map(|c| steps(c, w)),
            })
        })
        .collect();
    json!({
        "design": run.design,
        "scenario": run.scenario,
        "states_unique": run.states_unique,
        "frontier_empty": run.frontier_empty,
        "symmetry": run.symmetry,
        "partial_order": run.partial_order,
        "endings": endings,
    })
}

pub(crate) fn steps(c: &Counterexample, w: &World) -> Vec<Value> {
    let mut before = c.initial;
    let mut out = Vec::new();
    for (step, after) in &c.steps {
        let told = narrate::describe(w, &before, *step, after);
        out.push(json!({
            "actor": told.actor,
            "step": step.kind.name(),
            "source": told.source,
            "text": told.text,
        }));
        before = *after;
    }
    out
}
