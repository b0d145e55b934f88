//! The background writer and the WAL writer: the former logs RUNNING_XACTS by itself, the latter
//! flushes WAL. Both leave on SIGTERM with status 0, without a last flush.

use crate::cluster::{Child, Cluster, Life, Signal};
use crate::steps::At;
use crate::wal::Record;
use crate::world::World;

/// The background writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BgWriter {
    /// RUNNING_XACTS records that it may still log.
    pub running_xacts_left: u8,
}

/// The bgwriter logs a RUNNING_XACTS record.
///
/// Source: master `bgwriter.c` `BackgroundWriterMain`, "LogStandbySnapshot".
#[must_use]
pub fn log_standby_snapshot(_w: &World, s: &Cluster, _at: At) -> Option<Cluster> {
    if !s.runs(Child::BGWRITER) || s.bgwriter.running_xacts_left == 0 {
        return None;
    }

    let mut s = *s;
    let end = s.wal.insert(Record::RunningXacts);
    // LogCurrentRunningXacts: "XLogSetAsyncXactLSN(recptr)".
    s.wal.async_xact = end;
    s.bgwriter.running_xacts_left -= 1;
    Some(s)
}

/// The walwriter flushes.
///
/// Source: master `walwriter.c` `WalWriterMain`; `xlog.c` `XLogBackgroundFlush`.
#[must_use]
pub fn xlog_background_flush(w: &World, s: &Cluster, _at: At) -> Option<Cluster> {
    if !s.runs(Child::WALWRITER) {
        return None;
    }
    let before = s;

    let mut s = *s;
    s.wal.background_flush(w.page_start(&s.wal));
    s.if_changed(before)
}

/// SIGTERM acts on the bgwriter (`who` 1), the walwriter (`who` 2).
///
/// Source: master `interrupt.c` `ProcessMainLoopInterrupts`, "proc_exit(0)".
#[must_use]
pub fn process_main_loop_interrupts(_w: &World, s: &Cluster, at: At) -> Option<Cluster> {
    let child = Child(at.who);
    if !s.runs(child) || !s.child(child).has(Signal::Term) {
        return None;
    }

    let mut s = *s;
    s.child_mut(child).exit(Life::Exited0);
    Some(s)
}
