//! Exhaustive search of one world with the engine of packed states.

mod endless;
mod stories;

use engine::parted::{Model, Worker};
use engine::ways::Found as Ground;
use engine::{Levels, Parted, Search, Snapshot, Stop};
use model::machine::Machine;
use model::world::World;
use properties::waived::Waived;
use properties::{Counterexample, Coverage, Outcome, Property, Run, Unfinished, Verdict};

use crate::checker::{Options, Progress};
use crate::packed::{Findings, First, Packed};
use crate::saved::Saving;
use crate::watch::Watch;
pub(crate) use endless::{Endless, endless_runs};
pub(crate) use stories::Teller;

/// Explores `world` and judges `properties` in it. `progress` is called about every 50 ms.
pub(crate) fn run(
    names: (&str, &str),
    world: &World,
    properties: &[&'static Property],
    options: Options,
    saving: Option<&mut Saving<'_>>,
    progress: &mut dyn FnMut(Progress),
) -> Run {
    let mut off = Saving::off();
    let saving = saving.unwrap_or(&mut off);
    let known = saving.sizes().iter().sum();
    let mut watch = Watch::new(options, saving.sizes(), progress);
    let reductions = (options.symmetry, options.partial_order);
    let mut space = Parted::new(Packed::new(world, properties, reductions));
    let phase = tracing::info_span!("search", design = names.0, scenario = names.1).entered();
    let Some(found) = search(&mut space, options, saving, &mut watch) else {
        return none(names, properties, options.memory_max, known);
    };
    drop(phase);
    let _phase = tracing::info_span!("tell", design = names.0, scenario = names.1).entered();
    let mut run = tell(names, &space, found, options, &mut watch);
    run.seconds = watch.seconds();
    run
}

/// What a search brings.
struct Found {
    levels: Levels,
    workers: Vec<Worker<Packed>>,
    findings: Findings,
    snapshot: Snapshot,
    stop: Stop,
}

/// So many states tell how wide fields have to be.
const PROBE: u64 = 20_000;

/// Searches, and goes on with wider fields where numbers have outgrown them. `None` if there is no
/// memory to begin with.
fn search(
    space: &mut Parted<Packed>,
    options: Options,
    saving: &mut Saving<'_>,
    watch: &mut Watch<'_>,
) -> Option<Found> {
    let bounds = engine::Options {
        threads: options.threads,
        keep_levels: true,
        memory_max: options.memory_max,
        states_expected: saving.sizes().iter().sum(),
    };
    let mut states_max = u64::MAX;
    if !saving.number(space) {
        let mut worker = engine::Space::worker(space);
        engine::Space::initial(space, &mut worker);
        space.widen(&mut [worker]);
        states_max = PROBE;
    }
    let mut before: Option<(Levels, Vec<Worker<Packed>>)> = None;
    loop {
        let mut search = match (saving.fill(space, bounds), before.take()) {
            (Some(filled), _) => filled.ok(),
            (None, None) => Search::new(&*space, bounds).ok(),
            (None, Some((levels, workers))) => {
                let found = (&levels, workers);
                Search::behind(&*space, bounds, found, saving.transitions()).ok()
            }
        }?;
        let mut is_narrow = false;
        let stop = saving.run(&mut search, &mut |s| {
            is_narrow = space.has_overflowed() || s.states > states_max;
            watch.beat(s) && !is_narrow
        });
        if is_narrow || space.has_overflowed() {
            states_max = u64::MAX;
            let (mut levels, mut workers) = search.into_found();
            saving.widen(space, (&mut levels, &mut workers));
            before = Some((levels, workers));
            continue;
        }
        let mut findings = saving.finish(&search);
        let snapshot = search.snapshot();
        let (levels, mut workers) = search.into_found();
        for worker in &mut workers {
            findings.merge(std::mem::replace(&mut worker.judge, space.model.judge()));
        }
        return Some(Found {
            levels,
            workers,
            findings,
            snapshot,
            stop,
        });
    }
}

/// A run that found no memory to begin with, or to go on from a checkpoint of so many states.
fn none(
    names: (&str, &str),
    properties: &[&'static Property],
    memory_max: u64,
    states: u64,
) -> Run {
    let verdict = |property: &&'static Property| Verdict {
        property: property.id,
        outcome: Outcome::Inconclusive,
        waived: Waived::default(),
        counterexample: None,
    };
    Run {
        design: names.0.to_owned(),
        scenario: names.1.to_owned(),
        verdicts: properties.iter().map(verdict).collect(),
        symmetry: false,
        partial_order: false,
        states_unique: states,
        transitions: 0,
        depth: 0,
        frontier_empty: false,
        unfinished: Some(Unfinished::Memory(memory_max)),
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
    watch: &mut Watch<'_>,
) -> Run {
    let Found {
        levels,
        workers,
        findings,
        snapshot,
        stop,
    } = found;
    let complete = stop == Stop::Complete;
    let taken = levels.bytes() + engine::Space::bytes(space, &workers);
    let mut teller = Teller {
        ground: Ground {
            space,
            levels: &levels,
            memory_max: options.memory_max.saturating_sub(taken),
        },
        workers,
    };
    let mut firsts: Vec<Option<&First>> = findings.broken.iter().map(Option::as_ref).collect();
    if options.ending_stories {
        firsts.extend(findings.endings.values().map(Option::as_ref));
    }
    let mut stories = teller.stories(&firsts);
    let mut ending_stories = stories.split_off(findings.broken.len()).into_iter();
    let endless = if complete {
        endless_runs(&mut teller, &findings, &mut || watch.beat(snapshot))
    } else {
        stories.iter().map(|_| Endless::Unknown).collect()
    };
    let open = endless.iter().any(|run| matches!(run, Endless::Unknown));
    let unfinished = match stop {
        Stop::Complete if !open => None,
        Stop::Memory => Some(Unfinished::Memory(options.memory_max)),
        // The search for loops has the same bounds.
        Stop::Complete | Stop::Asked => watch
            .unfinished
            .or(Some(Unfinished::Memory(options.memory_max))),
    };
    Run {
        design: names.0.to_owned(),
        scenario: names.1.to_owned(),
        verdicts: verdicts(&space.model, &findings, complete, stories, endless),
        symmetry: !space.model.orbits.is_empty(),
        partial_order: options.partial_order.is_some(),
        states_unique: snapshot.expanded,
        transitions: snapshot.transitions,
        depth: u64::from(snapshot.level),
        frontier_empty: complete,
        unfinished,
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

pub(crate) fn verdicts(
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
            waived: findings.waived[i],
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

#[cfg(test)]
mod tests {
    use properties::PROPERTIES;
    use properties::claims::Claim;

    use super::*;
    use crate::{design_name, scenarios};

    /// Memory for all states, and none for the search of endless runs.
    #[test]
    fn unknown_endless_runs_leave_only_leads_to_open() {
        let design = design_name::parse("proposal-2023-07-21").expect("a design");
        let scenario = scenarios::built_in("busy").expect("a scenario");
        let world = World::new(design, scenario.scenario);
        let properties: Vec<&'static Property> = PROPERTIES.iter().collect();
        let told = |memory_max| {
            let options = Options::default();
            let mut nobody = |_: Progress| {};
            let mut watch = Watch::new(options, &[], &mut nobody);
            let mut space = Parted::new(Packed::new(&world, &properties, (false, None)));
            let found = search(&mut space, options, &mut Saving::off(), &mut watch);
            let options = Options {
                memory_max,
                ..options
            };
            let found = found.expect("there is memory");
            tell(("", ""), &space, found, options, &mut watch)
        };
        let (whole, run) = (told(u64::MAX), told(1));
        assert_eq!((whole.frontier_empty, whole.unfinished), (true, None));
        let limit = Some(Unfinished::Memory(1));
        assert_eq!((run.frontier_empty, run.unfinished), (true, limit));
        let mut open = 0;
        for ((found, truth), property) in run.verdicts.iter().zip(&whole.verdicts).zip(properties) {
            let leads_to = matches!(property.claim, Claim::LeadsTo(_));
            let left_open = leads_to && found.outcome == Outcome::Inconclusive;
            open += usize::from(left_open);
            assert!(
                left_open || found.outcome == truth.outcome,
                "{}",
                property.id
            );
        }
        assert!(open > 0);
    }
}
