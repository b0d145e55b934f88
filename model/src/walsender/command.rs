//! A walsender that is not streaming: it declares itself, waits for commands, runs them, or runs
//! SQL.

use super::{Pc, WalSndState, running};
use crate::cluster::{Child, Cluster, Signal};
use crate::design::WalsenderMarked;
use crate::scenario::{Activity, WalsenderKind};
use crate::steps::{At, TAKEN, Taken};
use crate::wal::Record;
use crate::world::World;

/// Takes a free `WalSnd` entry. No interrupt check lies between this and the mark: a child that was
/// sent SIGTERM can still become a walsender, and dies at its next check.
///
/// Source: master `walsender.c` `InitWalSenderSlot`.
#[must_use]
pub fn init_wal_sender_slot(_w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = running(s, at, &[Pc::Connecting])?;

    s.walsenders[i].pid = true;
    s.walsenders[i].state = WalSndState::Startup;
    s.walsenders[i].pc = Pc::SlotTaken;
    TAKEN
}

/// Marks itself a walsender for the postmaster, and pokes it.
///
/// Source: master `walsender.c` `InitWalSender`, "MarkPostmasterChildWalSender",
/// "PMSIGNAL_ADVANCE_STATE_MACHINE".
#[must_use]
pub fn mark_postmaster_child_wal_sender(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = running(s, at, &[Pc::SlotTaken])?;

    s.walsenders[i].pc = Pc::Idle;
    if w.design.walsender_marked == WalsenderMarked::AtStart {
        s.walsenders[i].marked = true;
        s.postmaster.pmsignal_advance |= w.design.child_pokes_postmaster;
    }
    TAKEN
}

/// The command writes its record: `with` 0 ends it. A stopping walsender refuses new commands, but
/// one that runs goes on to its next interrupt check.
///
/// Source: master `slot.c` `ReplicationSlotReserveWal`, "LogStandbySnapshot"; `xlog.c`
/// `do_pg_backup_stop`, "XLOG_BACKUP_END".
#[must_use]
pub fn command_writes_wal(w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = running(s, at, &[Pc::Command])?;

    let end = s.wal.insert(match w.scenario.walsender(i).kind {
        WalsenderKind::Logical => Record::RunningXacts,
        WalsenderKind::Physical => Record::BackupEnd,
    });
    s.wal.flush(end);
    s.walsenders[i].pc = Pc::Idle;
    TAKEN
}

/// The client sends the command that writes WAL. Enabled once, for a walsender whose scenario says
/// so; refused while stopping.
///
/// Source: master `walsender.c` `exec_replication_command`, "cannot execute new commands while WAL
/// sender is in stopping mode".
#[must_use]
pub fn exec_replication_command(w: &World, s: &mut Cluster, at: At) -> Taken {
    if w.scenario.walsender(usize::from(at.who)).activity != Activity::Idle {
        return None;
    }
    let i = running(s, at, &[Pc::Idle])?;
    if s.environment.commands_sent[i] {
        return None;
    }
    let told = s.walsenders.flags(i).got_stopping || s.child(Child::walsender(i)).has(Signal::Term);
    if w.design.refuse_commands && told {
        return None;
    }

    s.environment.commands_sent[i] = true;
    s.walsenders[i].pc = Pc::Command;
    TAKEN
}

/// SQL: the open transaction commits, synchronously.
///
/// Possible until the next interrupt check sees SIGTERM, which may be after the commit.
/// Source: master `xact.c` `RecordTransactionCommit`, "XLogFlush(XactLastRecEnd)".
#[must_use]
pub fn commit_transaction(_w: &World, s: &mut Cluster, at: At) -> Taken {
    let i = running(s, at, &[Pc::Transaction])?;

    let end = s.wal.insert(Record::Commit);
    s.wal.flush(end);
    s.walsenders[i].pc = Pc::Idle;
    TAKEN
}
