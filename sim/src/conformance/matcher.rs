//! A trace and a world, ready to be compared: where each actor's streams are, and what order the
//! windows demand.

use std::collections::BTreeMap;

use model::bounds::WALSENDERS_MAX;
use model::cluster::{Child, Cluster};
use model::wal::Lsn;
use model::world::World;

use super::cast::Cast;
use super::guard;
use super::script::Script;

/// How far each stream has been explained.
pub(super) type Cursors = Vec<u16>;

/// The trace and the world.
#[derive(Clone, Debug)]
pub(super) struct Matcher {
    pub(super) world: World,
    pub(super) script: Script,
    pub(super) postmaster: Option<usize>,
    pub(super) postmaster_handlers: Option<usize>,
    pub(super) harness: Option<usize>,
    /// For each place its streams.
    children: BTreeMap<Child, Vec<usize>>,
    /// For each stream and cursor, the earliest end of a window from there on.
    earliest_end: Vec<Vec<f64>>,
    /// For each actor, from and to which cursor of the postmaster's stream it is its child.
    lives: Vec<(usize, usize)>,
    /// For each actor, its place.
    child_of: Vec<Option<Child>>,
    /// Up to where each walsender had sent before the trace begins.
    sent_before: [Lsn; WALSENDERS_MAX],
}

impl Matcher {
    pub(super) fn new(
        world: World,
        script: Script,
        cast: &Cast,
        member_lines: &BTreeMap<String, (Option<usize>, Option<usize>)>,
        sent_before: [Lsn; WALSENDERS_MAX],
    ) -> Matcher {
        let find = |actor: &str, handlers: bool| {
            let of = |s: &super::events::Stream| s.actor == actor && s.handlers == handlers;
            script.streams.iter().position(of)
        };
        let (postmaster, harness) = (find("postmaster", false), find("harness", false));
        let postmaster_handlers = find("postmaster", true);
        let mut children: BTreeMap<Child, Vec<usize>> = BTreeMap::new();
        for (n, stream) in script.streams.iter().enumerate() {
            if let Some(child) = stream.child {
                children.entry(child).or_default().push(n);
            }
        }
        let earliest_end = script.streams.iter().map(|stream| {
            let mut ends = vec![f64::INFINITY; stream.events.len() + 1];
            for (n, event) in stream.events.iter().enumerate().rev() {
                ends[n] = event.hi.min(ends[n + 1]);
            }
            ends
        });
        let earliest_end = earliest_end.collect();
        let line_of = |line: Option<usize>| {
            let events = postmaster.map(|p| &script.streams[p].events)?;
            events.iter().position(|e| Some(e.line) == line)
        };
        let lives = script.names.iter().map(|name| {
            let lines = member_lines.get(name).copied().unwrap_or_default();
            let from = line_of(lines.0).map_or(0, |n| n + 1);
            (from, line_of(lines.1).unwrap_or(usize::MAX))
        });
        let lives = lives.collect();
        let child_of = script.names.iter().map(|name| cast.child(name)).collect();
        Matcher {
            world,
            script,
            postmaster,
            postmaster_handlers,
            harness,
            children,
            earliest_end,
            lives,
            child_of,
            sent_before,
        }
    }

    /// Whether system calls were recorded.
    pub(super) fn strace(&self) -> bool {
        self.script.channels.contains("strace")
    }

    /// Whether calls of `function` were recorded.
    pub(super) fn probed(&self, function: &str) -> bool {
        self.script.probes.contains(function)
    }

    /// The streams of the actors that share a place.
    pub(super) fn streams_of(&self, child: Child) -> impl Iterator<Item = usize> + '_ {
        self.children.get(&child).into_iter().flatten().copied()
    }

    /// The stream of the main flow or of the handlers of `child`, if it has events.
    pub(super) fn stream(&self, child: Child, handlers: bool) -> Option<usize> {
        self.streams_of(child)
            .find(|&n| self.script.streams[n].handlers == handlers)
    }

    /// The actors of a place that are children of the postmaster at this point of its stream.
    pub(super) fn there(&self, child: Child, cursor: usize) -> impl Iterator<Item = usize> + '_ {
        let lives = self.lives.iter().enumerate();
        lives
            .filter(move |&(n, &(from, to))| {
                self.child_of[n] == Some(child) && from <= cursor && cursor <= to
            })
            .map(|(n, _)| n)
    }

    /// Whether a walsender had sent `lsn` before the trace begins.
    pub(super) fn sent_before(&self, stream: usize, lsn: Lsn) -> bool {
        let walsender = self.script.streams[stream]
            .child
            .and_then(Child::as_walsender);
        walsender.is_some_and(|i| lsn <= self.sent_before[i])
    }

    /// Whether the events between `from` and `to` may be explained now: no window of an event that
    /// is still open then may end before one of these begins.
    pub(super) fn in_order(&self, from: &Cursors, to: &Cursors) -> bool {
        let ends = to.iter().zip(&self.earliest_end);
        let end = ends
            .map(|(&cursor, ends)| ends[usize::from(cursor)])
            .fold(f64::INFINITY, f64::min);
        let moved = from.iter().zip(to).zip(&self.script.streams).enumerate();
        moved
            .filter(|(_, ((from, to), _))| from < to)
            .all(|(n, ((&from, &to), stream))| {
                // One step of the postmaster is a row of signals, and others go on meanwhile: its
                // effect is placed at the first.
                let to = if Some(n) == self.postmaster {
                    from + 1
                } else {
                    to
                };
                let events = &stream.events[usize::from(from)..usize::from(to)];
                events.iter().all(|e| e.lo < end)
            })
    }

    /// Takes every event that fits the state as it is, until none is left that does.
    pub(super) fn settle(&self, s: &Cluster, cursors: &mut Cursors) {
        let mut again = true;
        while again {
            again = false;
            for (n, stream) in self.script.streams.iter().enumerate() {
                let cursor = usize::from(cursors[n]);
                let Some(event) = stream.events.get(cursor) else {
                    continue;
                };
                if !guard::fits(s, stream, &event.what) {
                    continue;
                }
                let mut next = cursors.clone();
                next[n] += 1;
                if self.in_order(cursors, &next) {
                    *cursors = next;
                    again = true;
                }
            }
        }
    }

    /// The event that is not explained yet and whose window ends first.
    pub(super) fn first_open(&self, cursors: &Cursors) -> Option<&super::events::Observed> {
        let open = self.script.streams.iter().zip(cursors);
        open.filter_map(|(stream, &cursor)| stream.events.get(usize::from(cursor)))
            .min_by(|a, b| a.hi.total_cmp(&b.hi).then(a.line.cmp(&b.line)))
    }
}
