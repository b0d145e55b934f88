//! A process: its pid, its handlers, and the memory that it shares with the others.
//!
//! A handler runs in its process between two accesses. `Process::signals_may_arrive` marks the
//! places where that makes a difference; with it a handler sees and leaves behind exactly what
//! the C code's would. *Simplified*: one handler does not interrupt another.

use std::cell::Cell;
use std::fmt;

use crate::shmem::kernel::{DeathReport, Kernel, Pid, Signal, WakeChannel};
use crate::shmem::latch::{Latch, LatchVariant};

/// What all processes share, whatever else they do.
#[derive(Debug)]
pub struct Server {
    /// The kernel.
    pub kernel: Kernel,
    /// `PGPROC.procLatch`, one for each pid from 1, each owned by its process.
    pub proc_latch: Vec<Latch>,
}

impl Server {
    /// A server of PostgreSQL as it is, with processes 1 to `processes`.
    #[must_use]
    pub fn new(processes: u32) -> Self {
        Self::of(processes, LatchVariant::Master, WakeChannel::SignalFd)
    }

    /// A server with these latches and this wake channel.
    #[must_use]
    pub fn of(processes: u32, latch: LatchVariant, channel: WakeChannel) -> Self {
        let latches = (1..=processes).map(|pid| Latch::owned_by(pid, latch));
        Self {
            kernel: Kernel::new(processes, channel, DeathReport::WhileTrue),
            proc_latch: latches.collect(),
        }
    }

    /// The latch of a process, which is never freed.
    ///
    /// # Panics
    ///
    /// If there is no such process.
    #[must_use]
    pub fn latch_of(&self, pid: Pid) -> &Latch {
        let index = usize::try_from(pid).ok().and_then(|p| p.checked_sub(1));
        index
            .and_then(|i| self.proc_latch.get(i))
            .expect("a pid of this server")
    }
}

/// What a process does on a signal.
pub type Handler<'a> = &'a dyn Fn(&Process<'_>, Signal);

/// A process.
pub struct Process<'a> {
    /// What it shares.
    pub server: &'a Server,
    /// `MyProcPid`.
    pub pid: Pid,
    /// `waiting`: it is in `WaitEventSetWait`.
    pub(crate) waiting: Cell<bool>,
    handler: Option<Handler<'a>>,
}

impl fmt::Debug for Process<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Process({})", self.pid)
    }
}

impl<'a> Process<'a> {
    /// A process to which nobody sends any signal but SIGURG.
    #[must_use]
    pub fn new(server: &'a Server, pid: Pid) -> Self {
        Self {
            server,
            pid,
            waiting: Cell::new(false),
            handler: None,
        }
    }

    /// A process with a handler.
    #[must_use]
    pub fn with_handler(server: &'a Server, pid: Pid, handler: Handler<'a>) -> Self {
        let process = Self::new(server, pid);
        Self {
            handler: Some(handler),
            ..process
        }
    }

    /// `MyLatch`.
    #[must_use]
    pub fn my_latch(&self) -> &'a Latch {
        self.server.latch_of(self.pid)
    }

    /// Between two accesses of this process: handlers of pending signals run.
    pub fn signals_may_arrive(&self) {
        if self.handler.is_none() && self.server.kernel.channel == WakeChannel::SignalFd {
            return;
        }
        while let Some(signal) = self.server.kernel.take_signal(self.pid) {
            if signal == Signal::Urg {
                self.latch_sigurg_handler();
            } else if let Some(handler) = self.handler {
                handler(self, signal);
            }
        }
    }

    /// Source: master `waiteventset.c` `latch_sigurg_handler`, "if (waiting)".
    fn latch_sigurg_handler(&self) {
        if self.waiting.get() && self.server.kernel.channel == WakeChannel::SelfPipe {
            self.server.kernel.write_pipe(self.pid);
        }
    }

    /// Source: master `waiteventset.c` `WakeupMyProc`.
    pub(crate) fn wakeup_my_proc(&self) {
        if !self.waiting.get() {
            return;
        }
        if self.server.kernel.channel == WakeChannel::SelfPipe {
            self.server.kernel.write_pipe(self.pid);
        } else {
            self.server.kernel.kill(self.pid, Signal::Urg);
        }
    }
}
