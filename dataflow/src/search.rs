//! The search: each state goes to its owner, who notes it and expands it with its level.
//!
//! Levels are timely's timestamps: what is found on level `n` arrives under `n + 1`, and a worker
//! begins a level when the frontier says that nothing more can arrive under it. So a state's level
//! is its distance, whatever the workers, processes and networks do.

mod hunt;

use std::cell::RefCell;
use std::rc::Rc;

use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::generic::operator::Operator;
use timely::dataflow::operators::{Capability, ConnectLoop, Feedback};
use timely::progress::frontier::MutableAntichain;

use crate::execute::Peer;
use crate::member::Member;
use crate::parcel::Parcel;
use hunt::Hunt;

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

    /// The places of its own states on `level`, of `states` that it has.
    pub(crate) fn level(&self, level: u32, states: usize) -> std::ops::Range<usize> {
        let end = |n: usize| self.ends.get(n).copied().unwrap_or(states);
        let level = level as usize;
        level.checked_sub(1).map_or(0, end)..end(level)
    }
}

/// Which level is under way at one worker, and what has arrived for later ones.
#[derive(Default)]
struct Turns {
    /// The level being expanded.
    current: Option<Capability<u32>>,
    /// The level to be begun next.
    next: Option<Capability<u32>>,
    /// The level after that: who has begun a level sooner may send what is behind it.
    early: Option<Capability<u32>>,
    early_parcels: Vec<Parcel>,
}

impl Turns {
    /// Takes what has arrived for the level of `time`.
    fn arrive<M: Member>(
        &mut self,
        hunt: &mut Hunt<M>,
        time: Capability<u32>,
        parcels: &mut Vec<Parcel>,
    ) {
        let is_next = |next: &Capability<u32>| next.time() == time.time();
        if self.next.as_ref().is_none_or(is_next) {
            self.next = Some(time);
            for parcel in parcels.drain(..) {
                hunt.receive(&parcel);
            }
        } else {
            self.early = Some(time);
            self.early_parcels.append(parcels);
        }
    }

    /// Begins the next level if no other is under way and nothing more can arrive for it; whether
    /// it did.
    fn begin<M: Member>(&mut self, hunt: &mut Hunt<M>, frontier: &MutableAntichain<u32>) -> bool {
        if self.current.is_some() {
            return false;
        }
        let next = self.next.take_if(|next| !frontier.less_equal(next.time()));
        let Some(next) = next else {
            return false;
        };
        self.current = hunt.begin(*next.time()).then_some(next);
        self.next = self.early.take();
        let parcels = std::mem::take(&mut self.early_parcels);
        for parcel in parcels {
            hunt.receive(&parcel);
        }
        true
    }

    /// Goes on with the level under way; what is to be sent, and under which time.
    fn expand<M: Member>(&mut self, hunt: &mut Hunt<M>) -> Option<(Capability<u32>, Vec<Parcel>)> {
        let now = self.current.take_if(|_| !hunt.stopped)?;
        let more = hunt.expand();
        let parcels = hunt.send(!more);
        if more {
            self.current = Some(now.clone());
        } else if self.next.is_none() && hunt.has_next() {
            self.next = Some(now.delayed(&(now.time() + 1)));
        }
        Some((now, parcels))
    }

    /// Ends it all; what is to be said about it, and under which time.
    fn stop<M: Member>(&mut self, hunt: &mut Hunt<M>) -> Option<(Capability<u32>, Vec<Parcel>)> {
        let Turns { current, next, .. } = std::mem::take(self);
        Some((current.or(next)?, hunt.farewell()))
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
    let begins = hunt.take_initial();
    let hunt = Rc::new(RefCell::new(hunt));
    let shared = Rc::clone(&hunt);
    peer.worker.dataflow::<u32, _, _>(|scope| {
        let (handle, found) = scope.feedback::<Vec<Parcel>>(1);
        let to_owner = Exchange::new(|parcel: &Parcel| u64::from(parcel.to));
        let expand = found.unary_frontier(to_owner, "Expand", |capability, info| {
            let activator = scope.activator_for(info.address);
            let mut turns = Turns {
                next: begins.then_some(capability),
                ..Turns::default()
            };
            move |(input, frontier), output| {
                let hunt = &mut *shared.borrow_mut();
                // In the order of arrival: what a number stands for comes before its use.
                input.for_each(|capability, parcels| {
                    if let Some(time) = capability.retain_least(output.output_index()) {
                        turns.arrive(hunt, time, parcels);
                    }
                });
                let mut again = turns.begin(hunt, frontier);
                if let Some((now, parcels)) = turns.expand(hunt) {
                    output.session(&now).give_iterator(parcels.into_iter());
                    again = true;
                }
                if hunt.stopped
                    && let Some((now, parcels)) = turns.stop(hunt)
                {
                    output.session(&now).give_iterator(parcels.into_iter());
                }
                if again {
                    activator.activate();
                }
            }
        });
        expand.connect_loop(handle);
    });
    peer.finish();
    let Ok(hunt) = Rc::try_unwrap(hunt) else {
        unreachable!("the dataflow is gone, and with it who else held this");
    };
    Ok(hunt.into_inner().into_found())
}
