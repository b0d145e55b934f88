//! What must be true of any trace, whatever PostgreSQL does: facts about the kernel and about the
//! recording itself.

use std::collections::BTreeMap;

use super::cast::{Cast, Place};
use super::outcome::OutcomeFacts;
use super::raw::Raw;

/// Recorders stamp the two ends of a call one after the other.
const SKEW_S: f64 = 0.001;

/// The first line that cannot be, and why.
pub(super) fn check(raws: &[Raw], cast: &Cast, outcome: &OutcomeFacts) -> Option<(usize, String)> {
    let checks = [
        after_the_end(raws),
        forks(raws),
        roles(raws),
        signals(raws, cast),
        pairs(raws),
        statuses(raws),
        children(raws),
        requests(raws),
        files(raws),
        handlers(raws),
        ends(raws, cast),
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
            "control_write" => "checkpointer",
            _ => return None,
        };
        let actor = r.actor.split(':').next();
        (actor != Some(role)).then_some((r, role))
    });
    wrong.map(|(r, role)| (r.line, format!("only a {role} does that, not {}", r.actor)))
}

/// A signal is received after it was sent, and not more often.
fn signals(raws: &[Raw], cast: &Cast) -> Option<(usize, String)> {
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

/// `reap` shows the status with which the child ended, after its end; `proc_exit` the same one.
fn statuses(raws: &[Raw]) -> Option<(usize, String)> {
    for reap in raws.iter().filter(|r| r.ev == "reap") {
        let (Some(child), Some(status)) = (reap.text("child"), reap.text("status")) else {
            continue;
        };
        let Some(exit) = raws.iter().find(|r| r.ev == "exit" && r.actor == child) else {
            continue;
        };
        let kernel = raws.iter().find(|r| r.ev == "k_exit" && r.actor == child);
        let ended = kernel.map_or(exit.t, |k| k.t.min(exit.t));
        if ended > reap.t + SKEW_S {
            return Some((reap.line, format!("{child} has not ended yet")));
        }
        let same = match (exit.int("code"), exit.text("killed_by")) {
            (Some(code), _) => status.ends_with(&format!("WEXITSTATUS(s) == {code}")),
            (None, Some(signal)) => status.ends_with(&format!("WTERMSIG(s) == {signal}")),
            (None, None) => true,
        };
        if !same {
            return Some((
                reap.line,
                format!("{child} ended otherwise, line {}", exit.line),
            ));
        }
    }
    for exit in raws.iter().filter(|r| r.ev == "exit") {
        let called = raws
            .iter()
            .find(|r| r.actor == exit.actor && r.text("fn") == Some("proc_exit"));
        if let (Some(called), Some(code)) = (called, exit.int("code"))
            && called.int("code") != Some(code)
        {
            let line = called.line;
            return Some((
                exit.line,
                format!("its proc_exit, line {line}, has another status"),
            ));
        }
    }
    None
}

/// Each end is reaped once, by a parent that is told so; a crash is handled as one.
fn children(raws: &[Raw]) -> Option<(usize, String)> {
    let mut reaped: BTreeMap<&str, usize> = BTreeMap::new();
    let probed = raws
        .iter()
        .any(|r| r.text("fn") == Some("HandleChildCrash"));
    let mine: Vec<&Raw> = raws
        .iter()
        .filter(|r| r.actor == "postmaster" && (r.ev == "reap" || r.ev == "fn"))
        .filter(|r| r.ev == "reap" || r.text("fn") == Some("HandleChildCrash"))
        .collect();
    for (n, raw) in mine.iter().enumerate() {
        let next_is_crash = mine.get(n + 1).is_some_and(|r| r.ev == "fn");
        if raw.ev == "fn" {
            if n == 0 || mine[n - 1].ev == "fn" {
                return Some((raw.line, "no child was reaped".to_owned()));
            }
            continue;
        }
        let child = raw.text("child").unwrap_or_default();
        if let Some(before) = reaped.insert(child, raw.line) {
            return Some((
                raw.line,
                format!("{child} was reaped before, line {before}"),
            ));
        }
        let status = raw.text("status").unwrap_or_default();
        let fine = ["== 0", "== 1"].iter().any(|s| status.ends_with(s));
        if probed && fine && next_is_crash {
            return Some((mine[n + 1].line, format!("{child} has not crashed")));
        }
        if probed && !fine && !next_is_crash {
            return Some((raw.line, format!("the crash of {child} is not handled")));
        }
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

/// Who was seen at work and is reaped was seen to end; whoever ended is reaped by a postmaster that
/// waits for all.
fn ends(raws: &[Raw], cast: &Cast) -> Option<(usize, String)> {
    let reaps = |r: &&Raw| r.ev == "reap" && r.actor == "postmaster";
    let over = raws.iter().any(|r| is_end(r) && r.actor == "postmaster");
    for reap in raws.iter().filter(reaps) {
        let child = reap.text("child").unwrap_or_default();
        let seen = raws.iter().any(|r| r.actor == child && r.src != "log");
        let ended = raws.iter().any(|r| is_end(r) && r.actor == child);
        if seen && !ended {
            return Some((reap.line, format!("{child} was not seen to end")));
        }
    }
    let mut ended = raws
        .iter()
        .filter(|r| is_end(r) && cast.child(&r.actor).is_some());
    let left = ended.find(|end| {
        let mut reaped = raws.iter().filter(reaps);
        !reaped.any(|r| r.text("child") == Some(&end.actor))
    })?;
    let why = format!("the postmaster ended, but never reaped {}", left.actor);
    (over && waited(raws, left)).then_some((left.line, why))
}

/// Whether the postmaster waited for who ended there: not always, up to 9.3, behind an immediate
/// stop, and up to 91c3613d37 not for the checkpointer.
fn waited(raws: &[Raw], end: &Raw) -> bool {
    let immediate = |r: &Raw| r.ev == "stop_request" && r.text("mode") == Some("immediate");
    if !raws.iter().any(immediate) {
        return true;
    }
    let last = raws.iter().rfind(|r| r.ev == "pm_state");
    let state = last.and_then(|r| r.text("state"));
    state == Some("PM_NO_CHILDREN") && end.actor != "checkpointer"
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
