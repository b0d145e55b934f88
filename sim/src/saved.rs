//! A search of the engine of packed states that survives its process: what is written beside the
//! engine's own files, when, and how it is read back.

mod about;
mod findings;

use std::path::Path;
use std::time::Duration;

pub use engine::checkpoint::Error;
use engine::checkpoint::{self, Checkpoint};
use engine::parted::Worker;
use engine::{Levels, Parted, Search, Snapshot, Stop};
use serde::{Deserialize, Serialize};

use crate::batch::Job;
use crate::checker::{Options, now};
use crate::packed::{Findings, Packed};
use crate::partial_order::PartialOrder;
use crate::scenario_file::Named;

type Space = Parted<Packed>;

/// What of the options goes on after a resume, unless the user says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// [`Options::transitions_max`]
    pub transitions_max: usize,
    /// [`Options::seconds_max`], of each process.
    pub seconds_max: u64,
    /// [`Options::threads`]
    pub threads: usize,
    /// [`Options::memory_max`], if it was given.
    pub memory_max: Option<u64>,
    /// [`Options::symmetry`]: a resume keeps it.
    pub symmetry: bool,
    /// Whether [`Options::partial_order`] is on: a resume keeps it.
    pub partial_order: bool,
    /// Seconds between two checkpoints.
    pub every: u64,
}

impl Bounds {
    fn partial_order(self) -> Option<PartialOrder> {
        self.partial_order.then_some(PartialOrder::ON)
    }
}

/// A search that is written to a directory on the way.
pub struct Saving<'a> {
    checkpoint: Option<Checkpoint>,
    /// What was read, until the search is filled with it.
    saved: Option<checkpoint::Saved>,
    bounds: Bounds,
    /// When it was last written.
    last: Option<Duration>,
    /// What was found when the frontier was, and the transitions until then.
    settled: (Findings, u64),
    /// Levels that are whole, the frontier included.
    levels: usize,
    failing: bool,
    warn: Box<dyn FnMut(&str) + Send + 'a>,
}

impl std::fmt::Debug for Saving<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Saving")
            .field("checkpoint", &self.checkpoint)
            .field("bounds", &self.bounds)
            .finish_non_exhaustive()
    }
}

/// A search read back, to be gone on with.
#[derive(Debug)]
pub struct Resumed {
    /// What is searched.
    pub job: Job,
    /// Its scenario.
    pub scenario: Named,
    /// Its bounds.
    pub bounds: Bounds,
    saved: checkpoint::Saved,
}

/// Begins to save a search of `job`, whose scenario is `scenario`, to `directory`.
///
/// # Errors
/// When the directory cannot be made or has a checkpoint already: [`is_of`] tells of which search.
pub fn begin<'a>(
    directory: &Path,
    job: &Job,
    scenario: &Named,
    bounds: Bounds,
    warn: impl FnMut(&str) + Send + 'a,
) -> Result<Saving<'a>, Error> {
    let checkpoint = Checkpoint::begin(directory, about::about(job, scenario))?;
    Ok(Saving {
        checkpoint: Some(checkpoint),
        ..Saving::new(None, bounds, Box::new(warn))
    })
}

/// Whether the checkpoint in `directory` is of a search of `job`.
///
/// # Errors
/// When there is none, or its manifest is damaged.
pub fn is_of(directory: &Path, job: &Job, scenario: &Named) -> Result<bool, Error> {
    Ok(checkpoint::peek(directory)? == about::about(job, scenario))
}

/// Reads the checkpoint in `directory` back.
///
/// # Errors
/// When it is damaged, or of a program that searches otherwise, or larger than `memory_max` bytes.
pub fn open(directory: &Path, memory_max: u64) -> Result<Resumed, Error> {
    let saved = checkpoint::Saved::open(directory, memory_max)?;
    let (job, scenario) = about::read(&saved)?;
    let bounds = findings::bounds(&saved)?;
    let reductions = (bounds.symmetry, bounds.partial_order());
    let packed = Packed::new(&job.world, &job.properties, reductions);
    saved.check(&packed)?;
    about::compare_first_levels(&saved, packed)?;
    Ok(Resumed {
        job,
        scenario,
        bounds,
        saved,
    })
}

impl Resumed {
    /// Goes on, with these bounds.
    pub fn saving<'a>(self, bounds: Bounds, warn: impl FnMut(&str) + Send + 'a) -> Saving<'a> {
        Saving::new(Some(self.saved), bounds, Box::new(warn))
    }
}

impl<'a> Saving<'a> {
    fn new(
        saved: Option<checkpoint::Saved>,
        bounds: Bounds,
        warn: Box<dyn FnMut(&str) + Send + 'a>,
    ) -> Saving<'a> {
        Saving {
            checkpoint: None,
            saved,
            bounds,
            last: None,
            settled: (Findings::default(), 0),
            levels: 0,
            failing: false,
            warn,
        }
    }

    /// Nothing is saved.
    pub(crate) fn off() -> Saving<'static> {
        let bounds = Bounds {
            transitions_max: 0,
            seconds_max: 0,
            threads: 1,
            memory_max: None,
            symmetry: false,
            partial_order: false,
            every: 0,
        };
        Saving::new(None, bounds, Box::new(|_| {}))
    }

    /// States on the levels that are known already.
    pub(crate) fn sizes(&self) -> &[u64] {
        self.saved.as_ref().map_or(&[], checkpoint::Saved::sizes)
    }

    /// The keys of `space` become those of the checkpoint, if there is one.
    pub(crate) fn number(&mut self, space: &mut Space) -> bool {
        if let Some(saved) = &mut self.saved {
            saved.number(space);
        }
        self.saved.is_some()
    }

    /// A search that is as far as the checkpoint, if there is one.
    ///
    /// # Errors
    /// When it takes more memory than there is, or than `bounds` allow.
    pub(crate) fn fill<'s>(
        &mut self,
        space: &'s Space,
        bounds: engine::Options,
    ) -> Option<Result<Search<'s, Space>, Error>> {
        let saved = self.saved.take()?;
        let states = saved.sizes().iter().sum();
        let notes = saved.notes().clone();
        let filled = Search::empty(space, bounds)
            .map_err(|_| Error::Memory { states })
            .and_then(|mut search| {
                self.checkpoint = Some(saved.fill(&mut search)?);
                self.settled.1 = search.snapshot().transitions;
                let worker = &mut search.workers[0];
                self.settled.0 = findings::read(&notes, space, worker);
                Ok(search)
            });
        Some(filled)
    }

    /// Expands level after level, and saves what it has found when that is due.
    pub(crate) fn run(
        &mut self,
        search: &mut Search<'_, Space>,
        heartbeat: &mut dyn FnMut(Snapshot) -> bool,
    ) -> Stop {
        if self.settled.0.taken.is_empty() {
            self.settled.0 = engine::parted::Model::judge(&search.space().model);
        }
        let started = now();
        self.last = None;
        let every = Duration::from_secs(self.bounds.every);
        while !search.is_complete() {
            self.levels = search.sizes().len();
            let elapsed = started.elapsed();
            if self.last.is_none_or(|last| elapsed >= last + every) {
                self.save(search);
                self.last = Some(elapsed);
            }
            let stop = search.expand_level(heartbeat);
            if stop != Stop::Complete {
                return stop;
            }
            if search.space().has_overflowed() {
                return Stop::Asked;
            }
            self.settle(search);
        }
        Stop::Complete
    }

    /// Puts together what the threads have found up to the end of a level.
    fn settle(&mut self, search: &mut Search<'_, Space>) {
        let space = search.space();
        for worker in &mut search.workers {
            let fresh = engine::parted::Model::judge(&space.model);
            let found = std::mem::replace(&mut worker.judge, fresh);
            self.settled.0.merge(found);
        }
        self.settled.1 = search.snapshot().transitions;
    }

    fn save(&mut self, search: &Search<'_, Space>) {
        let Some(checkpoint) = &mut self.checkpoint else {
            return;
        };
        if !checkpoint.is_behind(search) {
            return;
        }
        let notes = findings::write(&self.settled.0, self.bounds);
        let done = checkpoint.save(search, self.settled.1, notes);
        if let (Err(error), false) = (&done, self.failing) {
            let every = self.bounds.every;
            (self.warn)(&format!(
                "warning: no checkpoint could be written, the search goes on\n   \
                 = note: {error}\n   \
                 = help: the last one stays valid; the next is tried after {every} s"
            ));
        }
        self.failing = done.is_err();
    }

    /// What `search` has found up to the last complete level, in wider keys of `space`; then a
    /// search can go on there.
    pub(crate) fn widen(
        &mut self,
        space: &mut Space,
        (levels, workers): (&mut Levels, &mut [Worker<Packed>]),
    ) {
        levels.truncate(self.levels);
        let mut old = engine::Space::worker(space);
        space.widen(workers);
        let keys = self.settled.0.keys_mut().chain(levels.keys_mut());
        for key in keys {
            *key = space.translate(&mut old, &mut workers[0], *key);
        }
        if let Some(checkpoint) = &mut self.checkpoint {
            checkpoint.restart();
        }
    }

    /// Transitions seen on the way to the last complete level.
    pub(crate) fn transitions(&self) -> u64 {
        self.settled.1
    }

    /// The search has ended, for whatever reason: its last level is saved. Brings what was found
    /// up to that.
    pub(crate) fn finish(&mut self, search: &Search<'_, Space>) -> Findings {
        self.save(search);
        std::mem::take(&mut self.settled.0)
    }
}

/// The options of a search within `bounds`.
#[must_use]
pub fn options(bounds: Bounds, memory_available: u64) -> Options {
    Options {
        engine: crate::checker::Engine::Packed,
        transitions_max: bounds.transitions_max,
        seconds_max: bounds.seconds_max,
        threads: bounds.threads,
        symmetry: bounds.symmetry,
        partial_order: bounds.partial_order(),
        memory_max: bounds.memory_max.unwrap_or(memory_available),
        ..Options::default()
    }
}
