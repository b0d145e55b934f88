//! PostgreSQL's names for what the model holds.

use model::channel::MessageKind;
use model::cluster::{Cluster, ControlState, Life, Signal};
use model::postmaster::PmState;
use model::scenario::{Activity, PeerKind, WalsenderKind};
use model::steps::{Actor, Step, StepKind};
use model::wal::{Lsn, Record};
use model::walsender::WalSndState;
use model::world::World;

/// The actor, with what it is.
#[must_use]
pub fn actor(w: &World, actor: Actor) -> String {
    let kind = |i: u8| w.scenario.walsenders.get(usize::from(i)).copied().flatten();
    match actor {
        Actor::WalSender(i) => {
            let what = kind(i).map_or("logical", |ws| match (ws.activity, ws.kind) {
                (Activity::Connecting, _) => "connecting",
                (Activity::Idle, _) => "idle",
                (Activity::Command, _) => "command",
                (Activity::Transaction, _) => "SQL",
                (Activity::Extension, _) => "an extension's worker",
                (Activity::Streaming | Activity::Absent, WalsenderKind::Logical) => "logical",
                (Activity::Streaming | Activity::Absent, WalsenderKind::Physical) => "physical",
            });
            format!("walsender {} ({what})", i + 1)
        }
        Actor::Peer(i) => peer(w, usize::from(i)),
        Actor::Postmaster
        | Actor::Checkpointer
        | Actor::BgWriter
        | Actor::WalWriter
        | Actor::Archiver
        | Actor::IoWorker
        | Actor::DeadEnd
        | Actor::Startup
        | Actor::WalReceiver
        | Actor::StatsCollector
        | Actor::Worker(_)
        | Actor::Backend(_)
        | Actor::Environment => actor.to_string(),
    }
}

/// The peer of walsender `i`.
#[must_use]
pub fn peer(w: &World, i: usize) -> String {
    let kind = w.scenario.walsenders[i].map(|ws| ws.peer);
    let what = match kind {
        Some(PeerKind::Walreceiver) => "standby",
        Some(
            PeerKind::Receivewal | PeerKind::ReceivewalNoFlush | PeerKind::ReceivewalSegmentFlush,
        ) => "pg_receivewal",
        Some(PeerKind::RecvLogical) => "pg_recvlogical",
        Some(
            PeerKind::AnswersWhenAsked | PeerKind::ConfirmsCommitsOnly | PeerKind::OverAcknowledges,
        ) => "client",
        Some(PeerKind::ApplyWorker | PeerKind::ApplyWorkerSynchronous) | None => "subscriber",
    };
    format!("{what} {}", i + 1)
}

/// The C function that a step is, in the release of `w`.
#[must_use]
pub fn function(w: &World, step: Step) -> &'static str {
    let old = !w.design.pm_flags_and_latch;
    let physical = w
        .scenario
        .walsenders
        .get(usize::from(step.at.who))
        .copied()
        .flatten()
        .is_some_and(|ws| ws.peer.is_physical());
    let other = match step.kind.name() {
        "process_pm_shutdown_request" if old => Some("pmdie"),
        "process_pm_child_exit" if old => Some("reaper"),
        "process_pm_pmsignal" | "process_pm_pmsignal_launch" if old => Some("sigusr1_handler"),
        "launch_missing_background_processes" if !w.design.checkpointer_exits_last => {
            Some("ServerLoop")
        }
        "command_writes_wal" if physical => Some("do_pg_backup_stop"),
        "receive_message" | "stream_ended" if physical => Some("XLogWalRcvProcessMsg"),
        "local_flush" if physical => Some("XLogWalRcvFlush"),
        "send_feedback" if physical => Some("XLogWalRcvSendReply"),
        _ => None,
    };
    other.unwrap_or(step.info().function)
}

/// The step's source: file and function.
#[must_use]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are named by their C function"
)]
pub fn source(w: &World, step: Step) -> String {
    match step.kind {
        StepKind::OperatorRequestsStop
        | StepKind::ClientLeaves
        | StepKind::ClientConnects
        | StepKind::ClientConnectsToSocket
        | StepKind::DeadEndCrashes
        | StepKind::KillWalsender
        | StepKind::PeerDisconnects
        | StepKind::WorkerRestarts
        | StepKind::PeerSendsCopyDone
        | StepKind::PeerFreezes => "environment".to_owned(),
        kind => format!("{}, {}", kind.info().file, function(w, step)),
    }
}

/// `pmState`.
#[must_use]
pub fn pm_state(state: PmState) -> &'static str {
    match state {
        PmState::Startup => "PM_STARTUP",
        PmState::Recovery => "PM_RECOVERY",
        PmState::HotStandby => "PM_HOT_STANDBY",
        PmState::Run => "PM_RUN",
        PmState::StopBackends => "PM_STOP_BACKENDS",
        PmState::WaitReadonly => "PM_WAIT_READONLY",
        PmState::WaitBackends => "PM_WAIT_BACKENDS",
        PmState::Shutdown => "PM_SHUTDOWN",
        PmState::Shutdown2 => "PM_SHUTDOWN_2",
        PmState::WaitXlogShutdown => "PM_WAIT_XLOG_SHUTDOWN",
        PmState::WaitXlogArchival => "PM_WAIT_XLOG_ARCHIVAL",
        PmState::WaitIoWorkers => "PM_WAIT_IO_WORKERS",
        PmState::WaitCheckpointer => "PM_WAIT_CHECKPOINTER",
        PmState::WaitDeadEnd => "PM_WAIT_DEAD_END",
        PmState::NoChildren => "PM_NO_CHILDREN",
    }
}

/// pg_control's state, as `pg_controldata` prints it.
#[must_use]
pub fn control(state: ControlState) -> &'static str {
    match state {
        ControlState::InProduction => "in production",
        ControlState::ShuttingDown => "shutting down",
        ControlState::ShutDown => "shut down",
        ControlState::InRecovery => "in archive recovery",
        ControlState::ShutDownInRecovery => "shut down in recovery",
    }
}

/// `WalSnd.state`.
#[must_use]
pub fn walsnd_state(state: WalSndState) -> &'static str {
    match state {
        WalSndState::Startup => "WALSNDSTATE_STARTUP",
        WalSndState::Streaming => "WALSNDSTATE_STREAMING",
        WalSndState::Draining => "WALSNDSTATE_DRAINING (repair)",
        WalSndState::Stopping => "WALSNDSTATE_STOPPING",
    }
}

/// A signal.
#[must_use]
pub fn signal(signal: Signal) -> &'static str {
    match signal {
        Signal::Term => "SIGTERM",
        Signal::Int => "SIGINT",
        Signal::Quit => "SIGQUIT",
        Signal::Kill => "SIGKILL",
        Signal::Usr2 => "SIGUSR2",
        Signal::InitStopping => "PROCSIG_WALSND_INIT_STOPPING",
        Signal::Drain => "PROCSIG_WALSND_DRAIN (repair)",
    }
}

/// All signals.
pub const SIGNALS: [Signal; 7] = [
    Signal::Term,
    Signal::Int,
    Signal::Quit,
    Signal::Kill,
    Signal::Usr2,
    Signal::InitStopping,
    Signal::Drain,
];

/// A WAL record.
#[must_use]
pub fn record(record: Record) -> &'static str {
    match record {
        Record::None => "nothing",
        Record::Commit => "a commit record",
        Record::CommitOther => "a commit record of another database",
        Record::Abort => "an abort record",
        Record::Other => "a record without meaning for decoding",
        Record::Hint => "XLOG_FPI_FOR_HINT",
        Record::RunningXacts => "XLOG_RUNNING_XACTS",
        Record::BackupEnd => "XLOG_BACKUP_END",
        Record::Switch => "XLOG_SWITCH",
        Record::CheckpointShutdown => "XLOG_CHECKPOINT_SHUTDOWN",
        Record::Continuation => "the rest of a record",
    }
}

/// A message to a peer.
#[must_use]
pub fn message(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::None => "nothing",
        MessageKind::Data => "'w' XLogData",
        MessageKind::Keepalive => "'k' keepalive",
        MessageKind::KeepaliveReplyRequested => "'k' keepalive with reply request",
        MessageKind::ErrorResponse => "ErrorResponse",
        MessageKind::CommandComplete => "CommandComplete `COPY 0`",
    }
}

/// How a child ended.
#[must_use]
pub fn life(life: Life) -> &'static str {
    match life {
        Life::Absent => "reaped",
        Life::Running => "running",
        Life::Exited0 => "exit status 0",
        Life::Exited1 => "exit status 1",
        Life::Crashed => "crashed",
    }
}

/// A position, with S and E named where there is a shutdown checkpoint record.
#[must_use]
pub fn lsn(s: &Cluster, lsn: Lsn) -> String {
    let mark = match s.wal.shutdown_checkpoint() {
        Some(start) if start == lsn => " (S)",
        Some(start) if start.0 + 1 == lsn.0 => " (E)",
        Some(_) | None => "",
    };
    if lsn.is_valid() {
        format!("0/{:X}{mark}", lsn.0)
    } else {
        "invalid".to_owned()
    }
}

/// A step in a few letters, for a lane.
#[must_use]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are named by their C function"
)]
pub fn label(w: &World, step: Step) -> &'static str {
    match step.kind {
        StepKind::OperatorRequestsStop => "asks for a stop",
        StepKind::ClientLeaves => "client leaves",
        StepKind::ClientConnects | StepKind::ClientConnectsToSocket => "client connects",
        StepKind::DeadEndCrashes => "crashes",
        StepKind::StartupProcessFails => "start-up fails",
        StepKind::WalReceiverExits => "connection lost",
        StepKind::RegisterDynamicBackgroundWorker => "asks for worker",
        StepKind::LaunchMissingBackgroundProcesses => "launches",
        StepKind::ServerLoopAccept => "accepts",
        StepKind::PerformWalRecovery => "redo begins",
        StepKind::CheckRecoveryConsistency => "consistent",
        StepKind::StartupXlog => "recovery ends",
        StepKind::KillWalsender => "kill -9",
        StepKind::PeerDisconnects => "peer disconnects",
        StepKind::WorkerRestarts => "worker restarts",
        StepKind::PeerSendsCopyDone => "CopyDone",
        StepKind::PeerFreezes => "peer freezes",
        StepKind::ProcessPmShutdownRequest => "shutdown request",
        StepKind::ProcessPmChildExit => "reaps a child",
        StepKind::CheckpointerMainShutdownRequested => "ShutdownXLOG",
        StepKind::WalSndInitStopping => "INIT_STOPPING",
        StepKind::WalSndWaitStopping => "all are stopping",
        StepKind::RequestXlogSwitch => "XLOG_SWITCH",
        StepKind::CreateCheckPointShuttingDown => "SHUTDOWNING",
        StepKind::CreateCheckPointRedo => "redo fixed",
        StepKind::SaveSlotToPathCopy => "looks at slot",
        StepKind::CheckPointReplicationSlots => "slots are saved",
        StepKind::SaveSlotToPathRename => "slot saved",
        StepKind::CheckPointBuffers => "buffers written",
        StepKind::CreateCheckPointInsert => "CHECKPOINT record",
        StepKind::CreateCheckPointShutDown => "SHUTDOWNED",
        StepKind::RemoveOldXlogFiles => "old WAL removed",
        StepKind::SendXlogIsShutdown => "XLOG_IS_SHUTDOWN",
        StepKind::PgstatBeforeServerShutdown => "stats, exit",
        StepKind::HandleWalSndInitStopping => "got_STOPPING",
        StepKind::WalSndLastCycleHandler => "got_SIGUSR2",
        StepKind::CheckForInterrupts => "FATAL",
        StepKind::ProcessInterrupts => "FATAL, exit",
        StepKind::ProcessRepliesIfAny => "takes reply",
        StepKind::XlogSendLogical => "decodes",
        StepKind::XlogSendPhysical => "sends",
        StepKind::CheckXlogRemoved => "WAL is gone",
        StepKind::WalSndWaitForWal | StepKind::WalSndWaitForWalTest => "WaitForWal",
        StepKind::ReplicationSlotSave => "saves slot",
        StepKind::ReplicationSlotShmemExit => "releases slot",
        StepKind::ProcessMainLoopInterrupts => "exit",
        StepKind::ReceiveMessage => "receives",
        StepKind::LocalFlush => "flushes",
        StepKind::SendFeedback => "replies",
        StepKind::StreamEnded => "stream ended",
        StepKind::RecordTransactionCommit | StepKind::CommitTransaction => "commits",
        _ => function(w, step),
    }
}
