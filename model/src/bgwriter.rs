//! The background writer and the WAL writer: the former logs RUNNING_XACTS by itself, the latter
//! flushes WAL. Both leave on SIGTERM with status 0, without a last flush.

use crate::cluster::{Child, Cluster, Life, Signal};
use crate::steps::{At, TAKEN, Taken};
use crate::wal::Record;
use crate::world::World;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// The background writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct BgWriter {
    /// RUNNING_XACTS records that it may still log.
    pub running_xacts_left: u8,
}

/// The bgwriter logs a RUNNING_XACTS record.
///
/// Source: master `bgwriter.c` `BackgroundWriterMain`, "LogStandbySnapshot".
#[must_use]
pub fn log_standby_snapshot(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !s.runs(Child::BGWRITER) || s.bgwriter.running_xacts_left == 0 {
        return None;
    }

    let end = s.wal.insert(Record::RunningXacts);
    // LogCurrentRunningXacts: "XLogSetAsyncXactLSN(recptr)".
    s.wal.async_xact = end;
    s.bgwriter.running_xacts_left -= 1;
    TAKEN
}

/// The walwriter flushes.
///
/// Source: master `walwriter.c` `WalWriterMain`; `xlog.c` `XLogBackgroundFlush`.
#[must_use]
pub fn xlog_background_flush(w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !s.runs(Child::WALWRITER) {
        return None;
    }
    let before = *s;

    let page_start = w.page_start(&s.wal);
    s.wal.background_flush(page_start);
    s.stats.walwriter_pending |= w.scenario.helper_stats && s.wal != before.wal;
    s.if_changed(&before)
}

/// The walwriter reports what it has counted, at most once in `PGSTAT_STAT_INTERVAL`.
///
/// Source: master `walwriter.c` `WalWriterMain`, "pgstat_report_wal(false)".
#[must_use]
pub fn pgstat_report_wal(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !s.runs(Child::WALWRITER) || !s.stats.walwriter_pending {
        return None;
    }

    s.stats.walwriter_pending = false;
    TAKEN
}

/// SIGTERM acts on the bgwriter (`who` 1), the walwriter (`who` 2).
///
/// Source: master `interrupt.c` `ProcessMainLoopInterrupts`, "proc_exit(0)".
#[must_use]
pub fn process_main_loop_interrupts(w: &World, s: &mut Cluster, at: At) -> Taken {
    let child = Child(at.who);
    if !s.runs(child) || !s.child(child).has(Signal::Term) {
        return None;
    }

    if child == Child::WALWRITER && std::mem::take(&mut s.stats.walwriter_pending) {
        // "Force to send remaining WAL statistics": not before 33394ee6f2.
        s.stats.lost |= !w.design.last_stats_forced;
    }
    s.child_mut(child).exit(Life::Exited0);
    TAKEN
}
