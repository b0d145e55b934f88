//! Cases of one server's stop: who may write WAL when, what is saved, what pg_upgrade sees.

use super::{Case, breaks, holds, vacuous};

const PROPOSAL_DECODES: &str = "proposal-2023-07-21-stopping-idles";

/// The cases.
pub static CASES: &[Case] = &[
    Case {
        id: "A1",
        title: "a walsender's command writes WAL in the shutdown window",
        source: "c6c3334364",
        trials: &[
            breaks("before", "pg9.6-c6c3334364", "idle-walsender", "no-panic"),
            breaks(
                "before, after the record",
                "pg9.6-c6c3334364",
                "idle-walsender",
                "no-wal-after-shutdown-checkpoint",
            ),
            holds("after", "pg9.6", "idle-walsender", "no-panic"),
            vacuous(
                "after, after the record",
                "pg9.6",
                "idle-walsender",
                "no-wal-after-shutdown-checkpoint",
            ),
        ],
        note: "",
    },
    Case {
        id: "A2",
        title: "STOPPING, but still decoding",
        source: "086221cf6b, reverted by 703f148e98",
        trials: &[
            breaks(
                "before",
                "pg9.6+stop-phases=by-postmaster",
                "checksums-backlog",
                "no-panic",
            ),
            holds(
                "control: checksums off",
                "pg9.6+stop-phases=by-postmaster",
                "hints-without-checksums",
                "no-panic",
            ),
            holds("after", "pg9.6", "checksums-backlog", "no-panic"),
            breaks(
                "before, idle walsender",
                "pg9.6+stop-phases=by-postmaster",
                "idle-walsender",
                "shutdown-terminates",
            ),
        ],
        note: "086221cf6b has a second fault: WalSndSwitchStopping only sets a flag, and a \
               walsender that waits for a command never publishes STOPPING, so \
               WalSndWaitStopping waits for ever.",
    },
    Case {
        id: "A4",
        title: "the logical walsender decodes the shutdown checkpoint (rejected, July 2023)",
        source: "mail 2023-07-21",
        trials: &[
            breaks(
                "before",
                PROPOSAL_DECODES,
                "db-transaction-checksums",
                "no-panic",
            ),
            breaks(
                "before, no save at the end",
                "proposal-2023-07-21-final-slot-save",
                "hints-without-checksums",
                "confirmed-is-on-disk",
            ),
            holds("after", "pg17", "db-transaction-checksums", "no-panic"),
            holds(
                "after, saved",
                "pg17",
                "hints-without-checksums",
                "confirmed-is-on-disk",
            ),
        ],
        note: "XLOG_SWITCH alone breaks nothing: decoding it reads no catalog. What breaks is a \
               record that is decodable and comes late: a commit of a database walsender.",
    },
    Case {
        id: "D1",
        title: "statistics after serialisation",
        source: "87a6690cc6",
        trials: &[
            breaks(
                "before",
                "pg18-87a6690cc6",
                "standby",
                "no-stats-after-stats-shutdown",
            ),
            holds(
                "control: no IO statistics in walsenders",
                "pg18-87a6690cc6-a051e71e28",
                "standby",
                "no-stats-after-stats-shutdown",
            ),
            holds("after", "pg18", "standby", "no-stats-after-stats-shutdown"),
        ],
        note: "Walsenders have IO statistics of WAL since a051e71e28 (18); 039549d70f, which \
               reports them, is back-patched to 16.",
    },
    Case {
        id: "E1",
        title: "confirmed_flush only in memory",
        source: "e0b2eed047",
        trials: &[
            breaks("before", "pg17-e0b2eed047", "idle", "confirmed-is-on-disk"),
            holds("after", "pg17", "idle", "confirmed-is-on-disk"),
            holds(
                "control: a slot is invalidated",
                "pg17",
                "obsolete-slot",
                "confirmed-is-on-disk",
            ),
            holds(
                "variant: save all slots",
                "pg17+slot-save=always",
                "idle",
                "confirmed-is-on-disk",
            ),
        ],
        note: "",
    },
    Case {
        id: "E8",
        title: "slots are saved later in the checkpoint (must stay clean)",
        source: "69ed7fd7e9",
        trials: &[
            holds("as committed", "master", "idle", "confirmed-is-on-disk"),
            holds(
                "as committed",
                "master",
                "standby-only-then-immediate",
                "wal-kept",
            ),
            breaks(
                "m1 on 17",
                "pg17+slots-after-record",
                "standby-only-then-immediate",
                "wal-kept",
            ),
            vacuous(
                "m1 on master",
                "master+slots-after-record",
                "standby-only-then-immediate",
                "wal-kept",
            ),
            holds(
                "m2",
                "master+wal-kept-by=memory-before-save",
                "standby-only-then-immediate",
                "wal-kept",
            ),
        ],
        note: "m1 breaks nothing from 18 on: WAL is kept by the position last saved (ca307d5cec), \
               so nothing that a slot file needs is removed before the save. S-SLOT-DISK needs a \
               clean exit, and by then the slots are saved in m1, too.",
    },
    Case {
        id: "F1",
        title: "the last segment is not archived",
        source: "2e6107cb62",
        trials: &[
            breaks(
                "before",
                "pg9.6-2e6107cb62",
                "archiving",
                "archive-complete",
            ),
            holds("after", "pg9.6", "archiving", "archive-complete"),
        ],
        note: "The strong form, that the segment of the checkpoint record itself is archived, is \
               promised by nobody and not a property here.",
    },
    Case {
        id: "H1",
        title: "upgrade with the subscriber down (D1: trust)",
        source: "e0b2eed047, 29d0a77fa6",
        trials: &[
            breaks(
                "before: trust",
                "pg17+upgrade-check=trust",
                "subscriber-down",
                "upgrade-check-sound",
            ),
            vacuous(
                "after: refused",
                "pg17",
                "subscriber-down",
                "upgrade-check-sound",
            ),
            holds(
                "after: others pass",
                "pg17",
                "recvlogical",
                "upgrade-check-sound",
            ),
        ],
        note: "",
    },
    Case {
        id: "H2",
        title: "confirmed == end of WAL is never true (D2)",
        source: "msg147934",
        trials: &[
            breaks(
                "before: exact",
                "pg17+upgrade-check=exact",
                "recvlogical",
                "upgrade-check-complete",
            ),
            holds(
                "after: decode",
                "pg17",
                "recvlogical",
                "upgrade-check-complete",
            ),
        ],
        note: "A row of the table of designs in section H, without a case of its own there.",
    },
    Case {
        id: "H3",
        title: "confirmed == start of the shutdown checkpoint is fragile (D3)",
        source: "msg147934, 0b84f5c419",
        trials: &[
            breaks(
                "before: acceptable difference",
                "pg17+upgrade-check=acceptable-difference",
                "archiving",
                "upgrade-check-complete",
            ),
            holds(
                "after: decode",
                "pg17",
                "archiving",
                "upgrade-check-complete",
            ),
        ],
        note: "A row of the table of designs in section H, without a case of its own there.",
    },
    Case {
        id: "H4",
        title: "an unsaved confirmation before the upgrade (D1 without E1)",
        source: "e0b2eed047",
        trials: &[
            breaks(
                "before",
                "pg17-e0b2eed047",
                "recvlogical",
                "upgrade-check-complete",
            ),
            holds("after", "pg17", "recvlogical", "upgrade-check-complete"),
        ],
        note: "",
    },
];
