//! From a file as it is written to a scenario, and whether the parts fit together.

use model::bounds::{REQUESTS_MAX, WAL_MAX, WALSENDERS_MAX};
use model::scenario::{
    Activity, AfterStop, Faults, PeerState, Phase, Scenario, ShutdownTimeout, StopMode,
    WalsenderKind, WalsenderScenario,
};
use model::wal::Record;
use toml::Spanned;

use super::diagnostic::{Problem, Span};
use super::processes::{backends, start, workers};
use super::raw::{Item, Items, Key, RawFaults, RawFile, place};
use super::segments;
use super::walsender::{Backlog, walsender};
use super::words::Count;

/// Messages that a socket may hold.
const SOCKET_CAPACITY: std::ops::RangeInclusive<u8> = 1..=3;

/// Where a problem of the whole file is shown.
pub(super) const TOP: Span = 0..0;

/// The scenario that `raw` describes.
pub(super) fn scenario(raw: &RawFile) -> Result<Scenario, Problem> {
    let requests = requests(raw)?;
    let records = backlog(raw)?;
    let len = u8::try_from(records.len()).unwrap_or(u8::MAX);
    let flushed = raw.backlog_flushed.value_or(len);
    check_backlog(raw, len, flushed)?;
    let socket_capacity = raw.socket_capacity.value_or(2);
    if !SOCKET_CAPACITY.contains(&socket_capacity) {
        return Err(Problem::new(
            place(raw.socket_capacity.as_ref(), &TOP),
            format!("`socket-capacity` is {socket_capacity}"),
            format!(
                "give {} to {}",
                SOCKET_CAPACITY.start(),
                SOCKET_CAPACITY.end()
            ),
        ));
    }
    let mut backlog = [Record::None; WAL_MAX];
    backlog[..records.len()].copy_from_slice(&records);
    let scenario = Scenario {
        walsenders: walsenders(
            raw,
            Backlog {
                records: &records,
                flushed,
            },
        )?,
        backends: backends(raw)?,
        workers: workers(raw)?,
        start: start(raw)?,
        backlog,
        backlog_flushed: flushed,
        backlog_ends_page: raw.backlog_ends_page.value_or(false),
        segment_ends: segments::segment_ends(raw)?,
        wal_keep_size: raw.wal_keep_size.value_or(0),
        requests,
        running_xacts: raw.running_xacts.value_or(0),
        walwriter: raw.walwriter.value_or(true),
        archiving: raw.archiving.value_or(false),
        hint_records: raw.hint_records.value_or(0),
        wal_sender_timeout: raw.wal_sender_timeout.value_or(false),
        wal_receiver_timeout: raw.wal_receiver_timeout.value_or(true),
        shutdown_timeout: raw.shutdown_timeout.value_or(ShutdownTimeout::Never),
        socket_capacity,
        send_batch: raw.send_batch.value_or(0),
        io_workers: raw.io_workers.value_or(false),
        dead_end_hangs: raw.dead_end_hangs.value_or(false),
        authentication_timeout: raw.authentication_timeout.value_or(true),
        helper_stats: raw.helper_stats.value_or(false),
        faults: faults(&raw.faults),
        after: raw.after.value_or(AfterStop::Restart),
    };
    check_wal_len(raw, &scenario)?;
    segments::check(raw, &scenario)?;
    check_faults(&raw.faults, &scenario)?;
    Ok(scenario)
}

fn requests(raw: &RawFile) -> Result<[Option<StopMode>; REQUESTS_MAX], Problem> {
    let given = items(raw.requests.as_ref());
    if given.is_empty() {
        return Err(Problem::new(
            place(raw.requests.as_ref(), &TOP),
            "the scenario has no stop request",
            "add one, as in `requests = [\"fast\"]`",
        ));
    }
    if let Some(extra) = given.get(REQUESTS_MAX) {
        return Err(too_many(
            extra.span(),
            "stop requests",
            given.len(),
            REQUESTS_MAX,
        ));
    }
    let mut requests = [None; REQUESTS_MAX];
    for (i, request) in given.iter().enumerate() {
        if i > 0 && requests[i - 1] == Some(StopMode::Immediate) {
            return Err(Problem::new(
                request.span(),
                "a stop request follows an immediate one",
                "make `immediate` the last: nothing is left to ask for after it",
            ));
        }
        requests[i] = Some(request.get_ref().0);
    }
    Ok(requests)
}

fn items<T>(list: Option<&Items<T>>) -> &[Item<T>] {
    list.map_or(&[], |list| list.get_ref().as_slice())
}

pub(super) fn too_many(span: Span, what: &str, n: usize, max: usize) -> Problem {
    Problem::new(
        span,
        format!("{n} {what}, and at most {max} fit"),
        format!("remove {}", n - max),
    )
}

fn backlog(raw: &RawFile) -> Result<Vec<Record>, Problem> {
    let given = items(raw.backlog.as_ref());
    if let Some(extra) = given.get(WAL_MAX) {
        return Err(too_many(
            extra.span(),
            "backlog units",
            given.len(),
            WAL_MAX,
        ));
    }
    let records: Vec<Record> = given.iter().map(|unit| unit.get_ref().0).collect();
    for (i, unit) in given.iter().enumerate() {
        let after_a_first_half = i > 0 && records[i - 1] != Record::Continuation;
        if records[i] == Record::Continuation && !after_a_first_half {
            return Err(Problem::new(
                unit.span(),
                "a `continuation` without the record that it continues",
                "put it behind another unit: a record takes at most two units",
            ));
        }
    }
    Ok(records)
}

fn check_backlog(raw: &RawFile, len: u8, flushed: u8) -> Result<(), Problem> {
    if flushed > len {
        return Err(Problem::new(
            place(raw.backlog_flushed.as_ref(), &TOP),
            format!("`backlog-flushed` is {flushed} and the backlog has {len} units"),
            format!("give at most {len}, or lengthen `backlog`"),
        ));
    }
    if raw.backlog_ends_page.value_or(false) && len == 0 {
        return Err(Problem::new(
            place(raw.backlog_ends_page.as_ref(), &TOP),
            "`backlog-ends-page` without a backlog",
            "add a record to `backlog`, or remove `backlog-ends-page`",
        ));
    }
    Ok(())
}

fn walsenders(
    raw: &RawFile,
    backlog: Backlog<'_>,
) -> Result<[Option<WalsenderScenario>; WALSENDERS_MAX], Problem> {
    let given = &raw.walsender;
    if let Some(extra) = given.get(WALSENDERS_MAX) {
        return Err(too_many(
            extra.span(),
            "walsenders",
            given.len(),
            WALSENDERS_MAX,
        ));
    }
    let mut walsenders = [None; WALSENDERS_MAX];
    for (place, section) in walsenders.iter_mut().zip(given) {
        *place = Some(walsender(section, backlog)?);
    }
    Ok(walsenders)
}

fn faults(raw: &RawFaults) -> Faults {
    Faults {
        kill_walsender: raw.kill_walsender.value_or(0),
        disconnect: raw.disconnect.value_or(0),
        freeze: raw.freeze.value_or(0),
        worker_restart: raw.worker_restart.value_or(0),
        archive_failure: raw.archive_failure.value_or(0),
        slot_save_failure: raw.slot_save_failure.value_or(0),
        connect: raw.connect.value_or(0),
        copy_done: raw.copy_done.value_or(0),
        dead_end_crash: raw.dead_end_crash.value_or(0),
        walreceiver_exit: raw.walreceiver_exit.value_or(0),
        startup_failure: raw.startup_failure.value_or(0),
    }
}

fn check_wal_len(raw: &RawFile, scenario: &Scenario) -> Result<(), Problem> {
    let len = scenario.wal_len_max();
    if len <= WAL_MAX {
        return Ok(());
    }
    Err(Problem::new(
        place(raw.backlog.as_ref(), &TOP),
        format!("a run of this scenario can hold {len} WAL units, and at most {WAL_MAX} fit"),
        "shorten `backlog`, lower `running-xacts` or `hint-records`, or remove a writer",
    ))
}

/// A fault's key, its count, whether what it befalls is there, and what that is.
type Need<'a> = (&'a str, &'a Option<Spanned<Count>>, bool, &'a str);

fn without((key, count, _, need): Need<'_>) -> Result<(), Problem> {
    Err(Problem::new(
        place(count.as_ref(), &TOP),
        format!("the fault `{key}` needs {need}"),
        format!("add that to the scenario, or remove `{key}`"),
    ))
}

/// A fault can only befall what is there.
fn check_faults(raw: &RawFaults, scenario: &Scenario) -> Result<(), Problem> {
    let any = |test: fn(&WalsenderScenario) -> bool| scenario.walsenders().any(|(_, w)| test(&w));
    let connected = any(|w| w.activity != Activity::Absent);
    let streaming = any(|w| w.activity == Activity::Streaming);
    let working = any(|w| w.activity == Activity::Streaming && w.peer_state == PeerState::Running);
    let applying = any(|w| {
        w.activity == Activity::Streaming
            && w.peer_state == PeerState::Running
            && w.kind == WalsenderKind::Logical
    });
    let slots = any(|w| w.slot);
    let needs: [Need<'_>; 10] = [
        (
            "kill-walsender",
            &raw.kill_walsender,
            connected,
            "a walsender that is not `absent`",
        ),
        (
            "disconnect",
            &raw.disconnect,
            streaming,
            "a walsender that streams",
        ),
        (
            "copy-done",
            &raw.copy_done,
            applying,
            "a logical walsender that streams to a running peer",
        ),
        (
            "freeze",
            &raw.freeze,
            working,
            "a walsender that streams to a running peer",
        ),
        (
            "worker-restart",
            &raw.worker_restart,
            applying,
            "a logical walsender that streams to a running peer",
        ),
        (
            "archive-failure",
            &raw.archive_failure,
            scenario.archiving,
            "`archiving = true`",
        ),
        ("slot-save-failure", &raw.slot_save_failure, slots, "a slot"),
        (
            "dead-end-crash",
            &raw.dead_end_crash,
            scenario.faults.connect > 0,
            "`connect` in the same section",
        ),
        (
            "walreceiver-exit",
            &raw.walreceiver_exit,
            scenario.start.standby,
            "`standby = true` in `[start]`",
        ),
        (
            "startup-failure",
            &raw.startup_failure,
            scenario.start.phase == Phase::Startup,
            "`phase = \"startup\"` in `[start]`",
        ),
    ];
    let missing = |(_, count, there, _): &Need<'_>| count.value_or(0) > 0 && !there;
    needs.into_iter().find(missing).map_or(Ok(()), without)
}
