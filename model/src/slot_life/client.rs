//! The program at the other end of the logical walsender.
//!
//! | step | in C |
//! |---|---|
//! | `run_apply_worker` | it connects and asks to start |
//! | `logical_rep_apply_loop` | it takes the message that came |
//! | `stream_logical_log_rest` | `pg_recvlogical` takes the second half of a transaction |
//! | `store_flush_position` | an application has stored what it was handed |
//! | `send_feedback` | it confirms what its kind confirms |
//! | `alter_subscription` | one more publication, whose table is copied |
//! | `client_restart` | it crashes, or its connection breaks |
//! | `prepare_to_terminate` | `pg_recvlogical` is told to stop (SIGTERM) |
//!
//! *Simplified*: the apply worker's local commits are synchronous; a driver's application stores
//! all that it holds at once. A transaction comes as one message, or as two halves (its changes,
//! its commit) where a client can be interrupted between them.
//!
//! *Break it*: `-fe7bbc4ddb`, `-b5a8018116` make `no-commit-twice` fail.
//!
//! *Checked*: `sim/tests/history_slots.rs`.

use super::scenario::{ClientKind, Entry, OwnerKind, bit};
use super::{Life, Pc, Phase, SlotLife};
use crate::wal::Lsn;

/// The message under way to the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Inbox {
    /// None.
    #[default]
    Empty,
    /// A transaction or a message.
    Data,
    /// BEGIN PREPARE, changes, PREPARE.
    Prepare,
    /// PREPARE alone.
    PrepareWithoutBegin,
    /// COMMIT PREPARED.
    CommitPrepared,
    /// All that a prepared transaction has, at its COMMIT PREPARED.
    PrepareAndCommit,
    /// A keepalive.
    Keepalive,
}

/// The client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client {
    /// It has a connection.
    pub connected: bool,
    /// The server refused it: it does not come again.
    pub refused: bool,
    /// The message under way to it.
    pub inbox: Inbox,
    /// The record that it is about; the announced position for a keepalive.
    pub inbox_at: Lsn,
    /// The position up to which it received (`last_received`, `output_written_lsn`).
    pub received: Lsn,
    /// It took the changes of the transaction under way, not yet its commit.
    pub half: bool,
    /// What it holds in memory, by the bit of its record.
    pub held: u16,
    /// What it has durably.
    pub durable: u16,
    /// It took something twice.
    pub twice: bool,
    /// It was told of a prepared transaction that it does not know.
    pub unknown_prepared: bool,
    /// End of what it has durably, as far as it knows: the apply worker's origin, on disk; in
    /// memory only for the others.
    pub origin: Lsn,
    /// The end of WAL that the first copy of the added table holds; invalid before there is one.
    pub copied_to: Lsn,
    /// That table takes changes from the stream (`READY`).
    pub table_ready: bool,
    /// What it last reported in this connection.
    pub reported: Lsn,
    /// The report under way to the server.
    pub reply: Lsn,
}

/// The client's kind, if it is connected.
fn connected(w: &SlotLife, s: &Life) -> Option<ClientKind> {
    w.scenario.client.filter(|_| s.client.connected)
}

/// Whether this kind remembers where it was over a restart.
fn has_origin(kind: ClientKind) -> bool {
    match kind {
        ClientKind::ApplyWorker => true,
        ClientKind::Recvlogical
        | ClientKind::ConfirmsCommits
        | ClientKind::ConfirmsKeepalivesWhenIdle
        | ClientKind::ConfirmsKeepalives => false,
    }
}

/// The connection is gone, with all that was under way.
pub(crate) fn lose_connection(s: &mut Life) {
    let client = &mut s.client;
    client.connected = false;
    client.inbox = Inbox::Empty;
    client.inbox_at = Lsn::INVALID;
    client.reported = Lsn::INVALID;
    client.reply = Lsn::INVALID;
    client.received = Lsn::INVALID;
    client.half = false;
    client.held = 0;
}

/// The client connects; a walsender is there for it.
///
/// Source: master `worker.c` `run_apply_worker`, "walrcv_startstreaming".
#[must_use]
pub fn run_apply_worker(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let kind = w.scenario.client?;
    let walsender = w.owner_kind(i) == Some(OwnerKind::LogicalWalsender);
    let waits = s.owners[i].pc == Pc::Gone && s.phase == Phase::Running;
    if !walsender || !waits || s.client.connected || s.client.refused {
        return None;
    }

    let mut s = *s;
    s.client.connected = true;
    s.owners[i].pc = Pc::Starting;
    if has_origin(kind) {
        s.client.received = s.client.origin;
    } else {
        s.client.origin = Lsn::INVALID;
    }
    Some(s)
}

/// The message that came is taken.
///
/// Source: master `worker.c` `LogicalRepApplyLoop`; `pg_recvlogical.c` `StreamLogicalLog`.
#[must_use]
pub fn logical_rep_apply_loop(w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    let kind = connected(w, s)?;
    if s.client.inbox == Inbox::Empty || s.client.half {
        return None;
    }

    let mut s = *s;
    let client = &mut s.client;
    let (message, at) = (client.inbox, client.inbox_at);
    let end = Lsn(at.0 + 1);
    if message == Inbox::Keepalive {
        let counts = match kind {
            ClientKind::ApplyWorker | ClientKind::Recvlogical | ClientKind::ConfirmsKeepalives => {
                true
            }
            ClientKind::ConfirmsCommits => false,
            ClientKind::ConfirmsKeepalivesWhenIdle => client.held == 0,
        };
        if counts {
            client.received = client.received.max(at);
        }
    } else {
        match kind {
            ClientKind::ApplyWorker => {
                apply(w, client, message, at);
                client.received = client.received.max(end);
            }
            ClientKind::Recvlogical => {
                take(w, client, message, at);
                client.received = client.received.max(at);
                client.half = true;
                return Some(s);
            }
            ClientKind::ConfirmsCommits
            | ClientKind::ConfirmsKeepalivesWhenIdle
            | ClientKind::ConfirmsKeepalives => client.held |= bit(at),
        }
    }
    client.inbox = Inbox::Empty;
    client.inbox_at = Lsn::INVALID;
    process_syncing_tables_for_apply(client);
    Some(s)
}

/// The added table has caught up with its copy: it takes changes from the stream. The commit of
/// that moves no origin beyond the last transaction that was applied.
///
/// Source: master `tablesync.c` `process_syncing_tables_for_apply`, "current_lsn >= rstate->lsn".
fn process_syncing_tables_for_apply(client: &mut Client) {
    client.table_ready |= client.copied_to.is_valid() && client.received >= client.copied_to;
}

/// `ALTER SUBSCRIPTION ... ADD PUBLICATION`: the worker restarts with it, the table is copied as it
/// is now.
///
/// Source: master `subscriptioncmds.c` `AlterSubscription_refresh`; `tablesync.c`
/// `LogicalRepSyncTableStart`.
#[must_use]
pub fn alter_subscription(w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    if !w.scenario.adds_publication || s.client.copied_to.is_valid() || s.phase != Phase::Running {
        return None;
    }

    let mut s = *s;
    let added = w
        .scenario
        .records()
        .filter(|&(lsn, entry)| lsn < s.inserted && matches!(entry, Entry::CommitAdded(_)));
    s.client.durable |= added.fold(0, |set, (lsn, _)| set | bit(lsn));
    s.client.copied_to = s.inserted;
    lose_connection(&mut s);
    Some(s)
}

/// The apply worker applies and commits; its origin moves in the same local commit. What changes
/// nothing here moves no origin.
///
/// Source: master `worker.c` `apply_handle_commit_internal`, "Update origin state so we can restart
/// streaming from correct position in case of crash"; `should_apply_changes_for_rel`.
fn apply(w: &SlotLife, client: &mut Client, message: Inbox, at: Lsn) {
    // Not applied where the first copy has it and the table is not ready; the origin moves with the
    // local commit that makes it ready.
    let copied = w.design.ready_skips_copied && at < client.copied_to;
    let applies = client.table_ready && !copied;
    if !matches!(w.scenario.at(at), Entry::CommitAdded(_)) || applies {
        take(w, client, message, at);
    }
    let origin = if w.design.origin_at_commit_end {
        Lsn(at.0 + 1)
    } else {
        at
    };
    client.origin = client.origin.max(origin);
}

/// What a message holds is there durably; whether it was so before is noted.
pub(crate) fn take(w: &SlotLife, client: &mut Client, message: Inbox, at: Lsn) {
    let prepared = match w.scenario.at(at) {
        Entry::CommitPrepared(t) => w.scenario.prepared_at(t),
        Entry::None
        | Entry::Other
        | Entry::Change(_)
        | Entry::Commit(_)
        | Entry::CommitAdded(_)
        | Entry::Prepare(_)
        | Entry::Message
        | Entry::RunningXacts
        | Entry::DecodingOff
        | Entry::DecodingOn => None,
    };
    match message {
        Inbox::Empty | Inbox::Keepalive => {}
        Inbox::PrepareWithoutBegin => client.unknown_prepared = true,
        Inbox::CommitPrepared => {
            client.unknown_prepared |= prepared.is_none_or(|at| client.durable & bit(at) == 0);
        }
        Inbox::Data | Inbox::Prepare | Inbox::PrepareAndCommit => {
            let what = bit(prepared.unwrap_or(at));
            client.twice |= client.durable & what != 0;
            client.durable |= what;
        }
    }
}

/// `pg_recvlogical` takes the commit of the transaction whose changes it wrote.
///
/// Source: master `pg_recvlogical.c` `StreamLogicalLog`, "output_written_lsn".
#[must_use]
pub fn stream_logical_log_rest(w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    connected(w, s)?;
    if !s.client.half {
        return None;
    }

    let mut s = *s;
    s.client.half = false;
    s.client.received = s.client.received.max(Lsn(s.client.inbox_at.0 + 1));
    s.client.inbox = Inbox::Empty;
    s.client.inbox_at = Lsn::INVALID;
    Some(s)
}

/// A driver's application has stored what it was handed, and says so.
///
/// Source: pgjdbc `PGReplicationStream.setFlushedLSN`; master `worker.c` `store_flush_position`.
#[must_use]
pub fn store_flush_position(_w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    if s.client.held == 0 {
        return None;
    }

    let mut s = *s;
    let client = &mut s.client;
    client.twice |= client.durable & client.held != 0;
    client.durable |= client.held;
    let last = u8::try_from(16 - client.held.leading_zeros()).unwrap_or(u8::MAX);
    client.origin = client.origin.max(Lsn(last + 1));
    client.held = 0;
    Some(s)
}

/// The position that the client's kind confirms is reported, if it is news.
///
/// Source: master `worker.c` `send_feedback`; `pg_recvlogical.c` `sendFeedback`.
#[must_use]
pub fn send_feedback(w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    let kind = connected(w, s)?;
    let flush = flush_position(kind, &s.client);
    if !flush.is_valid() || flush == s.client.reported || s.client.reply.is_valid() {
        return None;
    }

    let mut s = *s;
    s.client.reported = flush;
    s.client.reply = flush;
    Some(s)
}

/// What a client of this kind confirms.
fn flush_position(kind: ClientKind, client: &Client) -> Lsn {
    match kind {
        ClientKind::ApplyWorker | ClientKind::Recvlogical => client.received,
        ClientKind::ConfirmsCommits => client.origin,
        ClientKind::ConfirmsKeepalivesWhenIdle | ClientKind::ConfirmsKeepalives => {
            client.received.max(client.origin)
        }
    }
}

/// The client crashes, or its connection breaks: what was under way or only in memory is lost.
///
/// Source: a fault; master `worker.c` `ApplyWorkerMain` starts again.
#[must_use]
pub fn client_restart(w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    connected(w, s)?;
    if s.budget.client_restarts == 0 {
        return None;
    }

    let mut s = *s;
    s.budget.client_restarts -= 1;
    lose_connection(&mut s);
    Some(s)
}

/// `pg_recvlogical` gets SIGTERM and leaves; since b5a8018116 it reports once more before.
///
/// Source: master `pg_recvlogical.c` `prepareToTerminate`, "STREAM_STOP_SIGNAL".
#[must_use]
pub fn prepare_to_terminate(w: &SlotLife, s: &Life, _i: usize) -> Option<Life> {
    let kind = connected(w, s)?;
    let half = s.client.half && w.scenario.interrupts_between;
    if s.budget.interrupts == 0 || kind != ClientKind::Recvlogical || half {
        return None;
    }

    let mut s = *s;
    s.budget.interrupts -= 1;
    let last = if w.design.recvlogical_final_feedback {
        flush_position(kind, &s.client)
    } else {
        s.client.reply
    };
    lose_connection(&mut s);
    s.client.reply = last;
    Some(s)
}
