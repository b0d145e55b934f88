//! What a scheduler may know of a world's steps: who takes each, and under which fairness.

use model::machine::Machine;
use model::steps::{Actor, Party, Step, StepKind};
use model::world::World;

/// Number of a step in [`World::steps`].
pub type StepNumber = u16;

/// The steps of a world by number.
#[derive(Clone, Debug)]
pub struct Cast {
    /// The steps themselves.
    pub steps: Vec<Step>,
    /// Whose fairness each is under.
    pub party: Vec<Party>,
    /// Whether a peer takes it.
    pub by_peer: Vec<bool>,
    /// Its place in the table of kinds.
    pub kind: Vec<u16>,
    /// Its unit of fairness, by place in the order of [`StepFacts::alternative`].
    ///
    /// [`StepFacts::alternative`]: model::machine::StepFacts::alternative
    pub unit: Vec<u16>,
    /// Number of units.
    pub units: usize,
    /// Its actor, by place in `actors`.
    pub actor: Vec<u16>,
    /// The actors, in order.
    pub actors: Vec<Actor>,
}

impl Cast {
    /// The steps of `world`.
    #[must_use]
    pub fn new(world: &World) -> Cast {
        let steps = world.steps().to_vec();
        let facts: Vec<_> = steps.iter().map(|&s| world.facts(s)).collect();
        let mut actors: Vec<Actor> = steps.iter().map(|s| s.actor()).collect();
        actors.sort_unstable();
        actors.dedup();
        let mut units: Vec<u32> = facts.iter().map(|f| f.alternative).collect();
        units.sort_unstable();
        units.dedup();
        let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        let place = |a: Actor| small(actors.binary_search(&a).unwrap_or_default());
        let unit = |n: u32| small(units.binary_search(&n).unwrap_or_default());
        Cast {
            party: facts.iter().map(|f| f.party).collect(),
            by_peer: facts.iter().map(|f| f.by_peer).collect(),
            kind: facts.iter().map(|f| small(f.kind)).collect(),
            unit: facts.iter().map(|f| unit(f.alternative)).collect(),
            units: units.len(),
            actor: steps.iter().map(|s| place(s.actor())).collect(),
            actors,
            steps,
        }
    }

    /// Number of steps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is none: never.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The numbers of all steps.
    #[must_use]
    pub fn numbers(&self) -> Vec<StepNumber> {
        (0..self.steps.len())
            .map(|n| u16::try_from(n).unwrap_or(u16::MAX))
            .collect()
    }

    /// Whether it is the environment's.
    #[must_use]
    pub fn is_environment(&self, step: StepNumber) -> bool {
        self.party[usize::from(step)] == Party::Environment
    }

    /// Whether fairness is promised for it, with or without a promise about peers and about time.
    #[must_use]
    pub fn is_fair(&self, step: StepNumber, peers: bool, timers: bool) -> bool {
        let n = usize::from(step);
        match self.party[n] {
            Party::Environment => false,
            Party::Peer => peers,
            Party::Timeout => timers && (peers || !self.by_peer[n]),
            Party::Server => peers || !self.by_peer[n],
        }
    }

    /// The steps of this kind.
    #[must_use]
    pub fn of_kind(&self, kind: StepKind) -> Vec<StepNumber> {
        let mut numbers = self.numbers();
        numbers.retain(|&n| self.steps[usize::from(n)].kind == kind);
        numbers
    }
}
