//! Switches with more than two values.

/// How the walsenders are told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StopPhases {
    /// Only SIGUSR2 after the shutdown checkpoint (9.6 before c6c3334364).
    One,
    /// The postmaster sends SIGUSR2 before the checkpoint; walsenders then publish STOPPING where
    /// they wait, and go on decoding (086221cf6b, reverted by 703f148e98 after a month).
    ByPostmaster,
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

/// When COMMIT PREPARED brings the prepared transaction with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrepareResend {
    /// Unless this run of decoding has sent it (a271a1b50e).
    UnlessSentInThisRun,
    /// If it was prepared before the slot's point of consistency (8bdb1332eb).
    BeforeConsistentPoint,
    /// Never (mutation).
    Never,
}

/// What keeps logical slots of a server in upgrade mode from invalidation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UpgradeKeep {
    /// pg_upgrade's own option; a later option of the user's wins (29d0a77fa6).
    Option,
    /// The server refuses any other value, wherever it stands (8bfb231b43).
    CheckHook,
    /// The server does not invalidate them, whatever the value (72e6c08fea).
    Direct,
}

/// How pg_upgrade asks which logical slots have consumed everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UpgradeScan {
    /// WAL is decoded once for each slot (29d0a77fa6).
    EachSlot,
    /// Once for the slot that is furthest behind; its row is joined to each slot's (7a1f0f8747).
    MinimumCrossJoin,
    /// The same, joined from the left (e471dc5912).
    MinimumLeftJoin,
    /// The same, but the first pending record is kept, not the last (mutation).
    MinimumFirstPending,
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
