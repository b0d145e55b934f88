//! The reachable states of a machine, level by level, whole and exact.
//!
//! *What it keeps*: every state once, in the order found; for each the step and the state it was
//! found by; and, where liveness is asked for, every transition. Two states are one only if they
//! are equal: nothing rests on a hash. States are expanded in the order found, so the way back
//! from a state is a shortest one.
//!
//! *Judging on the way*: each claim about states, steps and endings is asked where it belongs;
//! the first that is broken, in that order, is kept for each property.

use std::hash::BuildHasherDefault;

use indexmap::IndexSet;
use model::machine::Machine;
use model::steps::Party;
use properties::claims::{Claim, Judgement, Transition};
use properties::waived::Waived;
use properties::{Counterexample, Coverage, Property};
use rustc_hash::FxHasher;

type States<S> = IndexSet<S, BuildHasherDefault<FxHasher>>;

/// A transition: the number of the step (in [`Machine::steps`]) and of the state behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Number of the step.
    pub step: u16,
    /// Number of the state.
    pub to: u32,
}

/// Where a promise was first found broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Number of the state.
    pub state: u32,
    /// The step out of it, for a claim about steps.
    pub step: Option<u16>,
}

/// What bounds the exploration.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Stop after this many transitions.
    pub transitions_max: u64,
    /// Keep transitions.
    pub edges: bool,
}

/// The graph, and what was judged while it grew.
#[derive(Debug)]
pub struct Graph<M: Machine> {
    /// The machine.
    pub machine: M,
    states: States<M::State>,
    /// For each state but the first: the state and the step it was found by.
    parents: Vec<(u32, u16)>,
    /// End of each expanded state's transitions in `edges`; as long as `states` if kept.
    edge_ends: Vec<u32>,
    edges: Vec<Edge>,
    /// Number of states that are expanded; all of them, once the frontier is empty.
    pub expanded: usize,
    /// Transitions so far.
    pub transitions: u64,
    /// Number of steps on the longest of the shortest ways.
    pub depth: u32,
    level_end: usize,
    /// How often each step was taken, by its number.
    pub taken: Vec<u64>,
    /// Endings, in the order found.
    pub endings: Vec<u32>,
    /// Parallel to the properties asked for: first violation.
    pub broken: Vec<Option<Broken>>,
    /// Parallel to the properties asked for: the premise was met.
    pub concerned: Vec<bool>,
    /// Parallel to the properties asked for: endings that do not keep the promise and are excused.
    pub waived: Vec<Waived>,
    kinds: Vec<(usize, Party)>,
}

impl<M: Machine> Graph<M> {
    /// The graph of `machine` with its initial state only, for `properties` many properties.
    #[must_use]
    pub fn new(machine: M, properties: usize) -> Graph<M> {
        let mut states = States::default();
        states.insert(machine.initial());
        let kinds = machine.steps().iter().map(|&step| {
            let facts = machine.facts(step);
            (facts.kind, facts.party)
        });
        Graph {
            kinds: kinds.collect(),
            taken: vec![0; machine.steps().len()],
            states,
            parents: vec![(0, 0)],
            edge_ends: Vec::new(),
            edges: Vec::new(),
            expanded: 0,
            transitions: 0,
            depth: 0,
            level_end: 1,
            endings: Vec::new(),
            broken: vec![None; properties],
            concerned: vec![false; properties],
            waived: vec![Waived::default(); properties],
            machine,
        }
    }

    /// Number of states found.
    #[must_use]
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether there is none: never.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// Whether every state found is expanded.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.expanded == self.states.len()
    }

    /// The state of number `n`.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn state(&self, n: u32) -> &M::State {
        &self.states[n as usize]
    }

    /// The transitions out of state `n`, in the order of the steps. Empty if they are not kept.
    #[must_use]
    pub fn edges(&self, n: u32) -> &[Edge] {
        let n = n as usize;
        let Some(&end) = self.edge_ends.get(n) else {
            return &[];
        };
        let start = if n == 0 { 0 } else { self.edge_ends[n - 1] };
        &self.edges[start as usize..end as usize]
    }

    /// Expands up to `count` more states, judging `properties`; `false` when there is nothing left
    /// to expand, or a bound is reached.
    pub fn expand(&mut self, count: usize, properties: &[&Property<M>], bounds: Bounds) -> bool {
        for _ in 0..count {
            if self.is_complete() || self.transitions >= bounds.transitions_max {
                return false;
            }
            if self.expanded == self.level_end {
                self.level_end = self.states.len();
                self.depth += 1;
            }
            self.expand_next(properties, bounds.edges);
        }
        true
    }

    fn expand_next(&mut self, properties: &[&Property<M>], keep_edges: bool) {
        let from = u32::try_from(self.expanded).unwrap_or(u32::MAX);
        let before = self.states[self.expanded].clone();
        self.expanded += 1;
        self.judge(properties, from, None, |machine, claim| match claim {
            Claim::Always(f) => f(machine, &before),
            Claim::LeadsTo(goal) if (goal.owed)(machine, &before) => Judgement::Kept,
            Claim::NeverStep(_) | Claim::AtEnd(_) | Claim::LeadsTo(_) => Judgement::NotConcerned,
        });
        let (mut enabled, mut promised) = (false, false);
        let mut after = before.clone();
        for step in 0..self.machine.steps().len() {
            let taken = self.machine.steps()[step];
            if self.machine.take(taken, &mut after).is_none() {
                continue;
            }
            let number = u16::try_from(step).unwrap_or(u16::MAX);
            enabled = true;
            promised |= self.kinds[step].1 != Party::Environment;
            self.transitions += 1;
            self.taken[step] += 1;
            let transition = Transition {
                before: &before,
                step: taken,
                after: &after,
            };
            self.judge(
                properties,
                from,
                Some(number),
                |machine, claim| match claim {
                    Claim::NeverStep(f) => f(machine, &transition),
                    Claim::Always(_) | Claim::AtEnd(_) | Claim::LeadsTo(_) => {
                        Judgement::NotConcerned
                    }
                },
            );
            let found = std::mem::replace(&mut after, before.clone());
            let (to, new) = self.states.insert_full(found);
            if new {
                self.parents.push((from, number));
            }
            if keep_edges {
                let to = u32::try_from(to).unwrap_or(u32::MAX);
                self.edges.push(Edge { step: number, to });
            }
        }
        if keep_edges {
            self.edge_ends
                .push(u32::try_from(self.edges.len()).unwrap_or(u32::MAX));
        }
        if !enabled || !promised && self.machine.is_stuck(&before) {
            self.endings.push(from);
            self.judge(properties, from, None, |machine, claim| match claim {
                Claim::AtEnd(f) => f(machine, &before),
                Claim::Always(_) | Claim::NeverStep(_) | Claim::LeadsTo(_) => {
                    Judgement::NotConcerned
                }
            });
            for (waived, property) in self.waived.iter_mut().zip(properties) {
                if let Some(by) = property.waived.and_then(|f| f(&self.machine, &before)) {
                    waived.add(by, 1);
                }
            }
        }
    }

    fn judge(
        &mut self,
        properties: &[&Property<M>],
        state: u32,
        step: Option<u16>,
        of: impl Fn(&M, &Claim<M>) -> Judgement,
    ) {
        for (i, property) in properties.iter().enumerate() {
            match of(&self.machine, &property.claim) {
                Judgement::NotConcerned => {}
                Judgement::Kept => self.concerned[i] = true,
                Judgement::Broken => {
                    self.concerned[i] = true;
                    self.broken[i].get_or_insert(Broken { state, step });
                }
            }
        }
    }

    /// How often each kind of step was taken.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        let mut coverage = Coverage::none(self.machine.kinds());
        for ((kind, _), n) in self.kinds.iter().zip(&self.taken) {
            coverage.taken[*kind] += n;
        }
        coverage
    }

    /// The faults that may happen and never did.
    #[must_use]
    pub fn faults_unused(&self) -> Vec<&'static str> {
        let unused = |steps: &[usize]| steps.iter().all(|&n| self.taken[n] == 0);
        let faults = self.machine.faults().into_iter();
        faults
            .filter(|(_, steps)| unused(steps))
            .map(|(name, _)| name)
            .collect()
    }

    /// A shortest run to state `n`, and one step more if `step` is given.
    #[must_use]
    pub fn story(&self, n: u32, step: Option<u16>) -> Counterexample<M> {
        let mut steps = Vec::new();
        if let Some(step) = step {
            steps.extend(self.take(n, step));
        }
        let mut at = n;
        while at != 0 {
            let (from, by) = self.parents[at as usize];
            steps.push((self.step(by), self.state(at).clone()));
            at = from;
        }
        steps.reverse();
        Counterexample {
            initial: self.state(0).clone(),
            steps,
            loop_from: None,
        }
    }

    /// Number of steps from the beginning to state `n`.
    #[must_use]
    pub fn distance(&self, n: u32) -> u32 {
        let mut at = n;
        let mut distance = 0;
        while at != 0 {
            at = self.parents[at as usize].0;
            distance += 1;
        }
        distance
    }

    /// The step of number `n`.
    #[must_use]
    pub fn step(&self, n: u16) -> M::Step {
        self.machine.steps()[usize::from(n)]
    }

    fn take(&self, n: u32, step: u16) -> Option<(M::Step, M::State)> {
        let step = self.step(step);
        let after = self.machine.apply(step, self.state(n))?;
        Some((step, after))
    }
}
