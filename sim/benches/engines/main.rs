//! The engine beside others, on the same instances, each in a process of its own.
//!
//! `cargo bench -p sim --bench engines -- [TABLE...] [--runs N] [--floor PROGRAM] [--tlc JAR]`.
//! Tables: `two-phase-commit` (8 resource managers; `two-phase-commit=9` for others), `shutdown`,
//! `large`, `growth`; without any, the first two. SPIN is run if it is on the path, TLC if its jar
//! is given.
//! Medians of `--runs` (3), and ratios, which are what counts: seconds differ between machines.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a measuring program: it prints, and reads the clock"
)]
#![expect(
    clippy::cast_precision_loss,
    reason = "ratios need no more than three digits"
)]

#[path = "../../../engine/examples/two_phase_commit/model.rs"]
mod model;

mod growth;
mod measure;
mod peers;
mod shutdown;
mod stateright_models;
mod two_phase_commit;

use std::process::exit;

const USAGE: &str = "usage: cargo bench -p sim --bench engines -- [TABLE...] [--runs N] \
                     [--floor PROGRAM] [--tlc JAR]\n\
                     tables: two-phase-commit[=N], N from 3 to 11; shutdown; large; growth";

/// What is asked for.
struct Asked {
    runs: usize,
    /// A hand-written search of two-phase commit alone: `PROGRAM N u32 THREADS LOG2_SLOTS`.
    floor: Option<String>,
    /// TLA+ tools.
    tlc: Option<String>,
    tables: Vec<Table>,
}

enum Table {
    TwoPhaseCommit(u32),
    Shutdown,
    Large,
    Growth,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [one, engine, rest @ ..] = &arguments[..]
        && one == "--one"
    {
        let done = two_phase_commit::one(engine, rest).or_else(|| shutdown::one(engine, rest));
        match done {
            Some(measured) => println!("{measured}"),
            None => usage(),
        }
        return;
    }
    let asked = parse(&arguments).unwrap_or_else(|| usage());
    for table in &asked.tables {
        match table {
            Table::TwoPhaseCommit(n) => two_phase_commit::table(*n, &asked),
            Table::Shutdown => shutdown::table(asked.runs),
            Table::Large => shutdown::large(asked.runs),
            Table::Growth => growth::tables(),
        }
    }
}

fn usage() -> ! {
    eprintln!("{USAGE}");
    exit(64)
}

fn parse(arguments: &[String]) -> Option<Asked> {
    let mut asked = Asked {
        runs: 3,
        floor: None,
        tlc: None,
        tables: Vec::new(),
    };
    let mut arguments = arguments.iter().map(String::as_str);
    while let Some(argument) = arguments.next() {
        match argument {
            // Cargo says so to every benchmark.
            "--bench" => {}
            "--runs" => asked.runs = arguments.next()?.parse().ok().filter(|&n| n > 0)?,
            "--floor" => asked.floor = Some(arguments.next()?.to_owned()),
            "--tlc" => asked.tlc = Some(arguments.next()?.to_owned()),
            "shutdown" => asked.tables.push(Table::Shutdown),
            "large" => asked.tables.push(Table::Large),
            "growth" => asked.tables.push(Table::Growth),
            _ => {
                let (table, n) = argument.split_once('=').unwrap_or((argument, "8"));
                let n = n.parse().ok().filter(|n| (3..=11).contains(n))?;
                let is_known = table == "two-phase-commit";
                asked
                    .tables
                    .push(is_known.then_some(Table::TwoPhaseCommit(n))?);
            }
        }
    }
    if asked.tables.is_empty() {
        asked.tables = vec![Table::TwoPhaseCommit(8), Table::Shutdown];
    }
    Some(asked)
}
