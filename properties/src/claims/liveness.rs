//! What happens in the end: no fair run goes on, or stands still, without it.

use model::channel::MessageKind;
use model::cluster::{Child, Cluster, ControlState, Signal};
use model::peer::PeerLife;
use model::postmaster::Shutdown;
use model::scenario::WalsenderKind;
use model::walsender::WalSndState;
use model::world::World;

use super::{Claim, Endless, LeadsTo, Property, facts};
use crate::waived::By;

/// Every peer that is connected reads and works.
fn peers_work(s: &Cluster) -> bool {
    s.peers
        .iter()
        .all(|p| matches!(p.life, PeerLife::Running | PeerLife::Gone))
}

/// A peer that is connected does not.
fn some_frozen(s: &Cluster) -> Option<By> {
    (!peers_work(s)).then_some(By::Freeze)
}

pub(super) const SHUTDOWN_TERMINATES: Property = Property {
    id: "shutdown-terminates",
    sentence: "every requested stop ends with the postmaster's exit",
    premise: "a stop is requested, a smart stop does not wait for clients; waived where it waits \
              for a peer that does not read or work",
    matters: "pg_ctl stop waits for ever",
    source: "manual, Shutting Down the Server; commits 38ddeab13b, 5c6d9fc4b2, 6eedb2a5fd",
    seeded_bug: ("pg16-5c6d9fc4b2", "receivewal"),
    waived: Some(waits_for_frozen),
    claim: Claim::LeadsTo(LeadsTo {
        owed: |w, s: &Cluster| w.owes_exit(s) && peers_work(s),
        peers_fair: true,
        timers_fair: true,
        strong: false,
        endless: Endless::Any,
    }),
};

pub(super) const STOP_NEEDS_NO_TIMER: Property = Property {
    id: "stop-needs-no-timer",
    sentence: "every requested stop ends without waiting for a timeout to pass",
    premise: "a stop is requested, a smart stop does not wait for clients; waived where it waits \
              for a peer that does not read or work",
    matters: "a stop that takes 10 s, or a minute, for nothing; no hang, and no log line says why",
    source: "commit 38ddeab13b: \"It would only continue the shutdown when wal_sender_timeout \
             terminates the sleep, which causes annoying waits during shutdown procedure\"",
    seeded_bug: ("pg10-38ddeab13b", "busy"),
    waived: Some(waits_for_frozen),
    claim: Claim::LeadsTo(LeadsTo {
        owed: |w, s: &Cluster| w.owes_exit(s) && peers_work(s),
        peers_fair: true,
        timers_fair: false,
        strong: false,
        endless: Endless::Any,
    }),
};

/// A stop that stands still because a peer neither reads nor works.
fn waits_for_frozen(w: &World, s: &Cluster) -> Option<By> {
    some_frozen(s).filter(|_| w.owes_exit(s))
}

pub(super) const SHUTDOWN_TERMINATES_WHATEVER_PEERS_DO: Property = Property {
    id: "shutdown-terminates-whatever-peers-do",
    sentence: "every requested stop ends with the postmaster's exit, whatever peers do",
    premise: "a stop is requested, a smart stop does not wait for clients",
    matters: "one stuck subscriber keeps the server from stopping",
    source: "commit a8f45dee91, wal_sender_shutdown_timeout: \"shutdown completes once all data is \
             replicated or the timeout expires\"; off by default",
    seeded_bug: ("pg18", "subscriber-frozen"),
    waived: None,
    claim: Claim::LeadsTo(LeadsTo {
        owed: World::owes_exit,
        peers_fair: false,
        timers_fair: true,
        strong: false,
        endless: Endless::Any,
    }),
};

pub(super) const CHECKPOINT_REACHED_WHATEVER_PEERS_DO: Property = Property {
    id: "checkpoint-reached-whatever-peers-do",
    sentence: "the shutdown checkpoint is written, whatever peers do",
    premise: "a smart or fast stop is requested; waived where something crashes or an immediate \
              stop follows",
    matters: "losing patience with the stop then costs a crash recovery",
    source: "nobody promises it: walsender.c head comment, \"The checkpointer begins the shutdown \
             checkpoint once all walsenders are confirmed as stopping\"",
    seeded_bug: ("pg18", "subscriber-frozen"),
    waived: Some(checkpoint_given_up),
    claim: Claim::LeadsTo(LeadsTo {
        owed: |w, s: &Cluster| {
            w.owes_exit(s)
                && s.postmaster.shutdown != Shutdown::Immediate
                && !s.postmaster.fatal_error
                && s.control.state != ControlState::ShutDown
        },
        peers_fair: false,
        timers_fair: true,
        strong: false,
        endless: Endless::Any,
    }),
};

/// The postmaster has exited without a shutdown checkpoint, because the stop was cut short.
fn checkpoint_given_up(w: &World, s: &Cluster) -> Option<By> {
    let missing = match s.control.state {
        ControlState::ShutDown | ControlState::ShutDownInRecovery => false,
        ControlState::InProduction | ControlState::ShuttingDown | ControlState::InRecovery => true,
    };
    facts::cut_short(w, s).filter(|_| s.postmaster.exit.is_some() && missing)
}

pub(super) const NO_LIVELOCK: Property = Property {
    id: "no-livelock",
    sentence: "no exchange goes on for ever without an LSN that moves",
    premise: "messages are exchanged",
    matters: "two processes busy for ever with nothing to say",
    source: "commits 41d5f8ad73, 59455018a8, f246ea3b2a",
    seeded_bug: ("pg18", "confirms-commits-only"),
    waived: None,
    claim: Claim::LeadsTo(LeadsTo {
        owed: messages,
        peers_fair: true,
        timers_fair: true,
        strong: false,
        endless: Endless::Exchange,
    }),
};

/// Something is under way, or might be: somebody is connected.
fn messages(w: &World, s: &Cluster) -> bool {
    (0..w.walsenders).any(|i| {
        let (c, p) = (&s.channels[i], &s.peers[i]);
        !c.server_closed && !c.peer_closed && p.life == PeerLife::Running
            || c.down.iter().any(|m| m.kind != MessageKind::None)
    })
}

pub(super) const WAKE_UPS_ARE_SERVED: Property = Property {
    id: "wake-ups-are-served",
    sentence: "a walsender that was told to stop, and has sent everything, notices it",
    premise: "a logical walsender has got_STOPPING and has decoded all WAL, or SIGTERM is pending \
              at a walsender that does not stream",
    matters: "a lost wake-up hangs the stop, and no log line says why",
    source: "walsender.c XLogSendLogical, \"If we're caught up and have been requested to stop\"; \
             commit 9c0e2b9182. A notice that is only late is stop-needs-no-timer's",
    seeded_bug: (
        "proposal-2023-07-21+stopping-when=acknowledged",
        "answers-when-asked",
    ),
    waived: None,
    claim: Claim::LeadsTo(LeadsTo {
        owed: |w, s: &Cluster| (0..w.walsenders).any(|i| has_not_noticed(w, s, i)),
        peers_fair: true,
        timers_fair: true,
        strong: false,
        endless: Endless::Any,
    }),
};

/// Walsender `i` was told to go, has nothing left to do, and has not acted upon it yet.
fn has_not_noticed(w: &World, s: &Cluster, i: usize) -> bool {
    let ws = &s.walsenders[i];
    let child = Child::walsender(i);
    let logical = w.scenario.walsender(i).kind == WalsenderKind::Logical;
    let drained = ws.sent == s.wal.inserted && s.channels[i].down_len() == 0;
    let flag = logical
        && ws.replication_active()
        && ws.got_stopping
        && !ws.got_sigusr2
        && ws.state != WalSndState::Stopping
        && drained;
    let term = s.child(child).has(Signal::Term) && !ws.replication_active();
    s.runs(child) && (flag || term)
}

pub(super) const COPY_DONE_IS_HONOURED: Property = Property {
    id: "copy-done-is-honoured",
    sentence: "a client that ends its stream gets its slot back",
    premise: "the client of a streaming logical walsender sent CopyDone; waived where a peer does \
              not read or work",
    matters: "the slot stays busy, and the client waits for ever",
    source: "manual, COPY operations: \"After both sides have sent a CopyDone message, the copy \
             mode is terminated\"; commit fca85f8ef1: \"when the client requests shutdown we \
             should not keep waiting\"",
    seeded_bug: ("pg16-fca85f8ef1", "client-ends-stream"),
    waived: Some(slot_kept_by_frozen),
    claim: Claim::LeadsTo(LeadsTo {
        owed: |w, s: &Cluster| peers_work(s) && (0..w.walsenders).any(|i| keeps_slot(s, i)),
        peers_fair: true,
        timers_fair: true,
        strong: false,
        endless: Endless::Any,
    }),
};

/// A slot is not given back because a peer neither reads nor works.
fn slot_kept_by_frozen(w: &World, s: &Cluster) -> Option<By> {
    some_frozen(s).filter(|_| (0..w.walsenders).any(|i| keeps_slot(s, i)))
}

/// Walsender `i` has not given its slot back, although its client has ended the stream.
fn keeps_slot(s: &Cluster, i: usize) -> bool {
    s.channels[i].copy_done
        && s.walsenders[i].replication_active()
        && s.slots[i].active
        && s.runs(Child::walsender(i))
}
