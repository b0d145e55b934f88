//! Events that no step emits: they say in which state the model must be when they are seen.

use model::checkpointer::{Pc, Turn};
use model::cluster::{Child, Cluster, Life, Signal};
use model::walsender::WalSndState;

use super::events::{Stream, What};

/// Whether `what`, seen in `stream`, fits state `s`. Events that are emitted by steps never do.
pub(super) fn fits(s: &Cluster, stream: &Stream, what: &What) -> bool {
    match *what {
        What::Request(_)
        | What::Send(..)
        | What::Reap(..)
        | What::Fork
        | What::ShutdownXlog
        | What::SendInitStopping(_)
        | What::WaitStoppingReturn
        | What::SlotSave(..)
        | What::ControlWrite(..)
        | What::SendXlogIsShutdown
        | What::StatsWrite
        | What::Archived
        | What::Data(_)
        | What::CommandComplete
        | What::GotStopping
        | What::Sigkill(_) => false,
        What::ReapOther(_) | What::ForkOther | What::KeepaliveUnasked(_) => true,
        What::PmState(state, mode, fatal) => {
            let pm = &s.postmaster;
            (pm.pm_state, pm.shutdown, pm.fatal_error) == (state, mode, fatal)
        }
        What::PmExit(code) => s.postmaster.exit.code() == Some(code),
        What::PidFile => s.postmaster.exit.is_some(),
        What::InitStopping
        | What::WaitStopping
        | What::CreateCheckPoint
        | What::ReplicationSlots
        | What::SaveSlot
        | What::ReplicationSlotsReturn
        | What::ShutdownXlogReturn
        | What::Insert(_)
        | What::Flush(_) => checkpointer(s, what),
        What::InsertOther(end) => !s.checkpointer.redo.is_valid() && end <= s.wal.inserted,
        What::WalWrite {
            checkpointer,
            behind,
        } => {
            let open = if checkpointer {
                s.checkpointer.pc <= Pc::ShutDown
            } else {
                !s.checkpointer.redo.is_valid()
            };
            open && !behind
        }
        // In the fold all WAL is flushed from the start. Where it was not, a walsender that had
        // caught up with what was there asks in `WalSndDone`, behind a `send_data` that found more.
        What::Keepalive(lsn, asks) => of_walsender(stream, |i| {
            let ws = &s.walsenders[i];
            asks && ws.got_stopping && !ws.caught_up && ws.sent == lsn
        }),
        What::DataPart(end) => of_walsender(stream, |i| s.walsenders[i].sent < end),
        What::Status(write, flush) => of_walsender(stream, |i| {
            let ws = &s.walsenders[i];
            write.is_none_or(|write| write == ws.write) && flush == ws.flush
        }),
        What::Confirm(lsn) => of_walsender(stream, |i| s.walsenders[i].flush == lsn),
        What::SetStopping(sent) => of_walsender(stream, |i| {
            let ws = &s.walsenders[i];
            ws.state == WalSndState::Stopping && ws.sent == sent
        }),
        What::Recv(signal) => stream.child.is_some_and(|child| received(s, child, signal)),
        What::ProcExit(code, _) => stream.child.is_some_and(|child| match child {
            Child::CHECKPOINTER => s.checkpointer.pc == Pc::Exit && code == 0,
            // A walsender's is emitted by the step that decides to leave.
            Child(_) => child.as_walsender().is_none() && s.runs(child),
        }),
        What::Exit { child, life, last } => gone(s, child, life, last),
    }
}

fn of_walsender(stream: &Stream, fits: impl Fn(usize) -> bool) -> bool {
    let walsender = stream.child.and_then(Child::as_walsender);
    walsender.is_some_and(fits)
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an observation is no protocol state: only some kinds are asked for"
)]
fn checkpointer(s: &Cluster, what: &What) -> bool {
    let pc = s.checkpointer.pc;
    let slots_begin = pc == Pc::SlotCopy && s.turns.iter().all(|turn| *turn == Turn::Ahead);
    match *what {
        What::InitStopping => matches!(pc, Pc::InitStopping | Pc::WaitStopping),
        What::WaitStopping => pc == Pc::WaitStopping,
        What::CreateCheckPoint => pc == Pc::ShuttingDown,
        What::ReplicationSlots => slots_begin,
        What::SaveSlot => matches!(pc, Pc::SlotCopy | Pc::SlotRename | Pc::Buffers),
        What::ReplicationSlotsReturn => matches!(pc, Pc::Buffers | Pc::Insert | Pc::ShutDown),
        What::ShutdownXlogReturn => matches!(pc, Pc::ReportShutdown | Pc::Exit),
        What::Insert(end) => {
            s.wal.inserted == end && matches!(pc, Pc::ShuttingDown | Pc::ShutDown | Pc::Gone)
        }
        What::Flush(end) => s.wal.flushed == end && matches!(pc, Pc::ShutDown | Pc::Gone),
        _ => false,
    }
}

/// A signal that the model keeps pending until the child acts on it; the others are taken by a
/// step.
fn received(s: &Cluster, child: Child, signal: Signal) -> bool {
    let by_step = match signal {
        Signal::Usr2 => {
            child == Child::CHECKPOINTER
                || child == Child::ARCHIVER
                || child.as_walsender().is_some()
        }
        Signal::Int => child == Child::CHECKPOINTER,
        Signal::Term | Signal::Quit | Signal::Kill | Signal::InitStopping | Signal::Drain => false,
    };
    !by_step && s.runs(child) && s.child(child).has(signal)
}

/// Whether a process of `child`'s place can be gone in `s`, with that status.
fn gone(s: &Cluster, child: Child, life: Life, last: bool) -> bool {
    let process = s.child(child);
    if last {
        // Which of several backends ends last says nothing of how the others ended.
        let several = child.as_backend().is_some() && life != Life::Crashed;
        return match process.life {
            Life::Absent | Life::Running => false,
            Life::Exited1 if child == Child::DEAD_END => true,
            Life::Exited0 | Life::Exited1 => process.life == life || several,
            Life::Crashed => process.life == life,
        };
    }
    // One of several of a place: the others still stand for it.
    let told = |signal| process.has(signal);
    let backend = child.as_backend().is_some();
    match life {
        Life::Crashed => process.life == life || told(Signal::Quit) || told(Signal::Kill),
        Life::Exited1 if backend => told(Signal::Term) || process.life != Life::Running,
        Life::Exited1 => child == Child::DEAD_END,
        Life::Exited0 if backend => true,
        Life::Exited0 => process.life == life || told(Signal::Term) || told(Signal::Usr2),
        Life::Absent | Life::Running => false,
    }
}
