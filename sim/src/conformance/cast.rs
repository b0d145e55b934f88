//! Who is who: the actors of a trace, and the places of the model that they take.

use std::collections::{BTreeMap, BTreeSet};

use model::bounds::WALSENDERS_MAX;
use model::cluster::Child;

use super::outcome::OutcomeFacts;
use super::raw::{Raw, TraceError};

/// What an actor of the trace is in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// The postmaster.
    Postmaster,
    /// A child. Several actors may share a place: IO workers; backends; bgwriter and launchers;
    /// dead-end children that overlap.
    Child(Child),
    /// The operator and the fault injector.
    Harness,
    /// Outside the model: children of the archiver, pids outside the server.
    Outside,
}

/// The actors, each with its place, and the slots in the order of the model's walsenders.
#[derive(Clone, Debug, Default)]
pub(super) struct Cast {
    /// Place of each actor.
    pub(super) places: BTreeMap<String, Place>,
    /// Names of walsenders and slots, by the model's index.
    pub(super) walsenders: Vec<String>,
    /// Actors that are physical walsenders.
    physical: BTreeSet<String>,
}

impl Cast {
    /// The place of `actor`.
    #[must_use]
    pub(super) fn place(&self, actor: &str) -> Place {
        self.places.get(actor).copied().unwrap_or(Place::Outside)
    }

    /// The child that `actor` is.
    #[must_use]
    pub(super) fn child(&self, actor: &str) -> Option<Child> {
        match self.place(actor) {
            Place::Child(child) => Some(child),
            Place::Postmaster | Place::Harness | Place::Outside => None,
        }
    }

    /// The actors that share the place of `child`.
    pub(super) fn members(&self, child: Child) -> impl Iterator<Item = &str> {
        let of = move |place: &Place| *place == Place::Child(child);
        let found = self.places.iter().filter(move |(_, place)| of(place));
        found.map(|(name, _)| name.as_str())
    }

    /// Whether `actor` is a physical walsender.
    #[must_use]
    pub(super) fn is_physical(&self, actor: &str) -> bool {
        self.physical.contains(actor)
    }

    /// The index of the walsender or slot `name`.
    #[must_use]
    pub(super) fn walsender(&self, name: &str) -> Option<usize> {
        self.walsenders.iter().position(|n| n == name)
    }
}

/// Reads the cast off the events.
///
/// # Errors
/// When there are more walsenders or slots than the model has places.
pub(super) fn cast(raws: &[Raw], outcome: &OutcomeFacts) -> Result<Cast, TraceError> {
    let mut cast = Cast {
        walsenders: walsender_order(raws, outcome),
        physical: physical(raws, outcome),
        ..Cast::default()
    };
    if cast.walsenders.len() > WALSENDERS_MAX {
        return Err(TraceError::new(
            0,
            format!("{} walsenders and slots", cast.walsenders.len()),
            &format!("the model has places for {WALSENDERS_MAX}"),
        ));
    }
    let reaped = raws
        .iter()
        .filter(|r| r.ev == "reap" && r.actor == "postmaster")
        .filter_map(|r| r.text("child"));
    let forked: Vec<(f64, &str)> = raws
        .iter()
        .filter(|r| r.ev == "fork" && r.actor == "postmaster")
        .filter_map(|r| Some((r.t, r.text("child")?)))
        .collect();
    let asked = raws
        .iter()
        .find(|r| is_request(r))
        .map_or(f64::INFINITY, |r| r.t);
    let addressed = raws
        .iter()
        .filter(|r| r.ev == "signal_send")
        .filter_map(|r| r.text("to"));
    let signalled: Vec<&str> = addressed
        .map(|to| to.trim_start_matches("group:"))
        .collect();
    let names = raws.iter().map(|r| r.actor.as_str());
    let children = forked.iter().map(|&(_, child)| child);
    let known_children: Vec<&str> = reaped.chain(signalled).chain(children).collect();
    for name in names.chain(known_children.iter().copied()) {
        let late = forked.iter().any(|&(t, child)| child == name && t > asked);
        let anonymous = name.starts_with("backend:")
            || name.starts_with("pid:") && known_children.contains(&name);
        let place = match name.split(':').next().unwrap_or_default() {
            "postmaster" => Place::Postmaster,
            "harness" => Place::Harness,
            "checkpointer" => Place::Child(Child::CHECKPOINTER),
            "bgwriter" | "avlauncher" | "lrlauncher" => Place::Child(Child::BGWRITER),
            "walwriter" => Place::Child(Child::WALWRITER),
            "archiver" => Place::Child(Child::ARCHIVER),
            "statscollector" => Place::Child(Child::STATS_COLLECTOR),
            "ioworker" => Place::Child(Child::IO_WORKER),
            "walsender" => {
                let index = cast.walsender(name.trim_start_matches("walsender:"));
                index.map_or(Place::Outside, |i| Place::Child(Child::walsender(i)))
            }
            _ if anonymous && late => Place::Child(Child::DEAD_END),
            _ if anonymous => Place::Child(Child::backend(0)),
            _ => Place::Outside,
        };
        cast.places.insert(name.to_owned(), place);
    }
    Ok(cast)
}

/// Physical walsenders: the outcome says so, or what they do, which is not telling in every design.
fn physical(raws: &[Raw], outcome: &OutcomeFacts) -> BTreeSet<String> {
    let is_physical = |r: &&Raw| {
        let slot = r.actor.strip_prefix("walsender:");
        let facts = slot.and_then(|slot| outcome.slots.get(slot));
        let does = || r.text("head") == Some("r") || r.text("fn") == Some("WalSndSetState");
        facts.map_or_else(does, |facts| facts.physical)
    };
    let found = raws.iter().filter(is_physical);
    found.map(|r| r.actor.clone()).collect()
}

/// Whether this is a stop request as the postmaster receives it.
pub(super) fn is_request(raw: &Raw) -> bool {
    raw.ev == "signal_recv"
        && raw.actor == "postmaster"
        && raw.text("from") == Some("external")
        && matches!(raw.text("sig"), Some("SIGTERM" | "SIGINT" | "SIGQUIT"))
}

/// Walsenders in the order in which the checkpointer addresses them (that of their `WalSnd`
/// entries), then those that it never addresses, then slots without a walsender.
fn walsender_order(raws: &[Raw], outcome: &OutcomeFacts) -> Vec<String> {
    let addressed = raws
        .iter()
        .filter(|r| r.ev == "signal_send" && r.actor == "checkpointer")
        .filter_map(|r| r.text("to"));
    let actors = raws.iter().map(|r| r.actor.as_str());
    let signalled = raws.iter().filter(|r| r.ev == "signal_send");
    let signalled = signalled.filter_map(|r| r.text("to"));
    let walsenders = addressed
        .chain(actors)
        .chain(signalled)
        .filter_map(|name| name.strip_prefix("walsender:"));
    let mut order: Vec<String> = Vec::new();
    let slots = outcome.slots.keys().map(String::as_str);
    let saved = raws.iter().filter(|r| r.ev == "slot_save");
    let saved = saved.filter_map(|r| r.text("slot"));
    for name in walsenders.chain(slots).chain(saved) {
        if !order.iter().any(|n| n == name) {
            order.push(name.to_owned());
        }
    }
    order
}
