//! One round: the walks of scenarios that were drawn before it, on several threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use model::scenario::Scenario;
use model::world::World;
use properties::waived::Waived;
use properties::walks::Durations;

use super::{Plan, Raw};
use crate::walk::cover::Cover;
use crate::walk::dice::Dice;
use crate::walk::restart;
use crate::walk::schedulers::Strategy;
use crate::walk::walker::{End, Walker};

/// Streams from here on draw next lives.
const RESTARTS: u64 = 1 << 49;

pub(super) struct Job {
    pub(super) name: String,
    pub(super) scenario: Scenario,
    pub(super) first: u64,
    pub(super) count: u64,
}

/// What the walks of one scenario bring.
pub(super) struct Brought {
    pub(super) cover: Cover,
    pub(super) concerned: Vec<u64>,
    pub(super) waived: Vec<Waived>,
    pub(super) broken: Vec<u64>,
    /// For each property the shortest.
    pub(super) raw: Vec<Option<Raw>>,
    pub(super) ends: [u64; 3],
    pub(super) steps: u64,
    pub(super) depth: u64,
    pub(super) durations: Durations,
    /// The server of one of the walks, up again.
    pub(super) again: Option<Scenario>,
}

/// Walks the jobs on the plan's threads; the results keep the order of the jobs.
pub(super) fn walk_all(plan: &Plan, jobs: &[Job]) -> Vec<Brought> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<Brought>>> = Mutex::new(jobs.iter().map(|_| None).collect());
    std::thread::scope(|scope| {
        for _ in 0..plan.threads.clamp(1, jobs.len().max(1)) {
            scope.spawn(|| {
                while let Some((place, job)) = take(jobs, &next) {
                    let brought = walk(plan, job);
                    results.lock().unwrap_or_else(PoisonError::into_inner)[place] = Some(brought);
                }
            });
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.into_iter().flatten().collect()
}

fn take<'a>(jobs: &'a [Job], next: &AtomicUsize) -> Option<(usize, &'a Job)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    jobs.get(place).map(|job| (place, job))
}

pub(super) fn no_durations() -> Durations {
    Durations {
        total_us: Vec::new(),
        waits_us: vec![0; model::steps::STEPS.len()],
    }
}

/// The walks of one scenario.
fn walk(plan: &Plan, job: &Job) -> Brought {
    let world = World::new(plan.design, job.scenario);
    let mut walker = Walker::new(&world, &plan.properties);
    let mut brought = Brought {
        cover: Cover::default(),
        concerned: Vec::new(),
        waived: Vec::new(),
        broken: vec![0; plan.properties.len()],
        raw: vec![None; plan.properties.len()],
        ends: [0; 3],
        steps: 0,
        depth: 0,
        durations: no_durations(),
        again: None,
    };
    let mut stopped = None;
    for number in job.first..job.first + job.count {
        let mut dice = Dice::new(plan.seed, number);
        let drawn = *dice.pick(&Strategy::ALL);
        let strategy = plan.strategy.unwrap_or(drawn);
        let walk = walker.walk(strategy, &mut dice);
        if walk.end == End::Ended {
            stopped = Some(*walker.state());
        }
        brought.steps += walk.steps.len() as u64;
        brought.depth = brought.depth.max(walk.steps.len() as u64);
        brought.ends[match walk.end {
            End::Ended => 0,
            End::Loop => 1,
            End::Undecided => 2,
        }] += 1;
        if let Some(times) = walk.times {
            brought.durations.total_us.push(times.total_us);
            for (step, us) in times.waits {
                let kind = walker.cast().kind[usize::from(step)];
                brought.durations.waits_us[usize::from(kind)] += us;
            }
        }
        for broken in walk.broken {
            let i = broken.property;
            brought.broken[i] += 1;
            let shorter = |raw: &Raw| broken.steps < raw.steps.len();
            if brought.raw[i].as_ref().is_none_or(shorter) {
                brought.raw[i] = Some(Raw {
                    broken,
                    name: job.name.clone(),
                    scenario: job.scenario,
                    steps: walk.steps[..broken.steps].to_vec(),
                    walk: Some(number),
                    strategy: strategy.name().to_owned(),
                });
            }
        }
    }
    let mut dice = Dice::new(plan.seed, RESTARTS + job.first);
    brought.again = stopped.and_then(|end| restart::started_again(&world, &end, &mut dice));
    brought.concerned.clone_from(&walker.concerned);
    brought.waived.clone_from(&walker.waived);
    brought.cover = walker.cover;
    brought
}
