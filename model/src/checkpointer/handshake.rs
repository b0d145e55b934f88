//! The stop handshake with the walsenders: tell each, then wait for all.

use super::{Pc, after_handshake, at, go};
use crate::cluster::{Child, Cluster, Signal};
use crate::steps::At;
use crate::walsender::WalSndState;
use crate::world::World;

/// Moves `index` to the next occupied entry; past the last one the scan is over.
pub(super) fn skip_free_entries(w: &World, s: &mut Cluster) {
    let n = w.walsenders;
    while usize::from(s.checkpointer.index) < n
        && !s.walsenders[usize::from(s.checkpointer.index)].pid
    {
        s.checkpointer.index += 1;
    }
    if usize::from(s.checkpointer.index) >= n {
        let second_round = s.checkpointer.pc == Pc::StartDraining;
        go(
            s,
            if second_round {
                Pc::WaitDrained
            } else {
                Pc::WaitStopping
            },
        );
    }
}

/// INIT_STOPPING to the next occupied entry.
///
/// Source: master `walsender.c` `WalSndInitStopping`.
#[must_use]
pub fn wal_snd_init_stopping(w: &World, s: &Cluster, _at: At) -> Option<Cluster> {
    if !at(s, Pc::InitStopping) {
        return None;
    }

    let mut s = *s;
    let i = usize::from(s.checkpointer.index);
    if s.walsenders[i].pid {
        s.kill(Child::walsender(i), Signal::InitStopping);
    }
    s.checkpointer.index += 1;
    skip_free_entries(w, &mut s);
    Some(s)
}

/// Every entry is free or STOPPING: go on. Else the 10 ms poll goes round without a change.
///
/// Source: master `walsender.c` `WalSndWaitStopping`.
#[must_use]
pub fn wal_snd_wait_stopping(w: &World, s: &Cluster, _at: At) -> Option<Cluster> {
    let first_round = at(s, Pc::WaitStopping);
    if !first_round && !at(s, Pc::WaitDrained) {
        return None;
    }
    let two_rounds = w.design.writers_first && first_round;
    let passed = |state: WalSndState| {
        state == WalSndState::Stopping || (two_rounds && state == WalSndState::Draining)
    };
    if s.walsenders.iter().any(|ws| ws.pid && !passed(ws.state)) {
        return None;
    }

    let mut s = *s;
    if two_rounds {
        go(&mut s, Pc::StartDraining);
        skip_free_entries(w, &mut s);
    } else {
        after_handshake(w, &mut s);
    }
    Some(s)
}

/// Repair `writers-first`: all that could write WAL is gone, logical walsenders may drain.
#[must_use]
pub fn wal_snd_start_draining(w: &World, s: &Cluster, _at: At) -> Option<Cluster> {
    if !at(s, Pc::StartDraining) {
        return None;
    }

    let mut s = *s;
    let i = usize::from(s.checkpointer.index);
    if s.walsenders[i].pid && s.walsenders[i].state == WalSndState::Draining {
        s.kill(Child::walsender(i), Signal::Drain);
    }
    s.checkpointer.index += 1;
    skip_free_entries(w, &mut s);
    Some(s)
}
