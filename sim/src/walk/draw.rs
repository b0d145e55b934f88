//! Scenarios drawn at random: anything that a scenario file can say, up to the sizes of the model.
//!
//! A drawn scenario goes through the scenario file's own checks; one that no server can be in is
//! drawn again. [`vary`] changes one that went somewhere new: how coverage guides the draw.

use model::bounds::{REQUESTS_MAX, WAL_MAX, WALSENDERS_MAX};
use model::scenario::{
    Activity, AfterStop, BackendScenario, Faults, PeerKind, PeerState, Phase, Scenario,
    ShutdownTimeout, StartScenario, StopMode, WalsenderKind, WalsenderScenario, WorkerScenario,
    WorkerStart,
};
use model::wal::Record;

use super::dice::Dice;
use crate::scenario_file::{parse, to_toml};

/// A scenario, drawn.
pub fn draw(dice: &mut Dice) -> Scenario {
    loop {
        let scenario = anything(dice);
        if is_possible(&scenario) {
            return scenario;
        }
    }
}

/// `scenario` with some of its parts drawn anew.
pub fn vary(scenario: &Scenario, dice: &mut Dice) -> Scenario {
    for _ in 0..100 {
        let mut varied = *scenario;
        for _ in 0..dice.between(1, 3) {
            change(&mut varied, dice);
        }
        if varied != *scenario && is_possible(&varied) {
            return varied;
        }
    }
    draw(dice)
}

/// Whether a scenario file may say it.
#[must_use]
pub fn is_possible(scenario: &Scenario) -> bool {
    parse("", &to_toml(scenario)).is_ok_and(|named| named.scenario == *scenario)
}

const REQUESTS: [[Option<StopMode>; REQUESTS_MAX]; 10] = {
    use StopMode::{Fast, Immediate, Smart};
    [
        [Some(Fast), None, None],
        [Some(Fast), None, None],
        [Some(Fast), None, None],
        [Some(Fast), None, None],
        [Some(Smart), Some(Fast), None],
        [Some(Smart), Some(Fast), Some(Immediate)],
        [Some(Smart), None, None],
        [Some(Fast), Some(Immediate), None],
        [Some(Fast), Some(Fast), None],
        [Some(Immediate), None, None],
    ]
};

const RECORDS: [Record; 11] = [
    Record::Commit,
    Record::Commit,
    Record::Commit,
    Record::Other,
    Record::Other,
    Record::CommitOther,
    Record::Abort,
    Record::Hint,
    Record::RunningXacts,
    Record::BackupEnd,
    Record::Continuation,
];

fn anything(dice: &mut Dice) -> Scenario {
    let recovery = dice.one_in(8);
    let mut scenario = Scenario {
        walsenders: [None; WALSENDERS_MAX],
        backends: std::array::from_fn(|_| dice.one_in(3).then(|| backend(dice))),
        backlog: [Record::None; WAL_MAX],
        backlog_flushed: 0,
        backlog_ends_page: false,
        requests: *dice.pick(&REQUESTS),
        running_xacts: u8::from(dice.one_in(4)),
        walwriter: !dice.one_in(4),
        archiving: dice.one_in(4),
        hint_records: if dice.one_in(3) { small(dice, 1, 2) } else { 0 },
        wal_sender_timeout: dice.one_in(2),
        wal_receiver_timeout: !dice.one_in(4),
        shutdown_timeout: *dice.pick(&[
            ShutdownTimeout::Never,
            ShutdownTimeout::Never,
            ShutdownTimeout::Zero,
            ShutdownTimeout::Finite,
        ]),
        socket_capacity: small(dice, 1, 3),
        send_batch: if dice.one_in(3) { small(dice, 1, 2) } else { 0 },
        io_workers: dice.one_in(4),
        workers: std::array::from_fn(|_| dice.one_in(8).then(|| worker(dice))),
        start: start(recovery, dice),
        dead_end_hangs: dice.one_in(8),
        authentication_timeout: !dice.one_in(8),
        helper_stats: dice.one_in(8),
        faults: Faults::default(),
        after: *dice.pick(&[AfterStop::Restart, AfterStop::Upgrade]),
    };
    scenario.backends.sort_by_key(Option::is_none);
    scenario.workers.sort_by_key(Option::is_none);
    let count = match (recovery, dice.below(8)) {
        (true, _) => dice.index(2),
        (false, 0) => 0,
        (false, 1..=5) => 1 + dice.index(3),
        (false, _) => 1 + dice.index(WALSENDERS_MAX),
    };
    backlog(&mut scenario, dice);
    for place in 0..count {
        scenario.walsenders[place] = Some(walsender(&scenario, recovery, dice));
    }
    faults(&mut scenario, dice);
    shorten(&mut scenario);
    scenario
}

fn small(dice: &mut Dice, low: u32, high: u32) -> u8 {
    u8::try_from(dice.between(low, high)).unwrap_or_default()
}

fn backlog(scenario: &mut Scenario, dice: &mut Dice) {
    let longest = if dice.one_in(4) { WAL_MAX - 4 } else { 5 };
    let len = dice.index(longest + 1);
    scenario.backlog = [Record::None; WAL_MAX];
    for i in 0..len {
        scenario.backlog[i] = *dice.pick(&RECORDS);
        let first_half = i > 0 && scenario.backlog[i - 1] != Record::Continuation;
        if scenario.backlog[i] == Record::Continuation && !first_half {
            scenario.backlog[i] = Record::Other;
        }
    }
    let len = scenario.backlog_len();
    scenario.backlog_flushed = if dice.one_in(3) {
        small(dice, 0, u32::from(len))
    } else {
        len
    };
    scenario.backlog_ends_page = len > 0 && dice.one_in(6);
}

fn walsender(scenario: &Scenario, recovery: bool, dice: &mut Dice) -> WalsenderScenario {
    let kind = if dice.one_in(3) {
        WalsenderKind::Physical
    } else {
        WalsenderKind::Logical
    };
    let logical = kind == WalsenderKind::Logical;
    let activity = match dice.below(12) {
        _ if recovery => Activity::Connecting,
        0 => Activity::Absent,
        1 => Activity::Connecting,
        2 => Activity::Idle,
        3 => Activity::Command,
        4 if logical => Activity::Transaction,
        5 if dice.one_in(3) => Activity::Extension,
        _ => Activity::Streaming,
    };
    let streaming = activity == Activity::Streaming;
    let peer = peer(logical, activity, dice);
    let must = activity == Activity::Absent || streaming && logical;
    let slotless = peer == PeerKind::ReceivewalNoFlush;
    let needs_slot = matches!(
        peer,
        PeerKind::Receivewal | PeerKind::ReceivewalSegmentFlush
    );
    let slot = must || needs_slot || !slotless && streaming && dice.one_in(2);
    let whole = |units: u8| {
        let split = scenario.backlog.get(usize::from(units)) == Some(&Record::Continuation);
        units - u8::from(logical && split && units > 0)
    };
    let flushed = u32::from(scenario.backlog_flushed);
    let caught_up = whole(if dice.one_in(2) {
        small(dice, 0, flushed)
    } else {
        scenario.backlog_flushed
    });
    let caught_up = if slot || streaming {
        caught_up
    } else {
        whole(scenario.backlog_flushed)
    };
    WalsenderScenario {
        kind,
        activity,
        peer,
        peer_state: match dice.below(10) {
            0 if streaming => PeerState::Frozen,
            1 if streaming && logical => PeerState::Locked,
            _ => PeerState::Running,
        },
        slot,
        failover: slot && logical && dice.one_in(6),
        synchronized_standby: slot && !logical && dice.one_in(3),
        caught_up_to: caught_up,
        saved_up_to: if slot {
            whole(small(dice, 0, u32::from(caught_up)))
        } else {
            0
        },
        obsolete: slot && dice.one_in(12),
        report_put_off: streaming && dice.one_in(12),
    }
}

fn peer(logical: bool, activity: Activity, dice: &mut Dice) -> PeerKind {
    let usual = if logical {
        PeerKind::ApplyWorker
    } else {
        PeerKind::Walreceiver
    };
    let others: &[PeerKind] = if logical {
        &[
            PeerKind::ApplyWorkerSynchronous,
            PeerKind::RecvLogical,
            PeerKind::AnswersWhenAsked,
            PeerKind::ConfirmsCommitsOnly,
            PeerKind::OverAcknowledges,
        ]
    } else {
        &[
            PeerKind::Receivewal,
            PeerKind::ReceivewalNoFlush,
            PeerKind::ReceivewalSegmentFlush,
        ]
    };
    let counts = matches!(activity, Activity::Streaming | Activity::Absent);
    if counts && dice.one_in(2) {
        *dice.pick(others)
    } else {
        usual
    }
}

fn backend(dice: &mut Dice) -> BackendScenario {
    let open_xid = dice.one_in(2);
    let may_commit = open_xid && !dice.one_in(4);
    BackendScenario {
        open_xid,
        may_commit,
        async_commit: may_commit && dice.one_in(3),
        client_leaves: dice.one_in(2),
        connects: !open_xid && dice.one_in(4),
        requests_checkpoint: dice.one_in(8),
    }
}

fn worker(dice: &mut Dice) -> WorkerScenario {
    let start = *dice.pick(&[
        WorkerStart::PostmasterStart,
        WorkerStart::ConsistentState,
        WorkerStart::RecoveryFinished,
        WorkerStart::OnRequest,
    ]);
    WorkerScenario {
        start,
        uninterruptible_wait: start == WorkerStart::OnRequest && dice.one_in(2),
        writes_wal: dice.one_in(3),
    }
}

fn start(recovery: bool, dice: &mut Dice) -> StartScenario {
    let phase = match dice.below(2) {
        _ if !recovery => Phase::Running,
        0 => Phase::Startup,
        _ => Phase::HotStandby,
    };
    let standby = recovery && dice.one_in(2);
    StartScenario {
        phase,
        standby,
        walreceiver: standby && phase == Phase::HotStandby && dice.one_in(2),
        timers: !dice.one_in(4),
        restart_after_crash: dice.one_in(4),
    }
}

fn faults(scenario: &mut Scenario, dice: &mut Dice) {
    let many = dice.one_in(4);
    let mut one = |possible: bool| {
        let on = possible && dice.one_in(if many { 2 } else { 6 });
        u8::from(on) * small(dice, 1, 2)
    };
    let senders = scenario.walsenders;
    let any = |test: fn(&WalsenderScenario) -> bool| senders.iter().flatten().any(test);
    let streaming = |w: &WalsenderScenario| w.activity == Activity::Streaming;
    let working = |w: &WalsenderScenario| {
        w.activity == Activity::Streaming && w.peer_state == PeerState::Running
    };
    let applying = |w: &WalsenderScenario| {
        w.activity == Activity::Streaming
            && w.peer_state == PeerState::Running
            && w.kind == WalsenderKind::Logical
    };
    let connect = one(true);
    scenario.faults = Faults {
        kill_walsender: one(any(|w| w.activity != Activity::Absent)),
        disconnect: one(any(streaming)),
        freeze: one(any(working)),
        worker_restart: one(any(applying)),
        archive_failure: one(scenario.archiving),
        slot_save_failure: one(any(|w| w.slot)),
        connect,
        copy_done: one(any(applying)),
        dead_end_crash: one(connect > 0),
        walreceiver_exit: one(scenario.start.standby),
    };
}

/// Takes the last backlog records away until every record of a run has a place.
fn shorten(scenario: &mut Scenario) {
    while scenario.wal_len_max() > WAL_MAX && scenario.backlog_len() > 0 {
        drop_record(scenario, usize::from(scenario.backlog_len()) - 1);
    }
}

/// Takes record `i` of the backlog away; positions behind it move.
pub(super) fn drop_record(scenario: &mut Scenario, i: usize) {
    scenario.backlog.copy_within(i + 1.., i);
    scenario.backlog[WAL_MAX - 1] = Record::None;
    let moved = |units: &mut u8| *units -= u8::from(usize::from(*units) > i);
    moved(&mut scenario.backlog_flushed);
    scenario.backlog_ends_page &= scenario.backlog_len() > 0;
    for ws in scenario.walsenders.iter_mut().flatten() {
        moved(&mut ws.caught_up_to);
        moved(&mut ws.saved_up_to);
    }
}

/// One part drawn anew.
fn change(scenario: &mut Scenario, dice: &mut Dice) {
    let recovery = scenario.start.phase != Phase::Running;
    let count = scenario.walsenders().count();
    match dice.below(8) {
        0 => scenario.requests = *dice.pick(&REQUESTS),
        1 => faults(scenario, dice),
        2 if count < WALSENDERS_MAX && !recovery => {
            scenario.walsenders[count] = Some(walsender(scenario, recovery, dice));
        }
        3 if count > 0 => {
            let i = dice.index(count);
            scenario.walsenders[i] = Some(walsender(scenario, recovery, dice));
        }
        4 => {
            scenario.backends = std::array::from_fn(|_| dice.one_in(2).then(|| backend(dice)));
            scenario.backends.sort_by_key(Option::is_none);
        }
        5 => {
            let other = anything(dice);
            scenario.archiving = other.archiving;
            scenario.hint_records = other.hint_records;
            scenario.shutdown_timeout = other.shutdown_timeout;
            scenario.wal_sender_timeout = other.wal_sender_timeout;
        }
        6 => {
            let other = anything(dice);
            scenario.socket_capacity = other.socket_capacity;
            scenario.send_batch = other.send_batch;
            scenario.running_xacts = other.running_xacts;
            scenario.io_workers = other.io_workers;
            scenario.walwriter = other.walwriter;
        }
        _ => {
            backlog(scenario, dice);
            for i in 0..count {
                scenario.walsenders[i] = Some(walsender(scenario, recovery, dice));
            }
        }
    }
    shorten(scenario);
}
