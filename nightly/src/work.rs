//! Runs one unit.

mod corpus;
mod history;
mod judge;
mod traces;
mod walks;

use std::panic::{AssertUnwindSafe, catch_unwind};

use properties::{Judged, Outcome, Run};
use sim::checker::{self, Options};

use crate::clock::{Watch, now};
use crate::plan::Ground;
use crate::record::{UnitRecord, VerdictRecord};
use crate::unit::{Shard, Unit, stable_hash};

/// What a unit says, with its work in states or steps.
#[derive(Debug, Default)]
struct Said {
    /// The verdicts.
    verdicts: Vec<VerdictRecord>,
    /// States or steps.
    work: u64,
    /// The files that were read.
    input: Vec<u8>,
}

/// Runs `unit`. A panic is caught and recorded: it is our bug, and no reason to lose the night.
#[must_use]
pub fn run(ground: &Ground, unit: &Unit, shard: Shard) -> UnitRecord {
    let watch = Watch::start();
    let id = unit.to_string();
    let span = tracing::info_span!("unit", id);
    let _entered = span.enter();
    let said = catch_unwind(AssertUnwindSafe(|| said(ground, unit)));
    let said = said.unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|&s| s.to_owned()));
        Said {
            verdicts: vec![failed(&id, &words.unwrap_or_default())],
            ..Said::default()
        }
    });
    UnitRecord {
        unit: id,
        part: unit.part().name().to_owned(),
        input: format!("{:016x}", stable_hash(&said.input)),
        seconds: watch.seconds(),
        work: said.work,
        finished: now(),
        shard: shard.to_string(),
        verdicts: said.verdicts,
    }
}

fn said(ground: &Ground, unit: &Unit) -> Said {
    match unit {
        Unit::Corpus { file, design } => corpus::run(ground, file, design),
        Unit::History { case } => history::run(ground, case),
        Unit::Judge { design, scenario } => judge::run(ground, design, scenario),
        Unit::Walks { design, seed } => walks::run(ground, design, *seed),
        Unit::Traces { file, design } => traces::run(ground, file, design),
    }
}

/// A unit that could not be run: our bug, or a file that was there when the night began.
fn failed(id: &str, why: &str) -> VerdictRecord {
    VerdictRecord {
        key: id.to_owned(),
        claim: id.to_owned(),
        property: "runs".to_owned(),
        design: String::new(),
        place: String::new(),
        verdict: "panicked".to_owned(),
        message: why.to_owned(),
        file: None,
    }
}

/// The bounds of a search. None in time: a result must not depend on the machine.
fn options(ground: &Ground) -> Options {
    Options {
        transitions_max: usize::try_from(ground.config.transitions_max).unwrap_or(usize::MAX),
        seconds_max: u64::MAX,
        ..Options::default()
    }
}

/// What an exhaustive search says of each property.
fn verdicts<M: Judged>(run: &Run<M>) -> Vec<VerdictRecord> {
    let one = |v: &properties::Verdict<M>| {
        let key = format!("judge/{}/{}/{}", run.design, run.scenario, v.property);
        let steps = v.counterexample.as_ref().map_or(0, |c| c.steps.len());
        let message = match v.outcome {
            Outcome::Violated => format!("a shortest story has {steps} steps"),
            Outcome::Inconclusive => format!(
                "given up after {} states, depth {}",
                run.states_unique, run.depth
            ),
            Outcome::Holds | Outcome::Vacuous => String::new(),
        };
        VerdictRecord {
            claim: key.clone(),
            key,
            property: v.property.to_owned(),
            design: run.design.clone(),
            place: run.scenario.clone(),
            verdict: v.outcome.name().to_owned(),
            message,
            file: None,
        }
    };
    run.verdicts.iter().map(one).collect()
}

/// Explores any machine.
fn explore<M: Judged>(
    ground: &Ground,
    names: (&str, &str),
    machine: &M,
    properties: &[&'static properties::Property<M>],
) -> Run<M> {
    checker::explore(names, machine, properties, options(ground), &mut |_| {})
}
