//! Which parts of the state a step looks at, for explorers that remember what steps do.
//!
//! The state of a cluster falls into a centre and two parts for each walsender: its place in the
//! child table, which the postmaster looks at all the time, and all else that is its own (its
//! shared entry, its slot, its socket, its peer). For those who want to know more, the centre falls
//! into regions (its fields, and the other places of the child table), and what is a walsender's
//! own into facets. Parts, regions and facets are reached only through
//! [`Children`](crate::cluster::Children), [`PerWalsender`] and [`Noted`], which take a note. So
//! what a step does in a state depends on what was noted, and on nothing else: no step declares
//! what it reads, and none can forget to.
//!
//! The note is the thread's own, and a step is taken from its beginning to its end on one thread.

use std::cell::Cell;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, DerefMut, Index, IndexMut};

use zerocopy::{Immutable, IntoBytes};

use crate::bounds::WALSENDERS_MAX;

/// A part of the state that belongs to one walsender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// Its place in the child table.
    Process(usize),
    /// All else.
    Link(usize),
}

impl Own {
    pub(crate) fn of_part(part: u32) -> Own {
        let part = part as usize;
        match part.checked_sub(WALSENDERS_MAX) {
            None => Own::Process(part),
            Some(i) => Own::Link(i),
        }
    }
}

/// Number of parts of walsenders.
const PARTS: usize = 2 * WALSENDERS_MAX;

/// Regions of the centre have numbers below this.
const CENTRE_BITS: usize = u32::BITS as usize;

/// Facets of what is a walsender's own, as parameters of [`PerWalsender`]: its variables and its
/// shared entry.
pub(crate) const WALSENDER: usize = 0;
/// Its slot, and where the checkpointer's loops stand with it.
pub(crate) const SLOT: usize = 1;
/// Its socket.
pub(crate) const CHANNEL: usize = 2;
/// Its peer.
pub(crate) const PEER: usize = 3;
/// Parts of the first facet, for steps that look at no more of it: where it is in its code,
pub(crate) const PC: usize = 4;
/// how far it has sent and whether that is all,
pub(crate) const SENT: usize = 5;
/// and its flags.
pub(crate) const FLAGS: usize = 6;
/// A part of the socket's facet: which ends are closed.
pub(crate) const ENDS: usize = 7;
const FACETS_END: usize = 8;

/// The checkpointer's region.
pub(crate) const CHECKPOINTER: u32 = 1;
/// Where the checkpointer is in its code: a part of its region, for steps that look at no more.
pub(crate) const CHECKPOINTER_PC: u32 = 31;

/// So many walsenders are few.
const FEW: usize = 4;

/// A set of regions of the centre, of walsenders' places in the child table, and of facets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Regions {
    /// A bit for each region of the centre: fields first, places of the child table behind them.
    pub(crate) centre: u32,
    /// A bit for the place of each walsender.
    pub(crate) processes: u32,
    /// For each facet a bit for each walsender.
    pub(crate) facets: [u32; FACETS_END],
}

impl Regions {
    /// Those that are not in `other`.
    #[inline]
    #[must_use]
    pub fn without(&self, other: &Regions) -> Regions {
        let mut facets = self.facets;
        for (mine, others) in facets.iter_mut().zip(other.facets) {
            *mine &= !others;
        }
        Regions {
            centre: self.centre & !other.centre,
            processes: self.processes & !other.processes,
            facets,
        }
    }

    /// Adds those of `other`.
    pub fn add(&mut self, other: &Regions) {
        self.centre |= other.centre;
        self.processes |= other.processes;
        for (mine, others) in self.facets.iter_mut().zip(other.facets) {
            *mine |= others;
        }
    }

    /// Whether all of them are in `other`.
    #[inline]
    #[must_use]
    pub fn is_within(&self, other: &Regions) -> bool {
        let mut beyond = self.centre & !other.centre | self.processes & !other.processes;
        for (mine, others) in self.facets.iter().zip(other.facets) {
            beyond |= mine & !others;
        }
        beyond == 0
    }

    /// Whether one of them is in `other`, too.
    #[inline]
    #[must_use]
    pub fn meets(&self, other: &Regions) -> bool {
        let mut both = self.centre & other.centre | self.processes & other.processes;
        for (mine, others) in self.facets.iter().zip(other.facets) {
            both |= mine & others;
        }
        both != 0
    }

    /// Calls `each` with their numbers, from 0, in a world of so many walsenders: below
    /// [`Regions::count`]. Those of other walsenders, who are not there, are left out.
    #[inline]
    pub fn each_number(self, walsenders: usize, mut each: impl FnMut(usize)) {
        let there = u32::try_from((1_u64 << walsenders) - 1).unwrap_or(u32::MAX);
        numbers(self.centre).for_each(&mut each);
        let mut first = CENTRE_BITS;
        for own in [self.processes].into_iter().chain(self.facets) {
            numbers(own & there).for_each(|n| each(first + n));
            first += walsenders;
        }
    }

    /// Number of regions in a world of so many walsenders.
    #[must_use]
    pub fn count(walsenders: usize) -> usize {
        CENTRE_BITS + (1 + FACETS_END) * walsenders
    }
}

/// The numbers of the bits that are set.
#[inline]
fn numbers(mut bits: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let n = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(n)
    })
}

/// The parts looked at since [`Reads::begin`], in the order of the first look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reads {
    order: [u8; PARTS],
    count: u8,
}

thread_local! {
    static CENTRE: Cell<u32> = const { Cell::new(0) };
    static FACETS: [Cell<u32>; FACETS_END] = const { [const { Cell::new(0) }; FACETS_END] };
    static SEEN: Cell<u64> = const { Cell::new(0) };
    static COUNT: Cell<u8> = const { Cell::new(0) };
    static ORDER: [Cell<u8>; PARTS] = const { [const { Cell::new(0) }; PARTS] };
    /// What was looked at to change it: of the centre, of processes, of each facet.
    static CHANGING: [Cell<u32>; 2 + WHOLE] = const { [const { Cell::new(0) }; 2 + WHOLE] };
}

/// Facets below this are no parts of others.
const WHOLE: usize = PEER + 1;
const CENTRE_WORD: usize = 0;
const PROCESSES_WORD: usize = 1;

#[inline]
fn note_change(word: usize, bit: usize) {
    CHANGING.with(|words| words[word].set(words[word].get() | 1 << bit));
}

impl Reads {
    /// Forgets what this thread has noted.
    #[inline]
    pub fn begin() {
        CENTRE.set(0);
        FACETS.with(|facets| facets.iter().for_each(|facet| facet.set(0)));
        SEEN.set(0);
        COUNT.set(0);
        CHANGING.with(|words| words.iter().for_each(|word| word.set(0)));
    }

    /// What this thread has noted since.
    #[must_use]
    pub fn end() -> Reads {
        let mut order = [0; PARTS];
        let count = COUNT.get();
        ORDER.with(|noted| {
            for (to, from) in order.iter_mut().zip(noted).take(usize::from(count)) {
                *to = from.get();
            }
        });
        Reads { order, count }
    }

    /// The parts, in the order of the first look.
    pub fn parts(self) -> impl Iterator<Item = Own> {
        (0..usize::from(self.count)).map(move |n| Own::of_part(u32::from(self.order[n])))
    }

    /// What this thread has noted since [`Reads::begin`], in regions, in no order.
    #[inline]
    #[must_use]
    pub fn regions() -> Regions {
        Regions {
            centre: CENTRE.get(),
            processes: u32::try_from(SEEN.get() & u64::from(u32::MAX)).unwrap_or_default(),
            facets: FACETS.with(|facets| std::array::from_fn(|f| facets[f].get())),
        }
    }

    /// Those of [`Reads::regions`] that were looked at to change them: all others are as they were.
    #[inline]
    #[must_use]
    pub fn changing() -> Regions {
        CHANGING.with(|words| {
            let mut changing = Regions {
                centre: words[CENTRE_WORD].get(),
                processes: words[PROCESSES_WORD].get(),
                facets: [0; FACETS_END],
            };
            for (facet, word) in changing.facets.iter_mut().zip(&words[2..]) {
                *facet = word.get();
            }
            changing
        })
    }
}

#[inline]
pub(crate) fn note(own: Own) {
    let i = match own {
        Own::Process(i) => i,
        Own::Link(i) => WALSENDERS_MAX + i,
    };
    let seen = SEEN.get();
    if seen >> i & 1 == 0 {
        SEEN.set(seen | 1 << i);
        let count = COUNT.get();
        COUNT.set(count + 1);
        let part = u8::try_from(i).unwrap_or(u8::MAX);
        ORDER.with(|order| order[usize::from(count)].set(part));
    }
}

/// Notes facet `facet` of walsender `i`.
#[inline]
fn note_facet(facet: usize, i: usize) {
    note(Own::Link(i));
    FACETS.with(|facets| facets[facet].set(facets[facet].get() | 1 << i));
}

/// Notes a region of the centre.
#[inline]
pub(crate) fn note_centre(region: u32) {
    CENTRE.set(CENTRE.get() | 1 << region);
}

/// Notes a region of the centre that is looked at to change it.
#[inline]
pub(crate) fn note_centre_change(region: u32) {
    note_centre(region);
    note_change(CENTRE_WORD, region as usize);
}

/// The same of the place of walsender `i` in the child table.
#[inline]
pub(crate) fn note_process_change(i: usize) {
    note(Own::Process(i));
    note_change(PROCESSES_WORD, i);
}

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
        note_facet(F, i);
        note_change(2 + F, i);
        &mut self.0[i]
    }
}

const _: () = assert!(PARTS <= u64::BITS as usize && WALSENDERS_MAX <= u32::BITS as usize);
