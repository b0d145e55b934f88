//! The machines of a slot's life and of the upgrade check are what they claim to be.

use std::collections::BTreeSet;

use crate::common::judge;
use model::machine::Machine;
use model::slot_life::SlotLife;
use model::slot_life::steps::STEPS;
use model::upgrade_check::{self, SlotCheck};
use properties::{Judged, Outcome, Property, Run};
use sim::checker::{self, Options};
use sim::design_name;
use sim::parts::{self, slot_life, upgrade_check as upgrade_parts};

/// Designs that take every step between them.
const DESIGNS: [&str; 4] = ["pg10", "pg17", "master", "pg18-8709dccc79"];

fn explore<M: Judged>(machine: &M, table: &'static [Property<M>]) -> Run<M> {
    let properties: Vec<&'static Property<M>> = table.iter().collect();
    let run = checker::explore(
        ("", ""),
        machine,
        &properties,
        Options::default(),
        &mut |_| {},
    );
    assert!(run.frontier_empty);
    run
}

fn life(design: &str, scenario: &str) -> SlotLife {
    let design = design_name::parse(design).unwrap_or_else(|error| panic!("{error}"));
    let part = parts::find(slot_life::PARTS, scenario).expect("it is a built-in scenario");
    SlotLife::new(design, part.scenario)
}

#[test]
fn each_step_is_taken_and_each_premise_met_somewhere() {
    let mut taken = vec![0; STEPS.len()];
    let mut met = BTreeSet::new();
    for part in slot_life::PARTS {
        for design in DESIGNS {
            let run = explore(&life(design, part.name), properties::slot_life::PROPERTIES);
            for (sum, n) in taken.iter_mut().zip(&run.coverage.taken) {
                *sum += n;
            }
            let spoken = run
                .verdicts
                .iter()
                .filter(|v| v.outcome != Outcome::Vacuous);
            met.extend(spoken.map(|v| v.property));
        }
    }
    let never = STEPS.iter().zip(&taken).filter(|&(_, &n)| n == 0);
    let never: Vec<_> = never.map(|(step, _)| step.name).collect();
    assert!(never.is_empty(), "never taken: {never:?}");
    for property in properties::slot_life::PROPERTIES {
        assert!(met.contains(property.id), "`{}` is vacuous", property.id);
    }
}

#[test]
fn each_step_and_premise_of_the_upgrade_check_too() {
    let mut taken = vec![0; upgrade_check::STEPS.len()];
    let mut met = BTreeSet::new();
    for part in upgrade_parts::PARTS {
        for design in ["pg17-72e6c08fea-8bfb231b43", "pg19"] {
            let design = design_name::parse(design).unwrap();
            let scenario = part.scenario;
            let machine = SlotCheck { design, scenario };
            let run = explore(&machine, properties::upgrade_check::PROPERTIES);
            for (sum, n) in taken.iter_mut().zip(&run.coverage.taken) {
                *sum += n;
            }
            let spoken = run
                .verdicts
                .iter()
                .filter(|v| v.outcome != Outcome::Vacuous);
            met.extend(spoken.map(|v| v.property));
        }
    }
    assert!(taken.iter().all(|&n| n > 0), "{taken:?}");
    assert_eq!(met.len(), properties::upgrade_check::PROPERTIES.len());
    for (i, row) in upgrade_check::STEPS.iter().enumerate() {
        assert_eq!(row.0 as usize, i);
    }
}

#[test]
fn each_seeded_bug_breaks_its_property() {
    let bugs = (properties::slot_life::PROPERTIES
        .iter()
        .map(|p| (p.id, p.seeded_bug)))
    .chain(
        properties::upgrade_check::PROPERTIES
            .iter()
            .map(|p| (p.id, p.seeded_bug)),
    );
    for (property, (design, scenario)) in bugs {
        let said = judge(design, scenario, property);
        assert_eq!(said, Ok(Outcome::Violated), "`{property}` in {scenario}");
    }
}

/// A search without our graph finds the same states.
fn plain_search<M: Machine>(machine: &M) -> usize
where
    M::State: Ord,
{
    let mut seen = BTreeSet::from([machine.initial()]);
    let mut open = vec![machine.initial()];
    while let Some(s) = open.pop() {
        for &step in machine.steps() {
            if let Some(next) = machine.apply(step, &s)
                && seen.insert(next.clone())
            {
                open.push(next);
            }
        }
    }
    seen.len()
}

#[test]
fn a_plain_search_finds_the_same_states() {
    for part in slot_life::PARTS {
        for design in DESIGNS {
            let machine = life(design, part.name);
            let run = explore(&machine, &[]);
            let plain = plain_search(&machine) as u64;
            assert_eq!(run.states_unique, plain, "{design} in {}", part.name);
        }
    }
}
