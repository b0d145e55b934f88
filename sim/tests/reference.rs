//! The checker against a plain search that keeps whole states: same states, same verdicts, and
//! counterexamples of the same, shortest length. Named instances first, then random ones.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{all, explore_with, strategies, world};
use model::cluster::Cluster;
use model::packing::{self, Link};
use model::world::World;
use properties::claims::{Claim, Judgement, Transition};
use properties::waived::By;
use properties::{Ending, Run, Verdict, property};
use proptest::prelude::*;
use sim::checker::{Engine, Options};
use sim::symmetry::orbits;

/// What the plain search says.
struct Plain {
    states: u64,
    /// States up to the order of like walsenders.
    orbits: u64,
    transitions: u64,
    /// Length of the shortest violation, by property.
    violated: BTreeMap<&'static str, usize>,
    concerned: BTreeSet<&'static str>,
    endings: BTreeSet<Ending>,
    /// Ending states that do not keep a promise and are excused, by property and excuse.
    waived: BTreeMap<(&'static str, By), u64>,
}

fn plain_search(world: &World) -> Plain {
    plain_search_up_to(world, usize::MAX).expect("there is no bound")
}

/// Level by level, whole states in an ordered set, each claim judged where it belongs. `None` if
/// there are more states.
fn plain_search_up_to(world: &World, states_max: usize) -> Option<Plain> {
    let mut plain = Plain {
        states: 0,
        orbits: 0,
        transitions: 0,
        violated: BTreeMap::new(),
        concerned: BTreeSet::new(),
        endings: BTreeSet::new(),
        waived: BTreeMap::new(),
    };
    let mut seen: BTreeSet<Cluster> = [world.initial()].into();
    let mut level = vec![world.initial()];
    let mut depth = 0;
    while !level.is_empty() {
        let mut next_level = Vec::new();
        for s in &level {
            plain.states += 1;
            let mut successors = Vec::new();
            world.successors(s, |step, next| successors.push((step, next)));
            let ends = successors.is_empty() || world.is_deadlock(s);
            if ends {
                plain.endings.insert(Ending::of(world, s));
                for p in all() {
                    if let Some(by) = p.waived.and_then(|f| f(world, s)) {
                        *plain.waived.entry((p.id, by)).or_default() += 1;
                    }
                }
            }
            for p in all() {
                match p.claim {
                    Claim::Always(f) => note(&mut plain, p.id, f(world, s), depth),
                    Claim::AtEnd(f) if ends => note(&mut plain, p.id, f(world, s), depth),
                    Claim::AtEnd(_) | Claim::LeadsTo(_) => {}
                    Claim::NeverStep(f) => {
                        for (step, after) in &successors {
                            let t = Transition {
                                before: s,
                                step: *step,
                                after,
                            };
                            note(&mut plain, p.id, f(world, &t), depth + 1);
                        }
                    }
                }
            }
            plain.transitions += successors.len() as u64;
            for (_, next) in successors {
                if seen.insert(next) {
                    next_level.push(next);
                }
            }
            if seen.len() > states_max {
                return None;
            }
        }
        level = next_level;
        depth += 1;
    }
    let orbits: BTreeSet<Cluster> = seen.iter().map(|s| representative(world, s)).collect();
    plain.orbits = orbits.len() as u64;
    Some(plain)
}

/// The state with each class of like walsenders in ascending order.
fn representative(world: &World, s: &Cluster) -> Cluster {
    let mut sorted = *s;
    for class in orbits(world) {
        let mut members = class.clone();
        members.sort_by_cached_key(|&i| {
            let mut bytes = Vec::new();
            packing::write_process(packing::process(s, i), &mut bytes);
            Link::of(s, i).write(&mut bytes);
            bytes
        });
        for (&from, &to) in members.iter().zip(&class) {
            packing::put_process(packing::process(s, from), &mut sorted, to);
            Link::of(s, from).put(&mut sorted, to);
        }
    }
    sorted
}

fn note(plain: &mut Plain, id: &'static str, judgement: Judgement, length: usize) {
    if judgement != Judgement::NotConcerned {
        plain.concerned.insert(id);
    }
    if judgement == Judgement::Broken {
        let shortest = plain.violated.entry(id).or_insert(length);
        *shortest = length.min(*shortest);
    }
}

fn assert_same(world: &World, names: (&str, &str)) {
    let plain = plain_search(world);
    assert_is(&plain, &whole_states(world, names), names);
}

/// stateright, the reference, agrees too.
fn assert_stateright_same(world: &World, names: (&str, &str)) {
    let options = Options {
        engine: Engine::Stateright,
        ..Options::default()
    };
    let run = sim::checker::run(names, world, &all(), options, &mut |_| {});
    assert_is(&plain_search(world), &run, names);
}

fn whole_states(world: &World, names: (&str, &str)) -> Run {
    let options = Options {
        engine: Engine::Graph,
        ..Options::default()
    };
    explore_with(world, names, options)
}

/// So does the engine of packed states, on one thread and on two, with symmetry and without, and on
/// timely dataflow.
fn assert_packed_same(world: &World, names: (&str, &str)) {
    let plain = plain_search(world);
    let graph = whole_states(world, names);
    for (engine, threads, symmetry) in [
        (Engine::Packed, 1, false),
        (Engine::Packed, 2, false),
        (Engine::Packed, 1, true),
        (Engine::Packed, 2, true),
        (Engine::Timely, 3, true),
    ] {
        let options = Options {
            engine,
            threads,
            symmetry,
            ..Options::default()
        };
        let run = sim::checker::run(names, world, &all(), options, &mut |_| {});
        if run.symmetry {
            assert_orbits(&plain, world, &run, names);
        } else {
            assert_is(&plain, &run, names);
            assert_eq!(run.coverage.taken, graph.coverage.taken, "{names:?}");
        }
        // Not only as long: the very same stories, whatever the threads and the symmetry did.
        let judged = run.verdicts.iter().zip(&graph.verdicts);
        let judged = judged.filter(|(v, _)| engine == Engine::Packed || !is_endless(v.property));
        for (packed, graph) in judged {
            assert_eq!(
                packed.outcome, graph.outcome,
                "{names:?}: {}",
                packed.property
            );
            let steps = |v: &properties::Verdict| {
                let story = v.counterexample.as_ref();
                story.map(|c| {
                    let steps: Vec<_> = c.steps.iter().map(|(step, _)| *step).collect();
                    (steps, c.loop_from)
                })
            };
            assert_eq!(
                steps(packed),
                steps(graph),
                "{names:?}: {}",
                packed.property
            );
        }
    }
}

/// Endings that are waived are counted as states, whatever stands for what.
fn assert_waived(plain: &Plain, run: &Run, names: (&str, &str)) {
    let of = |v: &Verdict| {
        v.waived
            .iter()
            .map(|(by, n)| ((v.property, by), n))
            .collect::<Vec<_>>()
    };
    let waived = run.verdicts.iter().flat_map(of).collect();
    assert_eq!(plain.waived, waived, "{names:?}: waived");
}

fn is_endless(id: &str) -> bool {
    matches!(property(id).expect("it is ours").claim, Claim::LeadsTo(_))
}

/// As many states as there are orbits; each step taken that is taken anywhere.
fn assert_orbits(plain: &Plain, world: &World, run: &Run, names: (&str, &str)) {
    assert!(run.frontier_empty, "{names:?}");
    assert_eq!(run.states_unique, plain.orbits, "{names:?}: orbits");
    let sorted = plain.endings.iter().map(|ending| {
        let mut ending = *ending;
        for class in orbits(world) {
            ending.sort_slots(&class);
        }
        ending
    });
    let endings: BTreeSet<Ending> = run.endings.iter().map(|(e, _)| *e).collect();
    assert_eq!(endings, sorted.collect(), "{names:?}: endings");
    assert_waived(plain, run, names);
}

fn assert_is(plain: &Plain, run: &Run, names: (&str, &str)) {
    assert!(run.frontier_empty, "{names:?}");
    assert_eq!(run.states_unique, plain.states, "{names:?}: states");
    assert_eq!(run.transitions, plain.transitions, "{names:?}: transitions");
    for verdict in run.verdicts.iter().filter(|v| !is_endless(v.property)) {
        let length = verdict.counterexample.as_ref().map(|c| c.steps.len());
        let id = verdict.property;
        assert_eq!(length, plain.violated.get(id).copied(), "{names:?}: {id}");
        let vacuous = verdict.outcome == properties::Outcome::Vacuous;
        assert_eq!(
            vacuous,
            !plain.concerned.contains(id),
            "{names:?}: {id} vacuous"
        );
    }
    let endings: BTreeSet<Ending> = run.endings.iter().map(|(e, _)| *e).collect();
    assert_eq!(endings, plain.endings, "{names:?}: endings");
    assert_waived(plain, run, names);
}

#[test]
fn like_walsenders() {
    for design in ["pg17", "proposal-2023-07-21"] {
        let named = (design, "two-walsenders");
        assert_packed_same(&world(named.0, named.1), named);
    }
}

/// What a fault excuses is counted alike.
#[test]
fn waived_endings() {
    for (design, scenario) in [
        ("pg18", "archive-fails"),
        ("master", "slot-save-fails"),
        ("pg17", "disconnect"),
    ] {
        assert_stateright_same(&world(design, scenario), (design, scenario));
        assert_packed_same(&world(design, scenario), (design, scenario));
    }
}

#[test]
fn named_instances() {
    for design in ["pg9.6", "pg16", "pg18", "proposal-2023-07-21"] {
        for scenario in [
            "idle",
            "busy",
            "standby",
            "archiving",
            "db-transaction-checksums",
        ] {
            assert_same(&world(design, scenario), (design, scenario));
            assert_stateright_same(&world(design, scenario), (design, scenario));
            assert_packed_same(&world(design, scenario), (design, scenario));
        }
    }
}

/// Each story is a run of the model, from its start to what breaks the promise.
fn assert_stories_end_in_what_they_tell(world: &World, run: &Run) {
    for verdict in &run.verdicts {
        let Some(story) = &verdict.counterexample else {
            continue;
        };
        let id = verdict.property;
        assert_eq!(story.initial, world.initial(), "{id}");
        let mut before = story.initial;
        let mut last_step = None;
        for (step, after) in &story.steps {
            assert_eq!(step.apply(world, &before), Some(*after), "{id}: {step:?}");
            last_step = Some((before, *step));
            before = *after;
        }
        let broken = match property(id).expect("it is ours").claim {
            Claim::Always(f) | Claim::AtEnd(f) => f(world, &before),
            Claim::NeverStep(f) => {
                let (from, step) = last_step.expect("a step was taken");
                let transition = Transition {
                    before: &from,
                    step,
                    after: &before,
                };
                f(world, &transition)
            }
            Claim::LeadsTo(goal) => {
                let from = story.loop_from.expect("such a run is endless");
                let entry = from
                    .checked_sub(1)
                    .map_or(story.initial, |i| story.steps[i].1);
                assert_eq!(entry, before, "{id}: the loop does not close");
                Judgement::kept_if(!(goal.owed)(world, &before))
            }
        };
        assert_eq!(broken, Judgement::Broken, "{id}");
    }
}

/// States of a random instance: more would only be slower.
const STATES_MAX: usize = 2000;

proptest! {
    #![proptest_config(strategies::config(40, "tests/proptest-regressions/reference.txt"))]

    /// Any design that switches can make, in built-in scenarios and in what edits make of them.
    #[test]
    fn random_instances(
        design in strategies::designs(),
        scenario in strategies::scenarios(),
    ) {
        let world = World::new(design, scenario);
        prop_assume!(plain_search_up_to(&world, STATES_MAX).is_some());
        let names = ("random", "random");
        assert_same(&world, names);
        assert_stateright_same(&world, names);
        assert_packed_same(&world, names);
        assert_stories_end_in_what_they_tell(&world, &whole_states(&world, names));
    }
}
