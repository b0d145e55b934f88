//! A scenario of a pair: plain data.

use super::wal::Record;
use crate::scenario::StopMode;

/// Whether a node archives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Archiving {
    /// `archive_mode = off`.
    #[default]
    Off,
    /// `archive_mode = on`: only a primary.
    On,
    /// `archive_mode = always`: a standby, too.
    Always,
}

/// One thing that the operator, or fate, does. Each comes some time after the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A stop is asked for.
    Stop(u8, StopMode),
    /// Waits until the node is down.
    Down(u8),
    /// The node is gone at once: kill -9, or power.
    Crash(u8),
    /// It is started as what its data directory says.
    Start(u8),
    /// `standby.signal` is made and it is started.
    StartStandby(u8),
    /// `pg_ctl promote --no-wait`.
    Promote(u8),
    /// Waits until the node is in production.
    Production(u8),
    /// Waits until the checkpoint that the promotion asked for is complete.
    Checkpointed(u8),
    /// Waits until the standby sees that its connection is gone.
    Disconnected,
    /// Waits until the node, a standby, has replayed all that the other has.
    CaughtUp(u8),
    /// pg_rewind of the node, which is down, from the other.
    Rewind(u8),
    /// The connection breaks.
    Disconnect,
}

/// One record that a client of the primary wants to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// What.
    pub record: Record,
    /// Not before so many actions of the plan are done.
    pub after: u8,
}

/// Who is there and what may happen. Node 0 begins as the primary, node 1 as its standby.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// What operator and fate do, in this order.
    pub plan: &'static [Action],
    /// WAL that both have at the beginning, after the first checkpoint record.
    pub shared: &'static [Record],
    /// What clients write, in this order.
    pub work: &'static [Work],
    /// Further units of a long record.
    pub long_rest: u8,
    /// How many RUNNING_XACTS records the bgwriter may log.
    pub running_xacts: u8,
    /// Archiving on both nodes.
    pub archiving: Archiving,
    /// A standby has a `restore_command`.
    pub restore: bool,
    /// A standby has no `primary_conninfo`.
    pub no_streaming: bool,
    /// A standby makes restartpoints.
    pub restartpoints: bool,
    /// Node 0 is itself a standby, of a primary far away, and has received only this much of
    /// the shared WAL; the far primary has archived all its complete segments. Node 1 begins at the
    /// archive. 0: node 0 is a primary.
    pub upstream_received: u8,
    /// The standby synchronizes slots.
    pub slot_sync: bool,
    /// The primary may stop answering the slot synchronization worker.
    pub silent_primary: bool,
    /// Somebody on the standby holds for ever the lock that this worker wants.
    pub lock_held: bool,
}
