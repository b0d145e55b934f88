//! What one worker does in the search: it takes what is its own, and finds what is behind it.

use engine::KeySet;

use super::{Bounds, Found, Snapshot};
use crate::member::Member;
use crate::outbox::Outbox;
use crate::parcel::{Parcel, Words};
use crate::recent::Recent;

/// States expanded between two looks at what has arrived.
const CHUNK: usize = 1024;
/// Keys that are put into the set at once.
const BATCH: usize = 4096;
/// States expanded between two looks at the memory in use.
const MEASURE: usize = 1 << 16;

/// One worker's search under way.
pub(super) struct Hunt<M: Member> {
    pub(super) found: Found<M>,
    bounds: Bounds,
    set: KeySet,
    /// Keys that are not in the set yet.
    pending: Vec<u64>,
    outbox: Outbox,
    recent: Recent,
    index: usize,
    peers: usize,
    /// Number of states expanded.
    expanded: usize,
    /// Where memory is looked at next.
    measure: usize,
    pub(super) stopped: bool,
    /// Whether all others know that.
    told: bool,
}

impl<M: Member> Hunt<M> {
    pub(super) fn new(
        member: M,
        bounds: Bounds,
        index: usize,
        peers: usize,
    ) -> std::io::Result<Hunt<M>> {
        Ok(Hunt {
            set: KeySet::new(member.key_bits())?,
            found: Found {
                member,
                keys: Vec::new(),
                ends: Vec::new(),
                snapshot: Snapshot::default(),
                is_complete: false,
                is_garbled: false,
            },
            bounds,
            pending: Vec::with_capacity(BATCH),
            outbox: Outbox::new(index, peers),
            recent: Recent::new(),
            index,
            peers,
            expanded: 0,
            measure: MEASURE,
            stopped: false,
            told: false,
        })
    }

    /// Takes the initial state, if it is its own; whether it is.
    pub(super) fn take_initial(&mut self) -> bool {
        let initial = self.found.member.initial();
        let is_own = self.owner(&initial) == self.index;
        if is_own {
            self.take(&initial);
        }
        is_own
    }

    fn owner(&mut self, s: &M::State) -> usize {
        if self.peers == 1 {
            return 0;
        }
        let hash = u128::from(self.found.member.home(s));
        usize::try_from((hash * self.peers as u128) >> 64).unwrap_or(0)
    }

    /// Gives a state to its owner, if that was not done lately.
    #[inline]
    fn pass_on(&mut self, s: &M::State) {
        if self.peers == 1 {
            return self.take(s);
        }
        let member = &mut self.found.member;
        if member.brief(s).is_some_and(|brief| self.recent.has(brief)) {
            return;
        }
        let owner = self.owner(s);
        if owner == self.index {
            self.take(s);
        } else {
            self.found.member.write(s, owner, self.outbox.words(owner));
        }
    }

    /// Takes a state of its own.
    #[inline]
    fn take(&mut self, s: &M::State) {
        let key = loop {
            match self.found.member.key(s) {
                Some(key) => break key,
                None => self.rekey(),
            }
        };
        self.pending.push(key);
        if self.pending.len() >= BATCH {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let inserted = self.set.insert_all(&self.pending, &mut self.found.keys);
        self.pending.clear();
        self.stopped |= inserted.is_err();
    }

    #[cold]
    fn rekey(&mut self) {
        let known = self.found.keys.len();
        self.found.keys.append(&mut self.pending);
        self.found.member.rekey(&mut self.found.keys);
        self.pending = self.found.keys.split_off(known);
        let set = KeySet::new(self.found.member.key_bits());
        let filled = set.and_then(|mut set| {
            set.insert_all(&self.found.keys, &mut Vec::new())?;
            Ok(set)
        });
        match filled {
            Ok(set) => self.set = set,
            Err(_) => self.stopped = true,
        }
    }

    pub(super) fn receive(&mut self, parcel: &Parcel) {
        let mut words = &parcel.words.0[..];
        if words.is_empty() {
            // Somebody has stopped, and said so to all.
            (self.stopped, self.told) = (true, true);
        }
        while !self.stopped && !words.is_empty() {
            if let Some(s) = self.found.member.read(parcel.from as usize, &mut words) {
                self.take(&s);
            } else {
                self.found.is_garbled = true;
                self.stopped = true;
            }
        }
    }

    /// Begins `level`, of which nothing more can arrive; whether there is anything to expand.
    pub(super) fn begin(&mut self, level: u32) -> bool {
        self.flush();
        let known = self.found.ends.last().copied().unwrap_or(0);
        self.found.ends.resize(level as usize, known);
        self.found.ends.push(self.found.keys.len());
        let any = self.found.keys.len() > known;
        if any {
            self.found.snapshot.level = level;
        }
        any
    }

    /// Expands the next states of the level that was begun; `false` at its end.
    pub(super) fn expand(&mut self) -> bool {
        let end = self.found.ends.last().copied().unwrap_or(0);
        let chunk = self.expanded..end.min(self.expanded + CHUNK);
        let level = self.found.snapshot.level;
        let mut behind: Vec<M::State> = Vec::with_capacity(64);
        for n in chunk.clone() {
            let member = &mut self.found.member;
            let s = member.state(self.found.keys[n]);
            member.expand(level, n as u64, &s, &mut |_, to| behind.push(*to));
            self.found.snapshot.transitions += behind.len() as u64;
            for s in behind.drain(..) {
                self.pass_on(&s);
            }
        }
        self.expanded = chunk.end;
        if self.expanded >= self.measure {
            self.measure += MEASURE;
            self.found.snapshot.bytes = self.bytes();
            self.stopped |= self.found.snapshot.bytes > self.bounds.memory_max;
        }
        self.found.snapshot.states = self.found.keys.len() as u64;
        self.found.snapshot.expanded = self.expanded as u64;
        self.stopped |= !(self.bounds.beat)(self.found.snapshot);
        self.expanded < end
    }

    fn bytes(&self) -> u64 {
        let keys = (self.found.keys.capacity() + self.pending.capacity()) as u64 * 8;
        keys + self.set.bytes() + self.found.member.bytes()
    }

    /// What is to be sent now; at the end of a level, all.
    pub(super) fn send(&mut self, all: bool) -> Vec<Parcel> {
        if all {
            self.outbox.close_all();
        }
        std::mem::take(&mut self.outbox.ready)
    }

    /// Whether something of the next level is found already.
    pub(super) fn has_next(&mut self) -> bool {
        self.flush();
        self.found.ends.last() < Some(&self.found.keys.len())
    }

    /// Says to all others that the search is over, once.
    pub(super) fn farewell(&mut self) -> Vec<Parcel> {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let others = (0..self.peers).filter(|&peer| peer != self.index && !self.told);
        let parcels = others.map(|peer| Parcel {
            from: number(self.index),
            to: number(peer),
            words: Words::default(),
        });
        let parcels = parcels.collect();
        self.told = true;
        parcels
    }

    /// What it has found in the end.
    pub(super) fn into_found(mut self) -> Found<M> {
        self.found.snapshot.states = self.found.keys.len() as u64;
        self.found.snapshot.bytes = self.bytes();
        self.found.is_complete = !self.stopped && self.expanded == self.found.keys.len();
        self.found
    }
}
