//! The steps that could be enabled where a walk is, in classes, to draw one of them by weight.

use super::cast::{Cast, StepNumber};
use super::dice::Dice;

/// Number of classes of steps.
pub const CLASSES: usize = 5;

/// The steps that are enabled, or of which nothing is known; in any order.
#[derive(Clone, Debug)]
pub struct Open {
    lists: [Vec<StepNumber>; CLASSES],
    /// The class of each step.
    class: Vec<u8>,
    /// Where each step stands in the list of its class; out of it if it is not open.
    place: Vec<StepNumber>,
}

impl Open {
    /// All steps of `cast`, in one class.
    pub(super) fn new(cast: &Cast) -> Open {
        let mut lists: [Vec<StepNumber>; CLASSES] = Default::default();
        lists[0] = cast.numbers();
        Open {
            lists,
            class: vec![0; cast.len()],
            place: cast.numbers(),
        }
    }

    /// The same as `other`, of the same steps; without a new allocation.
    pub(super) fn become_like(&mut self, other: &Open) {
        for (list, others) in self.lists.iter_mut().zip(&other.lists) {
            list.clone_from(others);
        }
        self.class.clone_from(&other.class);
        self.place.clone_from(&other.place);
    }

    /// Puts the steps into the classes that `class` says, from now on.
    pub fn classify(&mut self, class: impl Fn(StepNumber) -> usize) {
        let mut all: Vec<StepNumber> = self.iter().collect();
        all.sort_unstable();
        self.lists.iter_mut().for_each(Vec::clear);
        for (step, of) in self.class.iter_mut().enumerate() {
            *of = u8::try_from(class(number(step)).min(CLASSES - 1)).unwrap_or_default();
        }
        for step in all {
            self.open(step);
        }
    }

    /// The steps of a class that are open.
    #[must_use]
    pub fn of_class(&self, class: usize) -> &[StepNumber] {
        &self.lists[class]
    }

    /// All that are open.
    pub fn iter(&self) -> impl Iterator<Item = StepNumber> {
        self.lists.iter().flatten().copied()
    }

    /// One of them; its chance is the weight of its class. Those without weight come where there
    /// is no other.
    #[must_use]
    pub fn draw(&self, weights: &[u32; CLASSES], dice: &mut Dice) -> Option<StepNumber> {
        let len = |class: usize| u32::try_from(self.lists[class].len()).unwrap_or(u32::MAX);
        let heavy: u32 = (0..CLASSES).map(|class| weights[class] * len(class)).sum();
        let weight = |class: usize| if heavy > 0 { weights[class] } else { 1 };
        let all = if heavy > 0 {
            heavy
        } else {
            (0..CLASSES).map(len).sum()
        };
        let mut drawn = dice.below(all);
        for class in 0..CLASSES {
            let here = weight(class) * len(class);
            if drawn < here {
                return self.lists[class]
                    .get((drawn / weight(class)) as usize)
                    .copied();
            }
            drawn -= here;
        }
        None
    }

    /// `step`, which is not, is open.
    #[inline]
    pub(super) fn open(&mut self, step: StepNumber) {
        let n = usize::from(step);
        let list = &mut self.lists[usize::from(self.class[n])];
        self.place[n] = number(list.len());
        list.push(step);
    }

    /// `step`, which is open, is it no more.
    #[inline]
    pub(super) fn close(&mut self, step: StepNumber) {
        let n = usize::from(step);
        let list = &mut self.lists[usize::from(self.class[n])];
        let place = usize::from(self.place[n]);
        list.swap_remove(place);
        if let Some(&moved) = list.get(place) {
            self.place[usize::from(moved)] = number(place);
        }
    }
}

pub(super) fn number(n: usize) -> StepNumber {
    StepNumber::try_from(n).unwrap_or(StepNumber::MAX)
}

#[cfg(test)]
mod tests {
    use super::Open;
    use crate::scenarios;
    use crate::walk::cast::Cast;
    use crate::walk::dice::Dice;
    use model::world::World;

    /// Chances are as weights, and what has none comes where nothing else is open.
    #[test]
    fn chances_are_as_weights() {
        let design = crate::design_name::parse("pg18").unwrap();
        let world = World::new(design, scenarios::built_in("idle").unwrap().scenario);
        let mut open = Open::new(&Cast::new(&world));
        for step in open.iter().collect::<Vec<_>>() {
            if step >= 4 {
                open.close(step);
            }
        }
        open.classify(usize::from);
        let mut dice = Dice::new(1, 0);
        let mut drawn = [0_u32; 4];
        for _ in 0..16_000 {
            let step = open.draw(&[8, 4, 0, 4, 1], &mut dice).unwrap();
            drawn[usize::from(step)] += 1;
        }
        for (drawn, due) in drawn.into_iter().zip([8_000, 4_000, 0, 4_000]) {
            assert!(drawn.abs_diff(due) < 400, "{drawn} for {due}");
        }
        for step in [0, 1, 3] {
            open.close(step);
        }
        assert_eq!(open.draw(&[8, 4, 0, 4, 1], &mut dice), Some(2));
        open.close(2);
        assert_eq!(open.draw(&[8, 4, 0, 4, 1], &mut dice), None);
    }
}
