//! The stories in `docs/stories` are what the command tells today.

use std::process::Command;

const PROPOSAL: &str = "proposal-2023-07-21";

/// File, design, scenario, property.
const STORIES: [[&str; 4]; 15] = [
    [
        "1-stopping-with-wal-undecoded",
        PROPOSAL,
        "busy",
        "no-stats-after-stats-shutdown",
    ],
    [
        "2-wal-behind-the-checkpoint",
        PROPOSAL,
        "db-transaction-checksums",
        "no-wal-after-shutdown-checkpoint",
    ],
    [
        "2-commit-lost-after-the-restart",
        PROPOSAL,
        "db-transaction-checksums",
        "no-commit-lost",
    ],
    [
        "3-acknowledged-but-not-saved",
        PROPOSAL,
        "disconnect",
        "confirmed-is-on-disk",
    ],
    [
        "4-exact-check-refuses",
        PROPOSAL,
        "subscriber-down-upgrade",
        "upgrade-check-complete",
    ],
    [
        "5-frozen-subscriber-hangs-the-stop",
        PROPOSAL,
        "subscriber-frozen-idle",
        "no-deadlock",
    ],
    [
        "6-commit-after-the-drain",
        "pg17",
        "db-transaction",
        "all-commits-delivered",
    ],
    [
        "6-upgrade-refused-for-an-abort",
        "pg17",
        "db-transaction",
        "upgrade-check-complete",
    ],
    [
        "7-failed-save-loses-wal",
        "pg17",
        "standby-only-save-fails",
        "wal-kept",
    ],
    [
        "8-stuck-standby-blocks-the-checkpoint",
        "pg18",
        "standby-frozen-backlog",
        "checkpoint-reached-whatever-peers-do",
    ],
    [
        "9-smart-stop-of-a-standby-hangs",
        "pg18",
        "recovery-ends-smart-fast",
        "shutdown-terminates",
    ],
    [
        "10-fast-stop-after-a-crash-hangs",
        "pg18",
        "dead-end-crashes-in-startup",
        "shutdown-terminates",
    ],
    [
        "wrong-repair-panics",
        "proposal-2023-07-21-stopping-idles",
        "db-transaction-checksums",
        "no-panic",
    ],
    [
        "15-confirmed-before-it-is-flushed",
        "pg18",
        "worker-restart-before-flush",
        "confirmed-is-durable-downstream",
    ],
    [
        "17-fatal-to-a-stuck-receiver-hangs",
        "pg18",
        "obsolete-slot-stuck-receiver",
        "shutdown-terminates-whatever-peers-do",
    ],
];

#[test]
fn stories_are_current() {
    each_story(|path, told, line| {
        let kept = std::fs::read_to_string(path).unwrap();
        assert_eq!(
            kept, told,
            "{path} is old: write the output of `shutcheck {line}` into it"
        );
    });
    let files = std::fs::read_dir("docs/stories").unwrap().count();
    assert_eq!(files, STORIES.len(), "a story without a row here");
}

#[test]
#[ignore = "writes docs/stories anew: run it on purpose, and read what changed"]
fn record_stories() {
    each_story(|path, told, _| std::fs::write(path, told).unwrap());
}

fn each_story(with: impl Fn(&str, &str, &str)) {
    for [file, design, scenario, property] in STORIES {
        let arguments = [
            "verify",
            design,
            "--scenario",
            scenario,
            "--property",
            property,
        ];
        let output = Command::new(env!("CARGO_BIN_EXE_shutcheck"))
            .args(arguments)
            .output()
            .expect("the command runs");
        let text = String::from_utf8(output.stdout).expect("it prints text");
        let told = &text[text.find("error[").expect("it tells a story")..];
        let path = format!("docs/stories/{file}.txt");
        with(&path, told, &arguments.join(" "));
    }
}
