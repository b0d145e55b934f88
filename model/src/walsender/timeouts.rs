//! Keepalives, and what happens when time runs out.

use super::{LOOPING, Pc, exit, is_deaf, running, send_pending, wake};
use crate::channel::MessageKind;
use crate::cluster::Cluster;
use crate::peer::PeerLife;
use crate::scenario::ShutdownTimeout;
use crate::steps::{At, TAKEN, Taken};
use crate::wal::Lsn;
use crate::world::World;

/// Queues a keepalive, if the model's queue has room. `waiting_for_ping_response` is set as the
/// design says. Source: master `walsender.c` `WalSndKeepalive`.
pub(crate) fn wal_snd_keepalive(w: &World, s: &mut Cluster, i: usize, request_reply: bool) {
    if !s.channels[i].has_room() {
        return;
    }
    let sent = s.walsenders[i].sent;
    let kind = if request_reply {
        MessageKind::KeepaliveReplyRequested
    } else {
        MessageKind::Keepalive
    };
    s.channels[i].send(kind, sent);
    if request_reply || !w.design.ping_flag_iff_requested {
        s.walsenders[i].waiting_for_ping = true;
    }
}

/// Half of `wal_sender_timeout` is over without a word of the peer: ask for a reply.
///
/// Enabled only while the walsender waits for something that the peer has to confirm.
/// Source: master `walsender.c` `WalSndKeepaliveIfNecessary`.
#[must_use]
pub fn wal_snd_keepalive_if_necessary(w: &World, s: &mut Cluster, at: At) -> Taken {
    if !w.scenario.wal_sender_timeout {
        return None;
    }
    let i = running(s, at, &LOOPING)?;
    let socket = &s.channels[i];
    let quiet = socket.up_len() == 0 && socket.down_len() == 0;
    if !quiet || socket.peer_closed {
        return None;
    }
    let ws = &s.walsenders[i];
    if ws.waiting_for_ping || ws.replicated(w) >= ws.sent || is_deaf(w, s, i) {
        return None;
    }

    wake(&mut s.walsenders[i]);
    wal_snd_keepalive(w, s, i, true);
    TAKEN
}

/// `wal_sender_timeout` is over: the peer is taken for dead, exit 0.
///
/// Enabled only while the peer is silent because it cannot answer.
/// Source: master `walsender.c` `WalSndCheckTimeOut`.
#[must_use]
pub fn wal_snd_check_time_out(w: &World, s: &mut Cluster, at: At) -> Taken {
    if !w.scenario.wal_sender_timeout {
        return None;
    }
    let i = running(s, at, &LOOPING)?;
    let silent = s.peers[i].life != PeerLife::Running && s.channels[i].up_len() == 0;
    if !silent || s.channels[i].peer_closed || is_deaf(w, s, i) {
        return None;
    }

    exit::proc_exit(s, i);
    TAKEN
}

/// The sleep of `WalSndLoop` ends by itself: after 10 s, or when `wal_sender_timeout` (half of it,
/// before the peer was asked) has passed since the last word of the peer.
///
/// Source: 38ddeab13b^ `walsender.c` `WalSndComputeSleeptime`, "long sleeptime = 10000";
/// `WalSndLoop`, "Sleep until something happens or we time out".
#[must_use]
pub fn wal_snd_compute_sleeptime(_w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = running(s, at, &[Pc::MainSleep])?;

    wake(&mut s.walsenders[i]);
    TAKEN
}

/// 19+: `wal_sender_shutdown_timeout` is over: `COPY 0` if it fits, exit 0.
///
/// Source: 19 `walsender.c` `WalSndCheckShutdownTimeout`, `WalSndDoneImmediate`.
#[must_use]
pub fn wal_snd_check_shutdown_timeout(w: &World, s: &mut Cluster, at: At) -> Taken {
    if !w.design.stop_timeout || w.scenario.shutdown_timeout == ShutdownTimeout::Never {
        return None;
    }
    let i = running(
        s,
        at,
        &[Pc::Loop, Pc::Sleeping, Pc::MainSleep, Pc::FinalFlush],
    )?;
    let told = s.walsenders.flags(i);
    if !told.got_stopping && !told.got_sigusr2 {
        return None;
    }
    let ws = &s.walsenders[i];
    let looping = LOOPING.contains(&ws.pc) && !is_deaf(w, s, i);
    let flushing = ws.pc == Pc::FinalFlush && w.design.final_send_nonblocking;
    // WalSndDone comes first in an iteration: who may leave by it does.
    let leaves =
        ws.got_sigusr2 && ws.caught_up && ws.replicated(w) == ws.sent && !send_pending(w, s, i);
    if !(looping && !leaves || flushing) {
        return None;
    }

    if !flushing && s.channels[i].has_room() {
        s.channels[i].send(MessageKind::CommandComplete, Lsn::INVALID);
    }
    exit::proc_exit(s, i);
    TAKEN
}
