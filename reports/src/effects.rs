//! What a step did, read off the states on both sides of it.

mod server;

use model::cluster::{Child, Cluster, Life};
use model::peer::PeerLife;
use model::postmaster::Shutdown;
use model::steps::Actor;
use model::world::World;

use crate::names;
use server::{launch, server};

/// One sentence part for each thing that changed, the most telling first.
#[must_use]
pub fn effects(w: &World, before: &Cluster, after: &Cluster) -> Vec<String> {
    let mut told = Vec::new();
    postmaster(before, after, &mut told);
    children(w, before, after, &mut told);
    wal(w, before, after, &mut told);
    server(before, after, &mut told);
    for i in 0..w.walsenders {
        walsender(w, i, before, after, &mut told);
        slot(i, before, after, &mut told);
        peer(w, i, before, after, &mut told);
    }
    told
}

/// The same where peer `i` restarts: its walsender is a new one, of which nothing changed.
#[must_use]
pub fn restart(w: &World, i: usize, before: &Cluster, after: &Cluster) -> Vec<String> {
    let mut told = Vec::new();
    peer(w, i, before, after, &mut told);
    told
}

fn postmaster(b: &Cluster, a: &Cluster, told: &mut Vec<String>) {
    let (pb, pa) = (&b.postmaster, &a.postmaster);
    if pb.shutdown != pa.shutdown {
        let mode = match pa.shutdown {
            Shutdown::No => "NoShutdown",
            Shutdown::Smart => "SmartShutdown",
            Shutdown::Fast => "FastShutdown",
            Shutdown::Immediate => "ImmediateShutdown",
        };
        told.push(format!("Shutdown := {mode}"));
    }
    if pa.fatal_error && !pb.fatal_error {
        told.push("a child crashed: FatalError := true".to_owned());
    }
    if pb.pm_state != pa.pm_state {
        let (from, to) = (names::pm_state(pb.pm_state), names::pm_state(pa.pm_state));
        told.push(format!("pmState {from} -> {to}"));
    }
    if pa.conns_refused && !pb.conns_refused {
        told.push("connsAllowed := false".to_owned());
    }
    for (signal, (before, after)) in ["SIGTERM (smart)", "SIGINT (fast)", "SIGQUIT (immediate)"]
        .iter()
        .zip(pb.requests.iter().zip(pa.requests))
    {
        if after && !before {
            told.push(format!("{signal} to the postmaster"));
        }
    }
    if pa.pmsignal_advance && !pb.pmsignal_advance {
        told.push("PMSIGNAL_ADVANCE_STATE_MACHINE to the postmaster".to_owned());
    }
    if pa.pmsignal_xlog_is_shutdown && !pb.pmsignal_xlog_is_shutdown {
        told.push("PMSIGNAL_XLOG_IS_SHUTDOWN to the postmaster".to_owned());
    }
    launch(b, a, told);
    if let (None, Some(status)) = (pb.exit.code(), pa.exit.code()) {
        told.push(format!("the postmaster exits with status {status}"));
    }
}

fn children(w: &World, b: &Cluster, a: &Cluster, told: &mut Vec<String>) {
    for signal in names::SIGNALS {
        let receivers: Vec<String> = Child::all()
            .filter(|&c| a.child(c).has(signal) && !b.child(c).has(signal))
            .map(|c| names::actor(w, Actor::of_child(c)))
            .collect();
        if !receivers.is_empty() {
            told.push(format!(
                "{} to {}",
                names::signal(signal),
                receivers.join(", ")
            ));
        }
    }
    for child in Child::all() {
        let (lb, la) = (b.child(child).life, a.child(child).life);
        if lb == la {
            continue;
        }
        let who = names::actor(w, Actor::of_child(child));
        told.push(match (lb, la) {
            (_, Life::Absent) => format!("{who} ({}) is reaped", names::life(lb)),
            (_, Life::Running) => format!("{who} is forked"),
            (_, Life::Crashed) => format!("{who} is gone without running its exit hooks"),
            (_, Life::Exited0 | Life::Exited1) => format!("{who} exits, {}", names::life(la)),
        });
    }
}

fn wal(w: &World, b: &Cluster, a: &Cluster, told: &mut Vec<String>) {
    let mut lsn = b.wal.inserted;
    while lsn < a.wal.inserted {
        let end = a.wal.end_of(lsn);
        let what = names::record(a.wal.at(lsn));
        told.push(format!("inserts {what} at {}", names::lsn(a, lsn)));
        lsn = end;
    }
    if b.wal.flushed != a.wal.flushed {
        told.push(format!(
            "WAL is flushed up to {}",
            names::lsn(a, a.wal.flushed)
        ));
    }
    if b.wal.removed != a.wal.removed {
        let to = names::lsn(a, a.wal.removed);
        told.push(if w.has_segments() {
            format!("the WAL segments before {to} are removed")
        } else {
            format!("WAL is kept from {to} on")
        });
    }
    if b.checkpointer.redo != a.checkpointer.redo {
        let redo = names::lsn(a, a.checkpointer.redo);
        told.push(format!("redo pointer of the shutdown checkpoint := {redo}"));
    }
}

fn walsender(w: &World, i: usize, b: &Cluster, a: &Cluster, told: &mut Vec<String>) {
    let (wb, wa) = (&b.walsenders[i], &a.walsenders[i]);
    let number = i + 1;
    if wb.state != wa.state && wa.pid {
        told.push(format!("state := {}", names::walsnd_state(wa.state)));
    }
    if wb.pid && !wa.pid {
        told.push(format!("WalSnd entry {number} is free (pid := 0)"));
    }
    for (flag, before, after) in [
        ("got_STOPPING", wb.got_stopping, wa.got_stopping),
        ("got_SIGUSR2", wb.got_sigusr2, wa.got_sigusr2),
        ("WalSndCaughtUp", wb.caught_up, wa.caught_up),
        (
            "waiting_for_ping_response",
            wb.waiting_for_ping,
            wa.waiting_for_ping,
        ),
        (
            "streamingDoneReceiving, streamingDoneSending",
            wb.copy_done,
            wa.copy_done,
        ),
        ("all_wal_flushed", wb.all_wal_flushed, wa.all_wal_flushed),
    ] {
        if after && !before {
            told.push(format!("{flag} := true"));
        }
    }
    if wa.pid && wb.sent != wa.sent {
        told.push(format!(
            "sentPtr {} -> {}",
            names::lsn(a, wb.sent),
            names::lsn(a, wa.sent)
        ));
    }
    if wa.pid && (wb.flush != wa.flush || wb.write != wa.write) {
        let (write, flush) = (names::lsn(a, wa.write), names::lsn(a, wa.flush));
        told.push(format!("the peer reports write {write}, flush {flush}"));
    }
    if wb.pending_stats && !wa.pending_stats && wa.pid {
        told.push("reports its pending statistics".to_owned());
    }
    let sent = a.channels[i]
        .down_len()
        .checked_sub(b.channels[i].down_len());
    if sent.is_some_and(|more| more > 0) {
        let last = a.channels[i].down[a.channels[i].down_len() - 1];
        let to = names::peer(w, i);
        let at = if last.lsn.is_valid() {
            format!(" {}", names::lsn(a, last.lsn))
        } else {
            String::new()
        };
        told.push(format!("sends {}{at} to {to}", names::message(last.kind)));
    }
}

fn slot(i: usize, b: &Cluster, a: &Cluster, told: &mut Vec<String>) {
    let (sb, sa) = (&b.slots[i], &a.slots[i]);
    let n = i + 1;
    let mut moved = |what: &str, from, to| {
        if from != to {
            let (from, to) = (names::lsn(a, from), names::lsn(a, to));
            told.push(format!("slot {n}: {what} {from} -> {to}"));
        }
    };
    moved("confirmed_flush", sb.confirmed_flush, sa.confirmed_flush);
    moved("restart_lsn", sb.restart_lsn, sa.restart_lsn);
    moved(
        "confirmed_flush on disk",
        sb.disk_confirmed_flush,
        sa.disk_confirmed_flush,
    );
    moved(
        "restart_lsn on disk",
        sb.disk_restart_lsn,
        sa.disk_restart_lsn,
    );
    if sa.copy_restart_lsn.is_valid() && !sb.copy_restart_lsn.is_valid() {
        told.push(format!("slot {n}: its data are copied for saving"));
    }
    if sb.active && !sa.active {
        told.push(format!("slot {n} is released"));
    }
    if sa.invalidated && !sb.invalidated {
        told.push(format!("slot {n} is invalidated"));
    }
}

fn peer(w: &World, i: usize, b: &Cluster, a: &Cluster, told: &mut Vec<String>) {
    let (pb, pa) = (&b.peers[i], &a.peers[i]);
    if a.channels[i].down_len() < b.channels[i].down_len() {
        let first = b.channels[i].down[0];
        let at = if first.lsn.is_valid() {
            format!(" {}", names::lsn(a, first.lsn))
        } else {
            String::new()
        };
        told.push(format!("receives {}{at}", names::message(first.kind)));
    }
    if pb.applied != pa.applied {
        let what = if w.scenario.walsender(i).peer.is_physical() {
            "writes"
        } else {
            "applies"
        };
        told.push(format!("{what} up to {}", names::lsn(a, pa.applied)));
    }
    if pb.unmapped != pa.unmapped {
        let origin = names::lsn(a, pa.unmapped);
        let flushed = if pa.durable < pa.applied {
            ", which is not durable, and its lsn_mapping is empty"
        } else {
            ""
        };
        told.push(format!("goes on from its origin, {origin}{flushed}"));
    }
    if pb.durable != pa.durable {
        told.push(format!("durable there up to {}", names::lsn(a, pa.durable)));
    }
    if a.channels[i].up_len() > b.channels[i].up_len() {
        let reply = a.channels[i].up[a.channels[i].up_len() - 1];
        let (write, flush) = (names::lsn(a, reply.write), names::lsn(a, reply.flush));
        told.push(format!("replies 'r' write {write}, flush {flush}"));
    }
    if pb.life != pa.life {
        told.push(match pa.life {
            PeerLife::Gone => "closes the connection".to_owned(),
            PeerLife::Stuck => "stops reading and answering".to_owned(),
            PeerLife::Running | PeerLife::Locked => "works".to_owned(),
        });
    }
}
