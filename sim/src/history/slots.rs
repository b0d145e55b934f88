//! Cases of a slot's life and of pg_upgrade's check.

use super::{LeftOut, cases};

cases! {
    "B18b" "a driver confirms a keepalive before its data is stored"
        "pgjdbc PR 2941, PR 3403" {
        "kind 3: confirms keepalives always": "master", "keepalive-confirmed-always",
            "no-commit-lost" => Violated;
        "kind 2: when all is stored": "master", "keepalive-confirmed-when-idle",
            "no-commit-lost" => Holds;
        "kind 1: commits only": "master", "keepalive-never-confirmed", "no-commit-lost" => Holds;
    } "Kind 1 is safe and lets a stop hang: that half, B18(a), is the shutdown machine's. The \
       client has lost a transaction that it was handed, so kind 3 needs an application that \
       buffers, as the record says."
    "D2" "an exiting process drops its ephemeral slot after statistics are down" "2f6501fa3c" {
        "before": "pg15-2f6501fa3c", "ephemeral-slot-at-exit",
            "no-stats-after-stats-shutdown" => Violated;
        "after": "pg15", "ephemeral-slot-at-exit", "no-stats-after-stats-shutdown" => Holds;
        "after": "master", "ephemeral-slot-at-exit", "no-stats-after-stats-shutdown" => Holds;
    } "The report after the shutdown of statistics is pgstat_drop_replslot of the ephemeral \
       slot."
    "E2" "changes read by SQL come again after a clean restart" "d851bef2d6" {
        "before": "pg10-d851bef2d6", "sql-changes-restart", "confirmed-is-on-disk" => Violated;
        "before": "pg10-d851bef2d6", "sql-changes-restart", "no-commit-twice" => Violated;
        "after": "pg10", "sql-changes-restart", "confirmed-is-on-disk" => Holds;
        "after": "pg10", "sql-changes-restart", "no-commit-twice" => Holds;
        "control: e0b2eed047 alone mends it": "pg17-d851bef2d6", "sql-changes-restart",
            "no-commit-twice" => Holds;
        "control: a crash is documented to repeat": "master", "sql-changes-crash",
            "no-commit-twice" => Violated;
    } "No trace of a back-patch in the release notes of 9.6: pg9.6 has it off. The last two \
       controls: since 17 the shutdown checkpoint saves a moved confirmed_flush whether the \
       slot is dirty or not; a crash repeats, as the commit says."
    "E4" "confirmed_flush retreats" "ad5eaf390c" {
        "before": "pg18-ad5eaf390c", "worker-restarts-after-copy",
            "slot-never-retreats" => Violated;
        "after": "pg18", "worker-restarts-after-copy", "slot-never-retreats" => Holds;
        "before": "pg18-ad5eaf390c", "worker-restarts-after-copy", "no-commit-twice" => Violated;
        "after": "pg18", "worker-restarts-after-copy", "no-commit-twice" => Holds;
        "control: clean restart, without e0b2eed047": "pg16", "copy-then-stop",
            "no-commit-twice" => Violated;
        "control: clean restart, with it": "pg17", "copy-then-stop", "no-commit-twice" => Holds;
        "today: a crash of the publisher": "master", "copy-then-crash",
            "no-commit-twice" => Violated;
    } "The duplicate needs a transaction that was nothing for the client when it confirmed it \
       and is something when it comes again: here it was of a table whose publication was added \
       later, with a first copy. That a table is READY is committed without moving the origin, \
       since no transaction was applied in that session. Two_phase, which the record names, is \
       not needed. The fix is of memory only: a clean restart repeats before 17, a crash of the \
       publisher today."
    "E5" "restart_lsn goes back" "e5ed873b1b" {
        "before": "pg17-e5ed873b1b", "restart-point-behind", "slot-never-retreats" => Violated;
        "before": "pg17-e5ed873b1b", "restart-point-behind", "wal-kept" => Violated;
        "after": "pg17", "restart-point-behind", "slot-never-retreats" => Holds;
        "after": "pg17", "restart-point-behind", "wal-kept" => Holds;
        "after": "master", "restart-point-behind", "wal-kept" => Holds;
    } "As recorded. The older restart point is that of a RUNNING_XACTS record at which a \
       transaction was open."
    "E7" "WAL is reserved for a new slot while a checkpoint computes what to keep"
        "006dd4b2e5, 3510ebeb0d" {
        "before": "pg18-006dd4b2e5", "physical-slot-created", "slot-stays-valid" => Violated;
        "after": "pg18", "physical-slot-created", "slot-stays-valid" => Holds;
        "after": "master", "logical-slot-created", "slot-stays-valid" => Holds;
        "before, on 17": "pg17-3510ebeb0d", "physical-slot-created",
            "slot-stays-valid" => Violated;
        "after, on 17": "pg17", "physical-slot-created", "slot-stays-valid" => Holds;
        "before, on 15: WAL is lost": "pg15-aae05622a7", "logical-slot-created",
            "wal-kept" => Violated;
        "after, on 15": "pg15", "logical-slot-created", "wal-kept" => Holds;
        "control: its message, why 17 needs another fix": "pg17-min-read-under-lock",
            "physical-slot-created",
            "slot-stays-valid" => Violated;
        "open: CF 6451, a stale minimum": "master", "physical-slot-beside-standby",
            "slot-stays-valid" => Violated;
        "control: computed and published under one lock": "master+min-lsn-under-lock",
            "physical-slot-beside-standby",
            "slot-stays-valid" => Holds;
    } "The record tells the open CF 6451 (a stale minimum is published) as the story of \
       006dd4b2e5. The commit mends another race: the position is chosen, the checkpoint fixes \
       its redo pointer and computes what to keep, then the position is announced. The promise \
       that breaks is not wal-kept, because an invalidated slot is owed no WAL: it is that \
       nothing invalidates the slot. With the lock alone 17 still breaks, as the message says: \
       it reads the minimum before the slots are saved. So 3510ebeb0d (17.8) and its like have a \
       second half, \"a shared lock during the minimum LSN calculation at checkpoints\"."
    "E7x" "a stale xmin overwrites that of a new slot" "2a5225b99d" {
        "before": "pg18-2a5225b99d", "slot-dropped-while-created", "snapshot-rows-kept" => Violated;
        "after": "pg18", "slot-dropped-while-created", "snapshot-rows-kept" => Holds;
    } "A is any session that computes the xmin, here one that drops its slot."
    "E9" "an ephemeral slot's entry is touched after it was dropped" "f2081a7800" {
        "before": "pg18-f2081a7800", "slot-dropped-while-created", "snapshot-rows-kept" => Violated;
        "after": "pg18", "slot-dropped-while-created", "snapshot-rows-kept" => Holds;
        "before, a physical slot in the entry": "pg18-f2081a7800",
            "slot-dropped-while-physical-created",
            "slot-has-its-owner" => Violated;
        "after": "pg18", "slot-dropped-while-physical-created", "slot-has-its-owner" => Holds;
    } "The fix is f2081a7800. Catalog rows are safe: effective_xmin, which is reset, protects \
       user rows, of a snapshot being exported; effective_catalog_xmin is not touched. Worse \
       than recorded: if the entry looks persistent, as a physical slot does from the first, \
       its owner is removed."
    "E10" "what begins exactly where decoding restarts is skipped" "fe7337f2dc" {
        "before": "master-fe7337f2dc", "single-record-at-restart", "no-commit-lost" => Violated;
        "after": "master", "single-record-at-restart", "no-commit-lost" => Holds;
        "control: transactions of two records": "master-fe7337f2dc", "transactions-in-turn",
            "no-commit-lost" => Holds;
        "control: of two records, interleaved": "master-fe7337f2dc", "transactions-interleaved",
            "no-commit-lost" => Violated;
        "after": "master", "transactions-interleaved", "no-commit-lost" => Holds;
    } "The message says that transactions of several records were never skipped. Interleaved \
       ones were: the commit record of one begins where that of the other ends, and only commit \
       records are compared."
    "E10m" "the subscriber's origin is the start of the commit record" "fe7bbc4ddb" {
        "before": "master-fe7bbc4ddb", "worker-restarts-before-feedback",
            "no-commit-twice" => Violated;
        "after": "master", "worker-restarts-before-feedback", "no-commit-twice" => Holds;
    } "The worker restarts between its local commit and its feedback."
    "E12" "a prepared transaction is sent again at COMMIT PREPARED" "8bdb1332eb" {
        "before": "pg15-8bdb1332eb", "prepared-over-restart", "no-commit-twice" => Violated;
        "after": "pg15", "prepared-over-restart", "no-commit-twice" => Holds;
        "control: prepared before the slot": "pg15", "prepared-before-slot",
            "no-commit-lost" => Holds;
        "control: mutation, never sent again": "pg15+prepare-resend=never", "prepared-before-slot",
            "no-commit-lost" => Violated;
    } "a271a1b50e and its repair are both of 14: no release had the fault."
    "E12e" "COMMIT PREPARED of an empty transaction" "acaa100f9a" {
        "before": "pg17-acaa100f9a", "prepared-empty", "prepared-transaction-is-known" => Violated;
        "before, 18": "pg18-acaa100f9a", "prepared-empty",
            "prepared-transaction-is-known" => Violated;
        "after": "pg17", "prepared-empty", "prepared-transaction-is-known" => Holds;
        "after, 18": "pg18", "prepared-empty", "prepared-transaction-is-known" => Holds;
    } "Up to 17 COMMIT PREPARED comes without PREPARE; since 072ee847ad4 (18) a PREPARE comes \
       too, without BEGIN."
    "E13" "pg_recvlogical leaves without its last feedback" "b5a8018116" {
        "before": "master-b5a8018116", "recvlogical-interrupted-between",
            "no-commit-twice" => Violated;
        "after": "master", "recvlogical-interrupted-between", "no-commit-twice" => Holds;
        "after, told to stop at any time": "master", "recvlogical-interrupted",
            "no-commit-twice" => Violated;
    } "Told to stop between transactions, the repaired one repeats nothing; between a change \
       and its commit it does, as the commit says."
    "E14" "a slot is validated before it is acquired" "8709dccc79" {
        "before": "pg18-8709dccc79", "slot-beyond-limit", "decoding-finds-its-wal" => Violated;
        "after": "pg18", "slot-beyond-limit", "decoding-finds-its-wal" => Holds;
    } "The fault is of f41d8468dd (2025-01-31, 18 in development): no release had it."
    "E14p" "an invalidation is forgotten at a restart" "4ae08cd5fd" {
        "before": "pg15-4ae08cd5fd", "slot-beyond-limit-crash", "wal-kept" => Violated;
        "after": "pg15", "slot-beyond-limit-crash", "wal-kept" => Holds;
        "after": "master", "slot-beyond-limit-crash", "wal-kept" => Holds;
    } "The record names 0188bb8253 beside it: that one only shows `lost` in the view. Both \
       are of 13, in which the limit is new: no release had the fault."
    "E15" "decoding is switched off while a slot is born" "6aba42c660" {
        "before": "pg19-6aba42c660", "slot-synced-decoding-off", "slot-wal-is-logical" => Violated;
        "after": "pg19", "slot-synced-decoding-off", "slot-wal-is-logical" => Holds;
        "before": "pg19-6aba42c660", "slot-created-decoding-off",
            "no-assertion-failure" => Violated;
        "after": "pg19", "slot-created-decoding-off", "no-assertion-failure" => Holds;
        "after": "pg19", "slot-created-decoding-off", "slot-wal-is-logical" => Holds;
        "today: off and on again": "master", "slot-synced-decoding-off-and-on",
            "slot-wal-is-logical" => Violated;
    } "Regular creation tripped the assertion; the slotsync worker made the bad slot. What the \
       comment of the fix leaves open (decoding goes off and on again before the look) breaks \
       the promise on master."
    "H5" "a slot is invalidated while pg_upgrade runs the server" "8bfb231b43, 72e6c08fea" {
        "before": "pg17-72e6c08fea-8bfb231b43", "keep-size-in-options",
            "upgrade-check-complete" => Violated;
        "before: sound all the same": "pg17-72e6c08fea-8bfb231b43", "keep-size-in-options",
            "upgrade-check-sound" => Holds;
        "before: a limit in the file is overridden": "pg17-72e6c08fea-8bfb231b43",
            "keep-size-in-file",
            "upgrade-check-complete" => Holds;
        "between": "pg17-72e6c08fea", "keep-size-in-file", "upgrade-check-complete" => Violated;
        "after": "pg17", "keep-size-in-file", "upgrade-check-complete" => Holds;
        "after": "pg17", "keep-size-in-options", "upgrade-check-complete" => Holds;
        "after": "pg17", "keep-size-in-options", "upgrade-check-sound" => Holds;
    } "The record says that soundness breaks; it does not: an invalidated slot is reported as \
       such and refused. What breaks is completeness: before 8bfb231b43 by the invalidation, \
       between the two by the check hook (bug 18979)."
    "H6" "all slots are invalid, and pg_upgrade sees none" "e471dc5912" {
        "before": "pg19-e471dc5912", "all-slots-invalid", "upgrade-check-sound" => Violated;
        "after: refused": "pg19", "all-slots-invalid", "upgrade-check-sound" => Vacuous;
        "after": "pg19", "all-slots-invalid", "upgrade-check-names-each-slot" => Holds;
        "control: one valid slot": "pg19-e471dc5912", "one-slot-invalid",
            "upgrade-check-names-each-slot" => Holds;
        "control: a scan for each slot": "pg19-7a1f0f8747", "all-slots-invalid",
            "upgrade-check-names-each-slot" => Holds;
    } "As recorded: the upgrade goes on without the slots."
    "H7" "one scan for all slots" "7a1f0f8747" {
        "as committed": "pg19-e471dc5912", "two-slots-behind",
            "upgrade-check-names-each-slot" => Holds;
        "today": "pg19", "two-slots-behind", "upgrade-check-names-each-slot" => Holds;
        "mutation: first pending": "pg19+upgrade-scan=minimum-first-pending", "two-slots-behind",
            "upgrade-check-names-each-slot" => Violated;
        "mutation: refused all the same": "pg19+upgrade-scan=minimum-first-pending",
            "two-slots-behind",
            "upgrade-check-sound" => Vacuous;
        "mutation: sound where it accepts": "pg19+upgrade-scan=minimum-first-pending",
            "slots-caught-up",
            "upgrade-check-sound" => Holds;
        "control: one behind": "pg19", "one-slot-behind", "upgrade-check-names-each-slot" => Holds;
        "control: all caught up": "pg19", "slots-caught-up", "upgrade-check-sound" => Holds;
    } "As recorded. Soundness says nothing where the upgrade is refused."
}

/// What the record names beside these cases and has no trial here, and why.
pub static LEFT_OUT: &[LeftOut] = &[
    (
        "E10, pg_failover_slots#50",
        "the same comparison in an extension, outside PostgreSQL's tree",
    ),
    (
        "E15, 93a3e6839b, 0fd30e2119, b384cdb274, c209931bd4",
        "the rest of the family: activation, promotion and the checkpointer's own deactivation \
         need a primary that switches decoding on and off",
    ),
    (
        "E7, 851f6649cc",
        "the slotsync worker's reservation on a standby with restartpoints: its script has none",
    ),
];
