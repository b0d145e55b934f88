//! The releases: each is the one before it with other values. A name means the latest minor of
//! August 2026. Source: `git log` of PostgreSQL; the commits are in [`crate::switches`].

use crate::design::{
    CaughtUpRule, Design, FlagSet, LastCycleFlag, MissingContrecord, PrepareResend, SavePoint,
    SavedBy, SlotSave, SlotSyncStop, StatsFlush, StatsWriter, StopFlush, StopPhases, StoppingWhen,
    UpgradeCheck, UpgradeKeep, UpgradeScan, WalKeptBy, WalsenderMarked,
};

/// Names of the releases, oldest first.
pub const RELEASES: [&str; 12] = [
    "pg9.6", "pg10", "pg11", "pg12", "pg13", "pg14", "pg15", "pg16", "pg17", "pg18", "pg19",
    "master",
];

/// Name of the proposal; it sits on pg16 unless `@RELEASE` says otherwise.
pub const PROPOSAL: &str = "proposal-2023-07-21";

/// The release on which the proposal sits by default. The tree of the mail was older than today's
/// 16: it lacked the repairs e5ed873b1b, ad5eaf390c, 6eedb2a5fd and d927b4bd97, which its author
/// could not know; take them away to see it as it was.
pub const PROPOSAL_BASE: &str = "pg16";

/// The design of a release, by its name.
#[must_use]
pub fn release(name: &str) -> Option<Design> {
    Some(match name {
        "pg9.6" => pg9_6(),
        "pg10" => pg10(),
        "pg11" => pg11(),
        "pg12" => pg12(),
        "pg13" => pg13(),
        "pg14" => pg14(),
        "pg15" => pg15(),
        "pg16" => pg16(),
        "pg17" => pg17(),
        "pg18" => pg18(),
        "pg19" => pg19(),
        "master" => master(),
        _ => return None,
    })
}

#[expect(clippy::too_many_lines, reason = "a line for each switch")]
fn pg9_6() -> Design {
    Design {
        pm_flags_and_latch: false,
        stop_phases: StopPhases::TwoByProcSignal,
        exit_when_replicated: true,
        sends_until_caught_up: true,
        wait_ends_on_copy_done: true,
        replicated_flush_else_write: true,
        done_ping_remembered: true,
        ping_flag_iff_requested: true,
        done_sends_again: true,
        stop_flush: StopFlush::Background,
        caughtup_rule: CaughtUpRule::Always,
        sleeps_only_for_wal: false,
        refuse_commands: true,
        standby_slots: false,
        standby_slots_error: true,
        stop_timeout: false,
        final_send_nonblocking: false,
        slot_save: SlotSave::IfDirty,
        slot_invalidation: false,
        slots_after_buffers: false,
        slots_after_record: false,
        confirm_max: false,
        candidate_else_if: false,
        wal_kept_by: WalKeptBy::Memory,
        immediate_waits: true,
        smart_stays_in_run: true,
        checkpointer_exits_last: false,
        stats_writer: StatsWriter::Collector,
        walsender_io_stats: false,
        walsender_io_flush: false,
        late_walsender_stats_skipped: false,
        crash_while_fatal_ignored: false,
        startup_crash_waits: false,
        startup_failure_after_crash_ends: false,
        dead_end_signalled: false,
        upgrade_check: UpgradeCheck::None,
        switch_before_checkpoint: true,
        walsender_marked: WalsenderMarked::AtStart,
        no_launch_after_stop: true,
        smart_stops_in_startup: true,
        smart_stops_recovery: true,
        fast_after_smart: true,
        fast_stops_startup_workers: true,
        child_pokes_postmaster: true,
        advance_in_any_state: true,
        worker_requests_cancelled: false,
        immediate_waits_for_checkpointer: true,
        waits_after_sigkill: true,
        walreceiver_request_kept: true,
        startup_quit_expected: false,
        requests_before_connections: false,
        archiver_outlives_checkpoint: true,
        archiver_auxiliary: false,
        latch_by_sigurg: false,
        done_exits_directly: true,
        slot_release_before_stats: false,
        last_stats_forced: false,
        pending_since_unasserted: false,
        checkpoint_request_by_latch: false,
        retry_wait_checks_interrupts: false,
        checkpointer_from_start: false,
        server_loop_launches: false,
        workers_in_stop_set: true,
        extension_marks_stopping: true,
        logical_stopping: false,
        stopping_idles: false,
        all_wal_flushed: false,
        early_stats: false,
        final_slot_save: false,
        stopping_when: StoppingWhen::CaughtUp,
        idle_replies: true,
        idle_keepalives: false,
        save_point: SavePoint::BeforeCopyDone,
        saved_by: SavedBy::Walsender,
        flag_set: FlagSet::AtLastCycle,
        stats_flush: StatsFlush::AtStopping,
        last_cycle_flag: LastCycleFlag::Separate,
        stopping_after_flush: false,
        smart_stop_outlives_recovery: false,
        stop_ends_crash_restart: false,
        archiver_for_last_cycle: false,
        origin_flushed_at_start: false,
        newest_timeline_of_segment: false,
        signal_file_removed_last: false,
        ready_skips_copied: false,
        save_on_release: false,
        stopping_despite_pending: false,
        no_report_to_full_socket: false,
        writers_first: false,
        sql_marks_dirty: false,
        reserve_under_lock: false,
        min_read_under_lock: false,
        xmin_under_lock: false,
        min_lsn_under_lock: false,
        release_ends_with_drop: false,
        skip_only_before_start: true,
        origin_at_commit_end: true,
        prepare_resend: PrepareResend::UnlessSentInThisRun,
        prepare_if_not_sent: false,
        empty_prepared_skipped: false,
        recvlogical_final_feedback: false,
        acquire_then_validate: true,
        recheck_decoding_status: false,
        invalidation_saved: false,
        upgrade_keep: UpgradeKeep::Option,
        upgrade_scan: UpgradeScan::EachSlot,
        missing_contrecord: MissingContrecord::KeepFragment,
        contrecord_flag_first: false,
        close_full_segment: true,
        restartpoint_after_promotion: false,
        crash_recovery_replays_all: true,
        switch_segment_from_next: true,
        ask_upstream_position: false,
        slotsync_stop: SlotSyncStop::NoWorker,
        rewind_min_recovery_tli: false,
    }
}

fn pg10() -> Design {
    // Database walsenders appear in 10; that is a scenario's matter.
    Design {
        worker_requests_cancelled: true,
        sql_marks_dirty: true,
        restartpoint_after_promotion: true,
        ..pg9_6()
    }
}

/// 11.22, the last. No switch differs from 10.23: what came with 11 is nothing that a stop reads.
fn pg11() -> Design {
    pg10()
}

/// 12.22, the last.
fn pg12() -> Design {
    pg11()
}

/// 13.23, the last.
fn pg13() -> Design {
    Design {
        sleeps_only_for_wal: true,
        slot_invalidation: true,
        confirm_max: true,
        candidate_else_if: true,
        wal_kept_by: WalKeptBy::MemoryBeforeSave,
        startup_quit_expected: true,
        invalidation_saved: true,
        contrecord_flag_first: true,
        ..pg12()
    }
}

/// 14.24, stamped in August 2026. 14.23 is `pg14-f2081a7800-acaa100f9a-b614de4876`.
fn pg14() -> Design {
    Design {
        stop_flush: StopFlush::InsertEnd,
        archiver_auxiliary: true,
        latch_by_sigurg: true,
        last_stats_forced: true,
        retry_wait_checks_interrupts: true,
        reserve_under_lock: true,
        min_read_under_lock: true,
        xmin_under_lock: true,
        release_ends_with_drop: true,
        prepare_resend: PrepareResend::BeforeConsistentPoint,
        empty_prepared_skipped: true,
        ask_upstream_position: true,
        ..pg13()
    }
}

fn pg15() -> Design {
    Design {
        stats_writer: StatsWriter::Checkpointer,
        late_walsender_stats_skipped: true,
        startup_crash_waits: true,
        slot_release_before_stats: true,
        pending_since_unasserted: true,
        checkpointer_from_start: true,
        ..pg14()
    }
}

fn pg16() -> Design {
    Design {
        pm_flags_and_latch: true,
        walsender_io_flush: true,
        requests_before_connections: true,
        rewind_min_recovery_tli: true,
        ..pg15()
    }
}

fn pg17() -> Design {
    Design {
        slot_save: SlotSave::IfConfirmedMoved,
        standby_slots: true,
        upgrade_check: UpgradeCheck::Decode,
        upgrade_keep: UpgradeKeep::Direct,
        slotsync_stop: SlotSyncStop::Procsignal,
        ..pg16()
    }
}

fn pg18() -> Design {
    Design {
        wal_kept_by: WalKeptBy::LastSaved,
        checkpointer_exits_last: true,
        walsender_io_stats: true,
        late_walsender_stats_skipped: false,
        crash_while_fatal_ignored: true,
        dead_end_signalled: true,
        checkpoint_request_by_latch: true,
        server_loop_launches: true,
        min_read_under_lock: false,
        prepare_if_not_sent: true,
        ..pg17()
    }
}

fn pg19() -> Design {
    Design {
        stop_timeout: true,
        startup_failure_after_crash_ends: true,
        final_send_nonblocking: true,
        recheck_decoding_status: true,
        upgrade_scan: UpgradeScan::MinimumLeftJoin,
        ..pg18()
    }
}

fn master() -> Design {
    Design {
        slots_after_buffers: true,
        recvlogical_final_feedback: true,
        ..pg19()
    }
}

/// The proposal of 2023-07-21 on `base`: its five additions, in the reading that suits its workflow
/// best, and the exact check of pg_upgrade that it is for.
#[must_use]
pub fn proposal(base: Design) -> Design {
    Design {
        logical_stopping: true,
        stopping_idles: true,
        all_wal_flushed: true,
        early_stats: true,
        final_slot_save: true,
        upgrade_check: UpgradeCheck::Exact,
        ..base
    }
}
