//! Exhaustive search of one world with the engine of packed states.

mod endless;
mod stories;

use std::time::Duration;

use engine::parted::{Model, Worker};
use engine::{Levels, Parted, Search, Snapshot};
use model::machine::Machine;
use model::world::World;
use properties::{Counterexample, Coverage, Outcome, Property, Run, Verdict};

use crate::checker::{Options, Progress, now};
use crate::packed::{Findings, First, Packed};
use endless::{Endless, endless_runs};
use stories::Teller;

/// Explores `world` and judges `properties` in it. `progress` is called about every 50 ms.
pub(crate) fn run(
    names: (&str, &str),
    world: &World,
    properties: &[&'static Property],
    options: Options,
    progress: &mut dyn FnMut(Progress),
) -> Run {
    let started = now();
    let mut told = Duration::ZERO;
    let mut heartbeat = |s: Snapshot| {
        let elapsed = started.elapsed();
        if elapsed > told + Duration::from_millis(50) {
            told = elapsed;
            progress(Progress {
                states_unique: s.states,
                depth: u64::from(s.level),
                seconds: elapsed.as_secs_f64(),
            });
        }
        elapsed <= Duration::from_secs(options.seconds_max)
            && s.transitions <= options.transitions_max as u64
    };
    let mut space = Parted::new(Packed::new(
        world,
        properties,
        (options.symmetry, options.partial_order),
    ));
    let Ok(found) = search(&mut space, options, &mut heartbeat) else {
        return none(names, properties);
    };
    let mut run = tell(names, &space, found, options, &mut heartbeat);
    run.seconds = started.elapsed().as_secs_f64();
    run
}

/// What a search brings.
struct Found {
    levels: Levels,
    worker: Worker<Packed>,
    findings: Findings,
    snapshot: Snapshot,
    complete: bool,
}

/// Searches, again and again with wider fields while numbers outgrow them.
fn search(
    space: &mut Parted<Packed>,
    options: Options,
    heartbeat: &mut dyn FnMut(Snapshot) -> bool,
) -> std::io::Result<Found> {
    let bounds = engine::Options {
        threads: options.threads,
        keep_levels: true,
        memory_max: options.memory_max,
    };
    let mut workers = Vec::new();
    loop {
        space.widen(&mut workers);
        let mut search = Search::with_workers(&*space, bounds, workers)?;
        search.run(&mut |snapshot| !space.has_overflowed() && heartbeat(snapshot));
        let (snapshot, complete) = (search.snapshot(), search.is_complete());
        let (levels, mut left) = search.into_found();
        if space.has_overflowed() {
            workers = left;
            continue;
        }
        let mut judged = left
            .iter_mut()
            .map(|worker| std::mem::replace(&mut worker.judge, space.model.judge()));
        let mut findings = judged.next().unwrap_or_default();
        judged.for_each(|more| findings.merge(more));
        return Ok(Found {
            worker: left.swap_remove(0),
            levels,
            findings,
            snapshot,
            complete,
        });
    }
}

/// A run that found no memory to begin with.
fn none(names: (&str, &str), properties: &[&'static Property]) -> Run {
    let verdict = |property: &&'static Property| Verdict {
        property: property.id,
        outcome: Outcome::Inconclusive,
        counterexample: None,
    };
    Run {
        design: names.0.to_owned(),
        scenario: names.1.to_owned(),
        verdicts: properties.iter().map(verdict).collect(),
        symmetry: false,
        states_unique: 0,
        transitions: 0,
        depth: 0,
        frontier_empty: false,
        coverage: Coverage::none(0),
        faults_unused: Vec::new(),
        endings: Vec::new(),
        seconds: 0.0,
    }
}

/// The run, with its stories.
fn tell(
    names: (&str, &str),
    space: &Parted<Packed>,
    found: Found,
    options: Options,
    heartbeat: &mut dyn FnMut(Snapshot) -> bool,
) -> Run {
    let Found {
        levels,
        worker,
        findings,
        snapshot,
        complete,
    } = found;
    let mut teller = Teller {
        space,
        levels: &levels,
        worker,
    };
    let mut firsts: Vec<Option<&First>> = findings.broken.iter().map(Option::as_ref).collect();
    if options.ending_stories {
        firsts.extend(findings.endings.values().map(Option::as_ref));
    }
    let mut stories = teller.stories(&firsts);
    let mut ending_stories = stories.split_off(findings.broken.len()).into_iter();
    let endless = if complete {
        let mut on = || heartbeat(snapshot);
        endless_runs(&mut teller, &findings, options.memory_max, &mut on)
    } else {
        stories.iter().map(|_| Endless::Unknown).collect()
    };
    Run {
        design: names.0.to_owned(),
        scenario: names.1.to_owned(),
        verdicts: verdicts(&space.model, &findings, complete, stories, endless),
        symmetry: !space.model.orbits.is_empty(),
        states_unique: snapshot.expanded,
        transitions: snapshot.transitions,
        depth: u64::from(snapshot.level),
        frontier_empty: complete,
        coverage: coverage(&space.model.world, &findings),
        faults_unused: faults_unused(&space.model.world, &findings),
        endings: findings
            .endings
            .keys()
            .map(|&ending| (ending, ending_stories.next().flatten()))
            .collect(),
        seconds: 0.0,
    }
}

fn verdicts(
    packed: &Packed,
    findings: &Findings,
    complete: bool,
    stories: Vec<Option<Counterexample>>,
    endless: Vec<Endless>,
) -> Vec<Verdict> {
    let judged = stories.into_iter().zip(endless).enumerate();
    let verdict = |(i, (story, endless)): (usize, (Option<Counterexample>, Endless))| {
        let (counterexample, known) = match (story, endless) {
            (Some(story), _) => (Some(story), true),
            (None, Endless::Run(story)) => (Some(*story), true),
            (None, Endless::None) => (None, true),
            (None, Endless::Unknown) => (None, false),
        };
        let outcome = match counterexample {
            Some(_) => Outcome::Violated,
            None if !complete || !known => Outcome::Inconclusive,
            None if !findings.concerned[i] => Outcome::Vacuous,
            None => Outcome::Holds,
        };
        Verdict {
            property: packed.properties[i].id,
            outcome,
            counterexample,
        }
    };
    judged.map(verdict).collect()
}

fn coverage(world: &World, findings: &Findings) -> Coverage {
    let mut coverage = Coverage::none(world.kinds());
    for (step, n) in world.steps().iter().zip(&findings.taken) {
        coverage.taken[step.kind as usize] += n;
    }
    coverage
}

fn faults_unused(world: &World, findings: &Findings) -> Vec<&'static str> {
    let unused = |steps: &[usize]| steps.iter().all(|&n| findings.taken[n] == 0);
    let faults = world.faults().into_iter();
    faults
        .filter(|(_, steps)| unused(steps))
        .map(|(name, _)| name)
        .collect()
}
