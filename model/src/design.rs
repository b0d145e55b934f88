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

/// When a logical walsender that has caught up turns got_STOPPING into its exit flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CaughtUpRule {
    /// Only when it found no record to read.
    NoRecord,
    /// After every look for a record (38ddeab13b).
    Always,
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

/// What crash recovery makes of a record whose first part ends a segment and whose rest is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MissingContrecord {
    /// WAL goes on at the start of that record (before 2021).
    Overwrite,
    /// The same, but a segment is `.ready` only when its last record is whole (515e3d84a0).
    DelayReady,
    /// The first part stays; an OVERWRITE_CONTRECORD record marks what is missing (ff9f111bce).
    KeepFragment,
}

/// How the startup process stops the slot synchronization worker at promotion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotSyncStop {
    /// There is no such worker (up to 16).
    NoWorker,
    /// SIGINT, which the lock timeout sends, too (17 as it began).
    Sigint,
    /// SIGUSR1 and a flag that is looked at between two rounds (04396eacd3).
    Sigusr1,
    /// PROCSIG_SLOTSYNC_MESSAGE, which interrupts any wait (db93032a7c).
    Procsignal,
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
    /// When being caught up while stopping sets the exit flag (38ddeab13b).
    pub caughtup_rule: CaughtUpRule,
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
    /// Repair: any exit of a walsender saves its slot when `confirmed_flush` moved.
    pub save_on_release: bool,
    /// Repair: a first round of the handshake ends the walsenders that can write WAL; only then a
    /// second one lets the logical walsenders drain.
    pub writers_first: bool,

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
