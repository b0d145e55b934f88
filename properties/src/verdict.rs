//! What a run says: verdicts with their bounds, stories, coverage.

use model::machine::Machine;
use model::world::World;

use crate::ending::Judged;
use crate::waived::Waived;

/// What was found out about one property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// True in every state, step and ending, in the stated bounds.
    Holds,
    /// A counterexample exists.
    Violated,
    /// Neither: the frontier did not empty ([`Run::unfinished`]), or the engine does not judge it.
    Inconclusive,
    /// Its premise was never met: it could not have failed here. So it is where a fault excuses
    /// every ending.
    Vacuous,
}

impl Outcome {
    /// As in JSON: `holds`, `violated`, `inconclusive`, `vacuous`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Holds => "holds",
            Outcome::Violated => "violated",
            Outcome::Inconclusive => "inconclusive",
            Outcome::Vacuous => "vacuous",
        }
    }
}

/// Which bound ended a search before its frontier was empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unfinished {
    /// So many transitions.
    Transitions(u64),
    /// So many seconds.
    Seconds(u64),
    /// So many bytes; or the system gave no more, and had given fewer.
    Memory(u64),
}

/// A run from the initial state: the steps taken and all states on the way.
#[derive(Clone, Debug)]
pub struct Counterexample<M: Machine = World> {
    /// The initial state.
    pub initial: M::State,
    /// Each step with the state behind it.
    pub steps: Vec<(M::Step, M::State)>,
    /// The run is endless: after this many steps the rest is repeated for ever. If there is no
    /// rest, nothing more happens.
    pub loop_from: Option<usize>,
}

impl<M: Machine> Counterexample<M> {
    /// The last state.
    #[must_use]
    pub fn last(&self) -> &M::State {
        self.steps.last().map_or(&self.initial, |(_, s)| s)
    }
}

/// The verdict on one property.
#[derive(Clone, Debug)]
pub struct Verdict<M: Machine = World> {
    /// The property's id.
    pub property: &'static str,
    /// What was found.
    pub outcome: Outcome,
    /// Endings that do not keep the promise, and what excuses them. A search that did not come to
    /// its end has counted those that it found.
    pub waived: Waived,
    /// The shortest counterexample of a violated one.
    pub counterexample: Option<Counterexample<M>>,
}

/// How often each kind of step was taken, in transitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Parallel to the machine's table of kinds of steps.
    pub taken: Vec<u64>,
}

impl Coverage {
    /// Nothing taken, of `kinds` kinds of steps.
    #[must_use]
    pub fn none(kinds: usize) -> Coverage {
        Coverage {
            taken: vec![0; kinds],
        }
    }
}

/// Everything that one exploration of a design in a scenario says.
#[derive(Clone, Debug)]
pub struct Run<M: Judged = World> {
    /// The design's name, as the user gave it.
    pub design: String,
    /// The scenario's name.
    pub scenario: String,
    /// A verdict for each property asked for, in the order of the table.
    pub verdicts: Vec<Verdict<M>>,
    /// States and endings that differ only in the order of like walsenders were taken for one.
    pub symmetry: bool,
    /// Steps that need no interleaving were left out: counterexamples may have a few steps more
    /// than the shortest.
    pub partial_order: bool,
    /// Unique states.
    pub states_unique: u64,
    /// Transitions, those to known states included.
    pub transitions: u64,
    /// Steps on the longest of the shortest paths.
    pub depth: u64,
    /// Whether every reachable state was expanded.
    pub frontier_empty: bool,
    /// Why not, if not; or why, of states that are all known, the endless runs are not, which
    /// leads-to properties are judged by.
    pub unfinished: Option<Unfinished>,
    /// How often each step was taken.
    pub coverage: Coverage,
    /// Faults in the budget that never happened (the graph engine knows).
    pub faults_unused: Vec<&'static str>,
    /// Every ending reached, with a shortest story where stories were asked for.
    pub endings: Vec<(M::Ending, Option<Counterexample<M>>)>,
    /// Wall-clock seconds.
    pub seconds: f64,
}
