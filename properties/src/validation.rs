//! What the validation of a recorded shutdown says.

use model::steps::Step;
use model::world::World;

use crate::claims::Property;
use crate::verdict::Counterexample;

/// An event of a trace, as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Line of the trace.
    pub line: usize,
    /// Seconds since the stop request.
    pub t: f64,
    /// Who.
    pub actor: String,
    /// What, in few words.
    pub words: String,
}

/// A property that the run breaks.
#[derive(Clone, Copy, Debug)]
pub struct Broken {
    /// Which.
    pub property: &'static Property,
    /// By which step of the run, from 1; none if at its end.
    pub step: Option<usize>,
}

/// Why a trace is not a behaviour of the design.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// The event that could not be explained; none if the outcome was the reason.
    pub event: Option<Event>,
    /// What is wrong, where that can be said.
    pub why: Vec<String>,
    /// Steps that were enabled behind the longest explained prefix.
    pub enabled: Vec<Step>,
}

/// The verdict on a trace.
#[derive(Clone, Debug)]
pub enum Conformance {
    /// A behaviour of the design; properties that it breaks, and those that it keeps.
    Accepted(Vec<Broken>, Vec<&'static Property>),
    /// None: everything that agrees with the trace so far was looked at.
    Rejected(Rejection),
    /// The search was given up.
    Inconclusive(Rejection),
}

/// The result.
#[derive(Clone, Debug)]
pub struct Validation {
    /// The verdict.
    pub verdict: Conformance,
    /// The design in the scenario that the trace was recorded in.
    pub world: World,
    /// The steps that explain the trace, or its longest prefix.
    pub run: Counterexample,
    /// The events that each step explains, by line.
    pub lines: Vec<Vec<usize>>,
    /// Events that were to be explained.
    pub events: usize,
    /// How many of them the run explains.
    pub explained: usize,
    /// Events left out as stuttering.
    pub folded: usize,
    /// States that the search looked at.
    pub states: usize,
    /// Names of the walsenders and slots, in the order of the model's.
    pub walsenders: Vec<String>,
    /// The real positions behind the model's, from `0/1` on.
    pub positions: Vec<String>,
}
