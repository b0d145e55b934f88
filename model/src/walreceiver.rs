//! The walreceiver of a standby: comes when the startup process asked for it, streams, and leaves.
//!
//! | step | function | when |
//! |---|---|---|
//! | [`wal_receiver_main`] | `WalReceiverMain` | forked: takes the request, or finds none |
//! | [`wal_rcv_die`] | `WalRcvDie` | SIGTERM |
//! | [`wal_receiver_exits`] | `WalReceiverMain` | the connection is lost |
//!
//! *Grain*: the change of `walRcvState` and the exit are one step: the postmaster learns of the
//! exit by reaping only, a later step; the startup process reads only the state.
//!
//! *Simplified*: what it receives.
//!
//! *Break it*: `-walreceiver-request-kept` (`requests-are-answered` fails).
//!
//! *Checked*: `sim/tests/history_postmaster.rs`.

use crate::cluster::{Child, Cluster, Life, Signal};
use crate::startup::WalRcvState;
use crate::steps::{At, TAKEN, Taken};
use crate::world::World;

/// Forked: the state becomes STREAMING, or, if nobody wants it any more, it leaves.
///
/// Source: master `walreceiver.c` `WalReceiverMain`, "already been requested to stop", "The usual
/// case".
#[must_use]
pub fn wal_receiver_main(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !s.runs(Child::WALRECEIVER) || s.startup.walrcv == WalRcvState::Streaming {
        return None;
    }

    if s.startup.walrcv == WalRcvState::Starting {
        s.startup.walrcv = WalRcvState::Streaming;
    } else {
        s.child_mut(Child::WALRECEIVER).exit(Life::Exited1);
    }
    TAKEN
}

/// SIGTERM: the state becomes STOPPED, the startup process is woken, exit 1.
///
/// Source: master `walreceiver.c` `WalRcvDie`, "WALRCV_STOPPED", "WakeupRecovery".
#[must_use]
pub fn wal_rcv_die(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !streams(s) || !s.child(Child::WALRECEIVER).has(Signal::Term) {
        return None;
    }

    die(s);
    TAKEN
}

/// Fault: the connection to the primary is lost; it leaves in the same way.
///
/// Source: master `walreceiver.c` `WalReceiverMain`, "could not receive data from WAL stream".
#[must_use]
pub fn wal_receiver_exits(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !streams(s) || s.environment.faults_left.walreceiver_exit == 0 {
        return None;
    }

    s.environment.faults_left.walreceiver_exit -= 1;
    die(s);
    TAKEN
}

fn streams(s: &Cluster) -> bool {
    s.runs(Child::WALRECEIVER) && s.startup.walrcv == WalRcvState::Streaming
}

fn die(s: &mut Cluster) {
    s.startup.walrcv = WalRcvState::Stopped;
    if s.runs(Child::STARTUP) {
        s.startup.latch = true;
    }
    s.child_mut(Child::WALRECEIVER).exit(Life::Exited1);
}
