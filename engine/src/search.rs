//! The search: level by level, each level on all threads.
//!
//! A level is complete before the next begins, so the level of a state is its distance from the
//! initial state, whatever the threads do. Within a level, threads take chunks of the frontier in
//! any order; which keys come out, and how many transitions there are, does not depend on it.

mod fill;
mod work;

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};

use crate::levels::Levels;
use crate::space::Space;
use crate::visited::{Slot, Visited};
pub(crate) use fill::insert_one;
use work::{Haul, Shared, work};

/// Keys that a thread takes at a time.
const CHUNK: usize = 512;
/// Frontiers smaller than this are not worth a second thread.
const ALONE: usize = 1024;

/// What a search shall do.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Number of threads, at least 1.
    pub threads: usize,
    /// Keep the keys of all levels, 8 bytes a state: [`Search::into_found`].
    pub keep_levels: bool,
    /// Stop before more than this many bytes are in use.
    pub memory_max: u64,
    /// About how many states there will be, if that is known: then the table need not grow.
    pub states_expected: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            threads: 1,
            keep_levels: true,
            memory_max: u64::MAX,
            states_expected: 0,
        }
    }
}

/// How far a search is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// States found.
    pub states: u64,
    /// States expanded.
    pub expanded: u64,
    /// Transitions seen.
    pub transitions: u64,
    /// The level that is being expanded.
    pub level: u32,
    /// States on it.
    pub frontier: u64,
    /// Bytes in use, about.
    pub bytes: u64,
}

/// Why a search stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Nothing is left to expand.
    Complete,
    /// The caller said so.
    Asked,
    /// More memory would be needed than is allowed, or than the system gives.
    Memory,
}

/// Keys of one level, in no order, as the threads brought them.
pub type Level = Vec<Vec<u64>>;

/// A search under way, or done.
#[derive(Debug)]
pub struct Search<'a, S: Space> {
    space: &'a S,
    options: Options,
    visited: Visited,
    /// The workers, one for each thread, with what they have judged and counted.
    pub workers: Vec<S::Worker>,
    /// The levels before the frontier, if they are kept; with the frontier's chunk boundaries.
    levels: Vec<Level>,
    frontier: Level,
    next: Level,
    /// Where the expansion of the frontier stands: number of chunks done.
    chunks_done: usize,
    sizes: Vec<u64>,
    snapshot: Snapshot,
}

impl<'a, S: Space> Search<'a, S> {
    /// A search of `space` that has found its initial state only.
    ///
    /// # Errors
    /// When the system gives no memory for the table.
    pub fn new(space: &'a S, options: Options) -> std::io::Result<Search<'a, S>> {
        let mut search = Search::empty(space, options)?;
        let initial = space.initial(&mut search.workers[0]);
        search.resume_level(vec![initial])?;
        Ok(search)
    }

    /// A search that goes on behind `levels`, with the workers that an earlier search has left, and
    /// that has seen so many transitions on the way to the last of them.
    ///
    /// # Errors
    /// When it takes more memory than the options allow or the system gives.
    pub fn behind(
        space: &'a S,
        options: Options,
        (levels, workers): (&Levels, Vec<S::Worker>),
        transitions: u64,
    ) -> std::io::Result<Search<'a, S>> {
        let mut search = Search::empty(space, options)?;
        for (place, worker) in search.workers.iter_mut().zip(workers) {
            *place = worker;
        }
        for level in 0..levels.count() {
            search.resume_level(levels.level(level).to_vec())?;
        }
        search.resume_transitions(transitions);
        Ok(search)
    }

    /// The levels found, if they are kept, and the workers, to go on with elsewhere. The table of
    /// visited states is given back.
    #[must_use]
    pub fn into_found(self) -> (Levels, Vec<S::Worker>) {
        drop(self.visited);
        let mut levels = Levels::default();
        levels.reserve(usize::try_from(self.sizes.iter().sum::<u64>()).unwrap_or(0));
        for level in self.levels.into_iter().chain([self.frontier]) {
            if !level.is_empty() {
                levels.push(level.into_iter().flatten());
            }
        }
        (levels, self.workers)
    }

    /// A search that has found nothing yet: to be filled with [`Search::resume_level`].
    ///
    /// # Errors
    /// When the system gives no memory for the table.
    pub fn empty(space: &'a S, options: Options) -> std::io::Result<Search<'a, S>> {
        Ok(Search {
            space,
            options,
            visited: Visited::new(space.key_bits(), options.states_expected)?,
            workers: (0..options.threads.max(1))
                .map(|_| space.worker())
                .collect(),
            levels: Vec::new(),
            frontier: Vec::new(),
            next: Vec::new(),
            chunks_done: 0,
            sizes: Vec::new(),
            snapshot: Snapshot::default(),
        })
    }

    /// The next level becomes the frontier.
    fn turn(&mut self) {
        let mut next = std::mem::take(&mut self.next);
        next.retain(|keys| !keys.is_empty());
        for keys in &mut next {
            keys.shrink_to_fit();
        }
        let before = std::mem::replace(&mut self.frontier, next);
        if self.options.keep_levels && !self.sizes.is_empty() {
            self.levels.push(before);
        }
        self.chunks_done = 0;
        self.snapshot.frontier = self.frontier.iter().map(|keys| keys.len() as u64).sum();
        if self.snapshot.frontier > 0 {
            self.sizes.push(self.snapshot.frontier);
        }
        self.snapshot.level = u32::try_from(self.sizes.len().saturating_sub(1)).unwrap_or(u32::MAX);
    }

    /// Number of states on each level found.
    #[must_use]
    pub fn sizes(&self) -> &[u64] {
        &self.sizes
    }

    /// How far it is.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            bytes: self.bytes(),
            ..self.snapshot
        }
    }

    /// The space.
    #[must_use]
    pub fn space(&self) -> &'a S {
        self.space
    }

    /// The keys of level `n`, if it is kept.
    #[must_use]
    pub fn level(&self, n: u32) -> &Level {
        self.levels.get(n as usize).unwrap_or(&self.frontier)
    }

    /// Whether nothing is left to expand.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.frontier.is_empty()
    }

    fn bytes(&self) -> u64 {
        let keys = |level: &Level| {
            level
                .iter()
                .map(|keys| keys.capacity() as u64 * 8)
                .sum::<u64>()
        };
        let levels: u64 = self.levels.iter().map(keys).sum();
        let space = self.space.bytes(&self.workers);
        self.visited.bytes() + levels + keys(&self.frontier) + keys(&self.next) + space
    }

    /// Expands the frontier to its end. `heartbeat` is called after each chunk of the first thread,
    /// and stops the search by `false`; then it can go on later.
    pub fn expand_level(&mut self, heartbeat: &mut dyn FnMut(Snapshot) -> bool) -> Stop {
        loop {
            let stop = if self.visited.is_narrow() {
                self.round::<std::sync::atomic::AtomicU32>(heartbeat)
            } else {
                self.round::<AtomicU64>(heartbeat)
            };
            if let Some(stop) = stop {
                return stop;
            }
            let chunks: usize = self
                .frontier
                .iter()
                .map(|keys| keys.len().div_ceil(CHUNK))
                .sum();
            if self.chunks_done >= chunks {
                self.turn();
                return Stop::Complete;
            }
        }
    }

    /// Expands level after level until nothing is left.
    pub fn run(&mut self, heartbeat: &mut dyn FnMut(Snapshot) -> bool) -> Stop {
        while !self.is_complete() {
            let stop = self.expand_level(heartbeat);
            if stop != Stop::Complete {
                return stop;
            }
        }
        Stop::Complete
    }

    /// Expands the frontier until its end, or until the table has to grow, and lets it grow.
    fn round<T: Slot>(&mut self, heartbeat: &mut dyn FnMut(Snapshot) -> bool) -> Option<Stop> {
        let snapshot = Snapshot {
            bytes: self.bytes(),
            ..self.snapshot
        };
        let chunks = self.frontier.iter().flat_map(|keys| keys.chunks(CHUNK));
        let shared = Shared {
            chunks: chunks.collect(),
            taken: AtomicUsize::new(self.chunks_done),
            room: self.visited.room().map(AtomicU32::new).into(),
            pause: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            states: AtomicU64::new(snapshot.states),
            transitions: AtomicU64::new(snapshot.transitions),
            expanded: AtomicU64::new(snapshot.expanded),
            bytes: AtomicU64::new(snapshot.bytes),
            bytes_max: self.options.memory_max,
        };
        let (space, level) = (self.space, snapshot.level);
        let view = self.visited.view::<T>();
        let alone = shared.chunks.len() * CHUNK <= ALONE.max(CHUNK);
        let (first, others) = self.workers.split_at_mut(1);
        let others = if alone { &mut [] } else { others };
        let mut beat = || {
            heartbeat(Snapshot {
                states: shared.states.load(Relaxed),
                transitions: shared.transitions.load(Relaxed),
                expanded: shared.expanded.load(Relaxed),
                bytes: shared.bytes.load(Relaxed),
                ..snapshot
            })
        };
        let hauls: Vec<Haul> = std::thread::scope(|scope| {
            let (shared, view) = (&shared, &view);
            let spawned: Vec<_> = others
                .iter_mut()
                .map(|worker| {
                    scope.spawn(move || work(space, worker, level, view, shared, || true))
                })
                .collect();
            let mut hauls = vec![work(space, &mut first[0], level, view, shared, &mut beat)];
            for thread in spawned {
                match thread.join() {
                    Ok(haul) => hauls.push(haul),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            hauls
        });
        let taken = shared.taken.load(Relaxed).min(shared.chunks.len());
        let asked = shared.stop.load(Relaxed);
        self.chunks_done = taken;
        self.gather::<T>(hauls, asked)
    }

    /// Takes what the threads brought, and lets the table grow where it must.
    fn gather<T: Slot>(&mut self, hauls: Vec<Haul>, asked: bool) -> Option<Stop> {
        let mut postponed = Vec::new();
        let mut crowded = false;
        for haul in hauls {
            crowded |= self.visited.count(&haul.added, !haul.postponed.is_empty());
            self.snapshot.transitions += haul.transitions;
            self.snapshot.expanded += haul.expanded;
            self.snapshot.states += haul.next.len() as u64;
            self.next.push(haul.next);
            postponed.extend(haul.postponed);
        }
        for (mixed, _) in &postponed {
            self.visited.mark_full(*mixed);
        }
        let (threads, memory_max) = (self.options.threads, self.options.memory_max);
        let spare = memory_max.saturating_sub(self.bytes());
        if crowded
            && (self.visited.growth(threads, spare) > spare
                || self.visited.grow(threads, spare).is_err())
        {
            return Some(Stop::Memory);
        }
        let mut late = Vec::new();
        for (_, key) in postponed {
            match insert_one::<T>(&mut self.visited, key) {
                Ok(true) => late.push(key),
                Ok(false) => {}
                Err(_) => return Some(Stop::Memory),
            }
        }
        self.snapshot.states += late.len() as u64;
        self.next.push(late);
        if asked {
            return Some(Stop::Asked);
        }
        (self.bytes() > self.options.memory_max).then_some(Stop::Memory)
    }
}
