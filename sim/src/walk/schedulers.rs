//! Who is next: one strategy a file.
//!
//! A strategy chooses one of the enabled steps and never looks at what the state means. Trying a
//! step is the only way to learn whether it is enabled, so each strategy draws from the steps that
//! could be, or looks through them in an order of its own, and takes the first that is.

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
use super::open::{CLASSES, Open};

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
    /// Phase one begins: the steps of `cast` may be put into classes.
    fn begin(&mut self, _cast: &Cast, _open: &mut Open, _dice: &mut Dice) {}

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

/// A step that is enabled; its chance is the weight of its class.
pub(super) fn draw(
    at: &mut Point<'_>,
    weights: &[u32; CLASSES],
    dice: &mut Dice,
) -> Option<StepNumber> {
    loop {
        let step = at.memo.open.draw(weights, dice)?;
        // One that is not enabled is not open any more.
        if at.is_enabled(step) {
            return Some(step);
        }
    }
}

/// The first of `steps` that is enabled, in an order that is drawn.
pub(super) fn first_of(
    steps: &mut [StepNumber],
    at: &mut Point<'_>,
    dice: &mut Dice,
) -> Option<StepNumber> {
    let n = steps.len();
    for i in 0..n {
        let j = i + dice.index(n - i);
        steps.swap(i, j);
        if at.is_enabled(steps[i]) {
            return Some(steps[i]);
        }
    }
    None
}
