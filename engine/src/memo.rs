//! What groups of steps do, remembered by the parts that they read.
//!
//! For each group and each centre there is a tree: an inner node names the part that was read next,
//! its branches are that part's contents, a leaf is the outcome. It is sound without any
//! declaration: a deterministic computation that has read the same values so far reads the same
//! part next.

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::parted::PARTS_MAX;
use crate::tree::table_bytes;

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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    from: u32,
    to: u32,
}

impl Outcome {
    pub(crate) fn transitions(self) -> std::ops::Range<u32> {
        self.from..self.to
    }
}

#[derive(Clone, Copy, Debug)]
enum Node {
    /// Look at this part next.
    Read(u8),
    Leaf(Outcome),
}

/// All that is remembered.
#[derive(Debug)]
pub(crate) struct Memo {
    groups: u32,
    nodes: Vec<Node>,
    /// The node behind a node and a part's number; roots are behind `u32::MAX` less the group.
    branches: HashMap<(u32, u32), u32, FxBuildHasher>,
    transitions: Vec<Transition>,
    changes: Vec<Change>,
}

impl Memo {
    pub(crate) fn new(groups: usize) -> Memo {
        Memo {
            groups: u32::try_from(groups).unwrap_or(u32::MAX),
            nodes: Vec::new(),
            branches: HashMap::default(),
            transitions: Vec::new(),
            changes: Vec::new(),
        }
    }

    fn root(&self, group: usize) -> u32 {
        u32::MAX - self.groups + u32::try_from(group).unwrap_or(0)
    }

    /// The outcome of `group` in a state of these parts, if it is known.
    #[inline]
    pub(crate) fn find(&self, group: usize, ids: &[u32; PARTS_MAX]) -> Option<Outcome> {
        let mut node = *self.branches.get(&(self.root(group), ids[0]))?;
        loop {
            match self.nodes[node as usize] {
                Node::Leaf(outcome) => return Some(outcome),
                Node::Read(part) => node = *self.branches.get(&(node, ids[usize::from(part)]))?,
            }
        }
    }

    /// Remembers the outcome of `group`, which read `reads` in this order.
    pub(crate) fn keep(
        &mut self,
        group: usize,
        ids: &[u32; PARTS_MAX],
        reads: &[u8],
        transitions: &[(u16, u64, Vec<Change>)],
    ) -> Outcome {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let from = number(self.transitions.len());
        for (step, mark, changes) in transitions {
            let start = number(self.changes.len());
            self.changes.extend(changes);
            self.transitions.push(Transition {
                step: *step,
                mark: *mark,
                changes: (start, number(self.changes.len())),
            });
        }
        let outcome = Outcome {
            from,
            to: number(self.transitions.len()),
        };
        let mut key = (self.root(group), ids[0]);
        for &part in reads {
            let node = self.node(key, Node::Read(part));
            key = (node, ids[usize::from(part)]);
        }
        self.node(key, Node::Leaf(outcome));
        outcome
    }

    /// The node behind `key`; if there is none, it is `new`.
    fn node(&mut self, key: (u32, u32), new: Node) -> u32 {
        if let Some(&node) = self.branches.get(&key) {
            return node;
        }
        let node = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(new);
        self.branches.insert(key, node);
        node
    }

    #[inline]
    pub(crate) fn transition(&self, n: u32) -> Transition {
        self.transitions[n as usize]
    }

    /// Puts into `ids` what a transition changes.
    #[inline]
    pub(crate) fn change(&self, transition: Transition, ids: &mut [u32; PARTS_MAX]) {
        let (from, to) = transition.changes;
        for change in &self.changes[from as usize..to as usize] {
            ids[usize::from(change.part)] = change.id;
        }
    }

    /// Bytes in use, about.
    pub(crate) fn bytes(&self) -> u64 {
        let table = table_bytes(&self.branches);
        let nodes = self.nodes.capacity() * size_of::<Node>();
        let transitions = self.transitions.capacity() * size_of::<Transition>();
        let changes = self.changes.capacity() * size_of::<Change>();
        (table + nodes + transitions + changes) as u64
    }
}
