//! A search that was saved and read back against the same search in one go, and what is said of a
//! checkpoint that is damaged.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{all, world};
use properties::{Outcome, Run, Unfinished, Verdict};
use sim::batch::Job;
use sim::checker::{self, Engine, Options};
use sim::saved::{self, Bounds};
use sim::scenario_file::Named;
use sim::scenarios;

/// A directory of its own for each test, gone afterwards.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Directory {
        let name = format!("shutcheck-saved-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        Directory(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const BOUNDS: Bounds = Bounds {
    transitions_max: 60_000_000,
    seconds_max: 600,
    threads: 2,
    memory_max: None,
    symmetry: true,
    partial_order: false,
    every: 0,
};

fn job(design: &str, scenario: &str) -> (Job, Named) {
    let job = Job {
        design: design.to_owned(),
        scenario: scenario.to_owned(),
        world: world(design, scenario),
        properties: all(),
    };
    (job, scenarios::built_in(scenario).expect("built in"))
}

/// All that a run says, but the seconds.
fn said(run: &Run) -> String {
    format!(
        "{:?}",
        Run {
            seconds: 0.0,
            ..run.clone()
        }
    )
}

fn begin(at: &Path, (job, scenario): &(Job, Named), bounds: Bounds) -> Run {
    let mut saving = saved::begin(at, job, scenario, bounds, |w| panic!("{w}")).expect("begins");
    let options = saved::options(bounds, u64::MAX);
    checker::run_saved(job, options, &mut saving, &mut |_| {})
}

fn resume(at: &Path, bounds: Bounds) -> Run {
    let resumed = saved::open(at, u64::MAX).expect("opens");
    let job = resumed.job.clone();
    let mut saving = resumed.saving(bounds, |w| panic!("{w}"));
    let options = saved::options(bounds, u64::MAX);
    checker::run_saved(&job, options, &mut saving, &mut |_| {})
}

/// Interrupted again and again, each time a little later.
#[test]
fn in_pieces_as_in_one_go() {
    for (design, scenario) in [("pg17", "two-walsenders"), ("proposal-2023-07-21", "busy")] {
        let asked = job(design, scenario);
        let options = Options {
            engine: Engine::Packed,
            ..Options::default()
        };
        let names = (design, scenario);
        let whole = checker::run(names, &asked.0.world, &all(), options, &mut |_| {});
        let at = Directory::new(scenario);
        let piece = whole.transitions / 7;
        let mut bounds = BOUNDS;
        bounds.transitions_max = usize::try_from(piece).expect("a few");
        let first = begin(&at.0, &asked, bounds);
        assert!(matches!(first.unfinished, Some(Unfinished::Transitions(_))));
        let mut pieces = 1;
        loop {
            bounds.transitions_max += usize::try_from(piece).expect("a few");
            // Keys may be numbered in another order: what is said must be the same.
            bounds.threads = 1 + pieces % 2;
            let run = resume(&at.0, bounds);
            pieces += 1;
            if run.unfinished.is_none() {
                assert_eq!(said(&run), said(&whole), "{names:?}");
                break;
            }
            assert!(pieces < 20);
        }
        assert!(pieces > 2, "{names:?}: {pieces}");
        // A search that is done says it again.
        assert_eq!(said(&resume(&at.0, BOUNDS)), said(&whole), "{names:?}");
    }
}

#[test]
fn damage_is_noticed_and_named() {
    let at = Directory::new("damage");
    let asked = job("pg17", "idle");
    begin(&at.0, &asked, BOUNDS);
    let files: Vec<PathBuf> = fs::read_dir(&at.0)
        .expect("a directory")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert_eq!(files.len(), 4);
    let error = || {
        saved::open(&at.0, u64::MAX)
            .expect_err("damaged")
            .to_string()
    };
    for file in &files {
        let name = file.file_name().and_then(|n| n.to_str()).expect("a name");
        let good = fs::read(file).expect("a file");
        let put = |bytes: &[u8]| fs::write(file, bytes).expect("written");
        fs::remove_file(file).expect("removed");
        let missing = error();
        assert!(
            missing.contains(name) || name == "manifest.json",
            "{missing}"
        );
        for place in [0, good.len() / 2, good.len().saturating_sub(1)] {
            if good.is_empty() {
                break;
            }
            let mut bad = good.clone();
            bad[place] ^= 4;
            put(&bad);
            assert!(
                error().contains(name),
                "byte {place} of {name}: {}",
                error()
            );
            put(&good[..place]);
            assert!(error().contains(name), "{place} bytes of {name}");
        }
        // What was being written when the process was killed does not count.
        put(&good);
        if name != "manifest.json" {
            put(&[&good[..], b"torn"].concat());
        }
        saved::open(&at.0, u64::MAX).expect("whole again");
    }
}

/// A manifest as another program would have written it, with a right checksum.
fn forge(at: &Path, from: &str, to: &str) {
    let file = at.join("manifest.json");
    let text = fs::read_to_string(&file).expect("a manifest");
    let (json, _) = text.split_once('\n').expect("a checksum");
    assert!(json.contains(from), "{from}");
    let json = json.replace(from, to);
    let crc = engine::checkpoint::digest(&json);
    fs::write(&file, format!("{json}\ncrc32 {crc:08x}\n")).expect("written");
}

#[test]
fn another_program_is_noticed() {
    for (from, to, said) in [
        ("\"format\":1", "\"format\":9", "is of format 9"),
        ("shutcheck 0.", "shutcheck 7.", "the version differs"),
        (
            "\"design\":\"pg17\"",
            "\"design\":\"pg18\"",
            "the design's name",
        ),
        ("\"design\":\"pg17\"", "\"design\":\"pg71\"", "unknown here"),
        ("\"sizes\":[1,", "\"sizes\":[2,", "levels-0.keys"),
        ("\"no-panic\"", "\"no-picnic\"", "properties unknown here"),
        ("\"steps\":", "\"steps\":1", "the model's steps differ"),
        ("\"found\":", "\"lost\":", "other notes"),
    ] {
        let at = Directory::new("foreign");
        begin(&at.0, &job("pg17", "idle"), BOUNDS);
        forge(&at.0, from, to);
        let error = saved::open(&at.0, u64::MAX).expect_err("foreign");
        assert!(error.to_string().contains(said), "{error}");
    }
}

/// The same names, but steps that do other things: found by searching the first levels again.
#[test]
fn another_model_is_noticed() {
    let at = Directory::new("model");
    begin(&at.0, &job("pg17", "idle"), BOUNDS);
    let text = fs::read_to_string(at.0.join("manifest.json")).expect("a manifest");
    let (_, sizes) = text.split_once("\"sizes\":[").expect("sizes");
    let (sizes, _) = sizes.split_once(']').expect("their end");
    let mut other: Vec<u64> = sizes
        .split(',')
        .map(|n| n.parse().expect("a size"))
        .collect();
    other[4] += 1;
    other[5] -= 1;
    let other: Vec<String> = other.iter().map(u64::to_string).collect();
    forge(&at.0, sizes, &other.join(","));
    let error = saved::open(&at.0, u64::MAX).expect_err("foreign");
    assert!(
        error.to_string().contains("other states at depth 4"),
        "{error}"
    );
}

#[test]
fn what_is_there_is_not_overwritten() {
    let at = Directory::new("taken");
    let (first, other) = (job("pg17", "idle"), job("pg18", "idle"));
    begin(&at.0, &first, BOUNDS);
    for (asked, same) in [(&first, true), (&other, false)] {
        let error = saved::begin(&at.0, &asked.0, &asked.1, BOUNDS, |_| {}).expect_err("taken");
        assert!(matches!(error, saved::Error::Taken(_)));
        assert_eq!(saved::is_of(&at.0, &asked.0, &asked.1), Ok(same));
    }
}

/// A disk that takes nothing more, played by a directory in a file's place.
#[test]
fn the_search_goes_on_without_a_disk() {
    let at = Directory::new("disk");
    fs::create_dir_all(at.0.join("levels-0.keys")).expect("made");
    let (asked, scenario) = job("pg17", "idle");
    let mut warnings = Vec::new();
    let warn = |text: &str| warnings.push(text.to_owned());
    let mut saving = saved::begin(&at.0, &asked, &scenario, BOUNDS, warn).expect("begins");
    let options = saved::options(BOUNDS, u64::MAX);
    let run = checker::run_saved(&asked, options, &mut saving, &mut |_| {});
    drop(saving);
    assert!(run.frontier_empty);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("levels-0.keys") && warnings[0].contains("goes on"));
}

/// Out of memory: never a false *holds*; and with more memory it goes on. With a little less than
/// enough all states are known, and only endless runs are not: how much that is, threads decide.
#[test]
fn little_memory_is_never_a_false_holds() {
    let asked = job("proposal-2023-07-21", "busy");
    let options = Options {
        engine: Engine::Packed,
        ..Options::default()
    };
    let names = ("proposal-2023-07-21", "busy");
    let whole = checker::run(names, &asked.0.world, &all(), options, &mut |_| {});
    for kib in [1, 64, 1024, 2048, 4096, 5632, 6144] {
        let at = Directory::new(&format!("memory-{kib}"));
        let limit = kib << 10;
        let bounds = Bounds {
            memory_max: Some(limit),
            ..BOUNDS
        };
        let run = begin(&at.0, &asked, bounds);
        if run.unfinished.is_none() {
            assert_eq!(said(&run), said(&whole), "{kib} KiB");
            continue;
        }
        assert_eq!(run.unfinished, Some(Unfinished::Memory(limit)), "{kib} KiB");
        for (found, truth) in run.verdicts.iter().zip(&whole.verdicts) {
            let steps = |v: &Verdict| v.counterexample.as_ref().map(|c| c.steps.len());
            let same = found.outcome == truth.outcome && steps(found) == steps(truth);
            let ok = match found.outcome {
                Outcome::Inconclusive => true,
                Outcome::Violated => same,
                Outcome::Holds | Outcome::Vacuous => same && run.frontier_empty,
            };
            assert!(ok, "{kib} KiB: {}", found.property);
        }
        assert_eq!(said(&resume(&at.0, BOUNDS)), said(&whole), "{kib} KiB");
    }
}
