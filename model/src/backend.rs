//! Ordinary backends: they may commit until they notice that they shall go.
//!
//! *Grain*: abort record and exit are one step, because the exit is seen only by being reaped.

use crate::bgworker;
use crate::cluster::{Child, Cluster, Life, Signal};
use crate::steps::{At, TAKEN, Taken};
use crate::wal::Record;
use crate::world::World;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// A backend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Backend {
    /// It has an open transaction with an xid.
    pub open_xid: bool,
}

/// The open transaction commits. Possible until the next interrupt check.
///
/// Source: master `xact.c` `RecordTransactionCommit`.
#[must_use]
pub fn record_transaction_commit(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = usize::from(at.who);
    let backend = w.scenario.backends[i]?;
    let waits = bgworker::awaited_by(w, s, i).is_some();
    if !s.runs(Child::backend(i)) || !s.backends[i].open_xid || !backend.may_commit || waits {
        return None;
    }

    let end = s.wal.insert(Record::Commit);
    if backend.async_commit {
        s.wal.async_xact = end;
    } else {
        s.wal.flush(end);
    }
    s.backends[i].open_xid = false;
    TAKEN
}

/// SIGTERM acts: the transaction is aborted, the backend leaves with FATAL. While it waits for a
/// background worker it cannot ([`bgworker::terminate_background_worker`]).
///
/// Source: master `postgres.c` `ProcessInterrupts`, "terminating connection due to administrator
/// command"; `xact.c` `RecordTransactionAbort`.
#[must_use]
pub fn process_interrupts(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = usize::from(at.who);
    let child = Child::backend(i);
    let waits = bgworker::awaited_by(w, s, i).is_some();
    if !s.runs(child) || !s.child(child).has(Signal::Term) || waits {
        return None;
    }

    if s.backends[i].open_xid {
        let end = s.wal.insert(Record::Abort);
        s.wal.async_xact = end;
        s.backends[i].open_xid = false;
    }
    s.child_mut(child).exit(Life::Exited1);
    TAKEN
}
