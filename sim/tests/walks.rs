//! Random walks: a function of their seed, exact in what they say, small in how they say it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use model::steps::Step;
use model::world::World;
use properties::claims::Claim;
use properties::walks::{Finding, Walks};
use properties::{PROPERTIES, Property, property};
use proptest::prelude::*;
use sim::scenario_file::{parse, to_toml};
use sim::walk::campaign::{self, Plan};
use sim::walk::dice::Dice;
use sim::walk::schedule_file::{self, Schedule, step_name};
use sim::walk::schedulers::Strategy as Walking;
use sim::walk::walker::Walker;
use sim::walk::{draw, findings, replay};
use sim::{design_name, scenarios};

fn plan(design: &str, scenario: Option<&str>, walks: u64, seed: u64) -> Plan {
    Plan {
        name: design.to_owned(),
        design: design_name::parse(design).unwrap(),
        scenario: scenario
            .map(|name| (name.to_owned(), scenarios::built_in(name).unwrap().scenario)),
        seed,
        walks: Some(walks),
        strategy: None,
        threads: 2,
        properties: crate::common::all(),
    }
}

fn walk(plan: &Plan) -> (Walks, Vec<(Finding, Schedule)>) {
    let (walks, raws) = campaign::run(plan, &[], &mut |_| true);
    let told = raws.iter().filter_map(|raw| findings::tell(plan, raw));
    (walks, told.collect())
}

fn told(plan: &Plan) -> String {
    let (walks, found) = walk(plan);
    let files: Vec<String> = found.iter().map(|(_, s)| schedule_file::write(s)).collect();
    format!("{walks:?}\n{}", files.join("\n"))
}

#[test]
fn a_seed_says_the_same_again_and_on_any_number_of_threads() {
    let two = plan("pg17", None, 1000, 3);
    let one = Plan {
        threads: 1,
        ..two.clone()
    };
    let first = told(&two);
    assert_eq!(first, told(&two));
    assert_eq!(first, told(&one));
    assert_ne!(first, told(&plan("pg17", None, 1000, 4)));
}

/// Walks of the seeded bug's scenario find it, and the shrunk story is not much longer than the
/// shortest, which may be in a larger scenario.
#[test]
fn seeded_bugs_are_found_and_shrunk() {
    let ids = [
        "no-panic",
        "confirmed-is-on-disk",
        "no-commit-twice",
        "clean-exit",
        "no-orphan",
        "archive-complete",
        "upgrade-check-complete",
        "shutdown-terminates",
        "no-assertion-failure",
    ];
    for id in ids {
        let (design, scenario) = property(id).unwrap().seeded_bug;
        let plan = plan(design, Some(scenario), 4000, 1);
        let (_, found) = walk(&plan);
        let (finding, schedule) = found
            .iter()
            .find(|(finding, _)| finding.property.id == id)
            .unwrap_or_else(|| panic!("`{id}` is not broken by {design} in {scenario}"));
        replays(finding, schedule);
        let run = crate::common::explore(design, scenario);
        let verdict = run.verdicts.iter().find(|v| v.property == id).unwrap();
        let shortest = verdict.counterexample.as_ref().unwrap().steps.len();
        let steps = finding.run.steps.len();
        assert!(
            steps <= shortest + 3,
            "`{id}`: {steps} steps, and the shortest story has {shortest}"
        );
    }
}

/// The file of a finding says the same again, and breaks the same promise at its last step.
fn replays(finding: &Finding, schedule: &Schedule) {
    let text = schedule_file::write(schedule);
    let read = schedule_file::parse("again.toml", &text).unwrap();
    assert_eq!(schedule_file::write(&read.schedule), text);
    let steps = &read.schedule.steps;
    let asked = [finding.property];
    let again = replay::exactly(&read.world, steps, read.schedule.loop_from, &asked).unwrap();
    assert_eq!(format!("{:?}", again.run), format!("{:?}", finding.run));
    assert_eq!(again.broken.len(), 1, "`{}`", finding.property.id);
    assert_eq!(again.broken[0].steps, steps.len());
    assert_eq!(again.broken[0].loop_from, read.schedule.loop_from);
}

#[test]
fn every_finding_of_drawn_scenarios_replays() {
    let (_, found) = walk(&plan("pg16-5c6d9fc4b2", None, 2000, 11));
    assert!(found.len() > 4);
    for (finding, schedule) in &found {
        replays(finding, schedule);
    }
}

#[test]
fn what_is_wrong_with_a_schedule_file_is_told_with_its_place() {
    let (_, found) = walk(&plan("pg17-e0b2eed047", Some("idle"), 200, 1));
    let text = schedule_file::write(&found[0].1);
    let wrong = [
        ("format = 1", "format = 9", "format 9 is unknown here"),
        ("pg17-e0b2eed047", "pg42", "unknown design `pg42`"),
        ("postmaster: process", "postmaster: proces", "unknown step"),
        (
            "kind = \"logical\"",
            "kind = \"logcal\"",
            "unknown value `logcal`",
        ),
        ("seed = 1", "sead = 1", "unknown key `sead`"),
    ];
    for (right, broken, message) in wrong {
        let text = text.replacen(right, broken, 1);
        let line = text.lines().position(|l| l.contains(broken)).unwrap() + 1;
        let error = schedule_file::parse("my.toml", &text).unwrap_err();
        assert!(error.message.contains(message), "{error}");
        assert_eq!(error.line, line, "{error}");
        assert!(!error.help.is_empty());
    }
}

fn walked(seed: u64, release: usize) -> (World, Vec<&'static Property>) {
    let releases = model::releases::RELEASES;
    let design = design_name::parse(releases[release % releases.len()]).unwrap();
    let scenario = draw::draw(&mut Dice::new(seed, 1));
    (World::new(design, scenario), PROPERTIES.iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// A walk taken again, step by step, goes through the same states and breaks the same promises
    /// about states and steps; its steps have names that tell them apart.
    #[test]
    fn replay_equals_walk(seed in any::<u64>(), release in 0_usize..8, strategy in 0_usize..7) {
        let strategy = Walking::ALL[strategy];
        let (world, asked) = walked(seed, release);
        let mut walker = Walker::new(&world, &asked);
        let walk = walker.walk(strategy, &mut Dice::new(seed, 0));
        let again = replay::exactly(&world, &walk.steps, None, &asked).unwrap();
        prop_assert_eq!(again.run.last(), walker.state());
        for broken in &walk.broken {
            if matches!(asked[broken.property].claim, Claim::Always(_) | Claim::NeverStep(_)) {
                prop_assert!(again.broken.contains(broken));
            }
        }
        let all: Vec<Step> = world.steps().to_vec();
        let mut names: Vec<String> = all.iter().map(|&s| step_name(s, &all)).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), all.len());
    }

    /// A drawn scenario, and one that was varied, are what their files say.
    #[test]
    fn drawn_scenarios_are_scenario_files(seed in any::<u64>()) {
        let mut dice = Dice::new(seed, 2);
        let drawn = draw::draw(&mut dice);
        for scenario in [drawn, draw::vary(&drawn, &mut dice)] {
            let text = to_toml(&scenario);
            prop_assert_eq!(parse("drawn.toml", &text).unwrap().scenario, scenario);
        }
    }
}
