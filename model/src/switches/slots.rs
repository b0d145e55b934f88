//! Switches of a slot's life.

use super::{ON_OFF, Switch, change, on};
use crate::design::{PrepareResend, UpgradeKeep, UpgradeScan};

/// The switches.
pub(super) const SWITCHES: &[Switch] = &[
    SQL_MARKS_DIRTY,
    RESERVE_UNDER_LOCK,
    XMIN_UNDER_LOCK,
    MIN_READ_UNDER_LOCK,
    MIN_LSN_UNDER_LOCK,
    RELEASE_ENDS_WITH_DROP,
    SKIP_ONLY_BEFORE_START,
    ORIGIN_AT_COMMIT_END,
    PREPARE_RESEND,
    PREPARE_IF_NOT_SENT,
    EMPTY_PREPARED_SKIPPED,
    RECVLOGICAL_FINAL_FEEDBACK,
    ACQUIRE_THEN_VALIDATE,
    RECHECK_DECODING_STATUS,
    INVALIDATION_SAVED,
    UPGRADE_KEEP,
    UPGRADE_SCAN,
    READY_SKIPS_COPIED,
];

const READY_SKIPS_COPIED: Switch = on_off!(
    "ready-skips-copied",
    ready_skips_copied,
    [],
    "repair: what the first copy of a table had is not applied again, ready or not"
);
const SQL_MARKS_DIRTY: Switch = on_off!(
    "sql-marks-dirty",
    sql_marks_dirty,
    [on("d851bef2d6")],
    "pg_logical_slot_get_changes marks its slot dirty (10)"
);
const RESERVE_UNDER_LOCK: Switch = on_off!(
    "reserve-under-lock",
    reserve_under_lock,
    [on("006dd4b2e5")],
    "WAL is reserved for a new slot under the allocation lock (2025)"
);
const MIN_READ_UNDER_LOCK: Switch = on_off!(
    "min-read-under-lock",
    min_read_under_lock,
    [on("3510ebeb0d")],
    "before the save a checkpoint reads the slots' minimum under that lock, too (14 to 17)"
);
const XMIN_UNDER_LOCK: Switch = on_off!(
    "xmin-under-lock",
    xmin_under_lock,
    [on("2a5225b99d")],
    "the slots' oldest xmin is computed and published under one lock (2025)"
);
const MIN_LSN_UNDER_LOCK: Switch = on_off!(
    "min-lsn-under-lock",
    min_lsn_under_lock,
    [],
    "repair: the slots' minimum LSN is computed and published under one lock"
);
const RELEASE_ENDS_WITH_DROP: Switch = on_off!(
    "release-ends-with-drop",
    release_ends_with_drop,
    [on("f2081a7800")],
    "a dropped ephemeral slot is not touched any more (2026)"
);
const SKIP_ONLY_BEFORE_START: Switch = on_off!(
    "skip-only-before-start",
    skip_only_before_start,
    [on("fe7337f2dc")],
    "what begins exactly where decoding starts is not skipped (9.4)"
);
const ORIGIN_AT_COMMIT_END: Switch = on_off!(
    "origin-at-commit-end",
    origin_at_commit_end,
    [on("fe7bbc4ddb")],
    "the subscriber's origin is the end of the commit record (10)"
);
const PREPARE_IF_NOT_SENT: Switch = on_off!(
    "prepare-if-not-sent",
    prepare_if_not_sent,
    [on("072ee847ad4")],
    "PREPARE is sent if it was not, even of an empty transaction (18)"
);
const EMPTY_PREPARED_SKIPPED: Switch = on_off!(
    "empty-prepared-skipped",
    empty_prepared_skipped,
    [on("acaa100f9a")],
    "nothing is sent of an empty prepared transaction (2026)"
);
const RECVLOGICAL_FINAL_FEEDBACK: Switch = on_off!(
    "recvlogical-final-feedback",
    recvlogical_final_feedback,
    [on("b5a8018116")],
    "pg_recvlogical reports once more when told to stop (20devel)"
);
const ACQUIRE_THEN_VALIDATE: Switch = on_off!(
    "acquire-then-validate",
    acquire_then_validate,
    [change("f41d8468dd", "on", "off"), on("8709dccc79")],
    "a slot is validated after it was acquired; not so in 18 before its betas"
);
const RECHECK_DECODING_STATUS: Switch = on_off!(
    "recheck-decoding-status",
    recheck_decoding_status,
    [on("6aba42c660")],
    "a new slot's creator looks again whether decoding is on (19)"
);
const INVALIDATION_SAVED: Switch = on_off!(
    "invalidation-saved",
    invalidation_saved,
    [on("4ae08cd5fd")],
    "a checkpoint that invalidates a slot saves it (13)"
);
const PREPARE_RESEND: Switch = choice!("prepare-resend", prepare_resend,
    ["unless-sent-in-this-run" => PrepareResend::UnlessSentInThisRun,
     "before-consistent-point" => PrepareResend::BeforeConsistentPoint,
     "never" => PrepareResend::Never],
    [change("8bdb1332eb", "unless-sent-in-this-run", "before-consistent-point")],
    "when COMMIT PREPARED brings the prepared transaction with it (14)");
const UPGRADE_KEEP: Switch = choice!("upgrade-keep", upgrade_keep,
    ["option" => UpgradeKeep::Option, "check-hook" => UpgradeKeep::CheckHook,
     "direct" => UpgradeKeep::Direct],
    [change("8bfb231b43", "option", "check-hook"),
     change("72e6c08fea", "check-hook", "direct")],
    "what keeps logical slots valid while pg_upgrade runs the server (17)");
const UPGRADE_SCAN: Switch = choice!("upgrade-scan", upgrade_scan,
    ["each-slot" => UpgradeScan::EachSlot,
     "minimum-cross-join" => UpgradeScan::MinimumCrossJoin,
     "minimum-left-join" => UpgradeScan::MinimumLeftJoin,
     "minimum-first-pending" => UpgradeScan::MinimumFirstPending],
    [change("7a1f0f8747", "each-slot", "minimum-cross-join"),
     change("e471dc5912", "minimum-cross-join", "minimum-left-join")],
    "how pg_upgrade asks about all slots of a database (19)");
