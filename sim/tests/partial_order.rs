//! Steps that are taken alone may be: they commute with all others, change nothing that is judged,
//! are promised and lie on no loop; and with them the verdicts are the same. Sets of steps: in
//! `apart`.

mod apart;

use std::collections::{BTreeMap, BTreeSet};

use crate::common::strategies::{config, designs};
use crate::common::{all, explore_with, world};
use model::cluster::Cluster;
use model::machine::Machine;
use model::scenario::Scenario;
use model::steps::{Party, Step, StepKind};
use model::world::World;
use properties::claims::{Claim, Judgement, Transition};
use proptest::prelude::*;
use sim::checker::Options;
use sim::partial_order::{Alone, PartialOrder, is_alone};
use sim::{design_name, scenario_file};

const DESIGNS: [&str; 4] = ["pg9.6", "pg17", "pg18", "proposal-2023-07-21"];

/// What the claims about states say.
fn judged(world: &World, s: &Cluster) -> Vec<Judgement> {
    let judged = all().into_iter().map(|property| match property.claim {
        Claim::Always(f) => f(world, s),
        Claim::LeadsTo(goal) => Judgement::kept_if((goal.owed)(world, s)),
        Claim::AtEnd(_) | Claim::NeverStep(_) => Judgement::NotConcerned,
    });
    judged.collect()
}

/// What is broken by a step.
fn broken(world: &World, before: &Cluster, step: Step, after: &Cluster) -> Vec<bool> {
    let transition = Transition {
        before,
        step,
        after,
    };
    let broken = all().into_iter().map(|property| match property.claim {
        Claim::NeverStep(f) => f(world, &transition) == Judgement::Broken,
        Claim::AtEnd(_) | Claim::Always(_) | Claim::LeadsTo(_) => false,
    });
    broken.collect()
}

/// Why `step` from `s` is not alone, if it is not.
fn objection(world: &World, s: &Cluster, step: Step, alone: Alone) -> Option<String> {
    let after = world.apply(step, s)?;
    let name = step.info().name;
    if step.info().party != Party::Server {
        return Some(format!("{name} is promised by nobody"));
    }
    if judged(world, s) != judged(world, &after) || broken(world, s, step, &after).contains(&true) {
        return Some(format!("{name} is visible"));
    }
    for &other in world.steps().iter().filter(|&&other| other != step) {
        let Some(beside) = world.apply(other, s) else {
            continue;
        };
        let behind = world.apply(other, &after);
        if behind.is_none() || behind != world.apply(step, &beside) {
            return Some(format!("{name} and {} do not commute", other.info().name));
        }
        if behind.is_some_and(|behind| !alone(world, &beside, step, &behind)) {
            let other = other.info().name;
            return Some(format!("{name} is not alone any more behind {other}"));
        }
        let late = behind.map(|behind| broken(world, &after, other, &behind));
        if late != Some(broken(world, s, other, &beside)) {
            return Some(format!("{name} hides what {} breaks", other.info().name));
        }
    }
    None
}

/// Tries `alone` in the first `count` states of a world; how often it said yes, and what speaks
/// against it.
fn objections(world: &World, count: usize, alone: Alone) -> (u64, BTreeSet<String>) {
    let (mut said, mut against) = (0, BTreeSet::new());
    let mut known: BTreeMap<Cluster, usize> = [(world.initial(), 0)].into();
    let mut open = vec![world.initial()];
    let mut edges: Vec<Vec<usize>> = Vec::new();
    let mut pairs = Vec::new();
    while edges.len() < open.len().min(count) {
        let n = edges.len();
        let s = open[n];
        edges.push(Vec::new());
        for &step in world.steps() {
            let Some(after) = world.apply(step, &s) else {
                continue;
            };
            let to = *known.entry(after).or_insert_with(|| {
                open.push(after);
                open.len() - 1
            });
            edges[n].push(to);
            if alone(world, &s, step, &after) {
                said += 1;
                against.extend(objection(world, &s, step, alone));
                pairs.push((n, to));
            }
        }
    }
    for (from, to) in pairs.into_iter().take(50) {
        let mut seen = BTreeSet::new();
        let mut open = vec![to];
        while let Some(n) = open.pop() {
            if seen.insert(n) {
                open.extend(edges.get(n).into_iter().flatten());
            }
        }
        if seen.contains(&from) {
            against.insert("it lies on a loop".to_owned());
        }
    }
    (said, against)
}

#[test]
fn steps_that_are_alone_may_be() {
    let mut said = 0;
    for named in sim::scenarios::small() {
        for design in DESIGNS {
            let world = world(design, &named.name);
            let (times, against) = objections(&world, 3000, is_alone);
            assert!(against.is_empty(), "{design} {}: {against:?}", named.name);
            said += times;
        }
    }
    assert!(said > 1000, "{said}");
}

/// The check above is worth something: it objects to a step that is wrongly called invisible, and
/// to one that does not commute.
#[test]
fn steps_that_are_not_alone_are_caught() {
    let kinds: [(Alone, &str); 2] = [
        (
            |_, _, step, _| step.kind == StepKind::CreateCheckPointShutDown,
            "is visible",
        ),
        (
            |_, _, step, _| step.kind == StepKind::ProcessRepliesIfAny,
            "do not commute",
        ),
    ];
    for (alone, complaint) in kinds {
        let (_, against) = objections(&world("pg18", "subscriber-freezes"), 6000, alone);
        assert!(
            against.iter().any(|text| text.contains(complaint)),
            "{against:?}"
        );
    }
}

/// Peers, and what their walsenders send.
const PEERS: [(&str, &str); 7] = [
    ("apply-worker", "logical"),
    ("apply-worker-synchronous", "logical"),
    ("recv-logical", "logical"),
    ("answers-when-asked", "logical"),
    ("walreceiver", "physical"),
    ("receivewal", "physical"),
    ("receivewal-no-flush", "physical"),
];

/// A scenario in which nothing cuts a stop short, with two peers, the first of them so many records
/// behind.
fn calm(first: usize, second: usize, archiving: bool, behind: usize) -> Scenario {
    let flushed: usize = if archiving { 2 } else { 3 };
    let walsender = |peer: usize, behind: usize| {
        let (peer, kind) = PEERS[peer];
        let slot = peer != "receivewal-no-flush";
        let at = flushed.saturating_sub(behind);
        let saved = if slot {
            format!("saved-up-to = {at}\n")
        } else {
            String::new()
        };
        format!(
            "[[walsender]]\nkind = \"{kind}\"\npeer = \"{peer}\"\nslot = {slot}\n\
             caught-up-to = {at}\n{saved}"
        )
    };
    let text = format!(
        "requests = [\"fast\"]\nbacklog = [\"commit\", \"running-xacts\", \"other\"]\n\
         backlog-flushed = {flushed}\narchiving = {archiving}\n{}{}",
        walsender(first, behind),
        walsender(second, 0)
    );
    let named = scenario_file::parse("calm", &text).unwrap_or_else(|error| panic!("{error}"));
    named.scenario
}

/// Where nothing cuts a stop short a walsender's way out is alone.
#[test]
fn ways_out_are_alone_in_calm_scenarios() {
    let mut said = 0;
    for (first, second) in (0..PEERS.len()).map(|i| (i, (i * 3 + 1) % PEERS.len())) {
        for design in ["pg10", "pg18", "proposal-2023-07-21"] {
            let scenario = calm(first, second, first % 2 == 1, 0);
            let world = World::new(design_name::parse(design).expect("a design"), scenario);
            let (times, against) = objections(&world, 4000, is_alone);
            assert!(against.is_empty(), "{design} {first} {second}: {against:?}");
            said += times;
        }
    }
    assert!(said > 1000, "{said}");
}

proptest! {
    #![proptest_config(config(12, "tests/partial_order.proptest-regressions"))]

    /// The same of any design; and the verdicts are those of the whole search.
    #[test]
    fn ways_out_are_alone_in_any_design(
        design in designs(),
        first in 0..PEERS.len(),
        second in 0..PEERS.len(),
        archiving in any::<bool>(),
    ) {
        let world = World::new(design, calm(first, second, archiving, 0));
        let (_, against) = objections(&world, 2000, is_alone);
        prop_assert!(against.is_empty(), "{against:?}");
        let plain = outcomes(&world, ("drawn", "calm"), None);
        let reduced = outcomes(&world, ("drawn", "calm"), Some(is_alone));
        prop_assert_eq!(plain.1, reduced.1);
    }
}

fn outcomes(world: &World, names: (&str, &str), partial_order: Option<Alone>) -> Verdicts {
    let options = Options {
        partial_order: partial_order.map(|alone| PartialOrder {
            alone,
            ..PartialOrder::ON
        }),
        ..Options::default()
    };
    let run = explore_with(world, names, options);
    assert!(run.frontier_empty);
    let verdicts = run.verdicts.iter();
    let outcomes = verdicts.map(|v| format!("{}: {:?}", v.property, v.outcome));
    let endings = run.endings.iter().map(|(ending, _)| format!("{ending:?}"));
    (run.states_unique, outcomes.chain(endings).collect())
}

type Verdicts = (u64, Vec<String>);

#[test]
fn verdicts_and_endings_are_the_same() {
    let (mut whole, mut less) = (0, 0);
    for named in sim::scenarios::small() {
        for design in DESIGNS {
            let world = world(design, &named.name);
            let names = (design, named.name.as_str());
            let plain = outcomes(&world, names, None);
            let reduced = outcomes(&world, names, Some(is_alone));
            assert_eq!(plain.1, reduced.1, "{names:?}");
            whole += plain.0;
            less += reduced.0;
        }
    }
    assert!(less < whole, "{less} of {whole} states");
}

/// And a wrong reduction changes verdicts.
#[test]
fn a_wrong_reduction_changes_verdicts() {
    let wrong: [(&str, Alone); 2] = [
        ("disconnect", |_, _, step, _| {
            step.kind == StepKind::PeerDisconnects
        }),
        ("db-transaction", |_, _, step, _| {
            step.kind == StepKind::CommitTransaction
        }),
    ];
    for (scenario, wrong) in wrong {
        let names = ("pg17-e0b2eed047", scenario);
        let world = world(names.0, names.1);
        let right = outcomes(&world, names, None).1;
        assert_ne!(outcomes(&world, names, Some(wrong)).1, right, "{scenario}");
    }
}
