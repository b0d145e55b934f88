//! What random walks say: what they broke, how they went, what they went through.

use model::postmaster::PmState;
use model::scenario::Scenario;
use model::world::World;

use crate::claims::Property;
use crate::verdict::{Counterexample, Coverage};
use crate::waived::Waived;

/// What a change of the order does to a story: `late` no longer comes where it did, but right
/// behind `behind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swap {
    /// Place of the step that is put off.
    pub late: usize,
    /// Place of the step behind which it comes then.
    pub behind: usize,
}

/// What the story of a broken promise hangs on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Why {
    /// Places of the steps without which, the rest left as it is, the promise is kept.
    pub needed: Vec<usize>,
    /// Changes of the order that mend it, the smallest first.
    pub swaps: Vec<Swap>,
}

/// A broken promise, as a walk found it and as it was shrunk.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which.
    pub property: &'static Property,
    /// The design in the scenario of the story, shrunk.
    pub world: World,
    /// The story.
    pub run: Counterexample,
    /// Name of the scenario that the walk was in.
    pub scenario: String,
    /// Number of the walk that found it; none if it came from the corpus.
    pub walk: Option<u64>,
    /// Its strategy.
    pub strategy: String,
    /// Steps of that walk up to the broken promise.
    pub steps_walked: usize,
    /// What the story hangs on.
    pub why: Why,
    /// Where the schedule is kept.
    pub file: Option<String>,
}

/// What the walks say of one property.
#[derive(Clone, Copy, Debug)]
pub struct Tally {
    /// Which.
    pub property: &'static Property,
    /// Walks in which its premise was met.
    pub concerned: u64,
    /// Walks that broke it.
    pub broken: u64,
    /// Walks to an ending that does not keep it and is excused.
    pub waived: Waived,
}

/// How long a shutdown takes by virtual time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    /// From the first stop request to the postmaster's exit, in microseconds, in order.
    pub total_us: Vec<u64>,
    /// What the shutdowns waited for, in microseconds, by kind of step.
    pub waits_us: Vec<u64>,
}

impl Durations {
    /// The duration that `percent` of the shutdowns do not exceed, in microseconds.
    #[must_use]
    pub fn percentile_us(&self, percent: usize) -> Option<u64> {
        let last = self.total_us.len().checked_sub(1)?;
        let place = (self.total_us.len() * percent).div_ceil(100);
        self.total_us
            .get(place.saturating_sub(1).min(last))
            .copied()
    }
}

/// The largest of each in any scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Largest {
    /// Walsenders.
    pub walsenders: usize,
    /// WAL units of the backlog.
    pub backlog: usize,
    /// Bound of phase two, in steps.
    pub fair_steps_max: usize,
}

impl Largest {
    /// Adds a scenario whose bound of phase two is `fair_steps_max`.
    pub fn add(&mut self, scenario: &Scenario, fair_steps_max: usize) {
        self.walsenders = self.walsenders.max(scenario.walsenders().count());
        self.backlog = self.backlog.max(usize::from(scenario.backlog_len()));
        self.fair_steps_max = self.fair_steps_max.max(fair_steps_max);
    }
}

/// Many walks of one design.
#[derive(Clone, Debug)]
pub struct Walks {
    /// The design's name, as the user gave it.
    pub design: String,
    /// The scenario's name; none where scenarios were drawn.
    pub scenario: Option<String>,
    /// The seed.
    pub seed: u64,
    /// Number of walks.
    pub walks: u64,
    /// Number of scenarios.
    pub scenarios: u64,
    /// Steps of all walks.
    pub steps: u64,
    /// Steps of the longest walk.
    pub depth: u64,
    /// Walks that came to an end.
    pub ended: u64,
    /// Walks that go round for ever under a fair schedule.
    pub endless: u64,
    /// Walks that did neither within the bound of phase two.
    pub undecided: u64,
    /// Scenarios among them in which a server is up again that stopped in a walk.
    pub restarted: u64,
    /// How large the scenarios were.
    pub largest: Largest,
    /// Each property asked for.
    pub tallies: Vec<Tally>,
    /// A story for each broken one.
    pub findings: Vec<Finding>,
    /// How often each kind of step was taken.
    pub coverage: Coverage,
    /// Pairs of kinds of steps that came one right behind the other.
    pub pairs: u64,
    /// Steps taken in each `pmState` that was reached.
    pub pm_states: Vec<(PmState, u64)>,
    /// How long shutdowns take, of the timed walks that came to the postmaster's exit.
    pub durations: Durations,
    /// Schedules of the corpus that were replayed first, and those that broke a promise.
    pub corpus: (u64, u64),
}
