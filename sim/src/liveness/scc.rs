//! Strongly connected sets of states (Tarjan 1972), without recursion.

use super::{Explored, Fairness};

const UNSEEN: u32 = u32::MAX;

/// The sets of states in which a loop exists, among the states that are `inside` and by the steps
/// that may be part of a loop. A single state is one only if a step leads back to it, which no
/// step does: so every set has at least two states.
pub(crate) fn components<G: Explored>(
    graph: &G,
    fairness: &Fairness,
    inside: &dyn Fn(u32) -> bool,
) -> Vec<Vec<u32>> {
    let mut search = Search {
        graph,
        fairness,
        inside,
        index: vec![UNSEEN; graph.count() as usize],
        low: vec![0; graph.count() as usize],
        on_stack: vec![false; graph.count() as usize],
        stack: Vec::new(),
        next: 0,
        found: Vec::new(),
    };
    for n in 0..graph.count() {
        if search.index[n as usize] == UNSEEN && inside(n) {
            search.visit(n);
        }
    }
    search.found
}

struct Search<'a, G: Explored> {
    graph: &'a G,
    fairness: &'a Fairness,
    inside: &'a dyn Fn(u32) -> bool,
    /// Order in which states were met.
    index: Vec<u32>,
    /// Smallest index that is reachable from a state and on the stack.
    low: Vec<u32>,
    on_stack: Vec<bool>,
    stack: Vec<u32>,
    next: u32,
    found: Vec<Vec<u32>>,
}

impl<G: Explored> Search<'_, G> {
    fn visit(&mut self, root: u32) {
        // A frame is a state and the number of its transitions that are dealt with.
        let mut frames = vec![(root, 0)];
        self.enter(root);
        while let Some(&mut (n, ref mut dealt)) = frames.last_mut() {
            let edges = self.graph.edges(n);
            if let Some(&edge) = edges.get(*dealt) {
                *dealt += 1;
                let to = edge.to as usize;
                if !self.fairness.may_loop(edge) || !(self.inside)(edge.to) {
                    continue;
                }
                if self.index[to] == UNSEEN {
                    self.enter(edge.to);
                    frames.push((edge.to, 0));
                } else if self.on_stack[to] {
                    self.low[n as usize] = self.low[n as usize].min(self.index[to]);
                }
                continue;
            }
            frames.pop();
            if let Some(&(parent, _)) = frames.last() {
                self.low[parent as usize] = self.low[parent as usize].min(self.low[n as usize]);
            }
            if self.low[n as usize] == self.index[n as usize] {
                self.leave(n);
            }
        }
    }

    fn enter(&mut self, n: u32) {
        self.index[n as usize] = self.next;
        self.low[n as usize] = self.next;
        self.next += 1;
        self.stack.push(n);
        self.on_stack[n as usize] = true;
    }

    fn leave(&mut self, root: u32) {
        let mut component = Vec::new();
        while let Some(n) = self.stack.pop() {
            self.on_stack[n as usize] = false;
            component.push(n);
            if n == root {
                break;
            }
        }
        let loops = |n: u32| {
            let edges = self.graph.edges(n).iter();
            edges
                .filter(|&&e| self.fairness.may_loop(e))
                .any(|e| e.to == n)
        };
        if component.len() > 1 || loops(root) {
            self.found.push(component);
        }
    }
}
