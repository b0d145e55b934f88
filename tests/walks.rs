//! `simulate` and `replay` end to end: exit codes, the same bytes, a schedule that is seen again.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::process::{Command, Output};

fn shutcheck(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shutcheck"))
        .args(arguments)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_story_is_kept_and_replayed_byte_for_byte() {
    let corpus = Path::new(env!("CARGO_TARGET_TMPDIR")).join("walks-corpus");
    let _ = std::fs::remove_dir_all(&corpus);
    let corpus = corpus.to_str().unwrap();
    let design = "pg17-e0b2eed047";
    let property = "confirmed-is-on-disk";
    let simulate = |extra: &[&str]| {
        let common = ["simulate", design, "--seed", "5", "--runs", "400"];
        let rest = ["--property", property, "--corpus", corpus];
        shutcheck(&[&common[..], &rest[..], extra].concat())
    };
    let first = simulate(&[]);
    assert_eq!(first.status.code(), Some(1));
    let told = stdout(&first);
    assert!(told.starts_with("seed 5\n"), "{told}");
    assert!(
        told.lines()
            .all(|l| l.chars().count() <= 100 || l.contains("replay "))
    );
    // The corpus now has the schedule: it is replayed, and the walks say the same.
    let second = simulate(&["--threads", "1"]);
    assert_eq!(told, stdout(&second));
    assert!(String::from_utf8_lossy(&second.stderr).contains("1 schedules replayed"));
    let json = simulate(&["--format", "json"]);
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(value["verdicts"][0]["verdict"], "violated");

    let (_, file) = told.split_once("shutcheck replay ").unwrap();
    let file = file.split('`').next().unwrap();
    let replayed = shutcheck(&["replay", file]);
    assert_eq!(replayed.status.code(), Some(1));
    assert!(told.ends_with(&stdout(&replayed)));

    is_recorded(file, corpus, design);

    // In the design that has the fix, the corpus finds nothing.
    let fixed = ["simulate", "pg17", "--runs", "100", "--seed", "5"];
    let rest = ["--property", property, "--corpus", corpus];
    assert_eq!(
        shutcheck(&[&fixed[..], &rest[..]].concat()).status.code(),
        Some(0)
    );

    // An edited schedule: a step that cannot come first.
    let text = std::fs::read_to_string(file).unwrap();
    let first_step = text.lines().position(|l| l == "steps = [").unwrap() + 1;
    let edited: Vec<&str> = text
        .lines()
        .enumerate()
        .filter(|(n, _)| *n != first_step)
        .map(|(_, l)| l)
        .collect();
    let path = Path::new(corpus).join("edited.txt");
    std::fs::write(&path, edited.join("\n")).unwrap();
    let refused = shutcheck(&["replay", path.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(64));
    let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        complaint.contains("is not enabled here") && complaint.contains("enabled there"),
        "{complaint}"
    );
}

/// `--trace`: what recorders would see, which `validate` reads.
fn is_recorded(file: &str, directory: &str, design: &str) {
    let trace = Path::new(directory).join("trace.jsonl");
    let trace = trace.to_str().unwrap();
    let recorded = shutcheck(&["replay", file, "--trace", trace]);
    assert_eq!(recorded.stdout, shutcheck(&["replay", file]).stdout);
    let text = std::fs::read_to_string(trace).unwrap();
    assert!(text.contains("\"ev\":\"stop_request\"") && text.contains("\"ev\":\"outcome\""));
    let unsaid = String::from_utf8_lossy(&recorded.stderr).contains("does not tell");
    let checked = [
        "validate",
        trace,
        "--design",
        design,
        "--property",
        "no-panic",
    ];
    assert!(unsaid || shutcheck(&checked).status.code() == Some(0));
    let nowhere = "no-such-directory/trace.jsonl";
    let refused = shutcheck(&["replay", file, "--trace", nowhere]);
    assert_eq!(refused.status.code(), Some(64));
}

#[test]
fn wrong_flags_and_files_are_usage() {
    for arguments in [
        &["simulate", "pg42"][..],
        &["simulate", "pg17", "--strategy", "lucky"],
        &["simulate", "pg17", "--minutes", "-1"],
        &["simulate", "pg17", "--scenario", "nowhere"],
        &["replay", "no-such-file.toml"],
        &["replay", "Cargo.toml"],
    ] {
        let output = shutcheck(arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
}
