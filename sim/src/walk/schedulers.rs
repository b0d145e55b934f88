//! Who is next: one strategy a file.
//!
//! A strategy chooses one of the enabled steps and never looks at what the state means. Trying a
//! step is the only way to learn whether it is enabled, so each strategy looks through the steps
//! in an order of its own and takes the first that is.

mod fair;
mod partial_order;
mod pct;
mod starving;
mod swarm;
mod timed;
mod uniform;

use model::cluster::Cluster;
use model::world::World;

use super::cast::{Cast, StepNumber};
use super::dice::Dice;
use super::memo::Memo;

pub use fair::{Fair, InTurn};
pub use partial_order::{PartialOrder, Races};
pub use pct::Pct;
pub use starving::Starving;
pub use swarm::Swarm;
pub use timed::{Timed, Times};
pub use uniform::Uniform;

/// Where a walk is.
#[derive(Debug)]
pub struct Point<'a> {
    /// The world.
    pub world: &'a World,
    /// Its steps.
    pub cast: &'a Cast,
    /// The state.
    pub state: &'a Cluster,
    /// Number of steps taken.
    pub taken: usize,
    /// What is known of the steps in this state.
    pub memo: &'a mut Memo,
}

impl Point<'_> {
    /// The state behind `step`, if it is enabled.
    #[must_use]
    pub fn behind(&mut self, step: StepNumber) -> Option<&Cluster> {
        self.memo.behind(self.world, self.cast, self.state, step)
    }

    /// Whether `step` is enabled.
    #[inline]
    #[must_use]
    pub fn is_enabled(&mut self, step: StepNumber) -> bool {
        self.memo
            .is_enabled(self.world, self.cast, self.state, step)
    }
}

/// A strategy of phase one.
pub trait Scheduler {
    /// The next step, which is enabled; none if no step is.
    fn next(&mut self, at: &mut Point<'_>, dice: &mut Dice) -> Option<StepNumber>;
}

/// The strategies by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strategy {
    /// Every enabled step is as likely as the others.
    Uniform,
    /// Priorities of processes, changed `depth - 1` times.
    Pct,
    /// Priorities of steps, drawn again after a race.
    PartialOrder,
    /// Weights and faults drawn for each walk.
    Swarm,
    /// Some processes get no turn for a while.
    Starving,
    /// In turn.
    Fair,
    /// By virtual time.
    Timed,
}

impl Strategy {
    /// All of them.
    pub const ALL: [Strategy; 7] = [
        Strategy::Uniform,
        Strategy::Pct,
        Strategy::PartialOrder,
        Strategy::Swarm,
        Strategy::Starving,
        Strategy::Fair,
        Strategy::Timed,
    ];

    /// Its name on the command line and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Strategy::Uniform => "uniform",
            Strategy::Pct => "pct",
            Strategy::PartialOrder => "partial-order",
            Strategy::Swarm => "swarm",
            Strategy::Starving => "starving",
            Strategy::Fair => "fair",
            Strategy::Timed => "timed",
        }
    }

    /// The strategy of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Strategy> {
        Strategy::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// The first of all steps that is `wanted` and enabled, in an order that is drawn as it is looked
/// through: each of these with the same chance, and nothing enabled is missed.
pub(super) fn first_of_all(
    at: &mut Point<'_>,
    dice: &mut Dice,
    mut wanted: impl FnMut(StepNumber, &mut Dice) -> bool,
) -> Option<StepNumber> {
    let mut unwanted = 0;
    while unwanted < at.memo.open_len() {
        let drawn = unwanted + dice.index(at.memo.open_len() - unwanted);
        let step = at.memo.swap_open(unwanted, drawn);
        if !wanted(step, dice) {
            unwanted += 1;
        } else if at.is_enabled(step) {
            return Some(step);
        }
    }
    None
}

/// The first of `steps` that is `wanted` and enabled, in an order that is drawn.
pub(super) fn first_of(
    steps: &mut [StepNumber],
    at: &mut Point<'_>,
    dice: &mut Dice,
    mut wanted: impl FnMut(StepNumber, &mut Dice) -> bool,
) -> Option<StepNumber> {
    let n = steps.len();
    for i in 0..n {
        let j = i + dice.index(n - i);
        steps.swap(i, j);
        let step = steps[i];
        if wanted(step, dice) && at.is_enabled(step) {
            return Some(step);
        }
    }
    None
}
