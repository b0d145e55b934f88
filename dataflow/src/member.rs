//! What each worker knows of the space that all of them search.

use std::fmt::Debug;
use std::hash::Hash;

use engine::Space;

use crate::recent::Brief;

/// One worker's view of a space. States have numbers that mean something only to this worker; what
/// it says to another one, the other puts into its own numbers.
pub trait Member: 'static {
    /// A state in this worker's numbers; equal if and only if the states are.
    type State: Copy + Eq + Hash + Debug;

    /// The state in which every run begins.
    fn initial(&mut self) -> Self::State;

    /// A hash of what the state is, the same for all workers of all processes: it decides who
    /// expands the state.
    fn home(&mut self, s: &Self::State) -> u64;

    /// Number of bits of a key: 7 to 63.
    fn key_bits(&self) -> u32;

    /// The state as a key; `None` when the keys in use must be made anew first.
    fn key(&mut self, s: &Self::State) -> Option<u64>;

    /// Makes `keys`, all that are in use, anew.
    fn rekey(&mut self, keys: &mut [u64]);

    /// The state of a key.
    fn state(&mut self, key: u64) -> Self::State;

    /// Judges state number `n` of this worker, on `level`, and calls `each` with every step out of
    /// it and the state behind that, in ascending order of the steps.
    fn expand(
        &mut self,
        level: u32,
        n: u64,
        s: &Self::State,
        each: &mut impl FnMut(u16, &Self::State),
    );

    /// Appends what `peer` needs to know the state by: words that [`Member::read`] reads there, in
    /// the order in which they were written.
    fn write(&mut self, s: &Self::State, peer: usize, to: &mut Vec<u64>);

    /// The state in two words, if they are enough.
    fn brief(&mut self, s: &Self::State) -> Option<Brief>;

    /// Reads the next state that `peer` wrote, and takes its words from the front of `from`; `None`
    /// when they are not what [`Member::write`] writes.
    fn read(&mut self, peer: usize, from: &mut &[u64]) -> Option<Self::State>;

    /// Bytes in use, about.
    fn bytes(&self) -> u64 {
        0
    }
}

/// A space whose keys are what they are everywhere: not numbers that were given on the way.
#[derive(Debug)]
pub struct Keys<S: Space> {
    space: S,
    /// What the worker has judged and counted.
    pub worker: S::Worker,
}

impl<S: Space> Keys<S> {
    /// One worker's view of `space`.
    pub fn new(space: S) -> Keys<S> {
        let worker = space.worker();
        Keys { space, worker }
    }
}

/// Spreads the bits of `x` over all of them.
#[inline]
pub(crate) fn mix(x: u64) -> u64 {
    let x = (x ^ x >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ x >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ x >> 31
}

impl<S: Space + 'static> Member for Keys<S>
where
    S::Worker: 'static,
{
    type State = u64;

    fn initial(&mut self) -> u64 {
        self.space.initial(&mut self.worker)
    }

    #[inline]
    fn home(&mut self, s: &u64) -> u64 {
        mix(*s)
    }

    fn key_bits(&self) -> u32 {
        self.space.key_bits()
    }

    #[inline]
    fn key(&mut self, s: &u64) -> Option<u64> {
        Some(*s)
    }

    fn rekey(&mut self, _: &mut [u64]) {}

    #[inline]
    fn state(&mut self, key: u64) -> u64 {
        key
    }

    #[inline]
    fn expand(&mut self, level: u32, _: u64, s: &u64, each: &mut impl FnMut(u16, &u64)) {
        let mut told = |step, to| each(step, &to);
        self.space.expand(&mut self.worker, level, *s, &mut told);
    }

    #[inline]
    fn write(&mut self, s: &u64, _: usize, to: &mut Vec<u64>) {
        to.push(*s);
    }

    #[inline]
    fn brief(&mut self, s: &u64) -> Option<Brief> {
        Some(Brief {
            version: 0,
            words: [*s, 0],
        })
    }

    #[inline]
    fn read(&mut self, _: usize, from: &mut &[u64]) -> Option<u64> {
        let (&key, rest) = from.split_first()?;
        *from = rest;
        Some(key)
    }
}
