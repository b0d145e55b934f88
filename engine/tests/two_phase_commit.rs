//! Two-phase commit has the numbers of states, transitions and orbits that other checkers find.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../examples/two_phase_commit/model.rs"]
mod model;

use engine::{Options, Search, Stop};
use model::TwoPhaseCommit;

fn count(n: u32, orbits: bool, threads: usize) -> (u64, u64) {
    let model = TwoPhaseCommit { n, orbits };
    let options = Options {
        threads,
        ..Options::default()
    };
    let mut search = Search::new(&model, options).unwrap();
    assert_eq!(search.run(&mut |_| true), Stop::Complete);
    assert!(search.workers.iter().all(|violated| !violated));
    let found = search.snapshot();
    assert_eq!(found.states, found.expanded);
    assert_eq!(found.states, search.sizes().iter().sum::<u64>());
    (found.states, found.transitions)
}

/// States by TLC, SPIN and stateright; transitions as these count them, less the one that leads to
/// the initial state.
#[test]
fn states_and_transitions() {
    for threads in [1, 2, 3] {
        assert_eq!(count(3, false, threads).0, 288);
        assert_eq!(count(5, false, threads), (8_832, 58_145));
        assert_eq!(count(7, false, threads), (296_448, 2_744_705));
    }
}

#[test]
fn orbits() {
    for (n, orbits) in [
        (5, 314),
        (7, 920),
        (8, 1_461),
        (9, 2_232),
        (10, 3_300),
        (11, 4_744),
    ] {
        assert_eq!(count(n, true, 2).0, orbits, "N = {n}");
    }
}

#[test]
fn a_bound_of_memory_stops_the_search_and_says_so() {
    let model = TwoPhaseCommit {
        n: 8,
        orbits: false,
    };
    let options = Options {
        memory_max: 4 << 20,
        ..Options::default()
    };
    let mut search = Search::new(&model, options).unwrap();
    assert_eq!(search.run(&mut |_| true), Stop::Memory);
    let found = search.snapshot();
    assert!(!search.is_complete());
    assert!(found.bytes <= 8 << 20, "{found:?}");
}

#[test]
fn a_search_that_was_stopped_goes_on_where_it_was() {
    let model = TwoPhaseCommit {
        n: 7,
        orbits: false,
    };
    let mut search = Search::new(&model, Options::default()).unwrap();
    let mut stops = 0;
    while search.run(&mut |_| false) == Stop::Asked {
        stops += 1;
    }
    assert!(stops > 20, "{stops}");
    let found = search.snapshot();
    assert_eq!((found.states, found.transitions), (296_448, 2_744_705));
}
