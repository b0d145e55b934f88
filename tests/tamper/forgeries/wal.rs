//! WAL, pg_control and slots otherwise than they were written.

use serde_json::{Value, json};

use super::function;
use crate::tamper::tape::{Dice, Tape, lsn, show, text};

pub(super) fn wal_after_the_record(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let (_, end) = tape.record()?;
    let actors = ["checkpointer", "walsender:s1", "bgwriter"];
    let actor = dice.one(&actors)?;
    let after = tape.t(tape.control("shut down")?);
    let length = 8 * u64::try_from(1 + dice.below(40)).ok()?;
    let event = json!({"t": after + 1e-7, "actor": actor, "ev": "fn", "src": "ktrace",
                       "fn": "XLogInsertRecord", "at": "return", "arg_end": show(end + length)});
    tape.events.insert(0, event);
    keep_outcome_last(tape);
    Some(())
}

pub(super) fn wal_pages_after_shut_down(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let (_, end) = tape.record()?;
    let actor = dice.one(&["checkpointer", "walsender:s1", "walwriter"])?;
    let after = tape.t(tape.first(function("checkpointer", "CreateCheckPoint", "return"))?);
    let page = end & !0x1FFF;
    let event = json!({"t": after + 1e-7, "actor": actor, "ev": "wal_write", "src": "strace",
                       "start": show(page), "end": show(page + 0x2000)});
    tape.events.insert(0, event);
    keep_outcome_last(tape);
    Some(())
}

/// A new event stands first until the tape is sorted; the outcome must stay last.
fn keep_outcome_last(tape: &mut Tape) {
    let outcome = tape.events.pop().unwrap();
    let time = |e: &Value| e["t"].as_f64().unwrap();
    tape.events.sort_by(|a, b| time(a).total_cmp(&time(b)));
    tape.events.push(outcome);
}

pub(super) fn record_elsewhere(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let at = tape.control("shut down")?;
    let start = lsn(&tape.events[at]["checkpoint"])?;
    let off = 8 * u64::try_from(1 + dice.below(64)).ok()?;
    let moved = if dice.below(2) == 0 {
        start + off
    } else {
        start - off
    };
    tape.events[at]["checkpoint"] = show(moved);
    tape.events[at]["redo"] = show(moved);
    Some(())
}

pub(super) fn record_longer(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let (_, end) = tape.record()?;
    let at = tape.first(|e| e["fn"] == "XLogFlush" && e["actor"] == "checkpointer")?;
    let off = 8 * u64::try_from(1 + dice.below(64)).ok()?;
    tape.events[at]["lsn"] = show(end + off);
    Some(())
}

pub(super) fn saves(tape: &Tape) -> Vec<usize> {
    tape.all(|e| e["ev"] == "slot_save" && e["confirmed_flush"] != "0/0")
}

fn save_at(tape: &mut Tape, at: usize, confirmed: u64) {
    tape.events[at]["confirmed_flush"] = show(confirmed);
    let name = text(&tape.events[at]["slot"]);
    tape.outcome()["slots"][name]["disk"] = show(confirmed);
}

pub(super) fn slot_saved_where_never_acknowledged(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let at = dice.one(&saves(tape))?;
    let real = lsn(&tape.events[at]["confirmed_flush"])?;
    let off = 8 * u64::try_from(1 + dice.below(2000)).ok()?;
    let forged = if dice.below(2) == 0 {
        real + off
    } else {
        real - off
    };
    save_at(tape, at, forged);
    Some(())
}

pub(super) fn slot_saved_past_the_record(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let (_, end) = tape.record()?;
    let at = dice.one(&saves(tape))?;
    save_at(tape, at, end);
    Some(())
}

pub(super) fn slot_never_saved(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let at = dice.one(&saves(tape))?;
    tape.remove(&[at]);
    Some(())
}

pub(super) fn slot_saved_twice(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let at = dice.one(&saves(tape))?;
    let mut again = tape.events[at].clone();
    again["t"] = (tape.t(at) + 1e-7).into();
    tape.events.insert(at + 1, again);
    Some(())
}

pub(super) fn slot_left_elsewhere(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let slots = tape.outcome()["slots"].as_object()?.clone();
    let names: Vec<String> = slots.keys().cloned().collect();
    let name = dice.one(&names)?;
    let key = if slots[&name]["kind"] == "physical" {
        "restart_lsn_disk"
    } else {
        "disk"
    };
    let real = lsn(&slots[&name][key])?;
    let off = 8 * u64::try_from(1 + dice.below(2000)).ok()?;
    tape.outcome()["slots"][name][key] = show(real + off);
    Some(())
}
