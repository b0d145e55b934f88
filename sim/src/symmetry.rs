//! Which walsenders are interchangeable.
//!
//! Two that the scenario describes in the same words begin in the same state, and nothing in the
//! model knows one from the other: swap them in a state and its steps are the same, swapped
//! (`sim/tests/symmetry.rs` tries it). So one state stands for all that differ only in their order.

use model::cluster::Cluster;
use model::packing::{self, Link};
use model::world::World;

/// Classes of walsenders that the scenario describes in the same words.
pub(crate) fn alike(world: &World) -> Vec<Vec<usize>> {
    let mut classes: Vec<Vec<usize>> = Vec::new();
    for (i, sender) in world.scenario.walsenders() {
        let same = |class: &&mut Vec<usize>| world.scenario.walsender(class[0]) == sender;
        match classes.iter_mut().find(same) {
            Some(class) => class.push(i),
            None => classes.push(vec![i]),
        }
    }
    classes
}

/// Classes of walsenders that are interchangeable, of at least two. The standbys that
/// `synchronized_standby_slots` lists are not: the list has an order.
#[must_use]
pub fn orbits(world: &World) -> Vec<Vec<usize>> {
    let listed = |i: usize| world.scenario.walsender(i).synchronized_standby;
    let mut orbits = alike(world);
    orbits.retain(|class| class.len() > 1 && !listed(class[0]));
    orbits
}

/// How many states differ from `s` only in the order of the walsenders of these classes, itself
/// included.
pub(crate) fn likes(orbits: &[Vec<usize>], s: &Cluster) -> u64 {
    let part = |i: usize| (packing::process(s, i), Link::of(s, i));
    let orders = |class: &Vec<usize>| {
        let mut orders = 1;
        for (n, &i) in (1..).zip(class) {
            let so_far = class.iter().take(n);
            let same = so_far.filter(|&&j| part(j) == part(i)).count();
            orders = orders * n / same;
        }
        orders as u64
    };
    orbits.iter().map(orders).product()
}
