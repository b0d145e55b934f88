//! What one thread does on a level.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};

use crate::space::Space;
use crate::visited::{Inserted, SHARDS, Slot, View};

/// Insertions under way at once: the time between asking for a slot and looking at it.
const RING: usize = 32;

/// What one thread brings back.
pub(super) struct Haul {
    pub(super) next: Vec<u64>,
    pub(super) postponed: Vec<(u64, u64)>,
    pub(super) added: [u32; SHARDS],
    pub(super) transitions: u64,
    pub(super) expanded: u64,
}

impl Haul {
    fn bytes(&self) -> u64 {
        (self.next.capacity() * 8 + self.postponed.capacity() * 16) as u64
    }
}

/// What all threads look at.
pub(super) struct Shared<'a> {
    pub(super) chunks: Vec<&'a [u64]>,
    pub(super) taken: AtomicUsize,
    pub(super) room: Vec<AtomicU32>,
    pub(super) pause: AtomicBool,
    pub(super) stop: AtomicBool,
    pub(super) states: AtomicU64,
    pub(super) transitions: AtomicU64,
    pub(super) expanded: AtomicU64,
    /// In use, about, and how many may be.
    pub(super) bytes: AtomicU64,
    pub(super) bytes_max: u64,
}

/// One thread's part of a round.
pub(super) fn work<S: Space, T: Slot>(
    space: &S,
    worker: &mut S::Worker,
    level: u32,
    view: &View<'_, T>,
    shared: &Shared<'_>,
    mut beat: impl FnMut() -> bool,
) -> Haul {
    let mut haul = Haul {
        next: Vec::new(),
        postponed: Vec::new(),
        added: [0; SHARDS],
        transitions: 0,
        expanded: 0,
    };
    let mut told = [0; SHARDS];
    let mut told_bytes = space.worker_bytes(worker);
    while !shared.pause.load(Relaxed) && !shared.stop.load(Relaxed) {
        let number = shared.taken.fetch_add(1, Relaxed);
        let Some(chunk) = shared.chunks.get(number) else {
            break;
        };
        let (states, transitions) = (haul.next.len(), haul.transitions);
        expand_chunk(space, worker, level, view, chunk, &mut haul);
        haul.expanded += chunk.len() as u64;
        shared.expanded.fetch_add(chunk.len() as u64, Relaxed);
        shared
            .states
            .fetch_add((haul.next.len() - states) as u64, Relaxed);
        shared
            .transitions
            .fetch_add(haul.transitions - transitions, Relaxed);
        for (i, room) in shared.room.iter().enumerate() {
            let added = haul.added[i] - told[i];
            if added > 0 && room.fetch_sub(added, Relaxed) <= added {
                shared.pause.store(true, Relaxed);
            }
        }
        told = haul.added;
        let bytes = space.worker_bytes(worker) + haul.bytes();
        if bytes > told_bytes {
            let all = shared.bytes.fetch_add(bytes - told_bytes, Relaxed);
            if all + bytes - told_bytes > shared.bytes_max {
                shared.pause.store(true, Relaxed);
            }
            told_bytes = bytes;
        }
        if !haul.postponed.is_empty() {
            shared.pause.store(true, Relaxed);
        }
        if !beat() {
            shared.stop.store(true, Relaxed);
        }
    }
    haul
}

/// Expands `chunk`. A key is looked for only [`RING`] insertions after its slot was asked for.
#[inline]
fn expand_chunk<S: Space, T: Slot>(
    space: &S,
    worker: &mut S::Worker,
    level: u32,
    view: &View<'_, T>,
    chunk: &[u64],
    haul: &mut Haul,
) {
    let mut ring = [(0, 0); RING];
    let mut asked = 0;
    let mut transitions = 0;
    let Haul {
        next,
        postponed,
        added,
        ..
    } = haul;
    let mut insert = |(mixed, key): (u64, u64)| match view.insert(mixed) {
        (Inserted::New, shard) => {
            added[shard] += 1;
            next.push(key);
        }
        (Inserted::Old, _) => {}
        (Inserted::Full, _) => postponed.push((mixed, key)),
    };
    for &from in chunk {
        space.expand(worker, level, from, &mut |_, key| {
            transitions += 1;
            let mixed = view.mixed(key);
            view.prefetch(mixed);
            let place = &mut ring[asked % RING];
            if asked >= RING {
                insert(*place);
            }
            *place = (mixed, key);
            asked += 1;
        });
    }
    for i in asked.saturating_sub(RING)..asked {
        insert(ring[i % RING]);
    }
    haul.transitions += transitions;
}
