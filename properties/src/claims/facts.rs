//! Facts about a state that several claims use.

use model::cluster::{Cluster, ControlState};
use model::peer::PeerLife;
use model::postmaster::{ExitStatus, Shutdown};
use model::scenario::{Activity, Faults, PeerKind, PeerState, ShutdownTimeout, WalsenderKind};
use model::wal::{Lsn, Record};
use model::walsender::Silence;
use model::world::World;

use crate::waived::By;

/// The postmaster exited with status 0, pg_control says "shut down", and nobody lost patience: an
/// immediate request after the checkpoint leaves both, but cuts the walsenders short.
pub(super) fn clean(s: &Cluster) -> bool {
    looks_clean(s) && s.postmaster.shutdown != Shutdown::Immediate
}

/// What pg_upgrade and the next start can see of it.
pub(super) fn looks_clean(s: &Cluster) -> bool {
    s.postmaster.exit == ExitStatus::Success && s.control.state == ControlState::ShutDown
}

/// A fault of this budget has happened.
fn happened(w: &World, s: &Cluster, count: impl Fn(&Faults) -> u8) -> bool {
    count(&s.environment.faults_left) < count(&w.scenario.faults)
}

/// What made the stop another than the one that was asked for first. A timeout that the operator
/// set does not: what it costs is his to know.
pub(super) fn cut_short(w: &World, s: &Cluster) -> Option<By> {
    if happened(w, s, |faults| faults.kill_walsender) {
        Some(By::KillWalsender)
    } else if happened(w, s, |faults| faults.dead_end_crash) {
        Some(By::DeadEndCrash)
    } else if happened(w, s, |faults| faults.startup_failure) {
        Some(By::StartupFailure)
    } else if s.postmaster.shutdown == Shutdown::Immediate {
        Some(By::ImmediateStop)
    } else {
        None
    }
}

/// The postmaster has exited after a stop of which a clean end can be asked, or that was cut short.
pub(super) fn may_be_judged(w: &World, s: &Cluster) -> bool {
    clean(s) || s.postmaster.exit.is_some() && cut_short(w, s).is_some()
}

/// A save of a slot in the checkpoint has failed.
pub(super) fn save_failed(w: &World, s: &Cluster) -> Option<By> {
    happened(w, s, |faults| faults.slot_save_failure).then_some(By::SlotSaveFailure)
}

/// An archive command has failed.
pub(super) fn archiving_failed(w: &World, s: &Cluster) -> Option<By> {
    happened(w, s, |faults| faults.archive_failure).then_some(By::ArchiveFailure)
}

/// Slot `i` was invalidated, or will be: `max_slot_wal_keep_size` is exceeded.
pub(super) fn obsolete(w: &World, s: &Cluster, i: usize) -> Option<By> {
    (w.scenario.walsender(i).obsolete || s.slots[i].invalidated).then_some(By::ObsoleteSlot)
}

/// Peer `i` neither reads nor works, by a fault or since the scenario began.
pub(super) fn frozen(w: &World, s: &Cluster, i: usize) -> Option<By> {
    let stuck = match s.peers[i].life {
        PeerLife::Stuck | PeerLife::Locked => true,
        PeerLife::Running | PeerLife::Gone => false,
    };
    (stuck || w.scenario.walsender(i).peer_state != PeerState::Running).then_some(By::Freeze)
}

/// The peer of walsender `i` was silent for all of `wal_sender_timeout` though it had something to
/// read, and was given up. A peer that was not asked is not late.
fn late(s: &Cluster, i: usize) -> Option<By> {
    (s.walsenders[i].silence == Silence::PeerLate).then_some(By::PeerLate)
}

/// What was done to walsender `i`, its slot or its peer. A fault of somebody else's is no excuse.
/// Which peer closed its connection the state does not say: one that is there did not.
pub(super) fn done_to(w: &World, s: &Cluster, i: usize) -> Option<By> {
    let (ws, peer) = (w.scenario.walsender(i), &s.peers[i]);
    let logical = ws.kind == WalsenderKind::Logical;
    let left = peer.life == PeerLife::Gone && happened(w, s, |faults| faults.disconnect);
    let ended = s.channels[i].copy_done && happened(w, s, |faults| faults.copy_done);
    let restarted = logical && happened(w, s, |faults| faults.worker_restart);
    obsolete(w, s, i)
        .or(frozen(w, s, i))
        .or(left.then_some(By::Disconnect))
        .or(ended.then_some(By::CopyDone))
        .or(restarted.then_some(By::WorkerRestart))
        .or(late(s, i))
}

/// The peer of walsender `i` reports as flushed only what is durable. One that confirms more throws
/// it away itself: that is `confirmed-is-durable-downstream`.
pub(super) fn is_honest(w: &World, i: usize) -> bool {
    w.scenario.walsender(i).peer != PeerKind::OverAcknowledges
}

/// `wal_sender_shutdown_timeout` is set, in a design that has it: a walsender may have left before
/// its receiver had everything, which is what the operator asked for.
pub(super) fn may_time_out(w: &World) -> bool {
    w.design.stop_timeout && w.scenario.shutdown_timeout != ShutdownTimeout::Never
}

/// The logical walsenders that stream when the scenario begins to a peer that confirms, in the end,
/// what it has.
pub(super) fn responsive_logical<'a>(
    w: &'a World,
    s: &'a Cluster,
) -> impl Iterator<Item = usize> + 'a {
    let scenario = w.scenario.walsenders();
    let streaming = scenario.filter(|(_, ws)| {
        ws.kind == WalsenderKind::Logical
            && ws.activity == Activity::Streaming
            && ws.peer.is_responsive()
    });
    streaming.map(|(i, _)| i).filter(|&i| s.slots[i].in_use)
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
