//! A server that stopped in a walk is up again on what the stop left, and stops again.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use model::cluster::Cluster;
use model::scenario::{PeerKind, Scenario};
use model::wal::{Lsn, Record};
use model::world::World;
use sim::walk::dice::Dice;
use sim::walk::draw;
use sim::walk::restart::started_again;
use sim::walk::schedulers::Strategy;
use sim::walk::walker::{End, Walker};

/// Where a walk of `world` ends, if it comes to an end.
fn stopped(world: &World, dice: &mut Dice) -> Option<Cluster> {
    let mut walker = Walker::new(world, &[]);
    let strategy = *dice.pick(&Strategy::ALL);
    let walk = walker.walk(strategy, dice);
    (walk.end == End::Ended).then(|| *walker.state())
}

fn lives(design: &str, mut each: impl FnMut(&World, &Cluster, &Scenario)) -> u32 {
    let design = sim::design_name::parse(design).unwrap();
    let mut second_stops = 0;
    for seed in 0..600 {
        let mut dice = Dice::new(seed, 0);
        let world = World::new(design, draw::draw(&mut dice));
        let Some(end) = stopped(&world, &mut dice) else {
            continue;
        };
        let Some(next) = started_again(&world, &end, &mut dice) else {
            continue;
        };
        each(&world, &end, &next);
        let next = World::new(design, next);
        second_stops += u32::from(stopped(&next, &mut dice).is_some());
    }
    second_stops
}

#[test]
fn what_a_peer_lacks_is_still_to_be_sent() {
    for design in ["pg9.6", "pg18", "master"] {
        let mut compared = 0;
        let second_stops = lives(design, |world, end, next| {
            let (Some((_, old)), Some((_, new))) =
                (world.scenario.walsenders().next(), next.walsenders().next())
            else {
                return;
            };
            let alone = world.scenario.walsenders().count() == next.walsenders().count();
            // After pg_upgrade there is no old WAL.
            let restarted = world.scenario.after == model::scenario::AfterStop::Restart;
            if !alone || !restarted || !old.slot || old.peer != PeerKind::ApplyWorker {
                return;
            }
            let last = match end.wal.shutdown_checkpoint() {
                Some(start) if is_clean(end) => start,
                Some(_) | None => end.wal.flushed,
            };
            let from = end.peers[0].durable.max(end.slots[0].disk_confirmed_flush);
            let lacking = end.wal.range(from, last);
            let lacking = lacking.filter(|(_, r)| *r == Record::Commit).count();
            let sent = usize::from(new.caught_up_to);
            // Behind the old WAL come new commits.
            let to_send = next.backlog[sent..].iter();
            let to_send = to_send.filter(|r| **r == Record::Commit).count();
            assert!(to_send >= lacking, "{to_send} of {lacking} in {world:?}");
            assert!(new.saved_up_to <= new.caught_up_to);
            compared += 1;
        });
        assert!(compared > 5, "{design}: {compared} peers compared");
        assert!(second_stops > 50, "{design}: {second_stops} second stops");
    }
}

fn is_clean(end: &Cluster) -> bool {
    end.control.state == model::cluster::ControlState::ShutDown
}

#[test]
fn a_server_that_has_not_stopped_is_not_up_again() {
    let mut dice = Dice::new(1, 0);
    let design = sim::design_name::parse("pg18").unwrap();
    let world = World::new(design, draw::draw(&mut dice));
    let initial = world.initial();
    assert_eq!(initial.wal.removed, Lsn::START);
    assert_eq!(started_again(&world, &initial, &mut dice), None);
}

/// Large scenarios are drawn, and their walks come to an end.
#[test]
fn large_scenarios_are_drawn_and_walked() {
    let design = sim::design_name::parse("master").unwrap();
    let mut count = 0;
    for seed in 0..120 {
        let mut dice = Dice::new(seed, 7);
        let scenario = draw::draw(&mut dice);
        if scenario.walsenders().count() > 8 && scenario.backlog_len() > 12 {
            let world = World::new(design, scenario);
            let mut walker = Walker::new(&world, &[]);
            let walk = walker.walk(Strategy::Fair, &mut dice);
            assert_ne!(walk.end, End::Undecided, "seed {seed}");
            count += 1;
        }
    }
    assert!(count > 0);
}
