//! Steps that are alone.
//!
//! A step is *alone* if, from the moment it can be taken until it is taken, it commutes with every
//! other step that can be taken, in both orders and into the same state; if nothing that is judged
//! changes with it; if fairness makes it happen; and if it lies on no loop. Then every run can be
//! rearranged so that it comes first, without a property noticing.
//!
//! In a calm scenario a walsender that was told to stop meets nobody any more once its peer has
//! said all it will ever say.

use model::channel::MessageKind;
use model::cluster::{Child, Cluster, Life};
use model::peer::PeerLife;
use model::steps::{Step, StepKind};
use model::walsender::{Pc, WalSndState};
use model::world::World;

use super::{is_calm, is_last_cycle};

/// Whether `step`, from `before` to `after`, is alone.
#[must_use]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not named here is interleaved"
)]
pub fn is_alone(world: &World, before: &Cluster, step: Step, after: &Cluster) -> bool {
    let i = usize::from(step.at.who);
    match step.kind {
        StepKind::ReplicationSlotShmemExit => only_releases(world, before, step, after),
        // A flag for a process that lives until it has taken it. The other entries are told, too.
        StepKind::WalSndInitStopping => is_calm(world),
        StepKind::WalSndDone => is_calm(world) && leaves_a_silent_peer(before, after, i),
        StepKind::WalSndKill => is_calm(world) && nobody_writes_to(before, i),
        StepKind::ProcessPmChildExit => is_calm(world) && only_reaps(world, before, step),
        _ => false,
    }
}

/// `WalSndDone` leaves, and its peer has said all that it will say: nothing is under way in either
/// direction, and what it has is durable and reported.
fn leaves_a_silent_peer(before: &Cluster, after: &Cluster, i: usize) -> bool {
    let (channel, peer) = (&before.channels[i], &before.peers[i]);
    let silent = channel.up_len() == 0
        && channel.down_len() == 0
        && peer.life == PeerLife::Running
        && peer.applied <= peer.durable
        && (peer.reported_write, peer.reported_flush) == (peer.received, peer.received);
    let (wal, ws) = (&before.wal, &before.walsenders[i]);
    let all_sent = ws.sent == wal.flushed && wal.flushed == wal.inserted;
    // Statistics that wait may be flushed at any moment (`pgstat_flush_io`).
    let nothing_counted = !ws.pending_stats;
    silent
        && all_sent
        && nothing_counted
        && no_signal_comes(before, i)
        && after.walsenders[i].pc == Pc::ExitRelease
}

/// What the peer has still to read ends with the goodbye, behind which it writes nothing.
fn nobody_writes_to(before: &Cluster, i: usize) -> bool {
    let channel = &before.channels[i];
    let goodbye = |m: &model::channel::Message| m.kind == MessageKind::CommandComplete;
    (before.peers[i].life == PeerLife::Gone || channel.down.iter().any(goodbye))
        && no_signal_comes(before, i)
}

/// No signal is pending for a walsender, and none will be sent: the checkpointer waits for it
/// still, or its last cycle has come.
fn no_signal_comes(before: &Cluster, i: usize) -> bool {
    let waited_for = before.walsenders[i].state != WalSndState::Stopping;
    before.child(Child::walsender(i)).signals == 0 && (waited_for || is_last_cycle(before))
}

/// A walsender that has left in order is reaped. From 18 on the checkpointer outlives it, so that
/// the postmaster does not exit with it.
fn only_reaps(world: &World, before: &Cluster, step: Step) -> bool {
    let child = Child(step.at.who);
    world.design.checkpointer_exits_last
        && child.as_walsender().is_some()
        && before.child(child).life == Life::Exited0
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
    // A report that comes too late is lost (`late_walsender_stats_skipped`).
    let counts_nothing = after.failures == before.failures && after.stats == before.stats;
    !watched && counts_nothing && after.slots[i] == released
}
