//! Exhaustive search of one world on timely dataflow: threads, processes, hosts.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use dataflow::execute::Job;
use dataflow::gather::gather;
use dataflow::parted::Parts;
use dataflow::search::search;
use dataflow::ways::{Goal, Way, ways};
use dataflow::{Bounds, Found, Member, Peer, Snapshot};
use engine::parted::Numbers;
use engine::ways::Found as Ground;
use model::world::World;
use properties::claims::Claim;
use properties::{Counterexample, Property, Run, Unfinished};

pub use dataflow::{Arrangement, Error};

use crate::checker::{Options, Progress, now};
use crate::dataflow_words::{Sum, add_up, write};
use crate::packed::{Findings, First, Packed};
use crate::packed_run::{Endless, Teller, coverage, endless_runs, faults_unused, verdicts};

/// Explores `world` and judges `properties` in it, together with the other processes of the
/// arrangement, which do the same; the bounds but for memory hold for all of them together.
/// `progress` is called about every 50 ms, with what this process knows and the rest estimated.
/// The first process gets the run, the others get `None`.
///
/// # Errors
/// When the other processes are not there, search something else, or are lost on the way; when a
/// worker panics.
///
/// # Panics
/// In a worker, which is an error here: when there is no memory even for an empty table.
pub fn run_among(
    arrangement: &Arrangement,
    names: (&str, &str),
    world: &World,
    properties: &[&'static Property],
    options: Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<Run>, Error> {
    let started = now();
    let ids: Vec<&str> = properties.iter().map(|property| property.id).collect();
    let (version, bounds) = (env!("CARGO_PKG_VERSION"), bounds_text(options));
    let job = Job::new(
        format!("`{}` in `{}`", names.0, names.1),
        &format!("{version} {bounds} {ids:?} {world:?}"),
    );
    let space = Packed::new(world, properties, (false, None));
    let names = (names.0.to_owned(), names.1.to_owned());
    let threads = arrangement.threads;
    let runs = dataflow::execute(arrangement, &job, progress, move |peer, sender| {
        let mut told = Duration::ZERO;
        let (peers, tells) = (peer.peers() as u64, peer.index() % threads == 0);
        let sender: Sender<Progress> = sender.clone();
        let met = Rc::new(Cell::new(NONE));
        let beats = Rc::clone(&met);
        let beat = move |s: Snapshot| {
            let elapsed = started.elapsed();
            if tells && elapsed > told + Duration::from_millis(50) {
                told = elapsed;
                // Nobody listens any more only when the process ends.
                let _ = sender.send(Progress {
                    states_unique: s.states * peers,
                    depth: u64::from(s.level),
                    seconds: elapsed.as_secs_f64(),
                    far: None,
                });
            }
            let met = if s.transitions.saturating_mul(peers) > options.transitions_max as u64 {
                TRANSITIONS
            } else if elapsed > Duration::from_secs(options.seconds_max) {
                SECONDS
            } else {
                return true;
            };
            beats.set(met);
            false
        };
        let bounds = Bounds {
            memory_max: options.memory_max / threads as u64,
            beat: Box::new(beat),
        };
        let member = Parts::new(space.clone(), peer.peers());
        let found = search(peer, member, bounds).expect("memory for an empty table");
        let names = (names.0.as_str(), names.1.as_str());
        let seconds_max = Duration::from_secs(options.seconds_max);
        let mut beat = || started.elapsed() <= seconds_max;
        let all_met = peer.to_first(&[met.get()]);
        let mut run = tell(peer, found, names, options, &mut beat)?;
        run.seconds = started.elapsed().as_secs_f64();
        if !run.frontier_empty || run.unfinished.is_some() {
            run.unfinished = Some(reason(options, run.seconds, &all_met.concat()));
        }
        Some(run)
    })?;
    Ok(runs.into_iter().next().flatten())
}

/// As [`run_among`], in this process alone.
///
/// # Panics
/// When a worker panics.
pub(crate) fn run(
    names: (&str, &str),
    world: &World,
    properties: &[&'static Property],
    options: Options,
    progress: &mut dyn FnMut(Progress),
) -> Run {
    let alone = Arrangement::alone(options.threads);
    match run_among(&alone, names, world, properties, options, progress) {
        Ok(Some(run)) => run,
        Ok(None) => panic!("the first worker brings no run"),
        Err(error) => panic!("{error}"),
    }
}

/// The bound that a worker has met: none, or one of these.
const NONE: u64 = 0;
const TRANSITIONS: u64 = 1;
const SECONDS: u64 = 2;

/// The bound that ended a search, by those that its workers have met; memory, if no other did.
fn reason(options: Options, seconds: f64, met: &[u64]) -> Unfinished {
    let seconds_max = Duration::from_secs(options.seconds_max).as_secs_f64();
    if met.contains(&TRANSITIONS) {
        Unfinished::Transitions(options.transitions_max as u64)
    } else if met.contains(&SECONDS) || seconds >= seconds_max {
        Unfinished::Seconds(options.seconds_max)
    } else {
        Unfinished::Memory(options.memory_max)
    }
}

/// The bounds that all processes must share.
fn bounds_text(options: Options) -> String {
    let Options {
        transitions_max,
        seconds_max,
        ending_stories,
        ..
    } = options;
    format!("{transitions_max} {seconds_max} {ending_stories}")
}

/// What all workers have found, with its stories; the first worker tells it.
fn tell(
    peer: &mut Peer<'_>,
    mut found: Found<Parts<Packed>>,
    names: (&str, &str),
    options: Options,
    beat: &mut dyn FnMut() -> bool,
) -> Option<Run> {
    assert!(!found.is_garbled, "a worker sent what is no state");
    let words = write(&mut found);
    let workers = peer.to_first(&words);
    let is_first = peer.index() == 0;
    let sum = is_first.then(|| add_up(&mut found, &workers).expect("what workers have written"));
    let firsts = sum.as_ref().map(|sum| firsts(sum, options.ending_stories));
    let firsts = firsts.unwrap_or_default();
    let goals: Vec<Goal<Numbers>> = firsts
        .iter()
        .flatten()
        .cloned()
        .map(|(goal, _)| goal)
        .collect();
    let ways = ways(peer, &mut found, &goals).expect("what workers have written");
    let wanted = sum.as_ref().map_or(0, |sum| wanted(&found, sum, options));
    let levels = gather(peer, &mut found, wanted).expect("what workers have written");
    let mut sum = sum?;
    let mut ways = ways.into_iter();
    let world = &found.member.model().world;
    let mut stories: Vec<Option<Counterexample>> = firsts
        .iter()
        .map(|first| story(world, first.as_ref()?, &ways.next()?))
        .collect();
    let mut endings = stories.split_off(sum.findings.broken.len()).into_iter();
    let still = sum.findings.still.iter_mut().flatten();
    for (place, _) in still.flat_map(|first| &mut first.keys) {
        let s = sum.states[usize::try_from(*place).unwrap_or(usize::MAX)];
        *place = found.member.key(&s)?;
    }
    let (space, worker) = found.member.into_space();
    let endless = if levels.is_empty() {
        unknown(&space.model, &sum.findings)
    } else {
        let memory_max = options.memory_max.saturating_sub(levels.bytes());
        let ground = Ground {
            space: &space,
            levels: &levels,
            memory_max,
        };
        let workers = vec![worker];
        endless_runs(&mut Teller { ground, workers }, &sum.findings, beat)
    };
    let is_known = !endless.iter().any(|run| matches!(run, Endless::Unknown));
    Some(Run {
        design: names.0.to_owned(),
        scenario: names.1.to_owned(),
        verdicts: verdicts(
            &space.model,
            &sum.findings,
            sum.is_complete,
            stories,
            endless,
        ),
        symmetry: false,
        partial_order: false,
        unfinished: (!is_known).then_some(Unfinished::Memory(options.memory_max)),
        states_unique: sum.expanded,
        transitions: sum.transitions,
        depth: u64::from(sum.level),
        frontier_empty: sum.is_complete,
        coverage: coverage(&space.model.world, &sum.findings),
        faults_unused: faults_unused(&space.model.world, &sum.findings),
        endings: sum
            .findings
            .endings
            .keys()
            .map(|&ending| (ending, endings.next().flatten()))
            .collect(),
        seconds: 0.0,
    })
}

/// How many levels the first worker needs to look for loops in; none if there is nothing to look
/// for, or no memory.
fn wanted(found: &Found<Parts<Packed>>, sum: &Sum, options: Options) -> u32 {
    let properties = found.member.model().properties.iter();
    let mut concerned = properties.zip(&sum.findings.concerned);
    let any = concerned.any(|(p, &concerned)| concerned && matches!(p.claim, Claim::LeadsTo(_)));
    // Keys twice while they are sorted by level.
    let bytes = 16 * sum.expanded + found.member.bytes();
    if any && sum.is_complete && bytes <= options.memory_max {
        sum.level + 1
    } else {
        0
    }
}

/// Where loops were not looked for.
fn unknown(model: &Packed, findings: &Findings) -> Vec<Endless> {
    let concerned = model.properties.iter().zip(&findings.concerned);
    concerned
        .map(|(property, &concerned)| match property.claim {
            Claim::LeadsTo(_) if concerned => Endless::Unknown,
            Claim::LeadsTo(_) | Claim::Always(_) | Claim::NeverStep(_) | Claim::AtEnd(_) => {
                Endless::None
            }
        })
        .collect()
}

/// States to be reached, with the step out of each that is wanted, if one is.
type Wanted = (Goal<Numbers>, Vec<Option<u16>>);

/// What a story is wanted for: each property, then each ending.
fn firsts(sum: &Sum, ending_stories: bool) -> Vec<Option<Wanted>> {
    let endings = sum.findings.endings.values().filter(|_| ending_stories);
    let all = sum.findings.broken.iter().chain(endings);
    let wanted = |first: &First| {
        let state = |&(place, _): &(u64, Option<u16>)| {
            sum.states[usize::try_from(place).unwrap_or(usize::MAX)]
        };
        let goal = Goal {
            level: first.level,
            states: first.keys.iter().map(state).collect(),
        };
        (goal, first.keys.iter().map(|&(_, step)| step).collect())
    };
    all.map(|first| first.as_ref().map(wanted)).collect()
}

/// The story along `way`, and by the lowest wanted step out of its last state.
fn story(world: &World, (goal, steps): &Wanted, way: &Way<Numbers>) -> Option<Counterexample> {
    let is_last = |s: &Numbers| way.last().is_none_or(|(_, last)| last == s);
    let last = goal.states.iter().zip(steps).filter(|(s, _)| is_last(s));
    let last = last.filter_map(|(_, step)| *step).min();
    let mut at = world.initial();
    let mut told = Vec::new();
    for number in way.iter().map(|&(step, _)| step).chain(last) {
        let step = world.steps()[usize::from(number)];
        at = step.apply(world, &at)?;
        told.push((step, at));
    }
    Some(Counterexample {
        initial: world.initial(),
        steps: told,
        loop_from: None,
    })
}
