//! What a scheduler may know of a world's steps: who takes each, and under which fairness.

use model::cluster::Cluster;
use model::gate::Gate;
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
    /// What each needs at least.
    gates: Vec<Gate>,
    /// The steps by their gates.
    classes: Vec<(Gate, Vec<StepNumber>)>,
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
        let mut classes: Vec<(Gate, Vec<StepNumber>)> = Vec::new();
        for (n, &step) in steps.iter().enumerate() {
            let gate = Gate::of(step);
            match classes.iter_mut().find(|(other, _)| *other == gate) {
                Some((_, class)) => class.push(small(n)),
                None => classes.push((gate, vec![small(n)])),
            }
        }
        Cast {
            classes,
            gates: steps.iter().map(|&s| Gate::of(s)).collect(),
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

    /// The state behind `step`, if it is enabled in `s`.
    #[inline]
    #[must_use]
    pub fn try_step(&self, world: &World, s: &Cluster, step: StepNumber) -> Option<Cluster> {
        let n = usize::from(step);
        if !self.gates[n].lets_through(s) {
            return None;
        }
        self.steps[n].apply(world, s)
    }

    /// Puts the steps that could be enabled in `s` into `open`, in a fixed order.
    pub fn open(&self, s: &Cluster, open: &mut Vec<StepNumber>) {
        open.clear();
        for (gate, class) in &self.classes {
            if gate.lets_through(s) {
                open.extend_from_slice(class);
            }
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

    /// Whether fairness is promised for it, with or without a promise about peers.
    #[must_use]
    pub fn is_fair(&self, step: StepNumber, peers: bool) -> bool {
        let n = usize::from(step);
        match self.party[n] {
            Party::Environment => false,
            Party::Peer => peers,
            Party::Server | Party::Timeout => peers || !self.by_peer[n],
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

#[cfg(test)]
mod tests {
    use super::Cast;
    use crate::walk::dice::Dice;
    use crate::walk::draw;
    use crate::walk::schedulers::{Point, Scheduler, Uniform};
    use model::world::World;

    /// A gate says nothing that the guards do not say.
    #[test]
    fn a_gate_shuts_no_enabled_step_out() {
        for stream in 0..150 {
            let mut dice = Dice::new(5, stream);
            let release = *dice.pick(&model::releases::RELEASES);
            let design = crate::design_name::parse(release).unwrap();
            let world = World::new(design, draw::draw(&mut dice));
            let cast = Cast::new(&world);
            let mut uniform = Uniform::new();
            let mut state = world.initial();
            for taken in 0..200 {
                for n in cast.numbers() {
                    let step = cast.steps[usize::from(n)];
                    let after = step.apply(&world, &state);
                    let gated = cast.try_step(&world, &state, n);
                    assert_eq!(after, gated, "{step:?} in {release}");
                }
                let at = Point {
                    world: &world,
                    cast: &cast,
                    state: &state,
                    taken,
                };
                let Some((_, after)) = uniform.next(&at, &mut dice) else {
                    break;
                };
                state = after;
            }
        }
    }
}
