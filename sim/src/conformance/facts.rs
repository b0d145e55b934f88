//! What must be true of any trace, whatever PostgreSQL does: facts about the kernel and about the
//! recording itself.

mod ends;

use std::collections::BTreeMap;

use model::design::Design;

use super::cast::{Cast, Place};
use super::outcome::OutcomeFacts;
use super::raw::Raw;

/// Recorders stamp the two ends of a call one after the other.
const SKEW_S: f64 = 0.001;

/// The first line that cannot be, and why.
pub(super) fn check(
    raws: &[Raw],
    cast: &Cast,
    outcome: &OutcomeFacts,
    design: &Design,
) -> Option<(usize, String)> {
    let checks = [
        after_the_end(raws),
        forks(raws),
        roles(raws),
        signals(raws, cast, design),
        pairs(raws),
        ends::statuses(raws),
        ends::children(raws),
        requests(raws),
        files(raws),
        handlers(raws),
        ends::ends(raws, cast, design),
        samples(raws),
        control(raws, outcome),
    ];
    checks.into_iter().flatten().min_by_key(|(line, _)| *line)
}

fn is_end(raw: &Raw) -> bool {
    matches!(raw.ev.as_str(), "exit" | "k_exit")
}

/// Nobody acts after its end, or before it is forked.
fn after_the_end(raws: &[Raw]) -> Option<(usize, String)> {
    let mut ended: BTreeMap<&str, &Raw> = BTreeMap::new();
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for raw in raws.iter().filter(|r| r.src != "log") {
        let actor = raw.actor.as_str();
        if is_end(raw) {
            if let Some(before) = seen.insert((actor, raw.ev.as_str()), raw.line) {
                return Some((raw.line, format!("{actor} has ended before, line {before}")));
            }
            ended.insert(actor, raw);
        } else if let Some(end) = ended.get(actor)
            && raw.t > end.t + SKEW_S
        {
            return Some((raw.line, format!("{actor} ended, line {}", end.line)));
        }
        if raw.ev == "fork"
            && let Some(child) = raw.text("child")
            && let Some(early) = raws
                .iter()
                .find(|r| r.actor == child && r.src != "log" && r.t + SKEW_S < raw.t)
            && early.line < raw.line
            && is_end(early)
        {
            return Some((raw.line, format!("{child} ended before it is forked")));
        }
    }
    None
}

/// A process is forked once.
fn forks(raws: &[Raw]) -> Option<(usize, String)> {
    let mut forked: BTreeMap<&str, usize> = BTreeMap::new();
    let mut children = raws
        .iter()
        .filter(|r| r.ev == "fork")
        .filter_map(|r| Some((r.line, r.text("child")?)));
    children.find_map(|(line, child)| {
        let before = forked.insert(child, line)?;
        Some((line, format!("{child} was forked before, line {before}")))
    })
}

/// Some things only one kind of process does.
fn roles(raws: &[Raw]) -> Option<(usize, String)> {
    let wrong = raws.iter().find_map(|r| {
        let role = match r.ev.as_str() {
            "tx" | "rx" => "walsender",
            "pm_state" => "postmaster",
            // A program that a process starts is nobody's child by name.
            "fork" | "reap" if !r.text("child")?.starts_with("pid:") => "postmaster",
            "control_write" => "checkpointer",
            "sigkill" => "harness",
            _ => return None,
        };
        let actor = r.actor.split(':').next();
        (actor != Some(role)).then_some((r, role))
    });
    wrong.map(|(r, role)| (r.line, format!("only a {role} does that, not {}", r.actor)))
}

/// A signal is received after it was sent, and not more often.
fn signals(raws: &[Raw], cast: &Cast, design: &Design) -> Option<(usize, String)> {
    let sends = |from: &str, sig: &str, to: &str, until: f64| {
        let sent = raws.iter().filter(|r| {
            r.ev == "signal_send"
                && r.actor == from
                && r.text("sig") == Some(sig)
                && r.text("to")
                    .is_some_and(|t| t.trim_start_matches("group:") == to)
                && r.t <= until + SKEW_S
        });
        sent.count()
    };
    let mut received: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for raw in raws.iter().filter(|r| r.ev == "signal_recv") {
        let (Some(sig), Some(from)) = (raw.text("sig"), raw.text("from")) else {
            continue;
        };
        let known = matches!(cast.place(from), Place::Postmaster | Place::Child(_));
        if !known || sig == "SIGPIPE" {
            continue;
        }
        if sig == "SIGCHLD" {
            let mut ends = raws.iter().filter(|r| is_end(r) && r.actor == from);
            // An end before the recording is not in it.
            let first = ends.next();
            if first.is_some_and(|r| r.t > raw.t + SKEW_S) {
                return Some((raw.line, format!("SIGCHLD, but {from} has not ended")));
            }
            continue;
        }
        // A latch may have been set before the recording began, which is in mid-work: it is pending
        // when strace comes to its owner, and the first that is seen there.
        let seen = |r: &Raw| r.actor == raw.actor && r.src == "strace" && r.line < raw.line;
        if sig == "SIGUSR1" && !design.latch_by_sigurg && !raws.iter().any(seen) {
            continue;
        }
        let count = received.entry((sig, from, raw.actor.as_str())).or_default();
        *count += 1;
        if *count > sends(from, sig, &raw.actor, raw.t) {
            let to = &raw.actor;
            return Some((raw.line, format!("{from} has sent no {sig} to {to}")));
        }
    }
    None
}

/// `signal_child` of the postmaster: SIGTERM, SIGINT, SIGQUIT and SIGKILL go to the process and at
/// once to its group; other signals to the process only. Source: master `postmaster.c`
/// `signal_child`, "kill(-pid, signal)".
fn pairs(raws: &[Raw]) -> Option<(usize, String)> {
    let sends: Vec<&Raw> = raws
        .iter()
        .filter(|r| r.ev == "signal_send" && r.actor == "postmaster")
        .collect();
    let grouped = |sig: &str| matches!(sig, "SIGTERM" | "SIGINT" | "SIGQUIT" | "SIGKILL");
    let mut n = 0;
    while n < sends.len() {
        let (sig, to) = (
            sends[n].text("sig").unwrap_or_default(),
            sends[n].text("to").unwrap_or_default(),
        );
        if to.starts_with("group:") {
            return Some((
                sends[n].line,
                format!("{sig} to {to} without one to itself"),
            ));
        }
        if grouped(sig) {
            let group = format!("group:{to}");
            let paired = sends
                .get(n + 1)
                .is_some_and(|r| r.text("to") == Some(&group) && r.text("sig") == Some(sig));
            if !paired {
                return Some((
                    sends[n].line,
                    format!("{sig} to {to} without one to its group"),
                ));
            }
            n += 1;
        }
        n += 1;
    }
    None
}

/// The postmaster receives the stop requests that the harness made, each after it was made.
fn requests(raws: &[Raw]) -> Option<(usize, String)> {
    let made: Vec<&Raw> = raws.iter().filter(|r| r.ev == "stop_request").collect();
    let received: Vec<&Raw> = raws.iter().filter(|r| super::cast::is_request(r)).collect();
    if made.is_empty() {
        return None;
    }
    for (n, request) in received.iter().enumerate() {
        let asked = match request.text("sig") {
            Some("SIGTERM") => "smart",
            Some("SIGINT") => "fast",
            _ => "immediate",
        };
        let made = made.get(n).filter(|r| r.text("mode") == Some(asked));
        if made.is_none_or(|r| r.t > request.t + SKEW_S) {
            let why = format!("nobody asked for a {asked} stop");
            return Some((request.line, why));
        }
    }
    let line = made.get(received.len()).map(|r| r.line)?;
    Some((
        line,
        "the postmaster never received this request".to_owned(),
    ))
}

/// A handler runs after its signal was delivered.
fn handlers(raws: &[Raw]) -> Option<(usize, String)> {
    let traced = raws.iter().any(|r| r.ev == "signal_recv");
    let mut entered = raws.iter().filter_map(|r| {
        let sig = match r.text("fn")? {
            "HandleWalSndInitStopping" => "SIGUSR1",
            "WalSndLastCycleHandler" => "SIGUSR2",
            _ => return None,
        };
        Some((r, sig))
    });
    let early = entered.find(|(handler, sig)| {
        let delivered = raws.iter().any(|r| {
            r.ev == "signal_recv"
                && r.actor == handler.actor
                && r.text("sig") == Some(sig)
                && r.t <= handler.t + SKEW_S
        });
        traced && !delivered
    });
    early.map(|(r, sig)| (r.line, format!("{sig} was not delivered before")))
}

/// Only changes of `pmState` are recorded.
fn samples(raws: &[Raw]) -> Option<(usize, String)> {
    let seen = |r: &Raw| {
        let (state, mode) = (r.text("state")?.to_owned(), r.text("shutdown")?.to_owned());
        Some((state, mode, r.bool("fatal_error")))
    };
    let samples: Vec<&Raw> = raws.iter().filter(|r| r.ev == "pm_state").collect();
    let same = samples
        .windows(2)
        .find(|pair| seen(pair[0]) == seen(pair[1]))?;
    Some((
        same[1].line,
        "nothing has changed since the sample before".to_owned(),
    ))
}

/// A file is renamed into place after it was written; a segment is archived by a command.
fn files(raws: &[Raw]) -> Option<(usize, String)> {
    let commands = |r: &&Raw| r.ev == "exec";
    let mut archived = raws.iter().filter(|r| r.ev == "archive_status");
    let uncalled = archived.find(|done| {
        let file = done.text("file").unwrap_or_default();
        let segment = file.split('.').next().unwrap_or_default();
        let mut before = raws.iter().filter(commands).take_while(|r| r.t < done.t);
        !before.any(|r| r.text("args").is_some_and(|args| args.contains(segment)))
    });
    if let Some(done) = uncalled.filter(|_| raws.iter().any(|r| commands(&r))) {
        return Some((
            done.line,
            "no command was run for this segment before".to_owned(),
        ));
    }
    let renamed = raws.iter().find(|r| r.ev == "stats_rename")?;
    let written = raws
        .iter()
        .any(|r| r.ev == "stats_write" && r.line < renamed.line && r.actor == renamed.actor);
    let why = "the statistics file was not written before".to_owned();
    (!written).then_some((renamed.line, why))
}

/// What was written to pg_control last was left in it.
fn control(raws: &[Raw], outcome: &OutcomeFacts) -> Option<(usize, String)> {
    let last = raws.iter().rfind(|r| r.ev == "control_write")?;
    let (state, checkpoint) = (last.text("state"), last.lsn("checkpoint"));
    let left = outcome.control_state.as_deref()?;
    let same = Some(left) == state
        && outcome
            .control_checkpoint
            .is_none_or(|c| Some(c) == checkpoint);
    (!same).then(|| (last.line, "pg_control was left otherwise".to_owned()))
}
