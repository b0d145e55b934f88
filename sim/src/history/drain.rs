//! Cases of the walsenders' drain: send all, confirm all, then leave.

use super::{Case, LeftOut, breaks, holds};

/// The cases.
pub static CASES: &[Case] = &[
    Case {
        id: "B1",
        title: "exit before replicated",
        source: "985bd7d497",
        trials: &[
            breaks(
                "before",
                "pg9.6-985bd7d497",
                "standby-only",
                "standby-can-rejoin",
            ),
            holds("after", "pg9.6", "standby-only", "standby-can-rejoin"),
        ],
        note: "",
    },
    Case {
        id: "B2",
        title: "exit after one send cycle",
        source: "e0b581acd2",
        trials: &[
            breaks(
                "before",
                "pg9.6-e0b581acd2",
                "standby-batches",
                "standby-can-rejoin",
            ),
            holds("after", "pg9.6", "standby-batches", "standby-can-rejoin"),
        ],
        note: "",
    },
    Case {
        id: "B3",
        title: "a receiver that never reports flush",
        source: "5c6d9fc4b2",
        trials: &[
            breaks(
                "before",
                "pg9.6-5c6d9fc4b2",
                "receivewal",
                "shutdown-terminates",
            ),
            holds("after", "pg9.6", "receivewal", "shutdown-terminates"),
        ],
        note: "The record's 7899aa356a is the commit of a back branch; on master it is 5c6d9fc4b2.",
    },
    Case {
        id: "B4",
        title: "a receiver that flushes only at a segment's end",
        source: "f66c20b317 (in pg_receivexlog: the scenarios differ)",
        trials: &[
            breaks(
                "before",
                "pg9.6",
                "receivewal-segments",
                "shutdown-terminates",
            ),
            holds("after", "pg9.6", "receivewal-slot", "shutdown-terminates"),
        ],
        note: "",
    },
    Case {
        id: "B6",
        title: "the last ping is not remembered",
        source: "59455018a8",
        trials: &[
            breaks(
                "before",
                "pg9.6-59455018a8",
                "answers-when-asked",
                "one-ping-at-a-time",
            ),
            holds("after", "pg9.6", "answers-when-asked", "one-ping-at-a-time"),
        ],
        note: "With a peer that also reports by itself two questions can be under way after the \
               fix, too: any reply clears waiting_for_ping_response, also one sent before it.",
    },
    Case {
        id: "B7",
        title: "a keepalive without request sets `waiting`",
        source: "470687b4a5",
        trials: &[
            breaks(
                "before",
                "pg9.6-470687b4a5",
                "answers-when-asked",
                "shutdown-terminates",
            ),
            holds(
                "control: a peer that reports by itself",
                "pg9.6-470687b4a5",
                "hints-without-checksums",
                "shutdown-terminates",
            ),
            holds(
                "after",
                "pg9.6",
                "answers-when-asked",
                "shutdown-terminates",
            ),
        ],
        note: "",
    },
    Case {
        id: "B8",
        title: "the caught-up branch forgets the stop",
        source: "38ddeab13b",
        trials: &[
            breaks("before", "pg9.6-38ddeab13b", "busy", "wake-ups-are-served"),
            breaks(
                "before, the stop",
                "pg9.6-38ddeab13b",
                "busy",
                "shutdown-terminates",
            ),
            holds("after", "pg9.6", "busy", "wake-ups-are-served"),
            holds("after, the stop", "pg9.6", "busy", "shutdown-terminates"),
        ],
        note: "",
    },
    Case {
        id: "B13",
        title: "CopyDone of the client is not honoured",
        source: "fca85f8ef1",
        trials: &[
            breaks(
                "before",
                "pg9.6-fca85f8ef1",
                "client-ends-stream",
                "copy-done-is-honoured",
            ),
            holds(
                "after",
                "pg9.6",
                "client-ends-stream",
                "copy-done-is-honoured",
            ),
        ],
        note: "",
    },
    Case {
        id: "B14",
        title: "a blocked apply worker blocks the publisher",
        source: "a8f45dee91",
        trials: &[
            breaks(
                "before",
                "pg18",
                "subscriber-locked-no-timeout",
                "shutdown-terminates-whatever-peers-do",
            ),
            breaks(
                "control: timeout -1",
                "pg19",
                "subscriber-locked-waits",
                "shutdown-terminates-whatever-peers-do",
            ),
            holds(
                "after",
                "pg19",
                "subscriber-locked-no-timeout",
                "shutdown-terminates-whatever-peers-do",
            ),
            breaks(
                "after: the documented price",
                "pg19",
                "shutdown-timeout-busy",
                "all-commits-delivered",
            ),
        ],
        note: "",
    },
    Case {
        id: "B15",
        title: "leave without confirmation (rejected)",
        source: "first patches of the 2022 thread",
        trials: &[
            breaks(
                "before",
                "pg17-985bd7d497",
                "busy",
                "upgrade-check-complete",
            ),
            holds("after", "pg17", "busy", "upgrade-check-complete"),
        ],
        note: "S-CAUGHT-UP breaks only if the connection is lost, too: what is in the socket still \
               arrives. The upgrade is refused in any case.",
    },
    Case {
        id: "B17",
        title: "the timeout does not cover the goodbye",
        source: "c0b24b32b0",
        trials: &[
            breaks(
                "before",
                "pg19-c0b24b32b0",
                "goodbye-blocked",
                "shutdown-terminates-whatever-peers-do",
            ),
            holds(
                "after",
                "pg19",
                "goodbye-blocked",
                "shutdown-terminates-whatever-peers-do",
            ),
        ],
        note: "",
    },
    Case {
        id: "B18a",
        title: "a client that never confirms a keepalive's LSN",
        source: "pgjdbc#1490 (in the client: the scenarios differ)",
        trials: &[
            breaks(
                "kind 1: commits only",
                "pg18",
                "confirms-commits-only",
                "shutdown-terminates",
            ),
            holds(
                "kind 2: when nothing is pending",
                "pg18",
                "answers-when-asked",
                "shutdown-terminates",
            ),
        ],
        note: "The hang is a ping-pong: `no-livelock` breaks, too.",
    },
    Case {
        id: "B19",
        title: "a failover slot waits for a standby that is gone",
        source: "bf279ddd1c",
        trials: &[
            breaks(
                "before: waits",
                "pg17-standby-slots-error",
                "failover-standby-gone",
                "shutdown-terminates",
            ),
            holds(
                "after",
                "pg17",
                "failover-standby-gone",
                "shutdown-terminates",
            ),
            breaks(
                "after: the price",
                "pg17",
                "failover-standby-gone",
                "all-commits-delivered",
            ),
            breaks(
                "an active, stuck standby",
                "pg18",
                "failover-standby-frozen",
                "shutdown-terminates-whatever-peers-do",
            ),
            holds(
                "the same with a timeout",
                "pg19",
                "failover-standby-frozen",
                "shutdown-terminates-whatever-peers-do",
            ),
        ],
        note: "",
    },
];

/// Cases of this part that are not tried.
pub static LEFT_OUT: &[LeftOut] = &[(
    "B20",
    "a busy loop of one process that changes nothing is, in this model, no step: under fairness it \
     breaks no promise; to judge it one would count CPU",
)];
