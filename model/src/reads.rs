//! Which parts of the state a step looks at, for explorers that remember what steps do.
//!
//! The state of a cluster falls into a centre and two parts for each walsender: its place in the
//! child table, which the postmaster looks at all the time, and all else that is its own (its
//! shared entry, its slot, its socket, its peer). For those who want to know more, the centre falls
//! into regions (its fields, and the other places of the child table), and what is a walsender's
//! own into facets. Parts, regions and facets are reached only through
//! [`Children`](crate::cluster::Children), [`PerWalsender`] and [`Noted`], which take a note. So
//! what a step does in a state depends on what was noted, and on nothing else: no step declares
//! what it reads, and none can forget to. What most guards ask is a small part of a facet, has an
//! accessor of its own (`walsender/place.rs`) and is noted by itself. What is looked at to change
//! it is noted as such, too.
//!
//! The note is the thread's own, and a step is taken from its beginning to its end on one thread.

mod noted;
mod regions;

use std::cell::Cell;

use crate::bounds::WALSENDERS_MAX;

pub use noted::{Noted, PerWalsender};
pub use regions::Regions;

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

/// The same, to change it.
#[inline]
fn note_facet_change(facet: usize, i: usize) {
    note_facet(facet, i);
    note_change(2 + facet, i);
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

const _: () = assert!(PARTS <= u64::BITS as usize && WALSENDERS_MAX <= u32::BITS as usize);
