//! Which steps are enabled where a walk is, remembered from one state to the next.
//!
//! Trying a step is the only way to learn whether it is enabled; the model notes what it looked at
//! on the way ([`Reads`]). As long as nothing of that changes the answer stays, so behind a step
//! only those are tried again that looked at what it changed.

use model::cluster::Cluster;
use model::reads::{REGIONS, Reads, Regions};
use model::world::World;

use super::cast::{Cast, StepNumber};

/// What is known of the steps of a world in one state. Sets of steps are bits, 64 in a word.
#[derive(Debug)]
pub struct Memo {
    enabled: Vec<u64>,
    disabled: Vec<u64>,
    /// What each step looked at when it was last tried.
    reads: Vec<Regions>,
    /// For each region, a row of words: the steps of which something is known that looked at it.
    readers: Vec<u64>,
    /// The bits that are steps.
    steps: Vec<u64>,
}

impl Memo {
    /// Nothing is known yet of the steps of `cast`.
    #[must_use]
    pub fn new(cast: &Cast) -> Memo {
        let width = cast.len().div_ceil(64);
        let mut steps = vec![0; width];
        for n in 0..cast.len() {
            steps[n / 64] |= 1 << (n % 64);
        }
        Memo {
            enabled: vec![0; width],
            disabled: vec![0; width],
            reads: vec![Regions::default(); cast.len()],
            readers: vec![0; width * REGIONS],
            steps,
        }
    }

    /// The state behind `step`, if it is enabled in `s`, the state that this knows of.
    #[inline]
    pub fn try_step(
        &mut self,
        world: &World,
        cast: &Cast,
        s: &Cluster,
        step: StepNumber,
    ) -> Option<Cluster> {
        let n = usize::from(step);
        if self.disabled[n / 64] >> (n % 64) & 1 != 0 {
            return None;
        }
        if self.enabled[n / 64] >> (n % 64) & 1 != 0 {
            return cast.steps[n].apply(world, s);
        }
        self.apply(world, cast, s, n)
    }

    fn apply(&mut self, world: &World, cast: &Cast, s: &Cluster, n: usize) -> Option<Cluster> {
        Reads::begin();
        let after = cast.steps[n].apply(world, s);
        let reads = Reads::regions();
        let (row, bit) = (n / 64, 1 << (n % 64));
        match after {
            Some(_) => self.enabled[row] |= bit,
            None => self.disabled[row] |= bit,
        }
        self.reads[n] = reads;
        let width = self.steps.len();
        reads.numbers().for_each(|region| {
            self.readers[region * width + row] |= bit;
        });
        after
    }

    /// Whether `step` is enabled in `s`, the state that this knows of.
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
        self.enabled[row] >> bit & 1 != 0 || self.apply(world, cast, s, n).is_some()
    }

    /// Whether `step` could be enabled: it is, or nothing is known of it.
    #[must_use]
    pub fn is_open(&self, step: StepNumber) -> bool {
        let n = usize::from(step);
        self.disabled[n / 64] >> (n % 64) & 1 == 0
    }

    /// Puts the steps that could be enabled into `open`, in order.
    pub fn open(&self, open: &mut Vec<StepNumber>) {
        open.clear();
        for (row, (&steps, &disabled)) in self.steps.iter().zip(&self.disabled).enumerate() {
            open.extend(bits(row, steps & !disabled));
        }
    }

    /// Puts the steps that are enabled in `s`, the state that this knows of, into `enabled`, in
    /// order.
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
                self.apply(world, cast, s, usize::from(n));
            }
            enabled.extend(bits(row, self.enabled[row]));
        }
    }

    /// `step`, which was tried, leads from `before` to `after`: what this knows of now.
    pub fn taken(&mut self, step: StepNumber, before: &Cluster, after: &Cluster) {
        let changed = before.changed(after, self.reads[usize::from(step)]);
        let width = self.steps.len();
        for region in changed.numbers() {
            let readers = &mut self.readers[region * width..(region + 1) * width];
            for (row, readers) in readers.iter_mut().enumerate() {
                self.enabled[row] &= !*readers;
                self.disabled[row] &= !*readers;
                *readers = 0;
            }
        }
    }
}

impl Clone for Memo {
    fn clone(&self) -> Memo {
        Memo {
            enabled: self.enabled.clone(),
            disabled: self.disabled.clone(),
            reads: self.reads.clone(),
            readers: self.readers.clone(),
            steps: self.steps.clone(),
        }
    }

    /// Without a new allocation.
    fn clone_from(&mut self, other: &Memo) {
        self.enabled.clone_from(&other.enabled);
        self.disabled.clone_from(&other.disabled);
        self.reads.clone_from(&other.reads);
        self.readers.clone_from(&other.readers);
        self.steps.clone_from(&other.steps);
    }
}

/// The numbers of the bits that are set in word `row`.
fn bits(row: usize, mut bits: u64) -> impl Iterator<Item = StepNumber> {
    std::iter::from_fn(move || {
        let n = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        StepNumber::try_from(64 * row + n).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::Memo;
    use crate::walk::cast::Cast;
    use crate::walk::dice::Dice;
    use crate::walk::draw;
    use crate::walk::schedulers::{Point, Scheduler, Uniform};
    use model::world::World;

    /// What is remembered is what is so.
    #[test]
    fn what_is_remembered_is_what_is_so() {
        for stream in 0..150 {
            let mut dice = Dice::new(5, stream);
            let release = *dice.pick(&model::releases::RELEASES);
            let design = crate::design_name::parse(release).unwrap();
            let world = World::new(design, draw::draw(&mut dice));
            let cast = Cast::new(&world);
            let mut uniform = Uniform::new();
            let mut memo = Memo::new(&cast);
            let mut state = world.initial();
            for taken in 0..200 {
                for n in cast.numbers() {
                    let step = cast.steps[usize::from(n)];
                    let after = step.apply(&world, &state);
                    // Some are left unknown.
                    if dice.one_in(4) {
                        continue;
                    }
                    if dice.one_in(2) {
                        let enabled = memo.is_enabled(&world, &cast, &state, n);
                        assert_eq!(after.is_some(), enabled, "{step:?} in {release}");
                    } else {
                        let tried = memo.try_step(&world, &cast, &state, n);
                        assert_eq!(after, tried, "{step:?} in {release}");
                    }
                }
                let mut at = Point {
                    world: &world,
                    cast: &cast,
                    state: &state,
                    taken,
                    memo: &mut memo,
                };
                let Some((step, after)) = uniform.next(&mut at, &mut dice) else {
                    break;
                };
                memo.taken(step, &state, &after);
                state = after;
            }
        }
    }
}
