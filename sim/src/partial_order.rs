//! Partial order: steps that need no interleaving.
//!
//! A step is *alone* if, from the moment it can be taken until it is taken, it commutes with every
//! other step that can be taken, in both orders and into the same state; if nothing that is judged
//! changes with it; if fairness makes it happen; and if it lies on no loop. Then every run can be
//! rearranged so that it comes first, without a property noticing: it is taken alone, and the
//! others behind it (a persistent set of one step; Godefroid 1996). `sim/tests/partial_order.rs`
//! tries all of this in every state of the small scenarios.
//!
//! There are few. The model's grain has folded what a process does by itself into the step in which
//! it shows, so that nearly every step left touches what somebody else looks at: at least the
//! process's own life, which SIGQUIT may end at any moment.

use model::cluster::Cluster;
use model::steps::{Step, StepKind};
use model::world::World;

/// Says whether a step, between two states, is alone.
pub type Alone = fn(&World, &Cluster, Step, &Cluster) -> bool;

/// Whether `step`, from `before` to `after`, is alone.
#[must_use]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not named here is interleaved"
)]
pub fn is_alone(world: &World, before: &Cluster, step: Step, after: &Cluster) -> bool {
    match step.kind {
        StepKind::ReplicationSlotShmemExit => only_releases(world, before, step, after),
        _ => false,
    }
}

/// The exit hooks of a walsender that leaves no statistics behind and saves nothing: its slot is
/// free. That is looked at by an invalidation and by a failover slot that waits for standbys; a
/// walsender behind its SIGTERM handler heeds no signal any more, and a SIGKILL finds it later.
fn only_releases(world: &World, before: &Cluster, step: Step, after: &Cluster) -> bool {
    let i = usize::from(step.at.who);
    let watched = world
        .scenario
        .walsenders()
        .any(|(_, ws)| ws.obsolete || ws.synchronized_standby);
    let mut released = before.slots[i];
    released.active = false;
    !watched && after.failures == before.failures && after.slots[i] == released
}
