//! What parts have been seen to become, and which of it can be undone.
//!
//! A part's contents and the moves between them are a graph, much smaller than that of the states.
//! Whoever leaves a strongly connected set of it never comes back to this set. So a transition that
//! takes any part out of its set lies on no loop of states. That holds under symmetry, too: the
//! parts of one kind share a graph, each set has a rank below those that can be reached from it,
//! the sum of the ranks of all parts never falls, is the same for all states of an orbit, and rises
//! by such a transition.

use rustc_hash::FxHashSet;

use super::KINDS_MAX;
use crate::cycles::connected::{Graph, connected};

/// Moves of one kind: from which content to which.
type Seen = FxHashSet<(u32, u32)>;

/// What parts have been seen to become, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moves([Seen; KINDS_MAX]);

impl Moves {
    pub(crate) fn add(&mut self, kind: usize, from: u32, to: u32) {
        self.0[kind].insert((from, to));
    }

    /// Adds those of `other`; whether there were new ones.
    pub(crate) fn merge(&mut self, other: &Moves) -> bool {
        let mut new = false;
        for (seen, other) in self.0.iter_mut().zip(&other.0) {
            let known = seen.len();
            seen.extend(other.iter().copied());
            new |= seen.len() > known;
        }
        new
    }

    /// Which of these moves can be undone by others.
    pub(crate) fn rounds(&self) -> Rounds {
        Rounds(std::array::from_fn(|kind| sets_of(&self.0[kind])))
    }

    /// Bytes in use, about.
    pub(crate) fn bytes(&self) -> u64 {
        let places: usize = self.0.iter().map(FxHashSet::capacity).sum();
        (places / 7 * 8 * (size_of::<(u32, u32)>() + 1)) as u64
    }
}

/// For each content of a part the set in which it can be left and come back to.
#[derive(Clone, Debug)]
pub(crate) struct Rounds([Vec<u32>; KINDS_MAX]);

/// In [`Rounds`]: once left, it never comes back.
const ONCE: u32 = u32::MAX;

impl Rounds {
    /// Whether a part that goes from one content to the other may come back.
    #[inline]
    pub(crate) fn may_return(&self, kind: usize, from: u32, to: u32) -> bool {
        let set = |id: u32| self.0[kind].get(id as usize).copied().unwrap_or(ONCE);
        from == to || (set(from) != ONCE && set(from) == set(to))
    }
}

/// Contents and the moves out of each.
struct Contents(Vec<Vec<u32>>);

impl Graph for Contents {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn ahead(&mut self, node: usize, to: &mut Vec<usize>) {
        to.extend(self.0[node].iter().map(|&id| id as usize));
    }
}

fn sets_of(seen: &Seen) -> Vec<u32> {
    let mut seen: Vec<(u32, u32)> = seen.iter().copied().collect();
    seen.sort_unstable();
    let last = seen.iter().map(|&(from, to)| from.max(to)).max();
    let count = last.map_or(0, |last| last as usize + 1);
    let mut contents = Contents(vec![Vec::new(); count]);
    for (from, to) in seen {
        contents.0[from as usize].push(to);
    }
    let mut set_of = vec![ONCE; count];
    let sets = connected(&mut contents, &mut || true).unwrap_or_default();
    for (number, set) in (0..).zip(sets) {
        for node in set {
            set_of[node] = number;
        }
    }
    set_of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_for_good_may_not_return() {
        let mut moves = Moves::default();
        for (from, to) in [(0, 1), (1, 2), (2, 1), (2, 3)] {
            moves.add(1, from, to);
        }
        let rounds = moves.rounds();
        assert!(rounds.may_return(1, 1, 2) && rounds.may_return(1, 2, 1));
        assert!(!rounds.may_return(1, 0, 1) && !rounds.may_return(1, 2, 3));
        assert!(!rounds.may_return(0, 1, 2), "of another kind");
    }
}
