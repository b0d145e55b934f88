//! Single events in the words of the format.

use model::cluster::{Child, Cluster, ControlState, Life, Signal};
use model::postmaster::{PmState, Postmaster, Shutdown};
use model::scenario::StopMode;
use model::wal::Lsn;
use serde_json::{Value, json};

use super::super::events::What;
use super::super::raw::show_lsn;
use super::super::shows::By;

/// Where the modelled WAL begins, and how long a record is.
const WAL_START: u64 = 0x0300_0000;
const RECORD_SIZE: u64 = 0x100;

/// An event without its time.
pub(super) struct Line {
    pub(super) actor: String,
    pub(super) ev: &'static str,
    pub(super) src: &'static str,
    pub(super) fields: Value,
}

/// A position of the model as the server would show it.
pub(super) fn real(lsn: Lsn) -> String {
    let begun = u64::from(lsn.0).checked_sub(1);
    show_lsn(begun.map_or(0, |n| WAL_START + n * RECORD_SIZE))
}

/// Microseconds as seconds.
pub(super) fn seconds(us: i64) -> f64 {
    f64::from(i32::try_from(us).unwrap_or(i32::MAX)) / 1e6
}

/// Name of the slot of walsender `i`.
pub(super) fn slot_name(i: usize) -> String {
    format!("s{}", i + 1)
}

/// The actor that a child is; of dead-end children the latest.
pub(super) fn actor_name(child: Child, dead_ends: usize) -> String {
    let named = match child {
        Child::CHECKPOINTER => "checkpointer",
        Child::BGWRITER => "bgwriter",
        Child::WALWRITER => "walwriter",
        Child::ARCHIVER => "archiver",
        Child::IO_WORKER => "ioworker:0",
        Child::STARTUP => "startup",
        Child::WALRECEIVER => "walreceiver",
        Child::STATS_COLLECTOR => "statscollector",
        Child::DEAD_END => return format!("backend:{}", 100 + dead_ends),
        Child(_) => match (child.as_walsender(), child.as_backend()) {
            (Some(i), _) => return format!("walsender:{}", slot_name(i)),
            (None, Some(i)) => return format!("backend:{}", i + 1),
            (None, None) => return format!("bgworker:{}", child.as_worker().unwrap_or(0) + 1),
        },
    };
    named.to_owned()
}

pub(super) fn signal_name(signal: Signal) -> &'static str {
    match signal {
        Signal::Term => "SIGTERM",
        Signal::Int => "SIGINT",
        Signal::Quit => "SIGQUIT",
        Signal::Kill => "SIGKILL",
        Signal::Usr2 => "SIGUSR2",
        Signal::InitStopping | Signal::Drain => "SIGUSR1",
    }
}

/// How a process ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Exit {
    /// With this status.
    Code(u8),
    /// By this signal.
    KilledBy(&'static str),
}

impl Exit {
    /// The end of a child that ran in `before`, as `life` says.
    pub(super) fn of(life: Life, before: &Cluster, child: Child) -> Exit {
        let told = |signal| before.child(child).has(signal);
        match life {
            Life::Absent | Life::Running | Life::Exited0 => Exit::Code(0),
            Life::Exited1 => Exit::Code(1),
            Life::Crashed if told(Signal::Kill) => Exit::KilledBy("SIGKILL"),
            Life::Crashed if told(Signal::Quit) => Exit::Code(2),
            Life::Crashed => Exit::KilledBy("SIGABRT"),
        }
    }

    pub(super) fn fields(self) -> Value {
        match self {
            Exit::Code(code) => json!({ "code": code }),
            Exit::KilledBy(signal) => json!({ "killed_by": signal }),
        }
    }

    /// As strace shows what `wait` returns.
    pub(super) fn status(self) -> String {
        match self {
            Exit::Code(code) => format!("WIFEXITED(s) && WEXITSTATUS(s) == {code}"),
            Exit::KilledBy(signal) => format!("WIFSIGNALED(s) && WTERMSIG(s) == {signal}"),
        }
    }
}

/// `pmState` and what belongs to it.
pub(super) fn pm_state(pm: &Postmaster) -> Value {
    let state = match pm.pm_state {
        PmState::Startup => "PM_STARTUP",
        PmState::Recovery => "PM_RECOVERY",
        PmState::HotStandby => "PM_HOT_STANDBY",
        PmState::Run => "PM_RUN",
        PmState::StopBackends => "PM_STOP_BACKENDS",
        PmState::WaitReadonly => "PM_WAIT_READONLY",
        PmState::WaitBackends => "PM_WAIT_BACKENDS",
        PmState::Shutdown => "PM_SHUTDOWN",
        PmState::Shutdown2 => "PM_SHUTDOWN_2",
        PmState::WaitXlogShutdown => "PM_WAIT_XLOG_SHUTDOWN",
        PmState::WaitXlogArchival => "PM_WAIT_XLOG_ARCHIVAL",
        PmState::WaitIoWorkers => "PM_WAIT_IO_WORKERS",
        PmState::WaitCheckpointer => "PM_WAIT_CHECKPOINTER",
        PmState::WaitDeadEnd => "PM_WAIT_DEAD_END",
        PmState::NoChildren => "PM_NO_CHILDREN",
    };
    let shutdown = match pm.shutdown {
        Shutdown::No => "none",
        Shutdown::Smart => "smart",
        Shutdown::Fast => "fast",
        Shutdown::Immediate => "immediate",
    };
    json!({ "state": state, "shutdown": shutdown, "fatal_error": pm.fatal_error })
}

/// pg_control: until it says "shut down", its checkpoint is one from before the stop.
pub(super) fn control(state: ControlState, checkpoint: Lsn) -> Value {
    let checkpoint = if state == ControlState::ShutDown {
        real(checkpoint)
    } else {
        show_lsn(WAL_START - RECORD_SIZE)
    };
    json!({ "state": control_state(state), "checkpoint": checkpoint })
}

/// State of pg_control in `pg_controldata`'s words.
fn control_state(state: ControlState) -> &'static str {
    match state {
        ControlState::InProduction => "in production",
        ControlState::ShuttingDown => "shutting down",
        ControlState::ShutDown => "shut down",
        ControlState::InRecovery => "in archive recovery",
        ControlState::ShutDownInRecovery => "shut down in recovery",
    }
}

/// The lines that show `what`. `physical` says it of the walsender that does it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an observation is no protocol state: what takes several lines is here"
)]
pub(super) fn lines(
    by: By,
    what: &What,
    physical: bool,
    name: impl Fn(Child) -> String,
) -> Vec<Line> {
    let actor = match by {
        By::Child(child) | By::Handlers(child) => name(child),
        By::Postmaster | By::PostmasterHandlers => "postmaster".to_owned(),
        By::Harness => "harness".to_owned(),
    };
    let is_walsender = actor.starts_with("walsender:");
    let line = |(ev, fields): (&'static str, Value)| Line {
        actor: actor.clone(),
        ev,
        src: match ev {
            "fn" => "ktrace",
            "sigkill" => "harness",
            _ => "strace",
        },
        fields,
    };
    let received =
        |sig: &str, from: &str| line(("signal_recv", json!({ "sig": sig, "from": from })));
    match *what {
        What::Request(mode) => request(mode),
        What::Recv(signal) if is_walsender => vec![
            received(signal_name(signal), "postmaster"),
            line(entered("WalSndLastCycleHandler")),
        ],
        What::Recv(signal) => vec![received(signal_name(signal), "postmaster")],
        What::GotStopping => vec![
            received("SIGUSR1", "checkpointer"),
            line(entered("HandleWalSndInitStopping")),
        ],
        What::StatsWrite if actor == "statscollector" => vec![
            line(("stats_write", json!({ "path": "pg_stat/global.tmp" }))),
            line(("stats_rename", json!({ "path": "global.stat" }))),
        ],
        What::StatsWrite => vec![
            line(("stats_write", json!({ "path": "pg_stat/pgstat.tmp" }))),
            line(("stats_rename", json!({ "path": "pgstat.stat" }))),
        ],
        _ => {
            let found = message(what, physical).or_else(|| function(what));
            let found = found.or_else(|| call(what, name));
            found.into_iter().map(line).collect()
        }
    }
}

type Event = (&'static str, Value);

fn entered(function: &str) -> Event {
    ("fn", json!({ "fn": function, "at": "entry" }))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an observation is no protocol state: these are messages"
)]
fn message(what: &What, physical: bool) -> Option<Event> {
    let keepalive = |end, asks: bool| {
        let end = real(end);
        json!({ "msg": "Keepalive", "end": end, "reply_requested": asks })
    };
    Some(match *what {
        What::Data(end) if physical => (
            "tx",
            json!({ "msg": "XLogData", "end": real(end), "head": "r" }),
        ),
        What::Data(end) => ("tx", json!({ "msg": "XLogData", "end": real(end) })),
        What::Keepalive(end, asks) => ("tx", keepalive(end, asks)),
        What::KeepaliveUnasked(end) => ("tx", keepalive(end, false)),
        What::CommandComplete => ("tx", json!({ "msg": "CommandComplete" })),
        What::Status(write, flush) => {
            let (write, flush) = (real(write.unwrap_or_default()), real(flush));
            (
                "rx",
                json!({ "msg": "StandbyStatus", "write": write, "flush": flush }),
            )
        }
        _ => return None,
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an observation is no protocol state: these are probes"
)]
fn function(what: &What) -> Option<Event> {
    let (event, mut fields) = match *what {
        What::ShutdownXlog => entered("ShutdownXLOG"),
        What::WaitStoppingReturn => {
            let fields = json!({ "fn": "WalSndWaitStopping", "at": "return" });
            ("fn", fields)
        }
        What::SetStopping(_) => entered("WalSndSetState"),
        What::ProcExit(..) => entered("proc_exit"),
        _ => return None,
    };
    if let What::SetStopping(sent) = *what {
        fields["state"] = "stopping".into();
        fields["sentPtr"] = real(sent).into();
    }
    if let What::ProcExit(code, sent) = *what {
        fields["code"] = code.into();
        fields["sentPtr"] = real(sent.unwrap_or_default()).into();
    }
    Some((event, fields))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an observation is no protocol state: no step shows the others"
)]
fn call(what: &What, name: impl Fn(Child) -> String) -> Option<Event> {
    let walsender = |i: usize| name(Child::walsender(i));
    Some(match *what {
        What::Fork => ("fork", json!({ "child": name(Child::DEAD_END) })),
        What::Sigkill(i) => ("sigkill", json!({ "target": walsender(i) })),
        What::Archived => {
            let file = "000000010000000000000003.done";
            ("archive_status", json!({ "file": file }))
        }
        What::SendInitStopping(i) => (
            "signal_send",
            json!({ "sig": "SIGUSR1", "to": walsender(i) }),
        ),
        What::SendXlogIsShutdown => (
            "signal_send",
            json!({ "sig": "SIGUSR1", "to": "postmaster" }),
        ),
        What::ControlWrite(state, at) => ("control_write", control(state, at)),
        What::SlotSave(i, confirmed, restart) => ("slot_save", slot_save(i, confirmed, restart)),
        _ => return None,
    })
}

/// A slot's state file, as it is renamed into place.
pub(super) fn slot_save(i: usize, confirmed: Lsn, restart: Lsn) -> Value {
    json!({
        "slot": slot_name(i),
        "confirmed_flush": real(confirmed),
        "restart_lsn": real(restart),
    })
}

fn request(mode: StopMode) -> Vec<Line> {
    let (mode, sig) = match mode {
        StopMode::Smart => ("smart", "SIGTERM"),
        StopMode::Fast => ("fast", "SIGINT"),
        StopMode::Immediate => ("immediate", "SIGQUIT"),
    };
    let asked = Line {
        actor: "harness".to_owned(),
        ev: "stop_request",
        src: "harness",
        fields: json!({ "mode": mode }),
    };
    let received = Line {
        actor: "postmaster".to_owned(),
        ev: "signal_recv",
        src: "strace",
        fields: json!({ "sig": sig, "from": "external" }),
    };
    vec![asked, received]
}
