//! The table of the pair's steps.

use super::{
    Pair, State, checkpointer, operator, pgarch, primary, recovery, slotsync, startup, walreceiver,
    walsender,
};
use crate::steps::Party;

/// One row of the table.
#[derive(Clone, Copy)]
pub struct StepInfo {
    /// Which step.
    pub kind: StepKind,
    /// Name of the step's function.
    pub name: &'static str,
    /// Who takes it.
    pub actor: &'static str,
    /// The C function that it models.
    pub function: &'static str,
    /// Where that function is, in PostgreSQL's tree.
    pub file: &'static str,
    /// Words of that function.
    pub quote: &'static str,
    /// Whose fairness it is under.
    pub party: Party,
    /// It belongs to no node.
    pub once: bool,
    pub(crate) apply: fn(&Pair, &State, usize) -> Option<State>,
}

impl std::fmt::Debug for StepInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StepInfo")
            .field("name", &self.name)
            .field("function", &self.function)
            .finish_non_exhaustive()
    }
}

/// A step of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// Which.
    pub kind: StepKind,
    /// Of which node.
    pub node: u8,
}

impl Step {
    /// The row of the table.
    #[must_use]
    pub fn info(self) -> &'static StepInfo {
        &STEPS[self.kind as usize]
    }
}

macro_rules! steps {
    ($( $kind:ident $party:ident $once:literal $actor:literal $name:literal $function:literal
        $file:literal $quote:literal $apply:path; )*) => {
        /// The kinds of steps, in the order of the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum StepKind { $(
            #[doc = concat!("`", $function, "`")]
            $kind,
        )* }

        /// All steps.
        pub static STEPS: &[StepInfo] = &[ $( StepInfo {
            kind: StepKind::$kind,
            name: $name,
            actor: $actor,
            function: $function,
            file: concat!("src/", $file),
            quote: $quote,
            party: Party::$party,
            once: $once,
            apply: $apply,
        }, )* ];
    };
}

steps! {
    Operator Environment true "operator" "act" "main" "bin/pg_ctl/pg_ctl.c" "" operator::act;
    XlogInsert Environment false "client" "xlog_insert_record" "XLogInsertRecord"
        "backend/access/transam/xlog.c" "Reserve the right amount of space from the WAL"
        primary::xlog_insert_record;
    XlogWrite Server false "walwriter" "xlog_write" "XLogWrite"
        "backend/access/transam/xlog.c" "finishing_seg" primary::xlog_write;
    LogStandbySnapshot Environment false "bgwriter" "log_standby_snapshot" "LogStandbySnapshot"
        "backend/storage/ipc/standby.c" "LogCurrentRunningXacts(running)"
        primary::log_standby_snapshot;
    Quickdie Server false "postmaster" "immediate_stop" "PostmasterStateMachine"
        "backend/postmaster/postmaster.c" "PM_WAIT_DEAD_END" primary::immediate_stop;
    ChildrenGone Server false "postmaster" "postmaster_state_machine_wait_backends"
        "PostmasterStateMachine" "backend/postmaster/postmaster.c" "PM_WAIT_BACKENDS"
        primary::postmaster_state_machine_wait_backends;
    RequestXlogSwitch Server false "checkpointer" "request_xlog_switch" "ShutdownXLOG"
        "backend/access/transam/xlog.c" "RequestXLogSwitch(false)"
        checkpointer::request_xlog_switch;
    ShutdownCheckpoint Server false "checkpointer" "create_checkpoint_shutdown"
        "CreateCheckPoint" "backend/access/transam/xlog.c" "XLOG_CHECKPOINT_SHUTDOWN"
        checkpointer::create_checkpoint_shutdown;
    ShutdownRestartPoint Server false "checkpointer" "create_restart_point_shutdown"
        "CreateRestartPoint" "backend/access/transam/xlog.c"
        "ControlFile->state = DB_SHUTDOWNED_IN_RECOVERY"
        checkpointer::create_restart_point_shutdown;
    OnlineCheckpoint Server false "checkpointer" "create_checkpoint" "CreateCheckPoint"
        "backend/access/transam/xlog.c" "XLOG_CHECKPOINT_ONLINE" checkpointer::create_checkpoint;
    RestartPoint Environment false "checkpointer" "create_restart_point" "CreateRestartPoint"
        "backend/access/transam/xlog.c" "CheckPointGuts(lastCheckPoint.redo, flags)"
        checkpointer::create_restart_point;
    RestartPointControl Server false "checkpointer" "create_restart_point_control"
        "CreateRestartPoint" "backend/access/transam/xlog.c"
        "ControlFile->checkPoint = lastCheckPointRecPtr"
        checkpointer::create_restart_point_control;
    RemoveOldXlogFiles Server false "checkpointer" "remove_old_xlog_files" "RemoveOldXlogFiles"
        "backend/access/transam/xlog.c" "XLogArchiveCheckDone" checkpointer::remove_old_xlog_files;
    PostmasterExit Server false "postmaster" "postmaster_state_machine_no_children"
        "PostmasterStateMachine" "backend/postmaster/postmaster.c" "PM_NO_CHILDREN"
        primary::postmaster_state_machine_no_children;
    StartReplication Server false "walsender" "start_replication" "StartReplication"
        "backend/replication/walsender.c" "requested starting point" walsender::start_replication;
    XlogSendPhysical Server false "walsender" "xlog_send_physical" "XLogSendPhysical"
        "backend/replication/walsender.c" "sentPtr = endptr" walsender::xlog_send_physical;
    WalSndSegmentOpen Server false "walsender" "wal_snd_segment_open" "WalSndSegmentOpen"
        "backend/replication/walsender.c" "has already been removed"
        walsender::wal_snd_segment_open;
    WalSndDone Server false "walsender" "wal_snd_done" "WalSndDone"
        "backend/replication/walsender.c" "sentPtr == replicatedPtr" walsender::wal_snd_done;
    WalRcvConnect Server false "walreceiver" "wal_receiver_main_connect" "WalReceiverMain"
        "backend/replication/walreceiver.c" "walrcv_identify_system"
        walreceiver::wal_receiver_main_connect;
    WalRcvWrite Server false "walreceiver" "xlog_wal_rcv_write" "XLogWalRcvWrite"
        "backend/replication/walreceiver.c" "Close the current segment if it's completed"
        walreceiver::xlog_wal_rcv_write;
    WalRcvFlush Server false "walreceiver" "xlog_wal_rcv_flush" "XLogWalRcvFlush"
        "backend/replication/walreceiver.c" "LogstreamResult.Flush = LogstreamResult.Write"
        walreceiver::xlog_wal_rcv_flush;
    WalRcvEndOfTimeline Server false "walreceiver" "wal_receiver_main_end_of_wal"
        "WalReceiverMain" "backend/replication/walreceiver.c"
        "replication terminated by primary server" walreceiver::wal_receiver_main_end_of_wal;
    WalRcvDie Server false "walreceiver" "wal_rcv_die" "WalRcvDie"
        "backend/replication/walreceiver.c" "Ensure that all WAL records received are flushed"
        walreceiver::wal_rcv_die;
    StartupXlog Server false "startup process" "startup_xlog" "StartupXLOG"
        "backend/access/transam/xlog.c" "InitWalRecovery" recovery::startup_xlog;
    ApplyWalRecord Server false "startup process" "apply_wal_record" "ApplyWalRecord"
        "backend/access/transam/xlogrecovery.c" "lastReplayedEndRecPtr"
        startup::apply_wal_record;
    RestoreArchivedFile Server false "startup process" "restore_archived_file"
        "RestoreArchivedFile" "backend/access/transam/xlogarchive.c" "recoveryRestoreCommand"
        startup::restore_archived_file;
    RequestXlogStreaming Server false "startup process" "request_xlog_streaming"
        "WaitForWALToBecomeAvailable" "backend/access/transam/xlogrecovery.c"
        "RequestXLogStreaming(tli, ptr, PrimaryConnInfo" startup::request_xlog_streaming;
    StreamFailed Timeout false "startup process" "stream_failed" "WaitForWALToBecomeAvailable"
        "backend/access/transam/xlogrecovery.c" "waiting for WAL to become available"
        startup::stream_failed;
    StreamTriggered Server false "startup process" "stream_triggered"
        "WaitForWALToBecomeAvailable" "backend/access/transam/xlogrecovery.c"
        "CheckForStandbyTrigger()" startup::stream_triggered;
    ShutDownSlotSync Server false "startup process" "shut_down_slot_sync" "ShutDownSlotSync"
        "backend/replication/logical/slotsync.c" "stopSignaled = true"
        slotsync::shut_down_slot_sync;
    FinishWalRecovery Server false "startup process" "finish_wal_recovery" "StartupXLOG"
        "backend/access/transam/xlog.c" "writeTimeLineHistory" recovery::finish_wal_recovery;
    CreateEndOfRecoveryRecord Server false "startup process" "create_end_of_recovery_record"
        "CreateEndOfRecoveryRecord" "backend/access/transam/xlog.c"
        "ControlFile->minRecoveryPointTLI" recovery::create_end_of_recovery_record;
    CleanupAfterArchiveRecovery Server false "startup process" "cleanup_after_archive_recovery"
        "CleanupAfterArchiveRecovery" "backend/access/transam/xlog.c" "partial"
        recovery::cleanup_after_archive_recovery;
    EnterProduction Server false "startup process" "enter_production" "StartupXLOG"
        "backend/access/transam/xlog.c" "ControlFile->state = DB_IN_PRODUCTION"
        recovery::enter_production;
    PgarchArchiveXlog Server false "archiver" "pgarch_archive_xlog" "pgarch_archiveXlog"
        "backend/postmaster/pgarch.c" "archive_file_cb" pgarch::pgarch_archive_xlog;
    SlotSyncQuery Environment false "slotsync worker" "fetch_remote_slots" "fetch_remote_slots"
        "backend/replication/logical/slotsync.c" "walrcv_exec" slotsync::fetch_remote_slots;
    SlotSyncAnswer Server false "slotsync worker" "synchronize_slots" "synchronize_slots"
        "backend/replication/logical/slotsync.c" "some_slot_updated"
        slotsync::synchronize_slots;
    SlotSyncLockTimeout Timeout false "slotsync worker" "lock_timeout_handler"
        "LockTimeoutHandler" "backend/utils/init/postinit.c" "kill(MyProcPid, SIGINT)"
        slotsync::lock_timeout_handler;
    SlotSyncInterrupt Server false "slotsync worker" "process_interrupts" "ProcessInterrupts"
        "backend/tcop/postgres.c" "ProcessSlotSyncMessage" slotsync::process_interrupts;
    FarPrimary Environment true "far primary" "far_primary_sends" "XLogWalRcvFlush"
        "backend/replication/walreceiver.c" "" operator::far_primary_sends;
    PrimarySilent Environment true "network" "primary_falls_silent" "libpqrcv_receive"
        "backend/replication/libpqwalreceiver/libpqwalreceiver.c" ""
        operator::primary_falls_silent;
}
