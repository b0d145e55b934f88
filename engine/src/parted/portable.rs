//! States as the numbers of their parts, for those who carry them elsewhere.
//!
//! A number means something only beside the tables that gave it; what it stands for are the bytes
//! of its part. So a state goes to another process as numbers, and each number's bytes go once.

use super::{At, KINDS_MAX, Model, PARTS_MAX, Parted, Worker};
use crate::space::Space;
use std::sync::atomic::Ordering::Relaxed;

/// The numbers of the parts of a state; those beyond the last part are 0.
pub type Numbers = [u32; PARTS_MAX];

impl<M: Model> Parted<M> {
    /// The parts of this state (of its representative, under symmetry).
    pub fn numbers_of(&self, worker: &mut Worker<M>, s: &M::State) -> Numbers {
        let mut numbers = [0; PARTS_MAX];
        for (part, number) in numbers.iter_mut().enumerate().take(self.model.parts()) {
            *number = self.part_id(worker, part, s);
        }
        self.sort(&mut numbers);
        numbers
    }

    /// The parts of the state `key`.
    pub fn numbers(&self, worker: &mut Worker<M>, key: u64) -> Numbers {
        worker.mirror.unpack(&self.tables, key);
        let mut numbers = [0; PARTS_MAX];
        let parts = self.model.parts();
        numbers[..parts].copy_from_slice(&worker.mirror.ids[..parts]);
        numbers
    }

    /// The state of these parts, whole.
    pub fn state(&self, worker: &mut Worker<M>, numbers: &Numbers) -> M::State {
        worker.mirror.ids = *numbers;
        self.load_parts(worker);
        worker.state.clone()
    }

    /// The key of the state of these parts; `None` if a number does not fit its field: then the
    /// keys in use must be made anew by [`Parted::rekey`].
    pub fn key(&self, worker: &mut Worker<M>, numbers: &Numbers) -> Option<u64> {
        let mirror = &mut worker.mirror;
        let key = mirror.pack(&self.tables, &self.overflow, numbers, None);
        (!self.has_overflowed()).then_some(key)
    }

    /// Finds a layout with room for all numbers and makes `keys` keys of that layout. What the
    /// worker has judged stays.
    pub fn rekey(&mut self, worker: &mut Worker<M>, keys: &mut [u64]) {
        let mut old = self.worker();
        std::mem::swap(&mut old.judge, &mut worker.judge);
        self.widen(std::slice::from_mut(worker));
        std::mem::swap(&mut old.judge, &mut worker.judge);
        for key in keys {
            *key = self.translate(&mut old, worker, *key);
        }
        debug_assert!(!self.overflow.load(Relaxed));
    }

    /// As [`Space::expand`], on the numbers of parts; the judge is told `at`, whose key may be
    /// anything.
    pub fn expand_numbers(
        &self,
        worker: &mut Worker<M>,
        at: At,
        numbers: &Numbers,
        each: &mut impl FnMut(u16, &Numbers),
    ) {
        worker.mirror.ids = *numbers;
        self.load_parts(worker);
        self.expand_loaded(worker, at, |_, step, ids| each(step, ids));
    }

    /// Puts the members that are interchangeable in the order of the numbers here.
    pub fn canonical(&self, numbers: &mut Numbers) {
        self.sort(numbers);
    }

    /// The number of a part that holds these bytes; `None` if no part of this kind does.
    pub fn part_number(&self, worker: &mut Worker<M>, kind: usize, bytes: &[u8]) -> Option<u32> {
        let known = (0..self.model.parts()).any(|part| self.model.kind(part) == kind);
        if !known || kind >= KINDS_MAX {
            return None;
        }
        self.model.read_part(kind, bytes)?;
        Some(worker.mirror.part(&self.tables, kind, bytes))
    }
}
