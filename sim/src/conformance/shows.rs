//! What a step lets an observer see: read off the two states, whoever observes.

use model::channel::MessageKind;
use model::checkpointer::Pc as CheckpointerPc;
use model::cluster::{Child, Cluster, ControlState, Life, Signal};
use model::scenario::WalsenderKind;
use model::steps::{Actor, Step, StepKind};
use model::walsender::{Pc, WalSndState};
use model::world::World;

use super::events::What;
use super::positions::ELSEWHERE;

/// Where something is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// In a child's main flow.
    Child(Child),
    /// In its signal handlers.
    Handlers(Child),
    /// In the postmaster's main flow.
    Postmaster,
    /// In its signal handlers.
    PostmasterHandlers,
    /// At the operator and fault injector.
    Harness,
}

/// How something is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    /// By every recorder.
    Always,
    /// As a system call.
    Strace,
    /// By a probe on this function.
    Probe(&'static str),
}

/// Something that a step lets an observer see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    /// Where.
    pub(super) by: By,
    /// What.
    pub(super) what: What,
    /// How.
    pub(super) channel: Channel,
}

fn in_exit(pc: Pc) -> bool {
    matches!(pc, Pc::ExitAbort | Pc::ExitRelease | Pc::ExitKill)
}

/// What `step`, from `b` to `a`, lets an observer see, in its order. The postmaster's signals and
/// what it reaps are not among it: see [`signals`].
pub(super) fn shows(world: &World, b: &Cluster, step: Step, a: &Cluster) -> Vec<Shown> {
    match step.actor() {
        Actor::Checkpointer => checkpointer(world, b, step, a),
        Actor::WalSender(i) => walsender(world, usize::from(i), b, step, a),
        Actor::Environment => environment(world, b, step).into_iter().collect(),
        Actor::Archiver => archiver(b, a),
        Actor::StatsCollector => collector(b, a),
        Actor::Postmaster
        | Actor::BgWriter
        | Actor::WalWriter
        | Actor::IoWorker
        | Actor::DeadEnd
        | Actor::Backend(_)
        | Actor::Startup
        | Actor::WalReceiver
        | Actor::Worker(_)
        | Actor::Peer(_) => Vec::new(),
    }
}

/// All signals that `step` sends as a step of the postmaster: also to children that have ended but
/// are not reaped, and to those that have the signal pending already.
pub(super) fn signals(world: &World, b: &Cluster, step: Step) -> Vec<(Signal, Child)> {
    let mut asked = *b;
    let reaped = (step.kind == StepKind::ProcessPmChildExit).then_some(Child(step.at.who));
    for child in Child::all().filter(|&c| Some(c) != reaped) {
        let process = asked.child_mut(child);
        process.signals = 0;
        if process.life != Life::Absent {
            process.life = Life::Running;
        }
    }
    let Some(told) = step.apply(world, &asked) else {
        return Vec::new();
    };
    let all = [
        Signal::Term,
        Signal::Int,
        Signal::Quit,
        Signal::Kill,
        Signal::Usr2,
    ];
    let of = |child| all.into_iter().map(move |signal| (signal, child));
    let pairs = Child::all().flat_map(of);
    pairs
        .filter(|&(signal, child)| told.child(child).has(signal))
        .collect()
}

fn archiver(b: &Cluster, a: &Cluster) -> Vec<Shown> {
    let mut found = Vec::new();
    if a.archiver.archived > b.archiver.archived {
        found.push(main(Child::ARCHIVER, What::Archived, Channel::Strace));
    }
    if a.archiver.time_to_stop && !b.archiver.time_to_stop {
        found.push(handler(Child::ARCHIVER, What::Recv(Signal::Usr2)));
    }
    found
}

fn collector(b: &Cluster, a: &Cluster) -> Vec<Shown> {
    let wrote = a.stats.is_shutdown && !b.stats.is_shutdown;
    let shown = main(Child::STATS_COLLECTOR, What::StatsWrite, Channel::Strace);
    wrote.then_some(shown).into_iter().collect()
}

fn main(child: Child, what: What, channel: Channel) -> Shown {
    let by = By::Child(child);
    Shown { by, what, channel }
}

fn handler(child: Child, what: What) -> Shown {
    Shown {
        by: By::Handlers(child),
        what,
        channel: Channel::Strace,
    }
}

fn environment(world: &World, b: &Cluster, step: Step) -> Option<Shown> {
    let (by, what) = if step.kind == StepKind::OperatorRequestsStop {
        let mode = world.scenario.requests[usize::from(b.environment.requests_sent)]?;
        (By::PostmasterHandlers, What::Request(mode))
    } else if step.kind == StepKind::ClientConnects {
        (By::Postmaster, What::Fork)
    } else if step.kind == StepKind::KillWalsender {
        (By::Harness, What::Sigkill(usize::from(step.at.who)))
    } else {
        return None;
    };
    let channel = Channel::Always;
    Some(Shown { by, what, channel })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other steps of the checkpointer show nothing"
)]
fn checkpointer(world: &World, b: &Cluster, step: Step, a: &Cluster) -> Vec<Shown> {
    debug_assert!(
        b.checkpointer.pc != CheckpointerPc::Gone,
        "a step of the dead"
    );
    let child = Child::CHECKPOINTER;
    let call = |what| vec![main(child, what, Channel::Strace)];
    let at = usize::from(step.at.who);
    match step.kind {
        StepKind::CheckpointerMainShutdownRequested => {
            let trigger = if world.design.checkpointer_exits_last {
                Signal::Int
            } else {
                Signal::Usr2
            };
            let entered = Channel::Probe("ShutdownXLOG");
            vec![
                handler(child, What::Recv(trigger)),
                main(child, What::ShutdownXlog, entered),
            ]
        }
        // A zombie is addressed as well: its entry is what counts.
        StepKind::WalSndInitStopping if b.walsenders[at].pid => call(What::SendInitStopping(at)),
        StepKind::WalSndStartDraining
            if b.walsenders[at].pid && b.walsenders[at].state == WalSndState::Draining =>
        {
            call(What::SendInitStopping(at))
        }
        StepKind::WalSndWaitStopping => {
            let returned = Channel::Probe("WalSndWaitStopping");
            vec![main(child, What::WaitStoppingReturn, returned)]
        }
        StepKind::CreateCheckPointShuttingDown => {
            call(What::ControlWrite(ControlState::ShuttingDown, ELSEWHERE))
        }
        StepKind::SaveSlotToPathRename if step.at.with == 0 => {
            let slot = &b.slots[at];
            let (confirmed, restart) = (slot.copy_confirmed_flush, slot.copy_restart_lsn);
            call(What::SlotSave(at, confirmed, restart))
        }
        StepKind::CreateCheckPointShutDown => call(What::ControlWrite(
            ControlState::ShutDown,
            a.control.checkpoint,
        )),
        StepKind::SendXlogIsShutdown => call(What::SendXlogIsShutdown),
        StepKind::CheckpointerMainExitRequested => {
            vec![handler(child, What::Recv(Signal::Usr2))]
        }
        StepKind::PgstatBeforeServerShutdown if a.stats.is_shutdown && !b.stats.is_shutdown => {
            call(What::StatsWrite)
        }
        _ => Vec::new(),
    }
}

fn walsender(world: &World, i: usize, b: &Cluster, step: Step, a: &Cluster) -> Vec<Shown> {
    let mut found = Vec::new();
    let child = Child::walsender(i);
    let (wb, wa) = (&b.walsenders[i], &a.walsenders[i]);
    if step.kind == StepKind::HandleWalSndInitStopping {
        found.push(handler(child, What::GotStopping));
    }
    if step.kind == StepKind::WalSndLastCycleHandler {
        found.push(handler(child, What::Recv(Signal::Usr2)));
    }
    if step.kind == StepKind::ProcessRepliesIfAny && b.channels[i].up_len() > 0 {
        let reply = b.channels[i].up[0];
        let what = What::Status(Some(reply.write), reply.flush);
        found.push(main(child, what, Channel::Strace));
    }
    if wa.state == WalSndState::Stopping && wb.state != WalSndState::Stopping {
        let entered = Channel::Probe("WalSndSetState");
        found.push(main(child, What::SetStopping(wb.sent), entered));
    }
    let (sent_before, sent) = (b.channels[i].down_len(), a.channels[i].down_len());
    for message in a.channels[i].down.iter().take(sent).skip(sent_before) {
        let physical = world.scenario.walsender(i).kind == WalsenderKind::Physical;
        let what = match message.kind {
            MessageKind::None | MessageKind::ErrorResponse => continue,
            MessageKind::Data => What::Data(message.lsn),
            MessageKind::Keepalive if physical => What::Keepalive(message.lsn, false),
            MessageKind::Keepalive => What::KeepaliveUnasked(message.lsn),
            MessageKind::KeepaliveReplyRequested => What::Keepalive(message.lsn, true),
            MessageKind::CommandComplete => What::CommandComplete,
        };
        found.push(main(child, what, Channel::Strace));
    }
    if in_exit(wa.pc) && !in_exit(wb.pc) {
        let what = What::ProcExit(u8::from(wa.fatal), Some(wa.sent));
        found.push(main(child, what, Channel::Probe("proc_exit")));
    }
    found
}
