//! A cluster as bytes, in parts: the centre, and two for each walsender.
//!
//! Each field is taken by name from a pattern that names all of them: a new field does not build
//! until it is packed (and the round trip is tested, so that it is read and copied, too).

use zerocopy::{IntoBytes, TryFromBytes};

use crate::bounds::WAL_MAX;
use crate::cluster::{CHILDREN_MAX, Child, Cluster};
use crate::environment::Environment;
use crate::postmaster::Postmaster;
use crate::wal::Wal;

fn helpers() -> impl Iterator<Item = usize> {
    (0..CHILDREN_MAX).filter(|&i| {
        Child(u8::try_from(i).unwrap_or(u8::MAX))
            .as_walsender()
            .is_none()
    })
}

/// Appends all of `s` that belongs to no walsender.
pub fn write_centre(s: &Cluster, to: &mut Vec<u8>) {
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
    } = &**environment;
    to.extend_from_slice(postmaster.as_bytes());
    for i in helpers() {
        to.extend_from_slice(children[i].as_bytes());
    }
    to.extend_from_slice(checkpointer.as_bytes());
    to.extend_from_slice(startup.as_bytes());
    to.extend_from_slice(workers.as_bytes());
    to.extend_from_slice(bgwriter.as_bytes());
    to.extend_from_slice(archiver.as_bytes());
    to.extend_from_slice(backends.as_bytes());
    write_wal(wal, to);
    to.extend_from_slice(control.as_bytes());
    to.extend_from_slice(stats.as_bytes());
    to.push(**hints_left);
    to.extend_from_slice(failures.as_bytes());
    to.push(*requests_sent);
    to.extend_from_slice(faults_left.as_bytes());
    to.extend_from_slice(connection.as_bytes());
    to.extend_from_slice(checkpoint_requested.as_bytes());
}

/// The units that are written, behind their number: most runs are far from the bound.
fn write_wal(wal: &Wal, to: &mut Vec<u8>) {
    let Wal {
        records,
        inserted,
        flushed,
        async_xact,
        removed,
    } = wal;
    to.extend_from_slice(&[inserted.0, flushed.0, async_xact.0, removed.0]);
    let written = usize::from(inserted.0.saturating_sub(1)).min(WAL_MAX);
    to.extend_from_slice(records[..written].as_bytes());
}

fn take_wal(bytes: &mut &[u8]) -> Option<Wal> {
    let mut wal = Wal {
        inserted: take(bytes)?,
        flushed: take(bytes)?,
        async_xact: take(bytes)?,
        removed: take(bytes)?,
        ..Wal::default()
    };
    let written = usize::from(wal.inserted.0.saturating_sub(1));
    for record in wal.records.get_mut(..written)? {
        *record = take(bytes)?;
    }
    Some(wal)
}

/// Takes one value from the front of `bytes`; `None` if they are not one.
fn take<T: TryFromBytes>(bytes: &mut &[u8]) -> Option<T> {
    let (front, rest) = bytes.split_at_checked(size_of::<T>())?;
    *bytes = rest;
    T::try_read_from_bytes(front).ok()
}

/// A cluster with the centre that [`write_centre`] wrote and no walsender; `None` for other bytes.
#[must_use]
pub fn read_centre(mut bytes: &[u8]) -> Option<Cluster> {
    let from = &mut bytes;
    let mut s = Cluster {
        postmaster: take::<Postmaster>(from)?.into(),
        ..Cluster::default()
    };
    for i in helpers() {
        s.children[i] = take(from)?;
    }
    *s.checkpointer = take(from)?;
    *s.startup = take(from)?;
    *s.workers = take(from)?;
    *s.bgwriter = take(from)?;
    *s.archiver = take(from)?;
    *s.backends = take(from)?;
    *s.wal = take_wal(from)?;
    *s.control = take(from)?;
    *s.stats = take(from)?;
    *s.hints_left = take(from)?;
    *s.failures = take(from)?;
    s.environment.requests_sent = take(from)?;
    s.environment.faults_left = take(from)?;
    s.environment.connection = take(from)?;
    s.environment.checkpoint_requested = take(from)?;
    bytes.is_empty().then_some(s)
}

/// Appends the place of walsender `i` in the child table.
pub fn write_process(s: &Cluster, i: usize, to: &mut Vec<u8>) {
    to.extend_from_slice(s.children[Child::walsender(i).index()].as_bytes());
}

/// A cluster where walsender 0 has the place that [`write_process`] wrote; `None` for other bytes.
#[must_use]
pub fn read_process(mut bytes: &[u8]) -> Option<Cluster> {
    let mut s = Cluster::default();
    s.children[Child::walsender(0).index()] = take(&mut bytes)?;
    bytes.is_empty().then_some(s)
}

/// Makes walsender `j` of `to` have the place that walsender `i` of `from` has.
pub fn copy_process((from, i): (&Cluster, usize), (to, j): (&mut Cluster, usize)) {
    to.children[Child::walsender(j).index()] = from.children[Child::walsender(i).index()];
}

/// Appends all else of `s` that belongs to walsender `i`.
pub fn write_link(s: &Cluster, i: usize, to: &mut Vec<u8>) {
    to.extend_from_slice(s.walsenders[i].as_bytes());
    to.extend_from_slice(s.slots[i].as_bytes());
    to.extend_from_slice(s.channels[i].as_bytes());
    to.extend_from_slice(s.peers[i].as_bytes());
    to.extend_from_slice(s.turns[i].as_bytes());
    to.extend_from_slice(s.environment.commands_sent[i].as_bytes());
}

/// A cluster whose walsender 0 has what [`write_link`] wrote; `None` for other bytes.
#[must_use]
pub fn read_link(mut bytes: &[u8]) -> Option<Cluster> {
    let from = &mut bytes;
    let mut s = Cluster::default();
    s.walsenders[0] = take(from)?;
    s.slots[0] = take(from)?;
    s.channels[0] = take(from)?;
    s.peers[0] = take(from)?;
    s.turns[0] = take(from)?;
    s.environment.commands_sent[0] = take(from)?;
    bytes.is_empty().then_some(s)
}

/// Makes the centre of `to` that of `from`.
pub fn copy_centre(from: &Cluster, to: &mut Cluster) {
    to.postmaster = from.postmaster;
    for i in helpers() {
        to.children[i] = from.children[i];
    }
    to.checkpointer = from.checkpointer;
    to.startup = from.startup;
    to.workers = from.workers;
    to.bgwriter = from.bgwriter;
    to.archiver = from.archiver;
    to.backends = from.backends;
    to.wal = from.wal;
    to.control = from.control;
    to.stats = from.stats;
    to.hints_left = from.hints_left;
    to.failures = from.failures;
    *to.environment = Environment {
        commands_sent: to.environment.commands_sent,
        ..*from.environment
    };
}

/// Makes the link of walsender `j` of `to` that of walsender `i` of `from`.
pub fn copy_link((from, i): (&Cluster, usize), (to, j): (&mut Cluster, usize)) {
    to.walsenders[j] = from.walsenders[i];
    to.slots[j] = from.slots[i];
    to.channels[j] = from.channels[i];
    to.peers[j] = from.peers[i];
    to.turns[j] = from.turns[i];
    to.environment.commands_sent[j] = from.environment.commands_sent[i];
}
