//! A step in words.

use model::checkpointer::Pc as CheckpointerPc;
use model::cluster::Cluster;
use model::design::StopPhases;
use model::steps::{Step, StepKind};
use model::walsender::Pc;
use model::world::World;

use crate::{effects, names};

/// A step as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Who.
    pub actor: String,
    /// The C function.
    pub function: &'static str,
    /// File and function.
    pub source: String,
    /// What it did.
    pub text: String,
}

/// Tells `step` from `before` to `after`.
#[must_use]
pub fn describe(w: &World, before: &Cluster, step: Step, after: &Cluster) -> Told {
    let mut parts = Vec::new();
    if let Some(opening) = opening(w, before, step, after) {
        parts.push(opening);
    }
    if step.kind == StepKind::WorkerRestarts {
        parts.extend(effects::restart(w, usize::from(step.at.who), before, after));
    } else {
        parts.extend(effects::effects(w, before, after));
    }
    if parts.is_empty() {
        parts.push("goes on".to_owned());
    }
    Told {
        actor: names::actor(w, step.actor()),
        function: names::function(w, step),
        source: names::source(w, step),
        text: parts.join("; "),
    }
}

/// What the states do not show.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the others the states show everything"
)]
fn opening(w: &World, b: &Cluster, step: Step, a: &Cluster) -> Option<String> {
    let i = usize::from(step.at.who);
    let words = match step.kind {
        StepKind::XlogSendLogical => {
            let record = names::record(b.wal.at(b.walsenders[i].sent));
            let start = names::lsn(a, b.walsenders[i].sent);
            return Some(format!("reads and decodes {record} at {start}"));
        }
        StepKind::WalSndWaitForWal | StepKind::WalSndWaitForWalTest => waiting(w, b, step, a),
        StepKind::WalSndDone if a.walsenders[i].pc == Pc::DiePending => {
            "everything is replicated; ProcDiePending := true, InterruptPending is not set"
        }
        StepKind::WalSndDone if a.walsenders[i].pc != Pc::Loop => {
            "everything is sent and replicated"
        }
        StepKind::WalSndDone => "everything is sent, not everything is replicated",
        StepKind::WalSndWaitStopping => "every WalSnd entry is free or STOPPING",
        StepKind::CheckpointerMainShutdownRequested => "sees the shutdown request",
        StepKind::RemoveOldXlogFiles => "removes or recycles WAL that nobody needs",
        StepKind::ReplicationSlotShmemExit => "runs its exit hooks",
        StepKind::CheckPointBuffers => "writes dirty buffers",
        StepKind::SaveSlotToPathCopy if a.checkpointer.pc != CheckpointerPc::SlotRename => {
            "passes a slot that is clean"
        }
        StepKind::CheckPointReplicationSlots => "no further slot is to be saved",
        StepKind::SaveSlotToPathRename if step.at.with == 1 => {
            "FAULT: the slot's state file cannot be written; that is only logged"
        }
        StepKind::ReplicationSlotSave => "marks its slot dirty and saves it",
        StepKind::CheckForInterrupts => {
            "FATAL: terminating connection due to administrator command"
        }
        StepKind::CheckXlogRemoved => {
            let sent = names::lsn(a, b.walsenders[i].sent);
            return Some(format!(
                "ERROR: the requested WAL segment, at {sent}, has already been removed"
            ));
        }
        StepKind::WalSndCheckTimeOut => "terminating walsender process due to replication timeout",
        StepKind::WalSndCheckShutdownTimeout => {
            "terminating walsender process due to replication shutdown timeout"
        }
        StepKind::CommitTransaction | StepKind::RecordTransactionCommit => {
            "commits before it notices that it shall go"
        }
        StepKind::ProcessRepliesIfAny
            if b.channels[i].peer_closed && b.channels[i].up_len() == 0 =>
        {
            "sees EOF: the client is gone"
        }
        StepKind::WalReceiverTimeout => "has heard nothing for wal_receiver_timeout",
        _ => return outside(w, step).or_else(|| server(b, step, a).map(str::to_owned)),
    };
    Some(words.to_owned())
}

/// What comes from outside.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are the server's"
)]
fn outside(w: &World, step: Step) -> Option<String> {
    let words = match step.kind {
        StepKind::KillWalsender => "FAULT: kill -9",
        StepKind::PeerDisconnects | StepKind::PeerFreezes => {
            return Some(format!(
                "FAULT at {}",
                names::peer(w, usize::from(step.at.who))
            ));
        }
        StepKind::WorkerRestarts => {
            let peer = names::peer(w, usize::from(step.at.who));
            return Some(format!("FAULT: {peer} restarts, with a new walsender"));
        }
        StepKind::PeerSendsCopyDone => {
            let peer = names::peer(w, usize::from(step.at.who));
            return Some(format!("{peer} ends the stream: CopyDone"));
        }
        StepKind::StartLogicalReplicationEnd => "both sides have sent CopyDone: the stream ends",
        StepKind::OperatorRequestsStop => "the operator asks for a stop",
        StepKind::ClientLeaves => "the client closes its session",
        StepKind::ClientConnects => "a client connects and gets a dead-end child",
        StepKind::ClientConnectsToSocket => "a client connects",
        StepKind::DeadEndCrashes => "FAULT: the dead-end child crashes",
        StepKind::StartupProcessFails => "FAULT: FATAL before redo begins",
        StepKind::WalReceiverExits => "FAULT: the connection to the primary is lost",
        StepKind::RegisterDynamicBackgroundWorker => {
            "a client starts a parallel query, and waits for its worker"
        }
        StepKind::RequestCheckpoint => "a client runs CHECKPOINT",
        StepKind::ExecReplicationCommand => "the client sends a command that writes WAL",
        _ => return None,
    };
    Some(words.to_owned())
}

/// `WalSndWaitForWal`, both halves.
fn waiting(w: &World, b: &Cluster, step: Step, a: &Cluster) -> &'static str {
    let i = usize::from(step.at.who);
    let pc = a.walsenders[i].pc;
    if step.kind == StepKind::WalSndWaitForWal {
        return if pc == Pc::WaitForWal {
            "finds no WAL to read; got_STOPPING is not set, so no flush is forced"
        } else if w.design.stop_phases == StopPhases::ByPostmaster {
            "publishes STOPPING where it would wait, and goes on decoding"
        } else {
            "finds no more WAL to read; it is stopping"
        };
    }
    if pc == Pc::Sleeping {
        "waits for WAL to be flushed"
    } else if b.walsenders[i].got_stopping {
        "got_STOPPING is set by now: leaves the wait, without a forced flush"
    } else {
        "leaves the wait"
    }
}

/// Start-up, launching, and the rest of the server.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the others the states show everything"
)]
fn server(b: &Cluster, step: Step, a: &Cluster) -> Option<&'static str> {
    let i = usize::from(step.at.who);
    let words = match step.kind {
        StepKind::StartupXlog => "recovery has ended",
        StepKind::WorkerWritesWal => "writes what it had queued",
        StepKind::InitWalSenderSlot => "takes a free WalSnd entry",
        StepKind::MarkPostmasterChildWalSender if a.walsenders[i].marked => {
            "marks itself as a walsender for the postmaster"
        }
        StepKind::ProcessPmPmsignal
            if step.at.with == 0 && b.postmaster.pm_state == a.postmaster.pm_state =>
        {
            "takes PMSIGNAL_ADVANCE_STATE_MACHINE, and stays where it is"
        }
        StepKind::WalSndStartDraining => "all that could write commits are gone",
        StepKind::ServerLoopSigkillChildren => "SIGKILL_CHILDREN_AFTER_SECS are over",
        _ => return None,
    };
    Some(words)
}
