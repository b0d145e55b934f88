//! States in parts, as a space of keys.

use super::{At, Model, Moves, Parted, Rounds, Worker};
use crate::memo::{Change, Memo};
use crate::space::Space;
use crate::tree::{KEY_BITS, Mirror};

impl<M: Model> Space for Parted<M> {
    type Worker = Worker<M>;

    fn worker(&self) -> Worker<M> {
        Worker {
            judge: self.model.judge(),
            mirror: {
                let mut mirror = Mirror::new(self.model.parts());
                mirror.lay_out(self.layout, |part| self.model.kind(part));
                mirror
            },
            memo: Memo::new(self.model.groups()),
            moves: Moves::default(),
            state: self.model.initial(),
            bytes: Vec::new(),
            reads: Vec::new(),
            outcomes: Vec::new(),
            sets: Vec::new(),
            ahead: Vec::new(),
        }
    }

    fn key_bits(&self) -> u32 {
        KEY_BITS
    }

    fn initial(&self, worker: &mut Worker<M>) -> u64 {
        self.pack(worker, &self.model.initial())
    }

    fn expand(
        &self,
        worker: &mut Worker<M>,
        level: u32,
        key: u64,
        each: &mut impl FnMut(u16, u64),
    ) {
        let at = At { level, key };
        self.load(worker, key);
        let before = worker.mirror.ids;
        self.expand_loaded(worker, at, |worker, step, ids| {
            let mirror = &mut worker.mirror;
            let after = mirror.pack(&self.tables, &self.overflow, ids, Some(&before));
            each(step, after);
        });
    }

    fn walk(
        &self,
        worker: &mut Worker<M>,
        key: u64,
        reduced: bool,
        each: &mut impl FnMut(u16, u64, u64),
    ) {
        worker.mirror.unpack(&self.tables, key);
        self.transitions(worker, reduced, false);
        let before = worker.mirror.ids;
        for n in 0..worker.ahead.len() {
            let mut ids = before;
            let transition = worker.memo.transition(worker.ahead[n]);
            worker.memo.change(transition, &mut ids);
            let pack = |ids: &_, worker: &mut Worker<M>| {
                let mirror = &mut worker.mirror;
                mirror.pack(&self.tables, &self.overflow, ids, Some(&before))
            };
            let to = pack(&ids, worker);
            let representative = if self.sort(&mut ids) {
                pack(&ids, worker)
            } else {
                to
            };
            each(transition.step, to, representative);
        }
    }

    fn shared_bytes(&self) -> u64 {
        self.tables().bytes()
    }

    fn worker_bytes(&self, worker: &Worker<M>) -> u64 {
        let judge = self.model.judge_bytes(&worker.judge);
        worker.mirror.bytes() + worker.memo.bytes() + worker.moves.bytes() + judge
    }
}

impl<M: Model> Parted<M> {
    /// Calls `each` with the representative behind every transition out of the state `key` whose
    /// parts may all return: only such a transition may lie on a loop.
    pub(crate) fn walk_rounds(
        &self,
        worker: &mut Worker<M>,
        key: u64,
        rounds: &Rounds,
        each: &mut impl FnMut(u64),
    ) {
        worker.mirror.unpack(&self.tables, key);
        self.transitions(worker, true, false);
        let before = worker.mirror.ids;
        for n in 0..worker.ahead.len() {
            let transition = worker.memo.transition(worker.ahead[n]);
            let may_return = |change: &Change| {
                let part = usize::from(change.part);
                rounds.may_return(self.model.kind(part), before[part], change.id)
            };
            if worker.memo.changes(transition).iter().all(may_return) {
                let mut ids = before;
                worker.memo.change(transition, &mut ids);
                self.sort(&mut ids);
                let mirror = &mut worker.mirror;
                each(mirror.pack(&self.tables, &self.overflow, &ids, Some(&before)));
            }
        }
    }
}
