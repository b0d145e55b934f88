//! States in parts, as a space of keys.

use super::{At, Model, Parted, Worker};
use crate::memo::Memo;
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
            state: self.model.initial(),
            bytes: Vec::new(),
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
        self.load(worker, key);
        let before = worker.mirror.ids;
        self.transitions(worker, &before, reduced);
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
        worker.mirror.bytes() + worker.memo.bytes() + judge
    }
}
