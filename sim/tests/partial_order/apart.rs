//! Sets of steps that are taken before all others may be: nothing else that can happen meanwhile
//! touches them, they hide nothing that is judged, and do not go on for ever.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{PEERS, broken, calm};
use crate::common::strategies::{config, designs};
use crate::common::{all, explore_properties, world};
use model::checkpointer::Pc;
use model::cluster::Cluster;
use model::machine::Machine;
use model::steps::Step;
use model::world::World;
use properties::claims::{Claim, Judgement};
use proptest::prelude::*;
use sim::checker::Options;
use sim::design_name;
use sim::partial_order::{Apart, PartialOrder, Set, is_apart};

const DESIGNS: [&str; 5] = [
    "pg10",
    "pg17",
    "pg18",
    "proposal-2023-07-21",
    "pg18+logical-stopping",
];

/// What the claims about states say.
fn judged(world: &World, s: &Cluster) -> Vec<Judgement> {
    let judged = all().into_iter().map(|property| match property.claim {
        Claim::Always(f) => f(world, s),
        Claim::AtEnd(_) | Claim::NeverStep(_) | Claim::LeadsTo(_) => Judgement::NotConcerned,
    });
    judged.collect()
}

/// The steps that can be taken in `s`, with the states behind them.
fn enabled(world: &World, s: &Cluster) -> Vec<(Step, Cluster)> {
    let steps = world.steps().iter();
    let enabled = steps.filter_map(|&step| Some((step, world.apply(step, s)?)));
    enabled.collect()
}

/// What speaks against that `step`, of a set that is apart in `s`, is taken before `other`.
fn objection(
    world: &World,
    s: &Cluster,
    (step, after): (Step, &Cluster),
    (other, beside): (Step, &Cluster),
) -> Option<String> {
    let names = (step.info().name, other.info().name);
    let behind = world.apply(other, after);
    if behind.is_none() || behind != world.apply(step, beside) {
        return Some(format!("{} and {} do not commute", names.0, names.1));
    }
    let behind = behind?;
    // What is broken, or concerned, in a state that is passed by must be so in another.
    let found = judged(world, beside);
    let instead = [s, after, &behind].map(|s| judged(world, s));
    let misses = |(n, &judgement): (usize, &Judgement)| match judgement {
        Judgement::Broken => [0, 2].iter().all(|&at| instead[at][n] != judgement),
        Judgement::Kept => (0..3).all(|at| instead[at][n] == Judgement::NotConcerned),
        Judgement::NotConcerned => false,
    };
    if found.iter().enumerate().any(misses) {
        return Some(format!("{} hides what {} leads to", names.0, names.1));
    }
    // Whether a premise is met at all is compared by whole searches.
    let same = broken(world, s, step, after) == broken(world, beside, step, &behind)
        && broken(world, s, other, beside) == broken(world, after, other, &behind);
    (!same).then(|| format!("{} hides what {} breaks", names.0, names.1))
}

/// Tries `apart` in `count` states of a world, some near its beginning and some far from it; how
/// often it said yes, and what speaks against it.
fn objections(world: &World, count: usize, apart: Apart) -> (u64, BTreeSet<String>) {
    let (mut said, mut against) = (0, BTreeSet::new());
    let mut seen = BTreeSet::from([world.initial()]);
    let mut ending: BTreeMap<Set, BTreeSet<Cluster>> = BTreeMap::new();
    let mut open = VecDeque::from([world.initial()]);
    for turn in 0..count {
        let next = if turn % 2 == 0 {
            open.pop_front()
        } else {
            open.pop_back()
        };
        let Some(s) = next else {
            break;
        };
        let mut sets: BTreeMap<Set, Vec<(Step, Cluster)>> = BTreeMap::new();
        let all = enabled(world, &s);
        for &(step, after) in &all {
            let set = Set::of(world, step);
            sets.entry(set).or_default().push((step, after));
            if seen.insert(after) {
                open.push_back(after);
            }
        }
        for (&set, steps) in sets.iter().filter(|(set, _)| apart(world, &s, **set)) {
            said += 1;
            if !can_end(world, (&s, set), apart, ending.entry(set).or_default()) {
                against.insert(format!("{set:?} goes on for ever"));
            }
            for (other, beside) in all.iter().filter(|(step, _)| Set::of(world, *step) != set) {
                let each = steps.iter();
                against.extend(each.filter_map(|(step, after)| {
                    objection(world, &s, (*step, after), (*other, beside))
                }));
                let then = of_set(world, beside, set);
                let there = then.iter().map(|(step, _)| *step);
                if !there.eq(steps.iter().map(|(step, _)| *step)) || !apart(world, beside, set) {
                    let name = other.info().name;
                    against.insert(format!("{set:?} is not apart any more behind {name}"));
                }
            }
        }
    }
    (said, against)
}

/// Whether the steps of `set` can come to an end: behind some of them no further one can be taken,
/// or the set is not apart any more. Those in `known` do.
fn can_end(
    world: &World,
    (s, set): (&Cluster, Set),
    apart: Apart,
    known: &mut BTreeSet<Cluster>,
) -> bool {
    let mut seen = BTreeSet::from([*s]);
    let mut path = vec![(*s, of_set(world, s, set))];
    while let Some((s, steps)) = path.last_mut() {
        if known.contains(s) || !apart(world, s, set) {
            known.extend(path.into_iter().map(|(s, _)| s));
            return true;
        }
        match steps.pop() {
            Some((_, after)) if seen.insert(after) => {
                let steps = of_set(world, &after, set);
                if steps.is_empty() {
                    known.extend(path.into_iter().map(|(s, _)| s));
                    return true;
                }
                path.push((after, steps));
            }
            Some(_) => {}
            None => {
                path.pop();
            }
        }
    }
    false
}

/// The steps of `set` that can be taken in `s`.
fn of_set(world: &World, s: &Cluster, set: Set) -> Vec<(Step, Cluster)> {
    let mut steps = enabled(world, s);
    steps.retain(|(step, _)| Set::of(world, *step) == set);
    steps
}

/// What a search finds of all that is not about endless runs, and the number of states; `None` if
/// it is too large.
fn found(world: &World, apart: Option<Apart>) -> Option<(u64, Vec<String>)> {
    let options = Options {
        partial_order: apart.map(|apart| PartialOrder {
            apart,
            ..PartialOrder::ON
        }),
        transitions_max: 500_000,
        ..Options::default()
    };
    let mut asked = all();
    asked.retain(|property| !matches!(property.claim, Claim::LeadsTo(_)));
    let run = explore_properties(world, &asked, options);
    let verdicts = run.verdicts.iter();
    let verdicts = verdicts.map(|v| format!("{}: {:?}", v.property, v.outcome));
    let endings = run.endings.iter().map(|(ending, _)| format!("{ending:?}"));
    let taken = run.coverage.taken.iter().map(|&n| format!("{}", n > 0));
    let found = verdicts.chain(endings).chain(taken);
    run.frontier_empty
        .then(|| (run.states_unique, found.collect()))
}

/// Where nothing cuts a stop short walsenders go their ways one after the other.
#[test]
fn sets_that_are_apart_may_be() {
    let mut said = 0;
    for (first, second) in (0..PEERS.len()).map(|i| (i, (i * 3 + 1) % PEERS.len())) {
        for (n, design) in DESIGNS.into_iter().enumerate() {
            let scenario = calm(first, second, first % 2 == 1, (first + n) % 4);
            let world = World::new(design_name::parse(design).expect("a design"), scenario);
            let (times, against) = objections(&world, 1500, is_apart);
            assert!(against.is_empty(), "{design} {first} {second}: {against:?}");
            said += times;
        }
    }
    assert!(said > 10_000, "{said}");
}

/// The check above is worth something: it objects to a set that something else touches, to one
/// that grows, and to one that goes round.
#[test]
fn sets_that_are_not_apart_are_caught() {
    let kinds: [(Apart, &str); 3] = [
        (|_, _, set| set == Set::Centre, "do not commute"),
        (
            |_, s, set| set == Set::Walsender(0) && s.checkpointer.pc == Pc::Main,
            "is not apart any more",
        ),
        (
            |_, s, set| set != Set::Centre && s.checkpointer.pc == Pc::WaitStopping,
            "goes on for ever",
        ),
    ];
    let worlds = [
        ("proposal-2023-07-21", "idle"),
        ("pg18", "two-walsenders"),
        ("pg18", "subscriber-frozen-timeout"),
        ("pg18", "confirms-commits-only"),
    ];
    for (apart, complaint) in kinds {
        let caught = |&(design, scenario): &(&str, &str)| {
            let (_, against) = objections(&world(design, scenario), 3000, apart);
            against.iter().any(|text| text.contains(complaint))
        };
        assert!(worlds.iter().any(caught), "{complaint}");
    }
}

/// What is left brings the same verdicts, endings and kinds of steps as the whole.
#[test]
fn the_same_is_found() {
    let (mut compared, mut whole, mut less) = (0, 0, 0);
    for (first, second) in [(0, 0), (1, 4), (2, 2), (4, 6), (5, 0)] {
        for design in DESIGNS {
            let scenario = calm(first, second, second == 6, 1);
            let world = World::new(design_name::parse(design).expect("a design"), scenario);
            let Some(plain) = found(&world, None) else {
                continue;
            };
            let reduced = found(&world, Some(is_apart)).expect("fewer than all");
            assert_eq!(plain.1, reduced.1, "{design} {first} {second}");
            compared += 1;
            whole += plain.0;
            less += reduced.0;
        }
    }
    assert!(compared > 15, "{compared}");
    assert!(less * 5 < whole, "{less} of {whole} states");
}

/// And a wrong set changes it.
#[test]
fn a_wrong_set_changes_what_is_found() {
    let wrong: [Apart; 2] = [
        |_, _, set| set == Set::Centre,
        |_, _, set| set != Set::Centre,
    ];
    let worlds = [
        ("proposal-2023-07-21", "subscriber-freezes"),
        ("pg17-e0b2eed047", "subscriber-freezes"),
        ("pg17", "fast-then-immediate"),
    ];
    let worlds = worlds.map(|(design, scenario)| world(design, scenario));
    for apart in wrong {
        let caught = |world: &World| {
            let [wrong, right] =
                [Some(apart), None].map(|apart| found(world, apart).map(|found| found.1));
            wrong != right
        };
        assert!(worlds.iter().any(caught));
    }
}

proptest! {
    #![proptest_config(config(12, "tests/partial_order.apart.proptest-regressions"))]

    /// The same in any design.
    #[test]
    fn sets_may_be_apart_in_any_design(
        design in designs(),
        first in 0..PEERS.len(),
        second in 0..PEERS.len(),
        archiving in any::<bool>(),
        behind in 0..3_usize,
    ) {
        let scenario = calm(first, second, archiving, behind);
        let world = World::new(design, scenario);
        let (_, against) = objections(&world, 800, is_apart);
        prop_assert!(against.is_empty(), "{against:?}");
        if let Some(plain) = found(&world, None) {
            let reduced = found(&world, Some(is_apart));
            prop_assert_eq!(Some(plain.1), reduced.map(|found| found.1));
        }
    }
}
