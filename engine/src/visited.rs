//! The set of states that were found: exact, shared by all threads, 7 or 14 bytes a state.
//!
//! *Exact*: a key is mixed by a bijection on its bits, so two keys never share a place. In the
//! *narrow* table a slot has 32 bits: where it stands tells the upper bits of the mixed key, the
//! lower bits and the distance from home stand in it (Cleary's quotienting). In the *wide* table a
//! slot holds the whole mixed key. Nothing is ever dropped: an insertion that finds no place says
//! so and is repeated after the table has grown.
//!
//! *Shared*: slots are atomic and go from empty to full once; a compare-and-exchange decides who
//! was first. No lock is taken.
//!
//! *Growing*: the upper four bits choose one of 16 shards. A small table is one piece of memory and
//! grows as a whole, fourfold where memory is plenty. In a large one each shard has its own piece;
//! they double two by two, at loads spread from 0.42 to 0.80, so the whole table grows smoothly:
//! 1.7 slots a state at any time, and never a second copy of more than one shard for each thread.

mod shard;
mod slot;

use std::io::Result;
use std::sync::atomic::{AtomicU32, AtomicU64};

use memmap2::MmapMut;
pub(crate) use shard::Inserted;
use shard::{Shard, ShardView, fresh};
pub(crate) use slot::Slot;

use crate::prefetch::prefetch;

/// Bits of a mixed key that choose the shard.
const SHARD_BITS: u32 = 4;
/// Number of shards.
pub(crate) const SHARDS: usize = 1 << SHARD_BITS;
/// Bits that a narrow slot leaves for what its place does not tell.
const NARROW_REST: u32 = 24;
/// Slots of a fresh shard, as a power of two.
const FRESH: u32 = 10;
/// A table of more bytes is not one piece.
const TOGETHER_MAX: u64 = 32 << 20;

/// At how many per mille of its slots each shard of a large table doubles: 800 / 2^(i / 8), each
/// twice.
const LOADS: [u64; SHARDS] = [
    800, 800, 734, 734, 673, 673, 617, 617, 566, 566, 519, 519, 476, 476, 436, 436,
];
/// The same for the shards of a small table.
const LOAD_TOGETHER: u64 = 750;

/// The low bits of `number`, as a place in a list of `mask + 1`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "what a narrow `usize` loses is masked away in any case"
)]
#[inline]
fn place(number: u64, mask: usize) -> usize {
    number as usize & mask
}

/// A bijection on numbers of `bits` bits. Its constants are odd,
/// so that each multiplication can be undone, as can each shift.
#[inline]
fn mix(key: u64, bits: u32) -> u64 {
    let mask = u64::MAX >> (64 - bits);
    let mut x = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) & mask;
    x ^= x >> (bits / 2 + 1);
    x = x.wrapping_mul(0xD6E8_FEB8_6659_FD93) & mask;
    x ^ (x >> (bits / 2 + 1))
}

/// The set.
#[derive(Debug)]
pub(crate) struct Visited {
    bits: u32,
    narrow: bool,
    memory: Memory,
    shards: [Shard; SHARDS],
}

/// Where the slots are.
#[derive(Debug)]
enum Memory {
    /// Shard behind shard, all of one size.
    Together(MmapMut),
    Apart(Vec<MmapMut>),
}

/// The set while several threads insert.
#[derive(Debug)]
pub(crate) struct View<'a, T> {
    bits: u32,
    shards: Vec<ShardView<'a, T>>,
}

impl<T: Slot> View<'_, T> {
    /// The mixed key, by which all else goes.
    #[inline]
    pub(crate) fn mixed(&self, key: u64) -> u64 {
        mix(key, self.bits)
    }

    #[inline]
    fn place(&self, mixed: u64) -> (usize, u64) {
        let within_bits = self.bits - SHARD_BITS;
        let shard = place(mixed >> within_bits, SHARDS - 1);
        (shard, mixed & !(u64::MAX << within_bits))
    }

    /// Asks the processor to bring what [`View::insert`] will look at.
    #[inline]
    pub(crate) fn prefetch(&self, mixed: u64) {
        let (shard, within) = self.place(mixed);
        prefetch(self.shards[shard].home(within));
    }

    /// Puts a mixed key in; also tells its shard.
    #[inline]
    pub(crate) fn insert(&self, mixed: u64) -> (Inserted, usize) {
        let (number, within) = self.place(mixed);
        (self.shards[number].insert(within), number)
    }
}

impl Memory {
    /// Shards of this many slots each, as powers of two.
    fn new(logs: &[u32; SHARDS], width: usize) -> Result<Memory> {
        let bytes: u64 = logs.iter().map(|log| (width as u64) << log).sum();
        let is_even = logs.iter().all(|log| *log == logs[0]);
        if is_even && bytes <= TOGETHER_MAX {
            return Ok(Memory::Together(fresh((width * SHARDS) << logs[0])?));
        }
        let maps = logs.iter().map(|log| fresh(width << log));
        Ok(Memory::Apart(maps.collect::<Result<_>>()?))
    }

    /// The shards, of keys that have this many bits within their shard.
    fn views<T: Slot>(&mut self, within_bits: u32) -> Vec<ShardView<'_, T>> {
        let pieces: Vec<&mut [u8]> = match self {
            Memory::Together(map) => {
                let each = map.len() / SHARDS;
                map.chunks_exact_mut(each).collect()
            }
            Memory::Apart(maps) => maps.iter_mut().map(|map| &mut map[..]).collect(),
        };
        let pieces = pieces.into_iter();
        pieces
            .map(|piece| ShardView::new(T::slots(piece), within_bits))
            .collect()
    }

    fn bytes(&self) -> u64 {
        match self {
            Memory::Together(map) => map.len() as u64,
            Memory::Apart(maps) => maps.iter().map(|map| map.len() as u64).sum(),
        }
    }
}

impl Visited {
    /// An empty set of keys of `bits` bits, that takes `expected` keys before it grows.
    ///
    /// # Errors
    /// When the system gives no memory.
    pub(crate) fn new(bits: u32, expected: u64) -> Result<Visited> {
        let within = bits - SHARD_BITS;
        // With few states a narrow table would begin larger than it need be.
        let narrow = within <= NARROW_REST + 20;
        let needed = if narrow {
            within.saturating_sub(NARROW_REST)
        } else {
            0
        };
        let least = needed.max(FRESH);
        // Keys are spread evenly, but not exactly so.
        let each = expected / SHARDS as u64 * 101 / 100;
        let log = |load: u64| {
            let slots = (each * 1000 / load).checked_next_power_of_two();
            slots.map_or(least, |slots| least.max(slots.trailing_zeros()))
        };
        let width = width(narrow);
        let together = log(LOAD_TOGETHER);
        let is_small = ((width * SHARDS) as u64) << together <= TOGETHER_MAX;
        let loads = loads(is_small);
        let shards = loads.map(|load_max| Shard::new(log(load_max), load_max));
        Ok(Visited {
            bits,
            narrow,
            memory: Memory::new(&shards.each_ref().map(|s| s.log), width)?,
            shards,
        })
    }

    /// Whether its slots have 32 bits.
    pub(crate) fn is_narrow(&self) -> bool {
        self.narrow
    }

    /// The set for several threads.
    pub(crate) fn view<T: Slot>(&mut self) -> View<'_, T> {
        View {
            bits: self.bits,
            shards: self.memory.views(self.bits - SHARD_BITS),
        }
    }

    /// Counts keys that were put in, by shard; `true` if one of these shards has to grow.
    pub(crate) fn count(&mut self, added: &[u32; SHARDS], full: bool) -> bool {
        for (shard, n) in self.shards.iter_mut().zip(added) {
            shard.len += u64::from(*n);
        }
        full || self.shards.iter().any(Shard::is_due)
    }

    /// How many more keys each shard takes before it has to grow.
    pub(crate) fn room(&self) -> [u32; SHARDS] {
        self.shards.each_ref().map(Shard::room)
    }

    /// The shard in which this mixed key found no place must grow.
    pub(crate) fn mark_full(&mut self, mixed: u64) {
        let shard = place(mixed >> (self.bits - SHARD_BITS), SHARDS - 1);
        self.shards[shard].full = true;
    }

    /// By how many powers of two a table that is one piece grows: by more where that is little
    /// beside the `spare` bytes.
    fn leap(&self, spare: u64) -> u32 {
        if self.memory.bytes() * 4 <= TOGETHER_MAX.min(spare / 4) {
            2
        } else {
            1
        }
    }

    /// Bytes that growing on `threads` threads would need at once, beyond those it has: what is
    /// moved is there twice, old and new.
    pub(crate) fn growth(&self, threads: usize, spare: u64) -> u64 {
        let Memory::Apart(maps) = &self.memory else {
            return self.memory.bytes() << self.leap(spare);
        };
        let due = self.shards.iter().zip(maps);
        let due = due.filter(|(shard, _)| shard.is_nearly_due());
        let more: u64 = due.map(|(_, map)| map.len() as u64).sum();
        let largest = maps.iter().map(|map| map.len() as u64).max();
        more + largest.unwrap_or(0) * threads as u64
    }

    /// Enlarges the table, or the shards that are crowded or full, on `threads` threads; `spare`
    /// bytes may be used.
    ///
    /// # Errors
    /// When the system gives no memory.
    pub(crate) fn grow(&mut self, threads: usize, spare: u64) -> Result<()> {
        let leap = self.leap(spare);
        if self.narrow {
            self.grow_slots::<AtomicU32>(threads, leap)
        } else {
            self.grow_slots::<AtomicU64>(threads, leap)
        }
    }

    fn grow_slots<T: Slot>(&mut self, threads: usize, leap: u32) -> Result<()> {
        let within_bits = self.bits - SHARD_BITS;
        let Memory::Apart(maps) = &mut self.memory else {
            return self.grow_whole::<T>(threads, leap);
        };
        let due = self.shards.iter_mut().zip(maps);
        let due = due.filter(|(shard, _)| shard.is_nearly_due());
        on_threads(threads, due.collect(), |(shard, map)| {
            while shard.is_nearly_due() {
                shard.grow::<T>(map, within_bits)?;
            }
            Ok(())
        })
    }

    /// Lets a table that is one piece grow.
    fn grow_whole<T: Slot>(&mut self, threads: usize, leap: u32) -> Result<()> {
        let within_bits = self.bits - SHARD_BITS;
        let mut log = self.shards[0].log + leap;
        loop {
            let mut new = Memory::new(&[log; SHARDS], size_of::<T>())?;
            let old = self.memory.views::<T>(within_bits);
            let moves = old.into_iter().zip(new.views::<T>(within_bits));
            let found_no_place = AtomicU32::new(0);
            on_threads(threads, moves.collect(), |(old, new)| {
                if !old.move_to(&new) {
                    found_no_place.store(1, std::sync::atomic::Ordering::Relaxed);
                }
                Ok(())
            })?;
            if found_no_place.into_inner() == 1 {
                log += 1;
                continue;
            }
            let loads = loads(matches!(new, Memory::Together(_)));
            for (shard, load_max) in self.shards.iter_mut().zip(loads) {
                let len = shard.len;
                *shard = Shard::new(log, load_max);
                shard.len = len;
            }
            self.memory = new;
            return Ok(());
        }
    }

    /// Bytes of all slots.
    pub(crate) fn bytes(&self) -> u64 {
        self.memory.bytes()
    }
}

/// Bytes of a slot.
fn width(narrow: bool) -> usize {
    if narrow { 4 } else { 8 }
}

fn loads(together: bool) -> [u64; SHARDS] {
    if together {
        [LOAD_TOGETHER; SHARDS]
    } else {
        LOADS
    }
}

/// Does `work` on all `items`, shared out among threads.
fn on_threads<I: Send>(
    threads: usize,
    items: Vec<I>,
    work: impl Fn(I) -> Result<()> + Sync,
) -> Result<()> {
    let each = items.len().div_ceil(threads).max(1);
    let mut items = items.into_iter();
    std::thread::scope(|scope| {
        let work = &work;
        let mut part = || -> Vec<I> { items.by_ref().take(each).collect() };
        let first = part();
        let mut others = Vec::new();
        loop {
            let part = part();
            if part.is_empty() {
                break;
            }
            others.push(scope.spawn(move || part.into_iter().try_for_each(work)));
        }
        let mut done = first.into_iter().try_for_each(work);
        for thread in others {
            match thread.join() {
                Ok(result) => done = done.and(result),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    })
}
