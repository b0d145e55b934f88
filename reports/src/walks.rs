//! The screens of `simulate` and `replay`.

use std::fmt::Write as _;

use model::steps::STEPS;
use properties::walks::{Durations, Finding, Tally, Walks, Why};
use serde_json::{Value, json};

use crate::text::{alarm, bold, hang};
use crate::{Style, json, lanes, names, story};

/// Waits that are worth a line.
const WAITS_SHOWN: usize = 6;

/// Changes of the order that are told.
const SWAPS_SHOWN: usize = 3;

/// The whole screen.
#[must_use]
pub fn screen(walks: &Walks, style: Style) -> String {
    let mut text = head(walks, style);
    for tally in &walks.tallies {
        let line = verdict(walks, tally);
        let broken = finding(walks, tally).is_some();
        let line = if broken { alarm(&line, style) } else { line };
        let _ = writeln!(text, "  {line}");
    }
    text += &durations(&walks.durations, style);
    text += &coverage(walks, style);
    for finding in &walks.findings {
        text += "\n";
        text += &told(finding, &walks.design, style);
    }
    text
}

fn head(walks: &Walks, style: Style) -> String {
    let scenarios = match &walks.scenario {
        Some(name) => format!("scenario {name}"),
        None => format!(
            "{} drawn scenarios ({} of them a server that is up again)",
            number(walks.scenarios),
            number(walks.restarted)
        ),
    };
    let mut text = format!("seed {}\n", walks.seed);
    let title = format!(
        "{}: {} walks of {scenarios}, {} steps",
        walks.design,
        number(walks.walks),
        number(walks.steps)
    );
    text += &(bold(&hang(&title, 4, style), style) + "\n");
    let ends = format!(
        "{} came to an end, {} go round for ever, {} are undecided after {} fair steps; the \
         longest has {} steps, the largest scenarios {} walsenders and {} records",
        number(walks.ended),
        number(walks.endless),
        number(walks.undecided),
        number(walks.largest.fair_steps_max as u64),
        number(walks.depth),
        walks.largest.walsenders,
        walks.largest.backlog,
    );
    let _ = writeln!(text, "   = note: {}", hang(&ends, 11, style));
    text.push('\n');
    text
}

fn finding<'a>(walks: &'a Walks, tally: &Tally) -> Option<&'a Finding> {
    let of = |f: &&Finding| f.property.id == tally.property.id;
    walks.findings.iter().find(of)
}

fn verdict(walks: &Walks, tally: &Tally) -> String {
    let id = tally.property.id;
    let met = number(tally.concerned);
    let waived = if tally.waived.is_empty() {
        String::new()
    } else {
        format!("; {}", tally.waived.words("walks"))
    };
    match finding(walks, tally) {
        Some(found) => format!(
            "VIOLATED    {id:<38} in {} of {met} walks; {} steps",
            number(tally.broken),
            found.run.steps.len()
        ),
        None if tally.concerned == 0 => format!("vacuous     {id:<38} premise never met{waived}"),
        None => format!("not broken  {id:<38} in {met} walks{waived}"),
    }
}

/// A broken promise: its story, what it hangs on, and how to see it again.
#[must_use]
pub fn told(finding: &Finding, design: &str, style: Style) -> String {
    let found = match finding.walk {
        Some(walk) => format!("walk {walk} ({})", finding.strategy),
        None => "a schedule of the corpus".to_owned(),
    };
    let note = format!(
        "{design} in scenario {}; found by {found} after {} steps, shrunk to {}; nothing says that \
         no shorter one exists",
        finding.scenario,
        finding.steps_walked,
        finding.run.steps.len()
    );
    let w = &finding.world;
    let mut text = story::told(w, finding.property, &finding.run, &note, style);
    text += &why(finding, style);
    if let Some(file) = &finding.file {
        let _ = writeln!(text, "   = help: replay with `shutcheck replay {file}`");
    }
    text.push('\n');
    text += &lanes::lanes(w, &finding.run, style);
    text
}

/// Which steps are needed, and which change of the order mends it.
fn why(finding: &Finding, style: Style) -> String {
    let Why { needed, swaps } = &finding.why;
    let steps = finding.run.steps.len();
    if needed.is_empty() && swaps.is_empty() {
        return String::new();
    }
    let mut text = "\nWhat it hangs on\n".to_owned();
    let list = |places: &[usize]| {
        let places: Vec<String> = places.iter().map(|n| (n + 1).to_string()).collect();
        places.join(", ")
    };
    let line = match needed.len() {
        n if n == steps => {
            "every step is needed: without any one of them the promise is kept".to_owned()
        }
        n => format!(
            "{n} of {steps} steps are needed, each by itself: {}",
            list(needed)
        ),
    };
    let _ = writeln!(text, "  {}", hang(&line, 4, style));
    for swap in swaps.iter().take(SWAPS_SHOWN) {
        let line = format!(
            "if step {} ({}) came only behind step {} ({}), the promise would be kept",
            swap.late + 1,
            step(finding, swap.late),
            swap.behind + 1,
            step(finding, swap.behind)
        );
        let _ = writeln!(text, "  {}", hang(&line, 4, style));
    }
    text
}

fn step(finding: &Finding, place: usize) -> String {
    let (step, _) = finding.run.steps[place];
    let w = &finding.world;
    format!(
        "{}, {}",
        names::actor(w, step.actor()),
        names::function(w, step)
    )
}

fn durations(durations: &Durations, style: Style) -> String {
    let Some(longest) = durations.total_us.last() else {
        return String::new();
    };
    let percentile = |p| durations.percentile_us(p).unwrap_or_default();
    let mut text = format!(
        "\nHow long a shutdown takes, in virtual time, of {} timed walks\n",
        number(durations.total_us.len() as u64)
    );
    let _ = writeln!(
        text,
        "  half within {}, 90% within {}, 99% within {}, the longest {}",
        time(percentile(50)),
        time(percentile(90)),
        time(percentile(99)),
        time(*longest)
    );
    let mut waits: Vec<(u64, &str)> = durations
        .waits_us
        .iter()
        .zip(STEPS)
        .map(|(&us, step)| (us, step.name))
        .filter(|(us, _)| *us > 0)
        .collect();
    waits.sort_by_key(|&(us, name)| (std::cmp::Reverse(us), name));
    let all: u64 = durations.waits_us.iter().sum();
    let share = |us: u64| us * 1000 / all.max(1);
    let shown = waits.iter().take(WAITS_SHOWN).map(|&(us, name)| {
        let share = share(us);
        format!("{name} {}.{}%", share / 10, share % 10)
    });
    let shown: Vec<String> = shown.collect();
    let line = format!("of all that time they waited for {}", shown.join(", "));
    let _ = writeln!(text, "  {}", hang(&line, 4, style));
    text
}

/// Microseconds as people say them.
fn time(us: u64) -> String {
    match us {
        0..=999 => format!("{us} us"),
        1_000..=999_999 => format!("{}.{} ms", us / 1000, us / 100 % 10),
        _ => format!("{}.{} s", us / 1_000_000, us / 100_000 % 10),
    }
}

fn coverage(walks: &Walks, style: Style) -> String {
    let never: Vec<&str> = walks
        .coverage
        .taken
        .iter()
        .zip(STEPS)
        .filter(|(n, _)| **n == 0)
        .map(|(_, step)| step.name)
        .collect();
    let states: Vec<&str> = walks
        .pm_states
        .iter()
        .map(|(state, _)| names::pm_state(*state))
        .collect();
    let mut text = "\nWhat the walks went through\n".to_owned();
    let line = format!(
        "{} of {} kinds of steps, {} pairs of them one right behind the other",
        STEPS.len() - never.len(),
        STEPS.len(),
        number(walks.pairs)
    );
    let _ = writeln!(text, "  {}", hang(&line, 4, style));
    let line = format!("{} pm states: {}", states.len(), states.join(", "));
    let _ = writeln!(text, "  {}", hang(&line, 4, style));
    if !never.is_empty() {
        let line = format!("steps never taken ({}): {}", never.len(), never.join(", "));
        let _ = writeln!(text, "  {}", hang(&line, 4, style));
    }
    text
}

/// A number with commas.
fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The walks as JSON. Nothing in it depends on time or machine.
#[must_use]
pub fn walks_json(walks: &Walks) -> Value {
    let verdicts = walks.tallies.iter().map(|tally| {
        let found = finding(walks, tally);
        let verdict = match found {
            Some(_) => "violated",
            None if tally.concerned == 0 => "vacuous",
            None => "not-broken",
        };
        let mut value = json!({
            "property": tally.property.id,
            "verdict": verdict,
            "walks_concerned": tally.concerned,
            "walks_broken": tally.broken,
            "states_unique": Value::Null,
            "depth": walks.depth,
            "frontier_empty": false,
            "counterexample": found.map(finding_json),
        });
        json::add_waived(&mut value, &tally.waived, "walks");
        value
    });
    let taken = STEPS.iter().zip(&walks.coverage.taken);
    let taken = taken.map(|(step, n)| (step.name.to_owned(), json!(n)));
    let waits = STEPS.iter().zip(&walks.durations.waits_us);
    let waits = waits
        .filter(|(_, us)| **us > 0)
        .map(|(step, us)| (step.name.to_owned(), json!(us)));
    let percentile = |p| walks.durations.percentile_us(p);
    json!({
        "design": walks.design,
        "scenario": walks.scenario,
        "seed": walks.seed,
        "walks": walks.walks,
        "scenarios": walks.scenarios,
        "restarted": walks.restarted,
        "steps": walks.steps,
        "ended": walks.ended,
        "endless": walks.endless,
        "undecided": walks.undecided,
        "fair_steps_max": walks.largest.fair_steps_max,
        "walsenders_max": walks.largest.walsenders,
        "backlog_max": walks.largest.backlog,
        "verdicts": verdicts.collect::<Vec<_>>(),
        "coverage": taken.collect::<serde_json::Map<_, _>>(),
        "pairs": walks.pairs,
        "pm_states": walks
            .pm_states
            .iter()
            .map(|(state, n)| (names::pm_state(*state).to_owned(), json!(n)))
            .collect::<serde_json::Map<_, _>>(),
        "virtual_time_us": {
            "shutdowns": walks.durations.total_us.len(),
            "p50": percentile(50),
            "p90": percentile(90),
            "p99": percentile(99),
            "max": walks.durations.total_us.last(),
            "waits": waits.collect::<serde_json::Map<_, _>>(),
        },
        "seconds": Value::Null,
    })
}

/// A broken promise as JSON, with the report's steps.
#[must_use]
pub fn finding_json(found: &Finding) -> Value {
    json!({
        "steps": json::steps(&found.run, &found.world),
        "loop_from": found.run.loop_from,
        "scenario": found.scenario,
        "walk": found.walk,
        "strategy": found.strategy,
        "steps_walked": found.steps_walked,
        "needed": found.why.needed,
        "swaps": found
            .why
            .swaps
            .iter()
            .map(|swap| json!({ "late": swap.late, "behind": swap.behind }))
            .collect::<Vec<_>>(),
        "file": found.file,
    })
}

/// A replayed schedule that keeps its promise.
#[must_use]
pub fn kept(finding: &Finding, design: &str, style: Style) -> String {
    let title = format!(
        "kept: this schedule of {design} does not break `{}`",
        finding.property.id
    );
    let mut text = bold(&hang(&title, 4, style), style) + "\n\nThe steps\n";
    text += &story::steps(&finding.world, &finding.run, style);
    text += "\nAt the end\n";
    text += &story::situation(&finding.world, finding.run.last(), style);
    text
}
