//! A walsender that wants to read WAL which the checkpointer has removed.

use super::{LOOPING, Pc, WalSndState, exit, logical, running, send_pending};
use crate::channel::MessageKind;
use crate::cluster::Cluster;
use crate::scenario::WalsenderKind;
use crate::steps::{At, TAKEN, Taken};
use crate::wal::Lsn;
use crate::world::World;

/// The WAL that walsender `i` would read next has been removed.
pub(crate) fn is_removed(w: &World, s: &Cluster, i: usize) -> bool {
    w.has_segments() && {
        let (sent, _) = s.walsenders.progress(i);
        sent < w.removed(&s.wal)
    }
}

/// The next WAL to send lies in a segment that is gone: ERROR "requested WAL segment ... has
/// already been removed". Opening the file fails; if it is open still, the check behind the read
/// does.
///
/// The number of the last segment removed is published before its file goes, so that nobody sends
/// what a recycled file holds. From 17 on a physical walsender looks into the WAL buffers first,
/// and checks the segment of what it has to read from a file behind them: that it may find WAL
/// there whose file is gone is left out.
/// Source: master `walsender.c` `WalSndSegmentOpen`, "has already been removed"; `XLogSendPhysical`
/// and `logical_read_xlog_page`; `xlog.c` `CheckXLogRemoved`.
#[must_use]
pub fn check_xlog_removed(w: &World, s: &mut Cluster, at: At) -> Taken {
    if !w.has_segments() {
        return None;
    }
    let kind = w.scenario.walsender(usize::from(at.who)).kind;
    let i = match kind {
        WalsenderKind::Physical => running(s, at, &[Pc::Loop])?,
        WalsenderKind::Logical => running(s, at, &LOOPING)?,
    };
    let reads = match kind {
        WalsenderKind::Physical => {
            let (sent, _) = s.walsenders.progress(i);
            sent < s.wal.flushed && !send_pending(w, s, i)
        }
        WalsenderKind::Logical => logical::reads_next(w, s, i),
    };
    if !reads || !is_removed(w, s, i) {
        return None;
    }

    wal_snd_error_cleanup(w, s, i);
    TAKEN
}

/// An ERROR while streaming: a walsender that is told to stop leaves; another one waits for a new
/// command, and its client, which gets the ERROR, closes the connection. One that leaves closes its
/// socket, which ends the stream for the peer just the same.
///
/// Source: master `walsender.c` `WalSndErrorCleanup`, "if (got_STOPPING || got_SIGUSR2)".
fn wal_snd_error_cleanup(w: &World, s: &mut Cluster, i: usize) {
    let told = s.walsenders.flags(i);
    if told.got_stopping || told.got_sigusr2 {
        exit::proc_exit(w, s, i);
        return;
    }
    s.slots[i].active = false;
    let ws = &mut s.walsenders[i];
    ws.pc = Pc::Idle;
    ws.state = WalSndState::Startup;
    ws.caught_up = false;
    s.channels[i].send(MessageKind::ErrorResponse, Lsn::INVALID);
}
