//! The search for a behaviour of the model that explains a trace.
//!
//! Depth first, with whole states remembered, so that a rejection is sound: everything that agrees
//! with the trace so far was looked at. Steps that explain events are tried first.

use std::collections::BTreeSet;

use model::cluster::Cluster;
use model::steps::{Party, Step};
use properties::Counterexample;

use super::matcher::{Cursors, Matcher};

/// What a search came to.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The run that explains everything, or most.
    pub(super) run: Counterexample,
    /// How far each stream was explained along it: at the beginning, then behind each step.
    pub(super) cursors: Vec<Cursors>,
    /// Whether it explains everything.
    pub(super) accepted: bool,
    /// Whether everything that agrees with the trace was looked at.
    pub(super) exhausted: bool,
    /// States looked at.
    pub(super) states: usize,
}

struct Node {
    cluster: Cluster,
    cursors: Cursors,
    from: Option<(usize, Step)>,
}

fn explained(cursors: &Cursors) -> usize {
    cursors.iter().map(|&c| usize::from(c)).sum()
}

/// Searches. `fits` says whether a state that explains all events agrees with the outcome.
pub(super) fn search(
    matcher: &Matcher,
    initial: &Cluster,
    states_max: usize,
    fits: impl Fn(&Cluster) -> bool,
) -> Found {
    let all: usize = matcher.script.streams.iter().map(|s| s.events.len()).sum();
    let mut cursors: Cursors = vec![0; matcher.script.streams.len()];
    matcher.settle(initial, &mut cursors);
    let mut nodes = vec![Node {
        cluster: *initial,
        cursors: cursors.clone(),
        from: None,
    }];
    let mut seen = BTreeSet::from([(cursors, *initial)]);
    let mut open = vec![0];
    let mut best = (0, 0);
    while let Some(n) = open.pop() {
        let done = explained(&nodes[n].cursors);
        if done > best.0 || n == 0 {
            best = (done, n);
        }
        if done == all && fits(&nodes[n].cluster) {
            return found(&nodes, n, true, false);
        }
        if nodes.len() > states_max {
            return found(&nodes, best.1, false, false);
        }
        let mut next = successors(matcher, &nodes[n]);
        next.sort_by_key(|(rank, ..)| *rank);
        for (_, step, cluster, cursors) in next {
            if seen.insert((cursors.clone(), cluster)) {
                nodes.push(Node {
                    cluster,
                    cursors,
                    from: Some((n, step)),
                });
                open.push(nodes.len() - 1);
            }
        }
    }
    found(&nodes, best.1, false, true)
}

type Successor = ((usize, u8), Step, Cluster, Cursors);

/// What may follow, the most promising last.
fn successors(matcher: &Matcher, node: &Node) -> Vec<Successor> {
    let mut next = Vec::new();
    let before = explained(&node.cursors);
    matcher.world.successors(&node.cluster, |step, cluster| {
        let Some(mut cursors) = matcher.step(&node.cursors, &node.cluster, step, &cluster) else {
            return;
        };
        matcher.settle(&cluster, &mut cursors);
        let party = match step.info().party {
            Party::Server => 2,
            Party::Peer => 3,
            Party::Timeout => 1,
            Party::Environment => 0,
        };
        let more = explained(&cursors) - before;
        next.push(((more, party), step, cluster, cursors));
    });
    next
}

fn found(nodes: &[Node], end: usize, accepted: bool, exhausted: bool) -> Found {
    let mut steps = Vec::new();
    let mut cursors = vec![nodes[end].cursors.clone()];
    let mut at = end;
    while let Some((before, step)) = nodes[at].from {
        steps.push((step, nodes[at].cluster));
        cursors.push(nodes[before].cursors.clone());
        at = before;
    }
    steps.reverse();
    cursors.reverse();
    Found {
        run: Counterexample {
            initial: nodes[at].cluster,
            steps,
            loop_from: None,
        },
        cursors,
        accepted,
        exhausted,
        states: nodes.len(),
    }
}
