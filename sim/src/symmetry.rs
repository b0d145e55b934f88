//! Which walsenders are interchangeable.
//!
//! Two that the scenario describes in the same words begin in the same state, and nothing in the
//! model knows one from the other: swap them in a state and its steps are the same, swapped
//! (`sim/tests/symmetry.rs` tries it). So one state stands for all that differ only in their order.

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
