//! One walk: phase one with a strategy, phase two in turn, judged all the way.

use std::sync::Arc;

use model::cluster::Cluster;
use model::steps::{STEPS, StepKind};
use model::world::World;
use properties::Property;
use properties::claims::Transition;
use properties::waived::Waived;

use super::cast::{Cast, StepNumber};
use super::cover::Cover;
use super::cycle::Cycle;
use super::dice::Dice;
use super::judge::{Broken, Judge};
use super::memo::Memo;
use super::schedulers::{
    Fair, InTurn, PartialOrder, Pct, Point, Races, Scheduler, Starving, Strategy, Swarm, Timed,
    Times, Uniform,
};
use super::{fair_steps_max, free_steps_max};

/// How a walk came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing more can happen, or only what nobody promises.
    Ended,
    /// It goes round for ever.
    Loop,
    /// Neither within the bound of phase two.
    Undecided,
}

/// A walk.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The steps, those of both phases.
    pub steps: Vec<StepNumber>,
    /// What is broken.
    pub broken: Vec<Broken>,
    /// How it ended.
    pub end: End,
    /// How long the shutdown took, of a timed walk that came to its end.
    pub times: Option<Times>,
}

/// Walks one world.
#[derive(Debug)]
pub struct Walker<'a> {
    world: &'a World,
    cast: Arc<Cast>,
    memo: Memo,
    /// What is known in the initial state.
    first: Memo,
    races: Option<Races>,
    judge: Judge,
    /// What was gone through.
    pub cover: Cover,
    /// Parallel to the properties: walks in which the premise was met.
    pub concerned: Vec<u64>,
    /// Parallel to the properties: walks to an ending that does not keep it and is excused.
    pub waived: Vec<Waived>,
    initial: Cluster,
    state: Box<Cluster>,
    steps: Vec<StepNumber>,
}

impl<'a> Walker<'a> {
    /// A walker of `world` that judges `properties`.
    #[must_use]
    pub fn new(world: &'a World, properties: &[&'static Property]) -> Walker<'a> {
        let cast = Arc::new(Cast::new(world));
        let initial = world.initial();
        let mut first = Memo::new(world, &cast);
        first.all_enabled(world, &cast, &initial, &mut Vec::new());
        Walker {
            memo: first.clone(),
            first,
            initial,
            cast,
            races: None,
            judge: Judge::new(properties),
            cover: Cover::default(),
            concerned: vec![0; properties.len()],
            waived: vec![Waived::default(); properties.len()],
            state: Box::new(initial),
            steps: Vec::new(),
            world,
        }
    }

    /// The steps of the world.
    #[must_use]
    pub fn cast(&self) -> &Cast {
        &self.cast
    }

    /// Where the walk is.
    #[must_use]
    pub fn state(&self) -> &Cluster {
        &self.state
    }

    /// One walk.
    pub fn walk(&mut self, strategy: Strategy, dice: &mut Dice) -> Walk {
        if strategy == Strategy::PartialOrder && self.races.is_none() {
            self.races = Some(Races::find(self.world, &self.cast));
        }
        let races = self.races.take();
        let cast = Arc::clone(&self.cast);
        let mut timed = None;
        let free = if dice.one_in(3) {
            dice.index(150)
        } else {
            free_steps_max(&self.world.scenario)
        };
        self.begin();
        let ended = match strategy {
            Strategy::Uniform => self.phase_one(&mut Uniform, free, dice),
            Strategy::Pct => {
                let depth = dice.between(1, 6);
                let mut pct = Pct::new(&cast, depth, dice);
                self.phase_one(&mut pct, free, dice)
            }
            Strategy::PartialOrder => {
                let none = Races::NONE;
                let races = races.as_ref().unwrap_or(&none);
                let mut sampling = PartialOrder::new(&cast, races, dice);
                self.phase_one(&mut sampling, free, dice)
            }
            Strategy::Swarm => self.phase_one(&mut Swarm, free, dice),
            Strategy::Starving => self.phase_one(&mut Starving::new(&cast), free, dice),
            Strategy::Fair => {
                let mut fair = Fair::new(&cast, dice);
                self.phase_one(&mut fair, free, dice)
            }
            Strategy::Timed => {
                let clock = timed.insert(Timed::new(&cast));
                self.phase_one(clock, free_steps_max(&self.world.scenario), dice)
            }
        };
        self.races = races;
        let end = if ended {
            End::Ended
        } else {
            self.phase_two(dice)
        };
        for (sum, &met) in self.concerned.iter_mut().zip(&self.judge.concerned) {
            *sum += u64::from(met);
        }
        for (sum, by) in self.waived.iter_mut().zip(&self.judge.waived) {
            if let Some(by) = *by {
                sum.add(by, 1);
            }
        }
        Walk {
            steps: self.steps.clone(),
            broken: self.judge.broken.clone(),
            end,
            times: timed.and_then(|clock| clock.times()),
        }
    }

    fn begin(&mut self) {
        self.judge.clear();
        self.steps.clear();
        *self.state = self.initial;
        self.memo.know_as(&self.first);
        self.judge.state(self.world, &self.state, 0);
    }

    /// Takes `step`; whether it was enabled.
    fn take(&mut self, step: StepNumber) -> bool {
        let (world, cast) = (self.world, &*self.cast);
        let Some(before) = self.memo.advance(world, cast, &mut self.state, step) else {
            return false;
        };
        let n = usize::from(step);
        let kind = usize::from(cast.kind[n]);
        self.cover.taken[kind] += 1;
        if let Some(&last) = self.steps.last() {
            let last = usize::from(cast.kind[usize::from(last)]);
            let pair = &mut self.cover.pairs[last * STEPS.len() + kind];
            *pair = pair.saturating_add(1);
        }
        self.steps.push(step);
        let taken = self.steps.len();
        let transition = Transition {
            before,
            step: cast.steps[n],
            after: &*self.state,
        };
        self.judge.step(world, &transition, taken);
        self.cover.pm_states[self.state.postmaster.pm_state as usize] += 1;
        let changed = self.memo.changed;
        self.judge.state_behind(changed, world, &self.state, taken);
        true
    }

    /// Takes up to `steps_max` steps; whether nothing more can happen then.
    fn phase_one(
        &mut self,
        scheduler: &mut dyn Scheduler,
        steps_max: usize,
        dice: &mut Dice,
    ) -> bool {
        scheduler.begin(&self.cast, &mut self.memo.open, dice);
        while self.steps.len() < steps_max {
            let mut at = Point {
                world: self.world,
                cast: &self.cast,
                state: &self.state,
                taken: self.steps.len(),
                memo: &mut self.memo,
            };
            let Some(step) = scheduler.next(&mut at, dice) else {
                self.judge_ending();
                return true;
            };
            if self.cast.is_environment(step) && self.is_stuck() {
                self.judge_ending();
            }
            self.take(step);
        }
        false
    }

    /// Nothing more happens here, if nobody from outside acts.
    fn judge_ending(&mut self) {
        let taken = self.steps.len();
        self.judge.ending(self.world, &self.state, taken);
        self.judge_endless(taken);
    }

    /// The run goes round from `from` on, and is back there; or stands still.
    fn judge_endless(&mut self, from: usize) {
        if !self.judge.looks_at_endless_runs() {
            return;
        }
        let (world, cast) = (self.world, &*self.cast);
        let steps = &self.steps[from..];
        let cycle = Cycle::of(&mut self.memo, world, cast, &mut self.state, steps);
        self.judge.endless(world, cast, &cycle, &self.steps, from);
    }

    /// Faults and arrivals are off, and steps are taken in turn until the stop has come to its end.
    ///
    /// In every other walk peers do nothing at first: what shall come whatever peers do must come
    /// then.
    fn phase_two(&mut self, dice: &mut Dice) -> End {
        self.request_stop();
        if dice.one_in(2) {
            self.in_turn(false, dice);
        }
        loop {
            let end = self.in_turn(true, dice);
            if end != End::Ended {
                return end;
            }
            if self.is_stuck() || !self.any_enabled(true) {
                self.judge_ending();
                return End::Ended;
            }
            if !self.go_on() {
                return End::Ended;
            }
        }
    }

    /// A walk without a stop request is no shutdown.
    fn request_stop(&mut self) {
        if self.state.environment.requests_sent == 0 {
            self.take_first(StepKind::OperatorRequestsStop);
        }
    }

    /// The server waits for somebody from outside, and rightly: the operator asks again, or a
    /// client does what it came for. Whether anybody could.
    fn go_on(&mut self) -> bool {
        let arrivals = [
            StepKind::OperatorRequestsStop,
            StepKind::RecordTransactionCommit,
            StepKind::CommitTransaction,
            StepKind::ExecReplicationCommand,
            StepKind::ClientLeaves,
        ];
        arrivals.into_iter().any(|kind| self.take_first(kind))
    }

    /// Whether only the environment could still do something, and the server hangs.
    fn is_stuck(&mut self) -> bool {
        self.world.must_go_on(&self.state) && !self.any_enabled(false)
    }

    /// Whether a step is enabled, with or without the environment's.
    fn any_enabled(&mut self, environment: bool) -> bool {
        self.memo
            .any_enabled(self.world, &self.cast, &self.state, environment)
    }

    fn take_first(&mut self, kind: StepKind) -> bool {
        let numbers = self.cast.of_kind(kind);
        numbers.into_iter().any(|step| self.take(step))
    }

    /// Takes steps in turn, with or without those of peers, until none is enabled or a state comes
    /// back; both are judged as endless runs.
    fn in_turn(&mut self, peers: bool, dice: &mut Dice) -> End {
        let mut ring = self.cast.numbers();
        ring.retain(|&n| self.cast.is_fair(n, peers, true));
        dice.shuffle(&mut ring);
        let mut ring = InTurn::new(&self.cast, ring);
        // Brent's way to find that a state came back: look back at one state, ever later ones.
        let mut mark = (*self.state, ring.turn, self.steps.len());
        let mut next_mark = 16;
        for taken in 1..=fair_steps_max(&self.world.scenario) {
            let mut at = Point {
                world: self.world,
                cast: &self.cast,
                state: &self.state,
                taken: self.steps.len(),
                memo: &mut self.memo,
            };
            let Some(step) = ring.take(&mut at) else {
                self.judge_endless(self.steps.len());
                return End::Ended;
            };
            self.take(step);
            if ring.turn == mark.1 && *self.state == mark.0 {
                self.judge_endless(mark.2);
                return End::Loop;
            }
            if taken == next_mark {
                mark = (*self.state, ring.turn, self.steps.len());
                next_mark *= 2;
            }
        }
        End::Undecided
    }
}

#[cfg(test)]
mod tests {
    use super::{Strategy, Walker};
    use crate::walk::dice::Dice;
    use crate::walk::draw;
    use model::world::World;
    use properties::PROPERTIES;

    /// What a walk leaves behind changes nothing in the next.
    #[test]
    fn a_walk_is_the_same_behind_others() {
        let properties: Vec<_> = PROPERTIES.iter().collect();
        for stream in 0..12 {
            let design = crate::design_name::parse("master").unwrap();
            let world = World::new(design, draw::draw(&mut Dice::new(7, stream)));
            let mut one = Walker::new(&world, &properties);
            for strategy in Strategy::ALL {
                let dice = || Dice::new(8, stream);
                let behind_others = one.walk(strategy, &mut dice());
                let first = Walker::new(&world, &properties).walk(strategy, &mut dice());
                assert_eq!(first.steps, behind_others.steps, "{strategy:?}");
                assert_eq!(first.broken, behind_others.broken, "{strategy:?}");
            }
        }
    }
}
