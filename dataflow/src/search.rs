//! The search: each state goes to its owner, who notes it and expands it with its level.
//!
//! Levels are timely's timestamps: what is found on level `n` arrives under `n + 1`, and a worker
//! begins a level when the frontier says that nothing more can arrive under it. So a state's level
//! is its distance, whatever the workers, processes and networks do.

use std::cell::RefCell;
use std::rc::Rc;

use engine::KeySet;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::generic::operator::Operator;
use timely::dataflow::operators::{Capability, ConnectLoop, Feedback};

use crate::execute::Peer;
use crate::member::Member;
use crate::outbox::Outbox;
use crate::parcel::{Parcel, Words};

/// States expanded between two looks at what has arrived.
const CHUNK: usize = 1024;
/// Keys that are put into the set at once.
const BATCH: usize = 4096;
/// States expanded between two looks at the memory in use.
const MEASURE: usize = 1 << 16;

/// How far one worker is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// States of its own found.
    pub states: u64,
    /// States expanded.
    pub expanded: u64,
    /// Transitions seen.
    pub transitions: u64,
    /// The level that is being expanded.
    pub level: u32,
    /// Bytes in use, about.
    pub bytes: u64,
}

/// Called now and then with how far the worker is; `false` ends the search of all workers.
pub type Beat = Box<dyn FnMut(Snapshot) -> bool>;

/// What ends one worker's search.
pub struct Bounds {
    /// Stop before more than about this many bytes are in use.
    pub memory_max: u64,
    /// Says when it is enough.
    pub beat: Beat,
}

impl std::fmt::Debug for Bounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bounds")
            .field("memory_max", &self.memory_max)
            .finish_non_exhaustive()
    }
}

/// What one worker has found.
#[derive(Debug)]
pub struct Found<M> {
    /// Its view of the space, with what it has judged.
    pub member: M,
    /// The keys of its own states, in the order found, level by level.
    pub(crate) keys: Vec<u64>,
    /// Where each level's end in `keys`.
    pub(crate) ends: Vec<usize>,
    /// How far it came.
    pub snapshot: Snapshot,
    /// Whether it has expanded all that it has found, and nobody has stopped.
    pub is_complete: bool,
    /// Whether another worker's words made no sense: our bug.
    pub is_garbled: bool,
}

impl<M: Member> Found<M> {
    /// State number `n` of this worker.
    pub fn state(&mut self, n: u64) -> Option<M::State> {
        let key = *self.keys.get(usize::try_from(n).ok()?)?;
        Some(self.member.state(key))
    }

    /// The places of its own states on `level`.
    pub(crate) fn level(&self, level: u32) -> std::ops::Range<usize> {
        let end = |n: usize| self.ends.get(n).copied().unwrap_or(self.keys.len());
        let level = level as usize;
        level.checked_sub(1).map_or(0, end)..end(level)
    }
}

/// One worker's search under way.
struct Hunt<M: Member> {
    found: Found<M>,
    bounds: Bounds,
    set: KeySet,
    /// Keys that are not in the set yet.
    pending: Vec<u64>,
    outbox: Outbox,
    index: usize,
    peers: usize,
    /// Number of states expanded.
    expanded: usize,
    /// Where memory is looked at next.
    measure: usize,
    stopped: bool,
    /// Whether all others know that.
    told: bool,
}

impl<M: Member> Hunt<M> {
    fn new(member: M, bounds: Bounds, index: usize, peers: usize) -> std::io::Result<Hunt<M>> {
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
            index,
            peers,
            expanded: 0,
            measure: MEASURE,
            stopped: false,
            told: false,
        })
    }

    fn owner(&mut self, s: &M::State) -> usize {
        let hash = u128::from(self.found.member.home(s));
        usize::try_from((hash * self.peers as u128) >> 64).unwrap_or(0)
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

    fn receive(&mut self, parcel: &Parcel) {
        let mut words = &parcel.words.0[..];
        if words.is_empty() {
            // Somebody has stopped, and said so to all.
            (self.stopped, self.told) = (true, true);
        }
        while !self.stopped && !words.is_empty() {
            match self.found.member.read(parcel.from as usize, &mut words) {
                Some(s) => self.take(&s),
                None => {
                    self.found.is_garbled = true;
                    self.stopped = true;
                }
            }
        }
    }

    /// Begins `level`, of which nothing more can arrive; whether there is anything to expand.
    fn begin(&mut self, level: u32) -> bool {
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
    fn expand(&mut self) -> bool {
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
                let owner = self.owner(&s);
                if owner == self.index {
                    self.take(&s);
                } else {
                    self.outbox.state(&mut self.found.member, owner, &s);
                }
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
    fn send(&mut self, all: bool) -> std::vec::Drain<'_, Parcel> {
        if all {
            self.outbox.close_all();
        }
        self.outbox.ready.drain(..)
    }

    /// Whether something of the next level is found already.
    fn has_next(&mut self) -> bool {
        self.flush();
        self.found.ends.last() < Some(&self.found.keys.len())
    }

    /// Says to all others that the search is over, once.
    fn farewell(&mut self) -> Vec<Parcel> {
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
}

/// Searches what is reachable, together with all other workers, which call it at the same point.
///
/// # Errors
/// When the system gives no memory to begin with.
pub fn search<M: Member>(
    peer: &mut Peer<'_>,
    member: M,
    bounds: Bounds,
) -> std::io::Result<Found<M>> {
    let (index, peers) = (peer.index(), peer.peers());
    let mut hunt = Hunt::new(member, bounds, index, peers)?;
    let initial = hunt.found.member.initial();
    let begins = hunt.owner(&initial) == index;
    if begins {
        hunt.take(&initial);
    }
    let hunt = Rc::new(RefCell::new(hunt));
    let shared = Rc::clone(&hunt);
    peer.worker.dataflow::<u32, _, _>(|scope| {
        let (handle, found) = scope.feedback::<Vec<Parcel>>(1);
        let expand = found.unary_frontier(
            Exchange::new(|parcel: &Parcel| u64::from(parcel.to)),
            "Expand",
            |capability, info| {
                let activator = scope.activator_for(info.address);
                // What is to be begun, and what is being expanded.
                let mut waiting = begins.then_some(capability);
                let mut current: Option<Capability<u32>> = None;
                // What has come for the level after the one that waits.
                let mut early: Option<Capability<u32>> = None;
                let mut early_parcels: Vec<Parcel> = Vec::new();
                move |(input, frontier), output| {
                    let mut hunt = shared.borrow_mut();
                    // In the order of arrival: what a number stands for comes before its use.
                    input.for_each(|capability, parcels| {
                        let Some(time) = capability.retain_least(output.output_index()) else {
                            return;
                        };
                        // Who has begun a level sooner may send what is of the one after it.
                        if waiting
                            .as_ref()
                            .is_some_and(|next| next.time() < time.time())
                        {
                            early_parcels.append(parcels);
                            early = Some(time);
                        } else {
                            waiting = Some(time);
                            parcels.drain(..).for_each(|parcel| hunt.receive(&parcel));
                        }
                    });
                    if current.is_none()
                        && let Some(next) =
                            waiting.take_if(|next| !frontier.less_equal(next.time()))
                    {
                        current = hunt.begin(*next.time()).then_some(next);
                        waiting = early.take();
                        early_parcels
                            .drain(..)
                            .for_each(|parcel| hunt.receive(&parcel));
                        activator.activate();
                    }
                    if let Some(now) = current.take_if(|_| !hunt.stopped) {
                        let more = hunt.expand();
                        output.session(&now).give_iterator(hunt.send(!more));
                        if !more && waiting.is_none() && hunt.has_next() {
                            waiting = Some(now.delayed(&(now.time() + 1)));
                        }
                        current = more.then_some(now);
                        activator.activate();
                    }
                    if hunt.stopped {
                        if let Some(now) = current.take().or(waiting.take()) {
                            output
                                .session(&now)
                                .give_iterator(hunt.farewell().into_iter());
                        }
                        (waiting, early) = (None, None);
                    }
                }
            },
        );
        expand.connect_loop(handle);
    });
    peer.finish();
    let Ok(cell) = Rc::try_unwrap(hunt) else {
        unreachable!("the dataflow is gone, and with it who else held this");
    };
    let hunt = cell.into_inner();
    let bytes = hunt.bytes();
    let Hunt {
        mut found,
        expanded,
        stopped,
        ..
    } = hunt;
    found.is_complete = !stopped && expanded == found.keys.len();
    found.snapshot.states = found.keys.len() as u64;
    found.snapshot.bytes = bytes;
    Ok(found)
}
