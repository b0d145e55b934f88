//! Cases about the postmaster: counting, states, forgotten requests, and statistics at exit.

use super::{LeftOut, cases};

/// What the model cannot hold, with the reason.
pub static LEFT_OUT: &[LeftOut] = &[
    (
        "C14, mirror image (73f6b9a3b0)",
        "a latch that is set for ever starves the sockets: a matter of fairness among the events \
         of one wait, which has no state of its own",
    ),
    (
        "A7, the half before the pull request",
        "that the shutdown checkpoint never reaches a safekeeper needs the safekeeper as a peer",
    ),
];

cases! {
    "A3" "idle-walsender-counted-as-walsender" "8f5d65e916, abfd192b1b" {
        "before": "pg9.6-c6c3334364", "base-backup", "no-wal-after-shutdown-checkpoint" => Violated;
        "after": "pg9.6-c6c3334364-abfd192b1b", "base-backup",
            "no-wal-after-shutdown-checkpoint" => Holds;
        "control: two phases": "pg9.6", "base-backup", "no-wal-after-shutdown-checkpoint" => Holds;
    } "The fix held for 9.1 and 9.2 only: abfd192b1b (2012-12-13, 9.3) moved \
       MarkPostmasterChildWalSender back from StartReplication to InitWalSender, which opened the \
       hole again until c6c3334364. So `-abfd192b1b` is the design of 8f5d65e916, and 9.3 to 9.6 \
       before c6c3334364 are `before` once more."
    "A6" "extension-worker-writes-wal" "orioledb/orioledb#281" {
        "before": "master-workers-in-stop-set", "extension-worker", "no-panic" => Violated;
        "after": "master", "extension-worker", "no-panic" => Holds;
        "control: 17": "pg17", "extension-worker", "no-panic" => Holds;
    } ""
    "A7" "registered-walsender-ignores-stopping" "neondatabase/neon#6712" {
        "before": "pg17-extension-marks-stopping", "extension-walsnd", "no-deadlock" => Violated;
        "after": "pg17", "extension-walsnd", "no-deadlock" => Holds;
        "before, 18's order of exits": "pg18-extension-marks-stopping", "extension-walsnd",
            "no-deadlock" => Violated;
    } "Only the half in which the worker counts as a walsender: the other half, a bgworker that is \
       gone before the checkpoint, is how every bgworker behaves, and needs the safekeeper as a \
       party."
    "B12" "die-pending-without-interrupt" "9c0e2b9182" {
        "before": "pg9.6-9c0e2b9182", "standby", "no-deadlock" => Violated;
        "after": "pg9.6", "standby", "no-deadlock" => Holds;
    } ""
    "C1" "child-becomes-walsender-during-smart-stop" "38b27792ea" {
        "before": "pg9.6-0038f94387-38b27792ea", "connecting-smart", "no-deadlock" => Violated;
        "after": "pg9.6-0038f94387", "connecting-smart", "no-deadlock" => Holds;
        "before, on master": "master-38b27792ea", "connecting-smart", "no-deadlock" => Violated;
        "after, on master": "master", "connecting-smart", "no-deadlock" => Holds;
    } ""
    "C2" "child-launched-after-stop-signal" "27b2c6a1ef" {
        "before": "pg9.6-0038f94387-55875b6d2a-27b2c6a1ef", "startup-standby",
            "no-deadlock" => Violated;
        "after": "pg9.6-0038f94387-55875b6d2a", "startup-standby", "no-deadlock" => Holds;
        "control: master without it": "master-27b2c6a1ef", "startup-standby",
            "no-deadlock" => Holds;
    } "In 2012 a fast stop in PM_STARTUP left the state alone (55875b6d2a changed that in 2018), \
       which is what let RECOVERY_STARTED act. Since 0038f94387 the state alone would protect."
    "C3" "fast-stop-in-startup-state-lost" "615704af1e" {
        "before": "pg9.6-0038f94387-55875b6d2a-27b2c6a1ef-615704af1e", "startup-standby-smart",
            "no-deadlock" => Violated;
        "after": "pg9.6-0038f94387-55875b6d2a-27b2c6a1ef", "startup-standby-smart",
            "no-deadlock" => Holds;
        "control: fast": "pg9.6-0038f94387-55875b6d2a-615704af1e", "startup-standby",
            "no-deadlock" => Holds;
    } "The record and the commit message say fast; the diff changes the smart branch of pmdie \
       (\"received smart shutdown request\"). A fast stop in PM_STARTUP signalled the startup \
       process and was finished by its exit, before and after."
    "C4" "fast-after-smart-ignored" "06f1f53ea9, 1c850fa807" {
        "before": "pg9.6-0038f94387-06f1f53ea9", "session-fast-after-smart",
            "no-deadlock" => Violated;
        "after": "pg9.6-0038f94387", "session-fast-after-smart", "no-deadlock" => Holds;
        "sibling before": "pg9.6-0038f94387-1c850fa807", "hot-standby-smart",
            "no-deadlock" => Violated;
        "sibling after": "pg9.6-0038f94387", "hot-standby-smart", "no-deadlock" => Holds;
        "control: master": "master", "session-fast-after-smart", "no-deadlock" => Holds;
    } ""
    "C5" "advance-signal-ignored-by-state" "0fae846232" {
        "before": "pg9.6-0038f94387-0fae846232", "hot-standby-connecting",
            "no-deadlock" => Violated;
        "after": "pg9.6-0038f94387", "hot-standby-connecting", "no-deadlock" => Holds;
        "before, on master": "master-0fae846232", "hot-standby-connecting",
            "no-deadlock" => Violated;
        "after, on master": "master", "hot-standby-connecting", "no-deadlock" => Holds;
    } ""
    "C6" "bgworker-missed-in-startup" "55875b6d2a" {
        "before": "pg9.6-0038f94387-55875b6d2a", "startup-worker", "no-deadlock" => Violated;
        "after": "pg9.6-0038f94387", "startup-worker", "no-deadlock" => Holds;
        "control: immediate": "pg9.6-0038f94387-55875b6d2a", "startup-worker-immediate",
            "no-deadlock" => Holds;
        "control: smart": "pg9.6-0038f94387-55875b6d2a", "startup-worker-smart",
            "no-deadlock" => Holds;
        "control: after 0038f94387": "pg9.6-55875b6d2a", "startup-worker", "no-deadlock" => Holds;
    } ""
    "C7" "worker-requested-but-never-started" "7519bd16d1" {
        "before": "pg10-7519bd16d1", "parallel-query", "no-deadlock" => Violated;
        "after": "pg10", "parallel-query", "no-deadlock" => Holds;
        "after: each request is answered": "pg10", "parallel-query",
            "requests-are-answered" => Holds;
        "before: a request is not": "pg10-7519bd16d1", "parallel-query",
            "requests-are-answered" => Violated;
        "control: who waits heeds SIGTERM": "pg10-7519bd16d1", "parallel-query-interruptible",
            "no-deadlock" => Holds;
        "before, on master": "master-7519bd16d1", "parallel-query", "no-deadlock" => Violated;
    } "Needs a waiter that does not heed SIGTERM (the commit message: \"the requestor is stuck\"). \
       One that does asks for the worker's end (TerminateBackgroundWorker), and \
       BackgroundWorkerStateChange reported a worker that never ran as dead before the fix, too."
    "C8" "smart-stop-kills-helpers" "0038f94387" {
        "before": "pg9.6-0038f94387", "parallel-query-smart", "requests-are-answered" => Violated;
        "after": "pg9.6", "parallel-query-smart", "requests-are-answered" => Holds;
        "before: the stop": "pg9.6-0038f94387", "parallel-query-smart", "no-deadlock" => Violated;
        "after: the stop": "pg9.6", "parallel-query-smart", "no-deadlock" => Holds;
    } ""
    "C9" "dead-end-child-blocks-stop" "bb861414fe" {
        "before": "pg18-bb861414fe", "dead-end-hangs", "no-deadlock" => Violated;
        "after": "pg18", "dead-end-hangs", "no-deadlock" => Holds;
        "control: 17": "pg17", "dead-end-hangs", "no-deadlock" => Violated;
        "control: authentication_timeout": "pg17", "dead-end-hangs-timeout", "no-deadlock" => Holds;
    } ""
    "C10" "immediate-stop-asserts-checkpointer-gone" "91c3613d37" {
        "before": "pg9.6-91c3613d37", "immediate", "no-assertion-failure" => Violated;
        "after": "pg9.6", "immediate", "no-assertion-failure" => Holds;
        "control: 18 waits for everybody": "pg18-91c3613d37", "immediate",
            "no-assertion-failure" => Holds;
    } ""
    "C11" "walreceiver-request-lost" "e5d494d78c" {
        "before": "pg9.6-e5d494d78c", "walreceiver-exits", "requests-are-answered" => Violated;
        "after": "pg9.6", "walreceiver-exits", "requests-are-answered" => Holds;
        "before, on master": "master-e5d494d78c", "walreceiver-exits",
            "requests-are-answered" => Violated;
        "after, on master": "master", "walreceiver-exits", "requests-are-answered" => Holds;
        "control: WALRCV_STARTUP_TIMEOUT": "pg9.6-e5d494d78c", "walreceiver-exits-timers",
            "requests-are-answered" => Holds;
    } ""
    "C13" "dead-end-crash-in-startup" "ee32782395" {
        "before: gives up": "pg10", "dead-end-crashes-in-startup",
            "exits-only-when-told" => Violated;
        "after: gives up": "pg10+ee32782395", "dead-end-crashes-in-startup",
            "exits-only-when-told" => Holds;
        "before: the assertion": "pg10", "dead-end-crashes-in-startup",
            "no-assertion-failure" => Violated;
        "after: the assertion": "pg10+ee32782395", "dead-end-crashes-in-startup",
            "no-assertion-failure" => Holds;
        "after, on master": "master", "dead-end-crashes-in-startup",
            "exits-only-when-told" => Holds;
    } "Not back-patched (commit message): 10 to 12 kept it."
    "C14" "stop-starved-or-reordered-by-connections" "239b175342" {
        "before": "pg16-239b175342", "connects-behind-stop",
            "stop-before-later-connections" => Violated;
        "after": "pg16", "connects-behind-stop", "stop-before-later-connections" => Holds;
        "control: handlers run at once": "pg15", "connects-behind-stop",
            "stop-before-later-connections" => Holds;
    } "The mirror case (73f6b9a3b0, a latch that is always set hides the sockets) is starvation: \
       see LEFT_OUT."
    "C15" "archiver-killed-and-restarted-at-stop" "e6a442c71b" {
        "before": "pg9.6-e6a442c71b", "archiving", "archive-complete" => Violated;
        "before: orphan": "pg9.6-e6a442c71b", "archiving", "no-orphan" => Violated;
        "after": "pg9.6", "archiving", "archive-complete" => Holds;
        "after: orphan": "pg9.6", "archiving", "no-orphan" => Holds;
    } "The diff: SIGQUIT to the archiver on entering PM_SHUTDOWN, in both modes, not with the stop \
       request; the archiver exited 0 and was relaunched while pmState >= PM_RUN; PM_WAIT_DEAD_END \
       did not wait for it. The completed segment is the one of 2e6107cb62's switch, which is \
       younger than the fix."
    "C16" "immediate-stop-abandons-children" "82233ce7ea, 48913db887" {
        "before": "pg9.6-82233ce7ea", "immediate", "no-orphan" => Violated;
        "between": "pg9.6-48913db887", "immediate", "no-orphan" => Violated;
        "after": "pg9.6", "immediate", "no-orphan" => Holds;
    } ""
    "D2" "slot-drop-reported-after-stats-down" "2f6501fa3c" {
        "before": "pg15-2f6501fa3c", "creating-slot", "no-assertion-failure" => Violated;
        "after": "pg15", "creating-slot", "no-assertion-failure" => Holds;
    } "An assertion of 15devel only: up to 14 nothing asserts that statistics are up."
    "D3" "last-stats-never-flushed" "b82640df00, 33394ee6f2" {
        "before": "pg15-b82640df00", "helper-stats", "no-stats-after-stats-shutdown" => Violated;
        "after": "pg15", "helper-stats", "no-stats-after-stats-shutdown" => Holds;
    } ""
    "D4" "pending-flag-assertion-with-two-flushers" "1f7878c33c" {
        "before": "pg18-1f7878c33c", "report-put-off", "no-assertion-failure" => Violated;
        "after": "pg18", "report-put-off", "no-assertion-failure" => Holds;
        "control: nothing was put off": "pg18-1f7878c33c", "standby-only",
            "no-assertion-failure" => Holds;
        "before, on 16": "pg16-1f7878c33c", "report-put-off", "no-assertion-failure" => Violated;
        "before, on 17": "pg17-4b6331e0fd", "report-put-off", "no-assertion-failure" => Violated;
        "control: no periodic reports": "pg17-1f7878c33c-039549d70f", "report-put-off",
            "no-assertion-failure" => Holds;
    } "The walsenders' periodic reports (039549d70f) are in 16 and 17, too; there they \
       have no WAL in them (a051e71e28 is 18's), only IO that something else has counted."
    "D6" "walsender-reports-after-the-checkpointer" "4801610f7c, 830b476d0b, eeed86523b" {
        "before": "pg17-4801610f7c", "report-put-off", "no-assertion-failure" => Violated;
        "after": "pg17", "report-put-off", "no-assertion-failure" => Holds;
        "before, on 16": "pg16-830b476d0b", "report-put-off", "no-assertion-failure" => Violated;
        "after, on 16": "pg16", "report-put-off", "no-assertion-failure" => Holds;
        "before, on 15": "pg15-eeed86523b", "report-put-off", "no-assertion-failure" => Violated;
        "after, on 15": "pg15", "report-put-off", "no-assertion-failure" => Holds;
        "today: lost without a word": "pg17", "report-put-off",
            "no-stats-after-stats-shutdown" => Violated;
        "control: the checkpointer exits last": "pg18", "report-put-off",
            "no-stats-after-stats-shutdown" => Holds;
    } "Bug 18158. On branches only, from 15.19, 16.15 and 17.11 on: 18 has 87a6690cc6."
    "C17" "startup-process-fails-in-startup" "9b43e6793b" {
        "before, on 17": "pg17-e381843cfa", "startup-fails", "no-orphan" => Violated;
        "after, on 17": "pg17", "startup-fails", "no-orphan" => Holds;
        "before, on 15": "pg15-23cebf672e", "startup-fails", "no-orphan" => Violated;
        "after, on 15": "pg15", "startup-fails", "no-orphan" => Holds;
        "after, on master": "master", "startup-fails", "no-orphan" => Holds;
    } "7ff23c6d27 (15) let checkpointer and bgwriter run in PM_STARTUP; the exit at once was \
       written for a postmaster without other children."
    "C18" "startup-process-fails-in-crash-restart" "ead8f696b7, 6a1759a02a" {
        "before: 18.4 to 18.6": "pg18", "startup-fails", "requests-are-answered" => Violated;
        "after: REL_18_STABLE": "pg18+6a1759a02a", "startup-fails",
            "requests-are-answered" => Holds;
        "before, on master": "master-ead8f696b7", "startup-fails",
            "requests-are-answered" => Violated;
        "after, on master": "master", "startup-fails", "requests-are-answered" => Holds;
        "control: a second crash changes the state": "pg17", "startup-fails",
            "requests-are-answered" => Holds;
        "control: 18 before 18.4": "pg18-9b43e6793b", "startup-fails",
            "requests-are-answered" => Holds;
    } "Introduced by 9b43e6793b, whose shortcut had been the way out."
    "D5" "one-signal-two-meanings" "4d271e3ec2" {
        "shared meaning": "pg18-4d271e3ec2", "checkpoint-requested", "no-panic" => Violated;
        "committed": "pg18", "checkpoint-requested", "no-panic" => Holds;
        "control: 17's SIGINT": "pg17", "checkpoint-requested", "no-panic" => Holds;
    } ""
    "F7" "standby-slow-to-stop" "2945a488a3" {
        "before": "pg10", "recovery-retries", "no-deadlock" => Violated;
        "after": "pg10+2945a488a3", "recovery-retries", "no-deadlock" => Holds;
        "control: with its timers": "pg10", "recovery-retries-timers", "no-deadlock" => Holds;
        "after, on master": "master", "recovery-retries", "no-deadlock" => Holds;
    } "Not back-patched: 13 and before have it. The flag is looked at again at the end of the same \
       loop unless the page is found in pg_wal, which ends the call before that; then the wait for \
       streamed WAL (5 s) follows."
}
