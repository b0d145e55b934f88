//! The two widths of a slot.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use zerocopy::FromBytes;

use super::size::Homes;

/// A key that is farther from home than this finds no place.
const DISTANCE_MAX: u64 = 510;

/// A slot of either width.
pub(crate) trait Slot: Sync + Sized {
    /// The slots in `bytes`.
    fn slots(bytes: &mut [u8]) -> &[Self];
    /// What stands in a slot for the mixed key `within` its shard, `distance` from home.
    fn entry(within: u64, rest: u32, distance: u64) -> u64;
    /// The key within its shard, by the entry at `place` of so many slots.
    fn within(entry: u64, place: u64, homes: Homes, slots: u64) -> u64;
    /// The largest distance from home that can be written down.
    fn distance_max(rest: u32) -> u64;
    fn get(&self) -> u64;
    /// For who is alone with the slots.
    fn set(&self, entry: u64);
    /// `Err` with what is there if that is not nothing.
    fn put(&self, entry: u64) -> Result<(), u64>;
}

impl Slot for AtomicU32 {
    fn slots(bytes: &mut [u8]) -> &[Self] {
        <[AtomicU32]>::mut_from_bytes(bytes).map_or(&[], |slots| slots)
    }

    #[inline]
    fn entry(within: u64, rest: u32, distance: u64) -> u64 {
        (distance + 1) << rest | within & !(u64::MAX << rest)
    }

    #[inline]
    fn within(entry: u64, place: u64, homes: Homes, slots: u64) -> u64 {
        let distance = (entry >> homes.rest) - 1;
        let home = if distance <= place {
            place - distance
        } else {
            place + slots - distance
        };
        homes.key(home, entry & !(u64::MAX << homes.rest))
    }

    #[inline]
    fn distance_max(rest: u32) -> u64 {
        DISTANCE_MAX.min((1 << (32 - rest)) - 2)
    }

    #[inline]
    fn get(&self) -> u64 {
        u64::from(self.load(Relaxed))
    }

    #[inline]
    fn set(&self, entry: u64) {
        self.store(u32::try_from(entry).unwrap_or(u32::MAX), Relaxed);
    }

    #[inline]
    fn put(&self, entry: u64) -> Result<(), u64> {
        let entry = u32::try_from(entry).unwrap_or(u32::MAX);
        match self.compare_exchange(0, entry, Relaxed, Relaxed) {
            Ok(_) => Ok(()),
            Err(other) => Err(u64::from(other)),
        }
    }
}

impl Slot for AtomicU64 {
    fn slots(bytes: &mut [u8]) -> &[Self] {
        <[AtomicU64]>::mut_from_bytes(bytes).map_or(&[], |slots| slots)
    }

    #[inline]
    fn entry(within: u64, _: u32, _: u64) -> u64 {
        within + 1
    }

    #[inline]
    fn within(entry: u64, _: u64, _: Homes, _: u64) -> u64 {
        entry - 1
    }

    #[inline]
    fn distance_max(_: u32) -> u64 {
        DISTANCE_MAX
    }

    #[inline]
    fn get(&self) -> u64 {
        self.load(Relaxed)
    }

    #[inline]
    fn set(&self, entry: u64) {
        self.store(entry, Relaxed);
    }

    #[inline]
    fn put(&self, entry: u64) -> Result<(), u64> {
        self.compare_exchange(0, entry, Relaxed, Relaxed)
            .map(|_| ())
    }
}
