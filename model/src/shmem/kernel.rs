//! What the kernel does for the primitives: it keeps signals and lets processes sleep.
//!
//! A sleeper blocks for good until something that it waits for is there. So a wake-up that is
//! lost leaves it blocked, and loom reports a deadlock.
//!
//! *Assumed of the kernel*: a signal that is sent stays pending until it is taken, two of one kind
//! are one, and what the sender wrote before kill(2) is seen by whoever takes the signal.
//! PostgreSQL relies on this in so many words: "we assume that the kernel calls involved in latch
//! management will provide adequate synchronization on machines with weak memory ordering"
//! (`WaitEventSetWait`).
//!
//! *Simplified*: no sockets, no timeouts; a pid is not used again.

use crate::shmem::atomics::Spinlock;
use crate::sync::{Condvar, PoisonError};

/// A process id; 0 is nobody.
pub type Pid = u32;

/// A signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// SIGURG: wakes a latch's owner.
    Urg,
    /// SIGUSR1: look at your flags in shared memory.
    Usr1,
    /// SIGUSR2: a last cycle.
    Usr2,
}

/// All signals, in the order in which pending ones are delivered.
const SIGNALS: [Signal; 3] = [Signal::Urg, Signal::Usr1, Signal::Usr2];

/// How SIGURG ends a sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WakeChannel {
    /// Linux since 14: SIGURG is blocked and read from a signalfd, where it stays until drained.
    SignalFd,
    /// poll(2): a handler writes a byte into a pipe that is watched; up to 13 for SIGUSR1.
    SelfPipe,
    /// Mutant: a handler that only interrupts the sleep; before it, it leaves nothing behind.
    HandlerOnly,
}

/// How the death of the postmaster is told to a sleeper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeathReport {
    /// As long as it is true: the end of a pipe that is closed.
    WhileTrue,
    /// Once: kqueue's `NOTE_EXIT`.
    Once,
}

/// What ended a sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// The signalfd or the pipe is readable.
    Readable,
    /// A handler is to run (`EINTR`).
    Interrupted,
    /// The postmaster has died.
    PostmasterDeath,
}

#[derive(Debug, Default)]
struct Task {
    pending: [bool; SIGNALS.len()],
    pipe_has_byte: bool,
    sleeps: bool,
    gone: bool,
    postmaster_died: bool,
}

/// The kernel.
#[derive(Debug)]
pub struct Kernel {
    /// One for each pid, from 1.
    tasks: Vec<(Spinlock<Task>, Condvar)>,
    /// How SIGURG ends a sleep.
    pub channel: WakeChannel,
    /// How the postmaster's death is told.
    pub death_report: DeathReport,
}

impl Kernel {
    /// A kernel with processes 1 to `processes`.
    #[must_use]
    pub fn new(processes: u32, channel: WakeChannel, death_report: DeathReport) -> Self {
        let tasks = (0..processes).map(|_| (Spinlock::new(Task::default()), Condvar::new()));
        Self {
            tasks: tasks.collect(),
            channel,
            death_report,
        }
    }

    fn task(&self, pid: Pid) -> &(Spinlock<Task>, Condvar) {
        let index = usize::try_from(pid).ok().and_then(|p| p.checked_sub(1));
        index
            .and_then(|i| self.tasks.get(i))
            .expect("a pid of this kernel")
    }

    /// kill(2); nothing if the process is gone (`ESRCH`), which the callers here ignore.
    pub fn kill(&self, pid: Pid, signal: Signal) {
        self.change(pid, |task| {
            if let Some(i) = SIGNALS.iter().position(|s| *s == signal) {
                task.pending[i] = true;
            }
        });
    }

    /// write(2) of a byte into the self-pipe.
    pub fn write_pipe(&self, pid: Pid) {
        self.change(pid, |task| task.pipe_has_byte = true);
    }

    /// The postmaster dies; `pid` is one of those that are told.
    pub fn postmaster_dies(&self, pid: Pid) {
        self.change(pid, |task| task.postmaster_died = true);
    }

    /// The process is no more.
    pub fn exit(&self, pid: Pid) {
        self.change(pid, |task| task.gone = true);
    }

    fn change(&self, pid: Pid, change: impl FnOnce(&mut Task)) {
        let (task, wake) = self.task(pid);
        let mut task = task.acquire();
        if task.gone {
            return;
        }
        change(&mut task);
        if task.sleeps {
            wake.notify_one();
        }
    }

    /// The next signal whose handler runs now.
    #[must_use]
    pub fn take_signal(&self, pid: Pid) -> Option<Signal> {
        let mut task = self.task(pid).0.acquire();
        let first = self.deliverable(&task)?;
        task.pending[first] = false;
        Some(SIGNALS[first])
    }

    fn deliverable(&self, task: &Task) -> Option<usize> {
        let blocked = |s: Signal| s == Signal::Urg && self.channel == WakeChannel::SignalFd;
        (0..SIGNALS.len()).find(|i| task.pending[*i] && !blocked(SIGNALS[*i]))
    }

    /// epoll_wait(2) on the wake channel and the postmaster's death.
    #[must_use]
    pub fn epoll_wait(&self, pid: Pid) -> Event {
        let (task, wake) = self.task(pid);
        let mut task = task.acquire();
        loop {
            let signalfd = self.channel == WakeChannel::SignalFd && task.pending[0];
            if signalfd || task.pipe_has_byte {
                return Event::Readable;
            }
            if self.deliverable(&task).is_some() {
                return Event::Interrupted;
            }
            if task.postmaster_died {
                task.postmaster_died = self.death_report == DeathReport::WhileTrue;
                return Event::PostmasterDeath;
            }
            task.sleeps = true;
            task = wake.wait(task).unwrap_or_else(PoisonError::into_inner);
            task.sleeps = false;
        }
    }

    /// A sleep that only a timer ends, as in pg_usleep: it never returns while no handler runs.
    pub fn usleep(&self, pid: Pid) {
        let (task, wake) = self.task(pid);
        let mut task = task.acquire();
        while self.deliverable(&task).is_none() {
            task.sleeps = true;
            task = wake.wait(task).unwrap_or_else(PoisonError::into_inner);
            task.sleeps = false;
        }
    }

    /// read(2) of all that the signalfd or the pipe holds.
    pub fn drain(&self, pid: Pid) {
        let mut task = self.task(pid).0.acquire();
        task.pipe_has_byte = false;
        if self.channel == WakeChannel::SignalFd {
            task.pending[0] = false;
        }
    }
}
