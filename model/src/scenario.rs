//! A scenario: who is there, what may happen, and what follows. Finite, small, plain data.

use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

use crate::bounds::{
    BACKENDS_MAX, REQUESTS_MAX, SEGMENT_ENDS_MAX, WAL_MAX, WALSENDERS_MAX, WORKERS_MAX,
};
use crate::wal::Record;

/// Mode of a stop request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StopMode {
    /// SIGTERM.
    Smart,
    /// SIGINT.
    Fast,
    /// SIGQUIT.
    Immediate,
}

/// What a walsender is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WalsenderKind {
    /// Decodes WAL through a logical slot.
    Logical,
    /// Sends raw WAL.
    Physical,
}

/// What a walsender does when the scenario begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Activity {
    /// Nobody is connected; the slot (if any) is inactive.
    Absent,
    /// The child is forked and authenticates; it will declare itself a walsender.
    Connecting,
    /// Streaming.
    Streaming,
    /// Connected, idle, waiting for a command.
    Idle,
    /// Runs a replication command that writes WAL (`CREATE_REPLICATION_SLOT`, `BASE_BACKUP`).
    Command,
    /// Connected to a database with an open transaction that has an xid.
    Transaction,
    /// Not a walsender: an extension's background worker that owns a `WalSnd` entry.
    Extension,
}

/// The program at the other end, by what it reports when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeerKind {
    /// The logical apply worker: local commits are flushed later; reports by itself.
    ApplyWorker,
    /// The same with `synchronous_commit = on`: a commit is durable when it is applied.
    ApplyWorkerSynchronous,
    /// A logical client that keeps what it was sent and trusts the slot's position
    /// (`pg_recvlogical`).
    RecvLogical,
    /// A logical client that answers only when asked.
    AnswersWhenAsked,
    /// A logical client that confirms only commits, never a keepalive's position (old pgjdbc).
    ConfirmsCommitsOnly,
    /// A logical client that confirms a keepalive's position before its data is durable.
    OverAcknowledges,
    /// A physical standby's walreceiver.
    Walreceiver,
    /// `pg_receivewal --slot`: flushes at a segment's end and when it is asked for a reply.
    Receivewal,
    /// `pg_receivewal` without a slot: reports write, never flush.
    ReceivewalNoFlush,
    /// `pg_receivewal --slot` before f66c20b317: flushes only at a segment's end.
    ReceivewalSegmentFlush,
}

impl PeerKind {
    /// Whether this is a physical receiver.
    #[must_use]
    pub fn is_physical(self) -> bool {
        match self {
            PeerKind::Walreceiver
            | PeerKind::Receivewal
            | PeerKind::ReceivewalNoFlush
            | PeerKind::ReceivewalSegmentFlush => true,
            PeerKind::ApplyWorker
            | PeerKind::ApplyWorkerSynchronous
            | PeerKind::RecvLogical
            | PeerKind::AnswersWhenAsked
            | PeerKind::ConfirmsCommitsOnly
            | PeerKind::OverAcknowledges => false,
        }
    }

    /// Whether this peer keeps how far it has come, beyond the life of its process, and says so
    /// when it starts a stream: the replication origin of a subscription.
    #[must_use]
    pub fn has_origin(self) -> bool {
        match self {
            PeerKind::ApplyWorker | PeerKind::ApplyWorkerSynchronous => true,
            PeerKind::RecvLogical
            | PeerKind::AnswersWhenAsked
            | PeerKind::ConfirmsCommitsOnly
            | PeerKind::OverAcknowledges
            | PeerKind::Walreceiver
            | PeerKind::Receivewal
            | PeerKind::ReceivewalNoFlush
            | PeerKind::ReceivewalSegmentFlush => false,
        }
    }

    /// Whether a clean stop may count on this peer: it confirms, in the end, what it has.
    #[must_use]
    pub fn is_responsive(self) -> bool {
        match self {
            PeerKind::ApplyWorker
            | PeerKind::ApplyWorkerSynchronous
            | PeerKind::RecvLogical
            | PeerKind::AnswersWhenAsked
            | PeerKind::Walreceiver
            | PeerKind::Receivewal
            | PeerKind::ReceivewalNoFlush => true,
            PeerKind::ConfirmsCommitsOnly
            | PeerKind::OverAcknowledges
            | PeerKind::ReceivewalSegmentFlush => false,
        }
    }
}

/// Whether the peer reads its socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeerState {
    /// It reads and works.
    Running,
    /// It has stopped (SIGSTOP): reads nothing, answers nothing.
    Frozen,
    /// It blocks on a lock at the first transaction that it applies.
    Locked,
}

/// One walsender with its peer and its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WalsenderScenario {
    /// Logical or physical.
    pub kind: WalsenderKind,
    /// What it does at the beginning.
    pub activity: Activity,
    /// Who is connected.
    pub peer: PeerKind,
    /// Whether the peer works.
    pub peer_state: PeerState,
    /// Whether there is a replication slot.
    pub slot: bool,
    /// The slot is a failover slot: it waits for `synchronized_standby_slots`.
    pub failover: bool,
    /// This physical slot is listed in `synchronized_standby_slots`.
    pub synchronized_standby: bool,
    /// Number of backlog units sent and confirmed when the scenario begins.
    pub caught_up_to: u8,
    /// Number of backlog units (at most `caught_up_to`) in the slot's state file.
    pub saved_up_to: u8,
    /// `max_slot_wal_keep_size` is exceeded for this slot: the checkpoint invalidates it.
    pub obsolete: bool,
    /// It ran a query just before it began to stream, whose report of IO statistics was put off.
    pub report_put_off: bool,
}

/// One ordinary backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BackendScenario {
    /// It has an open transaction with an xid; else it is idle.
    pub open_xid: bool,
    /// It may commit before it notices the stop.
    pub may_commit: bool,
    /// Its commit is asynchronous: not flushed by itself.
    pub async_commit: bool,
    /// The client leaves by itself (smart shutdown ends then).
    pub client_leaves: bool,
    /// It is not there yet: its client connects at any moment.
    pub connects: bool,
    /// Its client asks for a checkpoint at any moment.
    pub requests_checkpoint: bool,
}

/// When a background worker is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkerStart {
    /// `BgWorkerStart_PostmasterStart`.
    PostmasterStart,
    /// `BgWorkerStart_ConsistentState`.
    ConsistentState,
    /// `BgWorkerStart_RecoveryFinished`.
    RecoveryFinished,
    /// When the client of the first backend asks for it, as for a parallel query.
    OnRequest,
}

/// One background worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerScenario {
    /// When it is started.
    pub start: WorkerStart,
    /// The backend that waits for it does not heed SIGTERM while it waits.
    pub uninterruptible_wait: bool,
    /// It has a record to write, at any moment before it notices that it shall go.
    pub writes_wal: bool,
}

/// How far start-up has come when the scenario begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// `PM_STARTUP`: redo has not begun.
    Startup,
    /// `PM_HOT_STANDBY`.
    HotStandby,
    /// `PM_RUN`: there is no startup process.
    #[default]
    Running,
}

/// Start-up and recovery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StartScenario {
    /// Where the server is.
    pub phase: Phase,
    /// It is a standby: recovery goes on for ever, and asks for a walreceiver. Else it ends.
    pub standby: bool,
    /// A walreceiver streams when the scenario begins; else the startup process sleeps for
    /// `wal_retrieve_retry_interval`.
    pub walreceiver: bool,
    /// The waits of the startup process have an end (`wal_retrieve_retry_interval`,
    /// `WALRCV_STARTUP_TIMEOUT`).
    pub timers: bool,
    /// `restart_after_crash`.
    pub restart_after_crash: bool,
}

/// What may go wrong, each with a count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Faults {
    /// `kill -9` of a walsender.
    pub kill_walsender: u8,
    /// A peer closes its connection.
    pub disconnect: u8,
    /// A peer stops reading.
    pub freeze: u8,
    /// A logical peer restarts before the stop and comes back with what it had stored.
    pub worker_restart: u8,
    /// An archive command gives up for this cycle.
    pub archive_failure: u8,
    /// Writing a slot's state file fails in the checkpoint (logged, not fatal).
    pub slot_save_failure: u8,
    /// A client connects during the stop and gets a dead-end child.
    pub connect: u8,
    /// The client of a streaming walsender ends the stream: CopyDone.
    pub copy_done: u8,
    /// A dead-end child crashes.
    pub dead_end_crash: u8,
    /// The walreceiver loses its connection and exits.
    pub walreceiver_exit: u8,
    /// The startup process ends with a FATAL error before redo begins.
    pub startup_failure: u8,
}

/// `wal_sender_shutdown_timeout`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShutdownTimeout {
    /// -1: wait for ever.
    Never,
    /// 0: do not wait.
    Zero,
    /// More than 0: may expire.
    Finite,
}

/// What happens after the stop; judged at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AfterStop {
    /// The server starts again and peers reconnect.
    Restart,
    /// pg_upgrade checks the slots and migrates them; peers connect to the new cluster.
    Upgrade,
}

/// The whole scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scenario {
    /// Walsenders, peers and slots; `None` after the last.
    pub walsenders: [Option<WalsenderScenario>; WALSENDERS_MAX],
    /// Backends; `None` after the last.
    pub backends: [Option<BackendScenario>; BACKENDS_MAX],
    /// WAL that exists when the scenario begins; [`Record::None`] after the last.
    pub backlog: [Record; WAL_MAX],
    /// Number of backlog units that are flushed.
    pub backlog_flushed: u8,
    /// The last backlog record ends exactly at a page end.
    pub backlog_ends_page: bool,
    /// Number of WAL units in front of each segment's end, ascending; 0 after the last. None: all
    /// WAL lies in one segment.
    pub segment_ends: [u8; SEGMENT_ENDS_MAX],
    /// `wal_keep_size`, in segments.
    pub wal_keep_size: u8,
    /// Stop requests in the order in which the operator sends them; `None` after the last.
    pub requests: [Option<StopMode>; REQUESTS_MAX],
    /// The bgwriter is there and may log this many RUNNING_XACTS records.
    pub running_xacts: u8,
    /// The walwriter is there.
    pub walwriter: bool,
    /// `archive_mode = on`.
    pub archiving: bool,
    /// Data checksums or `wal_log_hints`: decoding a commit may write this many hint records in
    /// all.
    pub hint_records: u8,
    /// `wal_sender_timeout` is not 0.
    pub wal_sender_timeout: bool,
    /// `wal_receiver_timeout` of the peers is not 0.
    pub wal_receiver_timeout: bool,
    /// `wal_sender_shutdown_timeout` (read by designs that have it).
    pub shutdown_timeout: ShutdownTimeout,
    /// Messages that a socket holds before output is pending.
    pub socket_capacity: u8,
    /// WAL units that a physical walsender sends at a time (`MAX_SEND_SIZE`); 0: all there is.
    pub send_batch: u8,
    /// IO workers are there (18+).
    pub io_workers: bool,
    /// Background workers; `None` after the last.
    pub workers: [Option<WorkerScenario>; WORKERS_MAX],
    /// Start-up and recovery.
    pub start: StartScenario,
    /// A dead-end child's client is silent: the child does not leave by itself.
    pub dead_end_hangs: bool,
    /// `authentication_timeout` ends such a child.
    pub authentication_timeout: bool,
    /// Statistics of walwriter and checkpointer are judged.
    pub helper_stats: bool,
    /// The fault budget.
    pub faults: Faults,
    /// What follows.
    pub after: AfterStop,
}

impl Scenario {
    /// The walsender scenarios, with their index.
    pub fn walsenders(&self) -> impl Iterator<Item = (usize, WalsenderScenario)> + '_ {
        self.walsenders
            .iter()
            .enumerate()
            .filter_map(|(i, w)| w.map(|w| (i, w)))
    }

    /// The scenario of walsender `i`.
    ///
    /// # Panics
    /// When there is none: steps are only offered for walsenders of the scenario.
    #[must_use]
    pub fn walsender(&self, i: usize) -> WalsenderScenario {
        self.walsenders[i].expect("a step names a walsender of the scenario")
    }

    /// Number of backlog units.
    #[must_use]
    pub fn backlog_len(&self) -> u8 {
        let len = self
            .backlog
            .iter()
            .take_while(|&&r| r != Record::None)
            .count();
        u8::try_from(len).unwrap_or(u8::MAX)
    }

    /// Most WAL units that a run of this scenario can hold.
    #[must_use]
    pub fn wal_len_max(&self) -> usize {
        let writers = self.walsenders().filter(|(_, w)| {
            matches!(
                w.activity,
                Activity::Idle | Activity::Command | Activity::Transaction
            )
        });
        usize::from(self.backlog_len())
            + self
                .backends
                .iter()
                .flatten()
                .filter(|b| b.open_xid)
                .count()
            + writers.count()
            + self
                .workers
                .iter()
                .flatten()
                .filter(|b| b.writes_wal)
                .count()
            + usize::from(self.running_xacts)
            + usize::from(self.hint_records)
            + usize::from(self.archiving)
            + 1
    }
}
