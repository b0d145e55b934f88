//! What a trace shows, in the model's terms: an event of one stream, with the window in which its
//! effect took place.

use model::cluster::{Child, ControlState, Life, Signal};
use model::postmaster::{PmState, Shutdown};
use model::scenario::StopMode;
use model::wal::Lsn;

/// What was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A stop request reaches the postmaster.
    Request(StopMode),
    /// `pmState`, `Shutdown` and `FatalError`, read at entry or return of `PostmasterStateMachine`.
    PmState(PmState, Shutdown, bool),
    /// `kill` by the postmaster, to one actor (its number in the cast).
    Send(Signal, usize),
    /// The last child of its place is reaped.
    Reap(Child, Life),
    /// One of several children of a place is reaped.
    ReapOther(Child),
    /// A dead-end child is forked.
    Fork,
    /// One more, while another is there.
    ForkOther,
    /// The postmaster's `proc_exit`, or its end.
    PmExit(u8),
    /// The pid file is removed.
    PidFile,
    /// `ShutdownXLOG` is entered.
    ShutdownXlog,
    /// `WalSndInitStopping` is entered.
    InitStopping,
    /// INIT_STOPPING to a walsender.
    SendInitStopping(usize),
    /// `WalSndWaitStopping` is entered.
    WaitStopping,
    /// `WalSndWaitStopping` has returned.
    WaitStoppingReturn,
    /// `CreateCheckPoint` is entered.
    CreateCheckPoint,
    /// `CheckPointReplicationSlots` is entered.
    ReplicationSlots,
    /// `SaveSlotToPath` is entered.
    SaveSlot,
    /// A slot's state file is renamed into place: confirmed_flush, restart_lsn.
    SlotSave(usize, Lsn, Lsn),
    /// `CheckPointReplicationSlots` has returned.
    ReplicationSlotsReturn,
    /// `XLogInsertRecord` of the checkpointer: end of the record.
    Insert(Lsn),
    /// `XLogInsertRecord` of anybody else.
    InsertOther(Lsn),
    /// `XLogFlush` of the checkpointer.
    Flush(Lsn),
    /// pg_control is written.
    ControlWrite(ControlState, Lsn),
    /// `CreateCheckPoint` or `ShutdownXLOG` has returned.
    ShutdownXlogReturn,
    /// PMSIGNAL_XLOG_IS_SHUTDOWN (18+).
    SendXlogIsShutdown,
    /// The statistics file is in place.
    StatsWrite,
    /// WAL pages are written: by the checkpointer or not; whether they begin behind all WAL.
    WalWrite {
        /// The checkpointer writes.
        checkpointer: bool,
        /// The pages begin behind the end of all WAL.
        behind: bool,
    },
    /// A segment is archived.
    Archived,
    /// XLogData that ends there.
    Data(Lsn),
    /// XLogData that ends before that: more of the same interval follows.
    DataPart(Lsn),
    /// A keepalive, and whether it asks for a reply.
    Keepalive(Lsn, bool),
    /// A keepalive of a logical walsender that asks for nothing.
    KeepaliveUnasked(Lsn),
    /// CommandComplete.
    CommandComplete,
    /// A status update: write (none: not kept), flush.
    Status(Option<Lsn>, Lsn),
    /// `LogicalConfirmReceivedLocation`.
    Confirm(Lsn),
    /// `WalSndSetState(STOPPING)`, with `sentPtr`.
    SetStopping(Lsn),
    /// The handler of INIT_STOPPING has run.
    GotStopping,
    /// A signal reaches a child.
    Recv(Signal),
    /// `proc_exit` with this status; `sentPtr` of a walsender.
    ProcExit(u8, Option<Lsn>),
    /// A process is gone; `last` of those that share its place.
    Exit {
        /// Its place.
        child: Child,
        /// How it ended.
        life: Life,
        /// No other one of that place is left.
        last: bool,
    },
    /// The harness kills a walsender.
    Sigkill(usize),
}

/// An event with its window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Observed {
    /// Line of the trace.
    pub(super) line: usize,
    /// Not earlier than this.
    pub(super) lo: f64,
    /// Not later than this.
    pub(super) hi: f64,
    /// What.
    pub(super) what: What,
}

/// The events of one actor that come in program order. Signal handlers run anywhere in the main
/// flow and have a stream of their own.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    /// Who.
    pub(super) actor: String,
    /// Its place, if it is a child.
    pub(super) child: Option<Child>,
    /// Whether this is the stream of its signal handlers.
    pub(super) handlers: bool,
    /// The events.
    pub(super) events: Vec<Observed>,
}

/// Signals by the kernel's names.
pub(super) fn signal(name: &str) -> Option<Signal> {
    Some(match name {
        "SIGTERM" => Signal::Term,
        "SIGINT" => Signal::Int,
        "SIGQUIT" => Signal::Quit,
        "SIGKILL" => Signal::Kill,
        "SIGUSR2" => Signal::Usr2,
        _ => return None,
    })
}

/// pmState by its C name.
pub(super) fn pm_state(name: &str) -> Option<PmState> {
    Some(match name {
        "PM_RUN" => PmState::Run,
        "PM_STOP_BACKENDS" => PmState::StopBackends,
        "PM_WAIT_BACKENDS" => PmState::WaitBackends,
        "PM_SHUTDOWN" => PmState::Shutdown,
        "PM_SHUTDOWN_2" => PmState::Shutdown2,
        "PM_WAIT_XLOG_SHUTDOWN" => PmState::WaitXlogShutdown,
        "PM_WAIT_XLOG_ARCHIVAL" => PmState::WaitXlogArchival,
        "PM_WAIT_IO_WORKERS" => PmState::WaitIoWorkers,
        "PM_WAIT_CHECKPOINTER" => PmState::WaitCheckpointer,
        "PM_WAIT_DEAD_END" => PmState::WaitDeadEnd,
        "PM_NO_CHILDREN" => PmState::NoChildren,
        _ => return None,
    })
}

/// Shutdown by the recorder's words.
pub(super) fn shutdown(name: &str) -> Option<Shutdown> {
    Some(match name {
        "none" => Shutdown::No,
        "smart" => Shutdown::Smart,
        "fast" => Shutdown::Fast,
        "immediate" => Shutdown::Immediate,
        _ => return None,
    })
}

/// State of pg_control by `pg_controldata`'s words.
pub(super) fn control_state(name: &str) -> Option<ControlState> {
    Some(match name {
        "in production" => ControlState::InProduction,
        "shutting down" => ControlState::ShuttingDown,
        "shut down" => ControlState::ShutDown,
        _ => return None,
    })
}

/// An exit status, as `exit` or `reap` show it: the way the model knows it.
pub(super) fn life(actor: &str, code: Option<i64>) -> Life {
    // A background worker that is told to stop leaves with 1: for the logical replication
    // launcher that is the ordinary end.
    let ordinary = i64::from(actor == "lrlauncher");
    match code {
        Some(code) if code == ordinary => Life::Exited0,
        Some(1) if actor != "lrlauncher" => Life::Exited1,
        Some(_) | None => Life::Crashed,
    }
}
