//! Switches of a pair of nodes.

use super::{ON_OFF, Switch, change, on};
use crate::design::{MissingContrecord, SlotSyncStop};

/// The switches.
pub(super) const SWITCHES: &[Switch] = &[
    choice!("missing-contrecord", missing_contrecord,
        ["overwrite" => MissingContrecord::Overwrite,
         "delay-ready" => MissingContrecord::DelayReady,
         "keep-fragment" => MissingContrecord::KeepFragment],
        [change("515e3d84a0", "overwrite", "delay-ready"),
         change("ff9f111bce", "overwrite", "keep-fragment")],
        "what recovery makes of a record whose rest, in the next segment, is lost (2021)"),
    on_off!("contrecord-flag-first" contrecord_flag_first "d3917d8f13"
        "a reader looks for the overwrite flag before it waits for the whole record (2025)"),
    on_off!("close-full-segment" close_full_segment "596ba75cb1"
        "the walreceiver closes and marks a segment as soon as it is full (2021)"),
    on_off!("restartpoint-after-promotion" restartpoint_after_promotion "7863ee4def"
        "a restartpoint moves pg_control's checkpoint after a promotion, too (15)"),
    on_off!("crash-recovery-replays-all" crash_recovery_replays_all "3c64dcb1e3"
        "crash recovery does not stop to check pages at a promoted node's minRecoveryPoint (2018)"),
    on_off!("switch-segment-from-next" switch_segment_from_next "fef5b47f6b"
        "a walsender reads a timeline's last segment from the next one's file (lost in 13, 2021)"),
    on_off!("ask-upstream-position" ask_upstream_position "b614de4876"
        "a walreceiver waits while its start is ahead of the upstream's flush position (2026)"),
    choice!("slotsync-stop", slotsync_stop,
        ["no-worker" => SlotSyncStop::NoWorker, "sigint" => SlotSyncStop::Sigint,
         "sigusr1" => SlotSyncStop::Sigusr1, "procsignal" => SlotSyncStop::Procsignal],
        [change("93db6cbda0", "no-worker", "sigint"),
         change("04396eacd3", "sigint", "sigusr1"),
         change("db93032a7c", "sigusr1", "procsignal")],
        "how promotion stops the slot synchronization worker (17)"),
    on_off!("rewind-min-recovery-tli" rewind_min_recovery_tli "009eeee746"
        "pg_rewind takes the source's timeline from minRecoveryPointTLI, too (16)"),
    on_off!(
        "newest-timeline-of-segment",
        newest_timeline_of_segment,
        [],
        "repair: a walsender reads a segment from the newest timeline that it has of it"
    ),
    on_off!(
        "signal-file-removed-last",
        signal_file_removed_last,
        [],
        "repair: standby.signal is removed when pg_control knows the new timeline"
    ),
];
