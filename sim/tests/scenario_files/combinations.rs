//! Combinations that cannot be.

use sim::scenario_file::parse;

use super::{LOGICAL, refused, refused_at};

const PHYSICAL: &str = "requests = [\"fast\"]\n[[walsender]]\nkind = \"physical\"\n";

#[test]
fn too_many() {
    let walsenders =
        "requests = [\"fast\"]\n".to_owned() + &"[[walsender]]\nkind = \"logical\"\n".repeat(33);
    refused_at(66, &walsenders, "33 walsenders, and at most 32 fit");
    let backends = "requests = [\"fast\"]\n".to_owned() + &"[[backend]]\n".repeat(3);
    refused_at(4, &backends, "3 backends, and at most 2 fit");
    let requests = "requests = [\"smart\", \"smart\", \"fast\", \"immediate\"]\n";
    refused_at(1, requests, "4 stop requests, and at most 3 fit");
    let backlog = |n| {
        format!(
            "requests = [\"fast\"]\nbacklog = [{}]\n",
            "\"other\", ".repeat(n)
        )
    };
    refused_at(2, &backlog(241), "241 backlog units, and at most 240 fit");
    let message = "a run of this scenario can hold 241 WAL units, and at most 240 fit";
    refused_at(2, &backlog(240), message);
    assert!(parse("my.toml", &backlog(239)).is_ok());
}

#[test]
fn requests_and_backlog_that_cannot_be() {
    refused(
        "requests = [\"immediate\", \"fast\"]\n",
        "error: a stop request follows an immediate one\n  --> my.toml:1:26\n   | requests = \
         [\"immediate\", \"fast\"]\n   = help: make `immediate` the last: nothing is left to \
         ask for \
         after it",
    );
    let fast = |rest: &str| format!("requests = [\"fast\"]\n{rest}\n");
    let message = "a `continuation` without the record that it continues";
    refused_at(2, &fast("backlog = [\"continuation\"]"), message);
    refused_at(
        2,
        &fast("backlog = [\"other\", \"continuation\", \"continuation\"]"),
        message,
    );
    let message = "`backlog-flushed` is 2 and the backlog has 1 units";
    refused_at(
        3,
        &fast("backlog = [\"other\"]\nbacklog-flushed = 2"),
        message,
    );
    refused_at(
        2,
        &fast("backlog-ends-page = true"),
        "`backlog-ends-page` without a backlog",
    );
    refused_at(
        3,
        &fast("backlog = [\"other\", \"other\"]\nsegment-ends = [2, 1]"),
        "a segment ends at 1, and the one before it at 2",
    );
    let message = "a segment ends at 0, and the one before it at 0";
    refused_at(2, &fast("segment-ends = [0]"), message);
    refused_at(
        2,
        &fast("segment-ends = [1, 2, 3, 4, 5]"),
        "5 segment ends, and at most 4 fit",
    );
    let message = "a segment ends at 2, and a run writes at most 1 WAL units";
    refused_at(2, &fast("segment-ends = [2]"), message);
    let message = "with `archiving`, a segment ends at 1, behind the flushed backlog";
    refused_at(3, &fast("archiving = true\nsegment-ends = [1]"), message);
    let message = "`wal-keep-size` where all WAL lies in one segment";
    refused_at(2, &fast("wal-keep-size = 1"), message);
    refused_at(2, &fast("socket-capacity = 0"), "`socket-capacity` is 0");
    refused_at(2, &fast("socket-capacity = 4"), "`socket-capacity` is 4");
}

#[test]
fn walsenders_that_cannot_be() {
    refused(
        &format!("{LOGICAL}peer = \"walreceiver\"\n"),
        "error: `walreceiver` cannot be the peer of a logical walsender\n  --> my.toml:4:8\n   \
         | peer = \
         \"walreceiver\"\n   = help: give one of `apply-worker`, `apply-worker-synchronous`, \
         `recv-logical`, `answers-when-asked`, `confirms-commits-only`, `over-acknowledges`, or \
         change \
         `kind`",
    );
    let logical =
        |line: usize, rest: &str, message| refused_at(line, &format!("{LOGICAL}{rest}\n"), message);
    let physical = |line: usize, rest: &str, message| {
        refused_at(line, &format!("{PHYSICAL}{rest}\n"), message);
    };
    let message = "`apply-worker` cannot be the peer of a physical walsender";
    physical(4, "peer = \"apply-worker\"", message);
    physical(
        4,
        "activity = \"transaction\"",
        "a physical walsender has no transaction",
    );
    physical(
        4,
        "failover = true",
        "a physical slot cannot be a failover slot",
    );
    let message = "a logical slot cannot be in `synchronized_standby_slots`";
    logical(4, "synchronized-standby = true", message);
    logical(
        4,
        "slot = false",
        "a logical walsender cannot stream without a slot",
    );
    let message = "an absent walsender without a slot is nothing at all";
    logical(5, "activity = \"absent\"\nslot = false", message);
    let message = "`receivewal-no-flush` is `pg_receivewal` without a slot";
    physical(2, "peer = \"receivewal-no-flush\"", message);
    for peer in ["receivewal", "receivewal-segment-flush"] {
        let message = format!("`{peer}` is `pg_receivewal` with a slot");
        refused_at(
            4,
            &format!("{PHYSICAL}slot = false\npeer = \"{peer}\"\n"),
            &message,
        );
    }
}

#[test]
fn what_has_no_meaning_is_refused() {
    for activity in ["connecting", "idle", "command", "transaction"] {
        let message = format!("`peer` has no meaning while the activity is `{activity}`");
        let text = format!("{LOGICAL}activity = \"{activity}\"\npeer = \"recv-logical\"\n");
        refused_at(5, &text, &message);
    }
    for activity in ["absent", "connecting", "idle", "command", "transaction"] {
        let message = format!("`peer-state` has no meaning while the activity is `{activity}`");
        let text = format!("{LOGICAL}peer-state = \"frozen\"\nactivity = \"{activity}\"\n");
        refused_at(4, &text, &message);
    }
    for option in [
        "failover = true",
        "obsolete = true",
        "saved-up-to = 1",
        "caught-up-to = 1",
    ] {
        let (key, _) = option.split_once(' ').unwrap();
        let message = format!("`{key}` has no meaning without a slot");
        let text = format!(
            "requests = [\"fast\"]\nbacklog = [\"commit\"]\n[[walsender]]\nkind = \"logical\"\n\
             activity = \"idle\"\nslot = false\n{option}\n"
        );
        refused_at(7, &text, &message);
    }
    let message = "`synchronized-standby` has no meaning without a slot";
    let text = format!("{PHYSICAL}slot = false\nsynchronized-standby = true\n");
    refused_at(5, &text, message);
}

#[test]
fn positions_that_cannot_be() {
    let with = |backlog: &str, rest: &str| {
        format!("requests = [\"fast\"]\n{backlog}\n[[walsender]]\nkind = \"logical\"\n{rest}\n")
    };
    let two = "backlog = [\"commit\", \"commit\"]";
    refused(
        &with(two, "caught-up-to = 3"),
        "error: `caught-up-to` is 3 and the backlog has 2 units\n  --> my.toml:5:16\n   | \
         caught-up-to \
         = 3\n   = help: give at most 2, or lengthen `backlog`",
    );
    let message = "`caught-up-to` is 2 and only 1 units are flushed";
    refused_at(
        6,
        &with(&format!("{two}\nbacklog-flushed = 1"), "caught-up-to = 2"),
        message,
    );
    let message = "`saved-up-to` is 2 and `caught-up-to` is 1";
    refused_at(6, &with(two, "caught-up-to = 1\nsaved-up-to = 2"), message);
    let long = "backlog = [\"other\", \"continuation\"]";
    let message = "`caught-up-to` is 1, in the middle of a record";
    refused_at(5, &with(long, "caught-up-to = 1"), message);
    let message = "`saved-up-to` is 1, in the middle of a record";
    refused_at(5, &with(long, "saved-up-to = 1"), message);
    let physical = with(long, "caught-up-to = 1").replace("logical", "physical");
    assert!(
        parse("my.toml", &physical).is_ok(),
        "raw WAL is sent up to the flush position"
    );
}

#[test]
fn backends_that_cannot_be() {
    let backend = |rest: &str| format!("requests = [\"fast\"]\n[[backend]]\n{rest}\n");
    refused_at(
        3,
        &backend("may-commit = true"),
        "`may-commit` without a transaction",
    );
    let message = "`async-commit` without a commit";
    refused_at(4, &backend("open-xid = true\nasync-commit = true"), message);
}

#[test]
fn faults_of_what_is_not_there() {
    refused(
        "requests = [\"fast\"]\n[faults]\narchive-failure = 1\n",
        "error: the fault `archive-failure` needs `archiving = true`\n  --> my.toml:3:19\n   | \
         archive-failure = 1\n   = help: add that to the scenario, or remove `archive-failure`",
    );
    let fault = |rest: &str, key: &str, need: &str| {
        let text = format!("requests = [\"fast\"]\n{rest}[faults]\n{key} = 1\n");
        let line = text.lines().count();
        refused_at(line, &text, &format!("the fault `{key}` needs {need}"));
    };
    fault("", "kill-walsender", "a walsender that is not `absent`");
    fault("", "disconnect", "a walsender that streams");
    fault("", "slot-save-failure", "a slot");
    let frozen = "[[walsender]]\nkind = \"logical\"\npeer-state = \"frozen\"\n";
    fault(
        frozen,
        "freeze",
        "a walsender that streams to a running peer",
    );
    let physical = "[[walsender]]\nkind = \"physical\"\n";
    let need = "a logical walsender that streams to a running peer";
    fault(physical, "worker-restart", need);
    assert!(parse("my.toml", "requests = [\"fast\"]\n[faults]\nconnect = 1\n").is_ok());
    assert!(
        parse(
            "my.toml",
            "requests = [\"fast\"]\n[faults]\ndisconnect = 0\n"
        )
        .is_ok()
    );
}

#[test]
fn start_up_and_workers_that_cannot_be() {
    let fast = |rest: &str| format!("requests = [\"fast\"]\n{rest}\n");
    let workers = fast(&"[[worker]]\nstart = \"postmaster-start\"\n".repeat(3));
    refused_at(6, &workers, "3 workers, and at most 2 fit");
    refused_at(
        2,
        &fast("[[worker]]\nstart = \"on-request\""),
        "a worker `on-request` without a backend that could ask for it",
    );
    refused_at(
        4,
        &fast("[[worker]]\nstart = \"postmaster-start\"\nuninterruptible-wait = true"),
        "`uninterruptible-wait` for a worker that nobody waits for",
    );
    refused_at(
        3,
        &fast("[start]\nstandby = true"),
        "a standby that has finished recovery",
    );
    refused_at(
        4,
        &fast("[start]\nphase = \"startup\"\nwalreceiver = true"),
        "a walreceiver without a standby that streams",
    );
    refused_at(
        5,
        &fast("[[walsender]]\nkind = \"physical\"\n[start]\nphase = \"hot-standby\""),
        "a walsender on a server that is in recovery",
    );
    refused_at(
        4,
        &fast("[[backend]]\nopen-xid = true\nconnects = true"),
        "`connects` with an open transaction",
    );
    refused_at(
        3,
        &fast("[faults]\ndead-end-crash = 1"),
        "the fault `dead-end-crash` needs `connect` in the same section",
    );
    refused_at(
        3,
        &fast("[faults]\nwalreceiver-exit = 1"),
        "the fault `walreceiver-exit` needs `standby = true` in `[start]`",
    );
    refused_at(
        3,
        &fast("[faults]\nstartup-failure = 1"),
        "the fault `startup-failure` needs `phase = \"startup\"` in `[start]`",
    );
}
