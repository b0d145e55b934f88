//! A property in full, and the counterexamples of a JSON report told again.

use std::fmt::Write as _;

use model::machine::Machine;
use properties::Property;
use serde_json::Value;

use crate::Style;
use crate::text::wrap;

/// A property: what it promises, when, who says so, why it matters, what breaks it.
#[must_use]
pub fn property<M: Machine>(p: &Property<M>, style: Style) -> String {
    let (design, scenario) = p.seeded_bug;
    let waived = "an ending that does not keep it and that the premise excuses is counted: \
                  `N endings waived by FAULT`";
    let mut parts = vec![
        ("promise", p.sentence.to_owned()),
        ("judged", format!("{}: {}", p.claim.kind(), p.premise)),
        ("matters", p.matters.to_owned()),
        ("source", p.source.to_owned()),
        (
            "fails in",
            format!("{design}, scenario {scenario} (a proof that it can fail)"),
        ),
        (
            "try",
            format!(
                "shutcheck verify {design} --scenario {scenario} --property {}",
                p.id
            ),
        ),
    ];
    if p.waived.is_some() {
        parts.insert(2, ("waived", waived.to_owned()));
    }
    let mut text = format!("{}\n", p.id);
    for (name, words) in parts {
        let wrapped = wrap(&words, style.width.saturating_sub(12));
        let _ = writeln!(text, "  {name:<9} {}", wrapped.join("\n            "));
    }
    text
}

/// The violated verdicts of a report (an object or an array of them), step by step.
///
/// # Errors
/// What is missing, where the value does not have a report's shape.
pub fn report(value: &Value, style: Style) -> Result<String, String> {
    let one = std::slice::from_ref(value);
    let runs = value.as_array().map_or(one, Vec::as_slice);
    let mut text = String::new();
    for run in runs {
        let design = string(run, "design")?;
        let scenario = string(run, "scenario")?;
        let verdicts = run.get("verdicts").and_then(Value::as_array);
        for verdict in verdicts.ok_or("a run without `verdicts`")? {
            let id = string(verdict, "property")?;
            let Some(steps) = verdict
                .pointer("/counterexample/steps")
                .and_then(Value::as_array)
            else {
                continue;
            };
            let _ = writeln!(text, "{id}: violated by {design} in {scenario}\n");
            for (n, step) in steps.iter().enumerate() {
                text += &told_step(n + 1, step, style)?;
            }
            text.push('\n');
        }
    }
    if text.is_empty() {
        text.push_str("no counterexample in this report: nothing is violated\n");
    }
    Ok(text)
}

fn told_step(n: usize, step: &Value, style: Style) -> Result<String, String> {
    let actor = string(step, "actor")?;
    let source = string(step, "source")?;
    let words = wrap(string(step, "text")?, style.width.saturating_sub(6)).join("\n      ");
    Ok(format!("{n:>4}. {actor} [{source}]\n      {words}\n"))
}

fn string<'a>(value: &'a Value, key: &str) -> Result<&'a str, String> {
    value
        .get(key)
        .and_then(Value::as_str)
        .ok_or_else(|| format!("no text under `{key}`"))
}
