//! A cluster in parts, and each part as bytes: the centre, and two parts for each walsender.
//!
//! Each field of the state is taken by name from a pattern that names all of them: a new field does
//! not build until it is packed (and the round trip is tested, so that it is read and put back,
//! too).

use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

use crate::archiver::Archiver;
use crate::backend::Backend;
use crate::bgworker::Worker;
use crate::bgwriter::BgWriter;
use crate::bounds::{BACKENDS_MAX, WAL_MAX, WALSENDERS_MAX, WORKERS_MAX};
use crate::channel::Channel;
use crate::checkpointer::{Checkpointer, Turn};
use crate::cluster::{CHILDREN_MAX, Child, Cluster, Control, Failures, Process, Stats};
use crate::environment::{Connection, Environment};
use crate::peer::Peer;
use crate::postmaster::Postmaster;
use crate::scenario::Faults;
use crate::slot::Slot;
use crate::startup::StartUp;
use crate::wal::Wal;
use crate::walsender::WalSender;

/// Number of places of the child table that are no walsender's.
const HELPERS: usize = CHILDREN_MAX - WALSENDERS_MAX;

/// Place `n` of those that are no walsender's.
fn helper(n: usize) -> usize {
    let first = Child::walsender(0).index();
    if n < first { n } else { n + WALSENDERS_MAX }
}

/// All that belongs to no walsender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct Centre {
    postmaster: Postmaster,
    helpers: [Process; HELPERS],
    checkpointer: Checkpointer,
    startup: StartUp,
    workers: [Worker; WORKERS_MAX],
    bgwriter: BgWriter,
    archiver: Archiver,
    backends: [Backend; BACKENDS_MAX],
    control: Control,
    stats: Stats,
    hints_left: u8,
    failures: Failures,
    requests_sent: u8,
    faults_left: Faults,
    connection: Connection,
    checkpoint_requested: bool,
    /// Last, and its records last in it: most runs are far from the bound.
    wal: Wal,
}

impl Centre {
    /// That of `s`.
    #[must_use]
    pub fn of(s: &Cluster) -> Centre {
        let Cluster {
            postmaster,
            children,
            checkpointer,
            startup,
            workers,
            bgwriter,
            archiver,
            backends,
            walsenders: _,
            slots: _,
            channels: _,
            peers: _,
            turns: _,
            wal,
            control,
            stats,
            hints_left,
            failures,
            environment,
        } = s;
        let Environment {
            requests_sent,
            faults_left,
            commands_sent: _,
            connection,
            checkpoint_requested,
        } = **environment;
        Centre {
            postmaster: **postmaster,
            helpers: std::array::from_fn(|n| children[helper(n)]),
            checkpointer: **checkpointer,
            startup: **startup,
            workers: **workers,
            bgwriter: **bgwriter,
            archiver: **archiver,
            backends: **backends,
            control: **control,
            stats: **stats,
            hints_left: **hints_left,
            failures: **failures,
            requests_sent,
            faults_left,
            connection,
            checkpoint_requested,
            wal: **wal,
        }
    }

    /// Makes it that of `s`.
    pub fn put(&self, s: &mut Cluster) {
        s.postmaster = self.postmaster.into();
        for (n, process) in self.helpers.iter().enumerate() {
            s.children[helper(n)] = *process;
        }
        s.checkpointer = self.checkpointer.into();
        s.startup = self.startup.into();
        s.workers = self.workers.into();
        s.bgwriter = self.bgwriter.into();
        s.archiver = self.archiver.into();
        s.backends = self.backends.into();
        s.wal = self.wal.into();
        s.control = self.control.into();
        s.stats = self.stats.into();
        s.hints_left = self.hints_left.into();
        s.failures = self.failures.into();
        s.environment.requests_sent = self.requests_sent;
        s.environment.faults_left = self.faults_left;
        s.environment.connection = self.connection;
        s.environment.checkpoint_requested = self.checkpoint_requested;
    }

    /// Appends it, without the WAL that is not written.
    pub fn write(&self, to: &mut Vec<u8>) {
        let bytes = self.as_bytes();
        to.extend_from_slice(&bytes[..bytes.len() - self.unwritten()]);
    }

    /// What [`Centre::write`] wrote; `None` for other bytes.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Centre> {
        let mut whole = [0; size_of::<Centre>()];
        whole.get_mut(..bytes.len())?.copy_from_slice(bytes);
        let centre = Centre::try_read_from_bytes(&whole).ok()?;
        (bytes.len() + centre.unwritten() == whole.len()).then_some(centre)
    }

    fn unwritten(&self) -> usize {
        let written = usize::from(self.wal.inserted.0.saturating_sub(1));
        WAL_MAX.saturating_sub(written)
    }
}

/// All that is a walsender's own but its place in the child table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
pub struct Link {
    walsender: WalSender,
    slot: Slot,
    channel: Channel,
    peer: Peer,
    turn: Turn,
    command_sent: bool,
}

impl Link {
    /// That of walsender `i`.
    #[must_use]
    pub fn of(s: &Cluster, i: usize) -> Link {
        Link {
            walsender: s.walsenders[i],
            slot: s.slots[i],
            channel: s.channels[i],
            peer: s.peers[i],
            turn: s.turns[i],
            command_sent: s.environment.commands_sent[i],
        }
    }

    /// Makes it that of walsender `i`.
    pub fn put(&self, s: &mut Cluster, i: usize) {
        s.walsenders[i] = self.walsender;
        s.slots[i] = self.slot;
        s.channels[i] = self.channel;
        s.peers[i] = self.peer;
        s.turns[i] = self.turn;
        s.environment.commands_sent[i] = self.command_sent;
    }

    /// Appends it.
    pub fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.as_bytes());
    }

    /// What [`Link::write`] wrote; `None` for other bytes.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Link> {
        Link::try_read_from_bytes(bytes).ok()
    }
}

/// The place of walsender `i` in the child table.
#[must_use]
pub fn process(s: &Cluster, i: usize) -> Process {
    s.children[Child::walsender(i).index()]
}

/// Whether walsender `i` has another place in `after`. It is not noted in
/// [`reads`](crate::reads).
#[must_use]
pub fn process_differs(before: &Cluster, after: &Cluster, i: usize) -> bool {
    let place = Child::walsender(i).index();
    before.children.differs(&after.children, place)
}

/// Whether walsender `i` has another link in `after`. It is not noted either.
#[must_use]
pub fn link_differs(before: &Cluster, after: &Cluster, i: usize) -> bool {
    before.walsenders.differs(&after.walsenders, i)
        || before.slots.differs(&after.slots, i)
        || before.channels.differs(&after.channels, i)
        || before.peers.differs(&after.peers, i)
        || before.turns.differs(&after.turns, i)
        || before
            .environment
            .commands_sent
            .differs(&after.environment.commands_sent, i)
}

/// Appends a place in the child table.
pub fn write_process(process: Process, to: &mut Vec<u8>) {
    to.extend_from_slice(process.as_bytes());
}

/// What [`write_process`] wrote; `None` for other bytes.
#[must_use]
pub fn read_process(bytes: &[u8]) -> Option<Process> {
    Process::try_read_from_bytes(bytes).ok()
}

/// Puts walsender `i` there.
pub fn put_process(process: Process, s: &mut Cluster, i: usize) {
    s.children[Child::walsender(i).index()] = process;
}
