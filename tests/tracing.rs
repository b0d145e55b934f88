//! The run's own log, and shutdowns as traces in Chrome's trace event format.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn shutcheck(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shutcheck"))
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Runs with `--perfetto FILE`; the events, once their shape is checked.
fn drawn(name: &str, arguments: &[&str]) -> Vec<Value> {
    let path = file(name);
    let _ = std::fs::remove_file(&path);
    let at = path.to_str().unwrap();
    let run = shutcheck(&[arguments, &["--perfetto", at]].concat());
    assert!(
        text(&run.stderr).contains("ui.perfetto.dev"),
        "{}",
        text(&run.stderr)
    );
    let trace: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(trace["displayTimeUnit"], "ms");
    let events = trace["traceEvents"].as_array().unwrap().clone();
    check(&events);
    events
}

/// The shape of the Trace Event Format, as Perfetto's importer needs it.
fn check(events: &[Value]) {
    let (mut named, mut last) = (BTreeSet::new(), 0.0);
    let (mut begun, mut ended) = (BTreeSet::new(), BTreeSet::new());
    for event in events {
        let pid = event["pid"].as_u64().unwrap();
        assert!(
            event["tid"].is_u64() && event["name"].is_string(),
            "{event}"
        );
        let phase = event["ph"].as_str().unwrap();
        if phase == "M" {
            if event["name"] == "process_name" {
                assert!(event["args"]["name"].is_string());
                assert!(named.insert(pid), "two names of {pid}");
            }
            continue;
        }
        assert!(named.contains(&pid), "a track without a name: {event}");
        let at = event["ts"].as_f64().unwrap();
        assert!(at >= last, "out of order: {event}");
        last = at;
        match phase {
            "X" => assert!(event["dur"].as_f64().unwrap() >= 0.0, "{event}"),
            "s" => assert!(begun.insert(event["id"].as_u64().unwrap())),
            "f" => {
                assert_eq!(event["bp"], "e");
                assert!(ended.insert(event["id"].as_u64().unwrap()));
            }
            other => panic!("phase `{other}`"),
        }
    }
    assert_eq!(begun, ended, "an arrow has two ends");
}

fn tracks(events: &[Value]) -> BTreeSet<&str> {
    let names = events.iter().filter(|e| e["name"] == "process_name");
    names.map(|e| e["args"]["name"].as_str().unwrap()).collect()
}

fn count(events: &[Value], phase: &str) -> usize {
    events.iter().filter(|e| e["ph"] == phase).count()
}

#[test]
fn a_counterexample_has_a_track_for_each_process() {
    let events = drawn(
        "counterexample.json",
        &["verify", "pg17", "--scenario", "idle"],
    );
    let tracks = tracks(&events);
    for track in ["postmaster", "checkpointer", "pmState"] {
        assert!(tracks.contains(track), "{track}: {tracks:?}");
    }
    assert!(count(&events, "s") > 0, "signals are arrows");
}

#[test]
fn a_report_a_walk_and_its_replay_are_drawn() {
    let report = file("report.json");
    let run = shutcheck(&["verify", "pg17", "--scenario", "idle", "--format", "json"]);
    std::fs::write(&report, &run.stdout).unwrap();
    let explained = drawn("explained.json", &["explain", report.to_str().unwrap()]);
    assert!(tracks(&explained).contains("postmaster"));
    let corpus = file("tracing-corpus");
    let _ = std::fs::remove_dir_all(&corpus);
    let corpus = corpus.to_str().unwrap();
    let walk = [
        "simulate", "pg17", "--seed", "1", "--runs", "200", "--corpus", corpus,
    ];
    let walked = drawn("walk.json", &walk);
    let mut schedules = std::fs::read_dir(corpus).unwrap();
    let schedule = schedules.next().unwrap().unwrap().path();
    let replayed = drawn("replay.json", &["replay", schedule.to_str().unwrap()]);
    assert!(count(&walked, "X") > 3 && count(&replayed, "X") > 3);
}

#[test]
fn a_recorded_shutdown_keeps_its_times() {
    let trace = "tests/recorded/traces/17-idle_fast.jsonl.gz";
    let events = drawn("recorded.json", &["validate", trace, "--design", "pg17"]);
    let tracks = tracks(&events);
    assert!(
        tracks.contains("postmaster") && tracks.contains("pmState"),
        "{tracks:?}"
    );
    assert!(count(&events, "s") > 3, "signals are arrows");
    let of = |name: &str| events.iter().find(|e| e["ph"] == "X" && e["name"] == name);
    // 0.009108 s in the trace, which begins at 0.000005 s.
    assert!((of("pm_state").unwrap()["ts"].as_f64().unwrap() - 9103.0).abs() < 0.5);
}

#[test]
fn nothing_to_draw_is_said() {
    let path = file("nothing.json");
    let _ = std::fs::remove_file(&path);
    let holds = [
        "verify",
        "pg17",
        "--scenario",
        "idle",
        "--property",
        "no-panic",
    ];
    let run = shutcheck(&[&holds[..], &["--perfetto", path.to_str().unwrap()]].concat());
    assert_eq!(run.status.code(), Some(0));
    assert!(text(&run.stderr).contains("no story to show"));
    assert!(!path.exists());
}

#[test]
fn the_log_goes_to_stderr_with_spans_by_phase() {
    let verify = [
        "verify",
        "pg17",
        "--scenario",
        "idle",
        "--property",
        "no-panic",
    ];
    let quiet = shutcheck(&verify);
    assert_eq!(text(&quiet.stderr), "");
    let json = [&verify[..], &["--log", "info", "--log-format", "json"]].concat();
    let run = shutcheck(&json);
    let seconds = |out: &Output| text(&out.stdout).lines().next().unwrap().to_owned();
    assert_eq!(seconds(&run), seconds(&quiet), "data stays on stdout");
    let lines: Vec<Value> = text(&run.stderr)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let closed = lines.iter().filter(|l| l["fields"]["message"] == "close");
    let spans: Vec<&str> = closed
        .map(|l| l["span"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(spans, ["search", "tell", "command"]);
    let debug = shutcheck(&[&verify[..], &["--log", "off,sim=debug"]].concat());
    assert!(
        text(&debug.stderr).contains("level begun"),
        "{}",
        text(&debug.stderr)
    );
    let wrong = shutcheck(&["list", "designs", "--log", "loud"]);
    assert_eq!(wrong.status.code(), Some(64));
    assert!(text(&wrong.stderr).contains("`--log loud` is no level"));
}
