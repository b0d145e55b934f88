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
//! *Growing*: the upper four bits choose one of 16 shards. Each shard doubles on its own, at loads
//! spread from 0.42 to 0.80, so the whole table grows smoothly: 1.7 slots a state at any time, and
//! never a second copy of more than one shard for each thread.

mod slot;

use std::sync::atomic::{AtomicU32, AtomicU64};

use crate::prefetch::prefetch;
use memmap2::MmapMut;
pub(crate) use slot::Slot;

/// Bits of a mixed key that choose the shard.
const SHARD_BITS: u32 = 4;
/// Number of shards.
pub(crate) const SHARDS: usize = 1 << SHARD_BITS;
/// Bits that a narrow slot leaves for what its place does not tell.
const NARROW_REST: u32 = 24;
/// Slots of a fresh shard, as a power of two.
const FRESH: u32 = 10;

/// At how many per mille of its slots each shard doubles: 800 / 2^(i / 16).
const LOADS: [u64; SHARDS] = [
    800, 766, 734, 702, 673, 644, 617, 591, 566, 542, 519, 497, 476, 456, 436, 418,
];

/// The low bits of `number`, as a place in a list of `mask + 1`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "what a narrow `usize` loses is masked away in any case"
)]
#[inline]
fn place(number: u64, mask: usize) -> usize {
    number as usize & mask
}

/// What became of an insertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    /// It was not there.
    New,
    /// It was there.
    Old,
    /// No place was free near enough: the shard must grow.
    Full,
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
    shards: Vec<Shard>,
}

#[derive(Debug)]
struct Shard {
    map: MmapMut,
    /// Number of slots, as a power of two.
    log: u32,
    /// Keys in it, as far as they were [counted](Visited::count).
    len: u64,
    /// It must grow at this many per mille of its slots.
    load_max: u64,
    full: bool,
}

/// The set while several threads insert.
#[derive(Debug)]
pub(crate) struct View<'a, T> {
    bits: u32,
    shards: Vec<ShardView<'a, T>>,
}

#[derive(Debug)]
struct ShardView<'a, T> {
    slots: &'a [T],
    /// Bits of the mixed key that the place does not tell.
    rest: u32,
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
        let shard = &self.shards[shard];
        let home = place(within >> shard.rest, shard.slots.len() - 1);
        prefetch(&shard.slots[home]);
    }

    /// Puts a mixed key in; also tells its shard.
    #[inline]
    pub(crate) fn insert(&self, mixed: u64) -> (Inserted, usize) {
        let (number, within) = self.place(mixed);
        (self.shards[number].insert(within), number)
    }
}

impl<T: Slot> ShardView<'_, T> {
    #[inline]
    fn insert(&self, within: u64) -> Inserted {
        let mask = self.slots.len() - 1;
        let mut place = place(within >> self.rest, mask);
        for distance in 0..=T::distance_max(self.rest) {
            let entry = T::entry(within, self.rest, distance);
            let slot = &self.slots[place];
            let found = match slot.get() {
                0 => match slot.put(entry) {
                    Ok(()) => return Inserted::New,
                    Err(other) => other,
                },
                found => found,
            };
            if found == entry {
                return Inserted::Old;
            }
            place = (place + 1) & mask;
        }
        Inserted::Full
    }
}

impl Shard {
    fn fresh(log: u32, width: usize, load_max: u64) -> std::io::Result<Shard> {
        let map = MmapMut::map_anon(width << log)?;
        #[cfg(target_os = "linux")]
        if map.len() >= 1 << 21 {
            // Only a hint: without huge pages all is slower, and right.
            let _ = map.advise(memmap2::Advice::HugePage);
        }
        Ok(Shard {
            map,
            log,
            len: 0,
            load_max,
            full: false,
        })
    }

    fn view<T: Slot>(&mut self, bits: u32) -> ShardView<'_, T> {
        ShardView {
            slots: T::slots(&mut self.map),
            rest: (bits - SHARD_BITS).saturating_sub(self.log),
        }
    }

    /// Doubles it until all of it fits.
    fn grow<T: Slot>(&mut self, bits: u32) -> std::io::Result<()> {
        let width = size_of::<T>();
        let mut log = self.log;
        'larger: loop {
            log += 1;
            let mut larger = Shard::fresh(log, width, self.load_max)?;
            let (rest, old_log) = ((bits - SHARD_BITS).saturating_sub(self.log), self.log);
            let target = larger.view::<T>(bits);
            for (place, slot) in (0..).zip(T::slots(&mut self.map)) {
                let entry = slot.get();
                if entry != 0 {
                    let within = T::within(entry, place, rest, old_log);
                    if target.insert(within) == Inserted::Full {
                        continue 'larger;
                    }
                }
            }
            larger.len = self.len;
            *self = larger;
            return Ok(());
        }
    }
}

impl Visited {
    /// An empty set of keys of `bits` bits.
    ///
    /// # Errors
    /// When the system gives no memory.
    pub(crate) fn new(bits: u32) -> std::io::Result<Visited> {
        let within = bits - SHARD_BITS;
        // With few states a narrow table would begin larger than it need be.
        let narrow = within <= NARROW_REST + 20;
        let width = if narrow { 4 } else { 8 };
        let needed = if narrow {
            within.saturating_sub(NARROW_REST)
        } else {
            0
        };
        let log = needed.max(FRESH);
        let shards = (0..SHARDS).map(|i| {
            // Neighbours differ much.
            Shard::fresh(log, width, LOADS[i * 7 % SHARDS])
        });
        Ok(Visited {
            bits,
            narrow,
            shards: shards.collect::<Result<_, _>>()?,
        })
    }

    /// Whether its slots have 32 bits.
    pub(crate) fn is_narrow(&self) -> bool {
        self.narrow
    }

    /// The set for several threads.
    pub(crate) fn view<T: Slot>(&mut self) -> View<'_, T> {
        let bits = self.bits;
        View {
            bits,
            shards: self.shards.iter_mut().map(|s| s.view(bits)).collect(),
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
        std::array::from_fn(|i| {
            let shard = &self.shards[i];
            let room = (shard.load_max << shard.log) / 1000;
            u32::try_from(room.saturating_sub(shard.len)).unwrap_or(u32::MAX)
        })
    }

    /// The shard in which this mixed key found no place must grow.
    pub(crate) fn mark_full(&mut self, mixed: u64) {
        let shard = place(mixed >> (self.bits - SHARD_BITS), SHARDS - 1);
        self.shards[shard].full = true;
    }

    /// Bytes that growing on `threads` threads would need at once, beyond those it has: each
    /// thread holds a shard twice, old and double.
    pub(crate) fn growth(&self, threads: usize) -> u64 {
        let due = self.shards.iter().filter(|s| s.is_due());
        let more: u64 = due.map(|s| s.map.len() as u64).sum();
        more + self.largest() * threads as u64
    }

    fn largest(&self) -> u64 {
        let sizes = self.shards.iter().map(|s| s.map.len() as u64);
        sizes.max().unwrap_or(0)
    }

    /// Doubles the shards that are crowded or full: one at a time on each of `threads` threads.
    ///
    /// # Errors
    /// When the system gives no memory.
    pub(crate) fn grow(&mut self, threads: usize) -> std::io::Result<()> {
        let (bits, narrow) = (self.bits, self.narrow);
        let due = self.shards.iter_mut().filter(|s| s.is_due());
        let mut due: Vec<&mut Shard> = due.collect();
        let each = due.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let mut parts = due.chunks_mut(each);
            let first = parts.next();
            let others: Vec<_> = parts
                .map(|part| scope.spawn(move || grow_all(part, bits, narrow)))
                .collect();
            let mut done = first.map_or(Ok(()), |part| grow_all(part, bits, narrow));
            for thread in others {
                match thread.join() {
                    Ok(result) => done = done.and(result),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            done
        })
    }

    /// Bytes of all slots.
    pub(crate) fn bytes(&self) -> u64 {
        self.shards.iter().map(|s| s.map.len() as u64).sum()
    }
}

impl Shard {
    fn is_due(&self) -> bool {
        self.full || self.len * 1000 > self.load_max << self.log
    }
}

fn grow_all(shards: &mut [&mut Shard], bits: u32, narrow: bool) -> std::io::Result<()> {
    for shard in shards {
        while shard.is_due() {
            shard.full = false;
            if narrow {
                shard.grow::<AtomicU32>(bits)?;
            } else {
                shard.grow::<AtomicU64>(bits)?;
            }
        }
    }
    Ok(())
}
