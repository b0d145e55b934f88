//! Nights end to end: what is written, resumed, joined, and told when something is wrong.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nightly::store::{NAME, Store};

const CONFIG: &str = "releases = [\"pg17\", \"pg18\"]\nscenarios = [\"idle\", \"disconnect\"]\n\
                      walks-per-unit = 20\ntraces = []\n";
const SEARCHES: &str = "parts = [\"judge\"]\n";
const WALKS: &str = "parts = [\"judge\", \"walks\"]\n";

/// A fresh directory with a configuration in it.
fn fresh(name: &str, config: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("nightly-{name}"));
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("nightly.toml"), config).unwrap();
    directory
}

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shutcheck"));
    command.current_dir(directory).args(arguments);
    command.env_remove("GITHUB_ACTIONS");
    command
}

/// One thread: so the order of the units is known.
fn night(directory: &Path, out: &str, more: &[&str]) -> Output {
    let words = [
        "nightly",
        "--out",
        out,
        "--config",
        "nightly.toml",
        "--threads",
        "1",
    ];
    command(directory, &[&words, more].concat())
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Everything that was said, in order.
fn said(database: &Path) -> Vec<[String; 3]> {
    let store = Store::existing(database).unwrap();
    let sql = "SELECT unit, key, verdict FROM verdicts WHERE night <> ?1 ORDER BY 1, 2";
    let row = |row: &rusqlite::Row<'_>| Ok([row.get(0)?, row.get(1)?, row.get(2)?]);
    store.rows(sql, "", row).unwrap()
}

#[test]
fn what_is_known_is_not_new_the_next_night() {
    let at = fresh("two", &format!("{CONFIG}{SEARCHES}"));
    let first = night(&at, "out", &["--units", "100", "--seed", "1"]);
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    assert!(
        stdout(&first).contains("Violations: 0 new,"),
        "{}",
        stdout(&first)
    );
    assert!(stdout(&first).contains("Violated, and never judged before"));
    let again = night(&at, "out", &["--units", "100", "--seed", "1"]);
    assert!(
        stderr(&again).contains("this night is done"),
        "{}",
        stderr(&again)
    );
    let second = night(&at, "out", &["--units", "100", "--seed", "2"]);
    assert_eq!(second.status.code(), Some(0));
    assert!(stdout(&second).contains("0 new, 0 judged for the first time"));
    let lines = stdout(&second).lines().count();
    assert!(lines < 60, "{lines} lines are more than a minute");
    let accepted = "\n[[accepted]]\nkey = \"judge/*\"\nreason = \"releases are as they are\"\n";
    std::fs::write(
        at.join("nightly.toml"),
        format!("{CONFIG}{SEARCHES}{accepted}"),
    )
    .unwrap();
    let third = night(&at, "out", &["--units", "100", "--seed", "2"]);
    assert!(stdout(&third).contains("0 known"), "{}", stdout(&third));
    let store = Store::existing(&at.join("out").join(NAME)).unwrap();
    let sql = "SELECT count(DISTINCT started) FROM nights WHERE night <> ?1";
    let starts: Vec<usize> = store.rows(sql, "", |row| row.get(0)).unwrap();
    assert_eq!(starts, [3], "nights within a second have an order");
}

#[test]
fn reports_have_their_shapes() {
    let at = fresh("reports", &format!("{CONFIG}{SEARCHES}"));
    let run = night(
        &at,
        "out",
        &["--units", "100", "--seed", "1", "--format", "json"],
    );
    let summary: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(summary["ending"], "nothing-new");
    let text = std::fs::read_to_string(at.join("out/results.sarif")).unwrap();
    let sarif: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        assert!(result["message"]["text"].is_string() && result["ruleId"].is_string());
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert!(Path::new(place.as_str().unwrap()).is_file(), "{place}");
    }
    let junit = std::fs::read_to_string(at.join("out/junit.xml")).unwrap();
    assert!(junit.contains("<testsuite name=\"judge\" tests=\"4\" skipped=\"0\" errors=\"0\""));
    let report = command(&at, &["nightly", "--report", "--out", "out"])
        .output()
        .unwrap();
    assert!(
        stdout(&report).starts_with("Night of "),
        "{}",
        stderr(&report)
    );
}

#[test]
fn a_killed_night_goes_on_and_says_the_same() {
    let at = fresh("killed", &format!("{CONFIG}{WALKS}"));
    let arguments = [
        "nightly",
        "--out",
        "out",
        "--config",
        "nightly.toml",
        "--threads",
        "1",
        "--units",
        "12",
        "--seed",
        "7",
    ];
    let mut running = command(&at, &arguments)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let is_begun = || {
        let files = std::fs::read_dir(at.join("out/journal"))
            .into_iter()
            .flatten()
            .flatten();
        let mut texts = files.map(|e| std::fs::read_to_string(e.path()).unwrap_or_default());
        texts.any(|text| text.matches("\"record\":\"unit\"").count() > 2)
    };
    while !is_begun() && running.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    running.kill().unwrap();
    running.wait().unwrap();
    // Without a seed: it is that of the killed night.
    let on = night(&at, "out", &["--units", "12"]);
    assert!(stderr(&on).contains("seed 7, night"), "{}", stderr(&on));
    let whole = night(&at, "whole", &["--units", "12", "--seed", "7"]);
    assert_eq!(whole.status.code(), on.status.code(), "{}", stderr(&whole));
    assert_eq!(
        said(&at.join("out").join(NAME)),
        said(&at.join("whole").join(NAME))
    );
}

#[test]
fn shards_joined_are_the_whole() {
    let at = fresh("shards", &format!("{CONFIG}{SEARCHES}"));
    for k in ["1", "2", "3"] {
        let shard = format!("{k}/3");
        let run = night(
            &at,
            k,
            &["--units", "100", "--seed", "4", "--shard", &shard],
        );
        assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    }
    night(&at, "whole", &["--units", "100", "--seed", "4"]);
    let databases = ["1", "2", "3"].map(|k| format!("{k}/{NAME}"));
    let [one, two, three] = databases.each_ref().map(String::as_str);
    let merge = ["merge", one, two, three, "--out", "all.sqlite"];
    let joined = command(&at, &merge).output().unwrap();
    assert_eq!(joined.status.code(), Some(0), "{}", stderr(&joined));
    assert_eq!(stdout(&joined), "4 units added from 3 databases\n");
    assert_eq!(
        said(&at.join("all.sqlite")),
        said(&at.join("whole").join(NAME))
    );
    let again = command(&at, &merge).output().unwrap();
    assert!(stdout(&again).starts_with("0 units added"));
    let unseeded = night(&at, "5", &["--units", "1", "--shard", "1/3"]);
    assert_eq!(unseeded.status.code(), Some(64));
    assert!(stderr(&unseeded).contains("`--shard` needs `--seed N`"));
}

#[test]
fn a_broken_database_is_built_again() {
    let at = fresh("broken", &format!("{CONFIG}{SEARCHES}"));
    night(&at, "out", &["--units", "100", "--seed", "1"]);
    let database = at.join("out").join(NAME);
    let before = said(&database);
    std::fs::write(
        &database,
        "not a database, whatever its name says; ".repeat(500),
    )
    .unwrap();
    let on = night(&at, "out", &["--units", "100", "--seed", "1"]);
    assert!(
        stderr(&on).contains("4 units were read from the journals"),
        "{}",
        stderr(&on)
    );
    assert!(at.join("out/nightly.sqlite.broken-1").exists());
    assert_eq!(said(&database), before);
}

/// The limit on the size of a file stands for the end of the disk.
#[test]
#[cfg(unix)]
fn a_full_disk_loses_nothing_that_was_reported() {
    let at = fresh("full", &format!("{CONFIG}{WALKS}"));
    let script = "trap '' XFSZ; ulimit -f 600; exec \"$0\" nightly --out out \
                  --config nightly.toml --threads 1 --units 120 --seed 9";
    let full = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_shutcheck")])
        .current_dir(&at)
        .output()
        .unwrap();
    assert_eq!(full.status.code(), Some(64), "{}", stderr(&full));
    assert!(
        stderr(&full).contains("error: cannot write"),
        "{}",
        stderr(&full)
    );
    assert!(stderr(&full).contains("free space on that disk"));
    let journal = std::fs::read_dir(at.join("out/journal"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let text = std::fs::read_to_string(journal.path()).unwrap();
    let whole = text
        .lines()
        .filter(|l| l.contains("\"record\":\"unit\"") && l.ends_with('}'));
    let reported = whole.count();
    assert!(reported > 2);
    let on = night(&at, "out", &["--units", &(reported + 1).to_string()]);
    let goes_on = format!("goes on: {reported} units are done");
    assert!(stderr(&on).contains(&goes_on), "{goes_on}\n{}", stderr(&on));
}

#[test]
fn a_bad_configuration_says_where_and_what_to_do() {
    for (text, place, what, help) in [
        (
            "designs = [\"pg42\"]",
            "nightly.toml:1:12",
            "unknown",
            "= help: ",
        ),
        (
            "desings = []",
            "nightly.toml:1:1",
            "unknown key `desings`",
            "= help: ",
        ),
        (
            "\nwalks-per-unit = 0",
            "nightly.toml:2:18",
            "0 is too few",
            "give 1 or more",
        ),
        (
            "parts = [\"walk\"]",
            "nightly.toml:1:10",
            "unknown part",
            "the parts are `corpus`",
        ),
        (
            "scenarios = [\"idel\"]",
            "nightly.toml:1:14",
            "unknown scenario",
            "list scenarios",
        ),
        (
            "[[traces]]\npath = \"no\"",
            "nightly.toml:2:8",
            "cannot read",
            "a directory of traces",
        ),
        (
            "[[accepted]]\nkey = \"pg17\"\nreason = \"so\"",
            "nightly.toml:2:7",
            "no key of a verdict",
            "a key begins with its part",
        ),
        ("designs = [", "nightly.toml:1:", "", "the file is TOML"),
    ] {
        let at = fresh("config", text);
        let run = night(&at, "out", &["--units", "1"]);
        assert_eq!(run.status.code(), Some(64), "{text}");
        for word in [place, what, help] {
            assert!(
                stderr(&run).contains(word),
                "{text}\n{word}\n{}",
                stderr(&run)
            );
        }
        assert!(
            !at.join("out").exists(),
            "nothing is written before all is well"
        );
    }
}
