//! Where the order of a trace says less than it seems to.

use model::cluster::Child;

use super::Builder;
use crate::conformance::events::{Observed, What};

impl Builder<'_> {
    /// Slots are saved in the order of their array, which the model does not have: within one
    /// checkpoint they may come in any order, and stand here in the model's.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "an observation is no protocol state: only some kinds are asked for"
    )]
    pub(super) fn order_slot_saves(&mut self) {
        for stream in &mut self.script.streams {
            let is_save = |e: &&mut Observed| matches!(e.what, What::SlotSave(..));
            let saves: Vec<Observed> = stream
                .events
                .iter_mut()
                .filter(is_save)
                .map(|e| *e)
                .collect();
            let lo = saves.iter().map(|e| e.lo).fold(f64::INFINITY, f64::min);
            let hi = saves.iter().map(|e| e.hi).fold(f64::NEG_INFINITY, f64::max);
            let mut sorted = saves.clone();
            sorted.sort_by_key(|e| match e.what {
                What::SlotSave(slot, ..) => slot,
                _ => 0,
            });
            let places = stream
                .events
                .iter_mut()
                .filter(|e| matches!(e.what, What::SlotSave(..)));
            for (place, save) in places.zip(sorted) {
                *place = Observed { lo, hi, ..save };
            }
        }
    }

    /// One call of the child-exit handler reaps several children before it looks at the state
    /// machine once. The model looks after each: those that it waits for last come last here.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "an observation is no protocol state: only some kinds are asked for"
    )]
    pub(super) fn order_reaps(&mut self) {
        let rank = |what: &What| match what {
            What::ReapOther(_) => 0,
            What::Reap(Child::DEAD_END, _) => 1,
            What::Reap(Child::CHECKPOINTER, _) => 4,
            What::Reap(child, _) if child.as_walsender().is_some() => 2,
            What::Reap(Child::ARCHIVER, _) => 2,
            _ => 3,
        };
        for stream in &mut self.script.streams {
            let is_reap = |e: &Observed| matches!(e.what, What::Reap(..) | What::ReapOther(_));
            for run in stream.events.chunk_by_mut(|a, b| is_reap(a) && is_reap(b)) {
                if run.len() > 1 {
                    let lo = run.iter().map(|e| e.lo).fold(f64::INFINITY, f64::min);
                    let hi = run.iter().map(|e| e.hi).fold(f64::NEG_INFINITY, f64::max);
                    run.sort_by_key(|e| rank(&e.what));
                    for event in run {
                        (event.lo, event.hi) = (event.lo.min(lo), hi);
                    }
                }
            }
        }
    }
}
