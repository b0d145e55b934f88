//! Sets of steps that are apart.
//!
//! A walsender and its peer share nothing with other walsenders but WAL, which nobody writes in a
//! calm scenario but the checkpointer. So between two moments at which the rest of the server looks
//! at it, or it at the rest, a walsender may go its way while all others stand still:
//!
//! 1. Before the stop reaches the walsenders, the postmaster and the helpers go first.
//! 2. Told to stop, each walsender goes its way; the checkpointer waits until it is STOPPING or
//!    gone.
//! 3. While the checkpoint is made the checkpointer looks at slots, and its record is new WAL: that
//!    is interleaved, but for what only writes pg_control and buffers.
//! 4. When the postmaster has told all that this is their last cycle, each goes its way again.

use std::cmp::{Ordering, Reverse};

use model::checkpointer::{Pc, Turn};
use model::cluster::{Child, Cluster, Life};
use model::packing;
use model::postmaster::PmState;
use model::scenario::PeerKind;
use model::walsender::WalSndState;
use model::world::World;

use super::{Set, is_calm, is_last_cycle};

/// Whether the steps of `set` that can be taken in `s` are apart.
///
/// They are, if all else that can happen, for as long as none of them is taken, commutes with them
/// and brings no further one; if they hide nothing that is judged; and if they can come to an end.
#[must_use]
pub fn is_apart(world: &World, s: &Cluster, set: Set) -> bool {
    let quiet = s.wal.inserted == s.wal.flushed && is_calm(world);
    quiet
        && match set {
            Set::Centre => goes_on_by_itself(s),
            Set::Walsender(i) => is_left_alone(s, i) && comes_to_its_end(world, i),
        }
}

/// The rest of the server does nothing that walsenders notice until it turns to them next.
fn goes_on_by_itself(s: &Cluster) -> bool {
    let (pc, pm_state) = (s.checkpointer.pc, s.postmaster.pm_state);
    match pc {
        Pc::Main | Pc::ShuttingDown | Pc::Buffers | Pc::ShutDown | Pc::ReportShutdown => true,
        // The postmaster is about to tell them that this is their last cycle.
        Pc::WaitExit => pm_state == PmState::WaitXlogShutdown,
        Pc::Gone => pm_state == PmState::Shutdown,
        Pc::InitStopping
        | Pc::WaitStopping
        | Pc::StartDraining
        | Pc::WaitDrained
        | Pc::RestartPoint
        | Pc::Switch
        | Pc::Redo
        | Pc::SlotCopy
        | Pc::SlotRename
        | Pc::Insert
        | Pc::Invalidate
        | Pc::RemoveWal
        | Pc::Exit => false,
    }
}

/// The rest of the server waits for this walsender, or has done with it.
fn is_left_alone(s: &Cluster, i: usize) -> bool {
    let ws = &s.walsenders[i];
    let pc = s.checkpointer.pc;
    let told = pc == Pc::WaitStopping || pc == Pc::InitStopping && s.turns[i] == Turn::Passed;
    is_last_cycle(s) || !ws.pid || told && ws.state != WalSndState::Stopping
}

/// A peer that never reports a flush is asked again and again by a design that counts nothing else.
fn comes_to_its_end(world: &World, i: usize) -> bool {
    world.design.replicated_flush_else_write
        || world.scenario.walsender(i).peer != PeerKind::ReceivewalNoFlush
}

/// Which of two walsenders is farther on its way, as the lesser.
pub(super) fn farthest(s: &Cluster, i: usize, j: usize) -> Ordering {
    let on_its_way = |i: usize| {
        let (ws, peer) = (&s.walsenders[i], &s.peers[i]);
        let gone = s.child(Child::walsender(i)).life != Life::Running;
        let leaving = (gone, !ws.pid, s.channels[i].server_closed);
        let told = (ws.got_sigusr2, ws.got_stopping);
        let stream = (ws.sent, peer.received, peer.applied, peer.durable);
        let replies = (peer.reported_write, peer.reported_flush, ws.write, ws.flush);
        // Whatever else they differ in.
        let all = (
            packing::process(s, i),
            (*ws, s.slots[i], s.channels[i], *peer, s.turns[i]),
        );
        Reverse((leaving, told, stream, replies, all))
    };
    on_its_way(i).cmp(&on_its_way(j))
}
