//! Events at another time.

use serde_json::Value;

use super::wal::saves;
use super::{end_of, function, of};
use crate::tamper::tape::{Dice, Tape, is_walsender, text};

pub(super) fn checkpoint_before_walsender_is_gone(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let begun = tape.t(tape.first(function("checkpointer", "CreateCheckPoint", "entry"))?);
    let walsender = dice.one(&tape.drained())?;
    let end = end_of(tape, &walsender);
    tape.move_to(&end, begun + 2e-6);
    Some(())
}

pub(super) fn checkpoint_before_helper_is_gone(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let begun = tape.t(tape.first(function("checkpointer", "CreateCheckPoint", "entry"))?);
    let helper = dice.one(&["bgwriter", "walwriter", "avlauncher", "lrlauncher"])?;
    let end = end_of(tape, helper);
    tape.move_to(&end, begun + 2e-6);
    Some(())
}

pub(super) fn told_before_helper_is_reaped(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let told = |e: &Value| e["ev"] == "signal_send" && e["to"] == "checkpointer";
    let told = tape.t(tape.first(|e| told(e) && e["sig"] != "SIGQUIT")?);
    let helper = dice.one(&["bgwriter", "walwriter", "avlauncher", "lrlauncher"])?;
    let reaped = tape.all(|e| e["ev"] == "reap" && e["child"] == helper);
    tape.move_to(&reaped, told + 1e-4);
    Some(())
}

pub(super) fn init_stopping_before_its_time(tape: &mut Tape, _dice: &mut Dice) -> Option<()> {
    let told = tape.t(tape.first(|e| e["to"] == "checkpointer" && e["ev"] == "signal_send")?);
    let early = tape.all(|e| {
        matches!(
            text(&e["fn"]).as_str(),
            "ShutdownXLOG" | "WalSndInitStopping" | "SendProcSignal"
        ) && e["at"] == "entry"
            || of("checkpointer", "signal_send")(e) && text(&e["to"]).starts_with("walsender:")
    });
    (!early.is_empty()).then_some(())?;
    tape.move_to(&early, told - 0.01);
    Some(())
}

pub(super) fn handler_before_the_signal(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let sent = tape.all(|e| of("checkpointer", "signal_send")(e) && e["sig"] == "SIGUSR1");
    let sent = tape.t(dice.one(&sent)?);
    let handled = tape.all(|e| is_walsender(e) && e["fn"] == "HandleWalSndInitStopping");
    let at = dice.one(&handled)?;
    tape.move_to(&[at], sent - 0.005);
    Some(())
}

pub(super) fn left_before_it_was_told(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let walsender = dice.one(&tape.drained())?;
    let told = tape.first(|e| of("checkpointer", "signal_send")(e) && e["to"] == walsender)?;
    let told = tape.t(told);
    let late = |e: &Value| e["actor"] == walsender && e["msg"] == "CommandComplete";
    let mut end = tape.all(late);
    end.extend(end_of(tape, &walsender));
    tape.move_to(&end, told - 0.005);
    Some(())
}

pub(super) fn control_order(tape: &mut Tape, _dice: &mut Dice) -> Option<()> {
    let (first, second) = (tape.control("shutting down")?, tape.control("shut down")?);
    let (a, b) = (
        tape.events[first]["t"].clone(),
        tape.events[second]["t"].clone(),
    );
    tape.events[first]["t"] = b;
    tape.events[second]["t"] = a;
    Some(())
}

/// 18: the checkpointer leaves before the IO workers; 15 and 17: after the physical walsender.
pub(super) fn exit_order_of_another_release(tape: &mut Tape, _dice: &mut Dice) -> Option<()> {
    let mut end = end_of(tape, "checkpointer");
    tape.control("shut down")?;
    if tape.major >= 18 {
        let told =
            tape.first(|e| e["ev"] == "signal_send" && text(&e["to"]).starts_with("ioworker"))?;
        let t = tape.t(told);
        end.extend(tape.all(|e| {
            e["actor"] == "checkpointer"
                && e["ev"].as_str().is_some_and(|ev| ev.starts_with("stats"))
        }));
        tape.move_to(&end, t - 1e-4);
    } else {
        let last = tape.first(|e| {
            e["ev"] == "reap" && (e["child"] == "walsender:phys" || e["child"] == "archiver")
        })?;
        let t = tape.t(last);
        tape.move_to(&end, t + 1e-5);
    }
    Some(())
}

pub(super) fn stats_before_the_checkpoint(tape: &mut Tape, _dice: &mut Dice) -> Option<()> {
    let written = tape.all(|e| text(&e["ev"]).starts_with("stats_"));
    let t = tape.t(tape.control("shut down")?);
    (!written.is_empty()).then_some(())?;
    tape.move_to(&written, t - 1e-5);
    Some(())
}

pub(super) fn archived_before_the_switch(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let at = tape.first(|e| e["ev"] == "archive_status")?;
    let told = tape.t(tape.first(function("checkpointer", "WalSndWaitStopping", "entry"))?);
    let early = f64::from(u32::try_from(dice.below(40)).ok()?) * 1e-3;
    tape.move_to(&[at], told - early);
    Some(())
}

pub(super) fn neighbours_swapped(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let at = 1 + dice.below(tape.events.len() - 3);
    let actor = &tape.events[at]["actor"];
    let next = (at + 1..tape.events.len() - 1).find(|&i| &tape.events[i]["actor"] == actor)?;
    let (a, b) = (tape.events[at]["t"].clone(), tape.events[next]["t"].clone());
    tape.events[at]["t"] = b;
    tape.events[next]["t"] = a;
    Some(())
}

pub(super) fn event_lost(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let last = tape.events.len().checked_sub(1)?;
    let at = dice.below(last);
    tape.remove(&[at]);
    Some(())
}

pub(super) fn slot_saved_after_the_record(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let at = dice.one(&saves(tape))?;
    let after = tape.t(tape.control("shut down")?);
    tape.move_to(&[at], after);
    Some(())
}
