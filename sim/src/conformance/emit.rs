//! Whether the trace shows what a step would let an observer see.

use model::cluster::{Child, Cluster, Life, Signal};
use model::postmaster::{PmState, Postmaster, Shutdown};
use model::steps::{Actor, Step, StepKind};

use super::events::What;
use super::matcher::{Cursors, Matcher};
use super::shows::{self, By, Channel, Shown};

/// Something that a step lets an observer see, and where the trace would have it.
#[derive(Clone, Copy, Debug)]
struct Emission {
    /// In which stream; none if its actor has no events.
    stream: Option<usize>,
    /// What.
    what: What,
    /// Whether the recording would have it.
    must: bool,
}

impl Matcher {
    /// The cursors behind `step`, if the trace shows what it lets an observer see.
    pub(super) fn step(
        &self,
        cursors: &Cursors,
        before: &Cluster,
        step: Step,
        after: &Cluster,
    ) -> Option<Cursors> {
        let mut next = cursors.clone();
        for shown in shows::shows(&self.world, before, step, after) {
            self.consume(&mut next, before, self.emission(shown))?;
        }
        if step.actor() == Actor::Postmaster {
            self.postmaster(&mut next, before, step, after)?;
        }
        self.ends_cleanly(&next, before, after).then_some(())?;
        self.in_order(cursors, &next).then_some(next)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "an observation is no protocol state: only some kinds are asked for"
    )]
    fn consume(&self, next: &mut Cursors, before: &Cluster, emission: Emission) -> Option<()> {
        let Emission { stream, what, must } = emission;
        let Some(stream) = stream else {
            return (!must).then_some(());
        };
        let cursor = usize::from(next[stream]);
        let events = &self.script.streams[stream].events;
        let seen = events.get(cursor).map(|e| e.what);
        if seen.is_some_and(|seen| same(&seen, &what)) {
            next[stream] += 1;
            return Some(());
        }
        let quiet = match what {
            What::Keepalive(lsn, _) | What::KeepaliveUnasked(lsn) => {
                // A keepalive that repeats the position of the one before is not recorded.
                let last = events[..cursor].iter().rev().find_map(|e| match e.what {
                    What::Keepalive(lsn, _) | What::KeepaliveUnasked(lsn) => Some(lsn),
                    _ => None,
                });
                let unasked = matches!(what, What::KeepaliveUnasked(_));
                unasked || last == Some(lsn)
            }
            What::Data(lsn) => self.sent_before(stream, lsn),
            // Several replies are read at once, and a recorder shows one: a reply that moves no
            // slot may be silent.
            What::Status(_, flush) => {
                let walsender = self.script.streams[stream]
                    .child
                    .and_then(Child::as_walsender);
                walsender.is_some_and(|i| flush == before.walsenders[i].flush)
            }
            _ => !must,
        };
        quiet.then_some(())
    }

    fn emission(&self, shown: Shown) -> Emission {
        let stream = match shown.by {
            By::Child(child) => self.stream(child, false),
            By::Handlers(child) => self.stream(child, true),
            By::Postmaster => self.postmaster,
            By::PostmasterHandlers => self.postmaster_handlers,
            By::Harness => self.harness,
        };
        let must = match shown.channel {
            Channel::Always => true,
            Channel::Strace => self.strace(),
            Channel::Probe(function) => self.probed(function),
        };
        let what = shown.what;
        Emission { stream, what, must }
    }

    /// The postmaster's step: the child that is reaped, then all signals that it sends; values of
    /// `pmState` on the way may be seen between them.
    fn postmaster(&self, next: &mut Cursors, b: &Cluster, step: Step, a: &Cluster) -> Option<()> {
        let stream = self.postmaster?;
        let events = &self.script.streams[stream].events;
        if step.kind == StepKind::ProcessPmChildExit {
            let child = Child(step.at.who);
            let reaped = What::Reap(child, b.child(child).life);
            let seen = events.get(usize::from(next[stream]))?;
            (seen.what == reaped || is_like(seen.what, reaped)).then_some(())?;
            next[stream] += 1;
        }
        let mut sends = self.sends(usize::from(next[stream]), b, step);
        loop {
            match events.get(usize::from(next[stream])).map(|e| e.what) {
                Some(What::Send(signal, to)) if sends.contains(&(signal, to)) => {
                    sends.retain(|&s| s != (signal, to));
                }
                Some(What::PmState(state, mode, fatal))
                    if between(&b.postmaster, state, &a.postmaster)
                        && (mode, fatal) == (a.postmaster.shutdown, a.postmaster.fatal_error) => {}
                _ => break,
            }
            next[stream] += 1;
        }
        (sends.is_empty() || !self.strace()).then_some(())
    }

    /// All signals that `step` sends, each with the number of its receiver.
    fn sends(&self, cursor: usize, b: &Cluster, step: Step) -> Vec<(Signal, usize)> {
        let sent = shows::signals(&self.world, b, step).into_iter();
        sent.flat_map(|(signal, child)| {
            let there = self.there(child, cursor);
            there.map(move |member| (signal, member))
        })
        .collect()
    }

    /// When a child of the model ends, nothing of it may be left but its end.
    fn ends_cleanly(&self, next: &Cursors, b: &Cluster, a: &Cluster) -> bool {
        let ended = |&child: &Child| b.runs(child) && !a.runs(child) && child != Child::DEAD_END;
        Child::all().filter(ended).all(|child| {
            self.streams_of(child).all(|stream| {
                let left = &self.script.streams[stream].events[usize::from(next[stream])..];
                left.iter().all(|e| matches!(e.what, What::Exit { .. }))
            })
        })
    }
}

/// Whether an observed event is what a step lets see.
fn same(seen: &What, told: &What) -> bool {
    match (seen, told) {
        (What::Status(None, flush), What::Status(_, told)) => flush == told,
        (What::ProcExit(code, None), What::ProcExit(told, _)) => code == told,
        _ => seen == told,
    }
}

/// Several backends share a place, and so do dead-end children: which of their ordinary ends is
/// reaped last says nothing.
fn is_like(seen: What, told: What) -> bool {
    match (seen, told) {
        (What::Reap(child, a), What::Reap(other, b)) if child == other => {
            let shared = child == Child::DEAD_END || child.as_backend().is_some();
            shared && (child == Child::DEAD_END || a != Life::Crashed && b != Life::Crashed)
        }
        _ => false,
    }
}

/// Whether `pmState` passes through `seen` on its way, as `PostmasterStateMachine` may change it
/// several times in one call.
fn between(before: &Postmaster, seen: PmState, after: &Postmaster) -> bool {
    let (from, to) = (before.pm_state, after.pm_state);
    let same_stop = (before.shutdown, before.fatal_error) == (after.shutdown, after.fatal_error);
    let old = |state| matches!(state, PmState::Shutdown | PmState::Shutdown2);
    let new = |state| {
        matches!(
            state,
            PmState::WaitXlogShutdown
                | PmState::WaitXlogArchival
                | PmState::WaitIoWorkers
                | PmState::WaitCheckpointer
        )
    };
    let mixed = old(seen) && (new(from) || new(to)) || new(seen) && (old(from) || old(to));
    let crashing = after.fatal_error || after.shutdown == Shutdown::Immediate;
    if crashing && seen != from && seen != to {
        return seen == PmState::WaitDeadEnd && to == PmState::NoChildren;
    }
    seen == from && same_stop || seen == to || from < seen && seen < to && !mixed
}
