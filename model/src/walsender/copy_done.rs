//! The client ends the stream: CopyDone both ways, and back to waiting for commands.

use super::{LOOPING, Pc, WalSndState, exit, running, send_pending, wake};
use crate::channel::MessageKind;
use crate::cluster::Cluster;
use crate::design::StopPhases;
use crate::steps::{At, TAKEN, Taken};
use crate::wal::Lsn;
use crate::world::World;

/// 'c' of the client: the walsender answers with its own and will end the stream.
///
/// Source: master `walsender.c` `ProcessRepliesIfAny`, "CopyDone means the standby requested to
/// finish streaming".
pub(super) fn receive_copy_done(s: &mut Cluster, i: usize) {
    s.walsenders[i].copy_done = true;
    wake(&mut s.walsenders[i]);
}

/// Both sides are done and nothing is pending: the stream ends, the slot is released, the walsender
/// waits for the next command; or leaves, if it was told to stop meanwhile, without `COPY 0`.
///
/// Before fca85f8ef1 a walsender that waited for WAL did not look.
/// Source: master `walsender.c` `WalSndLoop`, "streamingDoneReceiving && streamingDoneSending";
/// `WalSndWaitForWal`, the same; `StartLogicalReplication`, "if (got_STOPPING) proc_exit(0)"
/// stands before "EndCommand".
#[must_use]
pub fn start_logical_replication_end(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = running(s, at, &LOOPING)?;
    let looks = s.walsenders.pc(i) != Pc::Sleeping || w.design.wait_ends_on_copy_done;
    let ws = s.walsenders.flags(i);
    if !ws.copy_done || !looks || send_pending(w, s, i) {
        return None;
    }

    let told = match w.design.stop_phases {
        StopPhases::One | StopPhases::ByPostmaster => ws.got_sigusr2,
        StopPhases::TwoByProcSignal => ws.got_stopping,
    };
    if told {
        exit::proc_exit(w, s, i);
    } else {
        s.channels[i].send(MessageKind::CommandComplete, Lsn::INVALID);
        s.slots[i].active = false;
        let ws = &mut s.walsenders[i];
        ws.pc = Pc::Idle;
        ws.state = WalSndState::Startup;
        ws.copy_done = false;
    }
    TAKEN
}
