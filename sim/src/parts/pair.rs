//! Built-in scenarios of a pair of nodes.

use model::pair::scenario::{Action, Archiving, Scenario, Work};
use model::pair::wal::Record;
use model::scenario::StopMode;

use super::NamedPart;
use Action::{
    CaughtUp, Checkpointed, Crash, Disconnect, Disconnected, Down, Production, Promote, Rewind,
    Start, StartStandby, Stop,
};

const FAST: StopMode = StopMode::Fast;

const fn work(record: Record, after: u8) -> Work {
    Work { record, after }
}

const COMMIT: Record = Record::Commit;

/// One commit at any time.
const ONE_COMMIT: &[Work] = &[work(COMMIT, 0)];

/// Stop the primary, promote the standby, let the old primary follow.
const SWITCHOVER: &[Action] = &[
    Stop(0, FAST),
    Down(0),
    Disconnected,
    Promote(1),
    Production(1),
    StartStandby(0),
];

/// A record over the end of the segment, a crash and a restart.
const TORN: &[Action] = &[Crash(0), Start(0)];

/// The scenario of this name.
#[must_use]
pub fn scenario(name: &str) -> Option<Scenario> {
    let found = built_in().into_iter().find(|part| part.name == name)?;
    Some(found.scenario)
}

fn part(name: &'static str, about: &'static str, scenario: Scenario) -> NamedPart<Scenario> {
    NamedPart {
        name,
        about,
        scenario,
    }
}

/// All of them.
#[must_use]
pub fn built_in() -> Vec<NamedPart<Scenario>> {
    let mut all = switchovers();
    all.extend(behind_a_switch());
    all.extend(rewinds());
    all.extend(torn_records());
    all.extend(promotions());
    all.extend(archives());
    all
}

fn switchovers() -> Vec<NamedPart<Scenario>> {
    let switchover = Scenario {
        plan: SWITCHOVER,
        shared: &[COMMIT],
        work: ONE_COMMIT,
        running_xacts: 1,
        ..Scenario::default()
    };
    vec![
        part(
            "switchover",
            "fast stop of the primary, promotion, the old primary follows",
            switchover.clone(),
        ),
        part(
            "failover-by-immediate-stop",
            "the same with an immediate stop; the standby had all before it",
            Scenario {
                plan: &[
                    Stop(0, StopMode::Immediate),
                    Down(0),
                    Promote(1),
                    Production(1),
                    StartStandby(0),
                ],
                work: &[],
                ..switchover.clone()
            },
        ),
        part(
            "switchover-archiving",
            "a switchover with archiving: promotion renames the old timeline's last segment",
            Scenario {
                archiving: Archiving::On,
                ..switchover.clone()
            },
        ),
        part(
            "switchover-and-back",
            "two switchovers, without archiving",
            Scenario {
                plan: THERE_AND_BACK,
                work: &[],
                running_xacts: 0,
                ..switchover.clone()
            },
        ),
        part(
            "switchover-and-back-archiving",
            "two switchovers, with archiving",
            Scenario {
                plan: THERE_AND_BACK,
                archiving: Archiving::On,
                work: &[],
                running_xacts: 0,
                ..switchover
            },
        ),
    ]
}

fn rewinds() -> Vec<NamedPart<Scenario>> {
    let failover = Scenario {
        shared: &[COMMIT],
        work: ONE_COMMIT,
        ..Scenario::default()
    };
    vec![
        part(
            "rewind-at-once",
            "failover; pg_rewind of the old primary as soon as the new one is in production",
            Scenario {
                plan: &[
                    Crash(0),
                    Promote(1),
                    Production(1),
                    Rewind(0),
                    StartStandby(0),
                ],
                ..failover.clone()
            },
        ),
        part(
            "rewind-after-checkpoint",
            "the same, but the new primary's first checkpoint is waited for",
            Scenario {
                plan: &[
                    Crash(0),
                    Promote(1),
                    Production(1),
                    Checkpointed(1),
                    Rewind(0),
                    StartStandby(0),
                ],
                ..failover
            },
        ),
    ]
}

/// The primary changes its timeline, by a start in archive recovery, while its standby is away.
const AWAY: &[Action] = &[
    Crash(1),
    Stop(0, FAST),
    Down(0),
    StartStandby(0),
    Promote(0),
    Production(0),
    Start(1),
];

/// It does so twice.
const AWAY_TWICE: &[Action] = &[
    Crash(1),
    Stop(0, FAST),
    Down(0),
    StartStandby(0),
    Promote(0),
    Production(0),
    Crash(0),
    StartStandby(0),
    Promote(0),
    Production(0),
    Start(1),
];

fn behind_a_switch() -> Vec<NamedPart<Scenario>> {
    let away = Scenario {
        plan: AWAY,
        shared: &[COMMIT],
        ..Scenario::default()
    };
    let twice = Scenario {
        plan: AWAY_TWICE,
        ..away.clone()
    };
    vec![
        part(
            "standby-behind-a-switch",
            "a standby comes back behind the end of its timeline, without archiving",
            away.clone(),
        ),
        part(
            "standby-behind-a-switch-archiving",
            "the same with archiving: the upstream has renamed the old timeline's last segment",
            Scenario {
                archiving: Archiving::On,
                ..away
            },
        ),
        part(
            "standby-behind-two-switches",
            "a standby comes back behind two switches of timeline in a segment, without archiving",
            twice.clone(),
        ),
        part(
            "standby-behind-two-switches-archiving",
            "the same with archiving",
            Scenario {
                archiving: Archiving::On,
                ..twice
            },
        ),
    ]
}

const THERE_AND_BACK: &[Action] = &[
    Stop(0, FAST),
    Down(0),
    Disconnected,
    Promote(1),
    Production(1),
    StartStandby(0),
    CaughtUp(0),
    Stop(1, FAST),
    Down(1),
    Disconnected,
    Promote(0),
    Production(0),
    StartStandby(1),
];

fn torn_records() -> Vec<NamedPart<Scenario>> {
    let torn = Scenario {
        plan: TORN,
        shared: &[COMMIT, COMMIT],
        work: const { &[work(Record::Long, 0), work(COMMIT, 2)] },
        long_rest: 1,
        ..Scenario::default()
    };
    vec![
        part(
            "torn-record-streaming",
            "the primary crashes while it writes a record over a segment's end; streaming",
            torn.clone(),
        ),
        part(
            "torn-record-archive",
            "the same; the standby lives from the archive",
            Scenario {
                work: const {
                    &[
                        work(Record::Long, 0),
                        work(COMMIT, 2),
                        work(COMMIT, 2),
                        work(COMMIT, 2),
                        work(COMMIT, 2),
                    ]
                },
                archiving: Archiving::On,
                restore: true,
                no_streaming: true,
                ..torn.clone()
            },
        ),
        part(
            "torn-long-record-then-silence",
            "the lost rest is longer than all that is written after the crash",
            Scenario {
                work: const { &[work(Record::Long, 0)] },
                long_rest: 3,
                ..torn
            },
        ),
    ]
}

fn promotions() -> Vec<NamedPart<Scenario>> {
    let crash_after = Scenario {
        plan: &[Promote(1), Crash(1), Start(1)],
        shared: &[COMMIT, COMMIT, COMMIT, Record::Checkpoint],
        restartpoints: true,
        ..Scenario::default()
    };
    vec![
        part(
            "restartpoint-meets-promotion",
            "a restartpoint runs while the standby is promoted, then it crashes",
            crash_after.clone(),
        ),
        part(
            "standby-stops",
            "the standby is stopped and started, with and without a restartpoint before",
            Scenario {
                plan: &[Stop(1, FAST), Down(1), Start(1)],
                ..crash_after.clone()
            },
        ),
        part(
            "truncation-after-promotion",
            "the promoted node truncates a relation and crashes before its checkpoint",
            Scenario {
                shared: &[Record::Touch],
                work: const { &[work(Record::Truncate, 1)] },
                restartpoints: false,
                ..crash_after
            },
        ),
        part(
            "promotion-with-slotsync",
            "promotion while the slot synchronization worker waits for a primary that is silent",
            Scenario {
                plan: &[Promote(1)],
                shared: &[COMMIT],
                slot_sync: true,
                silent_primary: true,
                ..Scenario::default()
            },
        ),
        part(
            "slotsync-and-lock",
            "the slot synchronization worker wants a lock that somebody keeps",
            Scenario {
                plan: &[Promote(1)],
                shared: &[COMMIT],
                slot_sync: true,
                lock_held: true,
                ..Scenario::default()
            },
        ),
    ]
}

fn archives() -> Vec<NamedPart<Scenario>> {
    vec![
        part(
            "stop-with-archiving",
            "fast stop of a primary that archives, in the middle of a segment",
            Scenario {
                plan: &[Stop(0, FAST)],
                shared: &[COMMIT],
                work: ONE_COMMIT,
                archiving: Archiving::On,
                ..Scenario::default()
            },
        ),
        part(
            "standby-archives",
            "the primary crashes just as a segment is complete; the standby archives, too",
            Scenario {
                plan: &[Crash(0)],
                shared: &[COMMIT, COMMIT],
                work: ONE_COMMIT,
                archiving: Archiving::Always,
                ..Scenario::default()
            },
        ),
        part(
            "standby-archives-and-goes-on",
            "the connection breaks there, and the standby comes back",
            Scenario {
                plan: &[Disconnect],
                shared: &[COMMIT, COMMIT],
                work: const { &[work(COMMIT, 0), work(COMMIT, 0)] },
                archiving: Archiving::Always,
                ..Scenario::default()
            },
        ),
        part(
            "cascade-ahead-of-upstream",
            "a cascading standby has a whole segment from the archive, its upstream not yet",
            Scenario {
                shared: &[COMMIT, COMMIT, COMMIT, COMMIT],
                restore: true,
                upstream_received: 3,
                ..Scenario::default()
            },
        ),
    ]
}
