//! Is a recorded shutdown a behaviour of the model?
//!
//! A trace is read ([`raw`]), its actors and positions are mapped to the model's (`cast`,
//! `positions`), its events become streams with windows (`script`), and a search looks for
//! steps of the model that let an observer see just that. `docs/traces.md` has the legend.

mod cast;
mod emit;
mod events;
mod facts;
mod guard;
mod judge;
mod kernel;
mod matcher;
pub mod outcome;
mod positions;
pub mod raw;
pub mod record;
mod script;
mod search;
mod shows;
mod start;

use std::collections::BTreeMap;

use model::bounds::WALSENDERS_MAX;
use model::design::Design;
use model::wal::Lsn;
use model::world::World;
use properties::Property;
use properties::validation::{Conformance, Event, Rejection, Validation};

use cast::Cast;
use matcher::{Cursors, Matcher};
use outcome::OutcomeFacts;
use positions::Fold;
use raw::{Raw, TraceError};
use start::Sources;

/// States that a search may look at before it gives up.
pub const STATES_MAX: usize = 400_000;

/// A trace with what is known of its outcome.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Its lines.
    pub raws: Vec<Raw>,
    /// What was there before and after.
    pub outcome: OutcomeFacts,
}

impl Recording {
    /// Reads a trace; `outcome` is the text of its `outcome.json`, if there is one beside it. A
    /// trace may also carry it, as an event `outcome`.
    ///
    /// # Errors
    /// At the first line that does not fit the schema.
    pub fn parse(trace: &str, outcome: Option<&str>) -> Result<Recording, TraceError> {
        let raws = raw::parse(trace)?;
        let outcome = match outcome {
            Some(text) => outcome::parse(text)?,
            None => raws
                .iter()
                .find(|r| r.ev == "outcome")
                .map(|r| outcome::from_value(&r.value()))
                .unwrap_or_default(),
        };
        Ok(Recording { raws, outcome })
    }
}

/// Judges `recording` by `design`.
///
/// # Errors
/// When the trace has values that are none of PostgreSQL's, or more processes than the model.
pub fn validate(
    design: Design,
    recording: &Recording,
    properties: &[&'static Property],
    states_max: usize,
) -> Result<Validation, TraceError> {
    let Recording { raws, outcome } = recording;
    let raws = &kernel::one_clock(raws);
    let cast = cast::cast(raws, outcome)?;
    let fold = positions::fold(raws, &cast, outcome);
    let script = script::script(raws, &cast, &fold, &design)?;
    let sources = Sources {
        raws,
        cast: &cast,
        fold: &fold,
        outcome,
        streams: &script.streams,
    };
    let (world, initial) = start::start(design, sources);
    let folded = script.folded;
    let lines = member_lines(raws);
    let sent = sent_before(raws, &cast, &fold, outcome);
    let matcher = Matcher::new(world, script, &cast, &lines, sent);
    let disagreements = |s: &model::cluster::Cluster| {
        judge::disagreements(s, &matcher.world, &cast, &fold, outcome)
    };
    let impossible = facts::check(raws, &cast, outcome, &matcher.world.design);
    let phase = tracing::info_span!("match", events = raws.len()).entered();
    let found = search::search(&matcher, &initial, states_max, |s| {
        impossible.is_none() && disagreements(s).is_empty()
    });
    drop(phase);
    let streams = &matcher.script.streams;
    let events: usize = streams.iter().map(|s| s.events.len()).sum();
    let last = found.cursors.last().cloned().unwrap_or_default();
    let explained = last.iter().map(|&c| usize::from(c)).sum();
    let verdict = if found.accepted {
        let (broken, kept) = judge::judge(&matcher.world, &found.run, properties);
        Conformance::Accepted(broken, kept)
    } else {
        let open = matcher.first_open(&last).map(|e| e.line);
        let mut rejection = rejection(raws, open, &matcher.world, found.run.last());
        if let Some((line, why)) = &impossible {
            rejection.event = event(raws, *line);
            rejection.why = vec![why.clone()];
        } else if open.is_none() {
            rejection.why = disagreements(found.run.last());
        }
        if found.exhausted || impossible.is_some() {
            Conformance::Rejected(rejection)
        } else {
            Conformance::Inconclusive(rejection)
        }
    };
    Ok(Validation {
        verdict,
        lines: explained_lines(&matcher, &found.cursors),
        run: found.run,
        events,
        explained,
        folded,
        states: found.states,
        walsenders: cast.walsenders.clone(),
        positions: fold.kept.iter().map(|&lsn| raw::show_lsn(lsn)).collect(),
        world: matcher.world,
    })
}

fn event(raws: &[Raw], line: usize) -> Option<Event> {
    let raw = raws.iter().find(|r| r.line == line)?;
    Some(Event {
        line,
        t: raw.t,
        actor: raw.actor.clone(),
        words: raw.words(),
    })
}

fn rejection(
    raws: &[Raw],
    open: Option<usize>,
    world: &World,
    s: &model::cluster::Cluster,
) -> Rejection {
    let mut enabled = Vec::new();
    world.successors(s, |step, _| enabled.push(step));
    Rejection {
        event: open.and_then(|line| event(raws, line)),
        why: Vec::new(),
        enabled,
    }
}

/// The lines that each step explains, those before the first step with the first.
fn explained_lines(matcher: &Matcher, cursors: &[Cursors]) -> Vec<Vec<usize>> {
    let pairs = cursors.windows(2);
    pairs
        .map(|pair| {
            let streams = matcher.script.streams.iter().enumerate();
            let mut lines: Vec<usize> = streams
                .flat_map(|(n, stream)| {
                    let range = usize::from(pair[0][n])..usize::from(pair[1][n]);
                    stream.events[range].iter().map(|e| e.line)
                })
                .collect();
            lines.sort_unstable();
            lines
        })
        .collect()
}

/// For each child the lines where it is forked and reaped.
fn member_lines(raws: &[Raw]) -> BTreeMap<String, (Option<usize>, Option<usize>)> {
    let mut lines: BTreeMap<String, (Option<usize>, Option<usize>)> = BTreeMap::new();
    for raw in raws.iter().filter(|r| r.actor == "postmaster") {
        let Some(child) = raw.text("child") else {
            continue;
        };
        let entry = lines.entry(child.to_owned()).or_default();
        match raw.ev.as_str() {
            "fork" => entry.0 = Some(raw.line),
            "reap" => entry.1 = Some(raw.line),
            _ => {}
        }
    }
    lines
}

/// Up to where each walsender had sent when the trace begins.
fn sent_before(
    raws: &[Raw],
    cast: &Cast,
    fold: &Fold,
    outcome: &OutcomeFacts,
) -> [Lsn; WALSENDERS_MAX] {
    let mut sent = [Lsn::INVALID; WALSENDERS_MAX];
    for (place, name) in sent.iter_mut().zip(&cast.walsenders) {
        if let Some(lsn) = positions::sent_before(name, raws, outcome) {
            // Not the checkpoint record itself: it is never sent before the trace begins.
            let last = fold.kept.last().copied().unwrap_or_default();
            *place = fold.ceiling(lsn.min(last));
        }
    }
    sent
}
