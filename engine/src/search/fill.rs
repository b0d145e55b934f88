//! A search that is filled with what an earlier one has found.

use std::io::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicU32, AtomicU64};

use super::{Options, Search};
use crate::space::Space;
use crate::visited::{Inserted, SHARDS, Slot, Visited};

/// A slot is asked for this many keys before it is looked at.
const AHEAD: usize = 16;

impl<S: Space> Search<'_, S> {
    /// Takes `keys` as the next level, found by an earlier search: what was the frontier counts as
    /// expanded. An empty level after the last one says that the earlier search was complete.
    ///
    /// # Errors
    /// Of the kind `OutOfMemory`, when more is needed than the options allow or the system gives.
    pub fn resume_level(&mut self, keys: Vec<u64>) -> Result<()> {
        if self.visited.is_narrow() {
            self.fill::<AtomicU32>(&keys)?;
        } else {
            self.fill::<AtomicU64>(&keys)?;
        }
        self.snapshot.expanded = self.snapshot.states;
        self.snapshot.states += keys.len() as u64;
        self.next = vec![keys];
        self.turn();
        Ok(())
    }

    /// Transitions that the earlier search has seen on the way to its last level.
    pub fn resume_transitions(&mut self, transitions: u64) {
        self.snapshot.transitions = transitions;
    }

    fn fill<T: Slot>(&mut self, keys: &[u64]) -> Result<()> {
        let mut left = keys;
        while !left.is_empty() {
            let room = self.visited.room();
            let view = self.visited.view::<T>();
            let mut added = [0; SHARDS];
            let mut full = None;
            let mut done = 0;
            for &key in left {
                if let Some(&later) = left.get(done + AHEAD) {
                    view.prefetch(view.mixed(later));
                }
                let mixed = view.mixed(key);
                let (inserted, shard) = view.insert(mixed);
                if inserted == Inserted::Full {
                    full = Some(mixed);
                    break;
                }
                done += 1;
                added[shard] += u32::from(inserted == Inserted::New);
                if added[shard] >= room[shard] {
                    break;
                }
            }
            drop(view);
            left = &left[done..];
            if let Some(mixed) = full {
                self.visited.mark_full(mixed);
            }
            if self.visited.count(&added, full.is_some()) {
                let Options {
                    threads,
                    memory_max,
                    ..
                } = self.options;
                let taken = self.bytes() + keys.len() as u64 * 8;
                let spare = memory_max.saturating_sub(taken);
                if self.visited.growth(threads, spare) > spare {
                    return Err(Error::from(ErrorKind::OutOfMemory));
                }
                self.visited.grow(threads, spare)?;
            }
        }
        Ok(())
    }
}

/// Puts one key in, letting the table grow as it must; whether it is new.
pub(crate) fn insert_one<T: Slot>(visited: &mut Visited, key: u64) -> Result<bool> {
    loop {
        let view = visited.view::<T>();
        let mixed = view.mixed(key);
        let (inserted, shard) = view.insert(mixed);
        match inserted {
            Inserted::Old => return Ok(false),
            Inserted::New => {
                let mut added = [0; SHARDS];
                added[shard] = 1;
                if visited.count(&added, false) {
                    visited.grow(1, 0)?;
                }
                return Ok(true);
            }
            Inserted::Full => {
                visited.mark_full(mixed);
                visited.grow(1, 0)?;
            }
        }
    }
}
