//! One clock for two recorders: strace stamps with its own, the kernel's tracepoints with theirs.
//!
//! strace stops a process before the kernel makes the signal that it sends, or delivers one. Where
//! it says that this was later, its clock is ahead, and all its lines are put back by the most that
//! any signal shows. Where the kernel's lines were not recorded nothing is known, and nothing is
//! done.

use std::collections::BTreeMap;

use super::raw::Raw;

/// Whether it is sent, by or to whom, which.
type Key<'a> = (bool, &'a str, i64, &'a str);

/// The lines by one clock, ordered by time.
pub(super) fn one_clock(raws: &[Raw]) -> Vec<Raw> {
    let ahead = ahead(raws);
    let mut ordered = raws.to_vec();
    if ahead > 0.0 {
        for raw in ordered.iter_mut().filter(|r| r.src == "strace") {
            raw.t -= ahead;
        }
        ordered.sort_by(|a, b| a.t.total_cmp(&b.t));
    }
    ordered
}

/// How far strace's clock is ahead of the kernel's, at least.
fn ahead(raws: &[Raw]) -> f64 {
    let mut calls: BTreeMap<Key<'_>, Vec<f64>> = BTreeMap::new();
    let mut kernel: BTreeMap<Key<'_>, Vec<f64>> = BTreeMap::new();
    for raw in raws {
        let sent = matches!(raw.ev.as_str(), "signal_send" | "k_signal_generate");
        let to = raw.text("to").filter(|_| sent).unwrap_or_default();
        let by_kernel = raw.ev.starts_with("k_signal");
        let signal = match raw.ev.as_str() {
            "signal_send" | "signal_recv" => raw.text("sig").and_then(number),
            "k_signal_generate" | "k_signal_deliver" => raw.int("sig"),
            _ => None,
        };
        if let Some(signal) = signal {
            let views = if by_kernel { &mut kernel } else { &mut calls };
            let key = (
                sent,
                raw.actor.as_str(),
                signal,
                to.trim_start_matches("group:"),
            );
            views.entry(key).or_default().push(raw.t);
        }
    }
    let pairs = calls.iter().filter_map(|(key, calls)| {
        let kernel = kernel.get(key).filter(|k| k.len() == calls.len())?;
        Some(calls.iter().zip(kernel).map(|(call, kernel)| call - kernel))
    });
    pairs.flatten().fold(0.0, f64::max)
}

/// Linux' numbers, as its tracepoints have them.
fn number(signal: &str) -> Option<i64> {
    Some(match signal {
        "SIGINT" => 2,
        "SIGQUIT" => 3,
        "SIGKILL" => 9,
        "SIGUSR1" => 10,
        "SIGUSR2" => 12,
        "SIGTERM" => 15,
        _ => return None,
    })
}
