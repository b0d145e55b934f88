//! Fair endless runs: does any run stay for ever where a goal is owed?
//!
//! A finite graph has an endless run that is fair exactly if a strongly connected set of states
//! has one that visits all of it again and again (or a state in which no fair step is enabled has
//! the run that stands still). For each such set, within the states that owe the goal:
//!
//! * *weak*: a fair step that is enabled in every state of the set must be taken inside it. If one
//!   is not, no smaller set does better.
//! * *strong*: a fair step that is enabled in any state of the set must be taken inside it. If one
//!   is not, the states that enable it are taken out and what is left is looked at again.
//!
//! Every deadlock and every fair loop is found this way, and nothing else is (Lichtenstein and
//! Pnueli, *Checking that finite state concurrent programs satisfy their linear specification*,
//! 1985). Steps of one actor and kind count as one step: see
//! [`StepFacts::alternative`](model::machine::StepFacts).

mod lasso;
pub(crate) mod looping;
mod scc;

use model::machine::Machine;
use model::steps::Party;
use properties::Counterexample;
use properties::claims::{Endless, LeadsTo};

use crate::graph::{Edge, Graph};

/// What fairness says of each step, by its number.
#[derive(Debug)]
pub(crate) struct Fairness {
    /// The unit that the step belongs to, if it is fair.
    unit: Vec<Option<usize>>,
    /// Number of units.
    units: usize,
    /// The step may be part of the loop.
    in_loop: Vec<bool>,
    /// Who takes it.
    actor: Vec<String>,
}

impl Fairness {
    pub(crate) fn new<M: Machine>(machine: &M, goal: &LeadsTo<M>) -> Fairness {
        let facts: Vec<_> = machine.steps().iter().map(|&s| machine.facts(s)).collect();
        let fair = |f: &model::machine::StepFacts| match f.party {
            Party::Environment => false,
            Party::Peer => goal.peers_fair,
            Party::Timeout => goal.timers_fair && (goal.peers_fair || !f.by_peer),
            Party::Server => goal.peers_fair || !f.by_peer,
        };
        let mut alternatives: Vec<u32> = facts.iter().map(|f| f.alternative).collect();
        alternatives.sort_unstable();
        alternatives.dedup();
        let unit = |f: &model::machine::StepFacts| {
            let place = alternatives.binary_search(&f.alternative).ok();
            place.filter(|_| fair(f))
        };
        Fairness {
            unit: facts.iter().map(unit).collect(),
            units: alternatives.len(),
            in_loop: facts
                .iter()
                .map(|f| goal.endless == Endless::Any || f.party != Party::Timeout)
                .collect(),
            actor: facts.into_iter().map(|f| f.actor).collect(),
        }
    }

    /// Whether the step of this number must be taken in the end.
    pub(crate) fn is_fair(&self, step: usize) -> bool {
        self.unit[step].is_some()
    }

    fn unit(&self, edge: Edge) -> Option<usize> {
        self.unit[usize::from(edge.step)]
    }

    fn may_loop(&self, edge: Edge) -> bool {
        self.in_loop[usize::from(edge.step)]
    }

    fn actor(&self, edge: Edge) -> &str {
        &self.actor[usize::from(edge.step)]
    }
}

/// States with all their transitions: a whole graph, or the part of one that has the loops.
pub(crate) trait Explored {
    /// The machine.
    type Machine: Machine;

    /// The machine.
    fn machine(&self) -> &Self::Machine;
    /// Number of states.
    fn count(&self) -> u32;
    /// The state of number `n`.
    fn state(&self, n: u32) -> <Self::Machine as Machine>::State;
    /// The transitions out of state `n`, in the order of the steps. What leads to a state outside
    /// has a number that is not below [`Explored::count`].
    fn edges(&self, n: u32) -> &[Edge];
    /// A number that orders states as their distance from the beginning does.
    fn rank(&self, n: u32) -> u32;
}

impl<M: Machine> Explored for Graph<M> {
    type Machine = M;

    fn machine(&self) -> &M {
        &self.machine
    }

    fn count(&self) -> u32 {
        u32::try_from(self.len()).unwrap_or(u32::MAX)
    }

    fn state(&self, n: u32) -> M::State {
        Graph::state(self, n).clone()
    }

    fn edges(&self, n: u32) -> &[Edge] {
        Graph::edges(self, n)
    }

    /// States are numbered in the order in which they were found.
    fn rank(&self, n: u32) -> u32 {
        n
    }
}

/// A fair run that stays for ever in states that owe `goal`, with a shortest way into its loop;
/// `None` if there is none. The graph must be complete and keep its transitions.
pub fn endless_run<M: Machine>(graph: &Graph<M>, goal: &LeadsTo<M>) -> Option<Counterexample<M>> {
    let fairness = Fairness::new(&graph.machine, goal);
    let owed = owed(graph, goal);
    let still = (0..graph.count()).find(|&n| {
        goal.endless == Endless::Any
            && owed[n as usize]
            && graph.edges(n).iter().all(|&e| fairness.unit(e).is_none())
    });
    let (nearest, sets) = fair_sets(graph, &fairness, goal, &owed);
    let nearer = sets.first().filter(|_| nearest < still.unwrap_or(u32::MAX));
    if let Some(set) = nearer {
        let story = graph.story(nearest, None);
        let place = (set.as_slice(), nearest);
        return Some(lasso::lasso(graph, &fairness, goal, place, story));
    }
    still.map(|n| stand_still(graph.story(n, None)))
}

/// The run that stops at the end of `story` for ever.
pub(crate) fn stand_still<M: Machine>(mut story: Counterexample<M>) -> Counterexample<M> {
    story.loop_from = Some(story.steps.len());
    story
}

/// For each state whether the goal is owed in it.
fn owed<G: Explored>(graph: &G, goal: &LeadsTo<G::Machine>) -> Vec<bool> {
    let owed = |n| (goal.owed)(graph.machine(), &graph.state(n));
    (0..graph.count()).map(owed).collect()
}

/// The sets of states, all of which owe the goal, that a fair run may stay in for ever: those
/// that begin nearest to the beginning, each in ascending order, with the rank of the nearest.
fn fair_sets<G: Explored>(
    graph: &G,
    fairness: &Fairness,
    goal: &LeadsTo<G::Machine>,
    owed: &[bool],
) -> (u32, Vec<Vec<u32>>) {
    let mut best = Vec::new();
    let mut nearest = u32::MAX;
    let owing = |n: u32| owed.get(n as usize).is_some_and(|owed| *owed);
    let mut work = scc::components(graph, fairness, &owing);
    while let Some(mut set) = work.pop() {
        set.sort_unstable();
        let rank = set.iter().map(|&n| graph.rank(n)).min();
        let rank = rank.unwrap_or(u32::MAX);
        if rank > nearest {
            continue;
        }
        match judge(graph, fairness, goal, &set) {
            Judged::Fair => {
                if rank < nearest {
                    nearest = rank;
                    best.clear();
                }
                best.push(set);
            }
            Judged::Unfair => {}
            Judged::Retry(rest) => {
                let inside = |n: u32| rest.binary_search(&n).is_ok();
                work.extend(scc::components(graph, fairness, &inside));
            }
        }
    }
    (nearest, best)
}

enum Judged {
    Fair,
    Unfair,
    /// Look again at what is left when states that enable an untaken step are gone.
    Retry(Vec<u32>),
}

fn judge<G: Explored>(
    graph: &G,
    fairness: &Fairness,
    goal: &LeadsTo<G::Machine>,
    component: &[u32],
) -> Judged {
    let tally = Tally::of(graph, fairness, component);
    if goal.endless == Endless::Exchange && tally.actors.len() < 2 {
        return Judged::Unfair;
    }
    let starved = |unit: usize| {
        let enabled = tally.enabled_in[unit];
        let owed = if goal.strong {
            enabled > 0
        } else {
            enabled == component.len()
        };
        owed && !tally.taken[unit]
    };
    let starved: Vec<usize> = (0..fairness.units).filter(|&u| starved(u)).collect();
    if starved.is_empty() {
        return Judged::Fair;
    }
    if !goal.strong {
        return Judged::Unfair;
    }
    let frees = |n: &u32| {
        !graph
            .edges(*n)
            .iter()
            .any(|&e| fairness.unit(e).is_some_and(|u| starved.contains(&u)))
    };
    Judged::Retry(component.iter().copied().filter(frees).collect())
}

/// What a set of states enables and takes.
pub(crate) struct Tally {
    /// In how many of its states each unit is enabled.
    enabled_in: Vec<usize>,
    /// Whether each unit is taken inside.
    taken: Vec<bool>,
    /// Who takes steps inside, by name.
    actors: Vec<String>,
}

impl Tally {
    fn of<G: Explored>(graph: &G, fairness: &Fairness, component: &[u32]) -> Tally {
        let mut tally = Tally {
            enabled_in: vec![0; fairness.units],
            taken: vec![false; fairness.units],
            actors: Vec::new(),
        };
        for &n in component {
            let mut here: Vec<usize> = Vec::new();
            for &edge in graph.edges(n) {
                let inside = fairness.may_loop(edge) && component.binary_search(&edge.to).is_ok();
                if inside && !tally.actors.iter().any(|a| a == fairness.actor(edge)) {
                    tally.actors.push(fairness.actor(edge).to_owned());
                }
                if let Some(unit) = fairness.unit(edge) {
                    tally.taken[unit] |= inside;
                    if !here.contains(&unit) {
                        here.push(unit);
                        tally.enabled_in[unit] += 1;
                    }
                }
            }
        }
        tally.actors.sort_unstable();
        tally
    }
}
