//! Switches of the proposal of 2023-07-21, repairs and mutations.

use super::{ON_OFF, Switch, on};
use crate::design::{FlagSet, LastCycleFlag, SavePoint, SavedBy, StatsFlush, StoppingWhen};

/// The switches.
pub(super) const SWITCHES: &[Switch] = &[
    on_off!(
        "logical-stopping",
        logical_stopping,
        [on("2023-07-21")],
        "proposal: a logical walsender goes to STOPPING after its drain and lives on"
    ),
    on_off!(
        "stopping-idles",
        stopping_idles,
        [on("2023-07-21")],
        "proposal: in STOPPING it decodes nothing until SIGUSR2"
    ),
    on_off!(
        "all-wal-flushed",
        all_wal_flushed,
        [on("2023-07-21")],
        "proposal: it exits only after its flag that all WAL has been flushed"
    ),
    on_off!(
        "early-stats",
        early_stats,
        [on("2023-07-21")],
        "proposal: it flushes statistics before STOPPING"
    ),
    on_off!(
        "final-slot-save",
        final_slot_save,
        [on("2023-07-21")],
        "proposal: its slot is saved at the end"
    ),
    choice!("stopping-when", stopping_when,
        ["caught-up" => StoppingWhen::CaughtUp, "acknowledged" => StoppingWhen::Acknowledged], [],
        "V1: STOPPING needs only the drain, or the acknowledgement, too"),
    on_off!(
        "idle-replies",
        idle_replies,
        [],
        "V2: replies and timeouts are processed while it idles in STOPPING"
    ),
    on_off!(
        "idle-keepalives",
        idle_keepalives,
        [],
        "with idle-replies off: it still asks at half of wal_sender_timeout while it idles"
    ),
    choice!("save-point", save_point,
        ["before-copy-done" => SavePoint::BeforeCopyDone,
         "after-copy-done" => SavePoint::AfterCopyDone,
         "before-reply" => SavePoint::BeforeReply], [],
        "V3: where the last slot save is"),
    choice!("saved-by", saved_by,
        ["walsender" => SavedBy::Walsender, "checkpointer" => SavedBy::Checkpointer], [],
        "V4: who saves last; the checkpointer can only if it exits last"),
    choice!("flag-set", flag_set,
        ["at-last-cycle" => FlagSet::AtLastCycle, "at-stopping" => FlagSet::AtStopping], [],
        "V5: when the all-WAL-flushed flag is set"),
    choice!("stats-flush", stats_flush,
        ["at-stopping" => StatsFlush::AtStopping,
         "at-stopping-and-exit" => StatsFlush::AtStoppingAndExit], [],
        "V6: where statistics are flushed"),
    choice!("last-cycle-flag", last_cycle_flag,
        ["separate" => LastCycleFlag::Separate, "shared" => LastCycleFlag::Shared], [],
        "V7: whether being caught up sets the flag that SIGUSR2 sets"),
    on_off!(
        "stopping-after-flush",
        stopping_after_flush,
        [],
        "repair: STOPPING only after all WAL was forced out and found decoded"
    ),
    on_off!(
        "save-on-release",
        save_on_release,
        [],
        "repair: a walsender that leaves saves its slot if confirmed_flush moved, on every way out"
    ),
    on_off!(
        "stopping-despite-pending",
        stopping_despite_pending,
        [],
        "repair: a physical walsender publishes STOPPING also while output is pending"
    ),
    on_off!(
        "no-report-to-full-socket",
        no_report_to_full_socket,
        [],
        "repair: a walsender that ends by FATAL or ERROR does not wait for a full socket to say so"
    ),
    on_off!(
        "writers-first",
        writers_first,
        [],
        "repair: logical walsenders drain only after all that can write commits are gone"
    ),
    on_off!(
        "done-sends-again",
        done_sends_again,
        [],
        "mutation when off: WalSndDone does not call send_data once more"
    ),
    on_off!(
        "slots-after-record",
        slots_after_record,
        [],
        "mutation: slots are saved behind the checkpoint record and the removal of old WAL"
    ),
];

/// A point that the mail of 2023-07-21 leaves open, and how else it can be read.
#[derive(Clone, Copy, Debug)]
pub struct OpenPoint {
    /// Its number in the discussion of the mail: `V1` to `V7`.
    pub point: &'static str,
    /// The release on which its other readings stand, where the proposal's own cannot carry them.
    pub release: Option<&'static str>,
    /// The other readings, as changes of a design's name.
    pub readings: &'static [&'static str],
}

const fn open(point: &'static str, readings: &'static [&'static str]) -> OpenPoint {
    OpenPoint {
        point,
        release: None,
        readings,
    }
}

/// The open points, in their order.
pub const OPEN_POINTS: &[OpenPoint] = &[
    open("V1", &["stopping-when=acknowledged"]),
    open(
        "V2",
        &["idle-replies=off", "idle-replies=off+idle-keepalives"],
    ),
    open(
        "V3",
        &["save-point=after-copy-done", "save-point=before-reply"],
    ),
    OpenPoint {
        // The checkpointer can only save last if it exits last.
        release: Some("pg18"),
        ..open("V4", &["saved-by=checkpointer"])
    },
    open("V5", &["flag-set=at-stopping"]),
    open("V6", &["stats-flush=at-stopping-and-exit"]),
    open("V7", &["last-cycle-flag=shared"]),
];
