//! The slot synchronization worker of a standby, and who stops it at promotion.
//!
//! | step | when |
//! |---|---|
//! | `fetch_remote_slots` | a round begins: it asks the primary |
//! | `synchronize_slots` | the answer is there; it may want a lock |
//! | `lock_timeout_handler` | `lock_timeout` passes: SIGINT to itself |
//! | `shut_down_slot_sync` | promotion: the startup process tells it to stop, and waits |
//! | `process_interrupts` | it notices |
//!
//! *Simplified*: the postmaster's restart of a worker that failed is the end of the failure.
//!
//! *Break it*: `-db93032a7c`, `-04396eacd3` break `requests-are-answered`.

use super::node::{Phase, SlotSync, Startup, Stop};
use super::{Pair, State, startup};
use crate::design::SlotSyncStop;

/// A round begins.
///
/// Source: master `slotsync.c` `fetch_remote_slots`, "walrcv_exec".
#[must_use]
pub fn fetch_remote_slots(_w: &Pair, s: &State, n: usize) -> Option<State> {
    if s.nodes[n].slotsync != SlotSync::Nap || s.nodes[n].stop_signaled {
        return None;
    }

    let mut s = *s;
    s.nodes[n].slotsync = SlotSync::Query;
    Some(s)
}

/// The primary answers.
///
/// Source: master `slotsync.c` `synchronize_slots`.
#[must_use]
pub fn synchronize_slots(w: &Pair, s: &State, n: usize) -> Option<State> {
    if s.nodes[n].slotsync != SlotSync::Query || s.primary_silent {
        return None;
    }

    let mut s = *s;
    s.nodes[n].slotsync = if w.scenario.lock_held {
        SlotSync::Lock
    } else {
        SlotSync::Nap
    };
    Some(s)
}

/// The lock timeout sends SIGINT. While that meant "stop after this round", the wait went on.
///
/// Source: master `postinit.c` `LockTimeoutHandler`; 04396eacd3.
#[must_use]
pub fn lock_timeout_handler(w: &Pair, s: &State, n: usize) -> Option<State> {
    if s.nodes[n].slotsync != SlotSync::Lock {
        return None;
    }

    let mut s = *s;
    let stops = s.nodes[n].stop_signaled;
    s.nodes[n].slotsync = match w.design.slotsync_stop {
        SlotSyncStop::Sigint => SlotSync::TimedOut,
        SlotSyncStop::Sigusr1 | SlotSyncStop::Procsignal | SlotSyncStop::NoWorker if stops => {
            SlotSync::Gone
        }
        SlotSyncStop::Sigusr1 | SlotSyncStop::Procsignal | SlotSyncStop::NoWorker => SlotSync::Nap,
    };
    Some(s)
}

/// Promotion: the worker is told to stop.
///
/// Source: master `slotsync.c` `ShutDownSlotSync`, "stopSignaled = true".
#[must_use]
pub fn shut_down_slot_sync(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = startup::reads(w, s, n)?;
    startup::missing(w, &node)?;
    let ends = node.startup == Startup::Archive && node.promote;
    if !ends || node.slotsync == SlotSync::Gone || node.stop_signaled {
        return None;
    }

    let mut s = *s;
    s.nodes[n].stop_signaled = true;
    Some(s)
}

/// It notices: in its main loop, and since db93032a7c in any wait.
///
/// Source: master `postgres.c` `ProcessInterrupts`; `slotsync.c` `ProcessSlotSyncMessage`.
#[must_use]
pub fn process_interrupts(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    let anywhere = w.design.slotsync_stop == SlotSyncStop::Procsignal;
    let here = match node.slotsync {
        SlotSync::Gone => false,
        SlotSync::Nap => true,
        SlotSync::Query | SlotSync::Lock | SlotSync::TimedOut => anywhere,
    };
    let up = node.phase == Phase::Recovery && node.stop != Stop::Immediate;
    if !node.stop_signaled || !here || !up {
        return None;
    }

    let mut s = *s;
    s.nodes[n].slotsync = SlotSync::Gone;
    Some(s)
}
