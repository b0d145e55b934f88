//! Designs, scenarios and schedules as proptest strategies. Each shrinks towards a release, a
//! built-in scenario as it stands, and no steps.

use model::cluster::Cluster;
use model::design::Design;
use model::releases::{RELEASES, proposal, release};
use model::scenario::{
    Activity, AfterStop, PeerKind, PeerState, Scenario, ShutdownTimeout, StopMode, WalsenderKind,
};
use model::switches::SWITCHES;
use model::wal::Record;
use model::world::World;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::FileFailurePersistence;
use sim::walk::draw;

/// Cases of proptest where nobody asks for a number.
const PROPTEST_USUAL: u32 = 256;

/// So many cases, or as many as `PROPTEST_CASES`, which proptest reads, asks for. Failures are kept
/// in `file`, relative to the package.
pub(crate) fn config(cases: u32, file: &'static str) -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig {
        cases: if usual.cases == PROPTEST_USUAL {
            cases
        } else {
            usual.cases
        },
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file))),
        max_global_rejects: 1_000_000,
        ..usual
    }
}

/// Any design that up to three switches make of a release, or of the proposal on it.
pub(crate) fn designs() -> impl Strategy<Value = Design> {
    let flips = prop::collection::vec((0..SWITCHES.len(), 0..4_usize), 0..4);
    (0..RELEASES.len(), any::<bool>(), flips).prop_map(|(base, proposed, flips)| {
        let mut design = release(RELEASES[base]).expect("a release has its own name");
        if proposed {
            design = proposal(design);
        }
        for (i, value) in flips {
            let switch = &SWITCHES[i];
            let value = switch.values[value % switch.values.len()];
            design = switch.with(design, value).expect("it is one of its values");
        }
        design
    })
}

/// A small built-in scenario with up to five edits; one that a scenario file may not say is left
/// out.
pub(crate) fn scenarios() -> impl Strategy<Value = Scenario> {
    let edits = prop::collection::vec((0..EDITS.len(), 0..8_u8), 0..6);
    (any::<Index>(), edits).prop_map(|(place, edits)| {
        let mut scenario = place.get(&sim::scenarios::small()).scenario;
        for (edit, value) in edits {
            let mut edited = scenario;
            EDITS[edit](&mut edited, value);
            if draw::is_possible(&edited) {
                scenario = edited;
            }
        }
        scenario
    })
}

/// What to choose among the enabled steps, one choice after the other.
pub(crate) fn schedules(length_max: usize) -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), 0..=length_max)
}

/// The states that a schedule goes through, as far as there is something to choose.
pub(crate) fn states(world: &World, schedule: &[Index]) -> Vec<Cluster> {
    let mut states = vec![world.initial()];
    for choice in schedule {
        let mut next = Vec::new();
        world.successors(&states[states.len() - 1], |_, after| next.push(after));
        if next.is_empty() {
            break;
        }
        states.push(*choice.get(&next));
    }
    states
}

type Edit = fn(&mut Scenario, u8);

const EDITS: &[Edit] = &[
    |s, v| {
        use StopMode::{Fast, Immediate, Smart};
        s.requests = [
            [Some(Fast), None, None],
            [Some(Smart), None, None],
            [Some(Immediate), None, None],
            [Some(Smart), Some(Fast), None],
            [Some(Fast), Some(Immediate), None],
            [Some(Fast), Some(Fast), None],
            [Some(Smart), Some(Immediate), None],
            [Some(Smart), Some(Fast), Some(Immediate)],
        ][usize::from(v)];
    },
    |s, v| s.running_xacts = v % 2,
    |s, v| s.walwriter = v % 2 == 1,
    |s, v| s.archiving = v % 2 == 1,
    |s, v| s.hint_records = v % 3,
    |s, v| s.set_segment_ends([v % 4].into_iter()),
    |s, v| s.wal_keep_size = v % 2,
    |s, v| s.wal_sender_timeout = v % 2 == 1,
    |s, v| s.wal_receiver_timeout = v % 2 == 1,
    |s, v| {
        use ShutdownTimeout::{Finite, Never, Zero};
        s.shutdown_timeout = [Never, Zero, Finite][usize::from(v % 3)];
    },
    |s, v| s.socket_capacity = 1 + v % 3,
    |s, v| s.send_batch = v % 3,
    |s, v| s.io_workers = v % 2 == 1,
    |s, v| s.after = [AfterStop::Restart, AfterStop::Upgrade][usize::from(v % 2)],
    |s, v| s.faults.kill_walsender = v % 2,
    |s, v| s.faults.disconnect = v % 2,
    |s, v| s.faults.freeze = v % 2,
    |s, v| s.faults.worker_restart = v % 2,
    |s, v| s.faults.archive_failure = v % 2,
    |s, v| s.faults.slot_save_failure = v % 2,
    |s, v| s.faults.connect = v % 2,
    |s, v| s.faults.copy_done = v % 2,
    |s, v| s.backlog_flushed = v,
    |s, v| s.backlog_ends_page = v % 2 == 1,
    |s, v| {
        use Record::{
            Abort, BackupEnd, Commit, CommitOther, Continuation, Hint, Other, RunningXacts,
        };
        let end = usize::from(s.backlog_len());
        if let Some(place) = s.backlog.get_mut(end) {
            let records = [
                Commit,
                Other,
                CommitOther,
                Abort,
                Hint,
                RunningXacts,
                BackupEnd,
                Continuation,
            ];
            *place = records[usize::from(v)];
            s.backlog_flushed += u8::from(usize::from(s.backlog_flushed) == end);
        }
    },
    |s, v| {
        use Activity::{Absent, Command, Connecting, Extension, Idle, Streaming, Transaction};
        let all = [
            Streaming,
            Absent,
            Connecting,
            Idle,
            Command,
            Transaction,
            Extension,
        ];
        if let Some(ws) = &mut s.walsenders[0] {
            ws.activity = all[usize::from(v) % all.len()];
        }
    },
    |s, v| {
        use PeerKind::{
            AnswersWhenAsked, ApplyWorker, ApplyWorkerSynchronous, ConfirmsCommitsOnly,
            OverAcknowledges, Receivewal, RecvLogical, Walreceiver,
        };
        let all = [
            ApplyWorker,
            ApplyWorkerSynchronous,
            RecvLogical,
            AnswersWhenAsked,
            ConfirmsCommitsOnly,
            OverAcknowledges,
            Walreceiver,
            Receivewal,
        ];
        if let Some(ws) = &mut s.walsenders[0] {
            ws.peer = all[usize::from(v)];
            ws.kind = if ws.peer.is_physical() {
                WalsenderKind::Physical
            } else {
                WalsenderKind::Logical
            };
        }
    },
    |s, v| {
        use PeerState::{Frozen, Locked, Running};
        if let Some(ws) = &mut s.walsenders[0] {
            ws.peer_state = [Running, Frozen, Locked][usize::from(v % 3)];
        }
    },
    |s, v| {
        if let Some(ws) = &mut s.walsenders[0] {
            ws.slot = v % 2 == 1;
        }
    },
    |s, v| {
        if let Some(ws) = &mut s.walsenders[0] {
            (ws.saved_up_to, ws.caught_up_to) = (v / 2, v);
        }
    },
    |s, v| {
        if let Some(ws) = &mut s.walsenders[0] {
            ws.obsolete = v % 2 == 1;
        }
    },
    |s, v| {
        if v == 0 {
            s.walsenders[1] = s.walsenders[0];
        }
    },
    |s, v| {
        if let Some(backend) = &mut s.backends[0] {
            backend.may_commit = v & 1 != 0;
            backend.async_commit = v & 2 != 0;
            backend.client_leaves = v & 4 != 0;
        }
    },
];
