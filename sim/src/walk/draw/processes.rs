//! Walsenders, peers, backends, workers and the start of a scenario, drawn.

use model::scenario::{
    Activity, BackendScenario, PeerKind, PeerState, Phase, Scenario, StartScenario, WalsenderKind,
    WalsenderScenario, WorkerScenario, WorkerStart,
};
use model::wal::Record;

use super::small;
use crate::walk::dice::Dice;

pub(super) fn walsender(scenario: &Scenario, recovery: bool, dice: &mut Dice) -> WalsenderScenario {
    let kind = if dice.one_in(3) {
        WalsenderKind::Physical
    } else {
        WalsenderKind::Logical
    };
    let logical = kind == WalsenderKind::Logical;
    let activity = match dice.below(12) {
        _ if recovery => Activity::Connecting,
        0 => Activity::Absent,
        1 => Activity::Connecting,
        2 => Activity::Idle,
        3 => Activity::Command,
        4 if logical => Activity::Transaction,
        5 if dice.one_in(3) => Activity::Extension,
        _ => Activity::Streaming,
    };
    let streaming = activity == Activity::Streaming;
    let peer = peer(logical, activity, dice);
    let must = activity == Activity::Absent || streaming && logical;
    let slotless = peer == PeerKind::ReceivewalNoFlush;
    let needs_slot = matches!(
        peer,
        PeerKind::Receivewal | PeerKind::ReceivewalSegmentFlush
    );
    let slot = must || needs_slot || !slotless && streaming && dice.one_in(2);
    let whole = |units: u8| {
        let split = scenario.backlog.get(usize::from(units)) == Some(&Record::Continuation);
        units - u8::from(logical && split && units > 0)
    };
    let flushed = u32::from(scenario.backlog_flushed);
    let caught_up = whole(if dice.one_in(2) {
        small(dice, 0, flushed)
    } else {
        scenario.backlog_flushed
    });
    let caught_up = if slot || streaming {
        caught_up
    } else {
        whole(scenario.backlog_flushed)
    };
    WalsenderScenario {
        kind,
        activity,
        peer,
        peer_state: match dice.below(10) {
            0 if streaming => PeerState::Frozen,
            1 if streaming && logical => PeerState::Locked,
            _ => PeerState::Running,
        },
        slot,
        failover: slot && logical && dice.one_in(6),
        synchronized_standby: slot && !logical && dice.one_in(3),
        caught_up_to: caught_up,
        saved_up_to: if slot {
            whole(small(dice, 0, u32::from(caught_up)))
        } else {
            0
        },
        obsolete: slot && dice.one_in(12),
        report_put_off: streaming && dice.one_in(12),
    }
}

fn peer(logical: bool, activity: Activity, dice: &mut Dice) -> PeerKind {
    let usual = if logical {
        PeerKind::ApplyWorker
    } else {
        PeerKind::Walreceiver
    };
    let others: &[PeerKind] = if logical {
        &[
            PeerKind::ApplyWorkerSynchronous,
            PeerKind::RecvLogical,
            PeerKind::AnswersWhenAsked,
            PeerKind::ConfirmsCommitsOnly,
            PeerKind::OverAcknowledges,
        ]
    } else {
        &[
            PeerKind::Receivewal,
            PeerKind::ReceivewalNoFlush,
            PeerKind::ReceivewalSegmentFlush,
        ]
    };
    let counts = matches!(activity, Activity::Streaming | Activity::Absent);
    if counts && dice.one_in(2) {
        *dice.pick(others)
    } else {
        usual
    }
}

pub(super) fn backend(dice: &mut Dice) -> BackendScenario {
    let open_xid = dice.one_in(2);
    let may_commit = open_xid && !dice.one_in(4);
    BackendScenario {
        open_xid,
        may_commit,
        async_commit: may_commit && dice.one_in(3),
        client_leaves: dice.one_in(2),
        connects: !open_xid && dice.one_in(4),
        requests_checkpoint: dice.one_in(8),
    }
}

pub(super) fn worker(dice: &mut Dice) -> WorkerScenario {
    let start = *dice.pick(&[
        WorkerStart::PostmasterStart,
        WorkerStart::ConsistentState,
        WorkerStart::RecoveryFinished,
        WorkerStart::OnRequest,
    ]);
    WorkerScenario {
        start,
        uninterruptible_wait: start == WorkerStart::OnRequest && dice.one_in(2),
        writes_wal: dice.one_in(3),
    }
}

pub(super) fn start(recovery: bool, dice: &mut Dice) -> StartScenario {
    let phase = match dice.below(2) {
        _ if !recovery => Phase::Running,
        0 => Phase::Startup,
        _ => Phase::HotStandby,
    };
    let standby = recovery && dice.one_in(2);
    StartScenario {
        phase,
        standby,
        walreceiver: standby && phase == Phase::HotStandby && dice.one_in(2),
        timers: !dice.one_in(4),
        restart_after_crash: dice.one_in(4),
    }
}
