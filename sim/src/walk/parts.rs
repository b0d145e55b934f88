//! Smaller scenarios: one part less, or as usual, with what becomes of the steps.

use model::bounds::{BACKENDS_MAX, WALSENDERS_MAX};
use model::cluster::Child;
use model::scenario::{
    AfterStop, PeerKind, PeerState, Scenario, ShutdownTimeout, StartScenario, WalsenderKind,
};
use model::steps::{Step, Who};

use super::draw::{drop_record, is_possible};

/// What becomes of a step in a smaller scenario; none if nobody is there to take it.
pub(super) type Map = Box<dyn Fn(Step) -> Option<Step>>;

/// Every scenario with a part less than `scenario`, processes first, many before one.
pub(super) fn smaller(scenario: &Scenario) -> Vec<(Scenario, Map)> {
    let mut found: Vec<(Scenario, Map)> = Vec::new();
    for (from, n) in pieces(scenario.walsenders().count()) {
        let mut less = *scenario;
        less.walsenders[from..].rotate_left(n);
        let kept = WALSENDERS_MAX - n;
        less.walsenders[kept..].fill(None);
        found.push((less, without(Who::Walsender, from, n)));
    }
    for i in 0..scenario.backends.iter().flatten().count() {
        let mut less = *scenario;
        less.backends[i..].rotate_left(1);
        less.backends[BACKENDS_MAX - 1] = None;
        found.push((less, without(Who::Backend, i, 1)));
    }
    for i in 0..scenario.workers.iter().flatten().count() {
        let mut less = *scenario;
        less.workers[i..].rotate_left(1);
        if let Some(last) = less.workers.last_mut() {
            *last = None;
        }
        found.push((less, without(Who::Worker, i, 1)));
    }
    let mut same = |less: Scenario| found.push((less, Box::new(Some) as Map));
    for (from, n) in pieces(usize::from(scenario.backlog_len())) {
        let mut less = *scenario;
        for _ in 0..n {
            drop_record(&mut less, from);
        }
        same(less);
    }
    for i in (0..scenario.requests.iter().flatten().count()).rev() {
        let mut less = *scenario;
        less.requests[i..].rotate_left(1);
        if let Some(last) = less.requests.last_mut() {
            *last = None;
        }
        same(less);
    }
    for change in CHANGES {
        let mut less = *scenario;
        change(&mut less);
        same(less);
    }
    for i in 0..scenario.walsenders().count() {
        for change in SENDER_CHANGES {
            let mut less = *scenario;
            let flushed = less.backlog_flushed;
            if let Some(ws) = &mut less.walsenders[i] {
                change(ws, flushed);
            }
            same(less);
        }
    }
    found.retain(|(less, _)| less != scenario && is_possible(less));
    found
}

/// Each makes one thing as usual.
const CHANGES: &[fn(&mut Scenario)] = &[
    |s| s.faults.kill_walsender = 0,
    |s| s.faults.disconnect = 0,
    |s| s.faults.freeze = 0,
    |s| s.faults.worker_restart = 0,
    |s| s.faults.archive_failure = 0,
    |s| s.faults.slot_save_failure = 0,
    |s| s.faults.copy_done = 0,
    |s| s.faults.dead_end_crash = 0,
    |s| {
        s.faults.connect = 0;
        s.faults.dead_end_crash = 0;
    },
    |s| s.faults.walreceiver_exit = 0,
    |s| s.faults.startup_failure = 0,
    |s| s.archiving = false,
    |s| s.segment_ends = Default::default(),
    |s| s.wal_keep_size = 0,
    |s| s.hint_records = s.hint_records.saturating_sub(1),
    |s| s.running_xacts = 0,
    |s| s.walwriter = false,
    |s| s.walwriter = true,
    |s| s.io_workers = false,
    |s| s.helper_stats = false,
    |s| s.dead_end_hangs = false,
    |s| s.authentication_timeout = true,
    |s| s.wal_sender_timeout = false,
    |s| s.wal_receiver_timeout = true,
    |s| s.shutdown_timeout = ShutdownTimeout::Never,
    |s| s.socket_capacity = 2,
    |s| s.send_batch = 0,
    |s| s.backlog_flushed = s.backlog_len(),
    |s| s.backlog_ends_page = false,
    |s| s.after = AfterStop::Restart,
    |s| s.start.timers = true,
    |s| s.start.restart_after_crash = false,
    |s| {
        s.start = StartScenario {
            timers: true,
            ..StartScenario::default()
        };
    },
    |s| {
        for backend in s.backends.iter_mut().flatten() {
            backend.requests_checkpoint = false;
            backend.async_commit = false;
        }
    },
    |s| {
        for backend in s.backends.iter_mut().flatten() {
            backend.client_leaves = false;
        }
    },
];

type SenderChange = fn(&mut model::scenario::WalsenderScenario, u8);

/// Each makes one thing of a walsender as usual; the number is what is flushed of the backlog.
const SENDER_CHANGES: &[SenderChange] = &[
    |ws, _| {
        ws.peer = match ws.kind {
            WalsenderKind::Logical => PeerKind::ApplyWorker,
            WalsenderKind::Physical => PeerKind::Walreceiver,
        };
    },
    |ws, _| ws.peer_state = PeerState::Running,
    |ws, _| ws.failover = false,
    |ws, _| ws.synchronized_standby = false,
    |ws, _| ws.obsolete = false,
    |ws, _| ws.report_put_off = false,
    |ws, flushed| ws.caught_up_to = flushed,
    |ws, _| ws.saved_up_to = 0,
    |ws, _| ws.saved_up_to = ws.caught_up_to,
];

/// Pieces of `count` things, each with its first and its length: halves, quarters, and so on, down
/// to single ones.
fn pieces(count: usize) -> Vec<(usize, usize)> {
    let mut pieces = Vec::new();
    let mut n = count;
    while n > 1 {
        n = n.div_ceil(2);
        pieces.extend(
            (0..count)
                .step_by(n)
                .map(|from| (from, n.min(count - from))),
        );
    }
    if count == 1 {
        pieces.push((0, 1));
    }
    pieces
}

/// So many of a kind are gone from `gone` on: their steps are gone, those of later ones move up.
fn without(kind: Who, gone: usize, count: usize) -> Map {
    let gone = u8::try_from(gone).unwrap_or(u8::MAX);
    let count = u8::try_from(count).unwrap_or(u8::MAX);
    let child = move |i: u8| {
        let i = usize::from(i);
        match kind {
            Who::Walsender => Child::walsender(i),
            Who::Worker => Child::worker(i),
            Who::Backend | Who::Child | Who::One => Child::backend(i),
        }
    };
    let index = move |c: u8| match kind {
        Who::Walsender => Child(c).as_walsender(),
        Who::Worker => Child(c).as_worker(),
        Who::Backend | Who::Child | Who::One => Child(c).as_backend(),
    };
    let moved = move |i: u8| {
        if i < gone {
            Some(i)
        } else {
            i.checked_sub(count).filter(|&moved| moved >= gone)
        }
    };
    Box::new(move |mut step| {
        let who = step.info().who();
        if who == kind {
            step.at.who = moved(step.at.who)?;
        } else if who == Who::Child
            && let Some(i) = index(step.at.who)
        {
            step.at.who = child(moved(u8::try_from(i).unwrap_or(u8::MAX))?).0;
        }
        Some(step)
    })
}
