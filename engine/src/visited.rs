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
//! it grows by half, then by a third, and so on, when 0.8 of it is taken. So there are 1.25 to 1.9
//! slots a state, and never a second copy of more than one shard for each thread.

mod shard;
mod size;
mod slot;

use std::io::Result;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

use memmap2::MmapMut;
pub(crate) use shard::Inserted;
use shard::{Shard, ShardView, bytes, fresh};
use size::Size;
pub(crate) use slot::Slot;

/// Bits of a mixed key that choose the shard.
const SHARD_BITS: u32 = 4;
/// Number of shards.
pub(crate) const SHARDS: usize = 1 << SHARD_BITS;
/// Bits that a narrow slot leaves for what its place does not tell.
const NARROW_REST: u32 = 24;
/// Slots of a fresh shard.
const FRESH: u64 = 1024;
/// A table of more bytes is not one piece.
const TOGETHER_MAX: u64 = 64 << 20;

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
        self.shards[shard].prefetch(within);
    }

    /// Puts a mixed key in; also tells its shard.
    #[inline]
    pub(crate) fn insert(&self, mixed: u64) -> (Inserted, usize) {
        let (number, within) = self.place(mixed);
        (self.shards[number].insert(within), number)
    }
}

impl Memory {
    /// Shards of this size.
    fn new<T>(size: Size) -> Result<Memory> {
        let each = bytes::<T>(size);
        if (each * SHARDS) as u64 <= TOGETHER_MAX {
            return Ok(Memory::Together(fresh(each * SHARDS)?));
        }
        let maps = (0..SHARDS).map(|_| fresh(each));
        Ok(Memory::Apart(maps.collect::<Result<_>>()?))
    }

    /// The slots of each shard.
    fn slots<T: Slot>(&mut self) -> Vec<&[T]> {
        match self {
            Memory::Together(map) => {
                let each = map.len() / SHARDS;
                map.chunks_exact_mut(each).map(T::slots).collect()
            }
            Memory::Apart(maps) => maps.iter_mut().map(|map| T::slots(map)).collect(),
        }
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
        let least = if narrow {
            // So many that what a place does not tell has room in a slot.
            FRESH.max(1 << within.saturating_sub(NARROW_REST))
        } else {
            FRESH
        };
        // Keys are spread evenly, but not exactly so.
        let each = Shard::size_for(expected / SHARDS as u64 * 101 / 100);
        let size = Size::of_at_least(least.max(each.slots()));
        let memory = if narrow {
            Memory::new::<AtomicU32>(size)
        } else {
            Memory::new::<AtomicU64>(size)
        };
        Ok(Visited {
            bits,
            narrow,
            memory: memory?,
            shards: [Shard::new(size); SHARDS],
        })
    }

    /// Whether its slots have 32 bits.
    pub(crate) fn is_narrow(&self) -> bool {
        self.narrow
    }

    /// The set for several threads.
    pub(crate) fn view<T: Slot>(&mut self) -> View<'_, T> {
        let (bits, sizes) = (self.bits, self.shards.map(|shard| shard.size));
        let slots = self.memory.slots().into_iter().zip(sizes);
        View {
            bits,
            shards: slots
                .map(|(slots, size)| ShardView::new(slots, size, bits - SHARD_BITS))
                .collect(),
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

    /// To which size a table that is one piece grows: to more where that is little beside the
    /// `spare` bytes.
    fn larger(&self, spare: u64) -> Size {
        let size = self.shards[0].size;
        if self.memory.bytes() * 4 <= TOGETHER_MAX.min(spare / 4) {
            Size::of_at_least(size.slots() * 4)
        } else {
            size.next()
        }
    }

    /// Bytes that growing on `threads` threads would need at once, beyond those it has: what is
    /// moved is there twice, old and new.
    pub(crate) fn growth(&self, threads: usize, spare: u64) -> u64 {
        let Memory::Apart(maps) = &self.memory else {
            let slots = self.shards[0].size.slots();
            return self.memory.bytes() / slots * self.larger(spare).slots();
        };
        let due = self.shards.iter().zip(maps);
        let due = due.filter(|(shard, _)| shard.is_nearly_due());
        let more: u64 = due.map(|(_, map)| map.len() as u64 / 2).sum();
        let largest = maps.iter().map(|map| map.len() as u64).max();
        more + largest.unwrap_or(0) * threads as u64
    }

    /// Enlarges the table, or the shards that are crowded or full, on `threads` threads; `spare`
    /// bytes may be used.
    ///
    /// # Errors
    /// When the system gives no memory.
    pub(crate) fn grow(&mut self, threads: usize, spare: u64) -> Result<()> {
        let size = self.larger(spare);
        if self.narrow {
            self.grow_slots::<AtomicU32>(threads, size)
        } else {
            self.grow_slots::<AtomicU64>(threads, size)
        }
    }

    fn grow_slots<T: Slot>(&mut self, threads: usize, size: Size) -> Result<()> {
        let within_bits = self.bits - SHARD_BITS;
        let Memory::Apart(maps) = &mut self.memory else {
            return self.grow_whole::<T>(threads, size);
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
    fn grow_whole<T: Slot>(&mut self, threads: usize, mut size: Size) -> Result<()> {
        loop {
            let mut new = Visited {
                memory: Memory::new::<T>(size)?,
                shards: self.shards.map(|shard| Shard {
                    len: shard.len,
                    ..Shard::new(size)
                }),
                ..*self
            };
            let moves = self.view::<T>().shards.into_iter();
            let moves = moves.zip(new.view::<T>().shards).collect();
            let all = AtomicBool::new(true);
            on_threads(threads, moves, |(old, new)| {
                all.fetch_and(old.move_to(&new), Relaxed);
                Ok(())
            })?;
            if all.into_inner() {
                *self = new;
                return Ok(());
            }
            size = size.next();
        }
    }

    /// Bytes of all slots.
    pub(crate) fn bytes(&self) -> u64 {
        self.memory.bytes()
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
