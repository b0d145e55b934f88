//! The physical walsender's `send_data`, and what a confirmation does to its slot.

use super::removed::is_removed;
use super::{Iteration, Pc, WalSndState, running, send_pending};
use crate::channel::MessageKind;
use crate::cluster::Cluster;
use crate::scenario::WalsenderKind;
use crate::steps::{At, TAKEN, Taken};
use crate::wal::Lsn;
use crate::world::World;

/// Everything flushed is sent; a stopping walsender first says that it writes no WAL any more.
///
/// Source: master `walsender.c` `XLogSendPhysical`, "WalSndSetState(WALSNDSTATE_STOPPING)".
#[must_use]
pub fn xlog_send_physical(w: &World, s: &mut Cluster, at: At) -> Taken {
    if w.scenario.walsender(usize::from(at.who)).kind != WalsenderKind::Physical {
        return None;
    }
    let i = running(s, at, &[Pc::Loop])?;
    let (sent, caught_up) = s.walsenders.progress(i);
    let told = s.walsenders.flags(i);
    let says_so = told.got_stopping && told.state != WalSndState::Stopping;
    if !says_so && sent >= s.wal.flushed && caught_up == (sent == s.wal.flushed) {
        return None;
    }
    let pending = send_pending(w, s, i) || !s.channels[i].has_room();
    if pending && !w.design.stopping_despite_pending {
        return None;
    }

    // What is not there any more is an ERROR: `check_xlog_removed`.
    if !pending && sent < s.wal.flushed && is_removed(w, s, i) {
        return None;
    }

    let before = Iteration::begin(s, i);
    if told.got_stopping {
        s.walsenders[i].state = WalSndState::Stopping;
    }
    if !pending {
        send_batch(w, s, i);
    }
    before.end(s, i)
}

/// Whether `WalSndLoop` would call `XLogSendPhysical` now, and it would send something.
pub(super) fn may_send_data(w: &World, s: &Cluster, i: usize) -> bool {
    let (sent, _) = s.walsenders.progress(i);
    sent < s.wal.flushed && !send_pending(w, s, i) && s.channels[i].has_room()
}

/// `XLogSendPhysical`: as much of what is flushed as one message holds.
pub(super) fn send_batch(w: &World, s: &mut Cluster, i: usize) {
    let flushed = s.wal.flushed;
    let ws = &mut s.walsenders[i];
    if flushed > ws.sent {
        let end = match w.scenario.send_batch {
            0 => flushed,
            batch => flushed.min(Lsn(ws.sent.0.saturating_add(batch))),
        };
        ws.sent = end;
        ws.pending_stats |= w.design.walsender_io_stats;
        s.channels[i].send(MessageKind::Data, end);
    }
    let ws = &mut s.walsenders[i];
    ws.caught_up = ws.sent == flushed;
}

/// About every second IO statistics are reported, without an assertion.
///
/// A step only where nothing else is pending: a physical walsender counts the WAL that it reads
/// (18+), and a query whose report was put off has counted IO. Decoding counts in statistics of
/// relations, too, and this leaves those pending.
/// Source: 16 to master `walsender.c` `WalSndLoop`, "Report IO statistics, if needed";
/// `pgstat_io.c` `pgstat_flush_io`.
#[must_use]
pub fn pgstat_flush_io(w: &World, s: &mut Cluster, at: At) -> Taken {
    let scenario = w.scenario.walsender(usize::from(at.who));
    let counts = w.design.walsender_io_stats || scenario.report_put_off;
    let physical = scenario.kind == WalsenderKind::Physical;
    if !w.design.walsender_io_flush || !counts || !physical {
        return None;
    }
    let i = running(s, at, &[Pc::Loop])?;
    if !s.walsenders.flags(i).pending_stats {
        return None;
    }

    s.walsenders[i].pending_stats = false;
    s.stats.lost |= s.stats.is_shutdown;
    TAKEN
}

/// The peer confirmed `lsn`: assigned, marked dirty, never saved here.
///
/// Source: master `walsender.c` `PhysicalConfirmReceivedLocation`.
pub(crate) fn physical_confirm_received_location(s: &mut Cluster, i: usize, lsn: Lsn) {
    let slot = &mut s.slots[i];
    if slot.restart_lsn != lsn {
        slot.restart_lsn = lsn;
        slot.mark_dirty();
    }
}
