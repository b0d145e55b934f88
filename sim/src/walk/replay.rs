//! A schedule again, step by step, judged as it was when it was walked.

use model::cluster::Cluster;
use model::machine::Machine;
use model::world::World;
use properties::claims::Transition;
use properties::{Counterexample, Property};

use super::cast::{Cast, StepNumber};
use super::judge::{Broken, Judge};
use super::memo::Memo;
use super::schedulers::{InTurn, Point};

/// A run that a schedule describes.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Numbers of the steps taken.
    pub steps: Vec<StepNumber>,
    /// The run.
    pub run: Counterexample,
    /// What it breaks.
    pub broken: Vec<Broken>,
}

/// A step that is not enabled where the schedule has it.
#[derive(Clone, Debug)]
pub struct NotEnabled {
    /// Its place in the schedule.
    pub place: usize,
    /// What is enabled there.
    pub enabled: Vec<StepNumber>,
}

/// Takes `steps` one after the other and judges `properties` on the way. With `loop_from` the run
/// is endless from there on.
///
/// # Errors
/// When a step is not enabled.
pub fn exactly(
    world: &World,
    steps: &[StepNumber],
    loop_from: Option<usize>,
    properties: &[&'static Property],
) -> Result<Replay, NotEnabled> {
    let cast = Cast::new(world);
    let mut track = Track::new(world, &cast, Judge::new(properties));
    for (place, &step) in steps.iter().enumerate() {
        if !track.take(step) {
            return Err(NotEnabled {
                place,
                enabled: track.enabled(),
            });
        }
    }
    if let Some(from) = loop_from.filter(|&from| from <= steps.len()) {
        track.close_loop(from);
    }
    track.end();
    Ok(track.into_replay(loop_from))
}

/// A run under way.
pub(super) struct Track<'a> {
    world: &'a World,
    cast: &'a Cast,
    pub(super) judge: Judge,
    initial: Cluster,
    pub(super) state: Box<Cluster>,
    pub(super) steps: Vec<StepNumber>,
    states: Vec<Cluster>,
    memo: Memo,
}

impl<'a> Track<'a> {
    pub(super) fn new(world: &'a World, cast: &'a Cast, mut judge: Judge) -> Track<'a> {
        let initial = world.initial();
        judge.state(world, &initial, 0);
        Track {
            world,
            cast,
            judge,
            initial,
            state: Box::new(initial),
            steps: Vec::new(),
            states: Vec::new(),
            memo: Memo::new(world, cast),
        }
    }

    /// Takes `step` if it is enabled.
    pub(super) fn take(&mut self, step: StepNumber) -> bool {
        let advanced = self
            .memo
            .advance(self.world, self.cast, &mut self.state, step);
        let Some(before) = advanced else {
            return false;
        };
        self.steps.push(step);
        let transition = Transition {
            before,
            step: self.cast.steps[usize::from(step)],
            after: &*self.state,
        };
        let n = self.steps.len();
        self.judge.step(self.world, &transition, n);
        self.judge.state(self.world, &self.state, n);
        self.states.push(*self.state);
        true
    }

    pub(super) fn enabled(&self) -> Vec<StepNumber> {
        let mut numbers = self.cast.numbers();
        let steps = &self.cast.steps;
        numbers.retain(|&n| {
            steps[usize::from(n)]
                .apply(self.world, &self.state)
                .is_some()
        });
        numbers
    }

    /// Judges the run that goes round from `from` on, if it does.
    pub(super) fn close_loop(&mut self, from: usize) {
        let entry = from.checked_sub(1).map_or(self.initial, |i| self.states[i]);
        if entry != *self.state {
            return;
        }
        let mut states = vec![entry];
        if from < self.steps.len() {
            states.extend(&self.states[from..self.steps.len() - 1]);
        }
        self.judge
            .endless(self.world, self.cast, &states, &self.steps, from);
    }

    /// Judges the ending, if this is one.
    pub(super) fn end(&mut self) {
        let n = self.steps.len();
        if self.world.is_stuck(&self.state) || self.enabled().is_empty() {
            self.judge.ending(self.world, &self.state, n);
            self.close_loop(n);
        }
    }

    /// Goes on in turn, with or without peers, until something is broken or nothing more happens.
    pub(super) fn complete(&mut self, peers: bool, steps_max: usize) {
        let mut ring = self.cast.numbers();
        ring.retain(|&n| self.cast.is_fair(n, peers));
        let mut ring = InTurn::new(ring);
        let mut mark = (*self.state, 0, self.steps.len());
        let mut next_mark = 16;
        for taken in 1..=steps_max {
            if !self.judge.broken.is_empty() {
                return;
            }
            let mut at = Point {
                world: self.world,
                cast: self.cast,
                state: &self.state,
                taken: self.steps.len(),
                memo: &mut self.memo,
            };
            let Some(step) = ring.take(&mut at) else {
                self.close_loop(self.steps.len());
                self.end();
                return;
            };
            self.take(step);
            if ring.turn == mark.1 && *self.state == mark.0 {
                self.close_loop(mark.2);
                return;
            }
            if taken == next_mark {
                mark = (*self.state, ring.turn, self.steps.len());
                next_mark *= 2;
            }
        }
    }

    pub(super) fn into_replay(self, loop_from: Option<usize>) -> Replay {
        let steps = self.steps.iter().map(|&n| self.cast.steps[usize::from(n)]);
        Replay {
            run: Counterexample {
                initial: self.initial,
                steps: steps.zip(self.states).collect(),
                loop_from,
            },
            steps: self.steps,
            broken: self.judge.broken,
        }
    }
}
