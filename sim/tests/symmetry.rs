//! Like walsenders are interchangeable: swap two of them in a state, and what can happen there, and
//! what the properties say of it, is the same, swapped.

use std::collections::BTreeSet;

use crate::common::{all, world};
use model::cluster::Cluster;
use model::packing::{self, Link};
use model::world::World;
use properties::claims::{Claim, Judgement, Transition};
use sim::symmetry::orbits;

/// `s` with walsenders `i` and `j` in each other's place.
fn swapped(s: &Cluster, i: usize, j: usize) -> Cluster {
    let mut after = *s;
    for (from, to) in [(i, j), (j, i)] {
        packing::put_process(packing::process(s, from), &mut after, to);
        Link::of(s, from).put(&mut after, to);
    }
    after
}

/// All that can be seen of a state: what lies behind it, and what the properties say.
type Seen = (
    BTreeSet<Cluster>,
    Vec<Judgement>,
    BTreeSet<(usize, Cluster)>,
);

fn seen(world: &World, s: &Cluster, rename: impl Fn(&Cluster) -> Cluster) -> Seen {
    let mut behind = BTreeSet::new();
    let mut broken = BTreeSet::new();
    world.successors(s, |step, after| {
        behind.insert(rename(&after));
        let transition = Transition {
            before: s,
            step,
            after: &after,
        };
        for (i, property) in all().iter().enumerate() {
            let Claim::NeverStep(f) = property.claim else {
                continue;
            };
            if f(world, &transition) == Judgement::Broken {
                broken.insert((i, rename(&after)));
            }
        }
    });
    let judged = all().into_iter().map(|property| match property.claim {
        Claim::Always(f) | Claim::AtEnd(f) => f(world, s),
        Claim::LeadsTo(goal) => Judgement::kept_if((goal.owed)(world, s)),
        Claim::NeverStep(_) => Judgement::NotConcerned,
    });
    (behind, judged.collect(), broken)
}

/// Whether walsenders 0 and 1 are interchangeable in the first `count` states found.
fn are_interchangeable(world: &World, count: usize) -> bool {
    let mut known: BTreeSet<Cluster> = [world.initial()].into();
    let mut open = vec![world.initial()];
    let mut next = 0;
    while next < open.len().min(count) {
        let s = open[next];
        next += 1;
        let rename = |s: &Cluster| swapped(s, 0, 1);
        if seen(world, &s, rename) != seen(world, &rename(&s), Clone::clone) {
            return false;
        }
        world.successors(&s, |_, after| {
            if known.insert(after) {
                open.push(after);
            }
        });
    }
    true
}

/// A scenario with its first walsender twice.
fn doubled(design: &str, scenario: &str) -> Option<World> {
    let once = world(design, scenario);
    let mut twice = once.scenario;
    twice.walsenders[1] = Some(twice.walsenders[0]?);
    Some(World::new(once.design, twice))
}

#[test]
fn swapped_states_have_swapped_steps() {
    let designs = ["pg9.6", "pg17", "pg18", "master", "proposal-2023-07-21"];
    let mut tried = 0;
    for named in sim::scenarios::small() {
        for design in designs {
            let Some(world) = doubled(design, &named.name) else {
                continue;
            };
            if orbits(&world)
                .iter()
                .any(|class| class.starts_with(&[0, 1]))
            {
                tried += 1;
                assert!(are_interchangeable(&world, 800), "{design} {}", named.name);
            }
        }
    }
    assert!(tried > 300, "{tried}");
}

/// The comparison above is worth something: unlike walsenders fail it.
#[test]
fn unlike_walsenders_are_not_interchangeable() {
    let world = world("pg18", "standby");
    assert!(orbits(&world).is_empty());
    assert!(!are_interchangeable(&world, 800));
}
