//! A walsender on a slot: it starts, sends keepalives, hears confirmations, and goes.
//!
//! | step | in C |
//! |---|---|
//! | `start_logical_replication` | decoding begins at `restart_lsn`, sending at `confirmed_flush` |
//! | `wal_snd_keepalive` | the position that was read, announced |
//! | `process_standby_reply_message` | the client's position confirmed |
//! | `physical_confirm_received_location` | the same for a standby's slot |
//! | `wal_snd_shutdown` | the client has gone, or the server stops: the slot is released |
//!
//! *Simplified*: one message is under way in each direction; a standby confirms all WAL at once.
//!
//! *Break it*: `-ad5eaf390c` makes `slot-never-retreats` and `no-commit-twice` fail.
//!
//! *Checked*: `sim/tests/history_slots.rs`.

use super::acquire::{give_up, leave, release};
use super::client::Inbox;
use super::required::Compute;
use super::scenario::{ClientKind, OwnerKind};
use super::{Life, Pc, Phase, SlotLife};
use crate::wal::Lsn;

/// Whether owner `i` streams and is not in the middle of something else.
pub(crate) fn streams(s: &Life, i: usize) -> bool {
    let owner = &s.owners[i];
    owner.pc == Pc::Streaming && owner.compute == Compute::Nothing && !owner.terminate
}

/// Decoding begins. WAL that is not there is an ERROR of the reader.
///
/// Source: master `walsender.c` `StartLogicalReplication`; `logical.c` `CreateDecodingContext`,
/// "forwarding to"; `xlogreader.c`, "requested WAL segment has already been removed".
#[must_use]
pub fn start_logical_replication(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let walsender = w.owner_kind(i) == Some(OwnerKind::LogicalWalsender);
    if s.owners[i].pc != Pc::Owned || !walsender {
        return None;
    }

    let mut s = *s;
    let slot = s.slot_of(i).base;
    if !slot.restart_lsn.is_valid() || slot.restart_lsn < s.removed {
        s.failures.missing_wal = true;
        release(&mut s, i);
        give_up(&mut s, i);
        return Some(s);
    }
    let asked = match w.scenario.client {
        Some(ClientKind::ApplyWorker) => s.client.origin,
        Some(
            ClientKind::Recvlogical
            | ClientKind::ConfirmsCommits
            | ClientKind::ConfirmsKeepalivesWhenIdle
            | ClientKind::ConfirmsKeepalives,
        )
        | None => Lsn::INVALID,
    };
    let owner = &mut s.owners[i];
    owner.pc = Pc::Streaming;
    owner.read = slot.restart_lsn;
    owner.lsn = slot.restart_lsn;
    owner.start_at = asked.max(slot.confirmed_flush);
    Some(s)
}

/// The position read so far is announced, when nothing else is to be sent.
///
/// Source: master `walsender.c` `WalSndKeepalive`, "sentPtr".
#[must_use]
pub fn wal_snd_keepalive(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let logical = w.owner_kind(i) == Some(OwnerKind::LogicalWalsender);
    let owner = s.owners[i];
    let news = owner.read > owner.announced;
    let reachable = s.client.connected && s.client.inbox == Inbox::Empty;
    if !logical || !streams(s, i) || !news || !reachable {
        return None;
    }

    let mut s = *s;
    s.owners[i].announced = owner.read;
    s.client.inbox = Inbox::Keepalive;
    s.client.inbox_at = owner.read;
    Some(s)
}

/// The client's flush position is confirmed.
///
/// Source: master `walsender.c` `ProcessStandbyReplyMessage`.
#[must_use]
pub fn process_standby_reply_message(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let logical = w.owner_kind(i) == Some(OwnerKind::LogicalWalsender);
    if !logical || !streams(s, i) || !s.client.reply.is_valid() {
        return None;
    }

    let mut s = *s;
    let flush = s.client.reply;
    s.client.reply = Lsn::INVALID;
    logical_confirm_received_location(w, &mut s, i, flush);
    Some(s)
}

/// `lsn` is confirmed; a restart point that waited for it is adopted and saved.
///
/// Source: master `logical.c` `LogicalConfirmReceivedLocation`.
pub(crate) fn logical_confirm_received_location(w: &SlotLife, s: &mut Life, i: usize, lsn: Lsn) {
    let slot = &mut s.slot_of_mut(i).base;
    slot.confirmed_flush = if w.design.confirm_max {
        slot.confirmed_flush.max(lsn)
    } else {
        lsn
    };
    if slot.candidate_restart_valid.is_valid() && slot.candidate_restart_valid <= lsn {
        slot.restart_lsn = slot.candidate_restart_lsn;
        slot.candidate_restart_lsn = Lsn::INVALID;
        slot.candidate_restart_valid = Lsn::INVALID;
        slot.mark_dirty();
        slot.save();
        s.owners[i].compute = Compute::Lsn;
    }
}

/// A standby has flushed all WAL: its slot moves on, to be saved by a checkpoint.
///
/// Source: master `walsender.c` `PhysicalConfirmReceivedLocation`.
#[must_use]
pub fn physical_confirm_received_location(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let physical = w.owner_kind(i) == Some(OwnerKind::PhysicalWalsender);
    if !physical || !streams(s, i) || s.slot_of(i).base.restart_lsn >= s.inserted {
        return None;
    }

    let mut s = *s;
    let inserted = s.inserted;
    let slot = &mut s.slot_of_mut(i).base;
    slot.restart_lsn = inserted;
    slot.mark_dirty();
    s.owners[i].compute = Compute::Lsn;
    Some(s)
}

/// The walsender goes: the client has gone, it was told to, or the server stops. What a client
/// sent before it closed is heard first.
///
/// Source: master `walsender.c` `WalSndShutdown`; `slot.c` `ReplicationSlotRelease`.
#[must_use]
pub fn wal_snd_shutdown(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let owner = s.owners[i];
    let there = owner.pc == Pc::Streaming && owner.compute == Compute::Nothing;
    let told = owner.terminate || s.phase == Phase::Stopping;
    let left = w.owner_kind(i) == Some(OwnerKind::LogicalWalsender)
        && !s.client.connected
        && !s.client.reply.is_valid();
    if !there || !(told || left) {
        return None;
    }

    let mut s = *s;
    release(&mut s, i);
    leave(&mut s, i);
    super::client::lose_connection(&mut s);
    Some(s)
}
