//! One shard of the set: the slots, and how many of them are taken.

use std::io::Result;

use memmap2::MmapMut;

use super::Slot;
use super::size::{Homes, Size};
use crate::prefetch::prefetch;

/// A shard must grow when so many per mille of its slots are taken.
const LOAD_MAX: u64 = 800;
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

/// Bytes of so many slots.
pub(super) fn bytes<T>(size: Size) -> usize {
    usize::try_from(size.slots()).unwrap_or(usize::MAX) * size_of::<T>()
}

/// What is known of a shard beside its slots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shard {
    pub(super) size: Size,
    /// Keys in it, as far as they were [counted](super::Visited::count).
    pub(super) len: u64,
    pub(super) full: bool,
}

impl Shard {
    pub(super) fn new(size: Size) -> Shard {
        Shard {
            size,
            len: 0,
            full: false,
        }
    }

    /// The size that takes so many keys before it grows.
    pub(super) fn size_for(keys: u64) -> Size {
        Size::of_at_least(keys * 1000 / LOAD_MAX)
    }

    fn len_max(&self) -> u64 {
        self.size.slots() * LOAD_MAX / 1000
    }

    pub(super) fn is_due(&self) -> bool {
        self.full || self.len > self.len_max()
    }

    /// Soon enough to be done when others are, so that all threads have something to do.
    pub(super) fn is_nearly_due(&self) -> bool {
        self.full || self.len > self.len_max() * NEARLY / 1000
    }

    /// How many more keys it takes before it has to grow.
    pub(super) fn room(&self) -> u32 {
        u32::try_from(self.len_max().saturating_sub(self.len)).unwrap_or(u32::MAX)
    }

    /// Enlarges it, whose slots are in `map`, until all of it fits.
    pub(super) fn grow<T: Slot>(&mut self, map: &mut MmapMut, within_bits: u32) -> Result<()> {
        loop {
            let old = ShardView::new(T::slots(map), self.size, within_bits);
            self.size = self.size.next();
            let mut larger = fresh(bytes::<T>(self.size))?;
            let target = ShardView::new(T::slots(&mut larger), self.size, within_bits);
            if old.move_to(&target) {
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
    homes: Homes,
}

impl<'a, T: Slot> ShardView<'a, T> {
    /// These slots, for keys of which so many bits are not the shard's.
    pub(super) fn new(slots: &'a [T], size: Size, within_bits: u32) -> ShardView<'a, T> {
        let homes = Homes::new(size, within_bits);
        ShardView { slots, homes }
    }

    /// Where a key belongs.
    #[inline]
    pub(super) fn home(&self, within: u64) -> usize {
        usize::try_from(self.homes.home(within)).unwrap_or(usize::MAX)
    }

    #[inline]
    fn after(&self, place: usize) -> usize {
        if place + 1 == self.slots.len() {
            0
        } else {
            place + 1
        }
    }

    /// Asks the processor to bring what [`ShardView::insert`] will look at.
    #[inline]
    pub(super) fn prefetch(&self, within: u64) {
        prefetch(&self.slots[self.home(within)]);
    }

    #[inline]
    pub(super) fn insert(&self, within: u64) -> Inserted {
        let mut place = self.home(within);
        for distance in 0..=T::distance_max(self.homes.rest) {
            let entry = T::entry(within, self.homes.rest, distance);
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
            place = self.after(place);
        }
        Inserted::Full
    }

    /// Puts all keys into `target`, with which nobody else does anything; whether all found a
    /// place.
    pub(super) fn move_to(&self, target: &ShardView<'_, T>) -> bool {
        let slots = self.slots.len() as u64;
        let entries = (0..).zip(self.slots.iter().map(Slot::get));
        let mut full = entries.filter(|(_, entry)| *entry != 0);
        full.all(|(place, entry)| target.move_in(T::within(entry, place, self.homes, slots)))
    }

    /// Puts in what is not there yet; whether there was a place.
    #[inline]
    fn move_in(&self, within: u64) -> bool {
        let mut place = self.home(within);
        for distance in 0..=T::distance_max(self.homes.rest) {
            let slot = &self.slots[place];
            if slot.get() == 0 {
                slot.set(T::entry(within, self.homes.rest, distance));
                return true;
            }
            place = self.after(place);
        }
        false
    }
}
