//! The command end to end: exit codes, stdout, stderr.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

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

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn exit_codes_say_what_was_found() {
    let holds = shutcheck(&[
        "verify",
        "pg17",
        "--scenario",
        "idle",
        "--property",
        "no-panic",
    ]);
    assert_eq!(holds.status.code(), Some(0), "{}", stderr(&holds));
    let violated = shutcheck(&["verify", "pg17", "--scenario", "idle"]);
    assert_eq!(violated.status.code(), Some(1));
    let bounded = [
        "verify",
        "pg17",
        "--scenario",
        "busy",
        "--property",
        "no-panic",
        "--transitions-max",
        "100",
    ];
    assert_eq!(shutcheck(&bounded).status.code(), Some(2));
    assert_eq!(shutcheck(&["verify", "pg42"]).status.code(), Some(64));
    assert_eq!(shutcheck(&["verify"]).status.code(), Some(64));
    assert_eq!(shutcheck(&["--help"]).status.code(), Some(0));
}

#[test]
fn a_kind_of_properties_is_asked_for_by_one_word() {
    let verdicts = |words: &[&str]| {
        let asked = words.iter().flat_map(|word| ["--property", word]);
        let scenario = ["verify", "pg18", "--scenario", "idle", "--partial-order"];
        let arguments: Vec<&str> = scenario.into_iter().chain(asked).collect();
        let output = shutcheck(&[&arguments[..], &["--format", "json"]].concat());
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        report["verdicts"].as_array().unwrap().len()
    };
    let (safety, liveness) = (verdicts(&["safety"]), verdicts(&["liveness"]));
    assert!(safety > liveness && liveness > 0);
    assert_eq!(
        verdicts(&["safety", "no-panic", "liveness"]),
        safety + liveness
    );
    assert_eq!(verdicts(&[]), safety + liveness);
}

#[test]
fn more_walsenders_than_a_search_takes_are_walked() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("nine.toml");
    let walsender = "[[walsender]]\nkind = \"logical\"\n";
    std::fs::write(
        &file,
        format!("requests = [\"fast\"]\n{}", walsender.repeat(9)),
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let searched = shutcheck(&["verify", "pg18", "--scenario", file]);
    assert_eq!(searched.status.code(), Some(64));
    assert!(stderr(&searched).contains("has 9 walsenders, too many for a search"));
    assert!(stderr(&searched).contains("`shutcheck simulate` walks more"));
    let few = ["--runs", "5", "--seed", "1", "--property", "no-panic"];
    let corpus = concat!(env!("CARGO_TARGET_TMPDIR"), "/nine-corpus");
    let walked = ["simulate", "pg18", "--scenario", file, "--corpus", corpus];
    let walked = shutcheck(&[&walked[..], &few].concat());
    assert_eq!(walked.status.code(), Some(0), "{}", stderr(&walked));
}

#[test]
fn errors_say_what_where_and_what_to_do() {
    for (arguments, what) in [
        (
            &["verify", "pg17+early-stat"][..],
            "did you mean `early-stats`",
        ),
        (
            &["verify", "pg17", "--scenario", "nope"],
            "unknown scenario `nope`",
        ),
        (
            &["verify", "pg17", "--property", "nope"],
            "unknown property `nope`",
        ),
        (
            &["endings", "pg17", "--scenario", "missing.toml"],
            "cannot read `missing.toml`",
        ),
        (&["explain", "nothing"], "neither a property nor a file"),
        (&["explain", "Cargo.toml"], "is not JSON"),
    ] {
        let output = shutcheck(arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        let complaint = stderr(&output);
        assert!(
            complaint.contains(what) && complaint.contains("help:"),
            "{complaint}"
        );
    }
}

#[test]
fn json_keeps_its_contract() {
    let output = shutcheck(&["verify", "pg17", "--scenario", "idle", "--format", "json"]);
    let run: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(run["design"], "pg17");
    assert_eq!(run["scenario"], "idle");
    assert!(run["seconds"].is_number());
    let verdicts = run["verdicts"].as_array().unwrap();
    assert_eq!(verdicts.len(), properties::PROPERTIES.len());
    for verdict in verdicts {
        let word = verdict["verdict"].as_str().unwrap();
        assert!(["holds", "violated", "inconclusive", "vacuous"].contains(&word));
        assert!(verdict["states_unique"].is_number() && verdict["depth"].is_number());
        assert_eq!(verdict["frontier_empty"], true);
        assert_eq!(word == "violated", verdict["counterexample"].is_object());
        for step in verdict["counterexample"]["steps"]
            .as_array()
            .into_iter()
            .flatten()
        {
            for key in ["actor", "step", "source", "text"] {
                assert!(step[key].is_string(), "{step}");
            }
        }
    }
    let both = shutcheck(&[
        "compare",
        "pg16",
        "pg17",
        "--scenario",
        "idle",
        "--format",
        "json",
    ]);
    let runs: serde_json::Value = serde_json::from_slice(&both.stdout).unwrap();
    assert_eq!(runs.as_array().unwrap().len(), 2);
}

#[test]
fn the_same_question_gets_the_same_bytes() {
    let ask = ["endings", "pg18", "--scenario", "walsender-killed"];
    assert_eq!(shutcheck(&ask).stdout, shutcheck(&ask).stdout);
}

#[test]
fn screens_fit_into_a_hundred_columns() {
    for arguments in [
        &[
            "verify",
            "proposal-2023-07-21",
            "--scenario",
            "db-transaction-checksums",
        ][..],
        &["endings", "pg17", "--scenario", "standby", "--story", "1"],
        &[
            "compare",
            "pg17",
            "proposal-2023-07-21",
            "--scenario",
            "archiving",
        ],
        &["ablate", "pg17", "--scenario", "standby-only"],
        &["explain", "wal-kept"],
        &["list", "designs"],
        &["list", "switches"],
        &["list", "scenarios"],
        &["list", "properties"],
        &["list", "steps"],
    ] {
        for line in stdout(&shutcheck(arguments)).lines() {
            let width = line.chars().count();
            assert!(width <= 100, "{arguments:?}: {width} columns: {line}");
        }
    }
}

#[test]
fn a_report_can_be_explained() {
    let directory = std::env::temp_dir().join(format!("shutcheck-{}", std::process::id()));
    let path = directory.to_str().unwrap();
    let verify = shutcheck(&["verify", "pg17", "--scenario", "idle", "--report", path]);
    assert_eq!(verify.status.code(), Some(1));
    let file = directory.join("pg17--idle.json");
    let told = stdout(&shutcheck(&["explain", file.to_str().unwrap()]));
    assert!(told.contains("confirmed-reaches-shutdown-checkpoint: violated by pg17 in idle"));
    assert!(told.contains("CreateCheckPoint"));
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn the_explorer_answers_and_a_taken_address_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let serve = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shutcheck"));
        command.args(["serve", "pg18", "--scenario", "idle", "--address", &address]);
        command
    };
    let refused = serve().output().expect("the command runs");
    assert_eq!(refused.status.code(), Some(64));
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("cannot listen at") && told.contains("--address"));
    drop(taken);

    let mut explorer = serve()
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the command runs");
    let answer = (0..3000).find_map(|_| ask(&address, "/.states/"));
    explorer.kill().expect("it runs");
    explorer.wait().expect("it ends");
    let answer = answer.expect("the explorer answers");
    assert!(answer.contains("200 OK"), "{answer}");
}

/// What an HTTP server at `address` says, if one listens there by now.
fn ask(address: &str, path: &str) -> Option<String> {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(address) else {
        #[expect(
            clippy::disallowed_methods,
            reason = "waits for another process to listen"
        )]
        std::thread::sleep(std::time::Duration::from_millis(20));
        return None;
    };
    let request = format!("GET {path} HTTP/1.0\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}
