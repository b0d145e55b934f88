//! What comes from outside: the operator's stop requests, clients that come and go, and faults.
//!
//! Fairness is never assumed of these steps. Each fault has a budget in the scenario.

use crate::bgworker;
use crate::channel::Channel;
use crate::cluster::{Child, Cluster, Life, Signal};
use crate::peer::{self, PeerLife};
use crate::postmaster::{PmState, Shutdown};
use crate::reads::{CHANNEL, PerWalsender};
use crate::scenario::{Faults, StopMode, WalsenderKind};
use crate::steps::{At, TAKEN, Taken};
use crate::walsender::{self, WalSender, WalSndState};
use crate::world::World;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// A client's way in, if the scenario has one that connects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum Connection {
    /// It has not tried yet, or there is none.
    #[default]
    None,
    /// It waits in the listen queue.
    Waiting,
    /// It waits there, and a stop request that was sent before it is not acted upon.
    WaitingBehindRequest,
    /// It was accepted.
    Accepted,
}

/// What the environment has done and may still do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Environment {
    /// Stop requests sent so far.
    pub requests_sent: u8,
    /// The fault budget that is left.
    pub faults_left: Faults,
    /// The client of idle walsender `i` has sent its command.
    pub commands_sent: PerWalsender<bool, CHANNEL>,
    /// The client that connects.
    pub connection: Connection,
    /// A client has asked for a checkpoint.
    pub checkpoint_requested: bool,
}

/// Whether something of this budget is left to happen. Where the scenario has none of it, nothing
/// of the state is looked at.
fn may_happen(w: &World, s: &Cluster, budget: impl Fn(&Faults) -> u8) -> bool {
    budget(&w.scenario.faults) > 0 && budget(&s.environment.faults_left) > 0
}

/// The operator sends the next stop request of the scenario.
#[must_use]
pub fn operator_requests_stop(w: &World, s: &mut Cluster, _at: At) -> Taken {
    let next = usize::from(s.environment.requests_sent);
    let mode = w.scenario.requests.get(next).copied().flatten()?;
    if s.postmaster.exit.is_some() {
        return None;
    }

    s.environment.requests_sent += 1;
    s.postmaster.requests[mode as usize] = true;
    TAKEN
}

/// The client of an idle backend closes its session: exit 0.
#[must_use]
pub fn client_leaves(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = usize::from(at.who);
    let backend = w.scenario.backends[i]?;
    let busy = s.backends[i].open_xid || bgworker::awaited_by(w, s, i).is_some();
    if !backend.client_leaves || !s.runs(Child::backend(i)) || busy {
        return None;
    }

    s.child_mut(Child::backend(i)).exit(Life::Exited0);
    TAKEN
}

/// A client connects while the server stops and gets a dead-end child.
///
/// Source: master `postmaster.c` `canAcceptConnections`, `BackendStartup`, "dead-end child".
#[must_use]
pub fn client_connects(w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !may_happen(w, s, |faults| faults.connect) {
        return None;
    }
    let pm = &s.postmaster;
    let refused = !pm.lets_clients_in();
    let listening = !matches!(pm.pm_state, PmState::WaitDeadEnd | PmState::NoChildren);
    if pm.exit.is_some() || !refused || !listening || s.child(Child::DEAD_END).life != Life::Absent
    {
        return None;
    }

    s.environment.faults_left.connect -= 1;
    s.child_mut(Child::DEAD_END).life = Life::Running;
    TAKEN
}

/// A client connects while the server lets clients in, or behind a stop request: it waits in the
/// listen queue until the postmaster accepts it.
///
/// Source: master `postmaster.c` `ServerLoop`, "AcceptConnection".
#[must_use]
pub fn client_connects_to_socket(w: &World, s: &mut Cluster, at: At) -> Taken {
    let connects = w.scenario.backends[usize::from(at.who)].is_some_and(|b| b.connects);
    if !connects
        || s.environment.connection != Connection::None
        || s.postmaster.exit.is_some()
        || !s.postmaster.lets_clients_in()
    {
        return None;
    }

    s.environment.connection = if s.postmaster.requests.contains(&true) {
        Connection::WaitingBehindRequest
    } else {
        Connection::Waiting
    };
    TAKEN
}

/// A client asks for a checkpoint, before the checkpoint's request moved to the latch by SIGINT.
///
/// Only a step where SIGINT means something else to the checkpointer: an ordinary checkpoint is not
/// in the model.
/// Source: 17 `checkpointer.c` `RequestCheckpoint`, "kill(CheckpointerShmem->checkpointer_pid,
/// SIGINT)".
#[must_use]
pub fn request_checkpoint(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = usize::from(at.who);
    let asks = w.scenario.backends[i].is_some_and(|b| b.requests_checkpoint);
    if !asks
        || s.environment.checkpoint_requested
        || !s.runs(Child::backend(i))
        || w.design.checkpoint_request_by_latch
        || !w.design.checkpointer_exits_last
    {
        return None;
    }

    s.environment.checkpoint_requested = true;
    s.kill(Child::CHECKPOINTER, Signal::Int);
    TAKEN
}

/// Fault: a dead-end child crashes.
#[must_use]
pub fn dead_end_crashes(w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !may_happen(w, s, |faults| faults.dead_end_crash) || !s.runs(Child::DEAD_END) {
        return None;
    }

    s.environment.faults_left.dead_end_crash -= 1;
    s.child_mut(Child::DEAD_END).exit(Life::Crashed);
    TAKEN
}

/// Fault: `kill -9` of a walsender, after the stop was requested.
#[must_use]
pub fn kill_walsender(w: &World, s: &mut Cluster, at: At) -> Taken {
    let child = Child::walsender(usize::from(at.who));
    if !may_happen(w, s, |faults| faults.kill_walsender)
        || s.postmaster.shutdown == Shutdown::No
        || !s.runs(child)
        || s.child(child).has(Signal::Kill)
    {
        return None;
    }

    s.environment.faults_left.kill_walsender -= 1;
    s.kill(child, Signal::Kill);
    TAKEN
}

/// Fault: a peer closes its connection.
#[must_use]
pub fn peer_disconnects(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = usize::from(at.who);
    if !may_happen(w, s, |faults| faults.disconnect)
        || s.peers[i].life == PeerLife::Gone
        || s.channels.ends(i).server_closed
    {
        return None;
    }

    s.environment.faults_left.disconnect -= 1;
    peer::close(s, i);
    TAKEN
}

/// The client of a logical walsender ends the stream: it sends CopyDone and waits for the end of
/// what is under way.
#[must_use]
pub fn peer_sends_copy_done(w: &World, s: &mut Cluster, at: At) -> Taken {
    if !may_happen(w, s, |faults| faults.copy_done) {
        return None;
    }
    let i = usize::from(at.who);
    if w.scenario.walsender(i).kind != WalsenderKind::Logical
        || s.peers[i].life != PeerLife::Running
        || s.channels[i].copy_done
        || !s.walsenders.pc(i).is_streaming()
    {
        return None;
    }

    s.environment.faults_left.copy_done -= 1;
    s.channels[i].copy_done = true;
    TAKEN
}

/// Fault: a peer stops reading.
#[must_use]
pub fn peer_freezes(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = usize::from(at.who);
    if !may_happen(w, s, |faults| faults.freeze)
        || s.peers[i].life != PeerLife::Running
        || s.channels.ends(i).server_closed
    {
        return None;
    }

    s.environment.faults_left.freeze -= 1;
    s.peers[i].life = PeerLife::Stuck;
    TAKEN
}

/// Fault: a logical peer's worker restarts before the stop: it comes back where it was and
/// acknowledges that first.
///
/// A subscriber's origin is in shared memory and outlives the worker: it tells the last transaction
/// applied, flushed or not. The new worker has no list of commits whose flush it awaits, so it
/// reports as flushed what it received. Others go on from what is durable.
/// The new walsender takes the place of the old one in one step: nobody else watches the change.
/// Decoding really restarts at `restart_lsn`, but what lies before `confirmed_flush` is not sent
/// again, nor what lies before the position from which a worker with an origin wants to go on; the
/// model begins there. A client that answers only when it is asked acknowledges nothing yet.
/// Source: master `walsender.c` `StartLogicalReplication`; `logical.c` `CreateDecodingContext`,
/// "start_lsn < slot->data.confirmed_flush"; `worker.c` `run_apply_worker`, "origin_startpos =
/// replorigin_session_get_progress(false)"; `set_stream_options`, "options->startpoint =
/// *origin_startpos"; `send_feedback`, "No outstanding transactions to flush, we can report the
/// latest received position", "wal_receiver_status_interval <= 0".
#[must_use]
pub fn worker_restarts(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = usize::from(at.who);
    let logical = w.scenario.walsender(i).kind == WalsenderKind::Logical;
    if !may_happen(w, s, |faults| faults.worker_restart)
        || s.environment.requests_sent > 0
        || !logical
        || s.peers[i].life != PeerLife::Running
        || !s.slots[i].active
    {
        return None;
    }

    s.environment.faults_left.worker_restart -= 1;
    s.channels[i] = Channel::default();
    let start = peer::restart(w, s, i);
    s.walsenders[i] = WalSender {
        pc: walsender::Pc::Loop,
        pid: true,
        marked: true,
        state: WalSndState::Streaming,
        sent: s.slots[i].confirmed_flush.max(start),
        ..WalSender::default()
    };
    TAKEN
}

/// The modes, as a step's `with` names them.
pub(crate) const MODES: [StopMode; 3] = [StopMode::Smart, StopMode::Fast, StopMode::Immediate];
