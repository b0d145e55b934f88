//! The screen of `validate`: accepted, with what the run breaks; or rejected, with the longest
//! explained prefix, the event, and what the model could have done there.

use std::fmt::Write as _;

use model::cluster::{Child, Life};
use model::steps::{Actor, Step};
use model::world::World;
use properties::validation::{Broken, Conformance, Event, Rejection, Validation};
use serde_json::{Value, json};

use crate::text::{alarm, bold, hang};
use crate::{Style, names, narrate, story};

/// How many of the last explained steps are shown before a rejected event.
const PREFIX_SHOWN: usize = 6;

/// The whole screen.
#[must_use]
pub fn screen(v: &Validation, trace: &str, design: &str, style: Style) -> String {
    let mut text = String::new();
    match &v.verdict {
        Conformance::Accepted(broken, kept) => accepted(&mut text, v, (trace, design), style, {
            (broken, kept.len())
        }),
        Conformance::Rejected(rejection) => {
            let title = format!("error: {trace} is not a behaviour of {design}");
            text += &(alarm(&title, style) + "\n");
            unexplained(&mut text, v, rejection, style);
        }
        Conformance::Inconclusive(rejection) => {
            let title = format!(
                "inconclusive: the search for {trace} in {design} was given up after {} states",
                v.states
            );
            text += &(bold(&title, style) + "\n");
            unexplained(&mut text, v, rejection, style);
        }
    }
    text
}

fn accepted(
    text: &mut String,
    v: &Validation,
    (trace, design): (&str, &str),
    style: Style,
    (broken, kept): (&[Broken], usize),
) {
    let title = format!("accepted: {trace} is a behaviour of {design}");
    *text += &(bold(&title, style) + "\n");
    let folded = match v.folded {
        0 => String::new(),
        n => format!(" ({n} more repeat what was seen)"),
    };
    let note = format!(
        "{} events{folded} explained by {} steps; {} states looked at",
        v.events,
        v.run.steps.len(),
        v.states
    );
    let _ = writeln!(text, "   = note: {}", hang(&note, 11, style));
    let _ = writeln!(text, "\nWhere it leaves the cluster");
    *text += &story::situation(&v.world, v.run.last(), style);
    *text += &legend(v, style);
    if broken.is_empty() {
        let _ = writeln!(text, "\nPromises: {kept} kept, none broken.");
        return;
    }
    let _ = writeln!(text, "\nPromises: {kept} kept, {} broken", broken.len());
    for b in broken {
        let at = match b.step {
            Some(n) => format!(", by step {n}"),
            None => String::new(),
        };
        let line = format!("{}{at}: {}", b.property.id, b.property.sentence);
        let _ = writeln!(text, "  {}", hang(&line, 4, style));
    }
}

/// What the small positions stand for.
fn legend(v: &Validation, style: Style) -> String {
    let named: Vec<String> = v
        .walsenders
        .iter()
        .enumerate()
        .map(|(i, name)| format!("{} is {name}", i + 1))
        .collect();
    let positions: Vec<String> = v
        .positions
        .iter()
        .enumerate()
        .map(|(i, lsn)| format!("0/{:X} is {lsn}", i + 1))
        .collect();
    let mut text = String::new();
    for (what, list) in [("walsenders and slots", named), ("positions", positions)] {
        if !list.is_empty() {
            let line = format!("{what}: {}", list.join(", "));
            let _ = writeln!(text, "  {}", hang(&line, 4, style));
        }
    }
    text
}

fn unexplained(text: &mut String, v: &Validation, r: &Rejection, style: Style) {
    if let Some(event) = &r.event {
        let shown = event_words(event);
        let _ = writeln!(text, "  --> {}", hang(&shown, 6, style));
    }
    for why in &r.why {
        let _ = writeln!(text, "   = why: {}", hang(why, 10, style));
    }
    let note = format!(
        "{} of {} events are explained by the longest run that agrees, of {} steps; {} states \
         looked at",
        v.explained,
        v.events,
        v.run.steps.len(),
        v.states
    );
    let _ = writeln!(text, "   = note: {}", hang(&note, 11, style));
    let _ = writeln!(text, "\nThe end of the longest explained prefix");
    *text += &prefix(v, style);
    let _ = writeln!(text, "\nWhere the model stands then");
    *text += &story::situation(&v.world, v.run.last(), style);
    *text += &processes(v, r.event.as_ref(), style);
    *text += &legend(v, style);
    let _ = writeln!(text, "\nWhat could have happened there");
    if r.enabled.is_empty() {
        let _ = writeln!(text, "  nothing");
    }
    for line in enabled(&v.world, &r.enabled) {
        let _ = writeln!(text, "  {}", hang(&line, 4, style));
    }
}

fn event_words(event: &Event) -> String {
    format!(
        "line {}, {:+.6} s, {}: {}",
        event.line, event.t, event.actor, event.words
    )
}

fn prefix(v: &Validation, style: Style) -> String {
    let mut text = String::new();
    let from = v.run.steps.len().saturating_sub(PREFIX_SHOWN);
    if from > 0 {
        let _ = writeln!(text, "   ... {from} steps before");
    }
    for (n, (step, after)) in v.run.steps.iter().enumerate().skip(from) {
        let before = match n {
            0 => &v.run.initial,
            n => &v.run.steps[n - 1].1,
        };
        let told = narrate::describe(&v.world, before, *step, after);
        let lines = v.lines.get(n).filter(|lines| !lines.is_empty());
        let seen = match lines.map(|lines| (lines.len(), lines[0])) {
            Some((1, line)) => format!(" [line {line}]"),
            Some((count, line)) => format!(" [line {line} and {} more]", count - 1),
            None => String::new(),
        };
        let words = format!("{}, {}: {}{seen}", told.actor, told.function, told.text);
        let _ = writeln!(text, "{:>4}. {}", n + 1, hang(&words, 6, style));
    }
    text
}

/// The process that the event is about, and all that have a signal to act on.
fn processes(v: &Validation, event: Option<&Event>, style: Style) -> String {
    let s = v.run.last();
    let actor = event.map_or("", |e| e.actor.as_str());
    let mut text = String::new();
    let _ = writeln!(
        text,
        "  checkpointer is at {:?}{}",
        s.checkpointer.pc,
        if actor == "checkpointer" {
            "; the event is its own"
        } else {
            ""
        }
    );
    for (i, name) in v.walsenders.iter().enumerate() {
        let ws = &s.walsenders[i];
        let own = actor.strip_prefix("walsender:") == Some(name);
        let line = format!(
            "walsender {} is at {:?}; got_STOPPING {}, got_SIGUSR2 {}, WalSndCaughtUp {}{}",
            i + 1,
            ws.pc,
            ws.got_stopping,
            ws.got_sigusr2,
            ws.caught_up,
            if own { "; the event is its own" } else { "" }
        );
        let _ = writeln!(text, "  {}", hang(&line, 4, style));
    }
    for child in Child::all() {
        let process = s.child(child);
        let who = names::actor(&v.world, Actor::of_child(child));
        let pending: Vec<&str> = names::SIGNALS
            .into_iter()
            .filter(|&signal| process.has(signal))
            .map(names::signal)
            .collect();
        if !pending.is_empty() {
            let _ = writeln!(text, "  {who} has {} pending", pending.join(", "));
        } else if !matches!(process.life, Life::Absent | Life::Running) {
            let _ = writeln!(text, "  {who} has ended and is not reaped");
        }
    }
    text
}

/// The enabled steps by actor.
fn enabled(w: &World, steps: &[Step]) -> Vec<String> {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for &step in steps {
        let actor = names::actor(w, step.actor());
        let label = names::label(w, step);
        match lines.iter_mut().find(|(a, _)| *a == actor) {
            Some((_, labels)) if labels.contains(&label) => {}
            Some((_, labels)) => labels.push(label),
            None => lines.push((actor, vec![label])),
        }
    }
    let shown = lines.iter();
    shown
        .map(|(actor, labels)| format!("{actor}: {}", labels.join(", ")))
        .collect()
}

/// The result as JSON.
#[must_use]
pub fn json(v: &Validation, trace: &str, design: &str) -> Value {
    let (verdict, rejection, broken, kept) = match &v.verdict {
        Conformance::Accepted(broken, kept) => ("accepted", None, broken.as_slice(), &kept[..]),
        Conformance::Rejected(r) => ("rejected", Some(r), &[][..], &[][..]),
        Conformance::Inconclusive(r) => ("inconclusive", Some(r), &[][..], &[][..]),
    };
    let event = rejection
        .and_then(|r| r.event.as_ref())
        .map(|e| json!({ "line": e.line, "t": e.t, "actor": e.actor, "text": e.words }));
    let enabled: Vec<Value> = rejection
        .into_iter()
        .flat_map(|r| &r.enabled)
        .map(|s| json!({ "actor": names::actor(&v.world, s.actor()), "step": s.kind.name() }))
        .collect();
    let mut before = v.run.initial;
    let mut steps = Vec::new();
    for (n, (step, after)) in v.run.steps.iter().enumerate() {
        let told = narrate::describe(&v.world, &before, *step, after);
        steps.push(json!({
            "actor": told.actor,
            "step": step.kind.name(),
            "source": told.source,
            "text": told.text,
            "lines": v.lines.get(n),
        }));
        before = *after;
    }
    json!({
        "trace": trace,
        "design": design,
        "verdict": verdict,
        "events": v.events,
        "explained": v.explained,
        "folded": v.folded,
        "states": v.states,
        "broken": broken.iter().map(|b| json!({ "property": b.property.id, "step": b.step }))
            .collect::<Vec<_>>(),
        "kept": kept.iter().map(|p| p.id).collect::<Vec<_>>(),
        "unexplained": event,
        "why": rejection.map(|r| &r.why),
        "enabled": enabled,
        "steps": steps,
    })
}
