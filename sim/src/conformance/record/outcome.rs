//! What a recording knows beside its events.

use model::cluster::{Child, Cluster};
use model::scenario::{PeerKind, WalsenderKind};
use model::wal::Lsn;
use model::world::World;
use serde_json::{Map, Value, json};

use super::lines::{control, real, slot_name};

/// What was there in `before`, and what was left in `after`.
pub(super) fn outcome(world: &World, before: &Cluster, after: &Cluster) -> Value {
    let timeout = if world.scenario.wal_sender_timeout {
        "60s"
    } else {
        "0"
    };
    let mut told = json!({
        "settings": { "wal_sender_timeout": timeout },
        "control": control(after.control.state, after.control.checkpoint),
        "before": {
            "insert_lsn": real(before.wal.inserted),
            "slots": slots_before(world, before),
            "senders": senders(world, before),
        },
        "slots": slots(world, before, after),
    });
    if let Some(start) = after.wal.shutdown_checkpoint() {
        told["checkpoint"] = json!({
            "kind": "CHECKPOINT_SHUTDOWN",
            "start": real(start),
            "end": real(Lsn(start.0 + 1)),
        });
    }
    told
}

fn slots_before(world: &World, s: &Cluster) -> Vec<Value> {
    let walsenders = world.scenario.walsenders().filter(|(_, ws)| ws.slot);
    let told = walsenders.map(|(i, ws)| {
        let logical = ws.kind == WalsenderKind::Logical;
        let slot = &s.slots[i];
        json!({
            "slot_name": slot_name(i),
            "slot_type": if logical { "logical" } else { "physical" },
            "active_pid": slot.active.then_some(Child::walsender(i).0),
            "restart_lsn": real(slot.restart_lsn),
            "confirmed_flush_lsn": logical.then(|| real(slot.confirmed_flush)),
        })
    });
    told.collect()
}

fn senders(world: &World, s: &Cluster) -> Vec<Value> {
    let walsenders = world.scenario.walsenders();
    let there = walsenders.filter(|&(i, _)| s.runs(Child::walsender(i)));
    let told = there.map(|(i, ws)| {
        let application = match ws.peer {
            PeerKind::RecvLogical => "pg_recvlogical".to_owned(),
            PeerKind::Receivewal
            | PeerKind::ReceivewalNoFlush
            | PeerKind::ReceivewalSegmentFlush => "pg_receivewal".to_owned(),
            PeerKind::Walreceiver => "walreceiver".to_owned(),
            PeerKind::ApplyWorker
            | PeerKind::ApplyWorkerSynchronous
            | PeerKind::AnswersWhenAsked
            | PeerKind::ConfirmsCommitsOnly
            | PeerKind::OverAcknowledges => slot_name(i),
        };
        let ws = &s.walsenders[i];
        json!({
            "application_name": application,
            "slot_name": slot_name(i),
            "sent_lsn": real(ws.sent),
            "flush_lsn": real(ws.flush),
            "state": "streaming",
        })
    });
    told.collect()
}

fn slots(world: &World, before: &Cluster, after: &Cluster) -> Value {
    let mut told = Map::new();
    for (i, ws) in world.scenario.walsenders().filter(|(_, ws)| ws.slot) {
        let (was, is) = (&before.slots[i], &after.slots[i]);
        let logical = ws.kind == WalsenderKind::Logical;
        let slot = json!({
            "kind": if logical { "logical" } else { "physical" },
            "disk_before_stop": real(was.disk_confirmed_flush),
            "disk": real(is.disk_confirmed_flush),
            "restart_lsn_disk": real(is.disk_restart_lsn),
        });
        told.insert(slot_name(i), slot);
    }
    Value::Object(told)
}
