//! Which steps are enabled where a walk is, remembered from one state to the next.
//!
//! Trying a step is the only way to learn whether it is enabled; the model notes what it looked at
//! on the way ([`Reads`]). As long as nothing of that changes the answer stays, so behind a step
//! only those are tried again that looked at what it changed, and of these not those that the
//! places of processes rule out.

use model::cluster::Cluster;
use model::reads::{Reads, Regions};
use model::steps::Taken;
use model::world::World;

use super::cast::{Cast, StepNumber};
use super::open::{Open, number};
use super::places::Places;

/// What is known of the steps of a world in one state, where the walk is.
#[derive(Clone, Debug)]
pub struct Memo {
    /// What is known of the steps, 64 in a row.
    rows: Vec<Row>,
    /// Scratch, a word for each row: the steps of which nothing may be known any more.
    reopened: Vec<u64>,
    /// What each step looked at when it was last tried.
    reads: Vec<Regions>,
    /// What each step looked at, now or before: what is stale is found out when it matters.
    looked_at: Vec<Regions>,
    /// For each region, a word for each row: the steps that looked at it, by `looked_at`.
    readers: Vec<u64>,
    /// What the places of processes rule out.
    places: Places,
    /// The steps that could be enabled: all but those known to be disabled.
    pub open: Open,
    /// The steps that were disabled before the step taken last and could be enabled behind it.
    pub opened: Vec<StepNumber>,
    /// What the step taken last has changed.
    pub changed: Regions,
    /// What the step taken last in the spare state may have changed.
    changing: Regions,
    /// A state to take steps in. States are large: they are swapped, not moved.
    spare: Box<Cluster>,
    spare_is: Spare,
}

/// Sets of steps, a bit for each.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    /// Known to be enabled.
    enabled: u64,
    /// Known to be disabled.
    disabled: u64,
    /// Those that there are.
    steps: u64,
    /// Those of them that are not the environment's.
    promised: u64,
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
        let mut rows = vec![Row::default(); cast.len().div_ceil(64)];
        for (n, step) in cast.numbers().into_iter().enumerate() {
            rows[n / 64].steps |= 1 << (n % 64);
            rows[n / 64].promised |= u64::from(!cast.is_environment(step)) << (n % 64);
        }
        let initial = world.initial();
        let mut places = Places::new(cast);
        places.begin(world, cast, &initial);
        let mut memo = Memo {
            places,
            reads: vec![Regions::default(); cast.len()],
            looked_at: vec![Regions::default(); cast.len()],
            readers: vec![0; rows.len() * Regions::count(world.walsenders)],
            reopened: vec![0; rows.len()],
            rows,
            open: Open::new(cast),
            opened: Vec::new(),
            changed: Regions::default(),
            changing: Regions::default(),
            spare: Box::new(initial),
            spare_is: Spare::Other,
        };
        memo.forget(true);
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
        let changed = self.spare.changed(s, self.changing);
        self.changed = changed;
        let width = self.rows.len();
        changed.each_number(world.walsenders, |region| {
            let readers = &self.readers[region * width..(region + 1) * width];
            for (reopened, &readers) in self.reopened.iter_mut().zip(readers) {
                *reopened |= readers;
            }
        });
        self.leave_affected(world.walsenders);
        let mut moved = false;
        for placed in changed.placed() {
            moved = true;
            self.places
                .arrive(world, cast, s, placed, &mut self.reopened);
        }
        self.forget(moved);
        Some(&self.spare)
    }

    /// Of the steps that may be reopened, leaves those that looked at what has changed when they
    /// were last tried; others did so before, which is forgotten.
    fn leave_affected(&mut self, walsenders: usize) {
        let width = self.rows.len();
        for (n, reopened) in self.reopened.iter_mut().enumerate() {
            for step in bits(n, *reopened) {
                let place = usize::from(step);
                if self.changed.meets(&self.reads[place]) {
                    continue;
                }
                *reopened &= !(1 << (step % 64));
                let stale = self.looked_at[place].without(&self.reads[place]);
                stale.each_number(walsenders, |region| {
                    self.readers[region * width + n] &= !(1 << (step % 64));
                });
                self.looked_at[place] = self.reads[place];
            }
        }
    }

    /// Forgets what was known of the steps that are reopened, but those that are ruled out; `moved`
    /// if others are than before.
    fn forget(&mut self, moved: bool) {
        self.opened.clear();
        for (n, reopened) in self.reopened.iter_mut().enumerate() {
            if *reopened == 0 && !moved {
                continue;
            }
            let (row, ruled_out) = (&mut self.rows[n], self.places.ruled_out[n]);
            let reopened = std::mem::take(reopened) & !ruled_out;
            for step in bits(n, row.disabled & reopened) {
                self.open.open(step);
                self.opened.push(step);
            }
            for step in bits(n, ruled_out & !row.disabled) {
                self.open.close(step);
            }
            row.enabled &= !(reopened | ruled_out);
            row.disabled = row.disabled & !reopened | ruled_out;
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
        let (row, bit) = (&self.rows[n / 64], n % 64);
        if row.disabled >> bit & 1 != 0 {
            return false;
        }
        if row.enabled >> bit & 1 != 0 {
            return true;
        }
        self.find_out(world, cast, s, step)
    }

    /// Whether `step` is enabled, or nothing is known of it.
    #[inline]
    #[must_use]
    pub fn could_be_enabled(&self, step: StepNumber) -> bool {
        let n = usize::from(step);
        self.rows[n / 64].disabled >> (n % 64) & 1 == 0
    }

    /// Takes `step` in the spare state. What it looks at is noted.
    #[inline]
    fn take(&mut self, world: &World, cast: &Cast, s: &Cluster, step: StepNumber) -> Taken {
        if self.spare_is != Spare::Here {
            self.spare.become_like(s, world.walsenders);
            self.spare_is = Spare::Here;
        }
        Reads::begin();
        cast.steps[usize::from(step)].take(world, &mut self.spare)?;
        self.changing = Reads::changing();
        self.spare_is = Spare::Behind(step);
        Some(())
    }

    fn find_out(&mut self, world: &World, cast: &Cast, s: &Cluster, step: StepNumber) -> bool {
        let enabled = self.take(world, cast, s, step).is_some();
        let reads = Reads::regions();
        let n = usize::from(step);
        let (row, bit) = (&mut self.rows[n / 64], 1 << (n % 64));
        if enabled {
            row.enabled |= bit;
        } else {
            row.disabled |= bit;
            self.open.close(step);
        }
        self.reads[n] = reads;
        // Most look where they have looked before.
        if !reads.is_within(&self.looked_at[n]) {
            self.looks_elsewhere(n, world.walsenders);
        }
        enabled
    }

    #[cold]
    fn looks_elsewhere(&mut self, n: usize, walsenders: usize) {
        let reads = &self.reads[n];
        let new = reads.without(&self.looked_at[n]);
        self.looked_at[n].add(reads);
        let width = self.rows.len();
        new.each_number(walsenders, |region| {
            self.readers[region * width + n / 64] |= 1 << (n % 64);
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
        let possible = |row: &Row| {
            let of = if environment { row.steps } else { row.promised };
            of & !row.disabled
        };
        self.rows.iter().any(|row| row.enabled & possible(row) != 0)
            || (0..self.rows.len()).any(|n| {
                let possible = possible(&self.rows[n]);
                bits(n, possible).any(|step| self.find_out(world, cast, s, step))
            })
    }

    /// Knows what `other` knows, which this was once a clone of; without a new allocation.
    pub fn know_as(&mut self, other: &Memo) {
        self.rows.clone_from(&other.rows);
        self.reads.clone_from(&other.reads);
        self.looked_at.clone_from(&other.looked_at);
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
        for n in 0..self.rows.len() {
            let row = self.rows[n];
            for step in bits(n, row.steps & !row.enabled & !row.disabled) {
                self.find_out(world, cast, s, step);
            }
            enabled.extend(bits(n, self.rows[n].enabled));
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
