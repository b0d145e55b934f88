//! A design: one value for each behavioural difference ("switch") between releases and patches.
//!
//! Each field is read where the C code differs, inside the step. Names, commits and releases of the
//! switches are in [`crate::switches`]; the releases are lists of values in [`crate::releases`].

/// How the walsenders are told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StopPhases {
    /// Only SIGUSR2 after the shutdown checkpoint (9.6 before c6c3334364).
    One,
    /// The checkpointer sends INIT_STOPPING and waits (c6c3334364).
    TwoByProcSignal,
}

/// How a stopping logical walsender gets the last WAL to disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StopFlush {
    /// Not at all (before c6c3334364).
    None,
    /// `XLogBackgroundFlush()`: whole pages and asynchronous commits.
    Background,
    /// `XLogFlush(GetXLogInsertRecPtr())` (6eedb2a5fd before its repair).
    InsertPosition,
    /// `XLogFlush(GetXLogInsertEndRecPtr())` (d927b4bd97).
    InsertEnd,
}

/// Which slots the checkpointer saves at the shutdown checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotSave {
    /// Only dirty ones.
    IfDirty,
    /// Logical ones also if `confirmed_flush` passed the last saved one (e0b2eed047).
    IfConfirmedMoved,
    /// All (rejected variant of e0b2eed047).
    Always,
}

/// Which `restart_lsn` of a slot keeps WAL from removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WalKeptBy {
    /// The one in memory when WAL is removed.
    Memory,
    /// The one in memory before the slots are saved (the fix of the back branches, 2025).
    MemoryBeforeSave,
    /// `last_saved_restart_lsn`, the one on disk (18).
    LastSaved,
}

/// Who writes the statistics file, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatsWriter {
    /// The statistics collector, after everybody (up to 14).
    Collector,
    /// The checkpointer as it exits, right after the shutdown checkpoint (15 to 17) or last (18+).
    Checkpointer,
}

/// Which check pg_upgrade makes of the old cluster's logical slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UpgradeCheck {
    /// Logical slots are not migrated (up to 16).
    None,
    /// None is made: a clean stop is trusted (first mail of the pg_upgrade thread, 2023-04-04).
    Trust,
    /// `confirmed_flush` == end of WAL (what the proposal wants to make possible).
    Exact,
    /// `confirmed_flush` == start of the shutdown checkpoint record ("acceptable difference").
    AcceptableDifference,
    /// Decode from `confirmed_flush`: nothing pending (29d0a77fa6).
    Decode,
}

/// When a child that will send WAL marks itself a walsender, so that the postmaster spares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WalsenderMarked {
    /// When it takes its `WalSnd` entry, whatever it will do (up to 9.0, and since abfd192b1b).
    AtStart,
    /// When it begins to stream (8f5d65e916 to abfd192b1b: 9.1, 9.2).
    WhenStreaming,
}

/// V1: when a draining logical walsender may report STOPPING.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StoppingWhen {
    /// As soon as it is caught up.
    CaughtUp,
    /// When all that it sent is acknowledged, too.
    Acknowledged,
}

/// V3: where in the exit path the proposal saves the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SavePoint {
    /// After the last acknowledgement, before `COPY 0`.
    BeforeCopyDone,
    /// After `COPY 0`.
    AfterCopyDone,
    /// When the last keepalive is sent, before its reply.
    BeforeReply,
}

/// V4: who does the last save.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SavedBy {
    /// The walsender.
    Walsender,
    /// The checkpointer, when it is told to exit (needs 18's order of exits).
    Checkpointer,
}

/// V5: when `all_wal_flushed` is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlagSet {
    /// Together with STOPPING, before the checkpoint.
    AtStopping,
    /// When caught up in the last cycle, after the postmaster's SIGUSR2.
    AtLastCycle,
}

/// V6: where the proposal flushes its statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatsFlush {
    /// Before the change to STOPPING.
    AtStopping,
    /// Before the change to STOPPING and again before the exit.
    AtStoppingAndExit,
}

/// V7: whether "caught up while stopping" still sets the flag that SIGUSR2 sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LastCycleFlag {
    /// Only the postmaster's SIGUSR2 sets `got_SIGUSR2`.
    Separate,
    /// Both set it, as in the released code.
    Shared,
}

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
    /// Commands are refused while stopping (c6c3334364).
    pub refuse_commands: bool,
    /// Failover slots wait for `synchronized_standby_slots` at stop (bf279ddd1c, 17).
    pub standby_slots: bool,
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
    /// Walsenders report IO statistics about every second (039549d70f, 18).
    pub walsender_io_stats: bool,
    /// A crash while the postmaster is already in `FatalError` is only recorded (18).
    pub crash_while_fatal_ignored: bool,
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
    /// Repair: any exit of a walsender saves its slot when `confirmed_flush` moved.
    pub save_on_release: bool,
    /// Repair: a first round of the handshake ends the walsenders that can write WAL; only then a
    /// second one lets the logical walsenders drain.
    pub writers_first: bool,
}
