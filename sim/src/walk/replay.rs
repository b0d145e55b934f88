//! A schedule again, step by step, judged as it was when it was walked.

use model::cluster::Cluster;
use model::world::World;
use properties::claims::Transition;
use properties::{Counterexample, Property};

use super::cast::{Cast, StepNumber};
use super::cycle::Cycle;
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
    let memo = Memo::new(world, &cast);
    let mut track = Track::new(world, &cast, memo, Judge::new(properties));
    let mut entry = None;
    for (place, &step) in steps.iter().enumerate() {
        if loop_from == Some(place) {
            entry = Some(track.state.clone());
        }
        if !track.take(step) {
            return Err(NotEnabled {
                place,
                enabled: track.enabled(),
            });
        }
    }
    let stands_still = loop_from == Some(steps.len());
    if let Some(from) = loop_from
        && (stands_still || entry.is_some_and(|entry| entry == track.state))
    {
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
    pub(super) state: Box<Cluster>,
    pub(super) steps: Vec<StepNumber>,
    memo: Memo,
}

impl<'a> Track<'a> {
    /// At the beginning, of which `memo` knows.
    pub(super) fn new(world: &'a World, cast: &'a Cast, memo: Memo, mut judge: Judge) -> Track<'a> {
        let state = Box::new(world.initial());
        judge.state(world, &state, 0);
        Track {
            world,
            cast,
            judge,
            state,
            steps: Vec::new(),
            memo,
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
        let changed = self.memo.changed;
        self.judge.state_behind(changed, self.world, &self.state, n);
        true
    }

    fn enabled(&mut self) -> Vec<StepNumber> {
        let mut enabled = Vec::new();
        self.memo
            .all_enabled(self.world, self.cast, &self.state, &mut enabled);
        enabled
    }

    /// Judges the run that goes round from `from` on, and is back there; or stands still.
    fn close_loop(&mut self, from: usize) {
        let (memo, steps) = (&mut self.memo, &self.steps[from..]);
        let cycle = Cycle::of(memo, self.world, self.cast, &mut self.state, steps);
        self.judge
            .endless(self.world, self.cast, &cycle, &self.steps, from);
    }

    fn any_enabled(&mut self, environment: bool) -> bool {
        self.memo
            .any_enabled(self.world, self.cast, &self.state, environment)
    }

    /// Judges the ending, if this is one.
    pub(super) fn end(&mut self) {
        let n = self.steps.len();
        let is_stuck = self.world.must_go_on(&self.state) && !self.any_enabled(false);
        if is_stuck || !self.any_enabled(true) {
            self.judge.ending(self.world, &self.state, n);
            self.close_loop(n);
        }
    }

    /// Goes on in turn, with or without peers, until something is broken or nothing more happens.
    pub(super) fn complete(&mut self, peers: bool, steps_max: usize) {
        let mut ring = self.cast.numbers();
        ring.retain(|&n| self.cast.is_fair(n, peers, true));
        let mut ring = InTurn::new(self.cast, ring);
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

    fn into_replay(self, loop_from: Option<usize>) -> Replay {
        let initial = self.world.initial();
        let mut state = initial;
        let mut steps = Vec::with_capacity(self.steps.len());
        for &n in &self.steps {
            let step = self.cast.steps[usize::from(n)];
            step.take(self.world, &mut state);
            steps.push((step, state));
        }
        Replay {
            run: Counterexample {
                initial,
                steps,
                loop_from,
            },
            steps: self.steps,
            broken: self.judge.broken,
        }
    }
}
