//! Built-in scenarios of a slot's life.

use model::slot_life::scenario::{ClientKind, Entry, OwnerKind, Scenario, SlotKind, SlotScenario};
use model::slot_life::{OWNERS_MAX, SCRIPT_MAX, SLOTS_MAX};
use model::wal::Lsn;

use super::NamedPart;
use Entry::{
    Change, Commit, CommitAdded, CommitPrepared, DecodingOff, DecodingOn, Message, Other, Prepare,
    RunningXacts,
};

const fn script(entries: &[Entry]) -> [Entry; SCRIPT_MAX] {
    let mut script = [Entry::None; SCRIPT_MAX];
    let mut i = 0;
    while i < entries.len() {
        script[i] = entries[i];
        i += 1;
    }
    script
}

const fn logical(
    restart: u8,
    confirmed: u8,
    two_phase_at: u8,
) -> [Option<SlotScenario>; SLOTS_MAX] {
    let slot = SlotScenario {
        kind: SlotKind::Logical,
        restart_lsn: Lsn(restart),
        confirmed_flush: Lsn(confirmed),
        two_phase_at: Lsn(two_phase_at),
    };
    [Some(slot), None]
}

const fn owners(first: OwnerKind, second: Option<OwnerKind>) -> [Option<OwnerKind>; OWNERS_MAX] {
    [Some(first), second]
}

/// A slot whose client streams `entries`, all of them written, none confirmed.
const fn streams(client: ClientKind, entries: &[Entry], restarts: u8) -> Scenario {
    Scenario {
        script: script(entries),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a script has at most 8 entries"
        )]
        present: entries.len() as u8,
        slots: logical(1, 1, 0),
        owners: owners(OwnerKind::LogicalWalsender, None),
        client: Some(client),
        client_restarts: restarts,
        ..Scenario::EMPTY
    }
}

const SQL: Scenario = Scenario {
    script: script(&[Change(1), Commit(1)]),
    present: 2,
    slots: logical(1, 1, 0),
    owners: owners(OwnerKind::SqlSession(2), None),
    ..Scenario::EMPTY
};

const COPIED: Scenario = Scenario {
    adds_publication: true,
    ..streams(ClientKind::ApplyWorker, &[Change(1), CommitAdded(1)], 1)
};

const KEEPALIVE: &[Entry] = &[Change(1), Commit(1), Other];

const DROPPED: Scenario = Scenario {
    script: script(&[Other, Other]),
    present: 1,
    slots: logical(1, 1, 0),
    owners: owners(
        OwnerKind::Fails { fatal: false },
        Some(OwnerKind::CreatesLogical),
    ),
    vacuum: true,
    ..Scenario::EMPTY
};

const CREATED: Scenario = Scenario {
    script: script(&[Other, Other]),
    present: 1,
    owners: owners(OwnerKind::CreatesPhysical, None),
    checkpoints: 1,
    ..Scenario::EMPTY
};

const STANDBY: Scenario = Scenario {
    script: script(&[Other, DecodingOff, Other]),
    present: 1,
    owners: owners(OwnerKind::SlotSync, None),
    standby: true,
    ..Scenario::EMPTY
};

const INTERRUPTED: Scenario = Scenario {
    interrupts: 1,
    ..streams(ClientKind::Recvlogical, &[Change(1), Commit(1)], 0)
};

macro_rules! parts {
    ($( $name:literal $about:literal $scenario:expr; )*) => {
        /// All of them.
        pub static PARTS: &[NamedPart<Scenario>] = &[ $( NamedPart {
            name: $name,
            about: $about,
            scenario: $scenario,
        }, )* ];
    };
}

parts! {
    "sql-changes-restart"
        "changes are read by SQL, the server is restarted, they are read again"
        Scenario { stops: 1, ..SQL };
    "sql-changes-crash"
        "changes are read by SQL, the server crashes, they are read again"
        Scenario { crashes: 1, ..SQL };
    "worker-restarts-after-copy"
        "a publication is added, whose copy has a transaction skipped before; the worker restarts"
        COPIED;
    "copy-then-stop"
        "the same, with a clean restart of the publisher instead"
        Scenario { client_restarts: 0, stops: 1, ..COPIED };
    "copy-then-crash"
        "the same, with a crash of the publisher instead"
        Scenario { client_restarts: 0, crashes: 1, ..COPIED };
    "restart-point-behind"
        "a transaction is open at a running-xacts record; the client restarts; one checkpoint"
        Scenario {
            checkpoints: 1,
            ..streams(
                ClientKind::ApplyWorker,
                &[RunningXacts, Change(1), RunningXacts, Commit(1), RunningXacts],
                1,
            )
        };
    "physical-slot-created"
        "a physical slot reserves WAL while a checkpoint runs"
        CREATED;
    "logical-slot-created"
        "a logical slot reserves WAL while a checkpoint runs"
        Scenario { owners: owners(OwnerKind::CreatesLogical, None), ..CREATED };
    "physical-slot-beside-standby"
        "a physical slot is created while another one moves on, and a checkpoint runs"
        Scenario {
            script: script(&[Other, Other, Other]),
            present: 2,
            slots: [
                Some(SlotScenario {
                    kind: SlotKind::Physical,
                    restart_lsn: Lsn(2),
                    confirmed_flush: Lsn::INVALID,
                    two_phase_at: Lsn::INVALID,
                }),
                None,
            ],
            owners: owners(OwnerKind::PhysicalWalsender, Some(OwnerKind::CreatesPhysical)),
            ..CREATED
        };
    "slot-dropped-while-created"
        "one session drops its ephemeral slot by an error, another creates a logical one; VACUUM"
        DROPPED;
    "slot-dropped-while-physical-created"
        "one session drops its ephemeral slot by an error, another creates a physical one"
        Scenario {
            owners: owners(
                OwnerKind::Fails { fatal: false },
                Some(OwnerKind::CreatesPhysical),
            ),
            ..DROPPED
        };
    "ephemeral-slot-at-exit"
        "a session that owns an ephemeral slot has a FATAL error"
        Scenario {
            owners: owners(OwnerKind::Fails { fatal: true }, None),
            vacuum: false,
            ..DROPPED
        };
    "single-record-at-restart"
        "a message in one record follows a commit; the client restarts between them"
        streams(ClientKind::ConfirmsCommits, &[Change(1), Commit(1), Message], 1);
    "transactions-in-turn"
        "two transactions, one after the other; the client restarts"
        streams(
            ClientKind::ConfirmsCommits,
            &[Change(1), Commit(1), Change(2), Commit(2)],
            1,
        );
    "transactions-interleaved"
        "two transactions at the same time, one commit right behind the other; the client restarts"
        streams(
            ClientKind::ConfirmsCommits,
            &[Change(1), Change(2), Commit(1), Commit(2)],
            1,
        );
    "worker-restarts-before-feedback"
        "the apply worker restarts once, when it will"
        streams(ClientKind::ApplyWorker, &[Change(1), Commit(1)], 1);
    "prepared-over-restart"
        "a transaction is prepared; the apply worker restarts before it is committed"
        Scenario {
            slots: logical(1, 1, 1),
            ..streams(ClientKind::ApplyWorker, &[Change(1), Prepare(1), CommitPrepared(1)], 1)
        };
    "prepared-before-slot"
        "a transaction is prepared before the slot is consistent, and committed after"
        Scenario {
            slots: logical(1, 3, 3),
            ..streams(ClientKind::ApplyWorker, &[Change(1), Prepare(1), CommitPrepared(1)], 1)
        };
    "prepared-empty"
        "a transaction that changed nothing is prepared and committed"
        Scenario {
            slots: logical(1, 1, 1),
            ..streams(ClientKind::ApplyWorker, &[Prepare(1), CommitPrepared(1)], 0)
        };
    "recvlogical-interrupted"
        "pg_recvlogical is told to stop, and is started again"
        INTERRUPTED;
    "recvlogical-interrupted-between"
        "the same, told to stop only between transactions"
        Scenario { interrupts_between: true, ..INTERRUPTED };
    "slot-beyond-limit"
        "a slot beyond max_slot_wal_keep_size is acquired while a checkpoint runs"
        Scenario {
            checkpoints: 1,
            keep_size: Some(1),
            ..streams(ClientKind::ApplyWorker, &[Other, Other, Other], 0)
        };
    "slot-beyond-limit-crash"
        "a slot beyond max_slot_wal_keep_size is invalidated, then the server crashes"
        Scenario {
            script: script(&[Other, Other, Other]),
            present: 3,
            slots: logical(1, 1, 0),
            checkpoints: 1,
            crashes: 1,
            keep_size: Some(1),
            ..Scenario::EMPTY
        };
    "slot-created-decoding-off"
        "a standby's session creates a logical slot while decoding is switched off"
        Scenario { owners: owners(OwnerKind::CreatesOnStandby, None), ..STANDBY };
    "slot-synced-decoding-off"
        "a standby synchronises a slot while decoding is switched off"
        STANDBY;
    "slot-synced-decoding-off-and-on"
        "the same, and it is switched on again"
        Scenario { script: script(&[Other, DecodingOff, DecodingOn]), ..STANDBY };
    "keepalive-confirmed-always"
        "a driver that confirms every keepalive; the application crashes"
        streams(ClientKind::ConfirmsKeepalives, KEEPALIVE, 1);
    "keepalive-confirmed-when-idle"
        "a driver that confirms a keepalive when all is stored; the application crashes"
        streams(ClientKind::ConfirmsKeepalivesWhenIdle, KEEPALIVE, 1);
    "keepalive-never-confirmed"
        "a driver that confirms commits only; the application crashes"
        streams(ClientKind::ConfirmsCommits, KEEPALIVE, 1);
}
