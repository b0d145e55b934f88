//! Unique states of some small instances. A count that moves is explained in the commit.

mod common;

use common::explore;

#[test]
fn unique_states_are_pinned() {
    let pinned: [(&str, &str, u64, u64); 0] = [];
    let found: Vec<(String, String, u64, u64)> = pinned
        .iter()
        .map(|&(design, scenario, _, _)| {
            let run = explore(design, scenario);
            assert!(run.frontier_empty);
            (
                design.to_owned(),
                scenario.to_owned(),
                run.states_unique,
                run.depth,
            )
        })
        .collect();
    let expected: Vec<_> = pinned
        .iter()
        .map(|&(d, s, n, k)| (d.to_owned(), s.to_owned(), n, k))
        .collect();
    assert_eq!(found, expected, "(design, scenario, unique states, depth)");
}
