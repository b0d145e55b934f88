//! Two-phase commit: one model, every engine.

use dataflow::execute::Job;
use dataflow::member::Keys;
use dataflow::{Arrangement, Bounds, execute};
use engine::{Options, Search, Stop};
use stateright::{Checker, Model};

use crate::measure::{Measured, Rows, itself, median};
use crate::model::TwoPhaseCommit;
use crate::stateright_models::{Messages, OneWord};
use crate::{Asked, peers};

/// From this number on only what is quick enough and small enough.
const LARGE: u32 = 10;

pub(crate) fn table(n: u32, asked: &Asked) {
    println!(
        "Two-phase commit, {n} resource managers, medians of {}:\n",
        asked.runs
    );
    let mut rows = Rows::default();
    let number = n.to_string();
    let mut ours = |name: &str, engine: &str| {
        for threads in [1, 2] {
            let arguments = [engine, &number, &threads.to_string()];
            let measured = median(asked.runs, || itself(&arguments));
            rows.add(name, threads, measured.ok_or("failed".to_owned()));
        }
    };
    ours("shutcheck", "packed");
    ours("shutcheck, timely", "timely");
    if n < LARGE {
        ours("stateright, one word a state, BFS", "stateright-word");
        ours("stateright, one word a state, DFS", "stateright-word-dfs");
        ours("stateright, as its own example, BFS", "stateright-messages");
        rows.add("SPIN, DFS", 1, peers::spin(n, asked.runs));
        for workers in [1, 2] {
            rows.add("TLC", workers, peers::tlc(n, workers, asked));
        }
    }
    for threads in [1, 2] {
        rows.add("floor", threads, peers::floor(n, threads, asked));
    }
    rows.print("shutcheck");
}

/// One search; `None` if there is no such engine.
pub(crate) fn one(engine: &str, rest: &[String]) -> Option<Measured> {
    let [n, threads] = rest else {
        return None;
    };
    let (n, threads) = (n.parse().ok()?, threads.parse().ok()?);
    let model = TwoPhaseCommit { n, orbits: false };
    Some(match engine {
        "packed" => Measured::of(|| packed(&model, threads)),
        "timely" => Measured::of(|| timely(n, threads)),
        "stateright-word" => Measured::of(|| {
            let checker = OneWord(model).checker().threads(threads);
            counted(&checker.spawn_bfs().join())
        }),
        "stateright-word-dfs" => Measured::of(|| {
            let checker = OneWord(model).checker().threads(threads);
            counted(&checker.spawn_dfs().join())
        }),
        "stateright-messages" => Measured::of(|| {
            let checker = Messages(n as usize).checker().threads(threads);
            counted(&checker.spawn_bfs().join())
        }),
        _ => return None,
    })
}

fn packed(model: &TwoPhaseCommit, threads: usize) -> (u64, u64) {
    let options = Options {
        threads,
        keep_levels: false,
        ..Options::default()
    };
    let mut search = Search::new(model, options).expect("memory for the table");
    assert_eq!(search.run(&mut |_| true), Stop::Complete);
    assert!(!search.workers.iter().any(|&violated| violated));
    let found = search.snapshot();
    (found.states, found.transitions)
}

fn timely(n: u32, threads: usize) -> (u64, u64) {
    let arrangement = Arrangement::alone(threads);
    let job = Job::new("two-phase commit".to_owned(), "");
    let found = execute(&arrangement, &job, &mut |(): ()| {}, move |peer, _| {
        let bounds = Bounds {
            memory_max: u64::MAX,
            beat: Box::new(|_| true),
        };
        let member = Keys::new(TwoPhaseCommit { n, orbits: false });
        let found = dataflow::search::search(peer, member, bounds).expect("memory for the table");
        let own = found.snapshot;
        peer.to_first(&[own.states, own.transitions])
    });
    let found = found.expect("threads of this process");
    let sum = |i: usize| found[0].iter().map(|words| words[i]).sum();
    (sum(0), sum(1))
}

/// Stateright counts initial states as transitions.
fn counted<M: Model>(checker: &impl Checker<M>) -> (u64, u64) {
    assert!(checker.is_done(), "nothing has stopped it");
    let transitions = checker.state_count() as u64 - 1;
    (checker.unique_state_count() as u64, transitions)
}
