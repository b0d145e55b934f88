//! The machine of a pair of nodes: steps, premises, seeded bugs, the count of states.

use std::collections::{BTreeMap, BTreeSet};

use model::machine::Machine;
use model::pair::steps::STEPS;
use model::pair::{Pair, State};
use properties::claims::{Claim, Judgement};
use properties::pair::PROPERTIES;
use properties::{Outcome, Run};
use sim::parts::pair::{built_in, scenario};
use sim::{checker, design_name};

fn pair(design: &str, name: &str) -> Pair {
    let design = design_name::parse(design).unwrap_or_else(|e| panic!("{e}"));
    Pair::new(
        design,
        scenario(name).unwrap_or_else(|| panic!("no scenario `{name}`")),
    )
}

fn explore(design: &str, name: &str) -> Run<Pair> {
    let properties: Vec<_> = PROPERTIES.iter().collect();
    let options = checker::Options::default();
    checker::explore(
        (design, name),
        &pair(design, name),
        &properties,
        options,
        &mut |_| (),
    )
}

#[test]
fn each_step_is_taken_and_each_premise_met_somewhere() {
    let mut taken = vec![0_u64; STEPS.len()];
    let mut met: BTreeMap<&str, bool> = BTreeMap::new();
    for part in built_in() {
        for design in ["master", "master-fef5b47f6b", "pg15-985bd7d497"] {
            let run = explore(design, part.name);
            assert!(run.frontier_empty);
            for (sum, n) in taken.iter_mut().zip(&run.coverage.taken) {
                *sum += n;
            }
            for verdict in &run.verdicts {
                *met.entry(verdict.property).or_default() |= verdict.outcome != Outcome::Vacuous;
            }
        }
    }
    let never = STEPS.iter().zip(&taken).filter(|&(_, &n)| n == 0);
    let never: Vec<_> = never.map(|(step, _)| step.name).collect();
    assert!(never.is_empty(), "steps never taken: {never:?}");
    assert!(met.values().all(|&met| met), "{met:?}");
}

#[test]
fn each_property_is_broken_by_its_seeded_bug_with_a_run_of_the_model() {
    for property in PROPERTIES {
        let (design, name) = property.seeded_bug;
        let run = explore(design, name);
        let verdict = run
            .verdicts
            .iter()
            .find(|v| v.property == property.id)
            .unwrap();
        assert_eq!(
            verdict.outcome,
            Outcome::Violated,
            "`{}` by {design}",
            property.id
        );
        let story = verdict.counterexample.as_ref().unwrap();
        let machine = pair(design, name);
        let mut state = machine.initial();
        assert_eq!(state, story.initial);
        for (step, after) in &story.steps {
            assert_eq!(machine.apply(*step, &state).as_ref(), Some(after));
            state = *after;
        }
        let broken = match property.claim {
            Claim::Always(f) | Claim::AtEnd(f) => f(&machine, &state) == Judgement::Broken,
            Claim::LeadsTo(goal) => (goal.owed)(&machine, &state),
            Claim::NeverStep(_) => false,
        };
        assert!(broken, "`{}`: the story ends broken", property.id);
    }
}

/// Unique states of today's master in each built-in scenario. Explain in the commit why one moved.
const STATES: &[(&str, u64)] = &[
    ("switchover", 3087),
    ("failover-by-immediate-stop", 489),
    ("switchover-archiving", 8035),
    ("switchover-and-back", 438),
    ("switchover-and-back-archiving", 953),
    ("standby-behind-a-switch", 145),
    ("standby-behind-a-switch-archiving", 284),
    ("standby-behind-two-switches", 627),
    ("standby-behind-two-switches-archiving", 884),
    ("rewind-at-once", 382),
    ("rewind-after-checkpoint", 180),
    ("torn-record-streaming", 639),
    ("torn-record-archive", 398),
    ("torn-long-record-then-silence", 275),
    ("restartpoint-meets-promotion", 101),
    ("standby-stops", 35),
    ("truncation-after-promotion", 114),
    ("promotion-with-slotsync", 28),
    ("slotsync-and-lock", 18),
    ("stop-with-archiving", 259),
    ("standby-archives", 80),
    ("standby-archives-and-goes-on", 533),
    ("cascade-ahead-of-upstream", 29),
];

#[test]
fn the_states_of_master_are_as_many_as_before() {
    let now = built_in().into_iter().map(|part| part.name);
    let now = now.map(|name| (name, explore("master", name).states_unique));
    assert_eq!(now.collect::<Vec<_>>(), STATES);
}

#[test]
fn a_plain_search_finds_as_many_states() {
    for part in built_in() {
        for design in ["master", "pg10-ff9f111bce-985bd7d497"] {
            let machine = pair(design, part.name);
            let mut seen: BTreeSet<State> = [machine.initial()].into();
            let mut open = vec![machine.initial()];
            while let Some(s) = open.pop() {
                for &step in machine.steps() {
                    if let Some(next) = machine.apply(step, &s) {
                        assert_ne!(next, s, "{step:?} changes nothing");
                        if seen.insert(next) {
                            open.push(next);
                        }
                    }
                }
            }
            let run = explore(design, part.name);
            assert_eq!(
                run.states_unique,
                seen.len() as u64,
                "{design} in {}",
                part.name
            );
        }
    }
}

#[test]
fn cited_words_are_given_for_what_postgres_does() {
    let code: String = [
        "primary",
        "checkpointer",
        "walsender",
        "walreceiver",
        "startup",
    ]
    .iter()
    .chain(&["recovery", "pgarch", "slotsync", "operator"])
    .map(|file| std::fs::read_to_string(format!("../model/src/pair/{file}.rs")).unwrap())
    .collect();
    for part in built_in() {
        let name = format!("\"{}\"", part.name);
        assert!(!code.contains(&name), "the model names scenario {name}");
    }
    for step in STEPS {
        let named = code.contains(&format!("pub fn {}(", step.name));
        assert!(named, "no function `{}`", step.name);
        assert!(
            step.once || !step.quote.is_empty(),
            "{}: no quote",
            step.name
        );
    }
}

/// With `POSTGRES_SOURCE` set to a source tree, functions and quoted words must stand there.
#[test]
#[ignore = "needs a PostgreSQL source tree in POSTGRES_SOURCE"]
fn cited_functions_and_words_exist() {
    #[expect(clippy::disallowed_methods, reason = "names the tree that is checked")]
    let root = std::env::var("POSTGRES_SOURCE").expect("set POSTGRES_SOURCE to a source tree");
    let text = |file: &str| std::fs::read_to_string(format!("{root}/{file}")).unwrap();
    let absent = STEPS.iter().filter(|step| {
        let text = text(step.file);
        !text.contains(step.function) || !text.contains(step.quote)
    });
    let absent: Vec<_> = absent.map(|s| (s.name, s.function, s.quote)).collect();
    assert!(absent.is_empty(), "{absent:#?}");
}
