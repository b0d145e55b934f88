//! Timers are time: a sleep with an end is a delay and not a hang, and what ends when matters.

use crate::common::explore_properties;
use model::world::World;
use properties::Outcome::{self, Holds, Violated};
use sim::checker::Options;
use sim::{design_name, scenario_file};

/// What the properties say of `design` in the scenario of this file, with the verdicts expected.
fn assert_verdicts(design: &str, file: &str, expected: &[(&str, Outcome)]) {
    let asked: Vec<_> = expected
        .iter()
        .map(|&(id, _)| properties::claims::property(id).unwrap_or_else(|| panic!("no {id}")))
        .collect();
    let parsed = design_name::parse(design).unwrap_or_else(|error| panic!("{error}"));
    let named = scenario_file::parse("test.toml", file).unwrap_or_else(|error| panic!("{error}"));
    let world = World::new(parsed, named.scenario);
    let run = explore_properties(&world, &asked, Options::default());
    let found = run.verdicts.iter().map(|verdict| verdict.outcome);
    let found: Vec<_> = expected.iter().map(|&(id, _)| id).zip(found).collect();
    assert_eq!(found, expected, "{design}");
}

/// A caught-up walsender forgets that it is to leave; its peer answers only when it is asked.
const FORCED_WAKE: &str = r#"
requests = ["fast"]
backlog = ["commit", "hint"]
backlog-flushed = 2
walwriter = false

[[walsender]]
kind = "logical"
caught-up-to = 0
saved-up-to = 0
peer = "answers-when-asked"
"#;

/// "long sleeptime = 10000; /* 10 s */": `WalSndComputeSleeptime`, before 38ddeab13b, without
/// `wal_sender_timeout`. Its message speaks of "annoying waits during shutdown procedure".
#[test]
fn a_sleep_with_an_end_is_a_delay_and_not_a_hang() {
    for file in [
        FORCED_WAKE,
        &format!("wal-sender-timeout = true{FORCED_WAKE}"),
    ] {
        assert_verdicts(
            "pg10+caughtup-rule=no-record",
            file,
            &[
                ("no-deadlock", Holds),
                ("shutdown-terminates", Holds),
                ("wake-ups-are-served", Holds),
                ("stop-needs-no-timer", Violated),
            ],
        );
    }
}

/// "let WalSndWaitForWal() handle any other blocking": `WalSndLoop`, since f246ea3b2a.
#[test]
fn a_loop_that_does_not_sleep_forgets_nothing() {
    assert_verdicts(
        "pg16+caughtup-rule=no-record",
        FORCED_WAKE,
        &[
            ("shutdown-terminates", Holds),
            ("stop-needs-no-timer", Holds),
        ],
    );
}

/// A healthy standby with a backlog in small messages.
const BACKLOG: &str = r#"
requests = ["fast"]
wal-sender-timeout = true
backlog = ["commit", "commit"]
send-batch = 1
socket-capacity = 1

[[walsender]]
kind = "physical"
caught-up-to = 0
"#;

/// "terminating walsender process due to replication timeout": `WalSndCheckTimeOut` asks how long
/// the peer has been silent, not why. What is left is the goodbye, which up to 18 is flushed
/// without a timeout.
#[test]
fn silence_counts_whatever_its_reason() {
    for design in ["pg17", "master"] {
        assert_verdicts(
            design,
            BACKLOG,
            &[
                ("checkpoint-reached-whatever-peers-do", Holds),
                ("shutdown-terminates", Holds),
                ("standby-can-rejoin", Holds),
            ],
        );
    }
}

/// A slow checkpoint, a peer that answers only when it is asked, `wal_sender_timeout` on.
const SILENT_PEER: &str = r#"
requests = ["fast"]
backlog = ["commit", "hint"]
backlog-flushed = 2
walwriter = false
wal-receiver-timeout = false
wal-sender-timeout = true

[[walsender]]
kind = "logical"
caught-up-to = 0
saved-up-to = 0
peer = "answers-when-asked"
"#;

/// A walsender that idles through the checkpoint and neither listens nor asks comes back to a
/// `last_reply_timestamp` that is too old: the peer is given up, which was never asked. One that
/// asks finds the answer.
#[test]
fn a_peer_that_was_not_asked_is_given_up_after_a_long_idling() {
    let reaches = "confirmed-reaches-shutdown-checkpoint";
    for (design, outcome) in [
        ("proposal-2023-07-21", Holds),
        ("proposal-2023-07-21-idle-replies", Violated),
        ("proposal-2023-07-21-idle-replies+idle-keepalives", Holds),
    ] {
        assert_verdicts(design, SILENT_PEER, &[(reaches, outcome)]);
    }
}
