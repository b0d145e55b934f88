//! Unique states of some small instances. A count that moves is explained in the commit.

use crate::common::{explore_with, world};
use sim::checker::Options;

#[test]
fn unique_states_are_pinned() {
    let pinned: [(&str, &str, u64, u64); 24] = [
        ("pg9.6", "idle", 99, 27),
        ("pg9.6", "busy", 17902, 39),
        ("pg9.6", "standby", 8930, 51),
        ("pg9.6", "two-walsenders", 84065, 47),
        ("pg16", "idle", 91, 25),
        ("pg16", "busy", 17874, 37),
        ("pg16", "standby", 4898, 49),
        ("pg16", "two-walsenders", 83937, 45),
        ("pg17", "idle", 99, 27),
        ("pg17", "busy", 17902, 39),
        ("pg17", "standby", 4898, 49),
        ("pg17", "two-walsenders", 84385, 49),
        ("pg18", "idle", 105, 30),
        ("pg18", "busy", 17923, 42),
        ("pg18", "standby", 9633, 49),
        ("pg18", "two-walsenders", 84433, 52),
        ("master", "idle", 105, 30),
        ("master", "busy", 17923, 42),
        ("master", "standby", 9625, 49),
        ("master", "two-walsenders", 84433, 52),
        ("proposal-2023-07-21", "idle", 67, 31),
        ("proposal-2023-07-21", "busy", 21094, 45),
        ("proposal-2023-07-21", "standby", 8836, 55),
        ("proposal-2023-07-21", "two-walsenders", 91804, 61),
    ];
    let found: Vec<(String, String, u64, u64)> = pinned
        .iter()
        .map(|&(design, scenario, _, _)| {
            let options = Options {
                symmetry: false,
                ..Options::default()
            };
            let run = explore_with(&world(design, scenario), (design, scenario), options);
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
