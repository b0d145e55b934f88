//! The real cases beside what the model says of them.

use std::fmt::Write as _;

use properties::Outcome;
use serde_json::{Value, json};

use crate::Style;
use crate::text::{alarm, bold, cut, hang};

/// One trial and what came out.
#[derive(Clone, Debug)]
pub struct Row {
    /// `before`, `after`, `control: …`.
    pub label: String,
    /// The design.
    pub design: String,
    /// The scenario.
    pub scenario: String,
    /// The property.
    pub property: String,
    /// What history says; `None` where nothing is recorded.
    pub expect: Option<Outcome>,
    /// What was found.
    pub found: Outcome,
    /// Unique states.
    pub states: u64,
    /// Seconds.
    pub seconds: f64,
    /// Steps of the shortest story.
    pub steps: Option<usize>,
    /// The story.
    pub story: Option<String>,
}

impl Row {
    /// Whether it is as recorded.
    #[must_use]
    pub fn as_recorded(&self) -> bool {
        self.expect.is_none_or(|expect| expect == self.found)
    }
}

/// One case.
#[derive(Clone, Debug)]
pub struct CaseRows {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Commits and mails.
    pub source: String,
    /// Where we read differently.
    pub note: String,
    /// Its trials.
    pub rows: Vec<Row>,
}

/// The table of all cases; the result comes first.
#[must_use]
pub fn table(cases: &[CaseRows], left_out: usize, style: Style) -> String {
    let rows = || cases.iter().flat_map(|c| &c.rows);
    let wrong = rows().filter(|r| !r.as_recorded()).count();
    let seconds: f64 = rows().map(|r| r.seconds).sum();
    let states: u64 = rows().map(|r| r.states).sum();
    let verdict = match wrong {
        0 => "all as recorded".to_owned(),
        n => alarm(&format!("{n} not as recorded"), style),
    };
    let mut text = format!(
        "{} cases, {} trials: {verdict}; {left_out} left out (`shutcheck list history`); {states} \
         states, {seconds:.1} s\n",
        cases.len(),
        rows().count(),
    );
    let _ = writeln!(
        text,
        "\n  {:<29} {:<9} {:>5} {:>8} {:>7}  property",
        "trial", "verdict", "steps", "states", "seconds"
    );
    for case in cases {
        let title = format!("{:<5} {} ({})", case.id, case.title, case.source);
        let _ = writeln!(text, "{}", bold(&cut(&title, style.width), style));
        for row in &case.rows {
            let _ = writeln!(text, "  {}", line(row, style));
        }
    }
    text
}

fn line(row: &Row, style: Style) -> String {
    let steps = row.steps.map_or(String::new(), |n| n.to_string());
    let text = format!(
        "{:<29} {:<9} {steps:>5} {:>8} {:>7.2}  {}",
        cut(&row.label, 29),
        row.found.name(),
        row.states,
        row.seconds,
        row.property
    );
    match row.expect {
        Some(expect) if !row.as_recorded() => {
            let wanted = format!("{text}\n    !! recorded: {}", expect.name());
            alarm(&wanted, style)
        }
        Some(_) | None => text,
    }
}

/// One case in full: its trials with designs and scenarios, what we read differently, its stories.
#[must_use]
pub fn case(case: &CaseRows, style: Style) -> String {
    let mut text = bold(&format!("{} {}", case.id, case.title), style);
    let _ = writeln!(text, "\n  from {}", hang(&case.source, 7, style));
    if !case.note.is_empty() {
        let _ = writeln!(text, "  note {}", hang(&case.note, 7, style));
    }
    for row in &case.rows {
        let _ = writeln!(text, "\n  {}", line(row, style));
        let command = format!(
            "shutcheck verify {} --scenario {} --property {}",
            row.design, row.scenario, row.property
        );
        let _ = writeln!(text, "      {}", hang(&command, 8, style));
    }
    for row in &case.rows {
        if let Some(story) = &row.story {
            let _ = writeln!(text, "\n== {}: {} ==\n\n{story}", case.id, row.label);
        }
    }
    text
}

/// The table for programs.
#[must_use]
pub fn json(cases: &[CaseRows]) -> Value {
    let row = |r: &Row| {
        json!({
            "label": r.label,
            "design": r.design,
            "scenario": r.scenario,
            "property": r.property,
            "recorded": r.expect.map(Outcome::name),
            "verdict": r.found.name(),
            "as_recorded": r.as_recorded(),
            "states_unique": r.states,
            "seconds": r.seconds,
            "story_steps": r.steps,
        })
    };
    let case = |c: &CaseRows| {
        json!({
            "case": c.id,
            "title": c.title,
            "source": c.source,
            "note": c.note,
            "trials": c.rows.iter().map(row).collect::<Vec<_>>(),
        })
    };
    Value::Array(cases.iter().map(case).collect())
}
