//! Many worlds, each with its own single-threaded search, over a few threads. Results keep the
//! order of the jobs, so that what is printed does not depend on timing.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use model::world::World;
use properties::{Property, Run};

use crate::checker::{self, Options, Progress};

/// One world to explore.
#[derive(Clone, Debug)]
pub struct Job {
    /// Name of the design.
    pub design: String,
    /// Name of the scenario.
    pub scenario: String,
    /// The world.
    pub world: World,
    /// What to judge.
    pub properties: Vec<&'static Property>,
}

/// What a batch tells while it runs.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A job goes on.
    Running(&'a Job, Progress),
    /// A job is done.
    Done(&'a Job, &'a Run),
}

/// Runs all jobs on `threads` threads.
pub fn run_all(
    jobs: &[Job],
    threads: usize,
    options: Options,
    watch: &(dyn Fn(Event<'_>) + Sync),
) -> Vec<Run> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<Run>>> = Mutex::new(jobs.iter().map(|_| None).collect());
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, jobs.len().max(1)) {
            scope.spawn(|| {
                while let Some((place, job)) = take(jobs, &next) {
                    let names = (job.design.as_str(), job.scenario.as_str());
                    let mut progress = |p| watch(Event::Running(job, p));
                    let run =
                        checker::run(names, &job.world, &job.properties, options, &mut progress);
                    watch(Event::Done(job, &run));
                    results.lock().unwrap_or_else(PoisonError::into_inner)[place] = Some(run);
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
