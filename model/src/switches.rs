//! The registry of switches: name, values, the commit or mail that introduced each, and what it is.

use crate::design::{
    CaughtUpRule, Design, SlotSave, StatsWriter, StopFlush, StopPhases, UpgradeCheck, WalKeptBy,
};

/// A commit or mail that moved a switch from one value to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Abbreviated hash on PostgreSQL's master, or a mail's date; where master has no commit of
    /// this shape, the hash on the newest branch that has it.
    pub source: &'static str,
    /// Value before.
    pub before: &'static str,
    /// Value after.
    pub after: &'static str,
}

impl Change {
    /// The commit's releases and hashes on their branches, oldest first; empty where each branch
    /// that has it was made after it.
    #[must_use]
    pub fn backpatches(&self) -> &'static [(&'static str, &'static str)] {
        let row = COMMITS.iter().find(|c| c.source == self.source);
        row.map_or(&[], |c| c.backpatches)
    }
}

/// One switch.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its values; a switch that is on or off has `["off", "on"]`.
    pub values: &'static [&'static str],
    /// Where it comes from, oldest first; empty for mutations and repairs of our own.
    pub changes: &'static [Change],
    /// What it is, in a sentence.
    pub about: &'static str,
    get: fn(&Design) -> usize,
    set: fn(&mut Design, usize),
}

impl Switch {
    /// Its value in `design`, by name.
    #[must_use]
    pub fn value(&self, design: &Design) -> &'static str {
        self.values[(self.get)(design)]
    }

    /// Whether it is one of the two-valued ones.
    #[must_use]
    pub fn is_boolean(&self) -> bool {
        self.values == ON_OFF
    }

    /// `design` with this switch at `value`; `None` if it has no such value.
    #[must_use]
    pub fn with(&self, design: Design, value: &str) -> Option<Design> {
        let index = self.values.iter().position(|&v| v == value)?;
        let mut design = design;
        (self.set)(&mut design, index);
        Some(design)
    }
}

/// The switch named `name`.
#[must_use]
pub fn switch(name: &str) -> Option<&'static Switch> {
    SWITCHES.iter().find(|s| s.name == name)
}

const ON_OFF: &[&str] = &["off", "on"];

macro_rules! on_off {
    ($name:literal $field:ident $commit:literal $about:literal) => {
        on_off!($name, $field, [on($commit)], $about)
    };
    ($name:literal, $field:ident, [$($change:expr),*], $about:literal) => {
        Switch {
            name: $name,
            values: ON_OFF,
            changes: &[$($change),*],
            about: $about,
            get: |d| usize::from(d.$field),
            set: |d, v| d.$field = v == 1,
        }
    };
}

macro_rules! choice {
    ($name:literal, $field:ident, [$($value:literal => $variant:expr),*], [$($change:expr),*],
     $about:literal) => {
        Switch {
            name: $name,
            values: &[$($value),*],
            changes: &[$($change),*],
            about: $about,
            get: |d| [$($variant),*].iter().position(|v| *v == d.$field).unwrap_or(0),
            set: |d, v| d.$field = [$($variant),*][v],
        }
    };
}

const fn on(source: &'static str) -> Change {
    Change {
        source,
        before: "off",
        after: "on",
    }
}

const fn change(source: &'static str, before: &'static str, after: &'static str) -> Change {
    Change {
        source,
        before,
        after,
    }
}

mod commits;
mod pair;
mod processes;
mod proposal;
mod slots;

pub use commits::{COMMITS, Commit, hashes, moved_by};
pub use proposal::{OPEN_POINTS, OpenPoint};

/// All switches: releases' first, then the proposal's, then repairs and mutations; then those of
/// the postmaster's older history, of a slot's life and of a pair of nodes.
pub static SWITCHES: &[Switch] = &join::<{ total() }>();

const TABLES: [&[Switch]; 5] = [
    WALSENDERS,
    proposal::SWITCHES,
    processes::SWITCHES,
    slots::SWITCHES,
    pair::SWITCHES,
];

const fn total() -> usize {
    let (mut sum, mut table) = (0, 0);
    while table < TABLES.len() {
        sum += TABLES[table].len();
        table += 1;
    }
    sum
}

/// The tables in one.
const fn join<const N: usize>() -> [Switch; N] {
    let mut all = [WALSENDERS[0]; N];
    let (mut n, mut table) = (0, 0);
    while table < TABLES.len() {
        let mut i = 0;
        while i < TABLES[table].len() {
            all[n] = TABLES[table][i];
            n += 1;
            i += 1;
        }
        table += 1;
    }
    all
}

const WALSENDERS: &[Switch] = &[
    on_off!(
        "pm-flags-and-latch",
        pm_flags_and_latch,
        [on("7389aad636")],
        "postmaster handlers only set flags; ServerLoop acts, and stop requests collapse (16)"
    ),
    choice!("stop-phases", stop_phases,
        ["one" => StopPhases::One, "by-postmaster" => StopPhases::ByPostmaster,
         "two-by-procsignal" => StopPhases::TwoByProcSignal],
        [change("086221cf6b", "one", "by-postmaster"),
         change("c6c3334364", "one", "two-by-procsignal")],
        "how walsenders are told to stop: SIGUSR2 after the checkpoint, INIT_STOPPING before"),
    on_off!(
        "exit-when-replicated",
        exit_when_replicated,
        [on("985bd7d497")],
        "a walsender leaves when the peer confirmed all; off: when all is sent (2013)"
    ),
    on_off!(
        "sends-until-caught-up",
        sends_until_caught_up,
        [on("e0b581acd2")],
        "a walsender that was told to leave sends all there is, not one batch (2010)"
    ),
    on_off!(
        "wait-ends-on-copy-done",
        wait_ends_on_copy_done,
        [on("fca85f8ef1")],
        "a logical walsender that waits for WAL notices that the client ended the stream (2017)"
    ),
    on_off!(
        "replicated-flush-else-write",
        replicated_flush_else_write,
        [on("5c6d9fc4b2")],
        "write counts as confirmed for a peer that never reports flush (2014)"
    ),
    on_off!(
        "done-ping-remembered",
        done_ping_remembered,
        [on("59455018a8")],
        "WalSndDone does not ask again while its ping is outstanding (2016)"
    ),
    on_off!(
        "ping-flag-iff-requested",
        ping_flag_iff_requested,
        [on("470687b4a5")],
        "only a keepalive that requests a reply waits for one (2020)"
    ),
    choice!("stop-flush", stop_flush,
        ["none" => StopFlush::None, "background" => StopFlush::Background,
         "insert-position" => StopFlush::InsertPosition, "insert-end" => StopFlush::InsertEnd],
        [change("c6c3334364", "none", "background"),
         change("6eedb2a5fd", "background", "insert-position"),
         change("d927b4bd97", "insert-position", "insert-end")],
        "how a stopping logical walsender forces WAL out (walwriter is gone)"),
    choice!("caughtup-rule", caughtup_rule,
        ["no-record" => CaughtUpRule::NoRecord, "always" => CaughtUpRule::Always],
        [change("38ddeab13b", "no-record", "always")],
        "when being caught up while stopping sets the exit flag (2019)"),
    on_off!(
        "sleeps-only-for-wal",
        sleeps_only_for_wal,
        [on("f246ea3b2a")],
        "a caught-up logical walsender sleeps in WalSndWaitForWal only, not in WalSndLoop (13)"
    ),
    on_off!(
        "refuse-commands",
        refuse_commands,
        [on("c6c3334364")],
        "new commands are refused while stopping"
    ),
    on_off!(
        "standby-slots",
        standby_slots,
        [on("bf279ddd1c")],
        "failover slots wait for synchronized_standby_slots, ERROR for inactive ones at stop (17)"
    ),
    on_off!(
        "standby-slots-error",
        standby_slots_error,
        [],
        "mutation when off: at stop a failover slot waits for an inactive standby slot, too"
    ),
    on_off!(
        "stop-timeout",
        stop_timeout,
        [on("a8f45dee91")],
        "wal_sender_shutdown_timeout (19)"
    ),
    on_off!(
        "final-send-nonblocking",
        final_send_nonblocking,
        [on("c0b24b32b0")],
        "COPY 0 is flushed without blocking (19)"
    ),
    choice!("slot-save", slot_save,
        ["if-dirty" => SlotSave::IfDirty, "if-confirmed-moved" => SlotSave::IfConfirmedMoved,
         "always" => SlotSave::Always],
        [change("e0b2eed047", "if-dirty", "if-confirmed-moved")],
        "which slots the shutdown checkpoint saves (17)"),
    on_off!(
        "slot-invalidation",
        slot_invalidation,
        [on("c655077639")],
        "the checkpoint invalidates slots beyond max_slot_wal_keep_size (13)"
    ),
    on_off!(
        "slots-after-buffers",
        slots_after_buffers,
        [on("69ed7fd7e9")],
        "the checkpoint saves slots after the buffers (20devel)"
    ),
    on_off!(
        "confirm-max",
        confirm_max,
        [on("ad5eaf390c")],
        "confirmed_flush never retreats (2025)"
    ),
    on_off!(
        "candidate-else-if",
        candidate_else_if,
        [on("e5ed873b1b")],
        "an older restart point is not proposed (2024)"
    ),
    choice!("wal-kept-by", wal_kept_by,
        ["memory" => WalKeptBy::Memory, "memory-before-save" => WalKeptBy::MemoryBeforeSave,
         "last-saved" => WalKeptBy::LastSaved],
        [change("ca307d5cec", "memory", "last-saved"),
         change("2090edc6f3", "memory", "memory-before-save")],
        "which restart_lsn keeps WAL: in memory, before the save (back branches), on disk (18)"),
    on_off!(
        "immediate-waits",
        immediate_waits,
        [on("82233ce7ea")],
        "after an immediate request the postmaster waits for its children (2013)"
    ),
    on_off!(
        "smart-stays-in-run",
        smart_stays_in_run,
        [on("0038f94387")],
        "smart shutdown keeps helpers until the last client is gone (2020)"
    ),
    on_off!(
        "checkpointer-exits-last",
        checkpointer_exits_last,
        [on("87a6690cc6")],
        "the checkpointer outlives the walsenders and writes statistics last (18)"
    ),
    choice!("stats-writer", stats_writer,
        ["collector" => StatsWriter::Collector, "checkpointer" => StatsWriter::Checkpointer],
        [change("5891c7a8ed", "collector", "checkpointer")],
        "who writes the statistics file (15)"),
    on_off!(
        "walsender-io-stats",
        walsender_io_stats,
        [on("a051e71e28")],
        "walsenders count the WAL that they read (18)"
    ),
    on_off!(
        "walsender-io-flush",
        walsender_io_flush,
        [on("039549d70f")],
        "walsenders report IO statistics about every second (16)"
    ),
    on_off!(
        "late-walsender-stats-skipped",
        late_walsender_stats_skipped,
        [on("4801610f7c")],
        "a walsender reports nothing once the statistics are written; off: an assertion (15 to 17)"
    ),
    on_off!(
        "crash-while-fatal-ignored",
        crash_while_fatal_ignored,
        [on("f0b7ab7251")],
        "a crash during crash handling changes no state and restarts no SIGKILL timer (18)"
    ),
    on_off!(
        "startup-crash-waits",
        startup_crash_waits,
        [on("9b43e6793b")],
        "a crash in PM_STARTUP stops all children; off: it is not waited for them (2026)"
    ),
    on_off!(
        "startup-failure-after-crash-ends",
        startup_failure_after_crash_ends,
        [on("ead8f696b7")],
        "a startup process that fails after a crash ends the server; off: PM_STARTUP stays (19)"
    ),
    on_off!(
        "dead-end-signalled",
        dead_end_signalled,
        [on("bb861414fe")],
        "dead-end children are told to leave at the end (18)"
    ),
    choice!("upgrade-check", upgrade_check,
        ["none" => UpgradeCheck::None, "trust" => UpgradeCheck::Trust,
         "exact" => UpgradeCheck::Exact,
         "acceptable-difference" => UpgradeCheck::AcceptableDifference,
         "decode" => UpgradeCheck::Decode],
        [change("29d0a77fa6", "none", "decode")],
        "how pg_upgrade decides that a logical slot has consumed everything (17)"),
    on_off!(
        "switch-before-checkpoint",
        switch_before_checkpoint,
        [on("2e6107cb62")],
        "with archiving, XLOG_SWITCH precedes the shutdown checkpoint (2009)"
    ),
];
