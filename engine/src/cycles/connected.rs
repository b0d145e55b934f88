//! Strongly connected sets of a graph (Tarjan 1972), without recursion.

/// A graph whose nodes are numbered from 0.
pub(crate) trait Graph {
    /// Number of nodes, fewer than 2^32 - 1.
    fn count(&self) -> usize;
    /// Appends the nodes to which an edge leads from `node`.
    fn ahead(&mut self, node: usize, to: &mut Vec<usize>);
}

/// In `number`: not met yet.
const UNSEEN: u32 = 0;
/// In `number`: its set is known.
const DONE: u32 = u32::MAX;
/// Nodes between two heartbeats.
const BEAT: u32 = 4096;

/// The sets of nodes in each of which every node can be reached from every other: those of at
/// least two nodes, and single nodes with an edge to themselves. `None` if `heartbeat` says
/// `false`.
pub(crate) fn connected<G: Graph>(
    graph: &mut G,
    heartbeat: &mut dyn FnMut() -> bool,
) -> Option<Vec<Vec<usize>>> {
    let count = graph.count();
    let mut search = Tarjan {
        graph,
        number: vec![UNSEEN; count],
        stack: Vec::new(),
        ahead: Vec::new(),
        next: UNSEEN,
        found: Vec::new(),
    };
    let is_whole = (0..count).all(|root| search.visit(root, heartbeat));
    is_whole.then_some(search.found)
}

/// A node on the way from the root.
struct Frame {
    node: usize,
    number: u32,
    /// The lowest number, of a node whose set is not known yet, that can be reached.
    low: u32,
    /// Its successors in `ahead`: those not yet dealt with begin at `at`.
    from: usize,
    at: usize,
    to_itself: bool,
}

struct Tarjan<'a, G> {
    graph: &'a mut G,
    number: Vec<u32>,
    /// The nodes whose sets are not known yet, in the order met.
    stack: Vec<usize>,
    /// Successors of the nodes on the way.
    ahead: Vec<usize>,
    next: u32,
    found: Vec<Vec<usize>>,
}

impl<G: Graph> Tarjan<'_, G> {
    fn visit(&mut self, root: usize, heartbeat: &mut dyn FnMut() -> bool) -> bool {
        if self.number[root] != UNSEEN {
            return true;
        }
        let mut frames = vec![self.enter(root)];
        while let Some(frame) = frames.last_mut() {
            if let Some(&node) = self.ahead.get(frame.at) {
                frame.at += 1;
                frame.to_itself |= node == frame.node;
                match self.number[node] {
                    UNSEEN => {
                        if self.next.is_multiple_of(BEAT) && !heartbeat() {
                            return false;
                        }
                        let frame = self.enter(node);
                        frames.push(frame);
                    }
                    DONE => {}
                    number => frame.low = frame.low.min(number),
                }
                continue;
            }
            self.ahead.truncate(frame.from);
            let (node, low) = (frame.node, frame.low);
            if low == frame.number {
                let alone = !frame.to_itself;
                self.leave(node, alone);
            }
            frames.pop();
            if let Some(parent) = frames.last_mut() {
                parent.low = parent.low.min(low);
            }
        }
        true
    }

    fn enter(&mut self, node: usize) -> Frame {
        self.next += 1;
        self.number[node] = self.next;
        self.stack.push(node);
        let from = self.ahead.len();
        self.graph.ahead(node, &mut self.ahead);
        Frame {
            node,
            number: self.next,
            low: self.next,
            from,
            at: from,
            to_itself: false,
        }
    }

    /// The set whose first node is `root` is whole. If it is a single node, it is a loop unless
    /// it is `alone`.
    fn leave(&mut self, root: usize, alone: bool) {
        let mut set = Vec::new();
        while let Some(node) = self.stack.pop() {
            self.number[node] = DONE;
            set.push(node);
            if node == root {
                break;
            }
        }
        if set.len() > 1 || !alone {
            self.found.push(set);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Edges(Vec<Vec<usize>>);

    impl Graph for Edges {
        fn count(&self) -> usize {
            self.0.len()
        }

        fn ahead(&mut self, node: usize, to: &mut Vec<usize>) {
            to.extend(&self.0[node]);
        }
    }

    #[test]
    fn sets_are_those_that_come_back() {
        // 0 -> 1 <-> 2 -> 3 (to itself) -> 4, and 5 -> 6 -> 5 apart.
        let edges = [
            vec![1],
            vec![2],
            vec![1, 3],
            vec![3, 4],
            vec![],
            vec![6],
            vec![5],
        ];
        let mut found = connected(&mut Edges(edges.to_vec()), &mut || true).unwrap_or_default();
        for set in &mut found {
            set.sort_unstable();
        }
        found.sort_unstable();
        assert_eq!(found, [vec![1, 2], vec![3], vec![5, 6]]);
    }
}
