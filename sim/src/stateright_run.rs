//! Exhaustive search of one world with stateright, the reference.

use std::collections::BTreeMap;
use std::time::Duration;

use model::world::World;
use properties::claims::Claim;
use properties::{Counterexample, Outcome, Property, Run, Verdict};
use stateright::{Checker, Model, Path};

use crate::adapter::{Action, Adapter, CLAIM_SLOTS, Node, slot_name};
use crate::checker::{Options, Progress, now};

/// Explores `world` and judges `properties` in it. `progress` is called about five times a second.
pub(crate) fn run(
    names: (&str, &str),
    world: &World,
    properties: &[&'static Property],
    options: Options,
    progress: &mut dyn FnMut(Progress),
) -> Run {
    let started = now();
    let adapter = Adapter::new(world.clone(), properties.to_vec(), options.ending_stories);
    let checker = adapter
        .checker()
        .threads(1)
        .target_state_count(options.transitions_max)
        .timeout(Duration::from_secs(options.seconds_max))
        .spawn_bfs();
    while !checker.is_done() {
        pause();
        progress(Progress {
            states_unique: checker.unique_state_count() as u64,
            depth: checker.max_depth() as u64,
            seconds: started.elapsed().as_secs_f64(),
            far: None,
        });
    }
    let checker = checker.join();
    checker.model().notes().closed = true;
    let mut run = collect(names, &checker, started.elapsed().as_secs_f64());
    run.unfinished = (!run.frontier_empty).then(|| options.bound_reached(run.transitions));
    run
}

fn collect(names: (&str, &str), checker: &impl Checker<Adapter>, seconds: f64) -> Run {
    let adapter = checker.model();
    let discoveries = checker.discoveries().into_iter();
    let stories: BTreeMap<_, _> = discoveries
        .map(|(name, path)| (name, counterexample(path)))
        .collect();
    let notes = adapter.notes();
    let frontier_empty = notes.expanded + notes.leaves >= checker.unique_state_count() as u64;
    let verdicts = adapter.asked().iter().enumerate().map(|(i, property)| {
        let counterexample = stories.get(slot_name(i)).cloned();
        let outcome = match (&counterexample, frontier_empty) {
            (Some(_), _) => Outcome::Violated,
            (None, false) => Outcome::Inconclusive,
            (None, true) if matches!(property.claim, Claim::LeadsTo(_)) => Outcome::Inconclusive,
            (None, true) if notes.concerned & (1 << i) == 0 => Outcome::Vacuous,
            (None, true) => Outcome::Holds,
        };
        Verdict {
            property: property.id,
            outcome,
            waived: notes.waived[i],
            counterexample,
        }
    });
    let endings = notes.endings.iter().map(|(&ending, slot)| {
        let story = slot.and_then(|slot| stories.get(slot_name(CLAIM_SLOTS + slot)).cloned());
        (ending, story)
    });
    Run {
        design: names.0.to_owned(),
        scenario: names.1.to_owned(),
        verdicts: verdicts.collect(),
        states_unique: notes.expanded,
        transitions: notes.transitions,
        depth: (checker.max_depth() as u64).saturating_sub(1),
        frontier_empty,
        symmetry: false,
        partial_order: false,
        unfinished: None,
        coverage: notes.coverage.clone(),
        faults_unused: Vec::new(),
        endings: endings.collect(),
        seconds,
    }
}

/// A path of stateright as a story: the edge to a leaf is none of its steps.
fn counterexample(path: Path<Node, Action>) -> Counterexample {
    let nodes = path.into_vec();
    let initial = nodes[0].0.cluster;
    let behind = nodes.iter().skip(1).map(|(node, _)| node.cluster);
    let steps = nodes
        .iter()
        .zip(behind)
        .filter_map(|((_, action), cluster)| {
            let step = action.as_ref()?.step?;
            Some((step, cluster))
        });
    Counterexample {
        initial,
        steps: steps.collect(),
        loop_from: None,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "waits for the search's thread between reports"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}
