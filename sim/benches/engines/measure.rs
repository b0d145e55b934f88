//! One search in a process of its own, and rows of such.

use std::fmt;
use std::process::{Command, Stdio};
use std::time::Instant;

/// What one search took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) states: u64,
    pub(crate) transitions: u64,
    pub(crate) seconds: f64,
    /// Largest resident set of its process, in bytes; 0 where nobody knows.
    pub(crate) resident: u64,
}

impl Measured {
    /// Does `search`, which tells states and transitions, and measures it.
    pub(crate) fn of(search: impl FnOnce() -> (u64, u64)) -> Measured {
        let started = Instant::now();
        let (states, transitions) = search();
        Measured {
            states,
            transitions,
            seconds: started.elapsed().as_secs_f64(),
            resident: resident_peak(),
        }
    }

    /// What [`Measured`] prints.
    pub(crate) fn parse(text: &str) -> Option<Measured> {
        let mut words = text.split_whitespace();
        Some(Measured {
            states: words.next()?.parse().ok()?,
            transitions: words.next()?.parse().ok()?,
            seconds: words.next()?.parse().ok()?,
            resident: words.next()?.parse().ok()?,
        })
    }

    pub(crate) fn speed(&self) -> f64 {
        self.states as f64 / self.seconds
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Measured {
            states,
            transitions,
            seconds,
            resident,
        } = self;
        write!(f, "{states} {transitions} {seconds} {resident}")
    }
}

/// The process's largest resident size so far, in bytes (0 where `/proc` does not tell).
fn resident_peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let words = line.and_then(|line| line.split_whitespace().nth(1));
    words.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// This program again, for one search.
pub(crate) fn itself(arguments: &[&str]) -> Option<Measured> {
    let program = std::env::current_exe().ok()?;
    let output = Command::new(program)
        .arg("--one")
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .ok()?;
    Measured::parse(&String::from_utf8_lossy(&output.stdout))
}

/// The one of the middle speed among `runs`; `None` if one of them brings nothing.
pub(crate) fn median(runs: usize, mut run: impl FnMut() -> Option<Measured>) -> Option<Measured> {
    let mut all: Vec<Measured> = (0..runs).map(|_| run()).collect::<Option<_>>()?;
    all.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    Some(all[runs / 2])
}

/// Rows that are compared with one of ours.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    rows: Vec<(String, usize, Result<Measured, String>)>,
}

impl Rows {
    pub(crate) fn add(&mut self, name: &str, threads: usize, measured: Result<Measured, String>) {
        eprintln!("  {name}, {threads}: {}", told(&measured));
        self.rows.push((name.to_owned(), threads, measured));
    }

    /// Prints them, with the speed of `ours` on most threads as a multiple of each.
    pub(crate) fn print(&self, ours: &str) {
        let measured = |(name, _, m): &&(String, usize, Result<Measured, String>)| {
            m.as_ref().ok().filter(|_| name == ours).copied()
        };
        let ours = self.rows.iter().rev().find_map(|row| measured(&row));
        println!(
            "| engine | threads | states | transitions | seconds | k states/s | B/state | x |"
        );
        println!("|---|--:|--:|--:|--:|--:|--:|--:|");
        for (name, threads, measured) in &self.rows {
            match measured {
                Err(why) => println!("| {name} | {threads} | {why} | | | | | |"),
                Ok(m) => {
                    let times = ours.map_or(1.0, |ours| ours.speed() / m.speed());
                    let bytes = m.resident as f64 / m.states as f64;
                    let bytes = if m.resident > 0 {
                        format!("{bytes:.1}")
                    } else {
                        String::new()
                    };
                    println!(
                        "| {name} | {threads} | {} | {} | {:.2} | {:.0} | {bytes} | {times:.2} |",
                        m.states,
                        m.transitions,
                        m.seconds,
                        m.speed() / 1e3,
                    );
                }
            }
        }
        println!();
    }
}

fn told(measured: &Result<Measured, String>) -> String {
    match measured {
        Ok(m) => format!("{:.2} s", m.seconds),
        Err(why) => why.clone(),
    }
}
