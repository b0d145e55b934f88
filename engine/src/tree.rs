//! Numbers for parts, for pairs of numbers, for pairs of pairs: a state as one number.
//!
//! The tables are shared and only grow. Each thread has a mirror of them, and asks the shared ones
//! (under a lock) only for what the mirror does not have: once for each part or pair.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::parted::{KINDS_MAX, PARTS_MAX};

/// How a state becomes a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The numbers of the parts side by side, in fields of these widths by kind, 62 bits in all. No
    /// table of pairs is needed; a number that does not fit its field is an overflow.
    Fields([u32; KINDS_MAX]),
    /// Pairs of numbers are numbered, up to the root: any number of parts of any variety.
    Tree,
}

/// Set when a part had a number too large for its field: the keys are worth nothing then.
pub(crate) type Overflow = std::sync::atomic::AtomicBool;

/// Bits of half a key.
const HALF: u32 = 31;
/// Bits of a key: two numbers of 31 bits.
pub(crate) const KEY_BITS: u32 = 2 * HALF;

type Numbers<K> = HashMap<K, u32, FxBuildHasher>;

/// What the parts and pairs are: a list for each kind of part, and one for each inner node
/// of the tree. A number is a place in its list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// What parts hold, by kind.
    pub parts: [Vec<Box<[u8]>>; KINDS_MAX],
    /// Pairs, by inner node.
    pub pairs: Vec<Vec<u64>>,
    part_numbers: [Numbers<Box<[u8]>>; KINDS_MAX],
    pair_numbers: Vec<Numbers<u64>>,
    /// Bytes of the contents of all parts.
    held: usize,
}

impl Tables {
    /// Empty tables for states of `parts` parts.
    pub(crate) fn new(parts: usize) -> Tables {
        // The root's pair is the key itself.
        let inner = parts.saturating_sub(2);
        Tables {
            pairs: vec![Vec::new(); inner],
            pair_numbers: vec![Numbers::default(); inner],
            ..Tables::default()
        }
    }

    /// Appends what an earlier run had numbered, in its order.
    pub fn restore(&mut self, parts: [Vec<Box<[u8]>>; KINDS_MAX], pairs: Vec<Vec<u64>>) {
        for (kind, list) in parts.into_iter().enumerate() {
            for bytes in list {
                self.part(kind, &bytes);
            }
        }
        for (node, list) in pairs.into_iter().enumerate().take(self.pairs.len()) {
            for pair in list {
                self.pair(node, pair);
            }
        }
    }

    fn part(&mut self, kind: usize, bytes: &[u8]) -> u32 {
        if let Some(&id) = self.part_numbers[kind].get(bytes) {
            return id;
        }
        let id = number(self.parts[kind].len());
        self.held += part_bytes(bytes);
        self.parts[kind].push(bytes.into());
        self.part_numbers[kind].insert(bytes.into(), id);
        id
    }

    fn pair(&mut self, node: usize, pair: u64) -> u32 {
        let list = &mut self.pairs[node];
        let next = number(list.len());
        let id = *self.pair_numbers[node].entry(pair).or_insert(next);
        if id == next {
            list.push(pair);
        }
        id
    }

    /// Bytes in use, about.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let parts: usize = self.parts.iter().map(|list| list.capacity() * 16).sum();
        let pairs: usize = self.pairs.iter().map(|list| list.capacity() * 8).sum();
        let parts_numbered: usize = self.part_numbers.iter().map(table_bytes).sum();
        let pairs_numbered: usize = self.pair_numbers.iter().map(table_bytes).sum();
        (2 * self.held + parts + pairs + parts_numbered + pairs_numbered) as u64
    }
}

/// Bytes of a hash table. A table that grows is there twice, old and double: one that is soon full
/// counts as if it grew now.
pub(crate) fn table_bytes<K, V>(table: &HashMap<K, V, FxBuildHasher>) -> usize {
    let bytes = table.capacity() / 7 * 8 * (size_of::<(K, V)>() + 1);
    if table.len() > table.capacity() / 4 * 3 {
        3 * bytes
    } else {
        bytes
    }
}

/// Bytes of the contents of a part on the heap, with what the allocator rounds up.
fn part_bytes(bytes: &[u8]) -> usize {
    bytes.len().next_multiple_of(16) + 16
}

/// # Panics
/// After two thousand million different parts: a table of that many fits in no memory this is for.
fn number(n: usize) -> u32 {
    let number = u32::try_from(n).ok().filter(|n| n >> HALF == 0);
    number.expect("fewer than 2^31 parts")
}

/// One thread's view of the tables, and the state that it looks at.
#[derive(Debug)]
pub(crate) struct Mirror<P> {
    parts: usize,
    /// For fields: where each part's begins, and how wide it is.
    fields: Option<[(u32, u32); PARTS_MAX]>,
    part_numbers: [Numbers<Box<[u8]>>; KINDS_MAX],
    /// What the part of this number holds, by kind.
    contents: [Vec<Option<P>>; KINDS_MAX],
    pairs: Vec<Vec<u64>>,
    pair_numbers: Vec<Numbers<u64>>,
    /// The numbers of the parts of the state last unpacked.
    pub(crate) ids: [u32; PARTS_MAX],
    /// The numbers of its inner nodes.
    nodes: [u32; PARTS_MAX],
    /// Bytes of the contents of the parts whose numbers it knows.
    held: usize,
    /// Bytes that `contents` take beyond their size.
    beyond: usize,
}

impl<P> Mirror<P> {
    /// Chooses how states become keys.
    pub(crate) fn lay_out(&mut self, layout: Layout, kind: impl Fn(usize) -> usize) {
        self.fields = match layout {
            Layout::Tree => None,
            Layout::Fields(widths) => {
                let mut fields = [(0, 0); PARTS_MAX];
                let mut from = 0;
                for (part, field) in fields.iter_mut().enumerate().take(self.parts) {
                    *field = (from, widths[kind(part)]);
                    from += field.1;
                }
                assert!(from <= KEY_BITS, "fields of {from} bits");
                Some(fields)
            }
        };
    }

    pub(crate) fn new(parts: usize) -> Mirror<P> {
        let inner = parts.saturating_sub(2);
        Mirror {
            parts,
            fields: None,
            part_numbers: Default::default(),
            contents: std::array::from_fn(|_| Vec::new()),
            pairs: vec![Vec::new(); inner],
            pair_numbers: vec![Numbers::default(); inner],
            ids: [0; PARTS_MAX],
            nodes: [0; PARTS_MAX],
            held: 0,
            beyond: 0,
        }
    }

    /// The number of a part.
    pub(crate) fn part(&mut self, tables: &Mutex<Tables>, kind: usize, bytes: &[u8]) -> u32 {
        if let Some(&id) = self.part_numbers[kind].get(bytes) {
            return id;
        }
        let id = lock(tables).part(kind, bytes);
        self.held += part_bytes(bytes);
        self.part_numbers[kind].insert(bytes.into(), id);
        id
    }

    /// What part `id` of its kind holds: read from bytes when it is first asked for, with the bytes
    /// that it takes beyond its size.
    pub(crate) fn content(
        &mut self,
        tables: &Mutex<Tables>,
        kind: usize,
        id: u32,
        read: impl FnOnce(&[u8]) -> Option<(P, usize)>,
    ) -> &P {
        let list = &mut self.contents[kind];
        let place = id as usize;
        if list.len() <= place {
            list.resize_with(place + 1, || None);
        }
        list[place].get_or_insert_with(|| {
            let bytes = lock(tables).parts[kind][place].clone();
            let (content, beyond) = read(&bytes).expect("a part that was written by this model");
            self.beyond += beyond;
            content
        })
    }

    /// The key of a state of these parts. Where they are those of `before`, the state last
    /// unpacked, its nodes are taken.
    #[inline]
    pub(crate) fn pack(
        &mut self,
        tables: &Mutex<Tables>,
        overflow: &Overflow,
        ids: &[u32; PARTS_MAX],
        before: Option<&[u32; PARTS_MAX]>,
    ) -> u64 {
        if let Some(fields) = &self.fields {
            let mut key = 0;
            for (&(from, width), &id) in fields.iter().zip(ids).take(self.parts) {
                if id >> width != 0 {
                    overflow.store(true, Relaxed);
                }
                key |= u64::from(id) << from;
            }
            return key & !(u64::MAX << KEY_BITS);
        }
        if self.parts == 1 {
            return u64::from(ids[0]);
        }
        let middle = root_middle(self.parts);
        let mut next = 0;
        let left = self.node(tables, ids, before, (0, middle), &mut next);
        let right = self.node(tables, ids, before, (middle, self.parts), &mut next);
        u64::from(left) << HALF | u64::from(right)
    }

    /// The number of the node over parts `from` to `to`. Inner nodes are numbered in prefix order.
    fn node(
        &mut self,
        tables: &Mutex<Tables>,
        ids: &[u32; PARTS_MAX],
        before: Option<&[u32; PARTS_MAX]>,
        (from, to): (usize, usize),
        next: &mut usize,
    ) -> u32 {
        if to - from == 1 {
            return ids[from];
        }
        let place = *next;
        if before.is_some_and(|before| before[from..to] == ids[from..to]) {
            *next += to - from - 1;
            return self.nodes[place];
        }
        *next += 1;
        let middle = from + (to - from).div_ceil(2);
        let left = self.node(tables, ids, before, (from, middle), next);
        let right = self.node(tables, ids, before, (middle, to), next);
        let pair = u64::from(left) << HALF | u64::from(right);
        if let Some(&id) = self.pair_numbers[place].get(&pair) {
            return id;
        }
        let mut tables = lock(tables);
        let id = tables.pair(place, pair);
        self.learn(&tables, place);
        id
    }

    /// Takes over what others have put into the table of inner node `place`.
    fn learn(&mut self, tables: &Tables, place: usize) {
        let known = self.pairs[place].len();
        for &pair in &tables.pairs[place][known..] {
            self.pair_numbers[place].insert(pair, number(self.pairs[place].len()));
            self.pairs[place].push(pair);
        }
    }

    /// Finds the numbers of the parts and inner nodes of the state `key`.
    pub(crate) fn unpack(&mut self, tables: &Mutex<Tables>, key: u64) {
        if let Some(fields) = &self.fields {
            for (id, &(from, width)) in self.ids.iter_mut().zip(fields).take(self.parts) {
                *id = half(key >> from) & !(u32::MAX << width);
            }
            return;
        }
        if self.parts == 1 {
            self.ids[0] = half(key);
            return;
        }
        let middle = root_middle(self.parts);
        let mut next = 0;
        self.open(tables, half(key >> HALF), (0, middle), &mut next);
        self.open(tables, half(key), (middle, self.parts), &mut next);
    }

    fn open(
        &mut self,
        tables: &Mutex<Tables>,
        id: u32,
        (from, to): (usize, usize),
        next: &mut usize,
    ) {
        if to - from == 1 {
            self.ids[from] = id;
            return;
        }
        let place = *next;
        *next += 1;
        self.nodes[place] = id;
        if self.pairs[place].len() <= id as usize {
            self.learn(&lock(tables), place);
        }
        let pair = self.pairs[place][id as usize];
        let middle = from + (to - from).div_ceil(2);
        self.open(tables, half(pair >> HALF), (from, middle), next);
        self.open(tables, half(pair), (middle, to), next);
    }

    /// Bytes in use, about.
    pub(crate) fn bytes(&self) -> u64 {
        let contents: usize = self.contents.iter().map(Vec::capacity).sum();
        let pairs: usize = self.pairs.iter().map(|list| list.capacity() * 8).sum();
        let parts_numbered: usize = self.part_numbers.iter().map(table_bytes).sum();
        let pairs_numbered: usize = self.pair_numbers.iter().map(table_bytes).sum();
        let numbers = self.held + parts_numbered + pairs_numbered;
        (contents * size_of::<Option<P>>() + self.beyond + pairs + numbers) as u64
    }
}

/// Where the root's left side ends. The centre goes with all else, so the sides repeat most where
/// the left one has the centre and most parts, and the right one the last quarter.
fn root_middle(parts: usize) -> usize {
    parts - (parts / 4).max(1)
}

fn half(key: u64) -> u32 {
    let low = key & !(u64::MAX << HALF);
    u32::try_from(low).unwrap_or(0)
}

fn lock(tables: &Mutex<Tables>) -> std::sync::MutexGuard<'_, Tables> {
    tables.lock().unwrap_or_else(PoisonError::into_inner)
}
