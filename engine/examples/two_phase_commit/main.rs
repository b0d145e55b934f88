//! Two-phase commit (Gray and Lamport), on the engine's public API.
//!
//! `two_phase_commit N [THREADS] [orbits] [expected=STATES]` prints states, transitions and speed
//! for N resource managers; with `orbits`, they are interchangeable; where it is known how many
//! states there will be, the table need not grow.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a measuring program: it prints, and reads the clock"
)]
#![expect(
    clippy::cast_precision_loss,
    reason = "ratios need no more than six digits"
)]

mod model;

use engine::{Options, Search, Stop};
use model::TwoPhaseCommit;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |i: usize, or: u32| {
        let given = arguments.get(i);
        given.map_or(Ok(or), |text| text.parse())
    };
    let (Ok(n @ 1..=14), Ok(threads)) = (number(1, 8), number(2, 1)) else {
        eprintln!("usage: two_phase_commit N [THREADS] [orbits] [expected=STATES], N from 1 to 14");
        std::process::exit(64);
    };
    let model = TwoPhaseCommit {
        n,
        orbits: arguments.iter().any(|a| a == "orbits"),
    };
    let expected = arguments.iter().find_map(|a| a.strip_prefix("expected="));
    let expected = expected.and_then(|text| text.parse().ok()).unwrap_or(0);
    let options = Options {
        threads: threads as usize,
        keep_levels: false,
        states_expected: expected,
        ..Options::default()
    };
    let started = std::time::Instant::now();
    let mut search = Search::new(&model, options).expect("memory for the table");
    let stop = search.run(&mut |_| true);
    let seconds = started.elapsed().as_secs_f64();
    assert_eq!(stop, Stop::Complete);
    let found = search.snapshot();
    let violated = search.workers.iter().any(|&v| v);
    println!(
        "n={n} threads={threads} states={} transitions={} depth={} consistent={} \
         seconds={seconds:.3} states_per_second={:.0} resident_bytes_per_state={:.1}",
        found.states,
        found.transitions,
        search.sizes().len(),
        !violated,
        found.states as f64 / seconds,
        resident_peak() as f64 / found.states as f64,
    );
}

/// The process's largest resident size so far, in bytes (0 where `/proc` does not tell).
fn resident_peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let words = line.and_then(|line| line.split_whitespace().nth(1));
    words.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}
