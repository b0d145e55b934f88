//! Keepalives, and what happens when time runs out.

use super::{
    LOOPING, Pc, WalSender, exit, is_idling, logical, physical, running, send_pending, wake,
};
use crate::channel::{Channel, Message, MessageKind};
use crate::cluster::Cluster;
use crate::scenario::{ShutdownTimeout, WalsenderKind};
use crate::steps::{At, TAKEN, Taken};
use crate::wal::Lsn;
use crate::world::World;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

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

/// How the peer's silence counts, where `wal_sender_timeout` is set. Whether the peer was asked
/// when half of it was over is `waiting_for_ping_response`; this is the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum Silence {
    /// Nothing of it: the walsender listens, and asks in time.
    #[default]
    Heard,
    /// V2 of the proposal: it idled and neither read nor asked, so that `last_reply_timestamp` may
    /// be older than the whole timeout by now.
    Unasked,
    /// It left because of the timeout, and had left its peer something to read: the peer did not
    /// work.
    PeerLate,
}

/// Half of `wal_sender_timeout` is over without a word of the peer: ask for a reply.
///
/// Why the peer is silent is not asked: it may be slow, or have nothing to say. A second question
/// behind one that it has not read yet would only be answered twice: it is left out.
/// Source: master `walsender.c` `WalSndKeepaliveIfNecessary`, "without receiving any reply".
#[must_use]
pub fn wal_snd_keepalive_if_necessary(w: &World, s: &mut Cluster, at: At) -> Taken {
    if !w.scenario.wal_sender_timeout {
        return None;
    }
    let i = running(s, at, &LOOPING)?;
    let socket = &s.channels[i];
    let heard = socket.up_len() > 0 && !is_deaf(w, s, i);
    if heard || socket.peer_closed || !socket.has_room() || is_unread_question(socket) {
        return None;
    }
    if s.walsenders[i].waiting_for_ping || is_deaf(w, s, i) && !w.design.idle_keepalives {
        return None;
    }
    if goes_on(w, s, i) {
        return None;
    }

    wake(&mut s.walsenders[i]);
    wal_snd_keepalive(w, s, i, true);
    TAKEN
}

/// `wal_sender_timeout` is over: the peer is taken for dead, exit 0.
///
/// What came meanwhile is read first. A walsender in its loop wakes up at half of the timeout, so
/// by then it has asked.
/// Source: master `walsender.c` `WalSndCheckTimeOut`, "last_processing >= timeout";
/// `WalSndComputeSleeptime`, "If no ping has been sent yet, wakeup when it's time to do so".
#[must_use]
pub fn wal_snd_check_time_out(w: &World, s: &mut Cluster, at: At) -> Taken {
    if !w.scenario.wal_sender_timeout {
        return None;
    }
    let i = running(s, at, &LOOPING)?;
    let socket = &s.channels[i];
    if socket.up_len() > 0 || socket.peer_closed || is_deaf(w, s, i) {
        return None;
    }
    let ws = &s.walsenders[i];
    let asked = ws.waiting_for_ping || !socket.has_room() || is_unread_question(socket);
    if !asked && ws.silence != Silence::Unasked || goes_on(w, s, i) {
        return None;
    }

    if socket.down_len() > 0 {
        s.walsenders[i].silence = Silence::PeerLate;
    }
    exit::proc_exit(w, s, i);
    TAKEN
}

/// Proposal, V2: whether it is deaf while it idles.
pub(crate) fn is_deaf(w: &World, s: &Cluster, i: usize) -> bool {
    !w.design.idle_replies && is_idling(w, s, i)
}

/// Whether the peer has a keepalive that requests a reply still to read.
fn is_unread_question(socket: &Channel) -> bool {
    let asks = |m: &Message| m.kind == MessageKind::KeepaliveReplyRequested;
    socket.down.iter().any(asks)
}

/// Whether `WalSndLoop` sends or leaves before it looks at the clock: both come first in each of
/// its iterations, and no timeout is as short as one.
fn goes_on(w: &World, s: &Cluster, i: usize) -> bool {
    may_leave(w, s, i)
        || match w.scenario.walsender(i).kind {
            WalsenderKind::Logical => logical::may_send_data(w, s, i),
            WalsenderKind::Physical => physical::may_send_data(w, s, i),
        }
}

/// Whether the next call of `WalSndDone` leaves.
fn may_leave(w: &World, s: &Cluster, i: usize) -> bool {
    let ws = &s.walsenders[i];
    ws.got_sigusr2 && ws.caught_up && ws.replicated(w) == ws.sent && !send_pending(w, s, i)
}

/// The peer was heard: `last_reply_timestamp` is now.
///
/// Source: master `walsender.c` `ProcessRepliesIfAny`, "Save the last reply timestamp".
pub(super) fn heard(ws: &mut WalSender) {
    ws.waiting_for_ping = false;
    ws.silence = Silence::Heard;
}

/// SIGUSR2 ends the idling: while it was deaf and asked nobody, the timeout went on.
pub(super) fn end_of_idling(w: &World, s: &mut Cluster, i: usize) {
    if w.scenario.wal_sender_timeout && !w.design.idle_keepalives && is_deaf(w, s, i) {
        s.walsenders[i].silence = Silence::Unasked;
    }
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
    let leaves = may_leave(w, s, i);
    if !(looping && !leaves || flushing) {
        return None;
    }

    if !flushing && s.channels[i].has_room() {
        s.channels[i].send(MessageKind::CommandComplete, Lsn::INVALID);
    }
    exit::proc_exit(w, s, i);
    TAKEN
}
