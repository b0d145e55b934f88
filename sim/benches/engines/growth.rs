//! How cost grows: with like walsenders, with the backlog, with faults.

use model::world::World;
use sim::checker::Options;
use sim::partial_order::PartialOrder;
use sim::{design_name, scenario_file};

use crate::measure::Measured;
use crate::shutdown::search;

const HEAD: &str = "requests = [\"fast\"]\n";
const WALSENDER: &str = "[[walsender]]\nkind = \"logical\"\n";

/// Scenarios of one table: what each is called, and its file.
type Scenarios = Vec<(String, String)>;

pub(crate) fn tables() {
    let walsenders = |n: usize| {
        let backlog = "backlog = [\"commit\", \"running-xacts\", \"other\"]\n";
        let text = format!("{HEAD}{backlog}{}", WALSENDER.repeat(n));
        (n.to_string(), text)
    };
    table(
        "like walsenders, caught up",
        (1..=8).map(walsenders).collect(),
    );
    let backlog = |n: usize| {
        let records = vec!["\"commit\""; n].join(", ");
        let at = "caught-up-to = 0\nsaved-up-to = 0\n";
        let walsenders = format!("{WALSENDER}{at}").repeat(2);
        let text = format!("{HEAD}backlog = [{records}]\n{walsenders}");
        (n.to_string(), text)
    };
    let sizes = [1, 2, 4, 6, 8];
    table(
        "commits that two walsenders have yet to send",
        sizes.map(backlog).into(),
    );
    let kinds = [
        "disconnect",
        "kill-walsender",
        "freeze",
        "worker-restart",
        "slot-save-failure",
    ];
    let faults = |n: usize| {
        let faults = kinds[..n].iter().map(|fault| format!("{fault} = 1\n"));
        let faults: String = faults.collect();
        let text = format!(
            "{HEAD}backlog = [\"commit\"]\n{}[faults]\n{faults}",
            WALSENDER.repeat(2)
        );
        let name = if n == 0 { "none" } else { kinds[n - 1] };
        (format!("{}{name}", if n > 1 { "and " } else { "" }), text)
    };
    table(
        "kinds of faults, two walsenders",
        (0..=kinds.len()).map(faults).collect(),
    );
}

fn table(what: &str, scenarios: Scenarios) {
    println!("pg18, two threads; {what}:\n");
    println!("| | states | seconds | orbits | seconds | with partial order | seconds |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for (name, text) in scenarios {
        let design = design_name::parse("pg18").expect("a built-in design");
        let scenario = scenario_file::parse(&name, &text).unwrap_or_else(|e| panic!("{e}"));
        let world = World::new(design, scenario.scenario);
        let searched = |symmetry, partial_order| {
            let options = Options {
                threads: 2,
                symmetry,
                partial_order,
                transitions_max: TRANSITIONS_MAX,
                ..Options::default()
            };
            let mut complete = false;
            let measured = Measured::of(|| {
                let run = search(&world, options);
                complete = run.frontier_empty;
                (run.states_unique, run.transitions)
            });
            let more = if complete { "" } else { "more than " };
            format!("{more}{} | {:.2}", measured.states, measured.seconds)
        };
        let plain = searched(false, None);
        let orbits = searched(true, None);
        let reduced = searched(true, Some(PartialOrder::ON));
        println!("| {name} | {plain} | {orbits} | {reduced} |");
    }
    println!();
}

/// More is not told.
const TRANSITIONS_MAX: usize = 50_000_000;
