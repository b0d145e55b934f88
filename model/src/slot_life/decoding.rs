//! Logical decoding of one record: what is skipped, what is sent, which restart point it offers.
//!
//! | step | in C |
//! |---|---|
//! | `logical_decoding_process_record` | `decode.c`, `snapbuild.c`, `reorderbuffer.c` by record |
//!
//! *Grain*: the walsender decodes alone; only its output, one message, is seen by others.
//!
//! *Simplified*: a transaction is sent as a whole at its commit or prepare; changes are held by
//! the reorder buffer without limit; the snapshot is consistent from the slot's `restart_lsn` on.
//!
//! *Break it*: `-e5ed873b1b`: `slot-never-retreats`, `wal-kept`; `-fe7337f2dc`: `no-commit-lost`;
//! `-8bdb1332eb`: `no-commit-twice`; `-acaa100f9a`: `prepared-transaction-is-known`.
//!
//! *Checked*: `sim/tests/history_slots.rs`.

use super::acquire::{give_up, release};
use super::client::Inbox;
use super::scenario::{Entry, OwnerKind, bit};
use super::walsender::{logical_confirm_received_location, streams};
use super::{Life, Owner, SlotLife};
use crate::design::PrepareResend;
use crate::wal::Lsn;

/// The next record is read and decoded. What it sends must have room. WAL that was removed in the
/// meantime is an ERROR, also of a file that is open still.
///
/// Source: master `walsender.c` `XLogSendLogical`; `logical_read_xlog_page`, "CheckXLogRemoved";
/// `decode.c` `LogicalDecodingProcessRecord`.
#[must_use]
pub fn logical_decoding_process_record(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let logical = w.owner_kind(i) == Some(OwnerKind::LogicalWalsender);
    if !logical || !streams(s, i) || s.owners[i].read >= s.inserted {
        return None;
    }
    if s.owners[i].read < s.removed {
        let mut s = *s;
        s.failures.missing_wal = true;
        release(&mut s, i);
        give_up(&mut s, i);
        return Some(s);
    }
    let message = decoded(w, s, i);
    let room = s.client.connected && s.client.inbox == Inbox::Empty;
    if message != Inbox::Empty && !room {
        return None;
    }

    let mut s = *s;
    if message != Inbox::Empty {
        s.client.inbox = message;
        s.client.inbox_at = s.owners[i].read;
    }
    pass_record(w, &mut s, i);
    Some(s)
}

/// The reader moves past its record; a prepared transaction that was sent is remembered, a restart
/// point offered.
pub(crate) fn pass_record(w: &SlotLife, s: &mut Life, i: usize) {
    let read = s.owners[i].read;
    match w.scenario.at(read) {
        Entry::Prepare(_) if !needs_skip(w, &s.owners[i], read) => {
            s.owners[i].prepared |= bit(read);
        }
        // The record that decoding restarted from only restores the snapshot.
        Entry::RunningXacts if read > first_read(s, i) => {
            let restart = w.scenario.restart_point(read);
            logical_increase_restart_decoding_for_slot(w, s, i, read, restart);
        }
        Entry::None
        | Entry::Other
        | Entry::Change(_)
        | Entry::Commit(_)
        | Entry::CommitAdded(_)
        | Entry::Prepare(_)
        | Entry::CommitPrepared(_)
        | Entry::Message
        | Entry::RunningXacts
        | Entry::DecodingOff
        | Entry::DecodingOn => {}
    }
    s.owners[i].read = Lsn(read.0 + 1);
}

/// Where this session's decoding began.
fn first_read(s: &Life, i: usize) -> Lsn {
    s.owners[i].lsn
}

/// What decoding the next record sends; `Empty` for nothing.
#[must_use]
pub(crate) fn decoded(w: &SlotLife, s: &Life, i: usize) -> Inbox {
    let owner = &s.owners[i];
    let read = owner.read;
    if needs_skip(w, owner, read) {
        return Inbox::Empty;
    }
    match w.scenario.at(read) {
        Entry::Commit(_) | Entry::Message => Inbox::Data,
        // pgoutput publishes what the subscription named as it started.
        Entry::CommitAdded(_) if s.client.copied_to.is_valid() => Inbox::Data,
        Entry::Prepare(t) => decode_prepare(w, t),
        Entry::CommitPrepared(t) => reorder_buffer_finish_prepared(w, s, i, t),
        Entry::None
        | Entry::Other
        | Entry::Change(_)
        | Entry::CommitAdded(_)
        | Entry::RunningXacts
        | Entry::DecodingOff
        | Entry::DecodingOn => Inbox::Empty,
    }
}

/// Whether what ends with the record at `lsn` lies before the start of decoding.
///
/// Source: master `snapbuild.c` `SnapBuildXactNeedsSkip`, "ptr < builder->start_decoding_at";
/// fe7337f2dc^: "ptr <= builder->transactions_after".
fn needs_skip(w: &SlotLife, owner: &Owner, lsn: Lsn) -> bool {
    lsn < owner.start_at || !w.design.skip_only_before_start && lsn == owner.start_at
}

/// PREPARE of transaction `t`. One without changes has no base snapshot and is not replayed; 18
/// sends its PREPARE all the same, without the BEGIN that replaying would have sent.
///
/// Source: 18 `reorderbuffer.c` `ReorderBufferPrepare`, "Send a prepare if not already done so".
fn decode_prepare(w: &SlotLife, t: u8) -> Inbox {
    let empty = w.scenario.first_change(t).is_none();
    if !empty {
        return Inbox::Prepare;
    }
    if w.design.prepare_if_not_sent && !w.design.empty_prepared_skipped {
        return Inbox::PrepareWithoutBegin;
    }
    Inbox::Empty
}

/// COMMIT PREPARED of transaction `t`: with its PREPARE, if the design holds that it has not been
/// sent before.
///
/// Source: master `reorderbuffer.c` `ReorderBufferFinishPrepared`, "two_phase_at".
fn reorder_buffer_finish_prepared(w: &SlotLife, s: &Life, i: usize, t: u8) -> Inbox {
    let Some(prepare) = w.scenario.prepared_at(t) else {
        return Inbox::Empty;
    };
    if w.scenario.first_change(t).is_none() {
        return if w.design.empty_prepared_skipped {
            Inbox::Empty
        } else {
            Inbox::CommitPrepared
        };
    }
    let send = match w.design.prepare_resend {
        PrepareResend::UnlessSentInThisRun => s.owners[i].prepared & bit(prepare) == 0,
        PrepareResend::BeforeConsistentPoint => prepare < s.slot_of(i).two_phase_at,
        PrepareResend::Never => false,
    };
    if send {
        Inbox::PrepareAndCommit
    } else {
        Inbox::CommitPrepared
    }
}

/// A RUNNING_XACTS record at `current` offers `restart`, if no newer one is there.
///
/// Source: master `logical.c` `LogicalIncreaseRestartDecodingForSlot`.
fn logical_increase_restart_decoding_for_slot(
    w: &SlotLife,
    s: &mut Life,
    i: usize,
    current: Lsn,
    restart: Lsn,
) {
    let slot = &mut s.slot_of_mut(i).base;
    let newer = restart > slot.restart_lsn;
    let mut adopt = false;
    if newer && current <= slot.confirmed_flush {
        slot.candidate_restart_valid = current;
        slot.candidate_restart_lsn = restart;
        adopt = true;
    } else if (newer || !w.design.candidate_else_if) && !slot.candidate_restart_valid.is_valid() {
        slot.candidate_restart_valid = current;
        slot.candidate_restart_lsn = restart;
    }
    if adopt {
        let confirmed = slot.confirmed_flush;
        logical_confirm_received_location(w, s, i, confirmed);
    }
}

/// Whether owner `i` is one that decodes.
#[must_use]
pub fn decodes(w: &SlotLife, i: usize) -> bool {
    matches!(
        w.owner_kind(i),
        Some(OwnerKind::LogicalWalsender | OwnerKind::SqlSession(_))
    )
}
