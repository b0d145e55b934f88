//! The table of all steps of a slot's life: name, actor, C function, source file, and the one
//! function that is both guard and effect.

use std::fmt;

use super::{
    Life, SlotLife, acquire, checkpointer, client, creator, decoding, release, required, server,
    sql, walsender,
};
use crate::steps::Party;

/// One row of the table.
#[derive(Clone, Copy)]
pub struct StepInfo {
    /// Which step.
    pub kind: StepKind,
    /// Name of the step's function, in snake case as in the model.
    pub name: &'static str,
    /// The C function that it models.
    pub function: &'static str,
    /// Where that function is, in PostgreSQL's tree.
    pub file: &'static str,
    /// Whose fairness it is under.
    pub party: Party,
    apply: fn(&SlotLife, &Life, usize) -> Option<Life>,
}

impl fmt::Debug for StepInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepInfo")
            .field("name", &self.name)
            .field("function", &self.function)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// Who takes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Server,
    Startup,
    Checkpointer,
    Owner,
    Client,
    Environment,
}

/// A step with its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// Which step.
    pub kind: StepKind,
    /// Index of the process that takes it, or that the client is connected to; 0 elsewhere.
    pub who: u8,
}

impl Step {
    /// The row of the table.
    #[must_use]
    pub fn info(self) -> &'static StepInfo {
        &STEPS[self.kind as usize]
    }

    /// The state behind it, if it is enabled in `s`.
    #[must_use]
    pub fn apply(self, w: &SlotLife, s: &Life) -> Option<Life> {
        (self.info().apply)(w, s, usize::from(self.who))
    }

    /// Who takes it, in words.
    #[must_use]
    pub fn actor(self) -> String {
        match self.kind.group() {
            Group::Server => "backend".to_owned(),
            Group::Startup => "startup".to_owned(),
            Group::Checkpointer => "checkpointer".to_owned(),
            Group::Owner => format!("process {}", self.who + 1),
            Group::Client => "client".to_owned(),
            Group::Environment => "environment".to_owned(),
        }
    }

    /// Whether the client takes it.
    #[must_use]
    pub fn is_by_client(self) -> bool {
        self.kind.group() == Group::Client
    }
}

/// All steps of a scenario with `owners` processes, in the order of the table.
pub(crate) fn candidates(owners: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    for info in STEPS {
        let kind = info.kind;
        let whos = match kind.group() {
            Group::Owner => owners,
            Group::Client if kind == StepKind::RunApplyWorker => owners,
            Group::Client
            | Group::Server
            | Group::Startup
            | Group::Checkpointer
            | Group::Environment => 1,
        };
        steps.extend((0..whos).filter_map(|who| {
            let who = u8::try_from(who).ok()?;
            Some(Step { kind, who })
        }));
    }
    steps
}

macro_rules! steps {
    ($( $actor:ident { $( $kind:ident $party:ident
        $name:literal $function:literal $file:literal $apply:path; )* } )*) => {
        /// The kinds of steps, in the order of the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum StepKind { $( $(
            #[doc = concat!("`", $function, "`")]
            $kind,
        )* )* }

        impl StepKind {
            fn group(self) -> Group {
                match self { $( $( StepKind::$kind => Group::$actor, )* )* }
            }
        }

        /// All steps.
        pub static STEPS: &[StepInfo] = &[ $( $( StepInfo {
            kind: StepKind::$kind,
            name: $name,
            function: $function,
            file: concat!("src/", $file),
            party: Party::$party,
            apply: $apply,
        }, )* )* ];
    };
}

steps! {
    Server {
        XlogInsertRecord Environment "xlog_insert_record"
            "XLogInsertRecord" "backend/access/transam/xlog.c" server::xlog_insert_record;
        VacuumRel Environment "vacuum_rel"
            "ComputeXidHorizons" "backend/storage/ipc/procarray.c" server::vacuum_rel;
    }
    Startup {
        RedoRecord Server "redo_record"
            "xlog_redo" "backend/access/transam/xlog.c" server::redo_record;
        RedoInvalidateSlots Server "redo_invalidate_slots"
            "xlog_redo" "backend/access/transam/xlog.c" server::redo_invalidate_slots;
        StartupReplicationSlots Server "startup_replication_slots"
            "StartupReplicationSlots" "backend/replication/slot.c"
            server::startup_replication_slots;
    }
    Checkpointer {
        CreateCheckPointRedo Server "create_check_point_redo"
            "CreateCheckPoint" "backend/access/transam/xlog.c"
            checkpointer::create_check_point_redo;
        CheckPointReplicationSlots Server "check_point_replication_slots"
            "CheckPointReplicationSlots" "backend/replication/slot.c"
            checkpointer::check_point_replication_slots;
        CheckPointComputeRequired Server "check_point_compute_required"
            "ReplicationSlotsComputeRequiredLSN" "backend/replication/slot.c"
            checkpointer::check_point_compute_required;
        CheckPointPublishRequired Server "check_point_publish_required"
            "XLogSetReplicationSlotMinimumLSN" "backend/access/transam/xlog.c"
            checkpointer::check_point_publish_required;
        KeepLogSeg Server "keep_log_seg"
            "KeepLogSeg" "backend/access/transam/xlog.c" checkpointer::keep_log_seg;
        InvalidateObsoleteReplicationSlots Server "invalidate_obsolete_replication_slots"
            "InvalidatePossiblyObsoleteSlot" "backend/replication/slot.c"
            checkpointer::invalidate_obsolete_replication_slots;
        RemoveOldXlogFiles Server "remove_old_xlog_files"
            "RemoveOldXlogFiles" "backend/access/transam/xlog.c"
            checkpointer::remove_old_xlog_files;
    }
    Owner {
        ComputeRequired Server "compute_required"
            "ReplicationSlotsComputeRequiredLSN" "backend/replication/slot.c"
            required::compute_required;
        PublishRequired Server "publish_required"
            "ReplicationSlotsComputeRequiredLSN" "backend/replication/slot.c"
            required::publish_required;
        ReplicationSlotFind Server "replication_slot_find"
            "ReplicationSlotAcquire" "backend/replication/slot.c" acquire::replication_slot_find;
        ReplicationSlotAcquire Server "replication_slot_acquire"
            "ReplicationSlotAcquire" "backend/replication/slot.c"
            acquire::replication_slot_acquire;
        ReplicationSlotValidate Server "replication_slot_validate"
            "ReplicationSlotAcquire" "backend/replication/slot.c"
            acquire::replication_slot_validate;
        StartLogicalReplication Server "start_logical_replication"
            "StartLogicalReplication" "backend/replication/walsender.c"
            walsender::start_logical_replication;
        LogicalDecodingProcessRecord Server "logical_decoding_process_record"
            "LogicalDecodingProcessRecord" "backend/replication/logical/decode.c"
            decoding::logical_decoding_process_record;
        WalSndKeepalive Server "wal_snd_keepalive"
            "WalSndKeepalive" "backend/replication/walsender.c" walsender::wal_snd_keepalive;
        ProcessStandbyReplyMessage Server "process_standby_reply_message"
            "ProcessStandbyReplyMessage" "backend/replication/walsender.c"
            walsender::process_standby_reply_message;
        PhysicalConfirmReceivedLocation Server "physical_confirm_received_location"
            "PhysicalConfirmReceivedLocation" "backend/replication/walsender.c"
            walsender::physical_confirm_received_location;
        WalSndShutdown Server "wal_snd_shutdown"
            "WalSndShutdown" "backend/replication/walsender.c" walsender::wal_snd_shutdown;
        CallGetChanges Environment "call_get_changes"
            "pg_logical_slot_get_changes" "backend/replication/logical/logicalfuncs.c"
            sql::call_get_changes;
        PgLogicalSlotGetChangesGuts Server "pg_logical_slot_get_changes_guts"
            "pg_logical_slot_get_changes_guts" "backend/replication/logical/logicalfuncs.c"
            sql::pg_logical_slot_get_changes_guts;
        ReplicationSlotRelease Server "replication_slot_release"
            "ReplicationSlotRelease" "backend/replication/slot.c" sql::replication_slot_release;
        CheckLogicalDecodingRequirements Server "check_logical_decoding_requirements"
            "CheckLogicalDecodingRequirements" "backend/replication/logical/logical.c"
            creator::check_logical_decoding_requirements;
        ReplicationSlotCreate Server "replication_slot_create"
            "ReplicationSlotCreate" "backend/replication/slot.c"
            creator::replication_slot_create;
        EnsureLogicalDecodingEnabled Server "ensure_logical_decoding_enabled"
            "EnsureLogicalDecodingEnabled" "backend/replication/logical/logicalctl.c"
            creator::ensure_logical_decoding_enabled;
        ReserveWalChoose Server "reserve_wal_choose"
            "ReplicationSlotReserveWal" "backend/replication/slot.c"
            creator::reserve_wal_choose;
        ReserveWalAnnounce Server "reserve_wal_announce"
            "ReplicationSlotReserveWal" "backend/replication/slot.c"
            creator::reserve_wal_announce;
        ReserveWalCheck Server "reserve_wal_check"
            "ReplicationSlotReserveWal" "backend/replication/slot.c" creator::reserve_wal_check;
        CreateInitDecodingContext Server "create_init_decoding_context"
            "CreateInitDecodingContext" "backend/replication/logical/logical.c"
            creator::create_init_decoding_context;
        ReplicationSlotPersist Server "replication_slot_persist"
            "ReplicationSlotPersist" "backend/replication/slot.c"
            creator::replication_slot_persist;
        ReplicationSlotReleaseCreated Server "replication_slot_release_created"
            "ReplicationSlotRelease" "backend/replication/slot.c"
            creator::replication_slot_release_created;
        CreateFails Server "create_fails"
            "ProcessInterrupts" "backend/tcop/postgres.c" creator::create_fails;
        PgstatShutdownHook Server "pgstat_shutdown_hook"
            "pgstat_shutdown_hook" "backend/utils/activity/pgstat.c"
            release::pgstat_shutdown_hook;
        ReplicationSlotDropPtr Server "replication_slot_drop_ptr"
            "ReplicationSlotDropPtr" "backend/replication/slot.c"
            release::replication_slot_drop_ptr;
        PgstatDropReplslot Server "pgstat_drop_replslot"
            "ReplicationSlotDropPtr" "backend/replication/slot.c" release::pgstat_drop_replslot;
        ReplicationSlotReleaseRest Server "replication_slot_release_rest"
            "ReplicationSlotRelease" "backend/replication/slot.c"
            release::replication_slot_release_rest;
    }
    Client {
        RunApplyWorker Peer "run_apply_worker"
            "run_apply_worker" "backend/replication/logical/worker.c" client::run_apply_worker;
        LogicalRepApplyLoop Peer "logical_rep_apply_loop"
            "LogicalRepApplyLoop" "backend/replication/logical/worker.c"
            client::logical_rep_apply_loop;
        StreamLogicalLogRest Peer "stream_logical_log_rest"
            "StreamLogicalLog" "bin/pg_basebackup/pg_recvlogical.c"
            client::stream_logical_log_rest;
        StoreFlushPosition Peer "store_flush_position"
            "store_flush_position" "backend/replication/logical/worker.c"
            client::store_flush_position;
        SendFeedback Peer "send_feedback"
            "send_feedback" "backend/replication/logical/worker.c" client::send_feedback;
        PrepareToTerminate Environment "prepare_to_terminate"
            "prepareToTerminate" "bin/pg_basebackup/pg_recvlogical.c"
            client::prepare_to_terminate;
    }
    Environment {
        StopRequest Environment "stop_request"
            "process_pm_shutdown_request" "backend/postmaster/postmaster.c" server::stop_request;
        Crash Environment "crash"
            "HandleFatalError" "backend/postmaster/postmaster.c" server::crash;
        AlterSubscription Environment "alter_subscription"
            "AlterSubscription_refresh" "backend/commands/subscriptioncmds.c"
            client::alter_subscription;
        ClientRestart Environment "client_restart"
            "ApplyWorkerMain" "backend/replication/logical/worker.c" client::client_restart;
    }
}
