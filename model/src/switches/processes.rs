//! Switches about processes, signals and classes of one server: what the postmaster's history and
//! the statistics' moved.

use super::{ON_OFF, Switch, change, on};
use crate::design::WalsenderMarked;

pub(super) const SWITCHES: &[Switch] = &[
    choice!("walsender-marked", walsender_marked,
        ["at-start" => WalsenderMarked::AtStart,
         "when-streaming" => WalsenderMarked::WhenStreaming],
        [change("8f5d65e916", "at-start", "when-streaming"),
         change("abfd192b1b", "when-streaming", "at-start")],
        "when a child counts as a walsender: as it starts, or as it begins to stream (2011, 2012)"),
    on_off!(
        "no-launch-after-stop",
        no_launch_after_stop,
        [on("27b2c6a1ef")],
        "once a stop is requested, no child's signal makes the postmaster launch another (2012)"
    ),
    on_off!(
        "smart-stops-in-startup",
        smart_stops_in_startup,
        [on("615704af1e")],
        "a smart stop in PM_STARTUP is acted upon; subsumed by 0038f94387 (2010)"
    ),
    on_off!(
        "smart-stops-recovery",
        smart_stops_recovery,
        [on("1c850fa807")],
        "a smart stop of a standby stops startup and walreceiver; subsumed by 0038f94387 (2010)"
    ),
    on_off!(
        "fast-after-smart",
        fast_after_smart,
        [on("06f1f53ea9")],
        "a fast stop signals clients for which a smart one waits; subsumed by 0038f94387 (2009)"
    ),
    on_off!(
        "fast-stops-startup-workers",
        fast_stops_startup_workers,
        [on("55875b6d2a")],
        "a fast stop in PM_STARTUP signals background workers; subsumed by 0038f94387 (2018)"
    ),
    on_off!(
        "child-pokes-postmaster",
        child_pokes_postmaster,
        [on("38b27792ea")],
        "a child that becomes a walsender sends PMSIGNAL_ADVANCE_STATE_MACHINE (2011)"
    ),
    on_off!(
        "advance-in-any-state",
        advance_in_any_state,
        [on("0fae846232")],
        "PMSIGNAL_ADVANCE_STATE_MACHINE is heeded in every state (2019)"
    ),
    on_off!(
        "worker-requests-cancelled",
        worker_requests_cancelled,
        [on("7519bd16d1")],
        "requests for background workers are cancelled at a stop, waiters are woken (2020)"
    ),
    on_off!(
        "immediate-waits-for-checkpointer",
        immediate_waits_for_checkpointer,
        [on("91c3613d37")],
        "PM_WAIT_BACKENDS of an immediate stop waits for the checkpointer, too (2013)"
    ),
    on_off!(
        "waits-after-sigkill",
        waits_after_sigkill,
        [on("48913db887")],
        "after SIGKILL to its children the postmaster waits for them; off: it exits (2015)"
    ),
    on_off!(
        "walreceiver-request-kept",
        walreceiver_request_kept,
        [on("e5d494d78c")],
        "a request for a walreceiver is kept until one is launched (2017)"
    ),
    on_off!(
        "startup-quit-expected",
        startup_quit_expected,
        [on("ee32782395")],
        "a startup process that was told to quit has not failed (13)"
    ),
    on_off!(
        "requests-before-connections",
        requests_before_connections,
        [on("239b175342")],
        "ServerLoop handles pending requests before it accepts a connection (16)"
    ),
    on_off!(
        "archiver-outlives-checkpoint",
        archiver_outlives_checkpoint,
        [on("e6a442c71b")],
        "the archiver makes a last cycle after the checkpoint; off: killed before it (2008)"
    ),
    on_off!(
        "archiver-auxiliary",
        archiver_auxiliary,
        [on("d75288fb27")],
        "the archiver's crash is one; off: never, and the postmaster wakes it by SIGUSR1 (14)"
    ),
    on_off!(
        "latch-by-sigurg",
        latch_by_sigurg,
        [on("6a2a70a020")],
        "another process' latch is set by SIGURG; off: SIGUSR1; only recordings show it (14)"
    ),
    on_off!(
        "done-exits-directly",
        done_exits_directly,
        [on("9c0e2b9182")],
        "a walsender that is done exits; off: sets ProcDiePending, never looks at it (2012)"
    ),
    on_off!(
        "slot-release-before-stats",
        slot_release_before_stats,
        [on("2f6501fa3c")],
        "an exiting process releases its slot before it leaves the statistics system (15)"
    ),
    on_off!(
        "last-stats-forced",
        last_stats_forced,
        [on("b82640df00"), on("33394ee6f2")],
        "checkpointer and walwriter report what they have counted when they exit (14)"
    ),
    on_off!(
        "pending-since-unasserted",
        pending_since_unasserted,
        [on("1f7878c33c")],
        "pgstat_report_stat does not assert that no earlier report was put off (2025)"
    ),
    on_off!(
        "checkpoint-request-by-latch",
        checkpoint_request_by_latch,
        [on("4d271e3ec2")],
        "a backend requests a checkpoint by latch; off: by SIGINT (18)"
    ),
    on_off!(
        "retry-wait-checks-interrupts",
        retry_wait_checks_interrupts,
        [on("2945a488a3")],
        "the startup process heeds SIGTERM after its wait for wal_retrieve_retry_interval (14)"
    ),
    on_off!(
        "checkpointer-from-start",
        checkpointer_from_start,
        [on("7ff23c6d27")],
        "checkpointer and bgwriter run from PM_STARTUP on; off: from PM_RECOVERY on (15)"
    ),
    on_off!(
        "server-loop-launches",
        server_loop_launches,
        [on("3354f85284")],
        "the handlers of SIGCHLD and PMSIGNALs leave launching to ServerLoop (18)"
    ),
    on_off!(
        "workers-in-stop-set",
        workers_in_stop_set,
        [],
        "mutation when off: extension processes outlive the checkpoint (orioledb 281)"
    ),
    on_off!(
        "extension-marks-stopping",
        extension_marks_stopping,
        [],
        "mutation when off: an extension's WalSnd owner never reports STOPPING (neon 6712)"
    ),
    on_off!(
        "smart-stop-outlives-recovery",
        smart_stop_outlives_recovery,
        [],
        "repair: when recovery ends during a smart stop, the stop goes on as in PM_RUN"
    ),
    on_off!(
        "stop-ends-crash-restart",
        stop_ends_crash_restart,
        [],
        "repair: a stop request while a crashed server starts again resets FatalError"
    ),
    on_off!(
        "archiver-for-last-cycle",
        archiver_for_last_cycle,
        [],
        "repair: a stop launches an archiver for the last cycle where recovery had none"
    ),
    on_off!(
        "origin-flushed-at-start",
        origin_flushed_at_start,
        [],
        "repair: an apply worker that starts flushes what its origin tells of"
    ),
];
