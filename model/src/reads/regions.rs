//! Sets of regions and facets.

use zerocopy::{FromBytes, Immutable, IntoBytes};

use super::FACETS_END;

/// Regions of the centre have numbers below this.
const CENTRE_BITS: usize = u32::BITS as usize;

/// Words of a set.
const WORDS: usize = 2 + FACETS_END;

/// A set of regions of the centre, of walsenders' places in the child table, and of facets.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable
)]
#[repr(C)]
pub struct Regions {
    /// A bit for each region of the centre: fields first, places of the child table behind them.
    pub(crate) centre: u32,
    /// A bit for the place of each walsender.
    pub(crate) processes: u32,
    /// For each facet a bit for each walsender.
    pub(crate) facets: [u32; FACETS_END],
}

impl Regions {
    /// All of them, as words of bits.
    #[inline]
    fn words(&self) -> &[u32; WORDS] {
        zerocopy::transmute_ref!(self)
    }

    /// A word of each, put together.
    #[inline]
    fn join(&self, other: &Regions, of: impl Fn(u32, u32) -> u32) -> Regions {
        let (mine, others) = (self.words(), other.words());
        let joined: [u32; WORDS] = std::array::from_fn(|n| of(mine[n], others[n]));
        zerocopy::transmute!(joined)
    }

    /// Whether nothing is left where a word of each is put together.
    #[inline]
    fn none_of(&self, other: &Regions, of: impl Fn(u32, u32) -> u32) -> bool {
        let words = self.words().iter().zip(other.words());
        words.fold(0, |all, (&mine, &others)| all | of(mine, others)) == 0
    }

    /// Those that are not in `other`.
    #[inline]
    #[must_use]
    pub fn without(&self, other: &Regions) -> Regions {
        self.join(other, |mine, others| mine & !others)
    }

    /// Adds those of `other`.
    #[inline]
    pub fn add(&mut self, other: &Regions) {
        *self = self.join(other, |mine, others| mine | others);
    }

    /// Whether all of them are in `other`.
    #[inline]
    #[must_use]
    pub fn is_within(&self, other: &Regions) -> bool {
        self.none_of(other, |mine, others| mine & !others)
    }

    /// Whether one of them is in `other`, too.
    #[inline]
    #[must_use]
    pub fn meets(&self, other: &Regions) -> bool {
        !self.none_of(other, |mine, others| mine & others)
    }

    /// Calls `each` with their numbers, from 0, in a world of so many walsenders: below
    /// [`Regions::count`]. Those of other walsenders, who are not there, are left out.
    #[inline]
    pub fn each_number(&self, walsenders: usize, mut each: impl FnMut(usize)) {
        let there = u32::try_from((1_u64 << walsenders) - 1).unwrap_or(u32::MAX);
        numbers(self.centre, &mut each);
        let mut first = CENTRE_BITS;
        numbers(self.processes & there, |n| each(first + n));
        for facet in &self.facets {
            first += walsenders;
            numbers(facet & there, |n| each(first + n));
        }
    }

    /// Number of regions in a world of so many walsenders.
    #[must_use]
    pub fn count(walsenders: usize) -> usize {
        CENTRE_BITS + (1 + FACETS_END) * walsenders
    }
}

/// Calls `each` with the numbers of the bits that are set.
#[inline]
fn numbers(mut bits: u32, mut each: impl FnMut(usize)) {
    while bits != 0 {
        each(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}
