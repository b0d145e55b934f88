//! What every release, the proposal and its mended form come to in every built-in scenario of every
//! machine that is not large: verdicts, unique states and depth, in `verdicts.txt`.
//!
//! A change of that file is a change of what the command says: the commit explains it. This test
//! writes what it found beside the file, so that recording is a copy of a file that was looked at.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::releases::{PROPOSAL, RELEASES};
use model::world::World;
use properties::{Judged, Outcome, Property, Run};
use sim::bench::{Bench, on_bench};
use sim::checker::{self, Options};
use sim::design_name;
use sim::scenarios;

use crate::common::MENDED;

/// The file, as it was when this test was built.
const RECORDED: &str = include_str!("verdicts.txt");

/// What stands above the scenarios.
const HEAD: &str = "\
# What each design comes to in each built-in scenario: unique states and depth, then verdicts.
# A property that a scenario does not list is vacuous there; where only some designs are named,
# it is vacuous in the others. `proposal` is proposal-2023-07-21, `mended` its mended form.
# Written by `cargo test -p sim verdicts::`; CONTRIBUTING.md says how to record a change.
";

/// Names of the designs, in the order of the file, and what they are called there.
fn designs() -> Vec<(&'static str, &'static str)> {
    let releases = RELEASES.iter().map(|&name| (name, name));
    releases
        .chain([(PROPOSAL, "proposal"), (MENDED, "mended")])
        .collect()
}

/// What one design comes to in one scenario.
#[derive(Clone, Debug)]
struct Found {
    states_unique: u64,
    depth: u64,
    outcomes: Vec<(&'static str, Outcome)>,
}

/// Searches, whichever machine it is.
struct Search;

impl Bench for Search {
    type Out = Found;

    fn stop(&mut self, world: &World, properties: &[&'static Property]) -> Found {
        found(&checker::run(
            ("", ""),
            world,
            properties,
            options(),
            &mut |_| {},
        ))
    }

    fn part<M: Judged>(&mut self, machine: &M, properties: &[&'static Property<M>]) -> Found {
        found(&checker::explore(
            ("", ""),
            machine,
            properties,
            options(),
            &mut |_| {},
        ))
    }
}

/// The command's own, but that no clock ends a search.
fn options() -> Options {
    Options {
        transitions_max: usize::MAX,
        seconds_max: u64::MAX,
        ..Options::default()
    }
}

fn found<M: Judged>(run: &Run<M>) -> Found {
    assert!(run.frontier_empty, "no bound ends these searches");
    let verdicts = run.verdicts.iter();
    Found {
        states_unique: run.states_unique,
        depth: run.depth,
        outcomes: verdicts.map(|v| (v.property, v.outcome)).collect(),
    }
}

/// Runs all designs in all `scenarios`, on as many threads as the machine has.
fn search_all(scenarios: &[String]) -> Vec<Vec<Found>> {
    let designs = designs();
    let jobs: Vec<(&str, &str)> = scenarios
        .iter()
        .flat_map(|scenario| designs.iter().map(move |(d, _)| (*d, scenario.as_str())))
        .collect();
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<Found>>> = Mutex::new(vec![None; jobs.len()]);
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&(design, scenario)) = jobs.get(place) else {
                        break;
                    };
                    let parsed = design_name::parse(design).unwrap_or_else(|e| panic!("{e}"));
                    let one = on_bench(parsed, scenario, &[], &mut Search).expect("built in");
                    results.lock().expect("no search panicked")[place] = Some(one);
                }
            });
        }
    });
    let found: Vec<Found> = results
        .into_inner()
        .expect("no search panicked")
        .into_iter()
        .flatten()
        .collect();
    found.chunks(designs.len()).map(<[Found]>::to_vec).collect()
}

/// The designs for which `is` says so, in words: `all`, or names and ranges of releases.
fn who(is: impl Fn(usize) -> bool) -> Option<String> {
    let designs = designs();
    let named: Vec<usize> = (0..designs.len()).filter(|&i| is(i)).collect();
    if named.len() == designs.len() {
        return Some("all".to_owned());
    }
    let mut words = Vec::new();
    let mut rest = named.as_slice();
    while let Some(&first) = rest.first() {
        let in_turn = |&(n, &i): &(usize, &usize)| i == first + n && i < RELEASES.len();
        let run = rest.iter().enumerate().take_while(in_turn).count().max(1);
        if run > 2 {
            words.push(format!(
                "{}..{}",
                designs[first].1,
                designs[first + run - 1].1
            ));
        } else {
            words.extend(rest[..run].iter().map(|&i| designs[i].1.to_owned()));
        }
        rest = &rest[run..];
    }
    (!words.is_empty()).then(|| words.join(" "))
}

/// What the file says of one scenario.
fn stanza(scenario: &str, found: &[Found]) -> String {
    let mut text = format!("{scenario}\n");
    let mut sizes: Vec<(u64, u64)> = Vec::new();
    for one in found {
        let size = (one.states_unique, one.depth);
        if !sizes.contains(&size) {
            sizes.push(size);
            let same = |i: usize| (found[i].states_unique, found[i].depth) == size;
            let who = who(same).unwrap_or_default();
            let _ = writeln!(text, "  {} states, depth {}: {who}", size.0, size.1);
        }
    }
    for outcome in [Outcome::Violated, Outcome::Inconclusive] {
        for (n, (property, _)) in found[0].outcomes.iter().enumerate() {
            if let Some(who) = who(|i| found[i].outcomes[n].1 == outcome) {
                let _ = writeln!(text, "  {} {property}: {who}", outcome.name());
            }
        }
    }
    // Most hold everywhere or nowhere: those that hold in the same designs share a line.
    let mut holds: Vec<(String, Vec<&str>)> = Vec::new();
    for (n, (property, _)) in found[0].outcomes.iter().enumerate() {
        if let Some(who) = who(|i| found[i].outcomes[n].1 == Outcome::Holds) {
            match holds.iter_mut().find(|(w, _)| *w == who) {
                Some((_, ids)) => ids.push(property),
                None => holds.push((who, vec![property])),
            }
        }
    }
    for (who, ids) in holds {
        let _ = writeln!(text, "  hold in {who}: {}", ids.join(" "));
    }
    text
}

/// The stanzas of a file, each with its scenario's name.
fn stanzas(text: &str) -> Vec<(&str, &str)> {
    let stanzas = text.split("\n\n").skip(1);
    let named = stanzas.map(|s| (s.lines().next().unwrap_or_default(), s.trim_end()));
    named.collect()
}

/// Lines of one stanza that the other does not have.
fn missing(from: &str, other: &str, sign: char, out: &mut String) {
    let lines = from.lines().skip(1);
    for line in lines.filter(|line| !other.lines().any(|o| o == *line)) {
        let _ = writeln!(out, "{sign} {line}");
    }
}

/// Holds what `scenarios` come to against the file, and writes the file as it should be.
fn check(scenarios: &[String]) {
    let results = search_all(scenarios);
    let recorded = stanzas(RECORDED);
    let mut whole = HEAD.to_owned();
    let mut diff = String::new();
    for (name, one) in scenarios.iter().zip(&results) {
        let before = recorded.iter().find(|(n, _)| n == name);
        let before = before.map_or("", |(_, stanza)| *stanza);
        let now = stanza(name, one);
        let now = now.trim_end();
        if now != before {
            let _ = writeln!(diff, "\n  {name}");
            missing(before, now, '-', &mut diff);
            missing(now, before, '+', &mut diff);
        }
        let _ = write!(whole, "\n{now}\n");
    }
    for (name, _) in recorded
        .iter()
        .filter(|(n, _)| !scenarios.iter().any(|a| a == n))
    {
        let _ = writeln!(diff, "\n  {name}\n- there is no such scenario");
    }
    if whole != RECORDED {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("verdicts.txt");
        std::fs::write(&path, whole).expect("cargo made this directory");
        panic!(
            "sim/tests/verdicts.txt says otherwise (-) than the model (+):\n{diff}\n\
             If every line is meant, record it, and explain it in the commit:\n  \
             cp {} sim/tests/verdicts.txt",
            path.display()
        );
    }
}

/// Every built-in scenario that is not large, in the order of the tables.
fn all() -> Vec<String> {
    let stops = scenarios::small().into_iter().map(|named| named.name);
    let parts = sim::parts::all().into_iter();
    stops
        .chain(parts.map(|(name, _)| name.to_owned()))
        .collect()
}

#[test]
fn every_design_comes_to_what_is_on_record() {
    check(&all());
}
