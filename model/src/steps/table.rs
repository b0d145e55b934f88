//! The table of all steps: name, actor, C function, source file, and the one function that is both
//! guard and effect.

use super::{Party, StepInfo};
use crate::candidates::Range;
use crate::checkpointer::{handshake, slots};
use crate::walsender::{
    self, command, copy_done, done, exit, logical, physical, removed, timeouts,
};
use crate::{
    archiver, auxiliary, backend, bgworker, bgwriter, checkpointer, environment, peer, postmaster,
    startup, walreceiver,
};

/// The sections of the table: who takes its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Postmaster,
    Checkpointer,
    Walsender,
    Backend,
    Peer,
    BgWriter,
    WalWriter,
    Archiver,
    IoWorker,
    DeadEnd,
    Startup,
    WalReceiver,
    StatsCollector,
    Worker,
    /// The child that `who` names.
    AnyChild,
    Environment,
}

macro_rules! steps {
    ($( $actor:ident { $( $kind:ident $party:ident $range:ident
        $name:literal $function:literal $file:literal $take:path; )* } )*) => {
        /// The kinds of steps, in the order of the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum StepKind { $( $(
            #[doc = concat!("`", $function, "`")]
            $kind,
        )* )* }

        impl StepKind {
            pub(super) fn group(self) -> Group {
                match self { $( $( StepKind::$kind => Group::$actor, )* )* }
            }
        }

        /// All steps.
        pub static STEPS: &[StepInfo] = &[ $( $( StepInfo {
            kind: StepKind::$kind,
            name: $name,
            function: $function,
            file: concat!("src/backend/", $file),
            party: Party::$party,
            range: Range::$range,
            take: $take,
        }, )* )* ];
    };
}

steps! {
    Postmaster {
        ProcessPmShutdownRequest Server Modes "process_pm_shutdown_request"
            "process_pm_shutdown_request" "postmaster/postmaster.c"
            postmaster::process_pm_shutdown_request;
        ProcessPmChildExit Server Children "process_pm_child_exit"
            "process_pm_child_exit" "postmaster/postmaster.c" postmaster::process_pm_child_exit;
        ProcessPmPmsignal Server Twice "process_pm_pmsignal"
            "process_pm_pmsignal" "postmaster/postmaster.c" postmaster::process_pm_pmsignal;
        ProcessPmPmsignalLaunch Server Launch "process_pm_pmsignal_launch"
            "process_pm_pmsignal" "postmaster/postmaster.c" postmaster::process_pm_pmsignal_launch;
        LaunchMissingBackgroundProcesses Server Once "launch_missing_background_processes"
            "LaunchMissingBackgroundProcesses" "postmaster/postmaster.c"
            postmaster::launch_missing_background_processes;
        ServerLoopAccept Server Backends "server_loop_accept"
            "ServerLoop" "postmaster/postmaster.c" postmaster::server_loop_accept;
        ServerLoopSigkillChildren Timeout Once "server_loop_sigkill_children"
            "ServerLoop" "postmaster/postmaster.c" postmaster::server_loop_sigkill_children;
    }
    Checkpointer {
        CheckpointerMainShutdownRequested Server Once "checkpointer_main_shutdown_requested"
            "CheckpointerMain" "postmaster/checkpointer.c"
            checkpointer::checkpointer_main_shutdown_requested;
        WalSndInitStopping Server Entries "wal_snd_init_stopping"
            "WalSndInitStopping" "replication/walsender.c" handshake::wal_snd_init_stopping;
        WalSndWaitStopping Server Once "wal_snd_wait_stopping"
            "WalSndWaitStopping" "replication/walsender.c" handshake::wal_snd_wait_stopping;
        WalSndStartDraining Server Entries "wal_snd_start_draining"
            "WalSndInitStopping" "replication/walsender.c" handshake::wal_snd_start_draining;
        CreateRestartPoint Server Once "create_restart_point"
            "CreateRestartPoint" "access/transam/xlog.c" checkpointer::create_restart_point;
        RequestXlogSwitch Server Once "request_xlog_switch"
            "RequestXLogSwitch" "access/transam/xlog.c" checkpointer::request_xlog_switch;
        CreateCheckPointShuttingDown Server Once "create_check_point_shutting_down"
            "CreateCheckPoint" "access/transam/xlog.c"
            checkpointer::create_check_point_shutting_down;
        CreateCheckPointRedo Server Once "create_check_point_redo"
            "CreateCheckPoint" "access/transam/xlog.c" checkpointer::create_check_point_redo;
        SaveSlotToPathCopy Server Entries "save_slot_to_path_copy"
            "SaveSlotToPath" "replication/slot.c" slots::save_slot_to_path_copy;
        SaveSlotToPathRename Server EntriesTwice "save_slot_to_path_rename"
            "SaveSlotToPath" "replication/slot.c" slots::save_slot_to_path_rename;
        CheckPointReplicationSlots Server Once "check_point_replication_slots"
            "CheckPointReplicationSlots" "replication/slot.c"
            slots::check_point_replication_slots;
        CheckPointBuffers Server Once "check_point_buffers"
            "CheckPointGuts" "access/transam/xlog.c" checkpointer::check_point_buffers;
        CreateCheckPointInsert Server Once "create_check_point_insert"
            "CreateCheckPoint" "access/transam/xlog.c" checkpointer::create_check_point_insert;
        CreateCheckPointShutDown Server Once "create_check_point_shut_down"
            "CreateCheckPoint" "access/transam/xlog.c" checkpointer::create_check_point_shut_down;
        InvalidateObsoleteReplicationSlots Server Entries "invalidate_obsolete_replication_slots"
            "InvalidateObsoleteReplicationSlots" "replication/slot.c"
            slots::invalidate_obsolete_replication_slots;
        RemoveOldXlogFiles Server Once "remove_old_xlog_files"
            "RemoveOldXlogFiles" "access/transam/xlog.c" checkpointer::remove_old_xlog_files;
        SendXlogIsShutdown Server Once "send_xlog_is_shutdown"
            "CheckpointerMain" "postmaster/checkpointer.c" checkpointer::send_xlog_is_shutdown;
        CheckpointerMainExitRequested Server Once "checkpointer_main_exit_requested"
            "CheckpointerMain" "postmaster/checkpointer.c"
            checkpointer::checkpointer_main_exit_requested;
        PgstatBeforeServerShutdown Server Once "pgstat_before_server_shutdown"
            "pgstat_before_server_shutdown" "utils/activity/pgstat.c"
            checkpointer::pgstat_before_server_shutdown;
    }
    Walsender {
        HandleWalSndInitStopping Server WalsendersTwice "handle_wal_snd_init_stopping"
            "HandleWalSndInitStopping" "replication/walsender.c"
            walsender::handle_wal_snd_init_stopping;
        WalSndLastCycleHandler Server Walsenders "wal_snd_last_cycle_handler"
            "WalSndLastCycleHandler" "replication/walsender.c"
            walsender::wal_snd_last_cycle_handler;
        Quickdie Server Walsenders "quickdie"
            "quickdie" "tcop/postgres.c" walsender::quickdie;
        CheckForInterrupts Server Walsenders "check_for_interrupts"
            "ProcessInterrupts" "tcop/postgres.c" walsender::check_for_interrupts;
        InitWalSenderSlot Server Walsenders "init_wal_sender_slot"
            "InitWalSenderSlot" "replication/walsender.c" command::init_wal_sender_slot;
        MarkPostmasterChildWalSender Server Walsenders "mark_postmaster_child_wal_sender"
            "InitWalSender" "replication/walsender.c" command::mark_postmaster_child_wal_sender;
        CommandWritesWal Server Walsenders "command_writes_wal"
            "CreateReplicationSlot" "replication/walsender.c" command::command_writes_wal;
        CommitTransaction Environment Walsenders "commit_transaction"
            "RecordTransactionCommit" "access/transam/xact.c" command::commit_transaction;
        ProcessRepliesIfAny Server Walsenders "process_replies_if_any"
            "ProcessRepliesIfAny" "replication/walsender.c" walsender::process_replies_if_any;
        StartLogicalReplicationEnd Server Walsenders "start_logical_replication_end"
            "StartLogicalReplication" "replication/walsender.c"
            copy_done::start_logical_replication_end;
        XlogSendLogical Server WalsendersTwice "xlog_send_logical"
            "XLogSendLogical" "replication/walsender.c" logical::xlog_send_logical;
        WalSndWaitForWal Server Walsenders "wal_snd_wait_for_wal"
            "WalSndWaitForWal" "replication/walsender.c" logical::wal_snd_wait_for_wal;
        WalSndWaitForWalTest Server Walsenders "wal_snd_wait_for_wal_test"
            "WalSndWaitForWal" "replication/walsender.c" logical::wal_snd_wait_for_wal_test;
        XlogSendPhysical Server Walsenders "xlog_send_physical"
            "XLogSendPhysical" "replication/walsender.c" physical::xlog_send_physical;
        CheckXlogRemoved Server Walsenders "check_xlog_removed"
            "CheckXLogRemoved" "access/transam/xlog.c" removed::check_xlog_removed;
        PgstatFlushIo Timeout Walsenders "pgstat_flush_io"
            "WalSndLoop" "replication/walsender.c" physical::pgstat_flush_io;
        WalSndDone Server Walsenders "wal_snd_done"
            "WalSndDone" "replication/walsender.c" done::wal_snd_done;
        WalSndComputeSleeptime Timeout Walsenders "wal_snd_compute_sleeptime"
            "WalSndComputeSleeptime" "replication/walsender.c" timeouts::wal_snd_compute_sleeptime;
        WalSndKeepaliveIfNecessary Timeout Walsenders "wal_snd_keepalive_if_necessary"
            "WalSndKeepaliveIfNecessary" "replication/walsender.c"
            timeouts::wal_snd_keepalive_if_necessary;
        WalSndCheckTimeOut Timeout Walsenders "wal_snd_check_time_out"
            "WalSndCheckTimeOut" "replication/walsender.c" timeouts::wal_snd_check_time_out;
        WalSndCheckShutdownTimeout Timeout Walsenders "wal_snd_check_shutdown_timeout"
            "WalSndCheckShutdownTimeout" "replication/walsender.c"
            timeouts::wal_snd_check_shutdown_timeout;
        ReplicationSlotSave Server Walsenders "replication_slot_save"
            "ReplicationSlotSave" "replication/slot.c" exit::replication_slot_save;
        PqFlush Server Walsenders "pq_flush"
            "WalSndDone" "replication/walsender.c" exit::pq_flush;
        ShutdownPostgres Server Walsenders "shutdown_postgres"
            "ShutdownPostgres" "utils/init/postinit.c" exit::shutdown_postgres;
        ReplicationSlotShmemExit Server Walsenders "replication_slot_shmem_exit"
            "ReplicationSlotShmemExit" "replication/slot.c" exit::replication_slot_shmem_exit;
        WalSndKill Server Walsenders "wal_snd_kill"
            "WalSndKill" "replication/walsender.c" exit::wal_snd_kill;
    }
    Backend {
        RecordTransactionCommit Environment Backends "record_transaction_commit"
            "RecordTransactionCommit" "access/transam/xact.c" backend::record_transaction_commit;
        ProcessInterrupts Server Backends "process_interrupts"
            "ProcessInterrupts" "tcop/postgres.c" backend::process_interrupts;
    }
    Peer {
        ReceiveMessage Peer Peers "receive_message"
            "LogicalRepApplyLoop" "replication/logical/worker.c" peer::receive_message;
        LocalFlush Peer Peers "local_flush"
            "get_flush_position" "replication/logical/worker.c" peer::local_flush;
        SendFeedback Peer Peers "send_feedback"
            "send_feedback" "replication/logical/worker.c" peer::send_feedback;
        StreamEnded Peer Peers "stream_ended"
            "LogicalRepApplyLoop" "replication/logical/worker.c" peer::stream_ended;
        WalReceiverTimeout Timeout Peers "wal_receiver_timeout"
            "LogicalRepApplyLoop" "replication/logical/worker.c" peer::wal_receiver_timeout;
    }
    BgWriter {
        LogStandbySnapshot Environment Once "log_standby_snapshot"
            "BackgroundWriterMain" "postmaster/bgwriter.c" bgwriter::log_standby_snapshot;
    }
    AnyChild {
        ProcessMainLoopInterrupts Server Helpers "process_main_loop_interrupts"
            "ProcessMainLoopInterrupts" "postmaster/interrupt.c"
            bgwriter::process_main_loop_interrupts;
    }
    WalWriter {
        XlogBackgroundFlush Server Once "xlog_background_flush"
            "XLogBackgroundFlush" "access/transam/xlog.c" bgwriter::xlog_background_flush;
        PgstatReportWal Timeout Once "pgstat_report_wal"
            "WalWriterMain" "postmaster/walwriter.c" bgwriter::pgstat_report_wal;
    }
    Archiver {
        PgarchArchiverCopyLoop Server Twice "pgarch_archiver_copy_loop"
            "pgarch_ArchiverCopyLoop" "postmaster/pgarch.c" archiver::pgarch_archiver_copy_loop;
        PgarchMainLoopTimeToStop Server Once "pgarch_main_loop_time_to_stop"
            "pgarch_MainLoop" "postmaster/pgarch.c" archiver::pgarch_main_loop_time_to_stop;
        PgarchMainLoopExit Server Once "pgarch_main_loop_exit"
            "pgarch_MainLoop" "postmaster/pgarch.c" archiver::pgarch_main_loop_exit;
        PgarchExit Server Once "pgarch_exit"
            "PgArchiverMain" "postmaster/pgarch.c" archiver::pgarch_exit;
    }
    IoWorker {
        IoWorkerMainExit Server Once "io_worker_main_exit"
            "IoWorkerMain" "storage/aio/method_worker.c" auxiliary::io_worker_main_exit;
    }
    StatsCollector {
        PgstatCollectorMainExit Server Collector "pgstat_collector_main_exit"
            "PgstatCollectorMain" "postmaster/pgstat.c" auxiliary::pgstat_collector_main_exit;
    }
    DeadEnd {
        DeadEndChildExit Server Once "dead_end_child_exit"
            "BackendInitialize" "tcop/backend_startup.c" auxiliary::dead_end_child_exit;
        StartupPacketTimeoutHandler Timeout Once "startup_packet_timeout_handler"
            "StartupPacketTimeoutHandler" "tcop/backend_startup.c"
            auxiliary::startup_packet_timeout_handler;
    }
    Startup {
        StartupProcShutdownHandler Server Startup "startup_proc_shutdown_handler"
            "StartupProcShutdownHandler" "postmaster/startup.c"
            startup::startup_proc_shutdown_handler;
        PerformWalRecovery Server Startup "perform_wal_recovery"
            "PerformWalRecovery" "access/transam/xlogrecovery.c" startup::perform_wal_recovery;
        CheckRecoveryConsistency Server Startup "check_recovery_consistency"
            "CheckRecoveryConsistency" "access/transam/xlogrecovery.c"
            startup::check_recovery_consistency;
        HandleStartupProcInterrupts Server Startup "handle_startup_proc_interrupts"
            "ProcessStartupProcInterrupts" "postmaster/startup.c"
            startup::handle_startup_proc_interrupts;
        RequestXlogStreaming Server Startup "request_xlog_streaming"
            "RequestXLogStreaming" "replication/walreceiverfuncs.c"
            startup::request_xlog_streaming;
        WaitForWalToBecomeAvailable Server Startup "wait_for_wal_to_become_available"
            "WaitForWALToBecomeAvailable" "access/transam/xlogrecovery.c"
            startup::wait_for_wal_to_become_available;
        WaitForWalRetry Server Startup "wait_for_wal_retry"
            "WaitForWALToBecomeAvailable" "access/transam/xlogrecovery.c"
            startup::wait_for_wal_retry;
        WaitForWalInterval Timeout Startup "wait_for_wal_interval"
            "WaitForWALToBecomeAvailable" "access/transam/xlogrecovery.c"
            startup::wait_for_wal_interval;
        WalRcvRunning Timeout Startup "wal_rcv_running"
            "WalRcvRunning" "replication/walreceiverfuncs.c" startup::wal_rcv_running;
        StartupXlog Server Startup "startup_xlog"
            "StartupXLOG" "access/transam/xlog.c" startup::startup_xlog;
    }
    WalReceiver {
        WalReceiverMain Server Startup "wal_receiver_main"
            "WalReceiverMain" "replication/walreceiver.c" walreceiver::wal_receiver_main;
        WalRcvDie Server Startup "wal_rcv_die"
            "WalRcvDie" "replication/walreceiver.c" walreceiver::wal_rcv_die;
    }
    Worker {
        RegisterDynamicBackgroundWorker Environment Workers "register_dynamic_background_worker"
            "RegisterDynamicBackgroundWorker" "postmaster/bgworker.c"
            bgworker::register_dynamic_background_worker;
        TerminateBackgroundWorker Server Workers "terminate_background_worker"
            "TerminateBackgroundWorker" "postmaster/bgworker.c"
            bgworker::terminate_background_worker;
        BackgroundWorkerMain Server Workers "background_worker_main"
            "BackgroundWorkerMain" "postmaster/bgworker.c" bgworker::background_worker_main;
        WorkerWritesWal Environment Workers "worker_writes_wal"
            "XLogInsert" "access/transam/xloginsert.c" bgworker::worker_writes_wal;
        WorkerProcessInterrupts Server Workers "worker_process_interrupts"
            "ProcessInterrupts" "tcop/postgres.c" bgworker::worker_process_interrupts;
    }
    AnyChild {
        SignalHandlerForCrashExit Server Children "signal_handler_for_crash_exit"
            "SignalHandlerForCrashExit" "postmaster/interrupt.c"
            auxiliary::signal_handler_for_crash_exit;
    }
    Environment {
        OperatorRequestsStop Environment Once "operator_requests_stop"
            "process_pm_shutdown_request" "postmaster/postmaster.c"
            environment::operator_requests_stop;
        ExecReplicationCommand Environment Walsenders "exec_replication_command"
            "exec_replication_command" "replication/walsender.c"
            command::exec_replication_command;
        ClientLeaves Environment Backends "client_leaves"
            "PostgresMain" "tcop/postgres.c" environment::client_leaves;
        ClientConnects Environment Once "client_connects"
            "BackendStartup" "postmaster/postmaster.c" environment::client_connects;
        ClientConnectsToSocket Environment Backends "client_connects_to_socket"
            "AcceptConnection" "libpq/pqcomm.c" environment::client_connects_to_socket;
        RequestCheckpoint Environment Backends "request_checkpoint"
            "RequestCheckpoint" "postmaster/checkpointer.c" environment::request_checkpoint;
        DeadEndCrashes Environment Once "dead_end_crashes"
            "HandleChildCrash" "postmaster/postmaster.c" environment::dead_end_crashes;
        StartupProcessFails Environment Startup "startup_process_fails"
            "StartupProcessMain" "postmaster/startup.c" startup::startup_process_fails;
        WalReceiverExits Environment Startup "wal_receiver_exits"
            "WalReceiverMain" "replication/walreceiver.c" walreceiver::wal_receiver_exits;
        KillWalsender Environment Walsenders "kill_walsender"
            "CleanupBackend" "postmaster/postmaster.c" environment::kill_walsender;
        PeerDisconnects Environment Peers "peer_disconnects"
            "ProcessRepliesIfAny" "replication/walsender.c" environment::peer_disconnects;
        WorkerRestarts Environment Peers "worker_restarts"
            "StartLogicalReplication" "replication/walsender.c" environment::worker_restarts;
        PeerSendsCopyDone Environment Peers "peer_sends_copy_done"
            "ProcessRepliesIfAny" "replication/walsender.c" environment::peer_sends_copy_done;
        PeerFreezes Environment Peers "peer_freezes"
            "WalSndCheckTimeOut" "replication/walsender.c" environment::peer_freezes;
    }
}
