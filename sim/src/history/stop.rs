//! Cases of one server's stop: who may write WAL when, what is saved, what pg_upgrade sees.

use super::cases;

cases! {
    "A1" "a walsender's command writes WAL in the shutdown window"
        "c6c3334364" {
        "before": "pg9.6-c6c3334364", "idle-walsender", "no-panic" => Violated;
        "before, after the record": "pg9.6-c6c3334364", "idle-walsender",
            "no-wal-after-shutdown-checkpoint" => Violated;
        "after": "pg9.6", "idle-walsender", "no-panic" => Holds;
        "after, after the record": "pg9.6", "idle-walsender",
            "no-wal-after-shutdown-checkpoint" => Vacuous;
    } ""
    "A2" "STOPPING, but still decoding"
        "086221cf6b, reverted by 703f148e98" {
        "before": "pg9.6+stop-phases=by-postmaster", "checksums-backlog", "no-panic" => Violated;
        "control: checksums off": "pg9.6+stop-phases=by-postmaster", "hints-without-checksums",
            "no-panic" => Holds;
        "after": "pg9.6", "checksums-backlog", "no-panic" => Holds;
        "before, idle walsender": "pg9.6+stop-phases=by-postmaster", "idle-walsender",
            "shutdown-terminates" => Violated;
    } "086221cf6b has a second fault: WalSndSwitchStopping only sets a flag, and a walsender that \
       waits for a command never publishes STOPPING, so WalSndWaitStopping waits for ever."
    "A4" "the logical walsender decodes the shutdown checkpoint (rejected, July 2023)"
        "mail 2023-07-21" {
        "before": "proposal-2023-07-21-stopping-idles", "db-transaction-checksums",
            "no-panic" => Violated;
        "before, no save at the end": "proposal-2023-07-21-final-slot-save",
            "hints-without-checksums", "confirmed-is-on-disk" => Violated;
        "after": "pg17", "db-transaction-checksums", "no-panic" => Holds;
        "after, saved": "pg17", "hints-without-checksums", "confirmed-is-on-disk" => Holds;
    } "XLOG_SWITCH alone breaks nothing: decoding it reads no catalog. What breaks is a record \
       that is decodable and comes late: a commit of a database walsender."
    "D1" "statistics after serialisation"
        "87a6690cc6" {
        "before": "pg18-87a6690cc6", "standby", "no-stats-after-stats-shutdown" => Violated;
        "control: no IO statistics in walsenders": "pg18-87a6690cc6-a051e71e28", "standby",
            "no-stats-after-stats-shutdown" => Holds;
        "after": "pg18", "standby", "no-stats-after-stats-shutdown" => Holds;
    } "Walsenders have IO statistics of WAL since a051e71e28 (18); 039549d70f, which reports \
       them, is back-patched to 16."
    "E1" "confirmed_flush only in memory"
        "e0b2eed047" {
        "before": "pg17-e0b2eed047", "idle", "confirmed-is-on-disk" => Violated;
        "after": "pg17", "idle", "confirmed-is-on-disk" => Holds;
        "control: a slot is invalidated": "pg17", "obsolete-slot", "confirmed-is-on-disk" => Holds;
        "variant: save all slots": "pg17+slot-save=always", "idle", "confirmed-is-on-disk" => Holds;
    } ""
    "E8" "slots are saved later in the checkpoint (must stay clean)"
        "69ed7fd7e9" {
        "as committed": "master", "idle", "confirmed-is-on-disk" => Holds;
        "as committed": "master", "standby-only-then-immediate", "wal-kept" => Holds;
        "m1 on 17": "pg17+slots-after-record", "standby-only-then-immediate",
            "wal-kept" => Violated;
        "m1 on master": "master+slots-after-record", "standby-only-then-immediate",
            "wal-kept" => Vacuous;
        "m2": "master+wal-kept-by=memory-before-save", "standby-only-then-immediate",
            "wal-kept" => Holds;
    } "m1 breaks nothing from 18 on: WAL is kept by the position last saved (ca307d5cec), so \
       nothing that a slot file needs is removed before the save. S-SLOT-DISK needs a clean exit, \
       and by then the slots are saved in m1, too."
    "F1" "the last segment is not archived"
        "2e6107cb62" {
        "before": "pg9.6-2e6107cb62", "archiving", "archive-complete" => Violated;
        "after": "pg9.6", "archiving", "archive-complete" => Holds;
    } "The strong form, that the segment of the checkpoint record itself is archived, is promised \
       by nobody and not a property here."
    "H1" "upgrade with the subscriber down (D1: trust)"
        "e0b2eed047, 29d0a77fa6" {
        "before: trust": "pg17+upgrade-check=trust", "subscriber-down",
            "upgrade-check-sound" => Violated;
        "after: refused": "pg17", "subscriber-down", "upgrade-check-sound" => Vacuous;
        "after: others pass": "pg17", "recvlogical", "upgrade-check-sound" => Holds;
    } ""
    "H2" "confirmed == end of WAL is never true (D2)"
        "msg147934" {
        "before: exact": "pg17+upgrade-check=exact", "recvlogical",
            "upgrade-check-complete" => Violated;
        "after: decode": "pg17", "recvlogical", "upgrade-check-complete" => Holds;
    } "A row of the table of designs in section H, without a case of its own there."
    "H3" "confirmed == start of the shutdown checkpoint is fragile (D3)"
        "msg147934, 0b84f5c419" {
        "before: acceptable difference": "pg17+upgrade-check=acceptable-difference", "archiving",
            "upgrade-check-complete" => Violated;
        "after: decode": "pg17", "archiving", "upgrade-check-complete" => Holds;
    } "A row of the table of designs in section H, without a case of its own there."
    "H4" "an unsaved confirmation before the upgrade (D1 without E1)"
        "e0b2eed047" {
        "before": "pg17-e0b2eed047", "recvlogical", "upgrade-check-complete" => Violated;
        "after": "pg17", "recvlogical", "upgrade-check-complete" => Holds;
    } ""
}
