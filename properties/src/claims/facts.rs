//! Facts about a state that several claims use.

use model::cluster::{Cluster, ControlState};
use model::postmaster::{ExitStatus, Shutdown};
use model::scenario::{Activity, PeerKind, PeerState, ShutdownTimeout, WalsenderKind};
use model::wal::{Lsn, Record};
use model::world::World;

/// The postmaster exited with status 0, pg_control says "shut down", and nobody lost patience: an
/// immediate request after the checkpoint leaves both, but cuts the walsenders short.
pub(super) fn clean(s: &Cluster) -> bool {
    looks_clean(s) && s.postmaster.shutdown != Shutdown::Immediate
}

/// What pg_upgrade and the next start can see of it.
pub(super) fn looks_clean(s: &Cluster) -> bool {
    s.postmaster.exit == ExitStatus::Success && s.control.state == ControlState::ShutDown
}

/// Every save of a slot in the checkpoint succeeded.
pub(super) fn slots_were_saved(w: &World, s: &Cluster) -> bool {
    s.environment.faults_left.slot_save_failure == w.scenario.faults.slot_save_failure
}

/// No fault of the budget has happened. A timeout that the operator set is no fault: what it costs
/// is his to know.
pub(super) fn no_fault(w: &World, s: &Cluster) -> bool {
    s.environment.faults_left == w.scenario.faults
}

/// The logical slots whose peers report as flushed only what is durable. A peer that confirms more
/// throws it away itself: that is `confirmed-is-durable-downstream`.
pub(super) fn honest_slots<'a>(w: &'a World, s: &'a Cluster) -> impl Iterator<Item = usize> + 'a {
    let honest = |&i: &usize| w.scenario.walsender(i).peer != PeerKind::OverAcknowledges;
    logical_slots(w, s).filter(honest)
}

/// `wal_sender_shutdown_timeout` is set, in a design that has it: a walsender may have left before
/// its receiver had everything, which is what the operator asked for.
pub(super) fn may_time_out(w: &World) -> bool {
    w.design.stop_timeout && w.scenario.shutdown_timeout != ShutdownTimeout::Never
}

/// Nobody killed a process and nobody asked for an immediate stop.
pub(super) fn nothing_killed(w: &World, s: &Cluster) -> bool {
    let (left, budget) = (&s.environment.faults_left, &w.scenario.faults);
    left.kill_walsender == budget.kill_walsender
        && left.dead_end_crash == budget.dead_end_crash
        && s.postmaster.shutdown != Shutdown::Immediate
}

/// The logical walsenders that stream when the scenario begins to a peer that answers, with a slot
/// that is still valid.
pub(super) fn responsive_logical<'a>(
    w: &'a World,
    s: &'a Cluster,
) -> impl Iterator<Item = usize> + 'a {
    let scenario = w.scenario.walsenders();
    let streaming = scenario.filter(|(_, ws)| {
        ws.kind == WalsenderKind::Logical
            && ws.activity == Activity::Streaming
            && ws.peer_state == PeerState::Running
            && ws.peer.is_responsive()
            && !ws.obsolete
    });
    streaming
        .map(|(i, _)| i)
        .filter(|&i| s.slots[i].in_use && !s.slots[i].invalidated)
}

/// The logical slots.
pub(super) fn logical_slots<'a>(w: &'a World, s: &'a Cluster) -> impl Iterator<Item = usize> + 'a {
    let scenario = w.scenario.walsenders();
    let logical = scenario.filter(|(_, ws)| ws.kind == WalsenderKind::Logical);
    logical.map(|(i, _)| i).filter(|&i| s.slots[i].in_use)
}

/// End of the shutdown checkpoint record (E).
pub(super) fn checkpoint_end(s: &Cluster) -> Option<Lsn> {
    s.wal.shutdown_checkpoint().map(|start| Lsn(start.0 + 1))
}

/// Ends of the published commits that survive the stop: in front of the shutdown checkpoint, or on
/// disk where there is none.
pub(super) fn surviving_commits(s: &Cluster) -> impl Iterator<Item = Lsn> + '_ {
    let end = match s.control.state {
        ControlState::ShutDown => s.wal.shutdown_checkpoint().unwrap_or(s.wal.flushed),
        ControlState::InProduction
        | ControlState::ShuttingDown
        | ControlState::InRecovery
        | ControlState::ShutDownInRecovery => s.wal.flushed,
    };
    commits(s).filter(move |&commit| commit <= end)
}

/// Ends of all published commits.
pub(super) fn commits(s: &Cluster) -> impl Iterator<Item = Lsn> + '_ {
    commits_between(s, Lsn::START, s.wal.inserted)
}

/// Ends of published commits, behind `from` and not behind `to`.
pub(super) fn commits_between(s: &Cluster, from: Lsn, to: Lsn) -> impl Iterator<Item = Lsn> + '_ {
    let wal = &*s.wal;
    // A record may take two units.
    wal.range(Lsn(from.0.saturating_sub(1)), to.min(wal.inserted))
        .filter(|&(_, record)| record == Record::Commit)
        .map(|(start, _)| wal.end_of(start))
        .filter(move |&end| from < end && end <= to)
}
