//! `validate` end to end: recorded shutdowns are behaviours of their own release and, where the
//! releases differ, of no other; bad files are refused with their line; what a rejection shows.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Read;
use std::process::{Command, Output};

use properties::validation::{Conformance, Validation};
use sim::conformance::{self, Recording};
use sim::design_name;

/// The recorded traces: major release, scenario, text.
pub(crate) fn recordings() -> Vec<(String, String, String)> {
    let mut paths: Vec<_> = std::fs::read_dir("tests/recorded/traces")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let mut text = String::new();
        let file = std::fs::File::open(path).unwrap();
        flate2::read::GzDecoder::new(file)
            .read_to_string(&mut text)
            .unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let (major, rest) = name.split_once('-').unwrap();
        let scenario = rest.strip_suffix(".jsonl.gz").unwrap();
        (major.to_owned(), scenario.to_owned(), text)
    };
    paths.iter().map(read).collect()
}

fn validate(text: &str, major: &str) -> Validation {
    let recording = Recording::parse(text, None).unwrap();
    let design = design_name::parse(&format!("pg{major}")).unwrap();
    let properties: Vec<_> = properties::PROPERTIES.iter().collect();
    conformance::validate(design, &recording, &properties, 100_000).unwrap()
}

#[test]
fn every_recorded_shutdown_is_a_behaviour_of_its_own_release() {
    let recordings = recordings();
    assert_eq!(recordings.len(), 87);
    for (major, scenario, text) in &recordings {
        let result = validate(text, major);
        let Conformance::Accepted(broken, kept) = &result.verdict else {
            panic!("{major} {scenario}: {:#?}", result.verdict);
        };
        assert_eq!(result.explained, result.events, "{major} {scenario}");
        assert!(!kept.is_empty());
        // What a release does not promise, and nothing else, may be broken.
        for b in broken {
            let known = match b.property.id {
                "confirmed-reaches-shutdown-checkpoint" => true,
                "confirmed-is-on-disk" | "no-commit-twice" => major.as_str() < "17",
                _ => false,
            };
            assert!(known, "{major} {scenario} breaks {}", b.property.id);
        }
    }
}

/// Shutdowns in which a release did nothing that another one does otherwise: no shutdown checkpoint
/// was reached.
const ALIKE: [&str; 4] = [
    "apply_frozen_t0",
    "fast_then_immediate",
    "ws_frozen_sigkill",
    "ws_sigkill_stopping",
];

#[test]
fn a_shutdown_of_one_release_is_none_of_another_where_they_differ() {
    for (major, scenario, text) in &recordings() {
        for other in ["13", "14", "15", "17", "18"]
            .into_iter()
            .filter(|o| o != major)
        {
            // Whether the client's backend set a latch of the walsender is a matter of luck.
            if other == "14" && major.as_str() < "14" && scenario == "busy_fast" {
                continue;
            }
            let accepted = matches!(validate(text, other).verdict, Conformance::Accepted(..));
            assert_eq!(
                accepted,
                alike(major, other, scenario),
                "{major} {scenario} as {other}"
            );
        }
    }
}

/// Whether a shutdown of `major` in `scenario` is one of `other`, too.
fn alike(major: &str, other: &str, scenario: &str) -> bool {
    if major < "15" || other < "15" {
        // The statistics collector is seen to go. Latches that are set by SIGUSR1 are seen where a
        // checkpointer wakes a walsender, or the postmaster the archiver.
        let shows = matches!(scenario, "archive_on" | "standby" | "two_walsenders");
        return major < "15" && other < "15" && !(shows && major < "14" && other == "14");
    }
    let old = major != "18" && other != "18";
    // Nothing that the model knows differs between 15 and 16. An immediate stop sends SIGQUIT to
    // all and no more; a trace without IO workers does not show that it is none of 18's.
    major < "17" && other < "17"
        || old && ALIKE.contains(&scenario)
        || matches!(scenario, "immediate" | "busy_immediate") && major != "18"
}

fn shutcheck(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shutcheck"))
        .args(arguments)
        .output()
        .unwrap()
}

fn file(name: &str, text: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn exit_codes_and_json() {
    let trace = "tests/recorded/traces/17-idle_fast.jsonl.gz";
    let own = [
        "validate",
        trace,
        "--design",
        "pg17",
        "--property",
        "no-panic",
    ];
    assert_eq!(shutcheck(&own).status.code(), Some(0));
    let all = ["validate", trace, "--design", "pg17"];
    assert_eq!(shutcheck(&all).status.code(), Some(1));
    let bounded = ["validate", trace, "--design", "pg17", "--states-max", "3"];
    assert_eq!(shutcheck(&bounded).status.code(), Some(2));
    let other = ["validate", trace, "--design", "pg18", "--format", "json"];
    let output = shutcheck(&other);
    assert_eq!(output.status.code(), Some(1));
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["verdict"], "rejected");
    assert!(value["unexplained"]["line"].is_u64());
}

#[test]
fn bad_files_are_refused_with_their_line() {
    let good = r#"{"t":0.1,"actor":"postmaster","ev":"pidfile_unlink","src":"strace"}"#;
    for (name, bad, complaint) in [
        ("json", "{", ":2: not JSON"),
        ("object", "[1]", ":2: not a JSON object"),
        (
            "actor",
            r#"{"t":0.2,"ev":"exit"}"#,
            ":2: `actor` of `` is missing",
        ),
        ("time", r#"{"actor":"a","ev":"exit"}"#, ":2: `t` is missing"),
        (
            "back",
            r#"{"t":0.0,"actor":"a","ev":"exit"}"#,
            ":2: time goes back",
        ),
        (
            "kind",
            r#"{"t":0.2,"actor":"a","ev":"dance"}"#,
            ":2: unknown event `dance`",
        ),
        (
            "lsn",
            r#"{"t":0.2,"actor":"walsender:a","ev":"tx","msg":"XLogData","end":"7"}"#,
            ":2: `end` of `tx` is \"7\"",
        ),
        (
            "state",
            concat!(
                r#"{"t":0.2,"actor":"checkpointer","ev":"control_write","#,
                r#""state":"odd","checkpoint":"0/1"}"#
            ),
            ":2: `state` of `control_write` is `odd`",
        ),
    ] {
        let path = file(&format!("bad-{name}.jsonl"), &format!("{good}\n{bad}\n"));
        let output = shutcheck(&["validate", &path, "--design", "pg17"]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(64), "{stderr}");
        assert!(stderr.contains(complaint), "{stderr}");
        assert!(stderr.contains("= help:"), "{stderr}");
    }
    let empty = file("bad-empty.jsonl", "");
    let output = shutcheck(&["validate", &empty, "--design", "pg17"]);
    assert_eq!(output.status.code(), Some(64));
    let missing = shutcheck(&["validate", "no-such-file", "--design", "pg17"]);
    assert_eq!(missing.status.code(), Some(64));
}

#[test]
fn a_rejection_names_the_event_and_what_could_have_happened() {
    let trace = "tests/recorded/traces/15-idle_fast.jsonl.gz";
    let output = shutcheck(&["validate", trace, "--design", "pg17"]);
    assert_eq!(output.status.code(), Some(1));
    let screen = String::from_utf8(output.stdout).unwrap();
    for part in [
        "error: tests/recorded/traces/15-idle_fast.jsonl.gz is not a behaviour of pg17",
        "checkpointer: fn CheckPointReplicationSlots return",
        "The end of the longest explained prefix",
        "pg_control := \"shutting down\"",
        "checkpointer is at SlotCopy; the event is its own",
        "What could have happened there",
        "checkpointer: looks at slot",
    ] {
        assert!(screen.contains(part), "no `{part}` in\n{screen}");
    }
    for line in screen.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}
