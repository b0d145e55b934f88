//! Which walsenders a step looks at, for an explorer that remembers what steps do.
//!
//! The state of a cluster falls into a centre and two parts for each walsender: its place in the
//! child table, which the postmaster looks at all the time, and all else that is its own (its
//! shared entry, its slot, its socket, its peer). These parts are reached only through
//! [`Children`](crate::cluster::Children) and [`PerWalsender`], which take a note. So what a step
//! does in a state depends on the centre and on the parts noted, and on nothing else: no step
//! declares what it reads, and none can forget to.
//!
//! The note is the thread's own, and a step is taken from its beginning to its end on one thread.

use std::cell::Cell;
use std::fmt::Debug;
use std::ops::{Index, IndexMut};

use crate::bounds::WALSENDERS_MAX;

/// A part of the state that belongs to one walsender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// Its place in the child table.
    Process(usize),
    /// All else.
    Link(usize),
}

/// The parts looked at since [`Reads::begin`], in the order of the first look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// A bit for each.
    seen: u16,
    /// Four bits for each, the first lowest: processes, then links.
    order: u64,
    count: u8,
}

thread_local! {
    static READS: Cell<Reads> = const { Cell::new(Reads { seen: 0, order: 0, count: 0 }) };
}

impl Reads {
    /// Forgets what this thread has noted.
    pub fn begin() {
        READS.set(Reads::default());
    }

    /// What this thread has noted since.
    #[must_use]
    pub fn end() -> Reads {
        READS.get()
    }

    /// The parts, in the order of the first look.
    pub fn parts(self) -> impl Iterator<Item = Own> {
        (0..self.count).map(move |n| {
            let noted = (self.order >> (4 * n) & 15) as usize;
            match noted.checked_sub(WALSENDERS_MAX) {
                None => Own::Process(noted),
                Some(i) => Own::Link(i),
            }
        })
    }
}

#[inline]
pub(crate) fn note(own: Own) {
    let i = match own {
        Own::Process(i) => i,
        Own::Link(i) => WALSENDERS_MAX + i,
    };
    READS.with(|reads| {
        let now = reads.get();
        if now.seen >> i & 1 == 0 {
            reads.set(Reads {
                seen: now.seen | 1 << i,
                order: now.order | (i as u64) << (4 * now.count),
                count: now.count + 1,
            });
        }
    });
}

/// One `T` for each walsender; looking at one is noted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PerWalsender<T>([T; WALSENDERS_MAX]);

impl<T> PerWalsender<T> {
    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let noted = self.0.iter().enumerate();
        noted.map(|(i, one)| {
            note(Own::Link(i));
            one
        })
    }
}

impl<T: PartialEq> PerWalsender<T> {
    /// What differs between this and `after`, by walsender. Of a state and the one behind a step it
    /// reads no more than the step has read: what it has not looked at is the same.
    pub fn changes<'a>(&'a self, after: &'a Self) -> impl Iterator<Item = (&'a T, &'a T)> {
        let pairs = self.0.iter().zip(&after.0).enumerate();
        pairs.filter(|(_, (b, a))| b != a).map(|(i, pair)| {
            note(Own::Link(i));
            pair
        })
    }
}

impl<T> Index<usize> for PerWalsender<T> {
    type Output = T;

    #[inline]
    fn index(&self, i: usize) -> &T {
        note(Own::Link(i));
        &self.0[i]
    }
}

impl<T> IndexMut<usize> for PerWalsender<T> {
    #[inline]
    fn index_mut(&mut self, i: usize) -> &mut T {
        note(Own::Link(i));
        &mut self.0[i]
    }
}

const _: () = assert!(2 * WALSENDERS_MAX <= 16);
