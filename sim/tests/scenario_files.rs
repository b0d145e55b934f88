//! Scenario files: the built-in ones are right, and each kind of mistake gets its diagnostic.

mod combinations;

use std::collections::BTreeSet;
use std::path::Path;

use model::bounds::WAL_MAX;
use model::scenario::{
    Activity, AfterStop, BackendScenario, Faults, PeerKind, PeerState, ShutdownTimeout, StopMode,
    WalsenderKind,
};
use model::wal::Record;
use sim::scenario_file::parse;
use sim::scenarios::{BUILT_IN, Size, all, built_in, default_set, small};

const LOGICAL: &str = "requests = [\"fast\"]\n[[walsender]]\nkind = \"logical\"\n";

/// `text` is refused with exactly `expected`.
fn refused(text: &str, expected: &str) {
    match parse("my.toml", text) {
        Ok(named) => panic!("accepted:\n{text}\n{named:#?}"),
        Err(error) => assert_eq!(error.to_string(), expected, "\n{text}"),
    }
}

/// `text` is refused on `line` with `message`, and the source line and some help are shown.
fn refused_at(line: usize, text: &str, message: &str) {
    match parse("my.toml", text) {
        Ok(named) => panic!("accepted:\n{text}\n{named:#?}"),
        Err(error) => {
            assert_eq!(
                (error.message.as_str(), error.line),
                (message, line),
                "\n{text}"
            );
            assert_eq!(Some(error.source_line.as_str()), text.lines().nth(line - 1));
            assert!(!error.help.is_empty(), "{error}");
        }
    }
}

#[test]
fn every_built_in_scenario_parses_and_says_what_it_is() {
    assert_eq!(all().len(), BUILT_IN.len());
    for named in all() {
        assert!(
            named.about.ends_with('.'),
            "`{}`: {}",
            named.name,
            named.about
        );
        assert!(named.scenario.wal_len_max() <= WAL_MAX, "`{}`", named.name);
        assert_eq!(built_in(&named.name), Some(named.clone()));
    }
    assert_eq!(built_in("no-such-scenario"), None);
}

#[test]
fn names_and_sentences_are_unique() {
    let names: BTreeSet<&str> = BUILT_IN.iter().map(|scenario| scenario.name).collect();
    assert_eq!(names.len(), BUILT_IN.len());
    let sentences: BTreeSet<String> = all().into_iter().map(|named| named.about).collect();
    assert_eq!(sentences.len(), BUILT_IN.len());
}

#[test]
fn each_file_is_built_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let stem = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| stem(&entry.unwrap().path()))
        .collect();
    let names: BTreeSet<String> = BUILT_IN.iter().map(|s| s.name.to_owned()).collect();
    assert_eq!(files, names);
}

#[test]
fn the_sets_are_what_their_sizes_say() {
    let large = BUILT_IN
        .iter()
        .filter(|scenario| scenario.size == Size::Large)
        .count();
    assert_eq!(small().len(), BUILT_IN.len() - large);
    let names: Vec<String> = default_set().into_iter().map(|named| named.name).collect();
    let expected = [
        "idle",
        "busy",
        "subscriber-down",
        "two-walsenders",
        "standby",
        "standby-only",
        "archiving",
        "checksums-backlog",
        "db-transaction-checksums",
        "disconnect",
        "recvlogical",
        "smart-then-fast",
        "immediate",
    ];
    assert_eq!(names, expected);
}

#[test]
fn the_example_of_the_documentation_parses() {
    let page = include_str!("../../docs/scenarios.md");
    let example = page
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let scenario = parse("docs/scenarios.md", example)
        .unwrap_or_else(|e| panic!("{e}"))
        .scenario;
    assert_eq!(scenario.walsenders().count(), 2);
}

#[test]
fn defaults() {
    let text = "requests = [\"fast\"]\nbacklog = [\"commit\", \"other\"]\n\
                [[walsender]]\nkind = \"logical\"\n[[walsender]]\nkind = \
                \"physical\"\n[[backend]]\n";
    let named = parse("my.toml", text).unwrap();
    assert_eq!((named.name.as_str(), named.about.as_str()), ("my.toml", ""));
    let sc = named.scenario;
    assert_eq!(sc.requests, [Some(StopMode::Fast), None, None]);
    assert_eq!(
        sc.backlog[..3],
        [Record::Commit, Record::Other, Record::None]
    );
    assert_eq!((sc.backlog_flushed, sc.socket_capacity), (2, 2));
    assert_eq!((sc.running_xacts, sc.hint_records), (0, 0));
    assert!(sc.walwriter && sc.wal_receiver_timeout);
    assert!(!sc.wal_sender_timeout && !sc.archiving && !sc.io_workers && !sc.backlog_ends_page);
    assert_eq!(
        (sc.shutdown_timeout, sc.after),
        (ShutdownTimeout::Never, AfterStop::Restart)
    );
    assert_eq!(sc.faults, Faults::default());
    let idle_backend = BackendScenario {
        open_xid: false,
        may_commit: false,
        async_commit: false,
        client_leaves: false,
        connects: false,
        requests_checkpoint: false,
    };
    assert_eq!(sc.backends, [Some(idle_backend), None]);
    let [logical, physical] = [sc.walsender(0), sc.walsender(1)];
    assert_eq!(
        (logical.kind, logical.peer),
        (WalsenderKind::Logical, PeerKind::ApplyWorker)
    );
    assert_eq!(
        (physical.kind, physical.peer),
        (WalsenderKind::Physical, PeerKind::Walreceiver)
    );
    for ws in [logical, physical] {
        assert_eq!(
            (ws.activity, ws.peer_state),
            (Activity::Streaming, PeerState::Running)
        );
        assert_eq!((ws.caught_up_to, ws.saved_up_to), (2, 0));
        assert!(ws.slot && !ws.failover && !ws.synchronized_standby && !ws.obsolete);
    }
}

#[test]
fn a_walsender_has_sent_what_is_flushed_and_whole() {
    let text = "requests = [\"fast\"]\nbacklog = [\"commit\", \"other\", \"continuation\"]\n\
                backlog-flushed = 2\n[[walsender]]\nkind = \"logical\"\n\
                [[walsender]]\nkind = \"physical\"\n";
    let sc = parse("my.toml", text).unwrap().scenario;
    assert_eq!(
        (sc.walsender(0).caught_up_to, sc.walsender(1).caught_up_to),
        (1, 2)
    );
}

#[test]
fn unknown_keys() {
    refused(
        "about = \"x\"\nrequests = [\"fast\"]\nwalsendrs = []\n",
        "error: unknown key `walsendrs`\n  --> my.toml:3:1\n   | walsendrs = []\n   = help: did \
         you \
         mean `walsender`? the keys here are `about`, `requests`, `backlog`, `backlog-flushed`, \
         `backlog-ends-page`, `segment-ends`, `wal-keep-size`, \
         `running-xacts`, `walwriter`, `archiving`, `hint-records`, \
         `wal-sender-timeout`, `wal-receiver-timeout`, `shutdown-timeout`, `socket-capacity`, \
         `send-batch`, `io-workers`, `dead-end-hangs`, `authentication-timeout`, \
         `helper-stats`, `after`, `start`, `worker`, `walsender`, `backend`, `faults`",
    );
    refused(
        "requests = [\"fast\"]\n\n[[backend]]\n  colour = 1\n",
        "error: unknown key `colour`\n  --> my.toml:4:3\n   |   colour = 1\n   = help: the keys \
         here \
         are `open-xid`, `may-commit`, `async-commit`, `client-leaves`, `connects`, \
         `requests-checkpoint`",
    );
    refused_at(
        2,
        "requests = [\"fast\"]\n[fautls]\nconnect = 1\n",
        "unknown key `fautls`",
    );
    refused_at(
        4,
        &format!("{LOGICAL}slots = true\n"),
        "unknown key `slots`",
    );
}

#[test]
fn missing_keys() {
    refused(
        "requests = [\"fast\"]\n[[walsender]]\nslot = true\n",
        "error: missing key `kind`\n  --> my.toml:2:1\n   | [[walsender]]\n   = help: add a line \
         `kind = ...` to this section",
    );
    let message = "the scenario has no stop request";
    refused_at(1, "about = \"nothing happens\"\n", message);
    refused_at(2, "about = \"nothing happens\"\nrequests = []\n", message);
}

#[test]
fn wrong_values() {
    refused(
        &format!("{LOGICAL}peer-state = \"frozn\"\n"),
        "error: unknown value `frozn` for `peer-state`\n  --> my.toml:4:14\n   | peer-state = \
         \"frozn\"\n   = help: did you mean `frozen`? the values here are `running`, `frozen`, \
         `locked`",
    );
    refused(
        "requests = [\"fast\"]\narchiving = \"yes\"\n",
        "error: wrong value for `archiving`: string \"yes\"\n  --> my.toml:2:13\n   | archiving = \
         \"yes\"\n   = help: give `true` or `false`",
    );
    refused(
        "requests = [\"fast\"]\nrunning-xacts = 300\n",
        "error: `300` is out of range for `running-xacts`\n  --> my.toml:2:17\n   | \
         running-xacts = \
         300\n   = help: give a whole number from 0 to 240",
    );
    refused_at(
        2,
        "requests = [\"fast\"]\nbacklog-flushed = -1\n",
        "`-1` is out of range for `backlog-flushed`",
    );
    refused_at(
        1,
        "requests = \"fast\"\n",
        "wrong value for `requests`: string \"fast\"",
    );
    refused_at(
        1,
        "requests = [\"fast\", 3]\n",
        "wrong value for `requests`: integer `3`",
    );
    refused_at(
        3,
        "requests = [\"fast\"]\nbacklog = [\n  \"switch\",\n]\n",
        "unknown value `switch` for `backlog`",
    );
    refused_at(
        2,
        "requests = [\"fast\"]\nhint-records = 1.5\n",
        "wrong value for `hint-records`: floating point `1.5`",
    );
    refused_at(
        2,
        "requests = [\"fast\"]\nfaults = 3\n",
        "wrong value for `faults`: integer `3`",
    );
    refused(
        "requests = [\"fast\"]\n[walsender]\nkind = \"logical\"\n",
        "error: wrong value for `walsender`: map\n  --> my.toml:2:1\n   | [walsender]\n   = \
         help: give \
         each its own section, headed `[[walsender]]`",
    );
}

#[test]
fn not_toml() {
    let help = "the file is TOML: lines `key = value`, sections `[[walsender]]`, `[[backend]]` and \
                `[faults]`; strings stand in double quotes";
    refused(
        "requests = [\"fast\"]\nwalwriter = = true\n",
        &format!(
            "error: not TOML: extra `=`, expected nothing\n  --> my.toml:2:13\n   | walwriter = = \
             true\n   = help: {help}"
        ),
    );
    refused_at(
        2,
        "requests = [\"fast\"]\n[faults\n",
        "not TOML: unclosed table, expected `]`",
    );
    refused_at(
        2,
        "walwriter = true\nwalwriter = false\n",
        "this key is there twice",
    );
}

#[test]
fn columns_count_characters() {
    let error = parse("my.toml", "about = \"naïve\" x\n").unwrap_err();
    assert_eq!((error.line, error.column), (1, 17));
}
