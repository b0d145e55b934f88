//! `verify --checkpoint` and `--resume`, `--memory`, and the progress line, end to end.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn shutcheck() -> Command {
    Command::new(env!("CARGO_BIN_EXE_shutcheck"))
}

fn directory(name: &str) -> PathBuf {
    let name = format!("shutcheck-{name}-{}", std::process::id());
    let path = std::env::temp_dir().join(name);
    let _ = std::fs::remove_dir_all(&path);
    path
}

/// The JSON without the seconds.
fn said(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = text.lines().filter(|line| !line.contains("\"seconds\":"));
    lines.collect::<Vec<_>>().join("\n")
}

const SEARCH: [&str; 5] = [
    "verify",
    "pg18",
    "--scenario",
    "archiving",
    "--engine=packed",
];

fn resume(at: &Path) -> Output {
    let mut command = shutcheck();
    command
        .args(["verify", "--format", "json", "--resume"])
        .arg(at);
    command.output().unwrap()
}

#[test]
fn a_killed_search_goes_on_as_if_nothing_had_been() {
    let whole = shutcheck()
        .args(SEARCH)
        .args(["--format", "json"])
        .output()
        .unwrap();
    let at = directory("killed");
    let mut child = shutcheck()
        .args(SEARCH)
        .args(["--checkpoint-every", "0s", "--checkpoint"])
        .arg(&at)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !at.join("manifest.json").exists() {
        std::thread::yield_now();
    }
    // SIGKILL; if the search was quicker, then it is told again.
    child.kill().unwrap();
    child.wait().unwrap();
    let resumed = resume(&at);
    assert_eq!(said(&resumed), said(&whole));
    assert_eq!(resumed.status.code(), whole.status.code());
    assert!(resumed.stderr.is_empty(), "progress where no terminal is");

    std::fs::write(at.join("levels-0.keys"), b"short").unwrap();
    let damaged = resume(&at);
    assert_eq!(damaged.status.code(), Some(64));
    let told = String::from_utf8(damaged.stderr).unwrap();
    assert!(told.contains("levels-0.keys") && told.contains("cut off") && told.contains("help:"));
    std::fs::remove_dir_all(&at).unwrap();
}

#[test]
fn a_checkpoint_is_asked_for_in_the_right_way() {
    let at = directory("asked");
    let named = at.to_str().unwrap();
    for (arguments, said) in [
        (&["pg18", "--checkpoint", named][..], "one search"),
        (
            &[
                "pg18",
                "--scenario",
                "idle",
                "--engine",
                "graph",
                "--checkpoint",
                named,
            ],
            "only the packed engine",
        ),
        (&["--resume", named], "no checkpoint"),
        (&["pg18", "--resume", named], "cannot be used"),
        (
            &["pg18", "--checkpoint", named, "--checkpoint-every", "soon"],
            "as `60s`",
        ),
    ] {
        let output = shutcheck().arg("verify").args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(said), "{told}");
    }
    assert!(!at.exists());
}

#[test]
fn too_little_memory_is_said() {
    let ask = |format: &str| {
        let mut command = shutcheck();
        command.args([
            "verify",
            "pg18",
            "--scenario",
            "mixed",
            "--engine",
            "packed",
        ]);
        command.args([
            "--property",
            "no-panic",
            "--memory",
            "8MiB",
            "--format",
            format,
        ]);
        command.output().unwrap()
    };
    let text = ask("text");
    assert_eq!(text.status.code(), Some(2));
    let told = String::from_utf8(text.stdout).unwrap();
    assert!(
        told.contains("memory limit of 8 MiB reached after"),
        "{told}"
    );
    assert!(told.contains("give `--memory` more"), "{told}");
    let run: serde_json::Value = serde_json::from_slice(&ask("json").stdout).unwrap();
    assert_eq!(run["unfinished"]["bound"], "memory");
    assert_eq!(run["unfinished"]["limit"], 8 << 20);
    assert_eq!(run["verdicts"][0]["verdict"], "inconclusive");
}
