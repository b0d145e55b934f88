//! How processes end, and who waits for them.

use std::collections::BTreeMap;

use model::design::Design;

use super::super::cast::Cast;
use super::super::raw::Raw;
use super::{SKEW_S, is_end};

/// `reap` shows the status with which the child ended, after its end; `proc_exit` the same one,
/// unless SIGQUIT ended it there: `quickdie`, `SignalHandlerForCrashExit`, `_exit(2)`.
pub(super) fn statuses(raws: &[Raw]) -> Option<(usize, String)> {
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
    let quit = |r: &Raw| r.ev == "signal_recv" && r.text("sig") == Some("SIGQUIT");
    for exit in raws.iter().filter(|r| r.ev == "exit") {
        let called = raws
            .iter()
            .find(|r| r.actor == exit.actor && r.text("fn") == Some("proc_exit"));
        if let (Some(called), Some(code)) = (called, exit.int("code"))
            && called.int("code") != Some(code)
            && !(code == 2 && raws.iter().any(|r| quit(r) && r.actor == exit.actor))
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
pub(super) fn children(raws: &[Raw]) -> Option<(usize, String)> {
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

/// Who was seen at work and is reaped was seen to end; whoever ended is reaped by a postmaster that
/// waits for all.
pub(super) fn ends(raws: &[Raw], cast: &Cast, design: &Design) -> Option<(usize, String)> {
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
    (over && waited(raws, design, left)).then_some((left.line, why))
}

/// Whether the postmaster waited for who ended there: behind an immediate stop, for nobody up to
/// 82233ce7ea, not for the checkpointer up to 91c3613d37, nor after SIGKILL up to 48913db887.
fn waited(raws: &[Raw], design: &Design, end: &Raw) -> bool {
    let immediate = |r: &Raw| r.ev == "stop_request" && r.text("mode") == Some("immediate");
    let sigkill = |r: &Raw| r.ev == "signal_send" && r.text("sig") == Some("SIGKILL");
    let checkpointer = design.immediate_waits_for_checkpointer || end.actor != "checkpointer";
    let stays = design.waits_after_sigkill || !raws.iter().any(sigkill);
    !raws.iter().any(immediate) || design.immediate_waits && checkpointer && stays
}
