//! Traces that the model itself emits: validation rejects none, and rejects their mutations.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod mutate;

use std::collections::BTreeMap;

use crate::common::strategies;
use model::cluster::Cluster;
use model::scenario::{
    Activity, AfterStop, Faults, PeerKind, PeerState, Phase, Scenario, ShutdownTimeout,
};
use model::steps::{Party, Step, StepKind};
use model::world::World;
use mutate::{Mutation, has_another_run};
use properties::Counterexample;
use properties::validation::{Conformance, Validation};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;
use sim::conformance::record::{record, unsaid};
use sim::conformance::{self, Recording};

/// States that the search for a run may look at.
const STATES_MAX: usize = 20_000;

/// Rounds of a run behind its schedule.
const ROUNDS_MAX: usize = 20;

/// The scenario without what a recording does not tell.
fn plain(mut s: Scenario) -> Scenario {
    for ws in s.walsenders.iter_mut().flatten() {
        ws.peer = match ws.peer {
            PeerKind::ApplyWorker
            | PeerKind::RecvLogical
            | PeerKind::Walreceiver
            | PeerKind::Receivewal => ws.peer,
            PeerKind::ReceivewalNoFlush | PeerKind::ReceivewalSegmentFlush => PeerKind::Receivewal,
            PeerKind::ApplyWorkerSynchronous
            | PeerKind::AnswersWhenAsked
            | PeerKind::ConfirmsCommitsOnly
            | PeerKind::OverAcknowledges => PeerKind::ApplyWorker,
        };
        if ws.activity != Activity::Absent {
            ws.activity = Activity::Streaming;
        }
        if ws.peer_state == PeerState::Locked {
            ws.peer_state = PeerState::Frozen;
        }
        ws.slot = true;
        ws.failover = false;
        ws.synchronized_standby = false;
        ws.obsolete = false;
        ws.report_put_off = false;
    }
    if let [Some(first), rest @ ..] = s.walsenders {
        for (place, ws) in (1..).zip(rest) {
            let same = |w| model::scenario::WalsenderScenario {
                peer_state: if w == first.peer {
                    first.peer_state
                } else {
                    PeerState::Running
                },
                ..ws.unwrap()
            };
            s.walsenders[place] = ws.map(|w| same(w.peer));
        }
    }
    for backend in s.backends.iter_mut().flatten() {
        backend.open_xid = false;
        backend.may_commit = false;
        backend.async_commit = false;
        backend.connects = false;
        backend.requests_checkpoint = false;
    }
    Scenario {
        workers: [None; model::bounds::WORKERS_MAX],
        running_xacts: 0,
        segment_ends: Default::default(),
        wal_keep_size: 0,
        hint_records: 0,
        backlog_flushed: s.backlog_len(),
        backlog_ends_page: false,
        wal_receiver_timeout: false,
        shutdown_timeout: ShutdownTimeout::Never,
        socket_capacity: 4,
        send_batch: 0,
        dead_end_hangs: false,
        authentication_timeout: true,
        helper_stats: false,
        after: AfterStop::Restart,
        faults: Faults {
            kill_walsender: s.faults.kill_walsender,
            connect: s.faults.connect,
            ..Faults::default()
        },
        ..s
    }
}

fn worlds() -> impl Strategy<Value = World> {
    let worlds = (strategies::designs(), strategies::scenarios());
    let worlds = worlds.prop_map(|(design, scenario)| World::new(design, plain(scenario)));
    worlds.prop_filter("a recording tells it", |world| {
        world.scenario.start.phase == Phase::Running && unsaid(world).is_empty()
    })
}

/// The run that a schedule chooses, and then on in turn until nothing more of the server happens.
fn run(world: &World, schedule: &[Index]) -> Counterexample {
    let initial = world.initial();
    let (mut state, mut steps) = (initial, Vec::new());
    for choice in schedule {
        let mut next = Vec::new();
        world.successors(&state, |step, after| next.push((step, after)));
        if next.is_empty() {
            break;
        }
        let (step, after) = *choice.get(&next);
        steps.push((step, after));
        state = after;
    }
    in_turn(world, state, &mut steps, ROUNDS_MAX * world.steps().len());
    Counterexample {
        initial,
        steps,
        loop_from: None,
    }
}

/// Tries so many steps in turn: those of the server and of the peers, and a stop if none was
/// requested.
fn in_turn(world: &World, mut state: Cluster, taken: &mut Vec<(Step, Cluster)>, tries: usize) {
    let asks = |step: &Step| step.kind == StepKind::OperatorRequestsStop;
    let mut asked = taken.iter().any(|(step, _)| asks(step));
    let mut last = 0;
    for n in 0..tries {
        let step = world.steps()[n % world.steps().len()];
        let goes_on = matches!(step.info().party, Party::Server | Party::Peer);
        if (goes_on || asks(&step) && !asked) && step.take(world, &mut state).is_some() {
            asked |= asks(&step);
            taken.push((step, state));
            last = n;
        }
        if n - last > world.steps().len() {
            break;
        }
    }
}

fn validate(world: &World, text: &str) -> Validation {
    let recording = Recording::parse(text, None).unwrap_or_else(|e| panic!("{e}\n{text}"));
    conformance::validate(world.design, &recording, &[], STATES_MAX).unwrap()
}

proptest! {
    #![proptest_config(strategies::config(64, "tests/record.proptest-regressions"))]

    #[test]
    fn own_traces_are_accepted(world in worlds(), schedule in strategies::schedules(150)) {
        let run = run(&world, &schedule);
        let text = record(&world, &run);
        let result = validate(&world, &text);
        // One in ten thousand needs more states than STATES_MAX.
        let rejected = matches!(result.verdict, Conformance::Rejected(_));
        prop_assert!(!rejected, "{:?}\n{}\n{:?}", result.verdict, text, world.scenario);
    }
}

/// What a mutated trace is, and by which event it was made.
fn mutated(
    world: &World,
    schedule: &[Index],
    (mutation, place): (Mutation, Index),
) -> Option<(String, Result<Validation, String>)> {
    let text = record(world, &run(world, schedule));
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (lines, words) = mutation.apply(&lines, &place)?;
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    let text = lines.join("\n");
    let recording = Recording::parse(&text, None).map_err(|e| e.to_string());
    let result = recording.and_then(|recording| {
        let result = conformance::validate(world.design, &recording, &[], STATES_MAX);
        result.map_err(|e| e.to_string())
    });
    Some((words, result))
}

proptest! {
    #![proptest_config(strategies::config(96, "tests/record.proptest-regressions"))]

    /// A mutated trace is rejected, or there is another run that explains all of it, which is a run
    /// of its world.
    #[test]
    fn mutated_traces_are_rejected_or_are_other_runs(
        world in worlds(),
        schedule in strategies::schedules(150),
        mutation in prop::sample::select(Mutation::ALL.as_slice()),
        place in any::<Index>(),
    ) {
        let Some((words, result)) = mutated(&world, &schedule, (mutation, place)) else {
            return Ok(());
        };
        let Ok(result) = result else { return Ok(()) };
        if matches!(result.verdict, Conformance::Accepted(..)) {
            prop_assert!(has_another_run(mutation, &words), "{:?} of `{}`", mutation, words);
            prop_assert_eq!(result.explained, result.events);
            let mut state = result.run.initial;
            for (step, after) in &result.run.steps {
                prop_assert_eq!(step.apply(&result.world, &state), Some(*after));
                state = *after;
            }
        }
    }
}

/// A recording that ends before the server does is judged on how the server would go on, in turn:
/// a walsender and its peer could ask and answer for ever.
#[test]
fn recordings_may_end_early() {
    let world = crate::common::world("pg15", "two-walsenders");
    let world = World::new(world.design, plain(world.scenario));
    let properties: Vec<_> = properties::PROPERTIES.iter().collect();
    for turns in 0..6 {
        let initial = world.initial();
        let mut steps = Vec::new();
        in_turn(&world, initial, &mut steps, turns * world.steps().len());
        let run = Counterexample {
            initial,
            steps,
            loop_from: None,
        };
        let recording = Recording::parse(&record(&world, &run), None).unwrap();
        let judged = conformance::validate(world.design, &recording, &properties, STATES_MAX);
        assert_eq!(word(&judged.unwrap().verdict), "accepted");
    }
}

/// Draws many and says what is accepted and rejected: for docs/traces.md.
#[test]
#[ignore = "a census, for people; PROPTEST_CASES says how many"]
fn census() {
    let config = strategies::config(300, "tests/record.proptest-regressions");
    let mut runner = TestRunner::new_with_rng(
        ProptestConfig::default(),
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let strategy = (worlds(), strategies::schedules(150), any::<Index>());
    let mut kinds = BTreeMap::<String, u32>::new();
    let mut count = |kind: String| *kinds.entry(kind).or_default() += 1;
    for _ in 0..config.cases {
        let (world, schedule, place) = strategy.new_tree(&mut runner).unwrap().current();
        let text = record(&world, &run(&world, &schedule));
        let result = validate(&world, &text);
        if let Conformance::Rejected(rejection) = &result.verdict {
            println!("{rejection:?}\n{text}\n{world:?}");
        }
        count(format!("own: {}", word(&result.verdict)));
        for mutation in Mutation::ALL {
            let Some((words, result)) = mutated(&world, &schedule, (mutation, place)) else {
                continue;
            };
            let verdict = result.map(|result| result.verdict);
            let told = verdict.as_ref().map_or("bad file", word);
            count(format!("{mutation:?}: {told}"));
            if matches!(verdict, Ok(Conformance::Accepted(..))) {
                count(format!("{mutation:?}: accepted {words}"));
            }
        }
    }
    for (kind, count) in kinds {
        println!("{count:6} {kind}");
    }
}

fn word(verdict: &Conformance) -> &'static str {
    match verdict {
        Conformance::Accepted(..) => "accepted",
        Conformance::Rejected(_) => "rejected",
        Conformance::Inconclusive(_) => "inconclusive",
    }
}
