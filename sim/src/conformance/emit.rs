//! What a step would let an observer see, and whether the trace shows it.

use model::channel::MessageKind;
use model::checkpointer::Pc as CheckpointerPc;
use model::cluster::{Child, Cluster, ControlState, Life, Signal};
use model::postmaster::{PmState, Postmaster, Shutdown};
use model::scenario::WalsenderKind;
use model::steps::{Actor, Step, StepKind};
use model::walsender::{Pc, WalSndState};

use super::events::What;
use super::matcher::{Cursors, Matcher};
use super::positions::ELSEWHERE;

/// Something that a step lets an observer see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Emission {
    /// In which stream; none if its actor has no events.
    pub(super) stream: Option<usize>,
    /// What.
    pub(super) what: What,
    /// Whether the recording would have it.
    pub(super) must: bool,
}

fn in_exit(pc: Pc) -> bool {
    matches!(pc, Pc::ExitAbort | Pc::ExitRelease | Pc::ExitKill)
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
        for emission in self.emissions(before, step, after) {
            self.consume(&mut next, before, emission)?;
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
            What::Status(write, flush) => {
                let walsender = self.script.streams[stream]
                    .child
                    .and_then(Child::as_walsender);
                walsender.is_some_and(|i| {
                    let ws = &before.walsenders[i];
                    write == Some(ws.write) && flush == ws.flush
                })
            }
            _ => !must,
        };
        quiet.then_some(())
    }

    fn emissions(&self, b: &Cluster, step: Step, a: &Cluster) -> Vec<Emission> {
        let mut found = Vec::new();
        match step.actor() {
            Actor::Checkpointer => self.checkpointer(b, step, a, &mut found),
            Actor::WalSender(i) => self.walsender(usize::from(i), b, step, a, &mut found),
            Actor::Environment => self.environment(b, step, &mut found),
            Actor::Archiver => {
                if a.archiver.archived > b.archiver.archived {
                    found.push(self.main(Child::ARCHIVER, What::Archived, self.strace()));
                }
                if a.archiver.time_to_stop && !b.archiver.time_to_stop {
                    let what = What::Recv(Signal::Usr2);
                    found.push(self.handler(Child::ARCHIVER, what, self.strace()));
                }
            }
            Actor::Postmaster
            | Actor::BgWriter
            | Actor::WalWriter
            | Actor::IoWorker
            | Actor::DeadEnd
            | Actor::Backend(_)
            | Actor::Startup
            | Actor::WalReceiver
            | Actor::Worker(_)
            | Actor::Peer(_) => {}
        }
        found
    }

    fn environment(&self, b: &Cluster, step: Step, found: &mut Vec<Emission>) {
        let who = usize::from(step.at.who);
        if step.kind == StepKind::OperatorRequestsStop {
            let mode = self.world.scenario.requests[usize::from(b.environment.requests_sent)];
            found.extend(mode.map(|mode| Emission {
                stream: self.postmaster_handlers,
                what: What::Request(mode),
                must: true,
            }));
        } else if step.kind == StepKind::ClientConnects {
            found.push(Emission {
                stream: self.postmaster,
                what: What::Fork,
                must: true,
            });
        } else if step.kind == StepKind::KillWalsender {
            found.push(Emission {
                stream: self.harness,
                what: What::Sigkill(who),
                must: true,
            });
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other steps of the checkpointer show nothing"
    )]
    fn checkpointer(&self, b: &Cluster, step: Step, a: &Cluster, found: &mut Vec<Emission>) {
        let child = Child::CHECKPOINTER;
        let main = |what, must| self.main(child, what, must);
        let at = usize::from(step.at.who);
        match step.kind {
            StepKind::CheckpointerMainShutdownRequested => {
                let trigger = if self.world.design.checkpointer_exits_last {
                    Signal::Int
                } else {
                    Signal::Usr2
                };
                found.push(self.handler(child, What::Recv(trigger), self.strace()));
                found.push(main(What::ShutdownXlog, self.probed("ShutdownXLOG")));
            }
            StepKind::WalSndInitStopping if b.walsenders[at].pid => {
                // A zombie is addressed as well: its entry is what counts.
                found.push(main(What::SendInitStopping(at), self.strace()));
            }
            StepKind::WalSndWaitStopping => {
                let probed = self.probed("WalSndWaitStopping");
                found.push(main(What::WaitStoppingReturn, probed));
            }
            StepKind::CreateCheckPointShuttingDown => {
                let what = What::ControlWrite(ControlState::ShuttingDown, ELSEWHERE);
                found.push(main(what, self.strace()));
            }
            StepKind::SaveSlotToPathRename if step.at.with == 0 => {
                let slot = &b.slots[at];
                let what = What::SlotSave(at, slot.copy_confirmed_flush, slot.copy_restart_lsn);
                found.push(main(what, self.strace()));
            }
            StepKind::CreateCheckPointShutDown => {
                let what = What::ControlWrite(ControlState::ShutDown, a.control.checkpoint);
                found.push(main(what, self.strace()));
            }
            StepKind::SendXlogIsShutdown => {
                found.push(main(What::SendXlogIsShutdown, self.strace()));
            }
            StepKind::CheckpointerMainExitRequested => {
                found.push(self.handler(child, What::Recv(Signal::Usr2), self.strace()));
            }
            StepKind::PgstatBeforeServerShutdown if a.stats.is_shutdown => {
                found.push(main(What::StatsWrite, self.strace()));
            }
            _ => {}
        }
        debug_assert!(
            b.checkpointer.pc != CheckpointerPc::Gone,
            "a step of the dead"
        );
    }

    fn walsender(&self, i: usize, b: &Cluster, step: Step, a: &Cluster, found: &mut Vec<Emission>) {
        let child = Child::walsender(i);
        let main = |what, must| self.main(child, what, must);
        let (wb, wa) = (&b.walsenders[i], &a.walsenders[i]);
        if step.kind == StepKind::HandleWalSndInitStopping {
            found.push(self.handler(child, What::GotStopping, self.strace()));
        }
        if step.kind == StepKind::WalSndLastCycleHandler {
            found.push(self.handler(child, What::Recv(Signal::Usr2), self.strace()));
        }
        if step.kind == StepKind::ProcessRepliesIfAny && b.channels[i].up_len() > 0 {
            let reply = b.channels[i].up[0];
            let what = What::Status(Some(reply.write), reply.flush);
            found.push(main(what, self.strace()));
        }
        if wa.state == WalSndState::Stopping && wb.state != WalSndState::Stopping {
            let probed = self.probed("WalSndSetState");
            found.push(main(What::SetStopping(wb.sent), probed));
        }
        let (sent_before, sent) = (b.channels[i].down_len(), a.channels[i].down_len());
        for message in a.channels[i].down.iter().take(sent).skip(sent_before) {
            let physical = self.world.scenario.walsender(i).kind == WalsenderKind::Physical;
            let what = match message.kind {
                MessageKind::None => continue,
                MessageKind::Data => What::Data(message.lsn),
                MessageKind::Keepalive if physical => What::Keepalive(message.lsn, false),
                MessageKind::Keepalive => What::KeepaliveUnasked(message.lsn),
                MessageKind::KeepaliveReplyRequested => What::Keepalive(message.lsn, true),
                MessageKind::CommandComplete => What::CommandComplete,
            };
            found.push(main(what, self.strace()));
        }
        if in_exit(wa.pc) && !in_exit(wb.pc) {
            let what = What::ProcExit(u8::from(wa.fatal), Some(wa.sent));
            found.push(main(what, self.probed("proc_exit")));
        }
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

    /// All signals that `step` sends, each with its receiver: also to children that have ended but
    /// are not reaped, and to those that have the signal pending already.
    fn sends(&self, cursor: usize, b: &Cluster, step: Step) -> Vec<(Signal, usize)> {
        let mut asked = *b;
        let reaped = (step.kind == StepKind::ProcessPmChildExit).then_some(Child(step.at.who));
        for child in Child::all().filter(|&c| Some(c) != reaped) {
            let process = asked.child_mut(child);
            process.signals = 0;
            if process.life != Life::Absent {
                process.life = Life::Running;
            }
        }
        let Some(told) = step.apply(&self.world, &asked) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for child in Child::all() {
            for signal in [
                Signal::Term,
                Signal::Int,
                Signal::Quit,
                Signal::Kill,
                Signal::Usr2,
            ] {
                if told.child(child).has(signal) {
                    let there = self.there(child, cursor);
                    found.extend(there.map(|member| (signal, member)));
                }
            }
        }
        found
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
