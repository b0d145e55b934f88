//! By virtual time: each enabled step has a drawn latency and comes when that is over, the earliest
//! first. So one learns how long a shutdown takes by design, and what it waited for.
//!
//! A step's clock starts when it becomes enabled and is dropped when it is disabled. Latencies are
//! drawn from quantiles, with whole numbers only, so that every machine draws the same. They are
//! the numbers of a plain server on one site (a checkpoint of half a second, a round trip of half
//! a millisecond, the timeouts at their defaults), not measurements: compare designs by them, not
//! servers.
//!
//! *What it waited for*: the step that ended the shutdown became enabled by another step, that one
//! by a third, back to the request. Their latencies add up to the whole time.

use super::{Point, Scheduler};
use crate::walk::cast::{Cast, StepNumber};
use crate::walk::dice::Dice;
use model::steps::{Party, StepKind};

/// Latency in microseconds at the quantiles 0, 1/2, 9/10, 99/100 and 1.
type Latency = [u64; 5];

/// A process gets to it.
const CPU: Latency = [2, 20, 100, 1_000, 20_000];
/// A message arrives.
const NETWORK: Latency = [50, 250, 2_000, 30_000, 300_000];
/// A message arrives and is worked on: a transaction is applied.
const APPLY: Latency = [100, 3_000, 50_000, 800_000, 10_000_000];
/// Something is on disk.
const DISK: Latency = [100, 2_000, 10_000, 80_000, 1_000_000];
/// The checkpoint's buffers are on disk.
const BUFFERS: Latency = [5_000, 500_000, 10_000_000, 90_000_000, 300_000_000];
/// One archive command.
const ARCHIVE: Latency = [10_000, 200_000, 1_500_000, 10_000_000, 60_000_000];
/// The first stop request, a client's commit.
const SESSION: Latency = [100, 5_000, 200_000, 5_000_000, 60_000_000];
/// A fault, an arrival.
const FAULT: Latency = [0, 50_000, 5_000_000, 60_000_000, 300_000_000];
/// The operator loses patience.
const PATIENCE: Latency = [1_000_000, 30_000_000, 60_000_000, 120_000_000, 300_000_000];

/// A fixed time, in seconds.
const fn seconds(n: u64) -> Latency {
    [n * 1_000_000; 5]
}

/// The latency of a step.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever is not named here waits for a processor, or for its party"
)]
fn latency(kind: StepKind, party: Party, requests_sent: u8) -> Latency {
    match kind {
        StepKind::CheckPointBuffers | StepKind::CreateRestartPoint => BUFFERS,
        StepKind::PgarchArchiverCopyLoop => ARCHIVE,
        StepKind::ReceiveMessage => APPLY,
        StepKind::ProcessRepliesIfAny | StepKind::SendFeedback | StepKind::StreamEnded => NETWORK,
        StepKind::LocalFlush
        | StepKind::SaveSlotToPathCopy
        | StepKind::SaveSlotToPathRename
        | StepKind::ReplicationSlotSave
        | StepKind::CreateCheckPointInsert
        | StepKind::CreateCheckPointShutDown
        | StepKind::CreateCheckPointShuttingDown
        | StepKind::PgstatBeforeServerShutdown
        | StepKind::RemoveOldXlogFiles
        | StepKind::RequestXlogSwitch
        | StepKind::CommandWritesWal
        | StepKind::XlogBackgroundFlush => DISK,
        StepKind::CommitTransaction
        | StepKind::RecordTransactionCommit
        | StepKind::WorkerWritesWal
        | StepKind::LogStandbySnapshot
        | StepKind::ExecReplicationCommand => SESSION,
        StepKind::OperatorRequestsStop if requests_sent == 0 => SESSION,
        StepKind::OperatorRequestsStop => PATIENCE,
        // wal_receiver_timeout, authentication_timeout.
        StepKind::WalReceiverTimeout | StepKind::StartupPacketTimeoutHandler => seconds(60),
        // wal_sender_timeout: half of it, then the other half.
        StepKind::WalSndKeepaliveIfNecessary | StepKind::WalSndCheckTimeOut => seconds(30),
        StepKind::WalSndComputeSleeptime
        | StepKind::WalSndCheckShutdownTimeout
        | StepKind::WalRcvRunning => seconds(10),
        StepKind::ServerLoopSigkillChildren | StepKind::WaitForWalInterval => seconds(5),
        StepKind::PgstatFlushIo | StepKind::PgstatReportWal => seconds(1),
        _ if party == Party::Environment => FAULT,
        _ => CPU,
    }
}

/// A draw between the quantiles, evenly within each part.
fn draw(latency: &Latency, dice: &mut Dice) -> u64 {
    const QUANTILES: [u64; 5] = [0, 500, 900, 990, 1000];
    let p = u64::from(dice.below(1000));
    let part = QUANTILES[1..].iter().position(|&q| p < q).unwrap_or(3);
    let (low, high) = (latency[part], latency[part + 1]);
    low + (high - low) * (p - QUANTILES[part]) / (QUANTILES[part + 1] - QUANTILES[part])
}

/// How long a shutdown took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// From the first stop request to the postmaster's exit, in microseconds.
    pub total_us: u64,
    /// What it waited for: steps with their latencies in microseconds, which add up to the whole.
    pub waits: Vec<(StepNumber, u64)>,
}

#[derive(Clone, Copy, Debug)]
struct Taken {
    step: StepNumber,
    since_us: u64,
    at_us: u64,
    /// The step behind which it became enabled, by place.
    cause: Option<usize>,
}

/// The strategy, drawn for one walk.
#[derive(Clone, Debug)]
pub struct Timed {
    now_us: u64,
    /// For each step that waits: since when, until when, and behind which step.
    waiting: Vec<Option<(u64, u64, Option<usize>)>>,
    /// The steps that wait, in order.
    clocks: Vec<StepNumber>,
    enabled: Vec<StepNumber>,
    taken: Vec<Taken>,
    stop: Option<usize>,
    exit: Option<usize>,
}

impl Timed {
    /// A clock for a walk of `cast`.
    #[must_use]
    pub fn new(cast: &Cast) -> Timed {
        Timed {
            now_us: 0,
            waiting: vec![None; cast.len()],
            clocks: Vec::new(),
            enabled: Vec::new(),
            taken: Vec::new(),
            stop: None,
            exit: None,
        }
    }

    /// How long the shutdown took, if it came to its end.
    #[must_use]
    pub fn times(&self) -> Option<Times> {
        let (stop, exit) = (self.stop?, self.exit?);
        let begun = self.taken[stop].at_us;
        let mut times = Times {
            total_us: self.taken[exit].at_us - begun,
            waits: Vec::new(),
        };
        let mut place = exit;
        while place > stop {
            let t = self.taken[place];
            times
                .waits
                .push((t.step, t.at_us - t.since_us.clamp(begun, t.at_us)));
            match t.cause.filter(|_| t.since_us > begun) {
                Some(cause) => place = cause,
                None => break,
            }
        }
        Some(times)
    }
}

impl Scheduler for Timed {
    fn next(&mut self, at: &mut Point<'_>, dice: &mut Dice) -> Option<StepNumber> {
        let requests_sent = at.state.environment.requests_sent;
        let mut next: Option<(u64, StepNumber)> = None;
        at.memo
            .all_enabled(at.world, at.cast, at.state, &mut self.enabled);
        let mut enabled = self.enabled.iter().peekable();
        self.clocks.retain(|&step| {
            while enabled.next_if(|&&other| other < step).is_some() {}
            let runs = enabled.peek() == Some(&&step);
            if !runs {
                self.waiting[usize::from(step)] = None;
            }
            runs
        });
        self.clocks.clone_from(&self.enabled);
        for &step in &self.enabled {
            let n = usize::from(step);
            let cause = self.taken.len().checked_sub(1);
            let now = self.now_us;
            let (_, until, _) = *self.waiting[n].get_or_insert_with(|| {
                let latency = latency(at.cast.steps[n].kind, at.cast.party[n], requests_sent);
                (now, now + draw(&latency, dice), cause)
            });
            if next.as_ref().is_none_or(|(first, _)| until < *first) {
                next = Some((until, step));
            }
        }
        let (until, step) = next?;
        let after = at.behind(step)?;
        let (stops, exits) = (
            after.environment.requests_sent > 0,
            after.postmaster.exit.is_some(),
        );
        let (since_us, _, cause) = self.waiting[usize::from(step)].take().unwrap_or_default();
        self.now_us = until;
        self.taken.push(Taken {
            step,
            since_us,
            at_us: until,
            cause,
        });
        let place = self.taken.len() - 1;
        if stops {
            self.stop.get_or_insert(place);
        }
        if exits {
            self.exit.get_or_insert(place);
        }
        Some(step)
    }
}
