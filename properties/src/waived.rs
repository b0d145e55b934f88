//! What takes the premise of a claim away, and how often it did.

use model::machine::Machine;
use model::world::World;

/// What excuses a promise that is not kept: a fault of the scenario's budget, or a setting or a
/// request with which the operator gave the promise up. The order is that of the counts: an ending
/// that several of them excuse is counted for the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// A walsender was killed by `kill -9`: the server restarts, or stops after a crash.
    KillWalsender,
    /// A dead-end child crashed.
    DeadEndCrash,
    /// The startup process failed before redo.
    StartupFailure,
    /// The operator asked for an immediate stop.
    ImmediateStop,
    /// An archive command failed.
    ArchiveFailure,
    /// A slot's state file could not be written.
    SlotSaveFailure,
    /// `max_slot_wal_keep_size` is exceeded: the slot is invalidated, its WAL removed.
    ObsoleteSlot,
    /// The peer neither reads nor answers, or waits for a lock.
    Freeze,
    /// A peer closed its connection.
    Disconnect,
    /// The client ended its stream.
    CopyDone,
    /// The subscriber's worker was restarted.
    WorkerRestart,
    /// The peer was silent for all of `wal_sender_timeout` though it had something to read.
    PeerLate,
    /// The peer reports as flushed what is not durable.
    OverAcknowledging,
    /// `wal_sender_shutdown_timeout` is set: a walsender may leave before its receiver has
    /// everything.
    ShutdownTimeout,
}

impl By {
    /// All, in order.
    pub const ALL: [By; 14] = [
        By::KillWalsender,
        By::DeadEndCrash,
        By::StartupFailure,
        By::ImmediateStop,
        By::ArchiveFailure,
        By::SlotSaveFailure,
        By::ObsoleteSlot,
        By::Freeze,
        By::Disconnect,
        By::CopyDone,
        By::WorkerRestart,
        By::PeerLate,
        By::OverAcknowledging,
        By::ShutdownTimeout,
    ];

    /// As in JSON and on the screen: the key of a scenario file, where there is one.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            By::KillWalsender => "kill-walsender",
            By::DeadEndCrash => "dead-end-crash",
            By::StartupFailure => "startup-failure",
            By::ImmediateStop => "immediate-stop",
            By::ArchiveFailure => "archive-failure",
            By::SlotSaveFailure => "slot-save-failure",
            By::ObsoleteSlot => "obsolete-slot",
            By::Freeze => "freeze",
            By::Disconnect => "disconnect",
            By::CopyDone => "copy-done",
            By::WorkerRestart => "worker-restart",
            By::PeerLate => "peer-late",
            By::OverAcknowledging => "over-acknowledging",
            By::ShutdownTimeout => "shutdown-timeout",
        }
    }
}

/// Looks at an ending: by what the promise, which is not kept there, is excused. `None` where it is
/// kept, broken, or was never made.
pub type Waiver<M = World> = fn(&M, &<M as Machine>::State) -> Option<By>;

/// In how many endings one claim was waived, by each. What is counted are different *states* in
/// which nothing more happens, each once; of walks, the walks that came to one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waived {
    counts: [u64; By::ALL.len()],
}

impl Waived {
    /// Counts `endings` more for `by`.
    pub fn add(&mut self, by: By, endings: u64) {
        self.counts[by as usize] += endings;
    }

    /// Adds what another part of the search has counted.
    pub fn merge(&mut self, other: Waived) {
        for (n, more) in self.counts.iter_mut().zip(other.counts) {
            *n += more;
        }
    }

    /// Endings, by each that waived one.
    pub fn iter(&self) -> impl Iterator<Item = (By, u64)> + '_ {
        let all = By::ALL.into_iter().zip(self.counts);
        all.filter(|&(_, endings)| endings > 0)
    }

    /// Whether no ending was waived.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts == [0; By::ALL.len()]
    }

    /// `12 endings waived by archive-failure, 3 by immediate-stop`, of `endings` or `walks`.
    #[must_use]
    pub fn words(&self, unit: &str) -> String {
        let mut words = String::new();
        for (by, n) in self.iter() {
            if words.is_empty() {
                let unit = if n == 1 {
                    unit.trim_end_matches('s')
                } else {
                    unit
                };
                words = format!("{n} {unit} waived by {}", by.name());
            } else {
                words += &format!(", {n} by {}", by.name());
            }
        }
        words
    }

    /// The counts, in the order of [`By::ALL`].
    #[must_use]
    pub fn counts(&self) -> [u64; By::ALL.len()] {
        self.counts
    }
}

impl From<[u64; By::ALL.len()]> for Waived {
    fn from(counts: [u64; By::ALL.len()]) -> Waived {
        Waived { counts }
    }
}
