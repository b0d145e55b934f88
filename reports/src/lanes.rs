//! A lane diagram of a story: a column for each actor, time downwards.

use std::fmt::Write as _;

use model::cluster::Child;
use model::steps::{Actor, Step};
use model::world::World;
use properties::Counterexample;

use crate::{Style, names, text};

/// Width of the step number and its gap.
const MARGIN: usize = 5;

/// The diagram; at most `style.width` columns, whatever the number of lanes.
#[must_use]
pub fn lanes(w: &World, counterexample: &Counterexample, style: Style) -> String {
    let actors = actors(counterexample);
    if actors.is_empty() {
        return String::new();
    }
    let lane = ((style.width - MARGIN) / actors.len()).clamp(8, 26);
    let place = |actor: Actor| actors.iter().position(|&a| a == actor);
    let mut out = " ".repeat(MARGIN);
    for actor in &actors {
        let _ = write!(out, "{:<lane$}", text::cut(&short(w, *actor), lane - 1));
    }
    out = out.trim_end().to_owned() + "\n";
    let mut before = counterexample.initial;
    for (n, (step, after)) in counterexample.steps.iter().enumerate() {
        let at = place(step.actor()).unwrap_or(0);
        let label = names::label(w, *step);
        let targets: Vec<usize> = receivers(&before, after, *step)
            .into_iter()
            .filter_map(place)
            .collect();
        let _ = writeln!(
            out,
            "{:>3}  {}",
            n + 1,
            row(actors.len(), lane, at, label, &targets)
        );
        before = *after;
    }
    out
}

/// Those who act, in the order of the house.
fn actors(counterexample: &Counterexample) -> Vec<Actor> {
    let mut actors: Vec<Actor> = counterexample
        .steps
        .iter()
        .map(|(s, _)| s.actor())
        .collect();
    actors.sort();
    actors.dedup();
    actors
}

/// A lane's heading.
fn short(w: &World, actor: Actor) -> String {
    match actor {
        Actor::Peer(i) => names::peer(w, usize::from(i)),
        Actor::Environment => "outside".to_owned(),
        Actor::Postmaster
        | Actor::Checkpointer
        | Actor::BgWriter
        | Actor::WalWriter
        | Actor::Archiver
        | Actor::IoWorker
        | Actor::DeadEnd
        | Actor::Startup
        | Actor::WalReceiver
        | Actor::StatsCollector
        | Actor::Worker(_)
        | Actor::Backend(_)
        | Actor::WalSender(_) => actor.to_string(),
    }
}

/// Whom the step sends a signal or a message.
pub(crate) fn receivers(
    before: &model::cluster::Cluster,
    after: &model::cluster::Cluster,
    step: Step,
) -> Vec<Actor> {
    let mut to: Vec<Actor> = Child::all()
        .filter(|&c| after.child(c).signals & !before.child(c).signals != 0)
        .map(Actor::of_child)
        .collect();
    let (pb, pa) = (&before.postmaster, &after.postmaster);
    let asked = pa
        .requests
        .iter()
        .zip(pb.requests)
        .any(|(&after, before)| after && !before);
    let signalled = pa.pmsignal_advance && !pb.pmsignal_advance
        || pa.pmsignal_xlog_is_shutdown && !pb.pmsignal_xlog_is_shutdown
        || pa.launch.pmsignals & !pb.launch.pmsignals != 0;
    if asked || signalled {
        to.push(Actor::Postmaster);
    }
    for (i, (b, a)) in before
        .channels
        .iter()
        .zip(after.channels.iter())
        .enumerate()
    {
        let index = u8::try_from(i).unwrap_or(u8::MAX);
        if a.down_len() > b.down_len() {
            to.push(Actor::Peer(index));
        }
        if a.up_len() > b.up_len() {
            to.push(Actor::WalSender(index));
        }
    }
    to.retain(|&actor| actor != step.actor());
    to
}

/// One row: bars for the others, the label in its lane, an arrow to the farthest receivers.
fn row(n: usize, lane: usize, at: usize, label: &str, targets: &[usize]) -> String {
    let mut cells: Vec<char> = vec![' '; n * lane];
    for i in 0..n {
        cells[i * lane] = '\u{2502}';
    }
    let start = at * lane;
    cells[start] = '\u{25cf}';
    // The label may run over the bars of idle lanes, but not over an arrow's head.
    let right = targets
        .iter()
        .filter(|&&target| target > at)
        .min()
        .map(|target| target * lane);
    let label = text::cut(
        label,
        right.unwrap_or(cells.len()).saturating_sub(start + 3),
    );
    let from = start + 2 + label.chars().count();
    for (k, c) in label.chars().enumerate() {
        if let Some(cell) = cells.get_mut(start + 2 + k) {
            *cell = c;
        }
    }
    for &target in targets {
        let end = target * lane;
        let range = if target > at {
            from + 1..end
        } else {
            end + 1..start
        };
        for cell in cells.get_mut(range).into_iter().flatten() {
            if matches!(*cell, ' ' | '\u{2502}') {
                *cell = '\u{2500}';
            }
        }
    }
    for &target in targets {
        cells[target * lane] = if target > at { '\u{25b6}' } else { '\u{25c0}' };
    }
    cells.into_iter().collect::<String>().trim_end().to_owned()
}
