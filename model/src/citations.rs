//! What a cited C function is called in older releases: the tables of steps have today's names.

/// A function that older releases have elsewhere, by another name, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Older {
    /// Its name in the tables of steps.
    pub function: &'static str,
    /// Its file there.
    pub file: &'static str,
    /// The last release that this row speaks of; it speaks of all older ones, too, down to the next
    /// row of the same function.
    pub until: &'static str,
    /// What was there instead.
    pub then: Then,
}

/// What older releases have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The same, under this name in this file.
    Called(&'static str, &'static str),
    /// Nothing: the step is not taken there.
    Nothing,
}

/// The number of a release: `pg9.6` is 96, `pg17` is 170, `master` is the largest.
#[must_use]
pub fn number(release: &str) -> u32 {
    let Some(digits) = release.strip_prefix("pg") else {
        return u32::MAX;
    };
    let (major, minor) = digits.split_once('.').unwrap_or((digits, "0"));
    let (major, minor): (u32, u32) = (major.parse().unwrap_or(0), minor.parse().unwrap_or(0));
    major * 10 + minor
}

/// What `release` has of the function `function` of `file`: its name and file there; `None` if
/// nothing.
#[must_use]
pub fn place(
    function: &'static str,
    file: &'static str,
    release: &str,
) -> Option<(&'static str, &'static str)> {
    let rows = OLDER.iter();
    let rows = rows.filter(|o| o.function == function && o.file == file);
    let rows = rows.filter(|o| number(release) <= number(o.until));
    match rows.min_by_key(|o| number(o.until)).map(|o| o.then) {
        None => Some((function, file)),
        Some(Then::Called(function, file)) => Some((function, file)),
        Some(Then::Nothing) => None,
    }
}

const fn called(
    function: &'static str,
    file: &'static str,
    until: &'static str,
    then: &'static str,
    in_file: &'static str,
) -> Older {
    Older {
        function,
        file,
        until,
        then: Then::Called(then, in_file),
    }
}

const fn nothing(function: &'static str, file: &'static str, until: &'static str) -> Older {
    Older {
        function,
        file,
        until,
        then: Then::Nothing,
    }
}

/// All rows. Source: the branches of these releases; `shutcheck source audit` holds them to it.
pub static OLDER: &[Older] = &[
    called(
        "CleanupAfterArchiveRecovery",
        "src/backend/access/transam/xlog.c",
        "pg14",
        "StartupXLOG",
        "src/backend/access/transam/xlog.c",
    ),
    called(
        "ApplyWalRecord",
        "src/backend/access/transam/xlogrecovery.c",
        "pg14",
        "StartupXLOG",
        "src/backend/access/transam/xlog.c",
    ),
    called(
        "CheckRecoveryConsistency",
        "src/backend/access/transam/xlogrecovery.c",
        "pg14",
        "CheckRecoveryConsistency",
        "src/backend/access/transam/xlog.c",
    ),
    called(
        "PerformWalRecovery",
        "src/backend/access/transam/xlogrecovery.c",
        "pg14",
        "StartupXLOG",
        "src/backend/access/transam/xlog.c",
    ),
    called(
        "WaitForWALToBecomeAvailable",
        "src/backend/access/transam/xlogrecovery.c",
        "pg14",
        "WaitForWALToBecomeAvailable",
        "src/backend/access/transam/xlog.c",
    ),
    called(
        "AcceptConnection",
        "src/backend/libpq/pqcomm.c",
        "pg16",
        "StreamConnection",
        "src/backend/libpq/pqcomm.c",
    ),
    called(
        "BackgroundWorkerMain",
        "src/backend/postmaster/bgworker.c",
        "pg16",
        "StartBackgroundWorker",
        "src/backend/postmaster/bgworker.c",
    ),
    called(
        "ProcessMainLoopInterrupts",
        "src/backend/postmaster/interrupt.c",
        "pg17",
        "HandleMainLoopInterrupts",
        "src/backend/postmaster/interrupt.c",
    ),
    called(
        "HandleFatalError",
        "src/backend/postmaster/postmaster.c",
        "pg17",
        "HandleChildCrash",
        "src/backend/postmaster/postmaster.c",
    ),
    called(
        "LaunchMissingBackgroundProcesses",
        "src/backend/postmaster/postmaster.c",
        "pg17",
        "ServerLoop",
        "src/backend/postmaster/postmaster.c",
    ),
    called(
        "process_pm_child_exit",
        "src/backend/postmaster/postmaster.c",
        "pg15",
        "reaper",
        "src/backend/postmaster/postmaster.c",
    ),
    called(
        "process_pm_pmsignal",
        "src/backend/postmaster/postmaster.c",
        "pg15",
        "sigusr1_handler",
        "src/backend/postmaster/postmaster.c",
    ),
    called(
        "process_pm_shutdown_request",
        "src/backend/postmaster/postmaster.c",
        "pg15",
        "pmdie",
        "src/backend/postmaster/postmaster.c",
    ),
    called(
        "ProcessStartupProcInterrupts",
        "src/backend/postmaster/startup.c",
        "pg17",
        "HandleStartupProcInterrupts",
        "src/backend/postmaster/startup.c",
    ),
    nothing(
        "EnsureLogicalDecodingEnabled",
        "src/backend/replication/logical/logicalctl.c",
        "pg18",
    ),
    nothing(
        "ShutDownSlotSync",
        "src/backend/replication/logical/slotsync.c",
        "pg16",
    ),
    called(
        "fetch_remote_slots",
        "src/backend/replication/logical/slotsync.c",
        "pg18",
        "synchronize_slots",
        "src/backend/replication/logical/slotsync.c",
    ),
    nothing(
        "fetch_remote_slots",
        "src/backend/replication/logical/slotsync.c",
        "pg16",
    ),
    nothing(
        "synchronize_slots",
        "src/backend/replication/logical/slotsync.c",
        "pg16",
    ),
    called(
        "run_apply_worker",
        "src/backend/replication/logical/worker.c",
        "pg16",
        "ApplyWorkerMain",
        "src/backend/replication/logical/worker.c",
    ),
    called(
        "ReplicationSlotShmemExit",
        "src/backend/replication/slot.c",
        "pg14",
        "ProcKill",
        "src/backend/storage/lmgr/proc.c",
    ),
    nothing(
        "WalSndCheckShutdownTimeout",
        "src/backend/replication/walsender.c",
        "pg18",
    ),
    nothing(
        "IoWorkerMain",
        "src/backend/storage/aio/method_worker.c",
        "pg17",
    ),
    called(
        "BackendInitialize",
        "src/backend/tcop/backend_startup.c",
        "pg16",
        "BackendInitialize",
        "src/backend/postmaster/postmaster.c",
    ),
    called(
        "StartupPacketTimeoutHandler",
        "src/backend/tcop/backend_startup.c",
        "pg16",
        "StartupPacketTimeoutHandler",
        "src/backend/postmaster/postmaster.c",
    ),
    nothing(
        "pgstat_before_server_shutdown",
        "src/backend/utils/activity/pgstat.c",
        "pg14",
    ),
    called(
        "pgstat_shutdown_hook",
        "src/backend/utils/activity/pgstat.c",
        "pg14",
        "pgstat_shutdown_hook",
        "src/backend/postmaster/pgstat.c",
    ),
    nothing(
        "check_old_cluster_for_valid_slots",
        "src/bin/pg_upgrade/check.c",
        "pg16",
    ),
    called(
        "get_db_rel_and_slot_infos",
        "src/bin/pg_upgrade/info.c",
        "pg16",
        "get_db_and_rel_infos",
        "src/bin/pg_upgrade/info.c",
    ),
];
