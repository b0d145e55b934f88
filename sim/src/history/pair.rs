//! The cases of a pair of nodes: `domain/history.md` A5, B1, and section F.

use properties::Outcome;

use super::{Case, Trial};

macro_rules! trials {
    ($( $label:literal: $design:literal in $scenario:literal,
        $property:ident $expect:ident; )*) => {
        &[ $( Trial {
            label: $label,
            design: $design,
            scenario: $scenario,
            property: $property,
            expect: Outcome::$expect,
        }, )* ]
    };
}

const REJOIN: &str = "standby-can-rejoin";
const ANSWERED: &str = "requests-are-answered";
const ARCHIVED: &str = "archive-complete";
const STRONG: &str = "archive-reaches-shutdown-checkpoint";
const NO_PANIC: &str = "no-panic";
const KEPT: &str = "wal-kept";

/// The cases.
pub static CASES: &[Case] = &[
    Case {
        id: "A5",
        title: "an immediate stop leaves records that the standby does not have",
        source: "ad8c86d22c",
        trials: trials! {
            "immediate": "master" in "failover-by-immediate-stop", REJOIN Violated;
            "fast": "master" in "switchover", REJOIN Holds;
        },
        note: "Nothing was changed in the server: an immediate stop does not promise it. The old \
               primary does not fail, it asks for ever (rescanLatestTimeLine, \"forked off current \
               database system timeline\").",
    },
    Case {
        id: "B1",
        title: "a clean switchover was not clean",
        source: "985bd7d497",
        trials: trials! {
            "before": "master-985bd7d497" in "switchover", REJOIN Violated;
            "after": "master" in "switchover", REJOIN Holds;
        },
        note: "",
    },
    Case {
        id: "F1",
        title: "the last segment is not archived",
        source: "2e6107cb62, cloudnative-pg#4586",
        trials: trials! {
            "before": "master-2e6107cb62" in "stop-with-archiving", ARCHIVED Violated;
            "after": "master" in "stop-with-archiving", ARCHIVED Holds;
            "strong form, by design": "master" in "stop-with-archiving", STRONG Violated;
        },
        note: "",
    },
    Case {
        id: "F2",
        title: "a segment is shipped before its last record is complete",
        source: "515e3d84a0 (reverted by 96b665083e), ff9f111bce",
        trials: trials! {
            "before, archive": "pg10-ff9f111bce" in "torn-record-archive", REJOIN Violated;
            "before, streaming": "pg10-ff9f111bce" in "torn-record-streaming", REJOIN Violated;
            "first attempt, archive":
                "pg10+missing-contrecord=delay-ready" in "torn-record-archive", REJOIN Holds;
            "first attempt, streaming":
                "pg10+missing-contrecord=delay-ready" in "torn-record-streaming", REJOIN Violated;
            "after, archive": "pg10" in "torn-record-archive", REJOIN Holds;
            "after, streaming": "pg10" in "torn-record-streaming", REJOIN Holds;
            "today, archive": "master" in "torn-record-archive", REJOIN Holds;
            "today, streaming": "master" in "torn-record-streaming", REJOIN Holds;
        },
        note: "",
    },
    Case {
        id: "F2-reader",
        title: "a reader waits for ever for the rest of a record that was given up",
        source: "d3917d8f13",
        trials: trials! {
            "before": "master-d3917d8f13" in "torn-long-record-then-silence", REJOIN Violated;
            "after": "master" in "torn-long-record-then-silence", REJOIN Holds;
            "control: the lost rest is short":
                "master-d3917d8f13" in "torn-record-streaming", REJOIN Holds;
        },
        note: "The message speaks of logical decoding, but the change is in xlogreader.c, \
               XLogDecodeNextRecord, which the startup process uses, too: a physical standby does \
               not replay XLOG_OVERWRITE_CONTRECORD before as much WAL has come as was lost.",
    },
    Case {
        id: "F3",
        title: "the walreceiver leaves a full segment unmarked",
        source: "596ba75cb1",
        trials: trials! {
            "before": "master-596ba75cb1" in "standby-archives", ARCHIVED Violated;
            "after": "master" in "standby-archives", ARCHIVED Holds;
            "control: the primary lives":
                "master-596ba75cb1" in "standby-archives-and-goes-on", ARCHIVED Holds;
        },
        note: "A walreceiver that comes back begins at the next segment and has no file open: it \
               never marks the one before. In the control only the primary's own archiver covers \
               that.",
    },
    Case {
        id: "F4",
        title: "a restartpoint across a promotion",
        source: "7863ee4def",
        trials: trials! {
            "before": "master-7863ee4def" in "restartpoint-meets-promotion", NO_PANIC Violated;
            "before: WAL": "master-7863ee4def" in "restartpoint-meets-promotion", KEPT Violated;
            "control: no promotion, the standby stops":
                "master-7863ee4def" in "standby-stops", KEPT Holds;
            "after": "master" in "restartpoint-meets-promotion", NO_PANIC Holds;
            "after: WAL": "master" in "restartpoint-meets-promotion", KEPT Holds;
        },
        note: "",
    },
    Case {
        id: "F4-sibling",
        title: "crash recovery after a promotion stops at a stale minRecoveryPoint",
        source: "3c64dcb1e3",
        trials: trials! {
            "before": "pg10-3c64dcb1e3" in "truncation-after-promotion", NO_PANIC Violated;
            "after": "pg10" in "truncation-after-promotion", NO_PANIC Holds;
        },
        note: "",
    },
    Case {
        id: "F5",
        title: "the rename to .partial breaks a standby that comes later",
        source: "8cca660b0b, fef5b47f6b",
        trials: trials! {
            "clean switchover": "master" in "switchover-archiving", REJOIN Holds;
            "clean switchover, 13.0's walsender":
                "master-fef5b47f6b" in "switchover-archiving", REJOIN Holds;
            "before fef5b47f6b, archiving":
                "master-fef5b47f6b" in "standby-behind-a-switch-archiving", REJOIN Violated;
            "before fef5b47f6b, no archiving":
                "master-fef5b47f6b" in "standby-behind-a-switch", REJOIN Holds;
            "after": "master" in "standby-behind-a-switch-archiving", REJOIN Holds;
            "two switches, archiving":
                "master" in "standby-behind-two-switches-archiving", REJOIN Violated;
            "two switches, no archiving": "master" in "standby-behind-two-switches", REJOIN Holds;
        },
        note: "The record's story (one clean switchover) does not break: the old primary has its \
               timeline to the end and asks for the new one (tliOfPointInHistory in \
               WaitForWALToBecomeAvailable); and WalSndSegmentOpen reads the segment of a switch \
               from the next timeline's file. What breaks: a standby behind a switch, before \
               fef5b47f6b (13.0 and 13.1); and in every release one behind two switches within a \
               segment: the *next* timeline's file is .partial, too. That is the symptom of the \
               tests of 8cca660b0b, which switch several times.",
    },
    Case {
        id: "F6",
        title: "pg_rewind before the new primary's checkpoint",
        source: "patroni#3367, 009eeee746",
        trials: trials! {
            "at once": "pg15" in "rewind-at-once", REJOIN Violated;
            "after the checkpoint": "pg15" in "rewind-after-checkpoint", REJOIN Holds;
            "at once, 16": "pg16" in "rewind-at-once", REJOIN Holds;
            "at once, 16 without": "pg16-009eeee746" in "rewind-at-once", REJOIN Violated;
        },
        note: "True up to 15 only, which is what patroni#3367 runs (pg_control version 1300, \
               catalog 202209061): since 009eeee746 (16) pg_rewind takes minRecoveryPointTLI into \
               account, which CreateEndOfRecoveryRecord writes before the node is in production.",
    },
    Case {
        id: "F8",
        title: "a cascading standby asks ahead of its upstream",
        source: "b614de4876",
        trials: trials! {
            "before": "master-b614de4876" in "cascade-ahead-of-upstream", ANSWERED Violated;
            "after": "master" in "cascade-ahead-of-upstream", ANSWERED Holds;
        },
        note: "",
    },
    Case {
        id: "F9",
        title: "promotion is blocked by the slot synchronization worker",
        source: "db93032a7c",
        trials: trials! {
            "before": "pg18-db93032a7c" in "promotion-with-slotsync", ANSWERED Violated;
            "after": "pg18" in "promotion-with-slotsync", ANSWERED Holds;
            "17 as it began":
                "pg18+slotsync-stop=sigint" in "promotion-with-slotsync", ANSWERED Violated;
        },
        note: "",
    },
    Case {
        id: "F9-signal",
        title: "one signal for two things: the lock timeout was swallowed",
        source: "04396eacd3",
        trials: trials! {
            "before": "pg18-04396eacd3" in "slotsync-and-lock", ANSWERED Violated;
            "after": "pg18-04396eacd3+slotsync-stop=sigusr1" in "slotsync-and-lock", ANSWERED Holds;
            "today": "pg18" in "slotsync-and-lock", ANSWERED Holds;
        },
        note: "",
    },
];
