//! The server's own changes: pg_control, failures, statistics, archive, launching.

use model::bgworker::Slot;
use model::cluster::Cluster;
use model::environment::Connection;
use model::postmaster::PmSignal;
use model::startup::WalRcvState;

use crate::names;

pub(super) fn server(b: &Cluster, a: &Cluster, told: &mut Vec<String>) {
    if b.control.state != a.control.state {
        told.push(format!(
            "pg_control := \"{}\"",
            names::control(a.control.state)
        ));
    }
    failures(b, a, told);
    if a.stats.is_shutdown && !b.stats.is_shutdown {
        told.push("the statistics file is written, nobody may report any more".to_owned());
    }
    if a.archiver.archived != b.archiver.archived {
        told.push("a completed segment is archived".to_owned());
    }
    if a.archiver.ready > b.archiver.ready {
        told.push("a completed segment is ready to be archived".to_owned());
    }
    if a.archiver.gave_up && !b.archiver.gave_up {
        told.push("the archive command failed three times, this cycle is given up".to_owned());
    }
    if a.archiver.time_to_stop && !b.archiver.time_to_stop {
        told.push("time_to_stop: the last archive cycle begins".to_owned());
    }
}

fn failures(b: &Cluster, a: &Cluster, told: &mut Vec<String>) {
    if a.failures.panic_concurrent_wal && !b.failures.panic_concurrent_wal {
        told.push(
            "PANIC: concurrent write-ahead log activity while database system is shutting down"
                .to_owned(),
        );
    }
    if a.failures.assert_stats && !b.failures.assert_stats {
        told.push("Assert(!pgStatLocal.shmem->is_shutdown) fails; the report is lost".to_owned());
    }
    if a.failures.assert_children_gone && !b.failures.assert_children_gone {
        told.push("an assertion \"These other guys should be dead already\" fails".to_owned());
    }
    if a.failures.assert_abort_timer && !b.failures.assert_abort_timer {
        told.push("Assert(AbortStartTime == 0) fails".to_owned());
    }
    if a.failures.assert_pgstat_up && !b.failures.assert_pgstat_up {
        told.push(
            "the ephemeral slot is dropped after pgstat_shutdown_hook: pgstat_assert_is_up() fails"
                .to_owned(),
        );
    }
    if a.failures.assert_pending_since && !b.failures.assert_pending_since {
        told.push("nothing is left to report: Assert(pending_since == 0) fails".to_owned());
    }
    if a.stats.lost && !b.stats.lost && !a.failures.assert_stats {
        told.push("what it has counted is not reported, and lost".to_owned());
    }
}

/// PMSIGNALs, the startup process, workers, and connections.
pub(super) fn launch(b: &Cluster, a: &Cluster, told: &mut Vec<String>) {
    for (signal, name) in [
        (PmSignal::RecoveryStarted, "RECOVERY_STARTED"),
        (PmSignal::BeginHotStandby, "BEGIN_HOT_STANDBY"),
        (PmSignal::StartWalReceiver, "START_WALRECEIVER"),
        (PmSignal::BackgroundWorkerChange, "BACKGROUND_WORKER_CHANGE"),
    ] {
        match (
            b.postmaster.launch.has(signal),
            a.postmaster.launch.has(signal),
        ) {
            (false, true) => told.push(format!("PMSIGNAL_{name} to the postmaster")),
            (true, false) => told.push(format!("takes PMSIGNAL_{name}")),
            (false, false) | (true, true) => {}
        }
    }
    let (rb, ra) = (&b.postmaster.launch, &a.postmaster.launch);
    if ra.walreceiver_requested && !rb.walreceiver_requested {
        told.push("WalReceiverRequested := true".to_owned());
    }
    if a.startup.shutdown_requested && !b.startup.shutdown_requested {
        told.push("shutdown_requested := true, its latch is set".to_owned());
    }
    if b.startup.latch && !a.startup.latch && a.startup.pc != model::startup::Pc::Gone {
        told.push("is woken and resets its latch".to_owned());
    }
    if a.startup.pc != b.startup.pc {
        told.push(startup_pc(a.startup.pc).to_owned());
    }
    if a.startup.walrcv != b.startup.walrcv {
        told.push(format!(
            "walRcvState := {}",
            match a.startup.walrcv {
                WalRcvState::Stopped => "WALRCV_STOPPED",
                WalRcvState::Starting => "WALRCV_STARTING",
                WalRcvState::Streaming => "WALRCV_STREAMING",
            }
        ));
    }
    for (i, (wb, wa)) in b.workers.iter().zip(&*a.workers).enumerate() {
        if wb.slot != wa.slot {
            told.push(format!("the slot of worker {} is {}", i + 1, slot(wa.slot)));
        }
        if wa.terminate && !wb.terminate {
            told.push(format!("worker {} shall terminate", i + 1));
        }
    }
    if a.environment.connection != b.environment.connection {
        told.push(
            match a.environment.connection {
                Connection::None | Connection::Waiting => "waits in the listen queue",
                Connection::WaitingBehindRequest => "waits in the listen queue, behind the request",
                Connection::Accepted => "the connection is accepted",
            }
            .to_owned(),
        );
    }
}

fn slot(slot: Slot) -> &'static str {
    match slot {
        Slot::Free => "free",
        Slot::Requested => "requested",
        Slot::Registered => "registered, the worker is not started",
        Slot::Started => "that of a running worker",
        Slot::Stopped => "that of a stopped worker: who waits for it is woken",
    }
}

fn startup_pc(pc: model::startup::Pc) -> &'static str {
    use model::startup::Pc;
    match pc {
        Pc::Gone => "recovery is left",
        Pc::Init => "start-up begins",
        Pc::Redo => "redo begins",
        Pc::Source => "looks for WAL",
        Pc::Stream => "waits for streamed WAL",
        Pc::RetryWait => "sleeps for wal_retrieve_retry_interval",
    }
}
