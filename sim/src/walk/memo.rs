//! Which steps are enabled where a walk is, remembered from one state to the next.
//!
//! Trying a step is the only way to learn whether it is enabled; the model notes what it looked at
//! on the way ([`Reads`]). As long as nothing of that changes the answer stays, so behind a step
//! only those are tried again that looked at what it changed, and of these not those that the
//! places of processes rule out.

use model::cluster::Cluster;
use model::reads::{REGIONS, Reads, Regions};
use model::steps::Taken;
use model::world::World;

use super::cast::{Cast, StepNumber};
use super::open::{Open, number};
use super::places::Places;

/// What is known of the steps of a world in one state, where the walk is. Sets of steps are bits,
/// 64 in a word.
#[derive(Clone, Debug)]
pub struct Memo {
    enabled: Vec<u64>,
    disabled: Vec<u64>,
    /// What each step looked at when it was last tried.
    reads: Vec<Regions>,
    /// For each region, a row of words: the steps that looked at it when they were last tried.
    readers: Vec<u64>,
    /// What the places of processes rule out.
    places: Places,
    /// Scratch: the steps of which nothing is known any more, or those asked for.
    reopened: Vec<u64>,
    /// The bits that are steps, and those of them that are not the environment's.
    steps: Vec<u64>,
    promised: Vec<u64>,
    /// The steps that could be enabled: all but those of `disabled`.
    pub open: Open,
    /// What the step taken last has changed.
    pub changed: Regions,
    /// A state to take steps in. States are large: they are swapped, not moved.
    spare: Box<Cluster>,
    spare_is: Spare,
}

/// Which state the spare one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spare {
    /// Any other.
    Other,
    /// That where the walk is.
    Here,
    /// That behind this step.
    Behind(StepNumber),
}

impl Memo {
    /// In the initial state of `world`, whose steps are `cast`: little is known yet.
    #[must_use]
    pub fn new(world: &World, cast: &Cast) -> Memo {
        let width = cast.len().div_ceil(64);
        let mut steps = vec![0; width];
        let mut promised = vec![0; width];
        for (n, step) in cast.numbers().into_iter().enumerate() {
            steps[n / 64] |= 1 << (n % 64);
            promised[n / 64] |= u64::from(!cast.is_environment(step)) << (n % 64);
        }
        let initial = world.initial();
        let mut places = Places::new(cast);
        places.begin(world, cast, &initial);
        let mut memo = Memo {
            places,
            reopened: vec![0; width],
            enabled: vec![0; width],
            disabled: vec![0; width],
            reads: vec![Regions::default(); cast.len()],
            readers: vec![0; width * REGIONS],
            steps,
            promised,
            open: Open::new(cast),
            changed: Regions::default(),
            spare: Box::new(initial),
            spare_is: Spare::Other,
        };
        memo.rule_out();
        memo
    }

    /// The state behind `step`, if it is enabled in `s`.
    #[inline]
    pub fn behind(
        &mut self,
        world: &World,
        cast: &Cast,
        s: &Cluster,
        step: StepNumber,
    ) -> Option<&Cluster> {
        if !self.is_enabled(world, cast, s, step) {
            return None;
        }
        if self.spare_is != Spare::Behind(step) {
            self.take(world, cast, s, step)?;
        }
        Some(&self.spare)
    }

    /// What `step` looked at when it was last tried.
    #[must_use]
    pub fn reads(&self, step: StepNumber) -> Regions {
        self.reads[usize::from(step)]
    }

    /// Takes `step`: `s` becomes the state behind it, of which this knows now. Returns the state
    /// before; none if the step is not enabled.
    pub fn advance(
        &mut self,
        world: &World,
        cast: &Cast,
        s: &mut Box<Cluster>,
        step: StepNumber,
    ) -> Option<&Cluster> {
        self.behind(world, cast, s, step)?;
        std::mem::swap(s, &mut self.spare);
        self.spare_is = Spare::Other;
        let changed = self.spare.changed(s, self.reads[usize::from(step)]);
        self.changed = changed;
        let width = self.steps.len();
        self.reopened.fill(0);
        for region in changed.numbers() {
            let readers = &self.readers[region * width..(region + 1) * width];
            for (reopened, &readers) in self.reopened.iter_mut().zip(readers) {
                *reopened |= readers;
            }
        }
        for placed in changed.placed() {
            self.places
                .arrive(world, cast, s, placed, &mut self.reopened);
        }
        self.rule_out();
        Some(&self.spare)
    }

    /// Forgets what was known of the steps that are reopened, but those that are ruled out.
    fn rule_out(&mut self) {
        for row in 0..self.steps.len() {
            let ruled_out = self.places.ruled_out[row];
            let reopened = self.reopened[row] & !ruled_out;
            for step in bits(row, self.disabled[row] & reopened) {
                self.open.open(step);
            }
            for step in bits(row, ruled_out & !self.disabled[row]) {
                self.open.close(step);
            }
            self.enabled[row] &= !(reopened | ruled_out);
            self.disabled[row] = self.disabled[row] & !reopened | ruled_out;
        }
    }

    /// Whether `step` is enabled in `s`.
    #[inline]
    pub fn is_enabled(
        &mut self,
        world: &World,
        cast: &Cast,
        s: &Cluster,
        step: StepNumber,
    ) -> bool {
        let n = usize::from(step);
        let (row, bit) = (n / 64, n % 64);
        if self.disabled[row] >> bit & 1 != 0 {
            return false;
        }
        if self.enabled[row] >> bit & 1 != 0 {
            return true;
        }
        self.find_out(world, cast, s, step)
    }

    /// Whether `step` is enabled, or nothing is known of it.
    #[inline]
    #[must_use]
    pub fn could_be_enabled(&self, step: StepNumber) -> bool {
        let n = usize::from(step);
        self.disabled[n / 64] >> (n % 64) & 1 == 0
    }

    /// Takes `step` in the spare state.
    #[inline]
    fn take(&mut self, world: &World, cast: &Cast, s: &Cluster, step: StepNumber) -> Taken {
        if self.spare_is != Spare::Here {
            *self.spare = *s;
            self.spare_is = Spare::Here;
        }
        cast.steps[usize::from(step)].take(world, &mut self.spare)?;
        self.spare_is = Spare::Behind(step);
        Some(())
    }

    fn find_out(&mut self, world: &World, cast: &Cast, s: &Cluster, step: StepNumber) -> bool {
        Reads::begin();
        let enabled = self.take(world, cast, s, step).is_some();
        let reads = Reads::regions();
        let n = usize::from(step);
        let (row, bit) = (n / 64, 1 << (n % 64));
        if enabled {
            self.enabled[row] |= bit;
        } else {
            self.disabled[row] |= bit;
            self.open.close(step);
        }
        // Most look where they looked before.
        if reads != self.reads[n] {
            self.looks_elsewhere(n, reads);
        }
        enabled
    }

    #[cold]
    fn looks_elsewhere(&mut self, n: usize, reads: Regions) {
        let before = std::mem::replace(&mut self.reads[n], reads);
        let (row, bit) = (n / 64, 1 << (n % 64));
        let width = self.steps.len();
        before.without(reads).numbers().for_each(|region| {
            self.readers[region * width + row] &= !bit;
        });
        reads.without(before).numbers().for_each(|region| {
            self.readers[region * width + row] |= bit;
        });
    }

    /// Whether a step is enabled in `s`: any, or any but the environment's.
    pub fn any_enabled(
        &mut self,
        world: &World,
        cast: &Cast,
        s: &Cluster,
        environment: bool,
    ) -> bool {
        for row in 0..self.steps.len() {
            let of = if environment {
                self.steps[row]
            } else {
                self.promised[row]
            };
            self.reopened[row] = of & !self.disabled[row];
        }
        let rows = 0..self.steps.len();
        rows.clone()
            .any(|row| self.enabled[row] & self.reopened[row] != 0)
            || rows
                .into_iter()
                .any(|row| bits(row, self.reopened[row]).any(|n| self.find_out(world, cast, s, n)))
    }

    /// Knows what `other` knows, which this was once a clone of; without a new allocation.
    pub fn know_as(&mut self, other: &Memo) {
        self.enabled.clone_from(&other.enabled);
        self.disabled.clone_from(&other.disabled);
        self.reads.clone_from(&other.reads);
        self.readers.clone_from(&other.readers);
        self.places.stand_as(&other.places);
        self.open.become_like(&other.open);
        self.spare_is = Spare::Other;
    }

    /// Puts the steps that are enabled in `s` into `enabled`, in order.
    pub fn all_enabled(
        &mut self,
        world: &World,
        cast: &Cast,
        s: &Cluster,
        enabled: &mut Vec<StepNumber>,
    ) {
        enabled.clear();
        for row in 0..self.steps.len() {
            let unknown = self.steps[row] & !self.enabled[row] & !self.disabled[row];
            for n in bits(row, unknown) {
                self.find_out(world, cast, s, n);
            }
            enabled.extend(bits(row, self.enabled[row]));
        }
    }
}

/// The numbers of the bits that are set in word `row`.
fn bits(row: usize, mut bits: u64) -> impl Iterator<Item = StepNumber> {
    std::iter::from_fn(move || {
        let n = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(number(64 * row + n))
    })
}

#[cfg(test)]
mod tests {
    use crate::walk::testing::along_walks;

    /// What is remembered is what is so.
    #[test]
    fn what_is_remembered_is_what_is_so() {
        along_walks(5, |at| {
            let (world, cast, state) = (at.world, at.cast, at.state);
            if at.dice.one_in(3) {
                let any = at.memo.any_enabled(world, cast, state, false);
                assert_eq!(any, !world.is_quiescent(state));
            }
            for n in cast.numbers() {
                let step = cast.steps[usize::from(n)];
                let after = step.apply(world, state);
                // Some are left unknown.
                if at.dice.one_in(4) {
                    continue;
                }
                if at.dice.one_in(2) {
                    let enabled = at.memo.is_enabled(world, cast, state, n);
                    assert_eq!(after.is_some(), enabled, "{step:?}");
                } else {
                    let tried = at.memo.behind(world, cast, state, n);
                    assert_eq!(after.as_ref(), tried, "{step:?}");
                }
            }
        });
    }
}
