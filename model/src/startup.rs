//! The startup process: announces how far recovery has come, finds WAL, asks for a walreceiver, and
//! leaves when recovery ends or it is told to.
//!
//! | step | function | when |
//! |---|---|---|
//! | [`startup_proc_shutdown_handler`] | `StartupProcShutdownHandler` | SIGTERM |
//! | [`perform_wal_recovery`] | `PerformWalRecovery` | redo begins: RECOVERY_STARTED |
//! | [`startup_process_fails`] | `StartupProcessMain` | fault: FATAL before redo |
//! | [`check_recovery_consistency`] | `CheckRecoveryConsistency` | consistent: BEGIN_HOT_STANDBY |
//! | [`handle_startup_proc_interrupts`] | `HandleStartupProcInterrupts` | between records |
//! | [`request_xlog_streaming`] | `RequestXLogStreaming` | needs a walreceiver |
//! | [`wait_for_wal_to_become_available`] | same | woken while it waits for streamed WAL |
//! | [`wait_for_wal_retry`] | `WaitForWALToBecomeAvailable` | woken between two attempts |
//! | [`wait_for_wal_interval`] | same | the time between them is over |
//! | [`wal_rcv_running`] | `WalRcvRunning` | the walreceiver did not come up in time |
//! | [`startup_xlog`] | `StartupXLOG` | recovery has ended: exit 0 |
//!
//! *Grain*: the SIGTERM handler and the reaction to its flag are two steps; a wait, the reset of
//! the latch and the test behind it are one, because the latch is private to the process.
//!
//! *Simplified*: WAL that is replayed is not in the model; `startup` without a standby is crash
//! recovery that also announces itself (15+), which up to 14 only archive recovery did.
//!
//! *Break it*: `-retry-wait-checks-interrupts` (`no-deadlock` fails).
//!
//! *Checked*: `sim/tests/history_postmaster.rs`.

use crate::cluster::{Child, Cluster, ControlState, Life, Signal};
use crate::postmaster::PmSignal;
use crate::steps::{At, TAKEN, Taken};
use crate::world::World;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// Where the startup process is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum Pc {
    /// Gone, or never there.
    #[default]
    Gone,
    /// Before redo.
    Init,
    /// Redoes; consistency is not announced.
    Redo,
    /// Consistent, about to look for WAL.
    Source,
    /// Waits for WAL that the walreceiver shall write (`WAIT_EVENT_RECOVERY_WAL_STREAM`).
    Stream,
    /// Sleeps between two attempts (`WAIT_EVENT_RECOVERY_RETRIEVE_RETRY_INTERVAL`).
    RetryWait,
}

/// `WalRcv->walRcvState`, in shared memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum WalRcvState {
    /// `WALRCV_STOPPED`.
    #[default]
    Stopped,
    /// `WALRCV_STARTING`: requested, not there yet.
    Starting,
    /// `WALRCV_STREAMING`.
    Streaming,
}

/// The startup process' variables, and what it shares with the walreceiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct StartUp {
    /// Where it is.
    pub pc: Pc,
    /// `shutdown_requested`.
    pub shutdown_requested: bool,
    /// Its latch.
    pub latch: bool,
    /// `XLogCtl->SharedRecoveryState != RECOVERY_STATE_DONE`: recovery is in progress.
    pub in_recovery: bool,
    /// `WalRcv->walRcvState`.
    pub walrcv: WalRcvState,
}

impl StartUp {
    /// A startup process that has just been forked.
    #[must_use]
    pub fn forked() -> StartUp {
        StartUp {
            pc: Pc::Init,
            in_recovery: true,
            ..StartUp::default()
        }
    }
}

fn at(s: &Cluster, pc: Pc) -> bool {
    s.runs(Child::STARTUP) && s.startup.pc == pc
}

fn exit(s: &mut Cluster, life: Life) {
    s.startup.pc = Pc::Gone;
    s.startup.shutdown_requested = false;
    s.startup.latch = false;
    s.child_mut(Child::STARTUP).exit(life);
}

/// SIGTERM arrives: the flag and the latch are set.
///
/// Source: master `startup.c` `StartupProcShutdownHandler`, "shutdown_requested = true".
#[must_use]
pub fn startup_proc_shutdown_handler(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !s.runs(Child::STARTUP) || !s.child(Child::STARTUP).has(Signal::Term) {
        return None;
    }

    s.child_mut(Child::STARTUP).take(Signal::Term);
    s.startup.shutdown_requested = true;
    s.startup.latch = true;
    TAKEN
}

/// Redo begins: the postmaster is told.
///
/// Source: master `xlogrecovery.c` `PerformWalRecovery`, "PMSIGNAL_RECOVERY_STARTED".
#[must_use]
pub fn perform_wal_recovery(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::Init) {
        return None;
    }

    s.postmaster.launch.send(PmSignal::RecoveryStarted);
    s.control.state = ControlState::InRecovery;
    s.startup.pc = Pc::Redo;
    TAKEN
}

/// Fault: the startup process ends with a FATAL error before redo begins, exit status 1.
///
/// Source: master `startup.c` `StartupProcessMain`; the report of ead8f696b7, "A trick to make
/// InitPostmasterChild() fail".
#[must_use]
pub fn startup_process_fails(w: &World, s: &mut Cluster, _at: At) -> Taken {
    let may = w.scenario.faults.startup_failure > 0;
    if !may || !at(s, Pc::Init) || s.environment.faults_left.startup_failure == 0 {
        return None;
    }

    s.environment.faults_left.startup_failure -= 1;
    exit(s, Life::Exited1);
    TAKEN
}

/// Recovery is consistent: a standby lets clients in.
///
/// Source: master `xlogrecovery.c` `CheckRecoveryConsistency`, "PMSIGNAL_BEGIN_HOT_STANDBY".
#[must_use]
pub fn check_recovery_consistency(w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::Redo) || !w.scenario.start.standby {
        return None;
    }

    s.postmaster.launch.send(PmSignal::BeginHotStandby);
    s.startup.pc = Pc::Source;
    TAKEN
}

/// Between two records the flag is seen: exit 1.
///
/// Source: 17 `startup.c` `HandleStartupProcInterrupts` (18+ `ProcessStartupProcInterrupts`),
/// "Check if we were requested to exit without finishing recovery".
#[must_use]
pub fn handle_startup_proc_interrupts(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    let looks = at(s, Pc::Redo) || at(s, Pc::Source);
    if !looks || !s.startup.shutdown_requested {
        return None;
    }

    exit(s, Life::Exited1);
    TAKEN
}

/// No WAL here: a walreceiver is asked for, then the process waits for what it brings.
///
/// Source: master `walreceiverfuncs.c` `RequestXLogStreaming`, "PMSIGNAL_START_WALRECEIVER";
/// `xlogrecovery.c` `WaitForWALToBecomeAvailable`, "Launch walreceiver if needed".
#[must_use]
pub fn request_xlog_streaming(w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::Source) || !w.scenario.start.standby {
        return None;
    }

    if s.startup.walrcv == WalRcvState::Stopped {
        s.startup.walrcv = WalRcvState::Starting;
        s.postmaster.launch.send(PmSignal::StartWalReceiver);
    }
    s.startup.pc = Pc::Stream;
    TAKEN
}

/// Woken while it waits for streamed WAL: the latch is reset, the interrupts are looked at, and it
/// waits again, or finds the walreceiver gone and begins anew.
///
/// Source: master `xlogrecovery.c` `WaitForWALToBecomeAvailable`, "Check if WAL receiver is
/// active", "This possibly-long loop needs to handle interrupts of startup process".
#[must_use]
pub fn wait_for_wal_to_become_available(_w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::Stream) || !s.startup.latch {
        return None;
    }

    s.startup.latch = false;
    if s.startup.shutdown_requested {
        exit(s, Life::Exited1);
    } else if s.startup.walrcv == WalRcvState::Stopped {
        s.startup.pc = Pc::Source;
    }
    TAKEN
}

/// Woken between two attempts: the latch is reset, and only since 2945a488a3 are the interrupts
/// looked at. Then pg_wal and a walreceiver are tried again: a page that is read there ends the
/// call before its own look at the interrupts.
///
/// Source: 13 `xlog.c`, master `xlogrecovery.c` `WaitForWALToBecomeAvailable`, "sleep
/// wal_retrieve_retry_interval milliseconds to avoid busy-waiting".
#[must_use]
pub fn wait_for_wal_retry(w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::RetryWait) || !s.startup.latch {
        return None;
    }

    s.startup.latch = false;
    next_attempt(w, s);
    TAKEN
}

/// `wal_retrieve_retry_interval` is over.
///
/// Source: the same.
#[must_use]
pub fn wait_for_wal_interval(w: &World, s: &mut Cluster, _at: At) -> Taken {
    if !at(s, Pc::RetryWait) || s.startup.latch || !w.scenario.start.timers {
        return None;
    }

    next_attempt(w, s);
    TAKEN
}

fn next_attempt(w: &World, s: &mut Cluster) {
    if w.design.retry_wait_checks_interrupts {
        if s.startup.shutdown_requested {
            exit(s, Life::Exited1);
        } else {
            s.startup.pc = Pc::Source;
        }
        return;
    }
    if s.startup.walrcv == WalRcvState::Stopped {
        s.startup.walrcv = WalRcvState::Starting;
        s.postmaster.launch.send(PmSignal::StartWalReceiver);
    }
    s.startup.pc = Pc::Stream;
}

/// The wait for streamed WAL times out after 5 s, or the walreceiver has not come up within
/// `WALRCV_STARTUP_TIMEOUT`: the process looks at its interrupts and begins anew.
///
/// Source: 17 `walreceiverfuncs.c` `WalRcvRunning`, "If it has taken too long for walreceiver to
/// start up, give up".
#[must_use]
pub fn wal_rcv_running(w: &World, s: &mut Cluster, _at: At) -> Taken {
    let starting = s.startup.walrcv == WalRcvState::Starting;
    let due = starting || s.startup.shutdown_requested;
    if !at(s, Pc::Stream) || !w.scenario.start.timers || !due {
        return None;
    }

    if s.startup.shutdown_requested {
        exit(s, Life::Exited1);
    } else {
        s.startup.walrcv = WalRcvState::Stopped;
        s.startup.pc = Pc::Source;
    }
    TAKEN
}

/// Recovery has ended: exit 0. Nobody looks between the change of `SharedRecoveryState` and the
/// exit but for processes that do not care.
///
/// Source: master `xlog.c` `StartupXLOG`, "RECOVERY_STATE_DONE"; `startup.c` "proc_exit(0)".
#[must_use]
pub fn startup_xlog(w: &World, s: &mut Cluster, _at: At) -> Taken {
    let ends = at(s, Pc::Redo) || at(s, Pc::Source);
    if !ends || w.scenario.start.standby {
        return None;
    }

    s.startup.in_recovery = false;
    s.control.state = ControlState::InProduction;
    exit(s, Life::Exited0);
    TAKEN
}
