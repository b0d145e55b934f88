//! A fair strongly connected set as a run that a person can follow: the way in, and one round of
//! the loop that does everything that fairness asks for.

use std::collections::{BTreeMap, VecDeque};

use model::machine::Machine;
use properties::Counterexample;
use properties::claims::{Endless, LeadsTo};

use super::{Explored, Fairness, Tally};
use crate::graph::Edge;

/// What one round of the loop still has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Duty {
    /// Take a step of this unit, or (weak fairness) pass a state that does not enable it.
    Unit { unit: usize, or_disabled: bool },
    /// Take a step of this actor.
    Actor(String),
}

/// `story`, which leads to `start`, a state of `component`, and one fair round there. `component`
/// is sorted.
pub(crate) fn lasso<G: Explored>(
    graph: &G,
    fairness: &Fairness,
    goal: &LeadsTo<G::Machine>,
    (component, start): (&[u32], u32),
    mut story: Counterexample<G::Machine>,
) -> Counterexample<G::Machine> {
    story.loop_from = Some(story.steps.len());
    let step = |edge: Edge| graph.machine().steps()[usize::from(edge.step)];
    let walk = Walk {
        graph,
        fairness,
        component,
    };
    let mut duties = walk.duties(goal);
    let mut at = start;
    duties.retain(|duty| !walk.fulfils_at(duty, at));
    while !duties.is_empty() {
        let Some(way) = walk.nearest(at, |n, edge| {
            duties.iter().any(|d| walk.fulfils(d, n, edge))
        }) else {
            break;
        };
        for (from, edge) in way {
            story.steps.push((step(edge), graph.state(edge.to)));
            duties.retain(|d| !walk.fulfils(d, from, edge));
            at = edge.to;
        }
    }
    let moved = story.steps.len() > story.loop_from.unwrap_or_default();
    if at != start || !moved {
        let back = walk.nearest(at, |_, edge| edge.to == start);
        for (_, edge) in back.into_iter().flatten() {
            story.steps.push((step(edge), graph.state(edge.to)));
        }
    }
    story
}

struct Walk<'a, G: Explored> {
    graph: &'a G,
    fairness: &'a Fairness,
    component: &'a [u32],
}

impl<G: Explored> Walk<'_, G> {
    fn duties(&self, goal: &LeadsTo<G::Machine>) -> Vec<Duty> {
        let tally = Tally::of(self.graph, self.fairness, self.component);
        let units = (0..self.fairness.units).filter(|&u| tally.enabled_in[u] > 0);
        let mut duties: Vec<Duty> = units
            .map(|unit| Duty::Unit {
                unit,
                or_disabled: !goal.strong,
            })
            .collect();
        if goal.endless == Endless::Exchange {
            duties.extend(tally.actors.into_iter().take(2).map(Duty::Actor));
        }
        duties
    }

    fn enables(&self, n: u32, unit: usize) -> bool {
        let mut edges = self.graph.edges(n).iter();
        edges.any(|&e| self.fairness.unit(e) == Some(unit))
    }

    fn fulfils_at(&self, duty: &Duty, n: u32) -> bool {
        match duty {
            Duty::Unit { unit, or_disabled } => *or_disabled && !self.enables(n, *unit),
            Duty::Actor(_) => false,
        }
    }

    fn fulfils(&self, duty: &Duty, _from: u32, edge: Edge) -> bool {
        let taken = match duty {
            Duty::Unit { unit, .. } => self.fairness.unit(edge) == Some(*unit),
            Duty::Actor(actor) => self.fairness.actor(edge) == actor,
        };
        taken || self.fulfils_at(duty, edge.to)
    }

    /// A shortest way inside the component from `at` to a transition that is `wanted`, with it.
    fn nearest(&self, at: u32, wanted: impl Fn(u32, Edge) -> bool) -> Option<Vec<(u32, Edge)>> {
        let mut from: BTreeMap<u32, (u32, Edge)> = BTreeMap::new();
        let mut queue: VecDeque<u32> = [at].into();
        while let Some(n) = queue.pop_front() {
            for &edge in self.graph.edges(n) {
                let inside =
                    self.fairness.may_loop(edge) && self.component.binary_search(&edge.to).is_ok();
                if !inside {
                    continue;
                }
                if wanted(n, edge) {
                    let mut way = vec![(n, edge)];
                    let mut back = n;
                    while back != at {
                        let (before, by) = from[&back];
                        way.push((before, by));
                        back = before;
                    }
                    way.reverse();
                    return Some(way);
                }
                if edge.to != at && !from.contains_key(&edge.to) {
                    from.insert(edge.to, (n, edge));
                    queue.push_back(edge.to);
                }
            }
        }
        None
    }
}
