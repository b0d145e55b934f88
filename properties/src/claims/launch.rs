//! What is true of requests to the postmaster: they are served or refused, and in order.

use super::{Claim, Judgement, Property, Transition};
use model::cluster::Cluster;
use model::environment::Connection;
use model::postmaster::{Shutdown, StartupStatus};
use model::scenario::WorkerStart;
use model::steps::StepKind;
use model::world::World;

pub(super) const REQUESTS_ARE_ANSWERED: Property = Property {
    id: "requests-are-answered",
    sentence: "whoever asks the postmaster for a child gets it or learns that it will not come",
    premise: "a startup process may ask for a walreceiver, or fail, or a client may ask for a \
              parallel query",
    matters: "a session hangs, or a standby stops following, with nobody to blame",
    source: "postmaster.c LaunchMissingBackgroundProcesses, \"Better to risk launching an extra \
             walreceiver than to miss launching one we need\"; commits e5d494d78c, 7519bd16d1, \
             0038f94387",
    seeded_bug: ("pg17-e5d494d78c", "walreceiver-exits"),
    waived: None,
    claim: Claim::AtEnd(|w, s: &Cluster| {
        let workers = w.scenario.workers.iter().flatten();
        let on_request = workers
            .filter(|w| w.start == WorkerStart::OnRequest)
            .count();
        let may_fail = w.scenario.faults.startup_failure > 0;
        if !w.scenario.start.standby && on_request == 0 && !may_fail {
            return Judgement::NotConcerned;
        }
        Judgement::kept_if(s.postmaster.exit.is_some() || !w.has_waiter(s))
    }),
};

pub(super) const EXITS_ONLY_WHEN_TOLD: Property = Property {
    id: "exits-only-when-told",
    sentence: "without a stop request the postmaster does not exit because a child crashed",
    premise: "restart_after_crash is on and no stop is requested",
    matters: "a server that should come back by itself stays down",
    source: "manual, restart_after_crash: \"PostgreSQL will automatically reinitialize after a \
             backend crash\"; commit ee32782395",
    seeded_bug: ("pg10", "dead-end-crashes-in-startup"),
    waived: None,
    claim: Claim::Always(|w, s: &Cluster| {
        let told = s.postmaster.shutdown != Shutdown::No;
        // A startup process that fails ends the server: "We don't try to reinitialize when the
        // startup process fails, because more than likely it will just fail again".
        let failed = s.postmaster.launch.startup == StartupStatus::Crashed;
        if !w.scenario.start.restart_after_crash || told || failed {
            return Judgement::NotConcerned;
        }
        Judgement::kept_if(s.postmaster.exit.is_none())
    }),
};

pub(super) const STOP_BEFORE_LATER_CONNECTIONS: Property = Property {
    id: "stop-before-later-connections",
    sentence: "a stop that was requested before a client connected is acted upon before the client \
               is let in",
    premise: "a client connects behind a stop request and is accepted",
    matters: "whoever asks for a stop and then connects is served under the old rules",
    source: "postmaster.c ServerLoop, \"This gives high priority to shutdown and reload \
             requests\"; commit 239b175342",
    seeded_bug: ("pg16-239b175342", "connects-behind-stop"),
    waived: None,
    claim: Claim::NeverStep(accepts_too_early),
};

fn accepts_too_early(_w: &World, t: &Transition<'_>) -> Judgement {
    let behind = |s: &Cluster| s.environment.connection == Connection::WaitingBehindRequest;
    if t.step.kind != StepKind::ServerLoopAccept || !behind(t.before) {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(!t.before.postmaster.requests.contains(&true))
}
