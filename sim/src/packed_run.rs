//! Exhaustive search of one world with the engine of packed states.

use std::time::Duration;

use engine::parted::Worker;
use engine::ways::{Goal, ways};
use engine::{Parted, Search, Snapshot};
use model::cluster::Cluster;
use model::machine::Machine;
use model::world::World;
use properties::claims::Claim;
use properties::{Counterexample, Coverage, Outcome, Property, Run, Verdict};

use crate::checker::{Options, Progress, now};
use crate::packed::{Findings, First, Packed};

/// Explores `world` and judges `properties` in it. `progress` is called about every 50 ms.
pub(crate) fn run(
    names: (&str, &str),
    world: &World,
    properties: &[&'static Property],
    options: Options,
    progress: &mut dyn FnMut(Progress),
) -> Run {
    let started = now();
    let mut space = Parted::new(Packed::new(world, properties));
    space.widen(&mut []);
    let mut workers = Vec::new();
    loop {
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
            !space.has_overflowed()
                && elapsed <= Duration::from_secs(options.seconds_max)
                && s.transitions <= options.transitions_max as u64
        };
        let bounds = engine::Options {
            threads: options.threads,
            keep_levels: true,
            memory_max: options.memory_max,
        };
        let Ok(mut search) = Search::with_workers(&space, bounds, workers) else {
            return none(names, properties);
        };
        search.run(&mut heartbeat);
        if !space.has_overflowed() {
            let mut run = told_of(names, &mut search, options.ending_stories);
            run.seconds = started.elapsed().as_secs_f64();
            return run;
        }
        workers = search.into_workers();
        space.widen(&mut workers);
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

/// What the search has found, with its stories.
fn told_of(
    names: (&str, &str),
    search: &mut Search<'_, Parted<Packed>>,
    ending_stories: bool,
) -> Run {
    let space = search.space();
    let mut workers = std::mem::take(&mut search.workers).into_iter();
    let Some(mut worker) = workers.next() else {
        return none(names, &space.model.properties);
    };
    let mut findings = std::mem::take(&mut worker.judge);
    for other in workers {
        findings.merge(other.judge);
    }
    worker.judge = engine::parted::Model::judge(&space.model);
    let snapshot = search.snapshot();
    let complete = search.is_complete();
    let mut firsts: Vec<Option<&First>> = findings.broken.iter().map(Option::as_ref).collect();
    if ending_stories {
        firsts.extend(findings.endings.values().map(Option::as_ref));
    }
    let mut stories = stories(search, &mut worker, &firsts);
    let mut ending_stories = stories.split_off(findings.broken.len()).into_iter();
    let verdicts = verdicts(&space.model, &findings, complete, stories);
    Run {
        design: names.0.to_owned(),
        scenario: names.1.to_owned(),
        verdicts,
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

/// A shortest story to each of these, where there is one.
fn stories(
    search: &Search<'_, Parted<Packed>>,
    worker: &mut Worker<Packed>,
    firsts: &[Option<&First>],
) -> Vec<Option<Counterexample>> {
    let goal = |first: &First| Goal {
        level: first.level,
        keys: first.keys.iter().map(|&(key, _)| key).collect(),
    };
    let goals: Vec<Goal> = firsts.iter().copied().flatten().map(goal).collect();
    let mut ways = ways(search, worker, &goals).into_iter();
    let space = search.space();
    let told = firsts.iter().map(|first| {
        let first = (*first)?;
        let way = ways.next()?;
        let world = &space.model.world;
        let mut at: Cluster = world.initial();
        let mut steps = Vec::new();
        let last = first.keys.iter().filter(|(key, _)| match way.last() {
            Some((_, to)) => key == to,
            None => true,
        });
        let last = last.filter_map(|&(_, step)| step).min();
        for number in way.iter().map(|&(step, _)| step).chain(last) {
            let step = world.steps()[usize::from(number)];
            at = step.apply(world, &at)?;
            steps.push((step, at));
        }
        Some(Counterexample {
            initial: world.initial(),
            steps,
            loop_from: None,
        })
    });
    told.collect()
}

pub(crate) fn verdicts(
    packed: &Packed,
    findings: &Findings,
    complete: bool,
    stories: Vec<Option<Counterexample>>,
) -> Vec<Verdict> {
    let judged = packed.properties.iter().zip(stories).enumerate();
    let verdict = |(i, (property, counterexample)): (usize, (&&'static Property, _))| {
        let concerned = findings.concerned[i];
        let endless = matches!(property.claim, Claim::LeadsTo(_));
        let outcome = match counterexample {
            Some(_) => Outcome::Violated,
            None if !complete || concerned && endless => Outcome::Inconclusive,
            None if !concerned => Outcome::Vacuous,
            None => Outcome::Holds,
        };
        Verdict {
            property: property.id,
            outcome,
            counterexample,
        }
    };
    judged.map(verdict).collect()
}

pub(crate) fn coverage(world: &World, findings: &Findings) -> Coverage {
    let mut coverage = Coverage::none(world.kinds());
    for (step, n) in world.steps().iter().zip(&findings.taken) {
        coverage.taken[step.kind as usize] += n;
    }
    coverage
}

pub(crate) fn faults_unused(world: &World, findings: &Findings) -> Vec<&'static str> {
    let unused = |steps: &[usize]| steps.iter().all(|&n| findings.taken[n] == 0);
    let faults = world.faults().into_iter();
    faults
        .filter(|(_, steps)| unused(steps))
        .map(|(name, _)| name)
        .collect()
}
