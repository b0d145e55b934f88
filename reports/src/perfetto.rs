//! A shutdown in Chrome's trace event format, which opens in Perfetto's UI: a track for each
//! process, a slice for each step, arrows for signals and messages.
//!
//! *Shape*: `{"traceEvents": […], "displayTimeUnit": "ms", "otherData": {…}}`. First names (`ph`
//! `M`), then slices (`X`) and the two ends of arrows (`s`, `f`), in the order of `ts`.
//!
//! *Units*: microseconds. A story of the model has no time: its step n is at n milliseconds.

use std::collections::BTreeMap;

use model::world::World;
use properties::Counterexample;
use serde_json::{Value, json};

use crate::lanes::receivers;
use crate::part_story::Line;
use crate::{names, narrate};

/// Microseconds of a step in a story.
const STEP_US: f64 = 1000.0;

/// Microseconds that a recorded event is shown at most.
const EVENT_US: f64 = 50.0;

/// Something that one process did.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The process.
    pub track: String,
    /// What, in a word or two.
    pub name: String,
    /// Further facts, each with its name.
    pub facts: Vec<(&'static str, String)>,
    /// When, in microseconds from any beginning.
    pub at_us: f64,
    /// How long at most; less if the process does something else before.
    pub dur_us: f64,
    /// To whom it sends something: an arrow goes to the next row of that process.
    pub to: Vec<String>,
}

/// The rows of a story of the stop of one server.
#[must_use]
pub fn story(w: &World, counterexample: &Counterexample) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut before = counterexample.initial;
    let mut pm_state = (names::pm_state(before.postmaster.pm_state), 0.0);
    for (n, (step, after)) in counterexample.steps.iter().enumerate() {
        let told = narrate::describe(w, &before, *step, after);
        let to = receivers(&before, after, *step).into_iter();
        let at_us = at(n);
        rows.push(Row {
            track: told.actor,
            name: told.function.to_owned(),
            facts: vec![
                ("step", (n + 1).to_string()),
                ("source", told.source),
                ("what", told.text),
            ],
            at_us,
            dur_us: STEP_US,
            to: to.map(|actor| names::actor(w, actor)).collect(),
        });
        let now = names::pm_state(after.postmaster.pm_state);
        if now != pm_state.0 {
            rows.push(pm_state_row(pm_state, at_us));
            pm_state = (now, at_us);
        }
        before = *after;
    }
    rows.push(pm_state_row(pm_state, at(counterexample.steps.len())));
    rows
}

fn pm_state_row((name, from): (&str, f64), until: f64) -> Row {
    Row {
        track: "pmState".to_owned(),
        name: name.to_owned(),
        facts: Vec::new(),
        at_us: from,
        dur_us: until - from,
        to: Vec::new(),
    }
}

/// The rows of a story of another machine, by its lines.
#[must_use]
pub fn part(lines: &[Line]) -> Vec<Row> {
    lines
        .iter()
        .enumerate()
        .map(|(n, line)| Row {
            track: line.actor.clone(),
            name: line.function.to_owned(),
            facts: vec![
                ("step", (n + 1).to_string()),
                ("source", line.file.to_owned()),
                ("what", line.text.clone()),
            ],
            at_us: at(n),
            dur_us: STEP_US,
            to: Vec::new(),
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "steps are far fewer than 2^52")]
fn at(n: usize) -> f64 {
    n as f64 * STEP_US
}

/// A recorded event: when, in seconds; who; what; to whom it sends a signal.
#[must_use]
pub fn event(t: f64, actor: &str, name: &str, words: &str, line: usize, to: Vec<String>) -> Row {
    Row {
        track: actor.to_owned(),
        name: name.to_owned(),
        facts: vec![("line", line.to_string()), ("what", words.to_owned())],
        at_us: t * 1e6,
        dur_us: EVENT_US,
        to,
    }
}

/// A recorded state of the postmaster, from and until when, in seconds.
#[must_use]
pub fn pm_state(state: &str, from: f64, until: f64) -> Row {
    pm_state_row((state, from * 1e6), until * 1e6)
}

/// The first story of a JSON report, as [`crate::json::run_json`] writes it, and what it shows. It
/// does not say who signals whom: it has no arrows.
#[must_use]
pub fn report(value: &Value) -> (Vec<Row>, Vec<(&'static str, String)>) {
    let one = std::slice::from_ref(value);
    let runs = value.as_array().map_or(one, Vec::as_slice);
    let text = |of: &Value, key: &str| of[key].as_str().unwrap_or_default().to_owned();
    for run in runs {
        for verdict in run["verdicts"].as_array().into_iter().flatten() {
            let Some(steps) = verdict["counterexample"]["steps"].as_array() else {
                continue;
            };
            let row = |(n, step): (usize, &Value)| Row {
                track: text(step, "actor"),
                name: text(step, "step"),
                facts: vec![
                    ("step", (n + 1).to_string()),
                    ("source", text(step, "source")),
                    ("what", text(step, "text")),
                ],
                at_us: at(n),
                dur_us: STEP_US,
                to: Vec::new(),
            };
            let about = vec![
                ("property", text(verdict, "property")),
                ("design", text(run, "design")),
                ("scenario", text(run, "scenario")),
            ];
            return (steps.iter().enumerate().map(row).collect(), about);
        }
    }
    (Vec::new(), Vec::new())
}

/// The trace of these rows. `about` is what it shows.
#[must_use]
pub fn trace(rows: &[Row], about: &[(&str, &str)]) -> Value {
    let mut rows: Vec<&Row> = rows.iter().collect();
    rows.sort_by(|a, b| a.at_us.total_cmp(&b.at_us));
    let start = rows.first().map_or(0.0, |row| row.at_us);
    let mut tracks: Vec<&str> = Vec::new();
    for row in &rows {
        if !tracks.contains(&row.track.as_str()) {
            tracks.push(&row.track);
        }
    }
    let pid = |track: &str| tracks.iter().position(|t| *t == track).map(|n| n + 1);
    let mut events = Vec::new();
    for (n, track) in tracks.iter().enumerate() {
        for (name, args) in [
            ("process_name", json!({ "name": track })),
            ("process_sort_index", json!({ "sort_index": n })),
            ("thread_name", json!({ "name": track })),
        ] {
            let pid = n + 1;
            events.push(json!({ "ph": "M", "name": name, "pid": pid, "tid": pid, "args": args }));
        }
    }
    let mut timed: Vec<(f64, Value)> = Vec::new();
    let mut arrows = 0;
    let next = next_rows(&rows);
    for (n, row) in rows.iter().enumerate() {
        let Some(id) = pid(&row.track) else { continue };
        let ts = row.at_us - start;
        let gap = next(n, &row.track).map_or(row.dur_us, |m| rows[m].at_us - row.at_us);
        let facts = row.facts.iter();
        let facts: BTreeMap<&str, &str> = facts.map(|(k, v)| (*k, v.as_str())).collect();
        timed.push((
            ts,
            json!({ "ph": "X", "cat": "step", "name": row.name, "ts": ts,
                    "dur": gap.min(row.dur_us), "pid": id, "tid": id, "args": facts }),
        ));
        for to in &row.to {
            let (Some(receiver), Some(other)) = (next(n, to), pid(to)) else {
                continue;
            };
            arrows += 1;
            let end = rows[receiver].at_us - start;
            timed.push((ts, arrow("s", arrows, ts, id)));
            timed.push((end, arrow("f", arrows, end, other)));
        }
    }
    // Where they tie, a slice stands before the arrows that begin or end in it.
    let key = |event: &(f64, Value)| (event.0, event.1["ph"] != "X");
    timed.sort_by(|a, b| {
        let ((at, arrow), (other, other_arrow)) = (key(a), key(b));
        at.total_cmp(&other).then(arrow.cmp(&other_arrow))
    });
    events.extend(timed.into_iter().map(|(_, event)| event));
    let other: BTreeMap<&str, &str> = about.iter().copied().collect();
    json!({ "traceEvents": events, "displayTimeUnit": "ms", "otherData": other })
}

fn arrow(ph: &str, id: u64, ts: f64, pid: usize) -> Value {
    let mut event = json!({ "ph": ph, "cat": "sends", "name": "sends", "id": id, "ts": ts,
                            "pid": pid, "tid": pid });
    if ph == "f"
        && let Some(fields) = event.as_object_mut()
    {
        // It ends in the slice that is there, not in the next one.
        fields.insert("bp".to_owned(), json!("e"));
    }
    event
}

/// Finds the next row of a process behind a row.
fn next_rows<'a>(rows: &[&'a Row]) -> impl Fn(usize, &str) -> Option<usize> + use<'a> {
    let mut of: BTreeMap<&'a str, Vec<usize>> = BTreeMap::new();
    for (n, row) in rows.iter().enumerate() {
        of.entry(row.track.as_str()).or_default().push(n);
    }
    move |n, track| {
        let places = of.get(track)?;
        places.get(places.partition_point(|&m| m <= n)).copied()
    }
}
