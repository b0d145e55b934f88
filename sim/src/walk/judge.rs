//! The properties along a walk: each is asked where the exhaustive search asks it.

use model::cluster::Cluster;
use model::reads::{Reads, Regions};
use model::steps::Party;
use model::world::World;
use properties::Property;
use properties::claims::{Claim, Endless, Judgement, LeadsTo, Transition};
use properties::waived::{By, Waiver};

use super::cast::{Cast, StepNumber};
use super::cycle::Cycle;

/// A broken promise, by the walk's steps up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Place of the property among those asked for.
    pub property: usize,
    /// Number of steps of the walk that belong to the story.
    pub steps: usize,
    /// The story goes on from here for ever: see
    /// [`Counterexample::loop_from`](properties::Counterexample::loop_from).
    pub loop_from: Option<usize>,
}

type OnState = fn(&World, &Cluster) -> Judgement;
type OnStep = fn(&World, &Transition<'_>) -> Judgement;

/// A claim about every state.
#[derive(Clone, Copy, Debug)]
struct Always {
    property: usize,
    claim: OnState,
    /// What it looked at when it was last asked.
    reads: Regions,
}

/// The properties asked for, by what they look at.
#[derive(Clone, Debug)]
pub struct Judge {
    always: Vec<Always>,
    /// What any of them ever looked at.
    looked_at: Regions,
    never_step: Vec<(usize, OnStep)>,
    at_end: Vec<(usize, OnState)>,
    waivers: Vec<(usize, Waiver)>,
    leads_to: Vec<(usize, LeadsTo)>,
    /// What is broken so far, each property once.
    pub broken: Vec<Broken>,
    /// Parallel to the properties: its premise was met.
    pub concerned: Vec<bool>,
    /// Parallel to the properties: what excuses the walk's ending.
    pub waived: Vec<Option<By>>,
}

impl Judge {
    /// A judge of `properties`, by their places.
    #[must_use]
    pub fn new(properties: &[&'static Property]) -> Judge {
        let mut judge = Judge {
            always: Vec::new(),
            looked_at: Regions::default(),
            never_step: Vec::new(),
            at_end: Vec::new(),
            waivers: Vec::new(),
            leads_to: Vec::new(),
            broken: Vec::new(),
            concerned: vec![false; properties.len()],
            waived: vec![None; properties.len()],
        };
        for (i, property) in properties.iter().enumerate() {
            judge.waivers.extend(property.waived.map(|f| (i, f)));
            match property.claim {
                Claim::Always(claim) => judge.always.push(Always {
                    property: i,
                    claim,
                    reads: Regions::default(),
                }),
                Claim::NeverStep(f) => judge.never_step.push((i, f)),
                Claim::AtEnd(f) => judge.at_end.push((i, f)),
                Claim::LeadsTo(goal) => judge.leads_to.push((i, goal)),
            }
        }
        judge
    }

    /// Forgets what was found, for the next walk.
    pub fn clear(&mut self) {
        self.broken.clear();
        self.concerned.fill(false);
        self.waived.fill(None);
    }

    /// Whether one of the properties is about endless runs.
    #[must_use]
    pub fn looks_at_endless_runs(&self) -> bool {
        !self.leads_to.is_empty()
    }

    /// Whether property `i` is broken.
    #[must_use]
    pub fn is_broken(&self, i: usize) -> bool {
        self.broken.iter().any(|b| b.property == i)
    }

    fn note(&mut self, i: usize, judgement: Judgement, steps: usize) {
        match judgement {
            Judgement::NotConcerned => {}
            Judgement::Kept => self.concerned[i] = true,
            Judgement::Broken => {
                self.concerned[i] = true;
                if !self.is_broken(i) {
                    self.broken.push(Broken {
                        property: i,
                        steps,
                        loop_from: None,
                    });
                }
            }
        }
    }

    /// Judges the state behind `steps` steps.
    pub fn state(&mut self, w: &World, s: &Cluster, steps: usize) {
        for n in 0..self.always.len() {
            self.ask(n, w, s, steps);
        }
    }

    /// The same, of a state in which nothing but `changed` is different from the one that was
    /// judged last: a claim that has looked at none of that says what it said.
    pub fn state_behind(&mut self, changed: Regions, w: &World, s: &Cluster, steps: usize) {
        if !changed.meets(&self.looked_at) {
            return;
        }
        for n in 0..self.always.len() {
            if changed.meets(&self.always[n].reads) {
                self.ask(n, w, s, steps);
            }
        }
    }

    fn ask(&mut self, n: usize, w: &World, s: &Cluster, steps: usize) {
        let always = &mut self.always[n];
        Reads::begin();
        let judgement = (always.claim)(w, s);
        always.reads = Reads::regions();
        self.looked_at.add(&always.reads);
        let property = always.property;
        self.note(property, judgement, steps);
    }

    /// Judges a step, the last of `steps`.
    pub fn step(&mut self, w: &World, transition: &Transition<'_>, steps: usize) {
        for n in 0..self.never_step.len() {
            let (i, claim) = self.never_step[n];
            self.note(i, claim(w, transition), steps);
        }
    }

    /// Judges an ending.
    pub fn ending(&mut self, w: &World, s: &Cluster, steps: usize) {
        for n in 0..self.at_end.len() {
            let (i, claim) = self.at_end[n];
            self.note(i, claim(w, s), steps);
        }
        for &(i, waiver) in &self.waivers {
            self.waived[i] = waiver(w, s);
        }
    }

    /// Judges the run that goes to `steps[..from]` and round `steps[from..]` for ever, through the
    /// states of `cycle`. Without a rest the run stands still.
    pub fn endless(
        &mut self,
        w: &World,
        cast: &Cast,
        cycle: &Cycle,
        steps: &[StepNumber],
        from: usize,
    ) {
        for n in 0..self.leads_to.len() {
            let (i, goal) = self.leads_to[n];
            if !cycle.states.iter().any(|s| (goal.owed)(w, s)) {
                continue;
            }
            self.concerned[i] = true;
            let stays = stays_for_ever(w, cast, &goal, cycle, &steps[from..]);
            if stays && !self.is_broken(i) {
                self.broken.push(Broken {
                    property: i,
                    steps: steps.len(),
                    loop_from: Some(from),
                });
            }
        }
    }
}

/// Whether a fair run may go `cycle` by `taken` for ever and owe `goal` all the time: the rule of
/// [`liveness`](crate::liveness) on one loop.
fn stays_for_ever(
    w: &World,
    cast: &Cast,
    goal: &LeadsTo,
    cycle: &Cycle,
    taken: &[StepNumber],
) -> bool {
    if !cycle.states.iter().all(|s| (goal.owed)(w, s)) {
        return false;
    }
    if goal.endless == Endless::Exchange {
        let waits = |&n: &StepNumber| cast.party[usize::from(n)] == Party::Timeout;
        let mut actors: Vec<u16> = taken.iter().map(|&n| cast.actor[usize::from(n)]).collect();
        actors.sort_unstable();
        actors.dedup();
        if actors.len() < 2 || taken.iter().any(waits) {
            return false;
        }
    }
    let mut enabled_in = vec![0; cast.units];
    for enabled in &cycle.enabled {
        let mut here = vec![false; cast.units];
        for &n in enabled
            .iter()
            .filter(|&&n| cast.is_fair(n, goal.peers_fair, goal.timers_fair))
        {
            let unit = usize::from(cast.unit[usize::from(n)]);
            enabled_in[unit] += usize::from(!here[unit]);
            here[unit] = true;
        }
    }
    let is_taken = |unit: usize| {
        let mut units = taken
            .iter()
            .map(|&n| usize::from(cast.unit[usize::from(n)]));
        units.any(|u| u == unit)
    };
    let starved = |unit: usize| {
        let owed = if goal.strong {
            enabled_in[unit] > 0
        } else {
            enabled_in[unit] == cycle.states.len()
        };
        owed && !is_taken(unit)
    };
    !(0..cast.units).any(starved)
}

#[cfg(test)]
mod tests {
    use super::Judge;
    use crate::walk::testing::{Stop, along_walks};
    use properties::PROPERTIES;

    /// A claim that is not asked again would have said the same.
    #[test]
    fn what_is_not_asked_again_is_the_same() {
        let fresh = || Judge::new(&PROPERTIES.iter().collect::<Vec<_>>());
        let (mut each, mut some) = (fresh(), fresh());
        along_walks(6, |at| {
            let Stop {
                world,
                state,
                taken,
                ..
            } = at;
            if taken == 0 {
                (each, some) = (fresh(), fresh());
                some.state(world, state, 0);
            } else {
                some.state_behind(at.memo.changed, world, state, taken);
            }
            each.state(world, state, taken);
            assert_eq!(each.broken, some.broken);
            assert_eq!(each.concerned, some.concerned);
        });
    }
}
