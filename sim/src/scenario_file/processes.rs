//! Backends, background workers, and start-up.

use model::bounds::{BACKENDS_MAX, WORKERS_MAX};
use model::scenario::{BackendScenario, Phase, StartScenario, WorkerScenario, WorkerStart};
use toml::Spanned;

use super::check::too_many;
use super::diagnostic::{Problem, Span};
use super::raw::{Key, RawBackend, RawFile, RawWorker, place};

/// Where a problem of the whole file is shown.
const TOP: Span = 0..0;

pub(super) fn backends(raw: &RawFile) -> Result<[Option<BackendScenario>; BACKENDS_MAX], Problem> {
    let given = &raw.backend;
    if let Some(extra) = given.get(BACKENDS_MAX) {
        return Err(too_many(
            extra.span(),
            "backends",
            given.len(),
            BACKENDS_MAX,
        ));
    }
    let mut backends = [None; BACKENDS_MAX];
    for (place, section) in backends.iter_mut().zip(given) {
        *place = Some(backend(section)?);
    }
    Ok(backends)
}

fn backend(raw: &Spanned<RawBackend>) -> Result<BackendScenario, Problem> {
    let section = raw.span();
    let raw = raw.get_ref();
    let backend = BackendScenario {
        open_xid: raw.open_xid.value_or(false),
        may_commit: raw.may_commit.value_or(false),
        async_commit: raw.async_commit.value_or(false),
        client_leaves: raw.client_leaves.value_or(false),
        connects: raw.connects.value_or(false),
        requests_checkpoint: raw.requests_checkpoint.value_or(false),
    };
    if backend.connects && backend.open_xid {
        return Err(Problem::new(
            place(raw.connects.as_ref(), &section),
            "`connects` with an open transaction",
            "remove `open-xid`: a session that is not there yet has none",
        ));
    }
    if backend.may_commit && !backend.open_xid {
        return Err(Problem::new(
            place(raw.may_commit.as_ref(), &section),
            "`may-commit` without a transaction",
            "add `open-xid = true`, or remove `may-commit`",
        ));
    }
    if backend.async_commit && !backend.may_commit {
        return Err(Problem::new(
            place(raw.async_commit.as_ref(), &section),
            "`async-commit` without a commit",
            "add `may-commit = true`, or remove `async-commit`",
        ));
    }
    Ok(backend)
}

pub(super) fn workers(raw: &RawFile) -> Result<[Option<WorkerScenario>; WORKERS_MAX], Problem> {
    let given = &raw.worker;
    if let Some(extra) = given.get(WORKERS_MAX) {
        return Err(too_many(extra.span(), "workers", given.len(), WORKERS_MAX));
    }
    let mut workers = [None; WORKERS_MAX];
    for (place, section) in workers.iter_mut().zip(given) {
        *place = Some(worker(section, raw)?);
    }
    Ok(workers)
}

fn worker(raw: &Spanned<RawWorker>, file: &RawFile) -> Result<WorkerScenario, Problem> {
    let section = raw.span();
    let raw = raw.get_ref();
    let worker = WorkerScenario {
        start: raw.start.0,
        uninterruptible_wait: raw.uninterruptible_wait.value_or(false),
        writes_wal: raw.writes_wal.value_or(false),
    };
    let on_request = worker.start == WorkerStart::OnRequest;
    if on_request && file.backend.is_empty() {
        return Err(Problem::new(
            section,
            "a worker `on-request` without a backend that could ask for it",
            "add a section `[[backend]]`",
        ));
    }
    if worker.uninterruptible_wait && !on_request {
        return Err(Problem::new(
            place(raw.uninterruptible_wait.as_ref(), &section),
            "`uninterruptible-wait` for a worker that nobody waits for",
            "add `start = \"on-request\"`, or remove `uninterruptible-wait`",
        ));
    }
    Ok(worker)
}

pub(super) fn start(file: &RawFile) -> Result<StartScenario, Problem> {
    let raw = &file.start;
    let start = StartScenario {
        phase: raw.phase.value_or(Phase::Running),
        standby: raw.standby.value_or(false),
        walreceiver: raw.walreceiver.value_or(false),
        timers: raw.timers.value_or(true),
        restart_after_crash: raw.restart_after_crash.value_or(false),
    };
    if start.standby && start.phase == Phase::Running {
        return Err(Problem::new(
            place(raw.standby.as_ref(), &TOP),
            "a standby that has finished recovery",
            "add `phase = \"startup\"` or `phase = \"hot-standby\"`",
        ));
    }
    if start.walreceiver && !(start.standby && start.phase == Phase::HotStandby) {
        return Err(Problem::new(
            place(raw.walreceiver.as_ref(), &TOP),
            "a walreceiver without a standby that streams",
            "add `standby = true` and `phase = \"hot-standby\"`",
        ));
    }
    if start.phase != Phase::Running && !file.walsender.is_empty() {
        let streams = file.walsender.iter().any(|ws| {
            ws.get_ref()
                .activity
                .value_or(model::scenario::Activity::Streaming)
                != model::scenario::Activity::Connecting
        });
        if streams || start.phase == Phase::Startup {
            return Err(Problem::new(
                place(raw.phase.as_ref(), &TOP),
                "a walsender on a server that is in recovery",
                "only `activity = \"connecting\"` on a hot standby is modelled",
            ));
        }
    }
    Ok(start)
}
