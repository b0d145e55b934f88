//! Two-phase commit (Gray and Lamport) over threads, processes and hosts: the engine's example,
//! told to timely dataflow.
//!
//! `two_phase_commit_on_timely N [-- TIMELY'S OPTIONS]` prints states, transitions and speed for N
//! resource managers. `... 8 -- -w 2` has two threads, `... 8 -- -n 2 -p 0` and
//! `... 8 -- -n 2 -p 1` are two processes on this machine.

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

#[path = "../../engine/examples/two_phase_commit/model.rs"]
mod model;

use std::process::exit;

use dataflow::execute::Job;
use dataflow::member::Keys;
use dataflow::search::search;
use dataflow::{Arrangement, Bounds, execute};
use model::TwoPhaseCommit;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut parts = arguments.splitn(2, |a| a == "--");
    let own = parts.next().unwrap_or_default();
    let Ok(n @ 1..=14) = own.first().map_or(Ok(8u32), |text| text.parse()) else {
        eprintln!("usage: two_phase_commit_on_timely N [-- TIMELY'S OPTIONS], N from 1 to 14");
        exit(64);
    };
    let fail = |error: dataflow::Error| -> ! {
        eprintln!("error: {error}\n   = help: {}", error.help());
        exit(64)
    };
    let timely = parts.next().unwrap_or_default();
    let arrangement = Arrangement::parse(timely, 1).unwrap_or_else(|error| fail(error));
    let label = format!("two-phase commit, {n} resource managers");
    let job = Job::new(label.clone(), &label);
    let found = execute(&arrangement, &job, &mut |(): ()| {}, move |peer, _| {
        let started = std::time::Instant::now();
        let bounds = Bounds {
            memory_max: u64::MAX,
            beat: Box::new(|_| true),
        };
        let member = Keys::new(TwoPhaseCommit { n, orbits: false });
        let found = search(peer, member, bounds).expect("memory for the table");
        let own = found.snapshot;
        let words = [own.states, own.transitions, u64::from(found.member.worker)];
        (peer.to_first(&words), started.elapsed().as_secs_f64())
    });
    let found = found.unwrap_or_else(|error| fail(error));
    if arrangement.process > 0 {
        return;
    }
    let (all, seconds) = &found[0];
    let sum = |i: usize| all.iter().map(|words| words[i]).sum::<u64>();
    println!(
        "n={n} processes={} threads={} states={} transitions={} consistent={} \
         seconds={seconds:.3} states_per_second={:.0}",
        arrangement.processes(),
        arrangement.threads,
        sum(0),
        sum(1),
        sum(2) == 0,
        sum(0) as f64 / seconds,
    );
}
