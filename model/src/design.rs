//! A design: one value for each behavioural difference ("switch") between releases and patches.
//!
//! Each field is read where the C code differs, inside the step. Names, commits and releases of the
//! switches are in [`crate::switches`]; the releases are lists of values in [`crate::releases`].

mod choices;

pub use choices::{
    CaughtUpRule, FlagSet, LastCycleFlag, MissingContrecord, PrepareResend, SavePoint, SavedBy,
    SlotSave, SlotSyncStop, StatsFlush, StatsWriter, StopFlush, StopPhases, StoppingWhen,
    UpgradeCheck, UpgradeKeep, UpgradeScan, WalKeptBy, WalsenderMarked,
};

/// All switches of the model, one field each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Design {
    /// The postmaster's handlers only set flags, `ServerLoop` acts: requests collapse
    /// (7389aad636, 16).
    pub pm_flags_and_latch: bool,
    /// Phases of the walsender stop.
    pub stop_phases: StopPhases,
    /// A walsender leaves only when the peer confirmed all (985bd7d497); else when all is sent.
    pub exit_when_replicated: bool,
    /// A walsender that was told to leave goes on sending until it has caught up (e0b581acd2).
    pub sends_until_caught_up: bool,
    /// The wait for WAL ends when the client ended the stream (fca85f8ef1).
    pub wait_ends_on_copy_done: bool,
    /// `flush` if valid, else `write` counts as confirmed (5c6d9fc4b2); else only `flush`.
    pub replicated_flush_else_write: bool,
    /// `WalSndDone` remembers its outstanding ping (59455018a8).
    pub done_ping_remembered: bool,
    /// Only a keepalive that requests a reply sets `waiting_for_ping_response` (470687b4a5).
    pub ping_flag_iff_requested: bool,
    /// `WalSndDone` calls `send_data` once more.
    pub done_sends_again: bool,
    /// How a stopping logical walsender flushes WAL.
    pub stop_flush: StopFlush,
    /// When being caught up while stopping sets the exit flag (38ddeab13b).
    pub caughtup_rule: CaughtUpRule,
    /// A logical walsender that is caught up sleeps only in `WalSndWaitForWal` (f246ea3b2a, 13).
    pub sleeps_only_for_wal: bool,
    /// Commands are refused while stopping (c6c3334364).
    pub refuse_commands: bool,
    /// Failover slots wait for `synchronized_standby_slots` at stop (bf279ddd1c, 17).
    pub standby_slots: bool,
    /// While stopping, a slot that a failover slot waits for in vain is an ERROR.
    pub standby_slots_error: bool,
    /// `wal_sender_shutdown_timeout` exists (a8f45dee91, 19).
    pub stop_timeout: bool,
    /// The goodbye is flushed without blocking (c0b24b32b0, 19).
    pub final_send_nonblocking: bool,
    /// The checkpointer's save rule at shutdown.
    pub slot_save: SlotSave,
    /// The checkpoint invalidates obsolete slots (c655077639, 13).
    pub slot_invalidation: bool,
    /// Slots are saved after buffers (69ed7fd7e9, 20dev).
    pub slots_after_buffers: bool,
    /// Mutation: slots are saved after the checkpoint record.
    pub slots_after_record: bool,
    /// `confirmed_flush` never retreats (ad5eaf390c).
    pub confirm_max: bool,
    /// A new restart candidate is taken only if none is pending (e5ed873b1b).
    pub candidate_else_if: bool,
    /// Which `restart_lsn` keeps WAL (ca307d5cec and its back-patched twin).
    pub wal_kept_by: WalKeptBy,
    /// After an immediate request the postmaster waits for its children (82233ce7ea); else it exits
    /// at once.
    pub immediate_waits: bool,
    /// Smart shutdown leaves helpers alive until the last client is gone (0038f94387).
    pub smart_stays_in_run: bool,
    /// SIGINT asks the checkpointer for the checkpoint, it exits last on SIGUSR2 (87a6690cc6, 18).
    pub checkpointer_exits_last: bool,
    /// Who writes the statistics file.
    pub stats_writer: StatsWriter,
    /// Walsenders count the WAL that they read (a051e71e28, 18).
    pub walsender_io_stats: bool,
    /// Walsenders report IO statistics about every second (039549d70f, 16).
    pub walsender_io_flush: bool,
    /// A walsender that reports after the statistics are written is skipped (4801610f7c, 15 to 17);
    /// else that trips an assertion.
    pub late_walsender_stats_skipped: bool,
    /// A crash while the postmaster is already in `FatalError` is only recorded (18).
    pub crash_while_fatal_ignored: bool,
    /// A crash in `PM_STARTUP` leads to `PM_WAIT_BACKENDS`, that of the startup process, too
    /// (9b43e6793b, 15); else the postmaster stays there, or exits at once.
    pub startup_crash_waits: bool,
    /// A startup process that fails after a crash ends the start-up (ead8f696b7, 19); read by
    /// designs in which a second crash changes no state.
    pub startup_failure_after_crash_ends: bool,
    /// Dead-end children are signalled at the end (bb861414fe, 18).
    pub dead_end_signalled: bool,
    /// pg_upgrade's check.
    pub upgrade_check: UpgradeCheck,
    /// Archiving switches the segment before the shutdown checkpoint (2e6107cb62).
    pub switch_before_checkpoint: bool,
    /// When a child that will send WAL marks itself a walsender.
    pub walsender_marked: WalsenderMarked,
    /// Once a stop is requested, no PMSIGNAL makes the postmaster launch children or go on with
    /// start-up (27b2c6a1ef).
    pub no_launch_after_stop: bool,
    /// A smart stop in `PM_STARTUP` is acted upon (615704af1e); read by designs without 0038f94387,
    /// which subsumes it.
    pub smart_stops_in_startup: bool,
    /// A smart stop of a standby stops the startup process and the walreceiver when the last client
    /// is gone (1c850fa807); read by designs without 0038f94387, which subsumes it.
    pub smart_stops_recovery: bool,
    /// A fast stop signals clients for which a smart one waits (06f1f53ea9); read by designs
    /// without 0038f94387, which subsumes it.
    pub fast_after_smart: bool,
    /// A fast stop in `PM_STARTUP` signals background workers (55875b6d2a); read by designs without
    /// 0038f94387, which subsumes it.
    pub fast_stops_startup_workers: bool,
    /// A child that becomes a walsender pokes the postmaster (38b27792ea).
    pub child_pokes_postmaster: bool,
    /// `PMSIGNAL_ADVANCE_STATE_MACHINE` is heeded in every state (0fae846232).
    pub advance_in_any_state: bool,
    /// Requests for background workers are cancelled at a stop, their waiters woken (7519bd16d1).
    pub worker_requests_cancelled: bool,
    /// `PM_WAIT_BACKENDS` of an immediate stop waits for the checkpointer (91c3613d37).
    pub immediate_waits_for_checkpointer: bool,
    /// After SIGKILL the postmaster waits for its children (48913db887); else it exits.
    pub waits_after_sigkill: bool,
    /// A request for a walreceiver is kept until one is launched (e5d494d78c).
    pub walreceiver_request_kept: bool,
    /// A startup process that the postmaster itself told to quit in `PM_STARTUP` has not failed
    /// (ee32782395, 13).
    pub startup_quit_expected: bool,
    /// `ServerLoop` handles pending requests before it accepts a connection (239b175342, 16); up to
    /// 15 the handlers do it.
    pub requests_before_connections: bool,
    /// The archiver makes a last cycle after the shutdown checkpoint (e6a442c71b); else it is
    /// killed when that begins.
    pub archiver_outlives_checkpoint: bool,
    /// The archiver is an auxiliary process (d75288fb27, 14); else its end is never a crash, and
    /// the postmaster wakes it by SIGUSR1.
    pub archiver_auxiliary: bool,
    /// `SetLatch` of another process' latch sends SIGURG (6a2a70a020, 14); else SIGUSR1. The
    /// model has no latches: it is what a recorded stop shows.
    pub latch_by_sigurg: bool,
    /// A walsender that is done exits by itself (9c0e2b9182); else it sets `ProcDiePending` without
    /// `InterruptPending`.
    pub done_exits_directly: bool,
    /// An exiting process releases its slot before it leaves the statistics system (2f6501fa3c).
    pub slot_release_before_stats: bool,
    /// Checkpointer and walwriter report what is left when they exit (b82640df00, 33394ee6f2, 14).
    pub last_stats_forced: bool,
    /// `pgstat_report_stat` does not assert `pending_since == 0` (1f7878c33c).
    pub pending_since_unasserted: bool,
    /// A checkpoint is requested by the checkpointer's latch (4d271e3ec2, 18); else by SIGINT.
    pub checkpoint_request_by_latch: bool,
    /// The startup process looks at its interrupts after `wal_retrieve_retry_interval` (2945a488a3,
    /// 14).
    pub retry_wait_checks_interrupts: bool,
    /// Checkpointer and bgwriter run from `PM_STARTUP` on (7ff23c6d27, 15); else from
    /// `PM_RECOVERY` on.
    pub checkpointer_from_start: bool,
    /// `ServerLoop` alone launches missing helpers and workers (3354f85284, 18); else the handlers
    /// of the startup process' end and of PMSIGNALs do it at once.
    pub server_loop_launches: bool,
    /// Background workers are among those whom the postmaster stops before the shutdown checkpoint;
    /// off: a process class that an extension brings along is not.
    pub workers_in_stop_set: bool,
    /// An extension's worker that owns a `WalSnd` entry answers INIT_STOPPING; off: it ignores it.
    pub extension_marks_stopping: bool,

    /// Proposal: a logical walsender reports STOPPING after its drain and lives on.
    pub logical_stopping: bool,
    /// Proposal: in STOPPING it idles until SIGUSR2.
    pub stopping_idles: bool,
    /// Proposal: it exits only after `all_wal_flushed`.
    pub all_wal_flushed: bool,
    /// Proposal: it flushes its statistics before STOPPING.
    pub early_stats: bool,
    /// Proposal: its slot is saved at the end.
    pub final_slot_save: bool,
    /// V1.
    pub stopping_when: StoppingWhen,
    /// V2: whether it processes replies and keepalives while it idles.
    pub idle_replies: bool,
    /// V2, where it does not: whether it still asks at half of `wal_sender_timeout`.
    pub idle_keepalives: bool,
    /// V3.
    pub save_point: SavePoint,
    /// V4.
    pub saved_by: SavedBy,
    /// V5.
    pub flag_set: FlagSet,
    /// V6.
    pub stats_flush: StatsFlush,
    /// V7.
    pub last_cycle_flag: LastCycleFlag,
    /// Repair: STOPPING is reported only after WAL was forced out and nothing new was found.
    pub stopping_after_flush: bool,
    /// Repair: when recovery ends during a smart stop, the stop goes on as in `PM_RUN`.
    pub smart_stop_outlives_recovery: bool,
    /// Repair: a walsender reads a segment from the newest timeline that it has of it.
    pub newest_timeline_of_segment: bool,
    /// Repair: `standby.signal` is removed when pg_control knows the new timeline.
    pub signal_file_removed_last: bool,
    /// Repair: what the first copy of a table had is not applied again, ready or not.
    pub ready_skips_copied: bool,
    /// Repair: a worker that starts flushes WAL up to the local commit that its origin tells of.
    pub origin_flushed_at_start: bool,
    /// Repair: a stop request in the crash-restart window ends the window: FatalError := false.
    pub stop_ends_crash_restart: bool,
    /// Repair: when WAL is shut down and no archiver runs, one is launched for the last cycle.
    pub archiver_for_last_cycle: bool,
    /// Repair: any exit of a walsender saves its slot when `confirmed_flush` moved.
    pub save_on_release: bool,
    /// Repair: a physical walsender publishes STOPPING also while output is pending.
    pub stopping_despite_pending: bool,
    /// Repair: a walsender whose socket is full leaves without the message of its FATAL or ERROR.
    pub no_report_to_full_socket: bool,
    /// Repair: a first round of the handshake ends the walsenders that can write WAL; only then a
    /// second one lets the logical walsenders drain.
    pub writers_first: bool,

    /// `pg_logical_slot_get_changes` marks its slot dirty (d851bef2d6, 10).
    pub sql_marks_dirty: bool,
    /// A creator reserves WAL under the allocation lock (006dd4b2e5).
    pub reserve_under_lock: bool,
    /// The checkpoint reads the slots' minimum under the allocation lock (3510ebeb0d, 14 to 17);
    /// read by designs that read it before the save.
    pub min_read_under_lock: bool,
    /// The slots' xmin is computed and published under one lock (2a5225b99d).
    pub xmin_under_lock: bool,
    /// Repair: the slots' minimum LSN is computed and published under one lock.
    pub min_lsn_under_lock: bool,
    /// `ReplicationSlotRelease` leaves an ephemeral slot alone once it is dropped (f2081a7800).
    pub release_ends_with_drop: bool,
    /// Only what lies before the start of decoding is skipped, not what lies at it (fe7337f2dc).
    pub skip_only_before_start: bool,
    /// The subscriber's origin is the end of the commit record, not its start (fe7bbc4ddb).
    pub origin_at_commit_end: bool,
    /// When COMMIT PREPARED brings the transaction with it (8bdb1332eb).
    pub prepare_resend: PrepareResend,
    /// PREPARE is sent if it has not been, even for an empty transaction (072ee847ad4, 18).
    pub prepare_if_not_sent: bool,
    /// Nothing is sent of an empty prepared transaction (acaa100f9a).
    pub empty_prepared_skipped: bool,
    /// pg_recvlogical reports once more when it is told to stop (b5a8018116, 20dev).
    pub recvlogical_final_feedback: bool,
    /// A slot is validated after it is acquired (8709dccc79).
    pub acquire_then_validate: bool,
    /// A new slot's creator looks again whether decoding is on (6aba42c660, 19).
    pub recheck_decoding_status: bool,
    /// A checkpoint that invalidates a slot saves it (4ae08cd5fd, 13).
    pub invalidation_saved: bool,
    /// What keeps logical slots valid during an upgrade.
    pub upgrade_keep: UpgradeKeep,
    /// How pg_upgrade asks about all slots of a database.
    pub upgrade_scan: UpgradeScan,
    /// What crash recovery makes of a record whose rest is lost.
    pub missing_contrecord: MissingContrecord,
    /// A reader looks for the overwrite flag before it waits for the whole record (d3917d8f13).
    pub contrecord_flag_first: bool,
    /// The walreceiver closes a segment when it is full, not when the next one begins
    /// (596ba75cb1).
    pub close_full_segment: bool,
    /// A restartpoint moves pg_control's checkpoint also after a promotion (7863ee4def).
    pub restartpoint_after_promotion: bool,
    /// Crash recovery ignores minRecoveryPoint (3c64dcb1e3).
    pub crash_recovery_replays_all: bool,
    /// A walsender reads the segment of a timeline switch from the next timeline's file
    /// (fef5b47f6b).
    pub switch_segment_from_next: bool,
    /// A walreceiver asks how far its upstream is before it starts to stream (b614de4876).
    pub ask_upstream_position: bool,
    /// How promotion stops the slot synchronization worker.
    pub slotsync_stop: SlotSyncStop,
    /// pg_rewind looks at minRecoveryPointTLI, too (009eeee746, 16).
    pub rewind_min_recovery_tli: bool,
}
