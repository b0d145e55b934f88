//! A counterexample told so that a reviewer can follow it without the model.

use std::fmt::Write as _;

use model::cluster::Cluster;
use model::scenario::{Activity, WalsenderKind};
use model::steps::Actor;
use model::world::World;
use properties::{Counterexample, Property};

use crate::text::{alarm, hang};
use crate::{Style, names, narrate};

/// Where a story comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryHeader {
    /// The design.
    pub design: String,
    /// The scenario.
    pub scenario: String,
    /// Unique states of the search.
    pub states_unique: u64,
    /// Its depth.
    pub depth: u64,
    /// Whether it was exhaustive.
    pub frontier_empty: bool,
    /// Whether steps that need no interleaving were left out.
    pub partial_order: bool,
}

/// The whole story of a broken promise.
#[must_use]
pub fn story(
    w: &World,
    property: &Property,
    counterexample: &Counterexample,
    header: &StoryHeader,
    style: Style,
) -> String {
    let bounds = if header.frontier_empty {
        "all of them explored"
    } else {
        "search not finished"
    };
    let shortest = if header.partial_order {
        "a counterexample, shortest of those that partial order leaves"
    } else {
        "a shortest counterexample"
    };
    let note = format!(
        "{} in scenario {}; {shortest}; {} unique states, depth {}, {bounds}",
        header.design, header.scenario, header.states_unique, header.depth
    );
    told(w, property, counterexample, &note, style)
}

/// The whole story of a broken promise, with a note on where it comes from.
#[must_use]
pub fn told(
    w: &World,
    property: &Property,
    counterexample: &Counterexample,
    note: &str,
    style: Style,
) -> String {
    let n = counterexample.steps.len();
    let title = format!("error[{}]: not kept: {}", property.id, property.sentence);
    let mut text = alarm(&hang(&title, 4, style), style) + "\n";
    if let Some((step, _)) = counterexample.steps.last() {
        let actor = names::actor(w, step.actor());
        let function = names::function(w, *step);
        let _ = writeln!(text, "  --> step {n} of {n}, {actor}, `{function}`");
    }
    let _ = writeln!(text, "   = note: {}", hang(note, 11, style));
    text += "\nAt the beginning\n";
    text += &situation(w, &counterexample.initial, style);
    text += "\nThe story\n";
    text += &steps(w, counterexample, style);
    text += match counterexample.loop_from {
        Some(from) if from < n => "\nWhere the loop closes\n",
        Some(_) | None => "\nAt the end\n",
    };
    text += &situation(w, counterexample.last(), style);
    text += "\nThe broken promise\n";
    for (name, words) in [
        ("promise", property.sentence),
        ("made in", property.source),
        ("matters", property.matters),
    ] {
        let _ = writeln!(text, "  {name:<8} {}", hang(words, 11, style));
    }
    text
}

/// The numbered steps: who, which C function, what changed.
#[must_use]
pub fn steps(w: &World, counterexample: &Counterexample, style: Style) -> String {
    let mut text = String::new();
    let mut before = counterexample.initial;
    for (n, (step, after)) in counterexample.steps.iter().enumerate() {
        if counterexample.loop_from == Some(n) {
            text += "And then, again and again for ever\n";
        }
        let told = narrate::describe(w, &before, *step, after);
        let environment = step.actor() == Actor::Environment;
        let function = if environment {
            String::new()
        } else {
            format!(", {}", told.function)
        };
        let words = format!("{}{function}: {}", told.actor, told.text);
        let _ = writeln!(text, "{:>4}. {}", n + 1, hang(&words, 6, style));
        before = *after;
    }
    if counterexample.loop_from == Some(counterexample.steps.len()) {
        text +=
            "And then nothing more: no process, no working peer and no timeout has a step left.\n";
    }
    text
}

/// The positions that matter in one state.
#[must_use]
pub fn situation(w: &World, s: &Cluster, style: Style) -> String {
    let mut text = String::new();
    let state = match s.postmaster.exit.code() {
        Some(status) => format!("exited with status {status}"),
        None => names::pm_state(s.postmaster.pm_state).to_owned(),
    };
    let server = format!(
        "postmaster {state}; pg_control \"{}\"; WAL inserted up to {}, flushed up to {}",
        names::control(s.control.state),
        names::lsn(s, s.wal.inserted),
        names::lsn(s, s.wal.flushed)
    );
    let _ = writeln!(text, "  {}", hang(&server, 4, style));
    if let Some(start) = s.wal.shutdown_checkpoint() {
        let end = model::wal::Lsn(start.0 + 1);
        let (start, end) = (names::lsn(s, start), names::lsn(s, end));
        let _ = writeln!(text, "  shutdown checkpoint record from {start} to {end}");
    }
    for (i, ws) in w.scenario.walsenders() {
        let slot = &s.slots[i];
        let durable = names::lsn(s, s.peers[i].durable);
        let receives = matches!(ws.activity, Activity::Streaming | Activity::Absent);
        let peer = if receives {
            format!("; {} has {durable} durably", names::peer(w, i))
        } else {
            String::new()
        };
        let position = match (slot.in_use, ws.kind) {
            (false, _) => "no slot".to_owned(),
            (true, WalsenderKind::Logical) => format!(
                "confirmed_flush {} (on disk {})",
                names::lsn(s, slot.confirmed_flush),
                names::lsn(s, slot.disk_confirmed_flush)
            ),
            (true, WalsenderKind::Physical) => format!(
                "restart_lsn {} (on disk {})",
                names::lsn(s, slot.restart_lsn),
                names::lsn(s, slot.disk_restart_lsn)
            ),
        };
        let index = u8::try_from(i).unwrap_or(u8::MAX);
        let who = names::actor(w, Actor::WalSender(index));
        let sender = &s.walsenders[i];
        let sent = if sender.pid {
            let state = names::walsnd_state(sender.state).trim_start_matches("WALSNDSTATE_");
            let sent = if sender.sent.is_valid() {
                format!("sent {}, ", names::lsn(s, sender.sent))
            } else {
                String::new()
            };
            format!("{state}, {sent}")
        } else {
            String::new()
        };
        let line = format!("{who}: {sent}{position}{peer}");
        let _ = writeln!(text, "  {}", hang(&line, 4, style));
    }
    text
}
