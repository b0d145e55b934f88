//! What an explorer needs to know of a model, and nothing more: an initial state, steps, and who
//! takes them.
//!
//! [`World`](crate::world::World), the shutdown of one server, is one machine. Machines for what
//! lies around a shutdown (a slot's life, a pair of nodes) stand beside it: a scenario of one pays
//! nothing for the others.

use std::fmt::Debug;
use std::hash::Hash;

use crate::steps::{Party, Taken};

/// Who takes a step and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepFacts {
    /// Its place in the machine's table of kinds of steps, for coverage.
    pub kind: usize,
    /// Who takes it, in words.
    pub actor: String,
    /// Whether a peer takes it: then it is fair only where peers are.
    pub by_peer: bool,
    /// Whose fairness it is under.
    pub party: Party,
    /// Steps of the same actor and kind are alternatives of one another: under fairness one of
    /// them is taken in the end. Two steps are alternatives if this number is the same.
    pub alternative: u32,
    /// The C function that it models.
    pub function: &'static str,
    /// Where that function is, in PostgreSQL's tree.
    pub file: &'static str,
}

/// A finite model with deterministic steps.
pub trait Machine: Clone + Debug + Send + Sync + 'static {
    /// A state. Equal states are one state: nothing of the way to it is kept.
    type State: Clone + Debug + PartialEq + Eq + Hash + Send + Sync;
    /// A step with its arguments.
    type Step: Copy + Debug + PartialEq + Eq + Send + Sync;

    /// The state in which every run begins.
    fn initial(&self) -> Self::State;

    /// All steps that could ever be taken, in a fixed order.
    fn steps(&self) -> &[Self::Step];

    /// The state behind `step`, if it is enabled in `s`. A step that changes nothing is none.
    fn apply(&self, step: Self::Step, s: &Self::State) -> Option<Self::State>;

    /// Takes `step`, if it is enabled in `s`.
    fn take(&self, step: Self::Step, s: &mut Self::State) -> Taken {
        *s = self.apply(step, s)?;
        Some(())
    }

    /// Who takes `step`, under which fairness.
    fn facts(&self, step: Self::Step) -> StepFacts;

    /// Number of kinds of steps.
    fn kinds(&self) -> usize;

    /// The faults that may happen: the name of the step of each, and the numbers of these steps.
    fn faults(&self) -> Vec<(&'static str, Vec<usize>)> {
        Vec::new()
    }

    /// Whether a state in which only the environment could still act is an ending worth judging.
    fn is_stuck(&self, s: &Self::State) -> bool;
}
