//! A scenario file as it is written: which keys there are, and nothing about what they mean.

use model::scenario::{
    Activity, AfterStop, PeerKind, PeerState, Phase, ShutdownTimeout, StopMode, WalsenderKind,
    WorkerStart,
};
use model::wal::Record;
use serde::Deserialize;
use toml::Spanned;

use super::diagnostic::Span;
use super::words::{Choice, Count};

/// A key's value with its place, if the file has the key.
pub(super) type Given<T> = Option<Spanned<T>>;

/// An item of a list with its place.
pub(super) type Item<T> = Spanned<Choice<T>>;

/// A list with its place.
pub(super) type Items<T> = Spanned<Vec<Item<T>>>;

/// Reads a key that may be absent.
pub(super) trait Key<T> {
    /// The value, or `default` if the key is absent.
    fn value_or(&self, default: T) -> T;
}

impl Key<bool> for Given<bool> {
    fn value_or(&self, default: bool) -> bool {
        self.as_ref().map_or(default, |given| *given.get_ref())
    }
}

impl Key<u8> for Given<Count> {
    fn value_or(&self, default: u8) -> u8 {
        self.as_ref().map_or(default, |given| given.get_ref().0)
    }
}

impl<T: Copy> Key<T> for Given<Choice<T>> {
    fn value_or(&self, default: T) -> T {
        self.as_ref().map_or(default, |given| given.get_ref().0)
    }
}

/// The place of a key's value, or `otherwise` if the key is absent.
pub(super) fn place<T>(given: Option<&Spanned<T>>, otherwise: &Span) -> Span {
    given.map_or_else(|| otherwise.clone(), Spanned::span)
}

/// The file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawFile {
    pub(super) about: Option<String>,
    pub(super) requests: Option<Items<StopMode>>,
    pub(super) backlog: Option<Items<Record>>,
    pub(super) backlog_flushed: Given<Count>,
    pub(super) backlog_ends_page: Given<bool>,
    pub(super) segment_ends: Option<Spanned<Vec<Spanned<Count>>>>,
    pub(super) wal_keep_size: Given<Count>,
    pub(super) running_xacts: Given<Count>,
    pub(super) walwriter: Given<bool>,
    pub(super) archiving: Given<bool>,
    pub(super) hint_records: Given<Count>,
    pub(super) wal_sender_timeout: Given<bool>,
    pub(super) wal_receiver_timeout: Given<bool>,
    pub(super) shutdown_timeout: Given<Choice<ShutdownTimeout>>,
    pub(super) socket_capacity: Given<Count>,
    pub(super) send_batch: Given<Count>,
    pub(super) io_workers: Given<bool>,
    pub(super) dead_end_hangs: Given<bool>,
    pub(super) authentication_timeout: Given<bool>,
    pub(super) helper_stats: Given<bool>,
    pub(super) after: Given<Choice<AfterStop>>,
    #[serde(default)]
    pub(super) start: RawStart,
    #[serde(default)]
    pub(super) worker: Vec<Spanned<RawWorker>>,
    #[serde(default)]
    pub(super) walsender: Vec<Spanned<RawWalsender>>,
    #[serde(default)]
    pub(super) backend: Vec<Spanned<RawBackend>>,
    #[serde(default)]
    pub(super) faults: RawFaults,
}

/// A section `[[walsender]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[serde(expecting = "a section headed `[[walsender]]`")]
pub(super) struct RawWalsender {
    pub(super) kind: Choice<WalsenderKind>,
    pub(super) activity: Given<Choice<Activity>>,
    pub(super) peer: Given<Choice<PeerKind>>,
    pub(super) peer_state: Given<Choice<PeerState>>,
    pub(super) slot: Given<bool>,
    pub(super) failover: Given<bool>,
    pub(super) synchronized_standby: Given<bool>,
    pub(super) caught_up_to: Given<Count>,
    pub(super) saved_up_to: Given<Count>,
    pub(super) obsolete: Given<bool>,
    pub(super) report_put_off: Given<bool>,
}

/// A section `[[backend]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[serde(expecting = "a section headed `[[backend]]`")]
pub(super) struct RawBackend {
    pub(super) open_xid: Given<bool>,
    pub(super) may_commit: Given<bool>,
    pub(super) async_commit: Given<bool>,
    pub(super) client_leaves: Given<bool>,
    pub(super) connects: Given<bool>,
    pub(super) requests_checkpoint: Given<bool>,
}

/// A section `[[worker]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[serde(expecting = "a section headed `[[worker]]`")]
pub(super) struct RawWorker {
    pub(super) start: Choice<WorkerStart>,
    pub(super) uninterruptible_wait: Given<bool>,
    pub(super) writes_wal: Given<bool>,
}

/// The section `[start]`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[serde(expecting = "a section headed `[start]`")]
pub(super) struct RawStart {
    pub(super) phase: Given<Choice<Phase>>,
    pub(super) standby: Given<bool>,
    pub(super) walreceiver: Given<bool>,
    pub(super) timers: Given<bool>,
    pub(super) restart_after_crash: Given<bool>,
}

/// The section `[faults]`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[serde(expecting = "a section headed `[faults]`")]
pub(super) struct RawFaults {
    pub(super) kill_walsender: Given<Count>,
    pub(super) disconnect: Given<Count>,
    pub(super) freeze: Given<Count>,
    pub(super) worker_restart: Given<Count>,
    pub(super) archive_failure: Given<Count>,
    pub(super) slot_save_failure: Given<Count>,
    pub(super) connect: Given<Count>,
    pub(super) copy_done: Given<Count>,
    pub(super) dead_end_crash: Given<Count>,
    pub(super) walreceiver_exit: Given<Count>,
    pub(super) startup_failure: Given<Count>,
}
