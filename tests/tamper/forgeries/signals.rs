//! Signals that were not sent, or to somebody else.

use serde_json::{Value, json};

use super::of;
use crate::tamper::tape::{Dice, Tape, text};

/// A `kill` of the postmaster, with the one to the group behind it.
fn kill(tape: &Tape, dice: &mut Dice) -> Option<(Vec<usize>, String, String)> {
    let direct =
        tape.all(|e| of("postmaster", "signal_send")(e) && !text(&e["to"]).starts_with("group:"));
    let at = dice.one(&direct)?;
    let (to, sig) = (text(&tape.events[at]["to"]), text(&tape.events[at]["sig"]));
    let group = format!("group:{to}");
    let both = tape.all(|e| {
        of("postmaster", "signal_send")(e) && e["sig"] == sig && (e["to"] == to || e["to"] == group)
    });
    Some((both, to, sig))
}

pub(super) fn signal_to_the_wrong_process(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let (both, to, sig) = kill(tape, dice)?;
    let others = ["checkpointer", "bgwriter", "walwriter", "walsender:s1"];
    let already = |o: &str| {
        tape.first(|e| e["ev"] == "signal_send" && e["sig"] == sig && e["to"] == o)
            .is_some()
    };
    let others: Vec<&str> = others
        .into_iter()
        .filter(|&o| o != to && !already(o))
        .collect();
    let other = dice.one(&others)?;
    for at in both {
        let group = text(&tape.events[at]["to"]).starts_with("group:");
        let target = if group {
            format!("group:{other}")
        } else {
            other.to_owned()
        };
        tape.events[at]["to"] = target.into();
    }
    let received = tape.all(|e| e["ev"] == "signal_recv" && e["actor"] == to && e["sig"] == sig);
    tape.remove(&received);
    Some(())
}

pub(super) fn another_signal(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let (both, to, sig) = kill(tape, dice)?;
    let grouped = both.len() > 1;
    let signals: &[&str] = if grouped {
        &["SIGTERM", "SIGINT", "SIGQUIT"]
    } else {
        &["SIGUSR2"]
    };
    let signals: Vec<&str> = signals.iter().copied().filter(|s| *s != sig).collect();
    let other = dice.one(&signals)?;
    let received = tape.all(|e| e["ev"] == "signal_recv" && e["actor"] == to && e["sig"] == sig);
    for at in both.into_iter().chain(received) {
        tape.events[at]["sig"] = other.into();
    }
    Some(())
}

pub(super) fn signal_never_sent(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let (mut gone, to, sig) = kill(tape, dice)?;
    gone.extend(tape.all(|e| e["ev"] == "signal_recv" && e["actor"] == to && e["sig"] == sig));
    tape.remove(&gone);
    Some(())
}

pub(super) fn signal_more(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let (both, to, _) = kill(tape, dice)?;
    let sig = dice.one(&["SIGTERM", "SIGINT", "SIGQUIT"])?;
    let t = tape.t(both[0]) + 1e-7;
    for to in [to.clone(), format!("group:{to}")] {
        let event = json!({"t": t, "actor": "postmaster", "ev": "signal_send", "src": "strace",
                           "sig": sig, "rc": 0, "to": to});
        tape.events.insert(0, event);
        tape.events.rotate_left(1);
        let last = tape.events.len() - 1;
        tape.events.swap(last, last - 1);
    }
    Some(())
}

pub(super) fn init_stopping_never_sent(tape: &mut Tape, _dice: &mut Dice) -> Option<()> {
    let asked = |e: &Value| e["fn"] == "SendProcSignal" || of("checkpointer", "signal_send")(e);
    let at = tape.first(|e| asked(e) && text(&e["to"]).starts_with("walsender:"))?;
    let to = text(&tape.events[at]["to"]);
    let gone = tape.all(|e| {
        asked(e) && e["to"] == to
            || e["actor"] == to && (e["sig"] == "SIGUSR1" || e["fn"] == "HandleWalSndInitStopping")
    });
    tape.remove(&gone);
    Some(())
}

pub(super) fn another_stop_mode(tape: &mut Tape, dice: &mut Dice) -> Option<()> {
    let at = dice.one(&tape.all(|e| e["ev"] == "stop_request"))?;
    let nth = tape
        .all(|e| e["ev"] == "stop_request")
        .iter()
        .position(|&i| i == at)?;
    let received = tape.all(|e| {
        of("postmaster", "signal_recv")(e) && e["from"] == "external" && e["sig"] != "SIGCHLD"
    });
    let modes = [
        ("smart", "SIGTERM"),
        ("fast", "SIGINT"),
        ("immediate", "SIGQUIT"),
    ];
    let real = text(&tape.events[at]["mode"]);
    let others: Vec<(&str, &str)> = modes.into_iter().filter(|(m, _)| *m != real).collect();
    let (mode, sig) = dice.one(&others)?;
    tape.events[at]["mode"] = mode.into();
    tape.events[*received.get(nth)?]["sig"] = sig.into();
    Some(())
}
