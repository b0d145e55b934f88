//! A model of any size as a space of keys: its state cut into parts, each part kept once.
//!
//! *Packing.* The parts of a state are numbered by their content, pairs of numbers are numbered
//! again, and so on up a binary tree whose root is the key (Laarman, van de Pol, Weber, *Parallel
//! recursive state compression for free*, 2011). Equal states have equal keys and unequal ones do
//! not: nothing is hashed away. A model's parts repeat so much that their tables are small beside
//! the set of keys.
//!
//! *Remembering.* What a group of steps does depends on the parts that it reads, and the model
//! says which these were ([`Model::reads`]). So each outcome is kept in a tree whose branches are
//! the parts in the order in which they were read; in another state that agrees in these parts,
//! the outcome is looked up instead of computed (`memo.rs`).
//!
//! *Partial order.* A step that the model says is alone ([`Model::is_alone`]) is taken before all
//! others, and they are taken behind it; so are the steps of a set that is apart
//! ([`Model::is_apart`]).
//!
//! *Symmetry.* Parts that the model calls interchangeable are sorted by their numbers before a
//! state is packed: one representative for each orbit, exactly.

mod exploring;
mod moves;
mod portable;
mod stepping;

use std::fmt::Debug;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

use crate::memo::{Memo, Outcome};
use crate::tree::{KEY_BITS, Layout, Mirror, Overflow, Tables};
pub(crate) use moves::{Moves, Rounds};
pub use portable::Numbers;

/// Largest number of parts of a state.
pub const PARTS_MAX: usize = 20;
/// Largest number of kinds of parts.
pub const KINDS_MAX: usize = 10;

/// A transition system whose states fall into parts.
pub trait Model: Sync {
    /// A state, whole.
    type State: Clone + Debug + Send + Sync;
    /// What a part holds, ready to be put into a state.
    type Part: Debug + Send;
    /// What is found out about states and transitions on the way, by one thread.
    type Judge: Send;

    /// Number of parts. Part 0 is the centre, which every step may read.
    fn parts(&self) -> usize;
    /// The kind of a part, below [`KINDS_MAX`]; only the centre is of kind 0. Parts of one kind
    /// that hold the same have the same number.
    fn kind(&self, part: usize) -> usize;
    /// The state in which every run begins.
    fn initial(&self) -> Self::State;
    /// Appends what part `part` of `s` holds.
    fn write_part(&self, s: &Self::State, part: usize, to: &mut Vec<u8>);
    /// What [`Model::write_part`] wrote of a part of this kind; `None` for other bytes.
    fn read_part(&self, kind: usize, bytes: &[u8]) -> Option<Self::Part>;
    /// Bytes that `content` takes beyond its own size.
    fn part_bytes(&self, content: &Self::Part) -> usize {
        let _ = content;
        0
    }
    /// Makes `content` what part `part` of `to` holds.
    fn put_part(&self, content: &Self::Part, part: usize, to: &mut Self::State);
    /// Whether part `part` holds something else in `after`; it is not read by that.
    fn differs(&self, before: &Self::State, after: &Self::State, part: usize) -> bool;

    /// Number of groups of steps.
    fn groups(&self) -> usize;
    /// Calls `each` with every enabled step of group `group` and the state behind it; reads no
    /// part but those that [`Model::reads`] tells of afterwards.
    fn expand(&self, group: usize, s: &Self::State, each: &mut dyn FnMut(u16, &Self::State));
    /// What is to be remembered of a transition, for [`Model::judge`]; reads as `expand` does.
    fn mark(&self, before: &Self::State, step: u16, after: &Self::State) -> u64;
    /// Calls `work`, and appends the parts that it read to `reads`, in order; the centre is
    /// read always.
    fn reads(&self, reads: &mut Vec<u8>, work: &mut dyn FnMut());

    /// Whether a step with this mark need not be interleaved with others. It must be independent
    /// of all that can be taken before it is taken itself, change nothing that is judged, and lie
    /// on no loop.
    fn is_alone(&self, mark: u64) -> bool {
        let _ = mark;
        false
    }

    /// Whether the steps of a set need not be interleaved with others, told by the mark of any of
    /// them: for as long as none of them is taken, all else must be independent of them and bring
    /// no further one. They must hide nothing that is judged, and some way must lead to where the
    /// set is apart no more.
    fn is_apart(&self, mark: u64) -> bool {
        let _ = mark;
        false
    }
    /// To which set the steps of a group belong.
    fn set(&self, group: usize) -> usize {
        group
    }
    /// The one of `sets`, which are all apart in `s`, whose steps are taken. Parts that are
    /// interchangeable must be told by what they hold.
    fn first_set(&self, s: &Self::State, sets: &[usize]) -> usize {
        let _ = s;
        sets.first().copied().unwrap_or(0)
    }

    /// What is interchangeable: classes of members, each a list of parts that go together, of the
    /// same kinds in each member of a class. Empty where there is no symmetry, or none is wanted.
    fn alike(&self) -> Vec<Vec<Vec<u8>>>;

    /// A fresh judge.
    fn judge(&self) -> Self::Judge;
    /// Bytes that a judge keeps beyond its own size, where these may become many.
    fn judge_bytes(&self, judge: &Self::Judge) -> u64 {
        let _ = judge;
        0
    }
    /// Looks at a state when it is expanded.
    fn judge_state(&self, judge: &mut Self::Judge, at: At, s: &Self::State);
    /// Looks at a transition out of it, with its mark.
    fn judge_step(&self, judge: &mut Self::Judge, at: At, step: u16, mark: u64);
    /// Has seen all transitions out of it.
    fn judge_end(&self, judge: &mut Self::Judge, at: At, s: &Self::State);
}

/// Where the search stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// The state's level.
    pub level: u32,
    /// Its key.
    pub key: u64,
}

/// The space of a model's packed states.
#[derive(Debug)]
pub struct Parted<M: Model> {
    /// The model.
    pub model: M,
    layout: Layout,
    overflow: Overflow,
    tables: Mutex<Tables>,
    alike: Vec<Vec<Vec<u8>>>,
}

/// What one thread keeps: mirrors of the tables, outcomes remembered, the judge.
#[derive(Debug)]
pub struct Worker<M: Model> {
    /// What it has found out.
    pub judge: M::Judge,
    mirror: Mirror<M::Part>,
    memo: Memo,
    /// Of all that is remembered.
    moves: Moves,
    /// The state that is being expanded.
    state: M::State,
    /// Of a part that is being written.
    bytes: Vec<u8>,
    /// Parts that a group of steps has read.
    reads: Vec<u8>,
    /// What each group of steps does in the state.
    outcomes: Vec<Outcome>,
    /// Sets of steps that are apart in it.
    sets: Vec<usize>,
    /// Transitions out of it: places in the memo.
    ahead: Vec<u32>,
}

impl<M: Model> Worker<M> {
    /// What parts become by the steps that it remembers.
    pub(crate) fn moves(&self) -> &Moves {
        &self.moves
    }
}

impl<M: Model> Parted<M> {
    /// The space of `model`.
    ///
    /// # Panics
    /// When the model has no part, or more than [`PARTS_MAX`].
    pub fn new(model: M) -> Parted<M> {
        let parts = model.parts();
        assert!((1..=PARTS_MAX).contains(&parts), "{parts} parts");
        Parted {
            layout: Layout::Tree,
            overflow: Overflow::new(false),
            tables: Mutex::new(Tables::new(parts)),
            alike: model.alike(),
            model,
        }
    }

    /// Whether a part had a number too large for its field: then all that was found with this
    /// layout is void, and [`Parted::widen`] finds a better one.
    #[must_use]
    pub fn has_overflowed(&self) -> bool {
        self.overflow.load(Relaxed)
    }

    /// Fields with room for what is known of each kind and as much more as there is, or the tree if
    /// that is too wide. Keys are then void, but for [`Parted::translate`]; so is what the workers
    /// have judged. They keep what they remember.
    pub fn widen(&mut self, workers: &mut [Worker<M>]) {
        let mut widths = [0; KINDS_MAX];
        let mut parts_of = [0; KINDS_MAX];
        for part in 0..self.model.parts() {
            parts_of[self.model.kind(part)] += 1;
        }
        for (width, list) in widths.iter_mut().zip(&self.tables().parts) {
            *width = (usize::BITS - list.len().leading_zeros()).max(1);
        }
        let total = |widths: &[u32; KINDS_MAX]| {
            let bits = widths.iter().zip(&parts_of);
            bits.map(|(width, parts)| width * parts).sum::<u32>()
        };
        self.layout = if total(&widths) <= KEY_BITS {
            // What is left goes where the most is still to come: kinds of many have more to come.
            let urge = |kind: usize, width: u32| {
                let known = self.tables().parts[kind].len().max(1) as u128;
                i64::from(known.pow(3).ilog2()) - 2 * i64::from(width)
            };
            while let Some(kind) = (0..KINDS_MAX)
                .filter(|&kind| parts_of[kind] > 0 && widths[kind] < 30)
                .filter(|&kind| total(&widths) + parts_of[kind] <= KEY_BITS)
                .max_by_key(|&kind| urge(kind, widths[kind]))
            {
                widths[kind] += 1;
            }
            Layout::Fields(widths)
        } else {
            Layout::Tree
        };
        self.overflow.store(false, Relaxed);
        for worker in workers {
            worker.judge = self.model.judge();
            worker
                .mirror
                .lay_out(self.layout, |part| self.model.kind(part));
        }
    }

    /// The key of the state that had this key before [`Parted::widen`], when `old` was a fresh
    /// worker.
    pub fn translate(&self, old: &mut Worker<M>, worker: &mut Worker<M>, key: u64) -> u64 {
        let numbers = self.numbers(old, key);
        let mirror = &mut worker.mirror;
        mirror.pack(&self.tables, &self.overflow, &numbers, None)
    }

    /// The state of this key.
    pub fn unpack(&self, worker: &mut Worker<M>, key: u64) -> M::State {
        self.load(worker, key);
        worker.state.clone()
    }

    /// The key of this state (of its representative, under symmetry).
    pub fn pack(&self, worker: &mut Worker<M>, s: &M::State) -> u64 {
        let ids = self.numbers_of(worker, s);
        worker.mirror.pack(&self.tables, &self.overflow, &ids, None)
    }

    /// The key of the representative of the state `key`.
    pub fn representative(&self, worker: &mut Worker<M>, key: u64) -> u64 {
        worker.mirror.unpack(&self.tables, key);
        let mut ids = worker.mirror.ids;
        self.sort(&mut ids);
        worker.mirror.pack(&self.tables, &self.overflow, &ids, None)
    }

    /// How states become keys.
    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }

    /// Keys and numbers as an earlier search had them; the space must be fresh.
    pub(crate) fn restore(
        &mut self,
        layout: Layout,
        parts: [Vec<Box<[u8]>>; KINDS_MAX],
        pairs: Vec<Vec<u64>>,
    ) {
        self.layout = layout;
        self.tables().restore(parts, pairs);
    }

    /// The tables.
    pub fn tables(&self) -> std::sync::MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn part_id(&self, worker: &mut Worker<M>, part: usize, s: &M::State) -> u32 {
        worker.bytes.clear();
        self.model.write_part(s, part, &mut worker.bytes);
        let kind = self.model.kind(part);
        worker.mirror.part(&self.tables, kind, &worker.bytes)
    }

    /// Brings the state of `key` into the worker, with the numbers of its parts.
    fn load(&self, worker: &mut Worker<M>, key: u64) {
        worker.mirror.unpack(&self.tables, key);
        self.load_parts(worker);
    }

    /// Brings the state of the mirror's parts into the worker.
    fn load_parts(&self, worker: &mut Worker<M>) {
        let model = &self.model;
        for part in 0..model.parts() {
            let id = worker.mirror.ids[part];
            let kind = model.kind(part);
            let read = |bytes: &[u8]| {
                let content = model.read_part(kind, bytes)?;
                let beyond = model.part_bytes(&content);
                Some((content, beyond))
            };
            let content = worker.mirror.content(&self.tables, kind, id, read);
            model.put_part(content, part, &mut worker.state);
        }
    }

    /// Sorts the members that are interchangeable; whether there was anything to sort.
    fn sort(&self, ids: &mut [u32; PARTS_MAX]) -> bool {
        let mut sorted = false;
        for class in &self.alike {
            // Few, and mostly in order already.
            for i in 1..class.len() {
                let mut j = i;
                while j > 0 && is_before(&class[j], &class[j - 1], ids) {
                    for (&a, &b) in class[j - 1].iter().zip(&class[j]) {
                        ids.swap(usize::from(a), usize::from(b));
                    }
                    j -= 1;
                    sorted = true;
                }
            }
        }
        sorted
    }
}

fn is_before(a: &[u8], b: &[u8], ids: &[u32; PARTS_MAX]) -> bool {
    let pairs = a.iter().zip(b);
    let mut differing = pairs.map(|(&a, &b)| (ids[usize::from(a)], ids[usize::from(b)]));
    differing.find(|(a, b)| a != b).is_some_and(|(a, b)| a < b)
}
