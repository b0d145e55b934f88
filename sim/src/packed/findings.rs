//! What is found out on the way.

use std::collections::BTreeMap;

use engine::parted::At;
use properties::claims::Judgement;
use properties::ending::Ending;
use properties::waived::Waived;

/// What a state is the first to show: the level of the first ones, and all of that level.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize
)]
pub(crate) struct First {
    pub(crate) level: u32,
    /// Keys, with the step out of the state where a step is what shows it.
    pub(crate) keys: Vec<(u64, Option<u16>)>,
}

impl First {
    pub(super) fn add(first: &mut Option<First>, at: At, step: Option<u16>) {
        let first = first.get_or_insert_with(|| First {
            level: at.level,
            keys: Vec::new(),
        });
        if first.level == at.level {
            first.keys.push((at.key, step));
        }
    }

    fn merge(this: &mut Option<First>, other: Option<First>) {
        match (this.as_mut(), other) {
            (_, None) => {}
            (Some(this), Some(other)) if this.level == other.level => this.keys.extend(other.keys),
            (Some(this), Some(other)) if this.level < other.level => {}
            (_, other) => *this = other,
        }
    }
}

/// What one thread has found out.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// How often each step was taken.
    pub(crate) taken: Vec<u64>,
    /// Parallel to the properties: what broke them first.
    pub(crate) broken: Vec<Option<First>>,
    /// Parallel to the properties: the premise was met.
    pub(crate) concerned: Vec<bool>,
    /// Parallel to the properties: endings that do not keep the promise and are excused.
    pub(crate) waived: Vec<Waived>,
    /// Endings, with the states that have them first.
    pub(crate) endings: BTreeMap<Ending, Option<First>>,
    /// Parallel to the properties: where a fair run may stand still and owe a goal.
    pub(crate) still: Vec<Option<First>>,
    pub(super) enabled: bool,
    pub(super) promised: bool,
    pub(super) fair: u64,
    pub(super) marks: u64,
}

impl Findings {
    pub(super) fn note(&mut self, i: usize, judgement: Judgement, at: At) {
        match judgement {
            Judgement::NotConcerned => {}
            Judgement::Kept => self.concerned[i] = true,
            Judgement::Broken => {
                self.concerned[i] = true;
                First::add(&mut self.broken[i], at, None);
            }
        }
    }

    /// The keys of all states that are noted.
    pub(crate) fn keys_mut(&mut self) -> impl Iterator<Item = &mut u64> {
        let firsts = self.broken.iter_mut().chain(&mut self.still);
        let firsts = firsts.chain(self.endings.values_mut()).flatten();
        firsts.flat_map(|first| first.keys.iter_mut().map(|(key, _)| key))
    }

    /// Adds what another thread has found.
    pub(crate) fn merge(&mut self, other: Findings) {
        for (n, more) in self.taken.iter_mut().zip(other.taken) {
            *n += more;
        }
        for (this, other) in self.broken.iter_mut().zip(other.broken) {
            First::merge(this, other);
        }
        for (this, other) in self.still.iter_mut().zip(other.still) {
            First::merge(this, other);
        }
        for (this, other) in self.concerned.iter_mut().zip(other.concerned) {
            *this |= other;
        }
        for (this, other) in self.waived.iter_mut().zip(other.waived) {
            this.merge(other);
        }
        for (ending, first) in other.endings {
            First::merge(self.endings.entry(ending).or_default(), first);
        }
    }
}
