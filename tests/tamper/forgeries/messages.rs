//! Messages between walsenders and their peers.

use serde_json::{Value, json};

use crate::tamper::tape::{Dice, Tape, lsn, show, text};

pub(super) fn acknowledged_past_what_was_sent(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let replies = tape.all(|e| e["msg"] == "StandbyStatus");
    let at = dice.one(&replies)?;
    let real = lsn(&tape.events[at]["write"])?;
    let off = 0x4000 * u64::try_from(1 + dice.below(64)).ok()?;
    tape.events[at]["write"] = show(real + off);
    tape.events[at]["flush"] = show(real + off);
    Some(())
}

pub(super) fn keepalive_answer_missing(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let left = tape.all(|e| e["msg"] == "CommandComplete");
    let walsender = text(&tape.events[dice.one(&left)?]["actor"]);
    let answers = tape.all(|e| e["actor"] == walsender && e["msg"] == "StandbyStatus");
    let last = answers.last().copied()?;
    let said = tape.events[last]["flush"].clone();
    let gone = tape.all(|e| {
        e["actor"] == walsender
            && (e["msg"] == "StandbyStatus" && e["flush"] == said
                || e["fn"] == "LogicalConfirmReceivedLocation" && e["lsn"] == said)
    });
    tape.remove(&gone);
    Some(())
}

pub(super) fn record_never_sent_to_standby(tape: &mut Tape, _dice: &mut Dice) -> Option<()> {
    let at = tape.first(|e| e["msg"] == "XLogData" && e["head"] == "r")?;
    tape.remove(&[at]);
    Some(())
}

pub(super) fn data_after_the_goodbye(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let left = tape.all(|e| e["msg"] == "CommandComplete");
    let at = dice.one(&left)?;
    let (t, actor) = (tape.t(at), tape.events[at]["actor"].clone());
    let end = tape.outcome()["before"]["insert_lsn"].clone();
    let event = json!({"t": t + 1e-7, "actor": actor, "ev": "tx", "src": "strace",
                       "msg": "XLogData", "start": end, "end": end, "len": 26, "head": "C"});
    tape.events.insert(at + 1, event);
    Some(())
}

/// A walsender whose peer is frozen with WAL outstanding says goodbye all the same.
pub(super) fn goodbye_without_acknowledgement(tape: &mut Tape, _dice: &mut Dice) -> Option<()> {
    let asked = tape.first(|e| e["msg"] == "Keepalive" && e["reply_requested"] == true)?;
    let walsender = text(&tape.events[asked]["actor"]);
    let answered = |e: &Value| e["actor"] == walsender && e["ev"] == "rx";
    tape.first(answered).is_none().then_some(())?;
    let left = tape.first(|e| e["actor"] == walsender && e["fn"] == "proc_exit")?;
    let event = json!({"t": tape.t(left) - 1e-7, "actor": walsender, "ev": "tx", "src": "strace",
                       "msg": "CommandComplete"});
    tape.events.insert(left, event);
    Some(())
}

pub(super) fn goodbye_missing(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let at = dice.one(&tape.all(|e| e["msg"] == "CommandComplete"))?;
    tape.remove(&[at]);
    Some(())
}

pub(super) fn stopping_never_set(tape: &mut Tape, _dice: &mut Dice) -> Option<()> {
    let set = tape.all(|e| e["fn"] == "WalSndSetState");
    tape.remove(&[*set.first()?]);
    (set.len() > 1).then_some(())
}

pub(super) fn stopping_set_by_logical(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let walsender = dice.one(&tape.drained())?;
    let at = tape.first(|e| e["actor"] == walsender && e["fn"] == "proc_exit")?;
    let event = json!({"t": tape.t(at) - 1e-7, "actor": walsender, "ev": "fn", "src": "ktrace",
                       "fn": "WalSndSetState", "at": "entry", "state": "stopping",
                       "sentPtr": tape.events[at]["sentPtr"]});
    tape.events.insert(at, event);
    Some(())
}
