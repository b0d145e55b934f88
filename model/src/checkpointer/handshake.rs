//! The stop handshake with the walsenders: tell each, then wait for all.

use super::{Pc, Turn, after_handshake, at, end_of_loop, go};
use crate::cluster::{Child, Cluster, Signal};
use crate::steps::{At, TAKEN, Taken};
use crate::walsender::{Flags, WalSndState};
use crate::world::World;

/// Goes on behind the loop if no occupied entry is ahead.
pub(super) fn next_entry(w: &World, s: &mut Cluster) {
    if (0..w.walsenders).all(|i| !is_ahead(s, i)) {
        let second_round = s.checkpointer.pc == Pc::StartDraining;
        let next = if second_round {
            Pc::WaitDrained
        } else {
            Pc::WaitStopping
        };
        end_of_loop(w, s, next);
    }
}

fn is_ahead(s: &Cluster, i: usize) -> bool {
    s.turns[i] != Turn::Passed && s.walsenders.flags(i).pid
}

/// The loop comes to the entry of walsender `who`; or, where nobody is left that it has not come
/// to, to its end.
fn come_to(w: &World, s: &mut Cluster, who: usize) -> Taken {
    if is_ahead(s, who) {
        s.turns[who] = Turn::Passed;
        return TAKEN;
    }
    let first = (0..w.walsenders).find(|&i| s.turns[i] != Turn::Passed);
    let over = first == Some(who) && (0..w.walsenders).all(|i| !is_ahead(s, i));
    over.then_some(())
}

/// INIT_STOPPING to the next occupied entry.
///
/// Source: master `walsender.c` `WalSndInitStopping`.
#[must_use]
pub fn wal_snd_init_stopping(w: &World, s: &mut Cluster, at_: At) -> Taken {
    if !at(s, Pc::InitStopping) {
        return None;
    }

    let i = usize::from(at_.who);
    come_to(w, s, i)?;
    if s.walsenders.flags(i).pid {
        s.kill(Child::walsender(i), Signal::InitStopping);
    }
    next_entry(w, s);
    TAKEN
}

/// Every entry is free or STOPPING: go on. Else the 10 ms poll goes round without a change.
///
/// Source: master `walsender.c` `WalSndWaitStopping`.
#[must_use]
pub fn wal_snd_wait_stopping(w: &World, s: &mut Cluster, _at: At) -> Taken {
    let first_round = at(s, Pc::WaitStopping);
    if !first_round && !at(s, Pc::WaitDrained) {
        return None;
    }
    let two_rounds = w.design.writers_first && first_round;
    let passed = |state: WalSndState| {
        state == WalSndState::Stopping || (two_rounds && state == WalSndState::Draining)
    };
    let waited_for = |ws: Flags| ws.pid && !passed(ws.state);
    if (0..w.walsenders).any(|i| waited_for(s.walsenders.flags(i))) {
        return None;
    }

    if two_rounds {
        go(s, Pc::StartDraining);
        next_entry(w, s);
    } else {
        after_handshake(w, s);
    }
    TAKEN
}

/// Repair `writers-first`: all that could write WAL is gone, logical walsenders may drain.
#[must_use]
pub fn wal_snd_start_draining(w: &World, s: &mut Cluster, at_: At) -> Taken {
    if !at(s, Pc::StartDraining) {
        return None;
    }

    let i = usize::from(at_.who);
    come_to(w, s, i)?;
    let entry = s.walsenders.flags(i);
    if entry.pid && entry.state == WalSndState::Draining {
        s.kill(Child::walsender(i), Signal::Drain);
    }
    next_entry(w, s);
    TAKEN
}
