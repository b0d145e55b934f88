//! The shutdown model: the same world, every engine.

use model::scenario::Scenario;
use model::world::World;
use properties::Run;
use sim::checker::{Engine, Options, run};
use sim::{design_name, scenarios};

use crate::measure::{Measured, Rows, itself, median};

/// Design and scenario.
const WORLDS: [(&str, &str); 2] = [("pg18", "two-walsenders"), ("pg18", "mixed")];

/// Name, how it is chosen here, on how many threads.
const ENGINES: [(&str, &str, usize); 8] = [
    ("shutcheck, by symmetry", "orbits", 1),
    ("shutcheck, by symmetry", "orbits", 2),
    ("shutcheck", "plain", 1),
    ("shutcheck", "plain", 2),
    ("shutcheck, timely", "timely-run", 2),
    ("shutcheck, graph", "graph", 1),
    ("stateright, BFS", "stateright", 1),
    ("stateright, BFS", "stateright", 2),
];

/// A world beyond 100 million states: `mixed`, in which the state file of a slot may not be
/// written, and an archive command may fail, once each.
const LARGE: (&str, &str) = ("proposal-2023-07-21", "mixed-failures");

/// Large worlds, one property, by symmetry and without.
pub(crate) fn large(runs: usize) {
    for (design, scenario) in [("proposal-2023-07-21", "mixed"), LARGE] {
        println!("{design} in {scenario}, no-panic, medians of {runs}:\n");
        let mut rows = Rows::default();
        for (name, engine) in [
            ("shutcheck, by symmetry", "one-orbits"),
            ("shutcheck", "one-plain"),
        ] {
            let measured = median(runs, || itself(&[engine, design, scenario, "2"]));
            rows.add(name, 2, measured.ok_or("failed".to_owned()));
        }
        rows.print("shutcheck");
    }
}

fn scenario(name: &str) -> Option<Scenario> {
    if name != LARGE.1 {
        return Some(scenarios::built_in(name)?.scenario);
    }
    let mut scenario = scenarios::built_in("mixed")?.scenario;
    scenario.faults.slot_save_failure = 1;
    scenario.faults.archive_failure = 1;
    Some(scenario)
}

/// All properties but leads-to, which stateright cannot judge soundly.
pub(crate) fn table(runs: usize) {
    for (design, scenario) in WORLDS {
        println!("{design} in {scenario}, all safety properties, medians of {runs}:\n");
        let mut rows = Rows::default();
        for (name, engine, threads) in ENGINES {
            let threads_text = threads.to_string();
            let arguments = [engine, design, scenario, &threads_text];
            let measured = median(runs, || itself(&arguments));
            rows.add(name, threads, measured.ok_or("failed".to_owned()));
        }
        rows.print("shutcheck");
    }
}

/// One search; `None` if there is no such engine.
pub(crate) fn one(engine: &str, rest: &[String]) -> Option<Measured> {
    let [design, scenario, threads] = rest else {
        return None;
    };
    let (engine, one) = match engine.strip_prefix("one-") {
        Some(engine) => (engine, true),
        None => (engine, false),
    };
    let (engine, symmetry) = match engine {
        "orbits" => (Engine::Packed, true),
        "plain" => (Engine::Packed, false),
        "timely-run" => (Engine::Timely, false),
        "graph" => (Engine::Graph, false),
        "stateright" => (Engine::Stateright, false),
        _ => return None,
    };
    let options = Options {
        engine,
        symmetry,
        threads: threads.parse().ok()?,
        transitions_max: usize::MAX,
        ..Options::default()
    };
    let world = World::new(design_name::parse(design).ok()?, self::scenario(scenario)?);
    Some(Measured::of(|| {
        let found = if one {
            let no_panic: Vec<_> = properties::PROPERTIES.iter().take(1).collect();
            run(("", ""), &world, &no_panic, options, &mut |_| {})
        } else {
            search(&world, options)
        };
        assert!(found.frontier_empty, "{:?}", found.unfinished);
        (found.states_unique, found.transitions)
    }))
}

/// Judges all safety properties.
pub(crate) fn search(world: &World, options: Options) -> Run {
    let safety = |p: &&'static properties::Property| {
        !matches!(p.claim, properties::claims::Claim::LeadsTo(_))
    };
    let all: Vec<_> = properties::PROPERTIES.iter().filter(safety).collect();
    run(("", ""), world, &all, options, &mut |_| {})
}
