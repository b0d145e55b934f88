//! Partial order: steps that need no interleaving.
//!
//! Two kinds of choices leave runs out without a property noticing (persistent sets; Godefroid
//! 1996):
//!
//! - A step that is *alone* is taken, and no other, where it can be taken ([`is_alone`]). It
//!   changes nothing that is judged, fairness makes it happen, so it may be asked about all
//!   properties.
//! - The steps of a set that is *apart* are taken, and no others ([`is_apart`]): nothing that the
//!   rest does touches what they touch for as long as none of them is taken. Whether they come at
//!   all is not judged, so it serves claims about states, steps and endings; where a leads-to
//!   property is asked for, too, it is off.
//!
//! `sim/tests/partial_order.rs` tries all of this in states of small scenarios.
//!
//! Where a stop may be cut short there is little to leave out: nearly every step touches what
//! somebody else looks at, at least the process's own life, which SIGQUIT may end at any moment.
//! In a *calm* scenario nothing does that: one fast stop of a running server whose walsenders
//! stream to peers that work, no faults, no timeouts, and nobody but the checkpointer writes WAL.

mod alone;
mod apart;

use std::cmp::Ordering;

use model::cluster::Cluster;
use model::design::StopPhases;
use model::postmaster::PmState;
use model::scenario::{
    Activity, Faults, PeerState, Phase, ShutdownTimeout, StopMode, WalsenderScenario,
};
use model::steps::{Actor, Step};
use model::world::World;

pub use alone::is_alone;
pub use apart::is_apart;

/// Says whether a step, between two states, is alone.
pub type Alone = fn(&World, &Cluster, Step, &Cluster) -> bool;

/// Says whether the steps of a set are apart in a state.
pub type Apart = fn(&World, &Cluster, Set) -> bool;

/// What is left out.
#[derive(Clone, Copy, Debug)]
pub struct PartialOrder {
    /// Steps that are taken alone.
    pub alone: Alone,
    /// Sets of steps that are taken before all others.
    pub apart: Apart,
}

impl PartialOrder {
    /// All that is known to need no interleaving.
    pub const ON: PartialOrder = PartialOrder {
        alone: is_alone,
        apart: is_apart,
    };
}

/// A set of steps that may be apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Set {
    /// All but those of walsenders and their peers.
    Centre,
    /// Those of a walsender and its peer, and what the postmaster does when it is gone.
    Walsender(usize),
}

impl Set {
    /// The set of a step.
    #[must_use]
    pub fn of(world: &World, step: Step) -> Set {
        match step.walsender() {
            Some(i) if i < world.walsenders && step.actor() != Actor::Checkpointer => {
                Set::Walsender(i)
            }
            _ => Set::Centre,
        }
    }

    /// Which of two sets that are apart in `s` is taken first, as the lesser: the centre, then the
    /// walsender that is farthest on its way. So one goes its way to the end before the next
    /// begins, and like ones are chosen by what they hold, not by their place.
    #[must_use]
    pub fn first(self, other: Set, s: &Cluster) -> Ordering {
        match (self, other) {
            (Set::Walsender(i), Set::Walsender(j)) => apart::farthest(s, i, j),
            _ => self.cmp(&other),
        }
    }
}

/// Whether nothing in this scenario can cut a walsender's stop short; see above.
fn is_calm(world: &World) -> bool {
    let scenario = &world.scenario;
    let streams = |ws: &WalsenderScenario| {
        matches!(ws.activity, Activity::Streaming | Activity::Absent)
            && ws.peer_state == PeerState::Running
            && ws.peer.is_responsive()
            && !(ws.obsolete || ws.failover || ws.synchronized_standby)
    };
    let one_fast_stop = scenario.requests.iter().flatten().eq([&StopMode::Fast]);
    let only_walsenders = scenario.backends.iter().flatten().next().is_none()
        && scenario.workers.iter().flatten().next().is_none()
        && scenario.walsenders().all(|(_, ws)| streams(&ws));
    let no_more_wal = scenario.hint_records == 0 && scenario.running_xacts == 0;
    // A peer's patience ends only where its walsender is deaf to it.
    let no_timeouts = !scenario.wal_sender_timeout
        && (!scenario.wal_receiver_timeout || world.design.idle_replies)
        && scenario.shutdown_timeout == ShutdownTimeout::Never;
    let one_round =
        world.design.stop_phases == StopPhases::TwoByProcSignal && !world.design.writers_first;
    one_fast_stop
        && only_walsenders
        && no_more_wal
        && no_timeouts
        && one_round
        && scenario.faults == Faults::default()
        && scenario.start.phase == Phase::Running
}

/// The postmaster has sent SIGUSR2 to all walsenders that are left.
fn is_last_cycle(s: &Cluster) -> bool {
    matches!(
        s.postmaster.pm_state,
        PmState::Shutdown2 | PmState::WaitXlogArchival
    )
}
