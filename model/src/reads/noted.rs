//! Parts of the state that take a note when they are looked at.

use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, DerefMut, Index, IndexMut};

use zerocopy::{Immutable, IntoBytes};

use super::{note_centre, note_centre_change, note_facet, note_facet_change};
use crate::bounds::WALSENDERS_MAX;

/// So many walsenders are few.
const FEW: usize = 8;

/// A region of the centre, number `N`; looking at it is noted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Noted<T, const N: u32>(T);

impl<T, const N: u32> Noted<T, N> {
    /// `value`, as a region.
    #[must_use]
    pub fn new(value: T) -> Self {
        Noted(value)
    }

    /// The value; it is not noted.
    #[inline]
    pub(crate) fn unnoted(&self) -> &T {
        &self.0
    }

    /// The value, to change it; it is not noted.
    #[inline]
    pub(crate) fn unnoted_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T, const N: u32> From<T> for Noted<T, N> {
    fn from(value: T) -> Self {
        Noted(value)
    }
}

impl<T, const N: u32> Deref for Noted<T, N> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        note_centre(N);
        &self.0
    }
}

impl<T, const N: u32> DerefMut for Noted<T, N> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        note_centre_change(N);
        &mut self.0
    }
}

/// One `T` for each walsender, facet `F` of what is its own; looking at one is noted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialOrd, Ord)]
pub struct PerWalsender<T: IntoBytes + Immutable, const F: usize>([T; WALSENDERS_MAX]);

/// As bytes at once, since states are compared all the time and most have few walsenders.
impl<T: IntoBytes + Immutable + PartialEq, const F: usize> PartialEq for PerWalsender<T, F> {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice().as_bytes() == other.0.as_slice().as_bytes()
    }
}

impl<T: IntoBytes + Immutable, const F: usize> Hash for PerWalsender<T, F> {
    fn hash<H: Hasher>(&self, to: &mut H) {
        to.write(self.0.as_slice().as_bytes());
    }
}

impl<T: IntoBytes + Immutable, const F: usize> PerWalsender<T, F> {
    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let noted = self.0.iter().enumerate();
        noted.map(|(i, one)| {
            note_facet(F, i);
            one
        })
    }
}

impl<T: IntoBytes + Immutable, const F: usize> PerWalsender<T, F> {
    /// That of walsender `i`; it is not noted.
    #[inline]
    pub(crate) fn unnoted(&self, i: usize) -> &T {
        &self.0[i]
    }

    /// Becomes the same as `other`, which differs only in the first `count`.
    #[inline]
    pub(crate) fn become_first(&mut self, other: &Self, count: usize)
    where
        T: Copy,
    {
        // Few are copied as a block of known size.
        if count <= FEW {
            self.0[..FEW].copy_from_slice(&other.0[..FEW]);
        } else {
            self.0[..count].copy_from_slice(&other.0[..count]);
        }
    }

    /// That of walsender `i`, of which no more than `part` of the facet is looked at.
    #[inline]
    pub(crate) fn part(&self, i: usize, part: usize) -> &T {
        note_facet(part, i);
        &self.0[i]
    }
}

impl<T: IntoBytes + Immutable + PartialEq, const F: usize> PerWalsender<T, F> {
    /// What differs between this and `after`, among the first `count` walsenders. Of a state and
    /// the one behind a step it reads no more than the step has read: what it has not looked at is
    /// the same.
    pub fn changes<'a>(
        &'a self,
        after: &'a Self,
        count: usize,
    ) -> impl Iterator<Item = (&'a T, &'a T)> {
        // Of most steps nothing differs, which all bytes at once tell sooner.
        let (mine, others) = (&self.0[..count], &after.0[..count]);
        let looked_at = if mine.as_bytes() == others.as_bytes() {
            0
        } else {
            count
        };
        let pairs = mine.iter().zip(others).enumerate().take(looked_at);
        pairs.filter(|(_, (b, a))| b != a).map(|(i, pair)| {
            note_facet(F, i);
            pair
        })
    }

    /// Whether walsender `i` has another here than in `other`. It is not noted.
    pub(crate) fn differs(&self, other: &Self, i: usize) -> bool {
        self.0[i] != other.0[i]
    }
}

impl<T: IntoBytes + Immutable, const F: usize> Index<usize> for PerWalsender<T, F> {
    type Output = T;

    #[inline]
    fn index(&self, i: usize) -> &T {
        note_facet(F, i);
        &self.0[i]
    }
}

impl<T: IntoBytes + Immutable, const F: usize> IndexMut<usize> for PerWalsender<T, F> {
    #[inline]
    fn index_mut(&mut self, i: usize) -> &mut T {
        note_facet_change(F, i);
        &mut self.0[i]
    }
}
