//! The transitions out of a state: remembered or computed, and those that are taken.

use super::{At, Model, PARTS_MAX, Parted, Worker};
use crate::memo::Outcome;

impl<M: Model> Parted<M> {
    /// The transitions out of the state of the mirror's parts, as places in the memo: all, or those
    /// that need not be interleaved with the others. `is_loaded` says whether the worker has the
    /// state, too.
    pub(super) fn transitions(&self, worker: &mut Worker<M>, reduced: bool, mut is_loaded: bool) {
        worker.ahead.clear();
        worker.outcomes.clear();
        worker.sets.clear();
        worker.memo.find(&worker.mirror.ids);
        for group in 0..self.model.groups() {
            let known = worker.memo.found(group);
            let outcome = known.unwrap_or_else(|| {
                if !std::mem::replace(&mut is_loaded, true) {
                    self.load_parts(worker);
                }
                self.compute(worker, group)
            });
            let mark = |n: u32| worker.memo.transition(n).mark;
            let mut transitions = outcome.transitions();
            if let Some(n) = transitions.find(|&n| self.model.is_alone(mark(n)) && reduced) {
                worker.ahead.clear();
                worker.ahead.push(n);
                return;
            }
            let first = outcome.transitions().next();
            if first.is_some_and(|n| self.model.is_apart(mark(n)) && reduced) {
                worker.sets.push(self.model.set(group));
            }
            worker.outcomes.push(outcome);
            worker.ahead.extend(outcome.transitions());
        }
        if worker.sets.is_empty() {
            return;
        }
        if !is_loaded {
            self.load_parts(worker);
        }
        let set = self.model.first_set(&worker.state, &worker.sets);
        worker.ahead.clear();
        for (group, outcome) in worker.outcomes.iter().enumerate() {
            if self.model.set(group) == set {
                worker.ahead.extend(outcome.transitions());
            }
        }
    }

    /// Takes the steps out of the state that is in the worker.
    #[inline]
    pub(super) fn expand_loaded(
        &self,
        worker: &mut Worker<M>,
        at: At,
        mut each: impl FnMut(&mut Worker<M>, u16, &[u32; PARTS_MAX]),
    ) {
        self.model.judge_state(&mut worker.judge, at, &worker.state);
        self.transitions(worker, true, true);
        let before = worker.mirror.ids;
        for n in 0..worker.ahead.len() {
            let mut ids = before;
            let transition = worker.memo.transition(worker.ahead[n]);
            let (step, mark) = (transition.step, transition.mark);
            worker.memo.change(transition, &mut ids);
            self.model.judge_step(&mut worker.judge, at, step, mark);
            self.sort(&mut ids);
            each(worker, step, &ids);
        }
        self.model.judge_end(&mut worker.judge, at, &worker.state);
    }

    /// Computes what a group of steps does in the worker's state, and remembers it.
    fn compute(&self, worker: &mut Worker<M>, group: usize) -> Outcome {
        let model = &self.model;
        let Worker {
            mirror,
            memo,
            moves,
            state,
            bytes,
            reads,
            ..
        } = worker;
        let ids = mirror.ids;
        let from = memo.begin();
        reads.clear();
        model.reads(reads, &mut || {
            model.expand(group, state, &mut |step, after| {
                memo.add(step, model.mark(state, step, after));
                for part in (0..model.parts()).filter(|&part| model.differs(state, after, part)) {
                    bytes.clear();
                    model.write_part(after, part, bytes);
                    let kind = model.kind(part);
                    let id = mirror.part(&self.tables, kind, bytes);
                    moves.add(kind, ids[part], id);
                    memo.add_change(part, id);
                }
            });
        });
        reads.retain(|&part| usize::from(part) < model.parts());
        memo.keep(group, &ids, reads, from)
    }
}
