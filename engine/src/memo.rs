//! What groups of steps do, remembered by the parts that they read.
//!
//! For each group and each centre there is a tree: an inner node names the part that was read next,
//! its branches are that part's contents, a leaf is the outcome. It is sound without any
//! declaration: a deterministic computation that has read the same values so far reads the same
//! part next.
//!
//! The trees of all groups are walked at once, so that the waiting for memory is shared.

mod branches;

use crate::parted::PARTS_MAX;
use branches::{Branches, Next};

/// A part that a transition changes, and the number of what it holds then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) part: u8,
    pub(crate) id: u32,
}

/// One transition of an outcome.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transition {
    pub(crate) step: u16,
    pub(crate) mark: u64,
    changes: (u32, u32),
}

/// The transitions of a group in a state: places in [`Memo::transition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    from: u32,
    to: u32,
}

impl Outcome {
    pub(crate) fn transitions(self) -> std::ops::Range<u32> {
        self.from..self.to
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// All that is remembered.
#[derive(Debug)]
pub(crate) struct Memo {
    /// By group, then by centre.
    roots: Vec<Vec<Next>>,
    branches: Branches,
    transitions: Vec<Transition>,
    changes: Vec<Change>,
    /// Where each group's walk stands.
    walks: Vec<Next>,
}

impl Memo {
    pub(crate) fn new(groups: usize) -> Memo {
        Memo {
            roots: vec![Vec::new(); groups],
            branches: Branches::default(),
            transitions: Vec::new(),
            changes: Vec::new(),
            walks: vec![Next::Unknown; groups],
        }
    }

    /// Looks for the outcomes of all groups in a state of these parts: [`Memo::found`].
    #[inline]
    pub(crate) fn find(&mut self, ids: &[u32; PARTS_MAX]) {
        let Memo {
            roots,
            branches,
            walks,
            ..
        } = self;
        for (walk, roots) in walks.iter_mut().zip(roots) {
            *walk = roots.get(ids[0] as usize).copied().unwrap_or_default();
            branches.prefetch(*walk, ids);
        }
        let mut is_open = true;
        while is_open {
            is_open = false;
            for walk in &mut *walks {
                if let Next::Read { node, part } = *walk {
                    *walk = branches.get(node, ids[usize::from(part)]);
                    branches.prefetch(*walk, ids);
                    is_open = true;
                }
            }
        }
    }

    /// What [`Memo::find`] has found for `group`.
    #[inline]
    pub(crate) fn found(&self, group: usize) -> Option<Outcome> {
        match self.walks[group] {
            Next::Leaf(outcome) => Some(outcome),
            Next::Unknown | Next::Read { .. } => None,
        }
    }

    /// The place where an outcome begins that is now to come: [`Memo::add`], then [`Memo::keep`].
    pub(crate) fn begin(&self) -> u32 {
        number(self.transitions.len())
    }

    /// Adds a transition that changes nothing yet.
    pub(crate) fn add(&mut self, step: u16, mark: u64) {
        let from = number(self.changes.len());
        self.transitions.push(Transition {
            step,
            mark,
            changes: (from, from),
        });
    }

    /// The transition added last makes `part` hold `id`.
    pub(crate) fn add_change(&mut self, part: usize, id: u32) {
        let part = u8::try_from(part).unwrap_or(u8::MAX);
        self.changes.push(Change { part, id });
        if let Some(last) = self.transitions.last_mut() {
            last.changes.1 = number(self.changes.len());
        }
    }

    /// Remembers the outcome of `group` that was added since `from`, and read `reads` in this
    /// order.
    pub(crate) fn keep(
        &mut self,
        group: usize,
        ids: &[u32; PARTS_MAX],
        reads: &[u8],
        from: u32,
    ) -> Outcome {
        let outcome = Outcome {
            from,
            to: number(self.transitions.len()),
        };
        let (roots, centre) = (&mut self.roots[group], ids[0] as usize);
        if roots.len() <= centre {
            roots.resize(centre + 1, Next::Unknown);
        }
        // The node, and the part's content, behind which the walk is.
        let mut behind = None;
        for n in 0..=reads.len() {
            let known = match behind {
                None => roots[centre],
                Some((node, id)) => self.branches.get(node, id),
            };
            let next = match (known, reads.get(n)) {
                (Next::Unknown, Some(&part)) => self.branches.node(part),
                (Next::Unknown, None) => Next::Leaf(outcome),
                (known, _) => known,
            };
            match behind {
                None => roots[centre] = next,
                Some((node, id)) => self.branches.put(node, id, next),
            }
            if let Next::Read { node, part } = next {
                behind = Some((node, ids[usize::from(part)]));
            }
        }
        outcome
    }

    #[inline]
    pub(crate) fn transition(&self, n: u32) -> Transition {
        self.transitions[n as usize]
    }

    /// What a transition changes.
    #[inline]
    pub(crate) fn changes(&self, transition: Transition) -> &[Change] {
        let (from, to) = transition.changes;
        &self.changes[from as usize..to as usize]
    }

    /// Puts into `ids` what a transition changes.
    #[inline]
    pub(crate) fn change(&self, transition: Transition, ids: &mut [u32; PARTS_MAX]) {
        for change in self.changes(transition) {
            ids[usize::from(change.part)] = change.id;
        }
    }

    /// Bytes in use, about.
    pub(crate) fn bytes(&self) -> u64 {
        let roots: usize = self.roots.iter().map(Vec::capacity).sum();
        let transitions = self.transitions.capacity() * size_of::<Transition>();
        let changes = self.changes.capacity() * size_of::<Change>();
        (roots * size_of::<Next>() + self.branches.bytes() + transitions + changes) as u64
    }
}
