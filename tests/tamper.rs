//! Forged traces: what PostgreSQL could not have done must be rejected. The shares, and what the
//! accepted ones are, stand in `docs/traces.md`.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod forgeries;
mod tape;

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use forgeries::{FORGERIES, Forgery};
use properties::validation::Conformance;
use sim::conformance::{self, Recording};
use sim::design_name;
use tape::{Dice, Tape};

fn recordings() -> Vec<(String, Tape)> {
    let tape = |(major, scenario, text): (String, String, String)| {
        let tape = Tape::parse(major.parse().unwrap(), &text);
        (format!("{major}-{scenario}"), tape)
    };
    crate::validate::recordings()
        .into_iter()
        .map(tape)
        .collect()
}

/// Of one way to forge: numbers of forged, rejected and undecided traces, names of accepted ones.
#[derive(Debug, Default)]
struct Share {
    forged: usize,
    rejected: usize,
    undecided: usize,
    accepted: Vec<String>,
}

/// Forges each trace `times` times in each way, on all threads.
fn forge(times: u64) -> BTreeMap<&'static str, Share> {
    let recordings = recordings();
    assert_eq!(recordings.len(), 87);
    let next = AtomicUsize::new(0);
    let shares = Mutex::new(BTreeMap::new());
    let work = || {
        loop {
            let kind = next.fetch_add(1, Ordering::Relaxed);
            let Some(forgery) = FORGERIES.get(kind) else {
                break;
            };
            let share = forge_in_one_way(kind, forgery, &recordings, times);
            shares.lock().unwrap().insert(forgery.name, share);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(work);
        }
    });
    shares.into_inner().unwrap()
}

fn forge_in_one_way(
    kind: usize,
    forgery: &Forgery,
    recordings: &[(String, Tape)],
    times: u64,
) -> Share {
    let mut share = Share::default();
    for (n, (name, tape)) in recordings.iter().enumerate() {
        for seed in 0..times {
            let mut dice = Dice(seed << 32 | (kind as u64) << 16 | n as u64);
            let mut forged = tape.clone();
            if (forgery.forge)(&mut forged, &mut dice).is_none() {
                continue;
            }
            let text = forged.text();
            let design = design_name::parse(&format!("pg{}", tape.major)).unwrap();
            share.forged += 1;
            let verdict = Recording::parse(&text, None)
                .and_then(|r| conformance::validate(design, &r, &[], 100_000))
                .map(|v| v.verdict);
            match verdict {
                // A file that is no trace any more is refused as well.
                Err(_) | Ok(Conformance::Rejected(_)) => share.rejected += 1,
                Ok(Conformance::Inconclusive(_)) => share.undecided += 1,
                Ok(Conformance::Accepted(..)) => {
                    let difference = difference(tape, &text);
                    share.accepted.push(format!("{name} #{seed} {difference}"));
                }
            }
        }
    }
    share
}

/// The lines that a forgery took away or put there.
fn difference(tape: &Tape, forged: &str) -> String {
    let text = tape.clone().text();
    let gone = text
        .lines()
        .filter(|l| !forged.contains(l))
        .map(|l| format!("-{l}"));
    let new = forged
        .lines()
        .filter(|l| !text.contains(l))
        .map(|l| format!("+{l}"));
    let short = |l: String| l.chars().take(240).collect::<String>();
    gone.chain(new)
        .take(3)
        .map(short)
        .collect::<Vec<_>>()
        .join(" ")
}

#[expect(
    clippy::print_stdout,
    reason = "the shares are what the ignored test is run for"
)]
fn check(times: u64) {
    let shares = forge(times);
    let mut low = Vec::new();
    for forgery in FORGERIES {
        let Share {
            forged,
            rejected,
            undecided,
            accepted,
        } = &shares[forgery.name];
        println!(
            "{:<42} {forged:>5} forged {rejected:>5} rejected {undecided:>3} undecided {:>4} \
             accepted {:?}",
            forgery.name,
            accepted.len(),
            accepted.iter().take(4).collect::<Vec<_>>()
        );
        assert!(*forged > 0, "{} fits no trace", forgery.name);
        if (rejected + undecided) * 100 < forged * forgery.rejected_min {
            low.push(format!(
                "{}: {rejected} of {forged}: {accepted:?}",
                forgery.name
            ));
        }
    }
    assert!(low.is_empty(), "accepted:\n{}", low.join("\n"));
}

#[test]
fn forged_traces_are_rejected() {
    check(1);
}

/// Some ten thousand forged traces.
#[test]
#[ignore = "takes minutes"]
fn thousands_of_forged_traces_are_rejected() {
    check(6);
}
