//! Cases about the postmaster: counting, states, forgotten requests, and statistics at exit.

use super::{Case, Expect, Trial};

const fn trial(
    label: &'static str,
    design: &'static str,
    scenario: &'static str,
    property: &'static str,
    expect: Expect,
) -> Trial {
    Trial {
        label,
        design,
        scenario,
        property,
        expect,
    }
}

/// What the model cannot hold, with the reason.
pub static LEFT_OUT: &[(&str, &str)] = &[
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

/// The cases.
pub static CASES: &[Case] = &[
    Case {
        id: "A3",
        title: "idle-walsender-counted-as-walsender",
        source: "8f5d65e916, abfd192b1b",
        trials: &[
            trial(
                "before",
                "pg9.6-c6c3334364",
                "base-backup",
                "no-wal-after-shutdown-checkpoint",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg9.6-c6c3334364-abfd192b1b",
                "base-backup",
                "no-wal-after-shutdown-checkpoint",
                Expect::Holds,
            ),
            trial(
                "control: two phases",
                "pg9.6",
                "base-backup",
                "no-wal-after-shutdown-checkpoint",
                Expect::Holds,
            ),
        ],
        note: "The fix held for 9.1 and 9.2 only: abfd192b1b (2012-12-13, 9.3) moved \
               MarkPostmasterChildWalSender back from StartReplication to InitWalSender, which \
               opened the hole again until c6c3334364. So `-abfd192b1b` is the design of \
               8f5d65e916, and 9.3 to 9.6 before c6c3334364 are `before` once more.",
    },
    Case {
        id: "A6",
        title: "extension-worker-writes-wal",
        source: "orioledb/orioledb#281",
        trials: &[
            trial(
                "before",
                "master-workers-in-stop-set",
                "extension-worker",
                "no-panic",
                Expect::Violated,
            ),
            trial(
                "after",
                "master",
                "extension-worker",
                "no-panic",
                Expect::Holds,
            ),
            trial(
                "control: 17",
                "pg17",
                "extension-worker",
                "no-panic",
                Expect::Holds,
            ),
        ],
        note: "",
    },
    Case {
        id: "A7",
        title: "registered-walsender-ignores-stopping",
        source: "neondatabase/neon#6712",
        trials: &[
            trial(
                "before",
                "pg17-extension-marks-stopping",
                "extension-walsnd",
                "no-deadlock",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg17",
                "extension-walsnd",
                "no-deadlock",
                Expect::Holds,
            ),
            trial(
                "before, 18's order of exits",
                "pg18-extension-marks-stopping",
                "extension-walsnd",
                "no-deadlock",
                Expect::Violated,
            ),
        ],
        note: "Only the half in which the worker counts as a walsender: the other half, a \
               bgworker that is gone before the checkpoint, is how every bgworker behaves, and \
               needs the safekeeper as a party.",
    },
    Case {
        id: "B12",
        title: "die-pending-without-interrupt",
        source: "9c0e2b9182",
        trials: &[
            trial(
                "before",
                "pg9.6-9c0e2b9182",
                "standby",
                "no-deadlock",
                Expect::Violated,
            ),
            trial("after", "pg9.6", "standby", "no-deadlock", Expect::Holds),
        ],
        note: "",
    },
    Case {
        id: "C1",
        title: "child-becomes-walsender-during-smart-stop",
        source: "38b27792ea",
        trials: &[
            trial(
                "before",
                "pg9.6-0038f94387-38b27792ea",
                "connecting-smart",
                "no-deadlock",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg9.6-0038f94387",
                "connecting-smart",
                "no-deadlock",
                Expect::Holds,
            ),
            trial(
                "before, on master",
                "master-38b27792ea",
                "connecting-smart",
                "no-deadlock",
                Expect::Violated,
            ),
            trial(
                "after, on master",
                "master",
                "connecting-smart",
                "no-deadlock",
                Expect::Holds,
            ),
        ],
        note: "",
    },
    Case {
        id: "C2",
        title: "child-launched-after-stop-signal",
        source: "27b2c6a1ef",
        trials: &[
            trial(
                "before",
                "pg9.6-0038f94387-55875b6d2a-27b2c6a1ef",
                "startup-standby",
                "no-deadlock",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg9.6-0038f94387-55875b6d2a",
                "startup-standby",
                "no-deadlock",
                Expect::Holds,
            ),
            trial(
                "control: master without it",
                "master-27b2c6a1ef",
                "startup-standby",
                "no-deadlock",
                Expect::Holds,
            ),
        ],
        note: "In 2012 a fast stop in PM_STARTUP left the state alone (55875b6d2a changed that in \
               2018), which is what let RECOVERY_STARTED act. Since 0038f94387 the state alone \
               would protect.",
    },
    Case {
        id: "C3",
        title: "fast-stop-in-startup-state-lost",
        source: "615704af1e",
        trials: &[
            trial(
                "before",
                "pg9.6-0038f94387-55875b6d2a-27b2c6a1ef-615704af1e",
                "startup-standby-smart",
                "no-deadlock",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg9.6-0038f94387-55875b6d2a-27b2c6a1ef",
                "startup-standby-smart",
                "no-deadlock",
                Expect::Holds,
            ),
            trial(
                "control: fast",
                "pg9.6-0038f94387-55875b6d2a-615704af1e",
                "startup-standby",
                "no-deadlock",
                Expect::Holds,
            ),
        ],
        note: "The record and the commit message say fast; the diff changes the smart branch of \
               pmdie (\"received smart shutdown request\"). A fast stop in PM_STARTUP signalled \
               the startup process and was finished by its exit, before and after.",
    },
    Case {
        id: "C4",
        title: "fast-after-smart-ignored",
        source: "06f1f53ea9, 1c850fa807",
        trials: &[
            trial(
                "before",
                "pg9.6-0038f94387-06f1f53ea9",
                "session-fast-after-smart",
                "no-deadlock",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg9.6-0038f94387",
                "session-fast-after-smart",
                "no-deadlock",
                Expect::Holds,
            ),
            trial(
                "sibling before",
                "pg9.6-0038f94387-1c850fa807",
                "hot-standby-smart",
                "no-deadlock",
                Expect::Violated,
            ),
            trial(
                "sibling after",
                "pg9.6-0038f94387",
                "hot-standby-smart",
                "no-deadlock",
                Expect::Holds,
            ),
            trial(
                "control: master",
                "master",
                "session-fast-after-smart",
                "no-deadlock",
                Expect::Holds,
            ),
        ],
        note: "",
    },
    Case {
        id: "C5",
        title: "advance-signal-ignored-by-state",
        source: "0fae846232",
        trials: &[
            trial(
                "before",
                "pg9.6-0038f94387-0fae846232",
                "hot-standby-connecting",
                "no-deadlock",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg9.6-0038f94387",
                "hot-standby-connecting",
                "no-deadlock",
                Expect::Holds,
            ),
            trial(
                "before, on master",
                "master-0fae846232",
                "hot-standby-connecting",
                "no-deadlock",
                Expect::Violated,
            ),
            trial(
                "after, on master",
                "master",
                "hot-standby-connecting",
                "no-deadlock",
                Expect::Holds,
            ),
        ],
        note: "",
    },
    Case {
        id: "C6",
        title: "bgworker-missed-in-startup",
        source: "55875b6d2a",
        trials: &[
            trial(
                "before",
                "pg9.6-0038f94387-55875b6d2a",
                "startup-worker",
                "no-deadlock",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg9.6-0038f94387",
                "startup-worker",
                "no-deadlock",
                Expect::Holds,
            ),
            trial(
                "control: immediate",
                "pg9.6-0038f94387-55875b6d2a",
                "startup-worker-immediate",
                "no-deadlock",
                Expect::Holds,
            ),
            trial(
                "control: smart",
                "pg9.6-0038f94387-55875b6d2a",
                "startup-worker-smart",
                "no-deadlock",
                Expect::Holds,
            ),
            trial(
                "control: after 0038f94387",
                "pg9.6-55875b6d2a",
                "startup-worker",
                "no-deadlock",
                Expect::Holds,
            ),
        ],
        note: "",
    },
    Case {
        id: "C7",
        title: "worker-requested-but-never-started",
        source: "7519bd16d1",
        trials: &[
            trial(
                "before",
                "pg10-7519bd16d1",
                "parallel-query",
                "no-deadlock",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg10",
                "parallel-query",
                "no-deadlock",
                Expect::Holds,
            ),
            trial(
                "after: each request is answered",
                "pg10",
                "parallel-query",
                "requests-are-answered",
                Expect::Holds,
            ),
            trial(
                "before: a request is not",
                "pg10-7519bd16d1",
                "parallel-query",
                "requests-are-answered",
                Expect::Violated,
            ),
            trial(
                "control: who waits heeds SIGTERM",
                "pg10-7519bd16d1",
                "parallel-query-interruptible",
                "no-deadlock",
                Expect::Holds,
            ),
            trial(
                "before, on master",
                "master-7519bd16d1",
                "parallel-query",
                "no-deadlock",
                Expect::Violated,
            ),
        ],
        note: "Needs a waiter that does not heed SIGTERM (the commit message: \"the requestor is \
               stuck\"). One that does asks for the worker's end (TerminateBackgroundWorker), and \
               BackgroundWorkerStateChange reported a worker that never ran as dead before the \
               fix, too.",
    },
    Case {
        id: "C8",
        title: "smart-stop-kills-helpers",
        source: "0038f94387",
        trials: &[
            trial(
                "before",
                "pg9.6-0038f94387",
                "parallel-query-smart",
                "requests-are-answered",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg9.6",
                "parallel-query-smart",
                "requests-are-answered",
                Expect::Holds,
            ),
            trial(
                "before: the stop",
                "pg9.6-0038f94387",
                "parallel-query-smart",
                "no-deadlock",
                Expect::Violated,
            ),
            trial(
                "after: the stop",
                "pg9.6",
                "parallel-query-smart",
                "no-deadlock",
                Expect::Holds,
            ),
        ],
        note: "",
    },
    Case {
        id: "C9",
        title: "dead-end-child-blocks-stop",
        source: "bb861414fe",
        trials: &[
            trial(
                "before",
                "pg18-bb861414fe",
                "dead-end-hangs",
                "no-deadlock",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg18",
                "dead-end-hangs",
                "no-deadlock",
                Expect::Holds,
            ),
            trial(
                "control: 17",
                "pg17",
                "dead-end-hangs",
                "no-deadlock",
                Expect::Violated,
            ),
            trial(
                "control: authentication_timeout",
                "pg17",
                "dead-end-hangs-timeout",
                "no-deadlock",
                Expect::Holds,
            ),
        ],
        note: "",
    },
    Case {
        id: "C10",
        title: "immediate-stop-asserts-checkpointer-gone",
        source: "91c3613d37",
        trials: &[
            trial(
                "before",
                "pg9.6-91c3613d37",
                "immediate",
                "no-assertion-failure",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg9.6",
                "immediate",
                "no-assertion-failure",
                Expect::Holds,
            ),
            trial(
                "control: 18 waits for everybody",
                "pg18-91c3613d37",
                "immediate",
                "no-assertion-failure",
                Expect::Holds,
            ),
        ],
        note: "",
    },
    Case {
        id: "C11",
        title: "walreceiver-request-lost",
        source: "e5d494d78c",
        trials: &[
            trial(
                "before",
                "pg9.6-e5d494d78c",
                "walreceiver-exits",
                "requests-are-answered",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg9.6",
                "walreceiver-exits",
                "requests-are-answered",
                Expect::Holds,
            ),
            trial(
                "before, on master",
                "master-e5d494d78c",
                "walreceiver-exits",
                "requests-are-answered",
                Expect::Violated,
            ),
            trial(
                "after, on master",
                "master",
                "walreceiver-exits",
                "requests-are-answered",
                Expect::Holds,
            ),
            trial(
                "control: WALRCV_STARTUP_TIMEOUT",
                "pg9.6-e5d494d78c",
                "walreceiver-exits-timers",
                "requests-are-answered",
                Expect::Holds,
            ),
        ],
        note: "",
    },
    Case {
        id: "C13",
        title: "dead-end-crash-in-startup",
        source: "ee32782395",
        trials: &[
            trial(
                "before: gives up",
                "pg10",
                "dead-end-crashes-in-startup",
                "exits-only-when-told",
                Expect::Violated,
            ),
            trial(
                "after: gives up",
                "pg10+ee32782395",
                "dead-end-crashes-in-startup",
                "exits-only-when-told",
                Expect::Holds,
            ),
            trial(
                "before: the assertion",
                "pg10",
                "dead-end-crashes-in-startup",
                "no-assertion-failure",
                Expect::Violated,
            ),
            trial(
                "after: the assertion",
                "pg10+ee32782395",
                "dead-end-crashes-in-startup",
                "no-assertion-failure",
                Expect::Holds,
            ),
            trial(
                "after, on master",
                "master",
                "dead-end-crashes-in-startup",
                "exits-only-when-told",
                Expect::Holds,
            ),
        ],
        note: "Not back-patched (commit message): 10 to 12 kept it.",
    },
    Case {
        id: "C14",
        title: "stop-starved-or-reordered-by-connections",
        source: "239b175342",
        trials: &[
            trial(
                "before",
                "pg16-239b175342",
                "connects-behind-stop",
                "stop-before-later-connections",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg16",
                "connects-behind-stop",
                "stop-before-later-connections",
                Expect::Holds,
            ),
            trial(
                "control: handlers run at once",
                "pg15",
                "connects-behind-stop",
                "stop-before-later-connections",
                Expect::Holds,
            ),
        ],
        note: "The mirror case (73f6b9a3b0, a latch that is always set hides the sockets) is \
               starvation: see LEFT_OUT.",
    },
    Case {
        id: "C15",
        title: "archiver-killed-and-restarted-at-stop",
        source: "e6a442c71b",
        trials: &[
            trial(
                "before",
                "pg9.6-e6a442c71b",
                "archiving",
                "archive-complete",
                Expect::Violated,
            ),
            trial(
                "before: orphan",
                "pg9.6-e6a442c71b",
                "archiving",
                "no-orphan",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg9.6",
                "archiving",
                "archive-complete",
                Expect::Holds,
            ),
            trial(
                "after: orphan",
                "pg9.6",
                "archiving",
                "no-orphan",
                Expect::Holds,
            ),
        ],
        note: "The diff: SIGQUIT to the archiver on entering PM_SHUTDOWN, in both modes, not with \
               the stop request; the archiver exited 0 and was relaunched while pmState >= \
               PM_RUN; PM_WAIT_DEAD_END did not wait for it. The completed segment is the one of \
               2e6107cb62's switch, which is younger than the fix.",
    },
    Case {
        id: "C16",
        title: "immediate-stop-abandons-children",
        source: "82233ce7ea, 48913db887",
        trials: &[
            trial(
                "before",
                "pg9.6-82233ce7ea",
                "immediate",
                "no-orphan",
                Expect::Violated,
            ),
            trial(
                "between",
                "pg9.6-48913db887",
                "immediate",
                "no-orphan",
                Expect::Violated,
            ),
            trial("after", "pg9.6", "immediate", "no-orphan", Expect::Holds),
        ],
        note: "",
    },
    Case {
        id: "D2",
        title: "slot-drop-reported-after-stats-down",
        source: "2f6501fa3c",
        trials: &[
            trial(
                "before",
                "pg15-2f6501fa3c",
                "creating-slot",
                "no-assertion-failure",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg15",
                "creating-slot",
                "no-assertion-failure",
                Expect::Holds,
            ),
        ],
        note: "An assertion of 15devel only: up to 14 nothing asserts that statistics are up.",
    },
    Case {
        id: "D3",
        title: "last-stats-never-flushed",
        source: "b82640df00, 33394ee6f2",
        trials: &[
            trial(
                "before",
                "pg15-b82640df00",
                "helper-stats",
                "no-stats-after-stats-shutdown",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg15",
                "helper-stats",
                "no-stats-after-stats-shutdown",
                Expect::Holds,
            ),
        ],
        note: "",
    },
    Case {
        id: "D4",
        title: "pending-flag-assertion-with-two-flushers",
        source: "1f7878c33c",
        trials: &[
            trial(
                "before",
                "pg18-1f7878c33c",
                "report-put-off",
                "no-assertion-failure",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg18",
                "report-put-off",
                "no-assertion-failure",
                Expect::Holds,
            ),
            trial(
                "control: nothing was put off",
                "pg18-1f7878c33c",
                "standby-only",
                "no-assertion-failure",
                Expect::Holds,
            ),
        ],
        note: "switches.md has periodic reports of walsenders in 18 only; 039549d70f says \
               \"backpatch down to v16\". In 16 and 17 they have no WAL in them (a051e71e28 is \
               18's), so the model keeps them to 18.",
    },
    Case {
        id: "D5",
        title: "one-signal-two-meanings",
        source: "4d271e3ec2",
        trials: &[
            trial(
                "shared meaning",
                "pg18-4d271e3ec2",
                "checkpoint-requested",
                "no-panic",
                Expect::Violated,
            ),
            trial(
                "committed",
                "pg18",
                "checkpoint-requested",
                "no-panic",
                Expect::Holds,
            ),
            trial(
                "control: 17's SIGINT",
                "pg17",
                "checkpoint-requested",
                "no-panic",
                Expect::Holds,
            ),
        ],
        note: "",
    },
    Case {
        id: "F7",
        title: "standby-slow-to-stop",
        source: "2945a488a3",
        trials: &[
            trial(
                "before",
                "pg10",
                "recovery-retries",
                "no-deadlock",
                Expect::Violated,
            ),
            trial(
                "after",
                "pg10+2945a488a3",
                "recovery-retries",
                "no-deadlock",
                Expect::Holds,
            ),
            trial(
                "control: with its timers",
                "pg10",
                "recovery-retries-timers",
                "no-deadlock",
                Expect::Holds,
            ),
            trial(
                "after, on master",
                "master",
                "recovery-retries",
                "no-deadlock",
                Expect::Holds,
            ),
        ],
        note: "Not back-patched: 13 and before have it. The flag is looked at again at the end of \
               the same loop unless the page is found in pg_wal, which ends the call before that; \
               then the wait for streamed WAL (5 s) follows.",
    },
];
