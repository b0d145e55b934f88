//! The other direction: the trace that a run of the model would leave, in the format that is
//! validated.
//!
//! A step takes `STEP_US` of the trace's time. What steps show is `shows`, the same list that a
//! trace is compared with; calls in between, signals that arrive and ends of processes are read off
//! the states.

mod lines;
mod outcome;
mod scope;

use std::collections::BTreeMap;

use model::checkpointer::Pc;
use model::cluster::{Child, Cluster, Life, Signal};
use model::scenario::WalsenderKind;
use model::steps::{Actor, Step, StepKind};
use model::world::World;
use properties::Counterexample;
use serde_json::{Map, Value, json};

use super::shows::{self, By};
use lines::{Exit, actor_name, real};
pub use scope::unsaid;

/// Microseconds of the trace that a step takes: more than recorders are apart.
const STEP_US: i64 = 5000;

/// Microseconds between two events of one step.
const EVENT_US: i64 = 10;

/// The trace of `run`, one JSON object a line, its outcome last. Times count from the first stop
/// request.
#[must_use]
pub fn record(world: &World, run: &Counterexample) -> String {
    let requests = run
        .steps
        .iter()
        .position(|(step, _)| step.kind == StepKind::OperatorRequestsStop);
    let first = i64::try_from(requests.unwrap_or(0)).unwrap_or(0);
    let mut recorder = Recorder {
        world,
        dead_ends: 0,
        ended: BTreeMap::new(),
        now_us: -STEP_US * (first + 1),
        lines: Vec::new(),
    };
    recorder.present(&run.initial);
    let mut before = &run.initial;
    for (n, (step, after)) in (0_i64..).zip(&run.steps) {
        recorder.now_us = STEP_US * (n - first);
        recorder.step(before, *step, after);
        before = after;
    }
    let outcome = outcome::outcome(world, &run.initial, before);
    recorder.event("harness", "outcome", "harness", outcome);
    let lines = recorder.lines.iter().map(|line| format!("{line}\n"));
    lines.collect()
}

struct Recorder<'a> {
    world: &'a World,
    /// Dead-end children so far.
    dead_ends: usize,
    /// How children ended that are not reaped, as `wait` shows it.
    ended: BTreeMap<Child, String>,
    now_us: i64,
    lines: Vec<Value>,
}

impl Recorder<'_> {
    fn event(&mut self, actor: &str, ev: &str, src: &str, fields: Value) {
        let t = serde_json::Number::from_f64(lines::seconds(self.now_us));
        let mut line = Map::new();
        line.insert("t".to_owned(), t.map_or(Value::Null, Value::Number));
        line.insert("actor".to_owned(), actor.into());
        line.insert("ev".to_owned(), ev.into());
        line.insert("src".to_owned(), src.into());
        if let Value::Object(fields) = fields {
            line.extend(fields);
        }
        self.lines.push(Value::Object(line));
        self.now_us += EVENT_US;
    }

    fn strace(&mut self, actor: &str, ev: &str, fields: Value) {
        self.event(actor, ev, "strace", fields);
    }

    fn entered(&mut self, actor: &str, function: &str) {
        let fields = json!({ "fn": function, "at": "entry" });
        self.event(actor, "fn", "ktrace", fields);
    }

    fn returned(&mut self, actor: &str, function: &str) {
        let fields = json!({ "fn": function, "at": "return" });
        self.event(actor, "fn", "ktrace", fields);
    }

    fn name(&self, child: Child) -> String {
        actor_name(child, self.dead_ends)
    }

    /// Who is there, so that a process that does nothing is known, too.
    fn present(&mut self, s: &Cluster) {
        for child in Child::all().filter(|&child| s.runs(child)) {
            let fields = json!({ "text": "is there when the recording begins" });
            self.event(&self.name(child), "log", "log", fields);
        }
        for target in scope::stopped(&self.world.scenario) {
            self.event("harness", "sigstop", "harness", json!({ "target": target }));
        }
        if scope::locked(&self.world.scenario) {
            self.event("harness", "lock_table", "harness", json!({}));
        }
    }

    fn step(&mut self, b: &Cluster, step: Step, a: &Cluster) {
        for child in Child::all().filter(|&child| b.runs(child) && !a.runs(child)) {
            self.leaves(child, a.child(child).life);
        }
        for shown in shows::shows(self.world, b, step, a) {
            if shown.by == By::Postmaster {
                self.dead_ends += 1;
            }
            let child_of = |child| self.name(child);
            for line in lines::lines(shown.by, &shown.what, self.is_physical(shown.by), child_of) {
                self.event(&line.actor, line.ev, line.src, line.fields);
            }
        }
        if step.actor() == Actor::Postmaster {
            self.postmaster(b, step, a);
        }
        self.calls(b, step, a);
        if step.actor() != Actor::Environment {
            self.arrivals(b, step, a);
        }
        self.ends(b, step, a);
    }

    fn is_physical(&self, by: By) -> bool {
        let (By::Child(child) | By::Handlers(child)) = by else {
            return false;
        };
        let walsender = child.as_walsender();
        walsender.is_some_and(|i| self.world.scenario.walsender(i).kind == WalsenderKind::Physical)
    }

    /// `proc_exit` of a child that ends in this step and does not crash; a walsender's came before.
    fn leaves(&mut self, child: Child, life: Life) {
        let code = match life {
            Life::Exited0 => 0,
            Life::Exited1 => 1,
            Life::Absent | Life::Running | Life::Crashed => return,
        };
        if child.as_walsender().is_none() {
            let fields = json!({ "fn": "proc_exit", "at": "entry", "code": code });
            self.event(&self.name(child), "fn", "ktrace", fields);
        }
    }

    /// What the postmaster reaps, whom it signals, and where it is then.
    fn postmaster(&mut self, b: &Cluster, step: Step, a: &Cluster) {
        if step.kind == StepKind::ProcessPmChildExit {
            let child = Child(step.at.who);
            let fields = json!({ "child": self.name(child), "status": self.ended[&child] });
            self.strace("postmaster", "reap", fields);
            if b.child(child).life == Life::Crashed {
                self.entered("postmaster", "HandleChildCrash");
            }
        }
        for (signal, child) in shows::signals(self.world, b, step) {
            let (sig, to) = (lines::signal_name(signal), self.name(child));
            self.strace("postmaster", "signal_send", json!({ "sig": sig, "to": to }));
            if signal != Signal::Usr2 {
                let to = format!("group:{to}");
                self.strace("postmaster", "signal_send", json!({ "sig": sig, "to": to }));
            }
        }
        let seen = |s: &Cluster| {
            let pm = &s.postmaster;
            (pm.pm_state, pm.shutdown, pm.fatal_error)
        };
        if seen(b) != seen(a) {
            let fields = lines::pm_state(&a.postmaster);
            self.event("postmaster", "pm_state", "ktrace", fields);
        }
    }

    /// Calls that show where a process is.
    fn calls(&mut self, b: &Cluster, step: Step, a: &Cluster) {
        let (from, to) = (b.checkpointer.pc, a.checkpointer.pc);
        if step.actor() == Actor::Checkpointer {
            self.checkpointer(from, to, step, a);
        }
        if let Actor::WalSender(i) = step.actor() {
            self.walsender(usize::from(i), b, step, a);
        }
    }

    /// What a walsender's step shows that no other needs: validation does not ask for it.
    fn walsender(&mut self, i: usize, b: &Cluster, step: Step, a: &Cluster) {
        let child = Child::walsender(i);
        let actor = self.name(child);
        let takes_reply = step.kind == StepKind::ProcessRepliesIfAny && b.channels[i].up_len() > 0;
        if takes_reply && !self.is_physical(By::Child(child)) {
            let flush = real(a.walsenders[i].flush);
            let function = "LogicalConfirmReceivedLocation";
            let fields = json!({ "fn": function, "at": "entry", "lsn": flush });
            self.event(&actor, "fn", "ktrace", fields);
        }
        let disk = |s: &Cluster| (s.slots[i].disk_confirmed_flush, s.slots[i].disk_restart_lsn);
        if disk(b) != disk(a) {
            let (confirmed, restart) = disk(a);
            self.strace(&actor, "slot_save", lines::slot_save(i, confirmed, restart));
        }
    }

    fn checkpointer(&mut self, from: Pc, to: Pc, step: Step, a: &Cluster) {
        let me = "checkpointer";
        let in_slots = |pc| matches!(pc, Pc::SlotCopy | Pc::SlotRename);
        let inserts = [
            StepKind::RequestXlogSwitch,
            StepKind::CreateCheckPointInsert,
        ];
        if in_slots(from) && matches!(to, Pc::Buffers | Pc::Insert) {
            self.returned(me, "CheckPointReplicationSlots");
        }
        if inserts.contains(&step.kind) && to != Pc::Gone {
            let end = real(a.wal.inserted);
            let fields = json!({ "fn": "XLogInsertRecord", "at": "return", "arg_end": end });
            self.event(me, "fn", "ktrace", fields);
        }
        if step.kind == StepKind::CreateCheckPointInsert && to != Pc::Gone {
            let (start, end) = (a.checkpointer.redo, a.wal.inserted);
            let fields = json!({ "fn": "XLogFlush", "at": "entry", "lsn": real(end) });
            self.event(me, "fn", "ktrace", fields);
            let fields = json!({ "start": real(start), "end": real(end) });
            self.strace(me, "wal_write", fields);
        }
        if from == to {
            return;
        }
        if to == Pc::InitStopping {
            self.entered(me, "WalSndInitStopping");
        } else if to == Pc::WaitStopping {
            self.entered(me, "WalSndWaitStopping");
        } else if to == Pc::ShuttingDown {
            self.entered(me, "CreateCheckPoint");
        } else if to == Pc::SlotCopy && !in_slots(from) && from != Pc::WaitExit {
            self.entered(me, "CheckPointReplicationSlots");
        } else if to == Pc::SlotRename && !a.checkpointer.late_save {
            self.entered(me, "SaveSlotToPath");
        } else if matches!(to, Pc::ReportShutdown | Pc::Exit)
            && !matches!(from, Pc::WaitExit | Pc::Main)
            && !a.checkpointer.late_save
        {
            self.returned(me, "CreateCheckPoint");
            self.returned(me, "ShutdownXLOG");
        }
    }

    /// Signals that now wait for a child's main loop. Those that a step takes are shown by it.
    fn arrivals(&mut self, b: &Cluster, step: Step, a: &Cluster) {
        for child in Child::all().filter(|&child| b.runs(child) && a.runs(child)) {
            let taken_by_step = |signal| match signal {
                Signal::Usr2 => {
                    matches!(child, Child::CHECKPOINTER | Child::ARCHIVER)
                        || child.as_walsender().is_some()
                }
                Signal::Int => child == Child::CHECKPOINTER,
                Signal::Kill | Signal::InitStopping | Signal::Drain => true,
                Signal::Term | Signal::Quit => false,
            };
            let all = [Signal::Term, Signal::Int, Signal::Quit, Signal::Usr2];
            for signal in all.into_iter().filter(|&signal| !taken_by_step(signal)) {
                let new = a.child(child).has(signal) && !b.child(child).has(signal);
                if new && step.actor() == Actor::Postmaster {
                    let fields = json!({ "sig": lines::signal_name(signal), "from": "postmaster" });
                    self.strace(&self.name(child), "signal_recv", fields);
                }
            }
        }
    }

    fn ends(&mut self, b: &Cluster, step: Step, a: &Cluster) {
        for child in Child::all().filter(|&child| b.runs(child) && !a.runs(child)) {
            let name = self.name(child);
            self.event(&name, "k_exit", "ktrace", json!({}));
            let exit = Exit::of(a.child(child).life, b, child);
            self.strace(&name, "exit", exit.fields());
            self.ended.insert(child, exit.status());
            if a.postmaster.exit.is_none() {
                let fields = json!({ "sig": "SIGCHLD", "from": name });
                self.strace("postmaster", "signal_recv", fields);
            }
        }
        if let (None, Some(code)) = (b.postmaster.exit.code(), a.postmaster.exit.code())
            && step.actor() == Actor::Postmaster
        {
            let fields = json!({ "fn": "proc_exit", "at": "entry", "code": code });
            self.event("postmaster", "fn", "ktrace", fields);
            self.strace("postmaster", "pidfile_unlink", json!({}));
            self.event("postmaster", "k_exit", "ktrace", json!({}));
            self.strace("postmaster", "exit", json!({ "code": code }));
        }
    }
}
