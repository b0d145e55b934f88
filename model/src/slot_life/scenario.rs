//! A scenario of a slot's life: the WAL that will be written, who is there, and how often what may
//! happen. What it does not use stays at its default and costs no states.

use super::{OWNERS_MAX, SCRIPT_MAX, SLOTS_MAX};
use crate::wal::Lsn;

/// What one WAL unit of the script holds. A transaction has a number of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entry {
    /// The script has ended.
    #[default]
    None,
    /// Nothing that decoding cares for.
    Other,
    /// A change by this transaction.
    Change(u8),
    /// It commits.
    Commit(u8),
    /// It commits; its table is in a publication that the client's subscription gets only later,
    /// with a first copy.
    CommitAdded(u8),
    /// `PREPARE TRANSACTION`.
    Prepare(u8),
    /// `COMMIT PREPARED`.
    CommitPrepared(u8),
    /// A non-transactional logical message: an event in a single record.
    Message,
    /// `XLOG_RUNNING_XACTS`.
    RunningXacts,
    /// `XLOG_LOGICAL_DECODING_STATUS_CHANGE`, off (19).
    DecodingOff,
    /// The same, on.
    DecodingOn,
}

/// Logical or physical.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotKind {
    /// Used by logical decoding.
    #[default]
    Logical,
    /// Used by a standby.
    Physical,
}

/// A slot that exists when the scenario begins, saved as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotScenario {
    /// Logical or physical.
    pub kind: SlotKind,
    /// `data.restart_lsn`.
    pub restart_lsn: Lsn,
    /// `data.confirmed_flush`; invalid for a physical one.
    pub confirmed_flush: Lsn,
    /// `data.two_phase_at`: from here on PREPARE is decoded; invalid if `two_phase` is off.
    pub two_phase_at: Lsn,
}

/// A process that works with slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnerKind {
    /// A walsender that decodes through the first slot for the scenario's client.
    LogicalWalsender,
    /// A walsender whose standby confirms all there is; it owns the first slot.
    PhysicalWalsender,
    /// A session that calls `pg_logical_slot_get_changes` on the first slot this often.
    SqlSession(u8),
    /// A session that creates a physical slot and reserves WAL at once.
    CreatesPhysical,
    /// A session that creates a logical slot and exports a snapshot.
    CreatesLogical,
    /// A standby's session that creates a logical slot.
    CreatesOnStandby,
    /// The slotsync worker: it copies a slot of the primary.
    SlotSync,
    /// A session that owns the first slot, an ephemeral one, and has an error.
    Fails {
        /// The error is FATAL: it exits.
        fatal: bool,
    },
}

/// The program at the other end of the logical walsender, by what it keeps and what it confirms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientKind {
    /// The apply worker: keeps its origin with its data, asks to go on from there, confirms all
    /// that it received when nothing is pending.
    ApplyWorker,
    /// `pg_recvlogical`: writes what it gets to a file, trusts the slot's position.
    Recvlogical,
    /// A driver that confirms the end of commits that the application has stored.
    ConfirmsCommits,
    /// It confirms a keepalive's position, too, when all that it received is stored.
    ConfirmsKeepalivesWhenIdle,
    /// It confirms a keepalive's position always.
    ConfirmsKeepalives,
}

/// The whole scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scenario {
    /// All WAL that can ever be written, one unit each.
    pub script: [Entry; SCRIPT_MAX],
    /// Number of units that exist when the scenario begins.
    pub present: u8,
    /// Slots that exist.
    pub slots: [Option<SlotScenario>; SLOTS_MAX],
    /// Processes.
    pub owners: [Option<OwnerKind>; OWNERS_MAX],
    /// The client of the logical walsender.
    pub client: Option<ClientKind>,
    /// Number of online checkpoints that may happen.
    pub checkpoints: u8,
    /// Number of clean restarts of the server.
    pub stops: u8,
    /// Number of crashes of the server.
    pub crashes: u8,
    /// Number of times that the client crashes and comes back.
    pub client_restarts: u8,
    /// Number of times that `pg_recvlogical` is told to stop.
    pub interrupts: u8,
    /// It is told so only between transactions, not while one is half written.
    pub interrupts_between: bool,
    /// The subscription is given one more publication, whose table is copied.
    pub adds_publication: bool,
    /// VACUUM may run.
    pub vacuum: bool,
    /// `max_slot_wal_keep_size` in units; `None` is -1, no limit.
    pub keep_size: Option<u8>,
    /// The server is a standby: the script is replayed.
    pub standby: bool,
}

impl Scenario {
    /// Nobody and nothing.
    pub const EMPTY: Scenario = Scenario {
        script: [Entry::None; SCRIPT_MAX],
        present: 0,
        slots: [None; SLOTS_MAX],
        owners: [None; OWNERS_MAX],
        client: None,
        checkpoints: 0,
        stops: 0,
        crashes: 0,
        client_restarts: 0,
        interrupts: 0,
        interrupts_between: false,
        adds_publication: false,
        vacuum: false,
        keep_size: None,
        standby: false,
    };

    /// The record that begins at `lsn`.
    #[must_use]
    pub fn at(&self, lsn: Lsn) -> Entry {
        let index = usize::from(lsn.0.wrapping_sub(1));
        self.script.get(index).copied().unwrap_or_default()
    }

    /// All records with their start.
    pub fn records(&self) -> impl Iterator<Item = (Lsn, Entry)> + '_ {
        (1..).map(Lsn).zip(self.script)
    }

    /// Where the transaction that `entry` ends was prepared.
    #[must_use]
    pub fn prepared_at(&self, transaction: u8) -> Option<Lsn> {
        let mut records = self.records();
        records
            .find(|&(_, e)| e == Entry::Prepare(transaction))
            .map(|(lsn, _)| lsn)
    }

    /// Where it made its first change; `None` if it has an xid and changed nothing.
    #[must_use]
    pub fn first_change(&self, transaction: u8) -> Option<Lsn> {
        let mut records = self.records();
        records
            .find(|&(_, e)| e == Entry::Change(transaction))
            .map(|(lsn, _)| lsn)
    }

    /// From where decoding must restart to see all of what is open at the RUNNING_XACTS record at
    /// `lsn`: the last one before the first change of a transaction that is still open, else this.
    ///
    /// Source: master `snapbuild.c` `SnapBuildProcessRunningXacts`, "restart_decoding_lsn".
    #[must_use]
    pub fn restart_point(&self, lsn: Lsn) -> Lsn {
        let ends = |e: Entry, t: u8| {
            matches!(e, Entry::Commit(x) | Entry::CommitAdded(x) | Entry::CommitPrepared(x)
                if x == t)
        };
        let open = |t: u8| !self.records().any(|(at, e)| at < lsn && ends(e, t));
        let first_open = self
            .records()
            .find(|&(at, entry)| at < lsn && matches!(entry, Entry::Change(t) if open(t)));
        let Some((first_open, _)) = first_open else {
            return lsn;
        };
        let before = self
            .records()
            .filter(|&(at, e)| e == Entry::RunningXacts && at < first_open);
        before.last().map_or(Lsn::START, |(at, _)| at)
    }
}

/// The bit of the record at `lsn` in a client's sets of what it has.
#[must_use]
pub fn bit(lsn: Lsn) -> u16 {
    1 << (lsn.0.saturating_sub(1) % 16)
}
