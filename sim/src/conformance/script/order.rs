//! Where the order of a trace says less than it seems to.

use model::cluster::{Child, ControlState, Life};

use model::postmaster::PmState;

use super::Builder;
use crate::conformance::events::{Observed, What};

impl Builder<'_> {
    /// Slots are saved in the order of their array, which the model does not have: within one
    /// checkpoint, or one round of saves behind it, they may come in any order, and stand here in
    /// the model's.
    pub(super) fn order_slot_saves(&mut self) {
        let shut_down =
            |e: &Observed| matches!(e.what, What::ControlWrite(ControlState::ShutDown, _));
        for stream in &mut self.script.streams {
            for round in stream.events.split_mut(shut_down) {
                order_saves(round);
            }
        }
    }

    /// One call of the child-exit handler reaps several children before it looks at the state
    /// machine once. The model looks after each: those that it waits for last come last here. The
    /// first crash is handled at once, by signals to those that are left: it keeps its place.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "an observation is no protocol state: only some kinds are asked for"
    )]
    pub(super) fn order_reaps(&mut self) {
        let rank = |what: &What| match what {
            What::ReapOther(_) => 0,
            What::Reap(Child::DEAD_END, _) => 1,
            // Behind a crash it is waited for with the others, or up to 91c3613d37 not at all.
            What::Reap(Child::CHECKPOINTER, Life::Crashed) => 2,
            What::Reap(Child::CHECKPOINTER, _) => 4,
            What::Reap(child, _) if child.as_walsender().is_some() => 2,
            What::Reap(Child::ARCHIVER, _) => 2,
            _ => 3,
        };
        for stream in &mut self.script.streams {
            let is_reap = |e: &Observed| matches!(e.what, What::Reap(..) | What::ReapOther(_));
            let crashed = |e: &Observed| matches!(e.what, What::Reap(_, Life::Crashed));
            let one_call =
                |a: &Observed, b: &Observed| is_reap(a) && is_reap(b) && crashed(a) == crashed(b);
            for run in stream.events.chunk_by_mut(one_call) {
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

    /// The call that reaps the checkpointer may go on to reap others, say the collector that it
    /// has just told to go, before it comes to the state machine: `pmState` is seen there as the
    /// checkpointer's end left it.
    pub(super) fn order_samples(&mut self) {
        let same_call =
            |e: &Observed| matches!(e.what, What::Reap(..) | What::ReapOther(_) | What::Send(..));
        let is_reap = |e: &Observed| matches!(e.what, What::Reap(..) | What::ReapOther(_));
        let checkpointer = |e: &Observed| e.what == What::Reap(Child::CHECKPOINTER, Life::Exited0);
        for stream in &mut self.script.streams {
            let events = &mut stream.events;
            for sample in 0..events.len() {
                if !matches!(events[sample].what, What::PmState(PmState::Shutdown2, ..)) {
                    continue;
                }
                let call = events[..sample].iter().rposition(|e| !same_call(e));
                let call = call.map_or(0, |n| n + 1);
                let Some(first) = events[call..sample].iter().position(checkpointer) else {
                    continue;
                };
                let after = call + first + 1;
                if let Some(next) = events[after..sample].iter().position(is_reap) {
                    let lo = events[after + next].lo;
                    events[after + next..=sample].rotate_right(1);
                    events[after + next].lo = lo;
                }
            }
        }
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an observation is no protocol state: only some kinds are asked for"
)]
fn order_saves(round: &mut [Observed]) {
    let slot = |e: &Observed| match e.what {
        What::SlotSave(slot, ..) => Some(slot),
        _ => None,
    };
    let saves: Vec<Observed> = round
        .iter()
        .filter(|e| slot(e).is_some())
        .copied()
        .collect();
    let lo = saves.iter().map(|e| e.lo).fold(f64::INFINITY, f64::min);
    let hi = saves.iter().map(|e| e.hi).fold(f64::NEG_INFINITY, f64::max);
    let mut sorted = saves;
    sorted.sort_by_key(slot);
    let places = round.iter_mut().filter(|e| slot(e).is_some());
    for (place, save) in places.zip(sorted) {
        *place = Observed { lo, hi, ..save };
    }
}
