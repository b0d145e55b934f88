//! One shard of the set: the slots, and how many of them are taken.

use std::io::Result;

use memmap2::MmapMut;

use super::{Slot, place};

/// A shard grows with another if it has this share of the keys at which it has to, in per mille.
const NEARLY: u64 = 980;

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

/// This many bytes, all 0.
pub(super) fn fresh(bytes: usize) -> Result<MmapMut> {
    let map = MmapMut::map_anon(bytes)?;
    #[cfg(target_os = "linux")]
    if bytes >= 1 << 21 {
        // Only a hint: without huge pages all is slower, and right.
        let _ = map.advise(memmap2::Advice::HugePage);
    }
    Ok(map)
}

/// What is known of a shard beside its slots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shard {
    /// Number of slots, as a power of two.
    pub(super) log: u32,
    /// Keys in it, as far as they were [counted](super::Visited::count).
    pub(super) len: u64,
    /// It must grow at this many per mille of its slots.
    load_max: u64,
    pub(super) full: bool,
}

impl Shard {
    pub(super) fn new(log: u32, load_max: u64) -> Shard {
        Shard {
            log,
            len: 0,
            load_max,
            full: false,
        }
    }

    pub(super) fn is_due(&self) -> bool {
        self.full || self.len * 1000 > self.load_max << self.log
    }

    /// Soon enough to be done when others are, so that all threads have something to do.
    pub(super) fn is_nearly_due(&self) -> bool {
        self.full || self.len * 1000 * 1000 > (self.load_max * NEARLY) << self.log
    }

    /// How many more keys it takes before it has to grow.
    pub(super) fn room(&self) -> u32 {
        let room = (self.load_max << self.log) / 1000;
        u32::try_from(room.saturating_sub(self.len)).unwrap_or(u32::MAX)
    }

    /// Doubles it, whose slots are in `map`, until all of it fits.
    pub(super) fn grow<T: Slot>(&mut self, map: &mut MmapMut, within_bits: u32) -> Result<()> {
        loop {
            self.log += 1;
            let mut larger = fresh(size_of::<T>() << self.log)?;
            let target = ShardView::new(T::slots(&mut larger), within_bits);
            if ShardView::new(T::slots(map), within_bits).move_to(&target) {
                *map = larger;
                self.full = false;
                return Ok(());
            }
        }
    }
}

/// A shard while several threads insert.
#[derive(Debug)]
pub(super) struct ShardView<'a, T> {
    slots: &'a [T],
    /// Bits of the mixed key that the place does not tell.
    rest: u32,
}

impl<'a, T: Slot> ShardView<'a, T> {
    /// These slots, a power of two of them, for keys of which this many bits are not the shard's.
    pub(super) fn new(slots: &'a [T], within_bits: u32) -> ShardView<'a, T> {
        let rest = within_bits.saturating_sub(slots.len().trailing_zeros());
        ShardView { slots, rest }
    }

    /// Where a key belongs.
    #[inline]
    pub(super) fn home(&self, within: u64) -> &T {
        &self.slots[place(within >> self.rest, self.slots.len() - 1)]
    }

    #[inline]
    pub(super) fn insert(&self, within: u64) -> Inserted {
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

    /// Puts all keys into `target`, with which nobody else does anything; whether all found a
    /// place.
    pub(super) fn move_to(&self, target: &ShardView<'_, T>) -> bool {
        let log = self.slots.len().trailing_zeros();
        let entries = (0..).zip(self.slots.iter().map(Slot::get));
        let mut full = entries.filter(|(_, entry)| *entry != 0);
        full.all(|(place, entry)| target.move_in(T::within(entry, place, self.rest, log)))
    }

    /// Puts in what is not there yet; whether there was a place.
    #[inline]
    fn move_in(&self, within: u64) -> bool {
        let mask = self.slots.len() - 1;
        let mut place = place(within >> self.rest, mask);
        for distance in 0..=T::distance_max(self.rest) {
            let slot = &self.slots[place];
            if slot.get() == 0 {
                slot.set(T::entry(within, self.rest, distance));
                return true;
            }
            place = (place + 1) & mask;
        }
        false
    }
}
