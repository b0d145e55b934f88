//! From a [`Scenario`] back to a file: only what differs from the defaults.

use std::fmt::Write as _;

use model::scenario::{
    Activity, AfterStop, BackendScenario, Faults, PeerKind, PeerState, Phase, Scenario,
    ShutdownTimeout, StartScenario, WalsenderKind, WalsenderScenario, WorkerScenario,
};
use model::wal::Record;

use super::words::Word;

/// The scenario as a file that [`parse`](super::parse) reads as the same scenario.
///
/// # Examples
/// ```
/// use sim::scenario_file::{parse, to_toml};
///
/// let named = parse("my.toml", "requests = [\"fast\"]\nbacklog = [\"commit\"]").unwrap();
/// let text = to_toml(&named.scenario);
/// assert_eq!(parse("again.toml", &text).unwrap().scenario, named.scenario);
/// ```
#[must_use]
pub fn to_toml(scenario: &Scenario) -> String {
    let mut out = Writer(String::new());
    let len = scenario.backlog_len();
    out.list("requests", scenario.requests.iter().flatten());
    let backlog = scenario.backlog.iter().take_while(|r| **r != Record::None);
    if len > 0 {
        out.list("backlog", backlog);
    }
    out.number("backlog-flushed", scenario.backlog_flushed, len);
    out.flag("backlog-ends-page", scenario.backlog_ends_page, false);
    if scenario.segment_ends().next().is_some() {
        let ends: Vec<String> = scenario.segment_ends().map(|end| end.to_string()).collect();
        out.line("segment-ends", &format!("[{}]", ends.join(", ")));
    }
    out.number("wal-keep-size", scenario.wal_keep_size, 0);
    out.number("running-xacts", scenario.running_xacts, 0);
    out.flag("walwriter", scenario.walwriter, true);
    out.flag("archiving", scenario.archiving, false);
    out.number("hint-records", scenario.hint_records, 0);
    out.flag("wal-sender-timeout", scenario.wal_sender_timeout, false);
    out.flag("wal-receiver-timeout", scenario.wal_receiver_timeout, true);
    let timeout = scenario.shutdown_timeout;
    out.word("shutdown-timeout", timeout, ShutdownTimeout::Never);
    out.number("socket-capacity", scenario.socket_capacity, 2);
    out.number("send-batch", scenario.send_batch, 0);
    out.flag("io-workers", scenario.io_workers, false);
    out.flag("dead-end-hangs", scenario.dead_end_hangs, false);
    let timeout = scenario.authentication_timeout;
    out.flag("authentication-timeout", timeout, true);
    out.flag("helper-stats", scenario.helper_stats, false);
    out.word("after", scenario.after, AfterStop::Restart);
    out.start(&scenario.start);
    for (_, ws) in scenario.walsenders() {
        out.walsender(&ws, scenario);
    }
    for backend in scenario.backends.iter().flatten() {
        out.backend(backend);
    }
    for worker in scenario.workers.iter().flatten() {
        out.worker(worker);
    }
    out.faults(&scenario.faults);
    out.0
}

struct Writer(String);

impl Writer {
    fn line(&mut self, key: &str, value: &str) {
        let _ = writeln!(self.0, "{key} = {value}");
    }

    fn section(&mut self, head: &str) {
        let _ = writeln!(self.0, "\n{head}");
    }

    fn flag(&mut self, key: &str, value: bool, default: bool) {
        if value != default {
            self.line(key, if value { "true" } else { "false" });
        }
    }

    fn number(&mut self, key: &str, value: u8, default: u8) {
        if value != default {
            self.line(key, &value.to_string());
        }
    }

    fn word<T: Word>(&mut self, key: &str, value: T, default: T) {
        if value != default {
            self.line(key, &format!("\"{}\"", value.word()));
        }
    }

    fn list<'a, T: Word>(&mut self, key: &str, values: impl Iterator<Item = &'a T>) {
        let words: Vec<String> = values.map(|v| format!("\"{}\"", v.word())).collect();
        self.line(key, &format!("[{}]", words.join(", ")));
    }

    fn start(&mut self, start: &StartScenario) {
        let default = StartScenario {
            timers: true,
            ..StartScenario::default()
        };
        if *start == default {
            return;
        }
        self.section("[start]");
        self.word("phase", start.phase, Phase::Running);
        self.flag("standby", start.standby, false);
        self.flag("walreceiver", start.walreceiver, false);
        self.flag("timers", start.timers, true);
        self.flag("restart-after-crash", start.restart_after_crash, false);
    }

    fn walsender(&mut self, ws: &WalsenderScenario, scenario: &Scenario) {
        self.section("[[walsender]]");
        let logical = ws.kind == WalsenderKind::Logical;
        let usual = if logical {
            PeerKind::ApplyWorker
        } else {
            PeerKind::Walreceiver
        };
        let flushed = scenario.backlog_flushed;
        let split = scenario.backlog.get(usize::from(flushed)) == Some(&Record::Continuation);
        let caught_up = flushed.saturating_sub(u8::from(logical && split));
        self.line("kind", &format!("\"{}\"", ws.kind.word()));
        self.word("activity", ws.activity, Activity::Streaming);
        self.word("peer", ws.peer, usual);
        self.word("peer-state", ws.peer_state, PeerState::Running);
        self.flag("slot", ws.slot, true);
        self.flag("failover", ws.failover, false);
        self.flag("synchronized-standby", ws.synchronized_standby, false);
        self.number("caught-up-to", ws.caught_up_to, caught_up);
        self.number("saved-up-to", ws.saved_up_to, 0);
        self.flag("obsolete", ws.obsolete, false);
        self.flag("report-put-off", ws.report_put_off, false);
    }

    fn backend(&mut self, backend: &BackendScenario) {
        self.section("[[backend]]");
        self.flag("open-xid", backend.open_xid, false);
        self.flag("may-commit", backend.may_commit, false);
        self.flag("async-commit", backend.async_commit, false);
        self.flag("client-leaves", backend.client_leaves, false);
        self.flag("connects", backend.connects, false);
        self.flag("requests-checkpoint", backend.requests_checkpoint, false);
    }

    fn worker(&mut self, worker: &WorkerScenario) {
        self.section("[[worker]]");
        self.line("start", &format!("\"{}\"", worker.start.word()));
        self.flag("uninterruptible-wait", worker.uninterruptible_wait, false);
        self.flag("writes-wal", worker.writes_wal, false);
    }

    fn faults(&mut self, faults: &Faults) {
        if *faults == Faults::default() {
            return;
        }
        self.section("[faults]");
        self.number("kill-walsender", faults.kill_walsender, 0);
        self.number("disconnect", faults.disconnect, 0);
        self.number("freeze", faults.freeze, 0);
        self.number("worker-restart", faults.worker_restart, 0);
        self.number("copy-done", faults.copy_done, 0);
        self.number("archive-failure", faults.archive_failure, 0);
        self.number("slot-save-failure", faults.slot_save_failure, 0);
        self.number("connect", faults.connect, 0);
        self.number("dead-end-crash", faults.dead_end_crash, 0);
        self.number("walreceiver-exit", faults.walreceiver_exit, 0);
        self.number("startup-failure", faults.startup_failure, 0);
    }
}
