//! From lines to streams: what a trace shows of each actor, in program order, with windows.

mod order;
mod processes;

use std::collections::{BTreeMap, BTreeSet};

use model::cluster::{Child, Signal};
use model::design::Design;
use model::scenario::StopMode;

use super::cast::{Cast, Place, is_request};
use super::events::{Observed, Stream, What, life, signal};
use super::positions::{ELSEWHERE, Fold};
use super::raw::{Raw, TraceError};

/// What the trace shows.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    /// The streams: main flow and handlers of each actor.
    pub(super) streams: Vec<Stream>,
    /// Names of the actors, as [`What::Send`] counts them.
    pub(super) names: Vec<String>,
    /// The channels that were recorded.
    pub(super) channels: BTreeSet<String>,
    /// Functions whose probes fired somewhere.
    pub(super) probes: BTreeSet<String>,
    /// Events left out because they name a position that was given up, or repeat the one before.
    pub(super) folded: usize,
}

struct Builder<'a> {
    raws: &'a [Raw],
    cast: &'a Cast,
    fold: &'a Fold,
    design: &'a Design,
    script: Script,
    index: BTreeMap<(String, bool), usize>,
    /// For each line, the times of the events of the same actor before and after it.
    around: Vec<(f64, f64)>,
}

/// Builds the script.
///
/// # Errors
/// When an event has a value that is none of PostgreSQL's.
pub(super) fn script(
    raws: &[Raw],
    cast: &Cast,
    fold: &Fold,
    design: &Design,
) -> Result<Script, TraceError> {
    let mut builder = Builder {
        raws,
        cast,
        fold,
        design,
        script: Script {
            names: cast.places.keys().cloned().collect(),
            ..Script::default()
        },
        index: BTreeMap::new(),
        around: around(raws),
    };
    for (n, raw) in raws.iter().enumerate() {
        builder.script.channels.insert(raw.src.clone());
        if let Some(function) = raw.text("fn") {
            builder.script.probes.insert(function.to_owned());
        }
        builder.event(n, raw)?;
    }
    builder.order_slot_saves();
    builder.order_reaps();
    builder.order_samples();
    Ok(builder.script)
}

fn around(raws: &[Raw]) -> Vec<(f64, f64)> {
    let mut found = vec![(f64::NEG_INFINITY, f64::INFINITY); raws.len()];
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for (n, raw) in raws.iter().enumerate() {
        if matches!(raw.src.as_str(), "log") {
            continue;
        }
        if let Some(&before) = last.get(raw.actor.as_str()) {
            found[n].0 = raws[before].t;
            found[before].1 = raw.t;
        }
        last.insert(&raw.actor, n);
    }
    found
}

fn bad(raw: &Raw, key: &str) -> TraceError {
    TraceError::new(
        raw.line,
        format!(
            "`{key}` of `{}` is `{}`",
            raw.ev,
            raw.text(key).unwrap_or_default()
        ),
        "that is none of PostgreSQL's; docs/traces.md has the schema",
    )
}

impl Builder<'_> {
    fn push(&mut self, raw: &Raw, handlers: bool, (lo, hi): (f64, f64), what: What) {
        let key = (raw.actor.clone(), handlers);
        let next = self.script.streams.len();
        let index = *self.index.entry(key).or_insert(next);
        if index == next {
            self.script.streams.push(Stream {
                actor: raw.actor.clone(),
                child: self.cast.child(&raw.actor),
                handlers,
                events: Vec::new(),
            });
        }
        let events = &mut self.script.streams[index].events;
        events.push(Observed {
            line: raw.line,
            lo,
            hi,
            what,
        });
    }

    fn event(&mut self, n: usize, raw: &Raw) -> Result<(), TraceError> {
        let (before, after) = self.around[n];
        let entry = (raw.t, after);
        let place = self.cast.place(&raw.actor);
        match raw.ev.as_str() {
            "exit" | "k_exit" => self.exit(n, raw),
            "signal_recv" => self.received(raw, place, entry),
            "wal_write" if place != Place::Outside => {
                let start = raw.lsn("start").unwrap_or_default();
                // Where no checkpoint was made, nobody knows how far WAL went.
                let end = self.fold.end;
                let what = What::WalWrite {
                    checkpointer: raw.actor == "checkpointer",
                    behind: end.is_some_and(|end| start >= end),
                };
                let last = self.last_what(&raw.actor);
                if last != Some(what) {
                    self.push(raw, false, entry, what);
                }
            }
            "fn" if raw.text("fn") == Some("XLogInsertRecord") => {
                let end = raw.lsn("arg_end").unwrap_or_default();
                // 0/0: the insertion is tried again, because full_page_writes changed.
                if end > 0 {
                    let at = self.fold.at(end);
                    let what = if raw.actor == "checkpointer" {
                        What::Insert(at)
                    } else if at == ELSEWHERE && self.fold.ceiling(end) != ELSEWHERE {
                        What::InsertOther(self.fold.ceiling(end))
                    } else {
                        What::InsertOther(at)
                    };
                    self.push(raw, false, (before, raw.t), what);
                }
            }
            _ => match place {
                Place::Postmaster => self.postmaster(n, raw, (before, raw.t), entry)?,
                Place::Child(Child::CHECKPOINTER) => self.checkpointer(n, raw, entry)?,
                Place::Child(Child::ARCHIVER) if raw.ev == "archive_status" => {
                    self.push(raw, false, entry, What::Archived);
                }
                Place::Child(Child::STATS_COLLECTOR) if raw.ev == "stats_rename" => {
                    self.collector(n, raw, entry);
                }
                Place::Child(child) => match child.as_walsender() {
                    Some(_) => self.walsender(raw, entry),
                    None => self.proc_exit(raw, entry),
                },
                Place::Harness if raw.ev == "sigkill" => {
                    let target = raw.text("target").unwrap_or_default();
                    let name = target.trim_start_matches("walsender:");
                    let walsender = self
                        .cast
                        .walsender(name)
                        .ok_or_else(|| bad(raw, "target"))?;
                    self.push(raw, false, (raw.t, f64::INFINITY), What::Sigkill(walsender));
                }
                Place::Harness | Place::Outside => {}
            },
        }
        Ok(())
    }

    fn last_what(&self, actor: &str) -> Option<What> {
        let index = *self.index.get(&(actor.to_owned(), false))?;
        self.script.streams[index].events.last().map(|e| e.what)
    }

    fn number(&self, actor: &str) -> usize {
        self.script
            .names
            .iter()
            .position(|n| n == actor)
            .unwrap_or(usize::MAX)
    }

    fn received(&mut self, raw: &Raw, place: Place, entry: (f64, f64)) {
        let name = raw.text("sig").unwrap_or_default();
        if is_request(raw) {
            let mode = match name {
                "SIGTERM" => StopMode::Smart,
                "SIGINT" => StopMode::Fast,
                _ => StopMode::Immediate,
            };
            self.push(raw, true, entry, What::Request(mode));
            return;
        }
        let Place::Child(child) = place else { return };
        let from_checkpointer = raw.text("from") == Some("checkpointer");
        let what = match signal(name) {
            // Where the handlers are probed, their entry says more than the delivery.
            Some(Signal::Usr2)
                if child.as_walsender().is_some()
                    && self.probed(&raw.actor, "WalSndLastCycleHandler") =>
            {
                return;
            }
            Some(signal) => What::Recv(signal),
            None if name == "SIGUSR1" && from_checkpointer => {
                if !self.told_before(raw) {
                    return;
                }
                if self.probed(&raw.actor, "HandleWalSndInitStopping") {
                    return;
                }
                What::GotStopping
            }
            None => return,
        };
        // kill(pid) and kill(-pid): the second one changes nothing.
        let index = self.index.get(&(raw.actor.clone(), true));
        let repeated = index.is_some_and(|&i| {
            let mut before = self.script.streams[i].events.iter();
            before.any(|e| e.what == what)
        });
        if !repeated {
            self.push(raw, true, entry, what);
        }
    }

    /// Whether the checkpointer has told this walsender to stop by then: else SIGUSR1 sets a latch.
    fn told_before(&self, raw: &Raw) -> bool {
        let to = Some(raw.actor.as_str());
        let mut sends = self.raws.iter().enumerate().filter(|(_, r)| r.t <= raw.t);
        self.design.latch_by_sigurg
            || sends
                .any(|(n, r)| r.ev == "signal_send" && r.text("to") == to && !self.sets_latch(n, r))
    }

    /// Whether this SIGUSR1 is but `SetLatch`, or the postmaster wakes its archiver
    /// (`PMSIGNAL_WAKEN_ARCHIVER`): before 14 the signal does not say what it is for. Of the
    /// checkpointer's to a walsender, the first after it was told to shut down is INIT_STOPPING:
    /// `ShutdownXLOG` sends that before it writes, and only once.
    fn sets_latch(&self, n: usize, raw: &Raw) -> bool {
        if raw.text("sig") != Some("SIGUSR1") {
            return false;
        }
        let to = raw.text("to").unwrap_or_default();
        if to == "archiver" || to == "postmaster" {
            return !self.design.archiver_auxiliary && !self.design.checkpointer_exits_last;
        }
        let told = |r: &&Raw| {
            r.ev == "signal_recv" && r.actor == raw.actor && r.text("sig") == Some("SIGUSR2")
        };
        let Some(told) = self.raws[..n].iter().position(|r| told(&r)) else {
            return !self.design.latch_by_sigurg;
        };
        let same = |r: &Raw| {
            r.ev == "signal_send"
                && (&r.actor, r.text("sig"), r.text("to"))
                    == (&raw.actor, raw.text("sig"), raw.text("to"))
        };
        !self.design.latch_by_sigurg && self.raws[told..n].iter().any(same)
    }

    fn probed(&self, actor: &str, function: &str) -> bool {
        let mut raws = self.raws.iter();
        raws.any(|r| r.actor == actor && r.text("fn") == Some(function))
    }

    /// The first of `k_exit` and `exit` stands for both.
    fn exit(&mut self, n: usize, raw: &Raw) {
        let same = |r: &&Raw| r.actor == raw.actor && matches!(r.ev.as_str(), "exit" | "k_exit");
        if self.raws[..n].iter().any(|r| same(&r)) {
            return;
        }
        let status = self.raws.iter().filter(same).find(|r| r.ev == "exit");
        let code = status.and_then(|r| r.int("code"));
        let before = self.around[n].0;
        let place = self.cast.place(&raw.actor);
        let what = match place {
            Place::Postmaster => What::PmExit(u8::try_from(code.unwrap_or(-1)).unwrap_or(u8::MAX)),
            Place::Child(child) => {
                // A dead-end child that overlaps with a later one shares its place.
                let others = self.raws[n + 1..]
                    .iter()
                    .filter(|r| matches!(r.ev.as_str(), "exit" | "k_exit"))
                    .any(|r| r.actor != raw.actor && self.same_place(&raw.actor, &r.actor));
                What::Exit {
                    child,
                    life: life(&raw.actor, code),
                    last: !others,
                }
            }
            Place::Harness | Place::Outside => return,
        };
        self.push(raw, false, (before, raw.t), what);
    }

    /// Whether two actors stand for one child of the model at the same time.
    fn same_place(&self, one: &str, other: &str) -> bool {
        let child = self.cast.child(one);
        if child.is_none() || child != self.cast.child(other) {
            return false;
        }
        child != Some(Child::DEAD_END) || self.session(one) == self.session(other)
    }

    /// Dead-end children in groups that overlap in time; each group is one of the model's.
    fn session(&self, actor: &str) -> usize {
        let (mut open, mut session) = (0_i32, 0);
        for raw in self.raws.iter().filter(|r| r.actor == "postmaster") {
            let child = raw.text("child").unwrap_or_default();
            if self.cast.child(child) != Some(Child::DEAD_END) {
                continue;
            }
            if raw.ev == "fork" {
                if open == 0 {
                    session += 1;
                }
                open += 1;
                if child == actor {
                    return session;
                }
            } else if raw.ev == "reap" {
                open -= 1;
            }
        }
        0
    }
}
