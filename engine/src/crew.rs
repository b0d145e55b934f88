//! Work on many states that are known already, by all threads.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};

use crate::space::Space;

/// Keys that a thread takes at a time.
const CHUNK: usize = 1024;

/// Workers, a thread for each, that look at states of `space`.
#[derive(Debug)]
pub(crate) struct Crew<'a, S: Space> {
    pub(crate) space: &'a S,
    /// At least one.
    pub(crate) workers: &'a mut [S::Worker],
    /// Bytes that may be taken beyond those that the workers have.
    pub(crate) memory_max: u64,
}

impl<S: Space> Crew<'_, S> {
    /// What `each` brings of all `keys`, in no order. `heartbeat` is called after each piece of the
    /// first thread. `None` if it says `false`, or if more memory would be taken than there is.
    pub(crate) fn gather<T: Send>(
        &mut self,
        keys: &[u64],
        heartbeat: &mut dyn FnMut() -> bool,
        each: impl Fn(&mut S::Worker, u64, &mut Vec<T>) + Sync,
    ) -> Option<Vec<T>> {
        let Crew {
            space,
            ref mut workers,
            memory_max,
        } = *self;
        let chunks: Vec<&[u64]> = keys.chunks(CHUNK).collect();
        let (next, stop, taken) = (
            AtomicUsize::new(0),
            AtomicBool::new(false),
            AtomicU64::new(0),
        );
        let work = |worker: &mut S::Worker, beat: &mut dyn FnMut() -> bool| {
            let mut found = Vec::new();
            let mut told = space.worker_bytes(worker);
            while !stop.load(Relaxed) {
                let Some(chunk) = chunks.get(next.fetch_add(1, Relaxed)) else {
                    break;
                };
                for &key in *chunk {
                    each(worker, key, &mut found);
                }
                let bytes = space.worker_bytes(worker) + (found.capacity() * size_of::<T>()) as u64;
                let more = bytes.saturating_sub(told);
                told = told.max(bytes);
                if taken.fetch_add(more, Relaxed) + more > memory_max || !beat() {
                    stop.store(true, Relaxed);
                }
            }
            found
        };
        let helpers = workers.len().min(chunks.len()).saturating_sub(1);
        let (first, others) = workers.split_first_mut()?;
        let found = std::thread::scope(|scope| {
            let work = &work;
            let spawn = |worker| scope.spawn(move || work(worker, &mut || true));
            let others: Vec<_> = others.iter_mut().take(helpers).map(spawn).collect();
            let mut all = work(first, heartbeat);
            for thread in others {
                match thread.join() {
                    Ok(found) => all.extend(found),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            all
        });
        (!stop.load(Relaxed)).then_some(found)
    }
}
