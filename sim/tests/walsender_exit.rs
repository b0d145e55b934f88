//! What a walsender leaves in its socket when it ends: seen in the channel, in all states.

use std::collections::BTreeSet;

use crate::common::world;
use model::channel::MessageKind;
use model::cluster::Cluster;
use model::steps::{Step, StepKind};
use model::world::World;

/// Calls `each` with every step of every reachable state: before, step, after.
fn transitions(world: &World, mut each: impl FnMut(&Cluster, Step, &Cluster)) {
    let mut seen = BTreeSet::from([world.initial()]);
    let mut frontier = vec![world.initial()];
    while let Some(before) = frontier.pop() {
        world.successors(&before, |step, after| {
            each(&before, step, &after);
            if seen.insert(after) {
                frontier.push(after);
            }
        });
    }
}

fn goodbyes(s: &Cluster) -> usize {
    let down = s.channels[0].down.iter();
    down.filter(|m| m.kind == MessageKind::CommandComplete)
        .count()
}

/// "socket_close", pqcomm.c: nothing is flushed at exit; `PqSendBuffer` dies with its process.
#[test]
fn what_the_socket_has_not_taken_is_lost_with_the_process() {
    let mut cut = 0;
    for scenario in [
        "shutdown-timeout-busy",
        "walsender-killed",
        "standby-frozen-backlog",
    ] {
        let world = world("master", scenario);
        let capacity = usize::from(world.scenario.socket_capacity);
        transitions(&world, |before, step, after| {
            let channel = &after.channels[0];
            assert!(!channel.server_closed || channel.down_len() <= capacity);
            let own = matches!(
                step.kind,
                StepKind::WalSndCheckShutdownTimeout | StepKind::Quickdie
            );
            cut += usize::from(own && before.channels[0].down_len() > channel.down_len());
        });
    }
    assert!(cut > 0, "nothing is lost in any of them");
}

/// "if (got_STOPPING) proc_exit(0)" stands before EndCommand in `StartLogicalReplication`.
#[test]
fn a_stream_that_ends_in_a_stop_ends_without_a_goodbye() {
    for release in ["pg16", "master"] {
        let (mut told, mut others) = (0, 0);
        transitions(
            &world(release, "client-ends-stream"),
            |before, step, after| {
                if step.kind != StepKind::StartLogicalReplicationEnd {
                    return;
                }
                let sent = goodbyes(after) - goodbyes(before);
                if before.walsenders[0].got_stopping {
                    told += 1;
                    assert_eq!(sent, 0);
                } else {
                    others += 1;
                    assert_eq!(sent, 1);
                }
            },
        );
        assert!(told > 0 && others > 0);
    }
}
