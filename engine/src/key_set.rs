//! A set of keys that one thread fills: the engine's own, for those who search by other means.

use std::sync::atomic::{AtomicU32, AtomicU64};

use crate::search::insert_one;
use crate::visited::{Inserted, SHARDS, Slot, Visited};

/// Insertions under way at once: the time between asking for a slot and looking at it.
const RING: usize = 32;
/// Keys between two looks at whether the table must grow.
const BATCH: usize = 4096;

/// A set of keys, exact; 14 bytes a key, or 7 where keys have at most 48 bits.
#[derive(Debug)]
pub struct KeySet {
    visited: Visited,
}

impl KeySet {
    /// An empty set of keys of `bits` bits, 7 to 63.
    ///
    /// # Errors
    /// When the system gives no memory.
    pub fn new(bits: u32) -> std::io::Result<KeySet> {
        let visited = Visited::new(bits, 0)?;
        Ok(KeySet { visited })
    }

    /// Puts `keys` in, and appends those that were not there to `new`.
    ///
    /// # Errors
    /// When the system gives no memory.
    pub fn insert_all(&mut self, keys: &[u64], new: &mut Vec<u64>) -> std::io::Result<()> {
        for batch in keys.chunks(BATCH) {
            if self.visited.is_narrow() {
                self.insert_batch::<AtomicU32>(batch, new)?;
            } else {
                self.insert_batch::<AtomicU64>(batch, new)?;
            }
        }
        Ok(())
    }

    fn insert_batch<T: Slot>(&mut self, keys: &[u64], new: &mut Vec<u64>) -> std::io::Result<()> {
        let mut added = [0; SHARDS];
        let mut full = Vec::new();
        let view = self.visited.view::<T>();
        for &key in keys.iter().take(RING) {
            view.prefetch(view.mixed(key));
        }
        for (n, &key) in keys.iter().enumerate() {
            if let Some(&ahead) = keys.get(n + RING) {
                view.prefetch(view.mixed(ahead));
            }
            match view.insert(view.mixed(key)) {
                (Inserted::New, shard) => {
                    added[shard] += 1;
                    new.push(key);
                }
                (Inserted::Old, _) => {}
                (Inserted::Full, _) => full.push(key),
            }
        }
        if self.visited.count(&added, false) {
            self.visited.grow(1, u64::MAX)?;
        }
        for key in full {
            if insert_one::<T>(&mut self.visited, key)? {
                new.push(key);
            }
        }
        Ok(())
    }

    /// Bytes in use.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.visited.bytes()
    }
}
