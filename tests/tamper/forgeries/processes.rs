//! Processes that end, are reaped, or are left otherwise.

use serde_json::json;

use super::{end_of, of};
use crate::tamper::tape::{Dice, Tape, text};

pub(super) fn control_write_missing(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let at = dice.one(&tape.all(|e| e["ev"] == "control_write"))?;
    tape.remove(&[at]);
    Some(())
}

pub(super) fn control_left_otherwise(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let states = ["in production", "shutting down", "shut down"];
    let real = text(&tape.outcome()["control"]["state"]);
    let others: Vec<&str> = states.into_iter().filter(|s| *s != real).collect();
    tape.outcome()["control"]["state"] = dice.one(&others)?.into();
    Some(())
}

pub(super) fn exit_status(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let ends = tape.all(|e| {
        let who = text(&e["actor"]);
        let outside = ["postmaster", "backend:", "pid:"];
        e["ev"] == "exit" && e["code"].is_number() && !outside.iter().any(|o| who.starts_with(o))
    });
    let at = dice.one(&ends)?;
    let actor = text(&tape.events[at]["actor"]);
    let real = tape.events[at]["code"].as_i64()?;
    let code = dice.one(
        &[0, 1, 2]
            .into_iter()
            .filter(|c| *c != real)
            .collect::<Vec<i64>>(),
    )?;
    for i in end_of(tape, &actor) {
        let event = &mut tape.events[i];
        if event["ev"] == "reap" {
            event["status"] = format!("WIFEXITED(s) && WEXITSTATUS(s) == {code}").into();
        } else if event["code"].is_number() && event["actor"] == actor {
            event["code"] = code.into();
        }
    }
    Some(())
}

pub(super) fn reaped_before_its_end(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let at = dice.one(&tape.all(|e| of("postmaster", "reap")(e)))?;
    let child = text(&tape.events[at]["child"]);
    let end = tape.first(|e| e["actor"] == child && e["ev"] == "k_exit")?;
    let t = tape.t(end);
    tape.move_to(&[at], t - 0.005);
    Some(())
}

pub(super) fn never_reaped(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let at = dice.one(&tape.all(|e| of("postmaster", "reap")(e)))?;
    tape.remove(&[at]);
    Some(())
}

pub(super) fn end_not_seen(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let at = dice.one(&tape.all(|e| e["ev"] == "exit" && e["actor"] != "postmaster"))?;
    let actor = text(&tape.events[at]["actor"]);
    let reaped = tape.first(|e| of("postmaster", "reap")(e) && e["child"] == actor);
    reaped?;
    let gone = tape.all(|e| e["actor"] == actor && (e["ev"] == "exit" || e["ev"] == "k_exit"));
    tape.remove(&gone);
    Some(())
}

pub(super) fn postmaster_status(tape: &mut Tape, _dice: &mut Dice) -> Option<()> {
    let ends = tape.all(|e| e["actor"] == "postmaster" && e["code"].is_number());
    for at in ends {
        let real = tape.events[at]["code"].as_i64()?;
        tape.events[at]["code"] = (1 - real).into();
    }
    Some(())
}

pub(super) fn pm_state(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let samples = tape.all(|e| e["ev"] == "pm_state");
    let at = dice.one(&samples)?;
    let states = [
        "PM_RUN",
        "PM_SHUTDOWN",
        "PM_SHUTDOWN_2",
        "PM_WAIT_XLOG_SHUTDOWN",
        "PM_WAIT_XLOG_ARCHIVAL",
        "PM_WAIT_IO_WORKERS",
        "PM_WAIT_CHECKPOINTER",
    ];
    let real = text(&tape.events[at]["state"]);
    let others: Vec<&str> = states.into_iter().filter(|s| *s != real).collect();
    tape.events[at]["state"] = dice.one(&others)?.into();
    Some(())
}

pub(super) fn stats_missing(tape: &mut Tape, _dice: &mut Dice) -> Option<()> {
    let gone = tape.all(|e| text(&e["ev"]).starts_with("stats_"));
    tape.remove(&gone);
    (!gone.is_empty()).then_some(())
}

pub(super) fn crash_not_handled(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let at = dice.one(&tape.all(|e| e["fn"] == "HandleChildCrash"))?;
    tape.remove(&[at]);
    Some(())
}

pub(super) fn dead_end_after_the_end(tape: &mut Tape, _dice: &mut Dice) -> Option<()> {
    let end = tape.first(|e| e["actor"] == "postmaster" && e["fn"] == "proc_exit")?;
    let event = json!({"t": tape.t(end) + 1e-7, "actor": "postmaster", "ev": "fork",
                       "src": "strace", "child": "backend:99999"});
    tape.events.insert(end + 1, event);
    Some(())
}
