//! Partial order: steps that need no interleaving.
//!
//! A step is *alone* if, from the moment it can be taken until it is taken, it commutes with every
//! other step that can be taken, in both orders and into the same state; if nothing that is judged
//! changes with it; if fairness makes it happen; and if it lies on no loop. Then every run can be
//! rearranged so that it comes first, without a property noticing: it is taken alone, and the
//! others behind it (a persistent set of one step; Godefroid 1996). `sim/tests/partial_order.rs`
//! tries all of this in every state of the small scenarios.
//!
//! Where a stop may be cut short there are few: nearly every step touches what somebody else looks
//! at, at least the process's own life, which SIGQUIT may end at any moment. In a *calm* scenario
//! nothing does that: one fast stop of a running server whose walsenders stream to peers that
//! work, no faults, no timeouts, and nobody but the checkpointer writes WAL. There a walsender
//! that was told to stop meets nobody any more once its peer has said all it will ever say.

use model::channel::MessageKind;
use model::cluster::{Child, Cluster, Life};
use model::design::StopPhases;
use model::peer::PeerLife;
use model::scenario::{
    Activity, Faults, PeerState, Phase, ShutdownTimeout, StopMode, WalsenderScenario,
};
use model::steps::{Step, StepKind};
use model::walsender::Pc;
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

/// Whether nothing in this scenario can cut a walsender's stop short; see above.
fn is_calm(world: &World) -> bool {
    let scenario = &world.scenario;
    let streams = |ws: &WalsenderScenario| {
        matches!(ws.activity, Activity::Streaming | Activity::Absent)
            && ws.peer_state == PeerState::Running
            && ws.peer.is_responsive()
            && !(ws.obsolete || ws.failover || ws.synchronized_standby)
    };
    let one_fast_stop = scenario.requests.iter().flatten().eq([&StopMode::Fast]);
    let only_walsenders = scenario.backends.iter().flatten().next().is_none()
        && scenario.workers.iter().flatten().next().is_none()
        && scenario.walsenders().all(|(_, ws)| streams(&ws));
    let no_more_wal = scenario.hint_records == 0 && scenario.running_xacts == 0;
    // A peer's patience ends only where its walsender is deaf to it.
    let no_timeouts = !scenario.wal_sender_timeout
        && (!scenario.wal_receiver_timeout || world.design.idle_replies)
        && scenario.shutdown_timeout == ShutdownTimeout::Never;
    let one_round =
        world.design.stop_phases == StopPhases::TwoByProcSignal && !world.design.writers_first;
    one_fast_stop
        && only_walsenders
        && no_more_wal
        && no_timeouts
        && one_round
        && scenario.faults == Faults::default()
        && scenario.start.phase == Phase::Running
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
        && before.child(Child::walsender(i)).signals == 0
        && after.walsenders[i].pc == Pc::ExitRelease
}

/// What the peer has still to read ends with the goodbye, behind which it writes nothing.
fn nobody_writes_to(before: &Cluster, i: usize) -> bool {
    let channel = &before.channels[i];
    let goodbye = |m: &model::channel::Message| m.kind == MessageKind::CommandComplete;
    (before.peers[i].life == PeerLife::Gone || channel.down.iter().any(goodbye))
        && before.child(Child::walsender(i)).signals == 0
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
    !watched && after.failures == before.failures && after.slots[i] == released
}
