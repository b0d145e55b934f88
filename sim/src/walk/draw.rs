//! Scenarios drawn at random: anything that a scenario file can say, up to the sizes of the model.
//!
//! A drawn scenario goes through the scenario file's own checks; one that no server can be in is
//! drawn again. [`vary`] changes one that went somewhere new: how coverage guides the draw.

mod processes;

use model::bounds::{REQUESTS_MAX, WAL_MAX, WALSENDERS_MAX};
use model::scenario::{
    Activity, AfterStop, Faults, PeerState, Phase, Scenario, ShutdownTimeout, StopMode,
    WalsenderKind, WalsenderScenario,
};
use model::wal::Record;

use super::dice::Dice;
use crate::scenario_file::{parse, to_toml};
use processes::{backend, start, walsender, worker};

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

/// One in so many drawn scenarios is large: up to the bounds of the model.
const LARGE_RATIO: u32 = 16;
/// Largest number of walsenders in the others.
const SMALL_WALSENDERS: usize = 8;
/// Largest number of backlog units in the others.
const SMALL_BACKLOG: usize = 12;
/// Largest number of backlog units in a large one.
const LARGE_BACKLOG: usize = 200;

/// Whether it has more than small ones have.
fn is_large(scenario: &Scenario) -> bool {
    scenario.walsenders().count() > SMALL_WALSENDERS
        || usize::from(scenario.backlog_len()) > SMALL_BACKLOG
}

fn anything(dice: &mut Dice) -> Scenario {
    let recovery = dice.one_in(8);
    let mut scenario = Scenario {
        walsenders: [None; WALSENDERS_MAX],
        backends: std::array::from_fn(|_| dice.one_in(3).then(|| backend(dice))),
        backlog: [Record::None; WAL_MAX],
        backlog_flushed: 0,
        backlog_ends_page: false,
        segment_ends: Default::default(),
        wal_keep_size: 0,
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
    let large = !recovery && dice.one_in(LARGE_RATIO);
    let count = match (recovery, dice.below(8)) {
        (true, _) => dice.index(2),
        (false, _) if large => 1 + dice.index(WALSENDERS_MAX),
        (false, 0) => 0,
        (false, 1..=5) => 1 + dice.index(3),
        (false, _) => 1 + dice.index(SMALL_WALSENDERS),
    };
    backlog(&mut scenario, large, dice);
    for place in 0..count {
        scenario.walsenders[place] = Some(walsender(&scenario, recovery, dice));
    }
    segments(&mut scenario, dice);
    faults(&mut scenario, dice);
    shorten(&mut scenario);
    scenario
}

fn small(dice: &mut Dice, low: u32, high: u32) -> u8 {
    u8::try_from(dice.between(low, high)).unwrap_or_default()
}

/// So many units of WAL, drawn.
pub(super) fn records(len: usize, dice: &mut Dice) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::with_capacity(len);
    for _ in 0..len {
        let drawn = *dice.pick(&RECORDS);
        let first_half = records.last().is_some_and(|&r| r != Record::Continuation);
        records.push(if drawn == Record::Continuation && !first_half {
            Record::Other
        } else {
            drawn
        });
    }
    records
}

/// `scenario` without walsenders, backlog and faults, with other stop requests and clients.
pub(super) fn quiet(scenario: &Scenario, dice: &mut Dice) -> Scenario {
    let mut quiet = Scenario {
        walsenders: [None; WALSENDERS_MAX],
        backends: std::array::from_fn(|_| dice.one_in(3).then(|| backend(dice))),
        backlog: [Record::None; WAL_MAX],
        backlog_flushed: 0,
        backlog_ends_page: false,
        segment_ends: Default::default(),
        requests: *dice.pick(&REQUESTS),
        faults: Faults::default(),
        ..*scenario
    };
    quiet.backends.sort_by_key(Option::is_none);
    quiet
}

fn backlog(scenario: &mut Scenario, large: bool, dice: &mut Dice) {
    let longest = match (large, dice.one_in(4)) {
        (true, _) => LARGE_BACKLOG,
        (false, true) => SMALL_BACKLOG,
        (false, false) => 5,
    };
    let len = dice.index(longest + 1);
    scenario.backlog = [Record::None; WAL_MAX];
    scenario.backlog[..len].copy_from_slice(&records(len, dice));
    let len = scenario.backlog_len();
    scenario.backlog_flushed = if dice.one_in(3) {
        small(dice, 0, u32::from(len))
    } else {
        len
    };
    scenario.backlog_ends_page = len > 0 && dice.one_in(6);
}

/// Where segments end, drawn: mostly nowhere.
fn segments(scenario: &mut Scenario, dice: &mut Dice) {
    let last = if scenario.archiving {
        usize::from(scenario.backlog_flushed)
    } else {
        scenario.wal_len_max()
    };
    let count = if dice.one_in(3) { 1 + dice.index(2) } else { 0 };
    let ends: Vec<u8> = (0..count)
        .filter_map(|_| u8::try_from(dice.index(last + 1)).ok())
        .collect();
    scenario.set_segment_ends(ends.into_iter());
    let some = scenario.segment_ends().next().is_some();
    scenario.wal_keep_size = u8::from(some && dice.one_in(6));
}

/// Faults that can befall what is there, drawn.
pub(super) fn faults(scenario: &mut Scenario, dice: &mut Dice) {
    let many = dice.one_in(4);
    let most = if is_large(scenario) { 8 } else { 2 };
    let mut one = |possible: bool| {
        let on = possible && dice.one_in(if many { 2 } else { 6 });
        u8::from(on) * small(dice, 1, most)
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
        // Not drawn: a scenario keeps its seed.
        startup_failure: 0,
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
    let mut ends = scenario.segment_ends;
    ends.iter_mut().for_each(moved);
    scenario.set_segment_ends(ends.into_iter());
    scenario.backlog_ends_page &= scenario.backlog_len() > 0;
    for ws in scenario.walsenders.iter_mut().flatten() {
        moved(&mut ws.caught_up_to);
        moved(&mut ws.saved_up_to);
    }
}

/// One part drawn anew.
fn change(scenario: &mut Scenario, dice: &mut Dice) {
    let recovery = scenario.start.phase != Phase::Running;
    let large = is_large(scenario);
    let places = if large {
        WALSENDERS_MAX
    } else {
        SMALL_WALSENDERS
    };
    let count = scenario.walsenders().count();
    match dice.below(8) {
        0 => scenario.requests = *dice.pick(&REQUESTS),
        1 => faults(scenario, dice),
        2 if count < places && !recovery => {
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
            segments(scenario, dice);
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
            backlog(scenario, large, dice);
            for i in 0..count {
                scenario.walsenders[i] = Some(walsender(scenario, recovery, dice));
            }
        }
    }
    shorten(scenario);
}
