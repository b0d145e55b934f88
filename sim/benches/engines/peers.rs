//! Checkers that are programs of their own, where they are installed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::Asked;
use crate::measure::{Measured, median};

const PROMELA: &str = include_str!("peers/two_phase_commit.pml");
const TLA: &str = include_str!("peers/TwoPC.tla");

/// A directory for what a checker writes.
fn directory() -> Option<PathBuf> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers");
    std::fs::create_dir_all(&directory).ok()?;
    Some(directory)
}

/// What `command` prints, if it ends well.
fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

/// The number before the first of `words` in `text`.
fn before(text: &str, words: &str) -> Option<f64> {
    let (head, _) = text.split_once(words)?;
    let number = head.rsplit(|c: char| c.is_whitespace()).next()?;
    number.replace(',', "").parse().ok()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts that were printed"
)]
fn count(number: f64) -> u64 {
    number as u64
}

/// SPIN's depth-first search of every state, without partial order.
pub(crate) fn spin(n: u32, runs: usize) -> Result<Measured, String> {
    output(Command::new("spin").arg("-V")).ok_or("not installed (Debian: spin)")?;
    let directory = directory().ok_or("no directory to write to")?;
    let build = || {
        std::fs::write(directory.join("model.pml"), PROMELA).ok()?;
        let mut spin = Command::new("spin");
        output(
            spin.current_dir(&directory)
                .args(["-a", &format!("-DN={n}"), "model.pml"]),
        )?;
        let mut gcc = Command::new("gcc");
        let flags = ["-O2", "-march=native", "-w", "-DSAFETY", "-DNOREDUCE"];
        output(
            gcc.current_dir(&directory)
                .args(flags)
                .args(["-o", "pan", "pan.c"]),
        )
    };
    build().ok_or("does not build (spin, gcc)")?;
    let run = || {
        let started = Instant::now();
        let text = output(Command::new(directory.join("pan")).args(["-m10000", "-w24"]))?;
        let seconds = started.elapsed().as_secs_f64();
        let mebibytes = before(&text, "\ttotal actual memory usage").unwrap_or(0.0);
        Some(Measured {
            states: count(before(&text, " states, stored")?),
            transitions: count(before(&text, " transitions (")?),
            seconds,
            resident: count(mebibytes * 1_048_576.0),
        })
    };
    median(runs, run).ok_or("failed".to_owned())
}

/// TLC's breadth-first search; its start is not counted.
pub(crate) fn tlc(n: u32, workers: usize, asked: &Asked) -> Result<Measured, String> {
    let jar = asked.tlc.as_ref().ok_or("no jar: --tlc tla2tools.jar")?;
    let directory = directory().ok_or("no directory to write to")?;
    let managers: Vec<String> = (1..=n).map(|i| format!("r{i}")).collect();
    let config = format!(
        "CONSTANT RM = {{{}}}\nSPECIFICATION Spec\nINVARIANT Consistent\n",
        managers.join(", ")
    );
    let written = std::fs::write(directory.join("TwoPC.tla"), TLA);
    let written = written.and_then(|()| std::fs::write(directory.join("TwoPC.cfg"), config));
    written.map_err(|error| error.to_string())?;
    let run = || {
        let mut java = Command::new("java");
        java.current_dir(&directory)
            .args(["-Xmx8g", "-XX:+UseParallelGC", "-cp", jar]);
        java.args(["tlc2.TLC", "-workers", &workers.to_string(), "-deadlock"]);
        java.args(["-lncheck", "final", "TwoPC.tla"]);
        let started = Instant::now();
        let text = output(&mut java)?;
        let seconds = started.elapsed().as_secs_f64();
        let line = text
            .lines()
            .rev()
            .find(|line| line.contains("distinct states found"))?;
        Some(Measured {
            states: count(before(line, " distinct states found")?),
            transitions: count(before(line, " states generated")? - 1.0),
            seconds,
            resident: 0,
        })
    };
    // Minutes each.
    median(1, run).ok_or("failed (java)".to_owned())
}

/// A hand-written search of this one protocol.
pub(crate) fn floor(n: u32, threads: usize, asked: &Asked) -> Result<Measured, String> {
    let program = asked.floor.as_ref().ok_or("no program: --floor")?;
    let slots = match n {
        ..=8 => 22,
        9 => 24,
        10 => 26,
        _ => 29,
    };
    let run = || {
        let arguments = [
            n.to_string(),
            "u32".to_owned(),
            threads.to_string(),
            slots.to_string(),
        ];
        let text = output(Command::new(program).args(arguments))?;
        let field = |name: &str| -> Option<f64> {
            let field = text.split_whitespace().find_map(|w| w.strip_prefix(name))?;
            field.parse().ok()
        };
        Some(Measured {
            states: count(field("distinct=")?),
            transitions: count(field("generated=")? - 1.0),
            seconds: field("sec=")?,
            resident: count(field("rss_mib=")? * 1_048_576.0),
        })
    };
    median(asked.runs, run).ok_or("failed".to_owned())
}
