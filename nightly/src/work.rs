//! Runs one unit.

mod corpus;
mod history;
mod judge;
mod traces;
mod walks;

use std::panic::{AssertUnwindSafe, catch_unwind};

use model::world::World;
use properties::{Judged, Outcome, Property, Run, Unfinished};
use sim::checker::{self, Options};

use crate::clock::{Deadline, Watch, now};
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
    /// The deadline came before the end.
    cut: bool,
}

/// What is at hand for a unit.
#[derive(Clone, Copy, Debug)]
pub struct Means<'a> {
    /// What the night judges.
    pub ground: &'a Ground,
    /// When it must end: what is not decided by then is inconclusive.
    pub until: Deadline,
    /// Bytes that a search may use.
    pub memory_max: u64,
}

/// Runs `unit`. A panic is caught and recorded: it is our bug, and no reason to lose the night.
#[must_use]
pub fn run(means: Means<'_>, unit: &Unit, shard: Shard) -> UnitRecord {
    let watch = Watch::start();
    let id = unit.to_string();
    let span = tracing::info_span!("unit", id);
    let _entered = span.enter();
    let said = catch_unwind(AssertUnwindSafe(|| said(means, unit)));
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
        cut: said.cut,
        finished: now(),
        shard: shard.to_string(),
        verdicts: said.verdicts,
    }
}

fn said(means: Means<'_>, unit: &Unit) -> Said {
    let ground = means.ground;
    match unit {
        Unit::Corpus { file, design } => corpus::run(ground, file, design),
        Unit::History { case } => history::run(means, case),
        Unit::Judge { design, scenario } => judge::run(means, design, scenario),
        Unit::Walks { design, seed } => walks::run(means, design, *seed),
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

impl Means<'_> {
    fn options(&self) -> Options {
        let transitions_max = self.ground.config.transitions_max;
        Options {
            transitions_max: usize::try_from(transitions_max).unwrap_or(usize::MAX),
            seconds_max: self.until.seconds_max(),
            memory_max: self.memory_max,
            ..Options::default()
        }
    }

    /// Searches the stop of one server.
    fn stop(&self, names: (&str, &str), world: &World, asked: &[&'static Property]) -> Run {
        checker::run(names, world, asked, self.options(), &mut |_| {})
    }

    /// Searches another machine.
    fn part<M: Judged>(
        &self,
        names: (&str, &str),
        machine: &M,
        asked: &[&'static Property<M>],
    ) -> Run<M> {
        checker::explore(names, machine, asked, self.options(), &mut |_| {})
    }
}

/// Whether the deadline ended a search.
fn is_cut<M: Judged>(run: &Run<M>) -> bool {
    matches!(run.unfinished, Some(Unfinished::Seconds(_)))
}

/// What an exhaustive search says of each property.
fn verdicts<M: Judged>(run: &Run<M>) -> Vec<VerdictRecord> {
    let one = |v: &properties::Verdict<M>| {
        let key = format!("judge/{}/{}/{}", run.design, run.scenario, v.property);
        let steps = v.counterexample.as_ref().map_or(0, |c| c.steps.len());
        let message = match v.outcome {
            Outcome::Violated => format!("a shortest story has {steps} steps"),
            Outcome::Inconclusive => {
                let why = if is_cut(run) {
                    "the night's budget ended it"
                } else {
                    "given up"
                };
                format!(
                    "{why} after {} states, depth {}",
                    run.states_unique, run.depth
                )
            }
            Outcome::Holds | Outcome::Vacuous => v.waived.words("endings"),
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
