//! A session that reads changes by SQL: it acquires the slot, takes all changes, confirms them and
//! releases it.
//!
//! | step | in C |
//! |---|---|
//! | `call_get_changes` | the call |
//! | `pg_logical_slot_get_changes_guts` | changes are returned, their end confirmed |
//! | `replication_slot_release` | the slot is released |
//!
//! *Grain*: the session owns the slot from first to last; what it decodes, nobody sees before it
//! is returned.
//!
//! *Simplified*: what a call returned is durable at the caller; one call reads to the end of WAL.
//!
//! *Break it*: `-d851bef2d6` makes `confirmed-is-on-disk` and `no-commit-twice` fail.
//!
//! *Checked*: `sim/tests/history_slots.rs`.

use super::acquire::{give_up, leave, release};
use super::client::{Inbox, take};
use super::decoding::{decoded, pass_record};
use super::required::Compute;
use super::scenario::OwnerKind;
use super::walsender::logical_confirm_received_location;
use super::{Life, Pc, Phase, SlotLife};

/// The session calls `pg_logical_slot_get_changes`.
///
/// Source: master `logicalfuncs.c` `pg_logical_slot_get_changes`.
#[must_use]
pub fn call_get_changes(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let sql = matches!(w.owner_kind(i), Some(OwnerKind::SqlSession(_)));
    let owner = s.owners[i];
    if !sql || owner.pc != Pc::Gone || owner.calls_left == 0 || s.phase != Phase::Running {
        return None;
    }

    let mut s = *s;
    s.owners[i].calls_left -= 1;
    s.owners[i].pc = Pc::Starting;
    Some(s)
}

/// Everything from `confirmed_flush` to the end of WAL is decoded and returned; its end is
/// confirmed, and the slot marked dirty if the design does so.
///
/// Source: master `logicalfuncs.c` `pg_logical_slot_get_changes_guts`, "Dirty the slot so it's
/// written out at the next checkpoint".
#[must_use]
pub fn pg_logical_slot_get_changes_guts(w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    let sql = matches!(w.owner_kind(i), Some(OwnerKind::SqlSession(_)));
    if !sql || s.owners[i].pc != Pc::Owned {
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
    s.owners[i].read = slot.restart_lsn;
    s.owners[i].lsn = slot.restart_lsn;
    s.owners[i].start_at = slot.confirmed_flush;
    while s.owners[i].read < s.inserted {
        let message = decoded(w, &s, i);
        if message != Inbox::Empty {
            let at = s.owners[i].read;
            take(w, &mut s.client, message, at);
        }
        pass_record(w, &mut s, i);
    }
    let end = s.owners[i].read;
    logical_confirm_received_location(w, &mut s, i, end);
    if w.design.sql_marks_dirty {
        s.slot_of_mut(i).base.mark_dirty();
    }
    s.owners[i].pc = Pc::Returned;
    Some(s)
}

/// The call ends: the slot is nobody's.
///
/// Source: master `slot.c` `ReplicationSlotRelease`.
#[must_use]
pub fn replication_slot_release(_w: &SlotLife, s: &Life, i: usize) -> Option<Life> {
    if s.owners[i].pc != Pc::Returned || s.owners[i].compute != Compute::Nothing {
        return None;
    }

    let mut s = *s;
    release(&mut s, i);
    leave(&mut s, i);
    Some(s)
}
