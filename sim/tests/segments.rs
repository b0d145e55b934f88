//! WAL that was removed is gone for every reader.

use crate::common::explore_properties;
use model::cluster::{Cluster, ControlState};
use model::postmaster::ExitStatus;
use model::wal::{Lsn, Record};
use model::world::World;
use properties::claims::{Claim, Judgement};
use properties::{Outcome, PROPERTIES, Property};
use sim::checker::Options;
use sim::{design_name, scenario_file};

fn world(design: &str, text: &str) -> World {
    let named = scenario_file::parse("my.toml", text).unwrap_or_else(|error| panic!("{error}"));
    World::new(
        design_name::parse(design).expect("a design"),
        named.scenario,
    )
}

fn property(id: &str) -> &'static Property {
    PROPERTIES.iter().find(|p| p.id == id).expect("a property")
}

fn judge(design: &str, text: &str, id: &str) -> Outcome {
    let run = explore_properties(&world(design, text), &[property(id)], Options::default());
    assert!(run.frontier_empty);
    run.verdicts[0].outcome
}

/// A standby without a slot that is behind, in small messages.
const BEHIND: &str = "requests = [\"fast\"]\nbacklog = [\"commit\", \"commit\"]\nsend-batch = 1\n\
                      walwriter = false\n";
const STANDBY: &str = "[[walsender]]\nkind = \"physical\"\ncaught-up-to = 0\nslot = ";

#[test]
fn a_standby_without_a_slot_gets_what_its_segment_keeps() {
    let cases = [
        // All in the redo pointer's segment, said in two ways.
        ("", "false", Outcome::Holds),
        ("segment-ends = [3]\n", "false", Outcome::Holds),
        // In the segment before it.
        ("segment-ends = [2]\n", "false", Outcome::Violated),
        ("segment-ends = [1, 2]\n", "false", Outcome::Violated),
        // The call that says STOPPING sends a message, so that much is always sent.
        ("segment-ends = [1]\n", "false", Outcome::Holds),
        (
            "segment-ends = [2]\nwal-keep-size = 1\n",
            "false",
            Outcome::Holds,
        ),
        // A slot keeps all of it.
        ("segment-ends = [2]\n", "true", Outcome::Holds),
        // The switch ends a segment, which is removed once it is archived.
        ("archiving = true\n", "false", Outcome::Violated),
        (
            "archiving = true\nwal-keep-size = 1\n",
            "false",
            Outcome::Holds,
        ),
    ];
    for design in ["pg15", "master"] {
        for (keys, slot, expected) in cases {
            let text = format!("{BEHIND}{keys}{STANDBY}{slot}\n");
            let found = judge(design, &text, "standby-can-rejoin");
            assert_eq!(found, expected, "{design}\n{text}");
        }
    }
}

#[test]
fn a_walsender_that_misses_its_wal_holds_up_no_stop() {
    let text = format!("{BEHIND}segment-ends = [2]\n{STANDBY}false\n");
    // The last one's walsenders are not told to stop before the checkpoint.
    for design in ["pg9.6", "pg17", "master", "pg16-c6c3334364"] {
        for id in ["no-deadlock", "shutdown-terminates", "clean-exit"] {
            assert_eq!(judge(design, &text, id), Outcome::Holds, "{design}, {id}");
        }
        let id = "standby-can-rejoin";
        assert_eq!(judge(design, &text, id), Outcome::Violated, "{design}");
    }
}

#[test]
fn a_shutdown_timeout_excuses_only_what_is_still_there() {
    let timeout = "shutdown-timeout = \"zero\"\n";
    for (keys, expected) in [
        ("", Outcome::Holds),
        ("segment-ends = [2]\n", Outcome::Violated),
    ] {
        let text = format!("{BEHIND}{timeout}{keys}{STANDBY}false\n");
        assert_eq!(
            judge("master", &text, "standby-can-rejoin"),
            expected,
            "{text}"
        );
    }
}

/// A clean stop of `world`, whose WAL was removed up to `removed`: the backlog, then the record.
fn stopped(world: &World, removed: Lsn) -> Cluster {
    let mut s = world.initial();
    s.wal.insert(Record::CheckpointShutdown);
    let end = s.wal.inserted;
    s.wal.flush(end);
    s.wal.removed = removed;
    s.control.state = ControlState::ShutDown;
    s.postmaster.exit = ExitStatus::Success;
    s
}

fn at_end(id: &str, world: &World, s: &Cluster) -> Judgement {
    match property(id).claim {
        Claim::AtEnd(f) => f(world, s),
        Claim::Always(_) | Claim::NeverStep(_) | Claim::LeadsTo(_) => {
            panic!("`{id}` is not judged at the end")
        }
    }
}

/// A logical slot from whose `restart_lsn` on WAL is missing sends nothing any more.
#[test]
fn a_slot_without_its_wal_loses_what_its_peer_lacks() {
    let text = "requests = [\"fast\"]\nbacklog = [\"commit\", \"commit\"]\nsegment-ends = [1]\n\
                [[walsender]]\nkind = \"logical\"\ncaught-up-to = ";
    for (caught_up, removed, expected) in [
        (1, Lsn::START, Judgement::Kept),
        (1, Lsn(2), Judgement::Broken),
        // The peer has all of it.
        (2, Lsn(2), Judgement::Kept),
    ] {
        let world = world(
            "pg17",
            &format!("{text}{caught_up}\nsaved-up-to = {caught_up}\n"),
        );
        let s = stopped(&world, removed);
        let found = at_end("no-commit-lost", &world, &s);
        assert_eq!(found, expected, "sent up to {caught_up}, {removed:?}");
    }
}

/// `pg_upgrade` of 17 and later decodes from `restart_lsn` on.
#[test]
fn pg_upgrade_refuses_a_slot_without_its_wal() {
    let text = "requests = [\"fast\"]\nbacklog = [\"commit\", \"other\"]\nsegment-ends = [1]\n\
                [[walsender]]\nkind = \"logical\"\nsaved-up-to = 2\n";
    let world = world("pg17", text);
    for (removed, expected) in [(Lsn::START, true), (Lsn(2), false)] {
        let s = stopped(&world, removed);
        let accepts = properties::claims::pg_upgrade_accepts(&world, &s);
        assert_eq!(accepts, Some(expected), "removed before {removed:?}");
    }
}
