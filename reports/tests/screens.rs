//! Screens, from a hand-made run: no checker is involved.

use model::releases::release;
use model::scenario::{
    Activity, AfterStop, Faults, PeerKind, PeerState, Scenario, ShutdownTimeout, StartScenario,
    StopMode, WalsenderKind, WalsenderScenario,
};
use model::wal::Record;
use model::world::World;
use properties::{Counterexample, Ending, property};
use reports::story::{StoryHeader, story};
use reports::{Style, endings, lanes, narrate};

fn world() -> World {
    let mut scenario = Scenario {
        walsenders: [None; model::bounds::WALSENDERS_MAX],
        backends: [None; 2],
        backlog: [Record::None; model::bounds::WAL_MAX],
        backlog_flushed: 1,
        backlog_ends_page: false,
        requests: [Some(StopMode::Fast), None, None],
        running_xacts: 0,
        walwriter: false,
        archiving: false,
        segment_ends: Default::default(),
        wal_keep_size: 0,
        hint_records: 0,
        wal_sender_timeout: false,
        wal_receiver_timeout: true,
        shutdown_timeout: ShutdownTimeout::Never,
        socket_capacity: 2,
        send_batch: 0,
        io_workers: false,
        workers: [None; 2],
        start: StartScenario::default(),
        dead_end_hangs: false,
        authentication_timeout: true,
        helper_stats: false,
        faults: Faults::default(),
        after: AfterStop::Restart,
    };
    scenario.backlog[0] = Record::Commit;
    scenario.walsenders[0] = Some(WalsenderScenario {
        kind: WalsenderKind::Logical,
        activity: Activity::Streaming,
        peer: PeerKind::ApplyWorker,
        peer_state: PeerState::Running,
        slot: true,
        failover: false,
        synchronized_standby: false,
        caught_up_to: 0,
        saved_up_to: 0,
        obsolete: false,
        report_put_off: false,
    });
    World::new(release("pg17").expect("a release"), scenario)
}

/// The run that always takes the first enabled step.
fn first_run(w: &World) -> Counterexample {
    let initial = w.initial();
    let mut steps = Vec::new();
    let mut s = initial;
    loop {
        let mut first = None;
        w.successors(&s, |step, next| {
            first.get_or_insert((step, next));
        });
        let Some((step, next)) = first else { break };
        steps.push((step, next));
        s = next;
    }
    Counterexample {
        initial,
        steps,
        loop_from: None,
    }
}

#[test]
fn a_story_names_functions_positions_and_the_promise() {
    let w = world();
    let run = first_run(&w);
    assert_eq!(run.last().postmaster.exit.code(), Some(0));
    let header = StoryHeader {
        design: "pg17".to_owned(),
        scenario: "by hand".to_owned(),
        states_unique: 1,
        depth: 1,
        frontier_empty: true,
        partial_order: false,
    };
    let p = property("confirmed-reaches-shutdown-checkpoint").expect("a property");
    let text = story(&w, p, &run, &header, Style::default());
    for words in [
        "error[confirmed-reaches-shutdown-checkpoint]: not kept",
        "shortest counterexample",
        "walsender 1 (logical), XLogSendLogical: reads and decodes a commit record at 0/1",
        "checkpointer, CreateCheckPoint: inserts XLOG_CHECKPOINT_SHUTDOWN at 0/2 (S)",
        "pmState PM_SHUTDOWN -> PM_NO_CHILDREN",
        "The broken promise",
    ] {
        assert!(text.contains(words), "`{words}` is not in\n{text}");
    }
    let diagram = lanes::lanes(&w, &run, Style::default());
    assert!(
        text.lines()
            .chain(diagram.lines())
            .all(|line| line.chars().count() <= 100)
    );
    assert_eq!(diagram.lines().count(), run.steps.len() + 1);
}

#[test]
fn every_step_of_a_run_has_words() {
    let w = world();
    let run = first_run(&w);
    let mut before = run.initial;
    for (step, after) in &run.steps {
        let told = narrate::describe(&w, &before, *step, after);
        assert_ne!(told.text, "goes on", "{}", step.info().name);
        before = *after;
    }
}

#[test]
fn an_ending_is_told_against_the_checkpoint_record() {
    let w = world();
    let run = first_run(&w);
    let ending = Ending::of(&w, run.last());
    let text = endings::endings_table(&[(ending, Some(run))], &w, Style::default());
    assert!(
        text.contains("postmaster exits 0, pg_control \"shut down\""),
        "{text}"
    );
    assert!(
        text.contains("slot 1: confirmed_flush = S, on disk, too"),
        "{text}"
    );
}
