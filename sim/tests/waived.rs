//! What a fault excuses is said: which fault, in how many endings, whoever searches.

use crate::common::{all, explore};
use model::world::World;
use properties::waived::By;
use properties::{Outcome, Run};
use sim::checker::{self, Engine, Options};
use sim::partial_order::PartialOrder;
use sim::scenario_file;

/// The outcome of `property` and what was waived, of a run.
fn said(run: &Run, property: &str) -> (Outcome, Vec<(By, u64)>) {
    let verdict = run.verdicts.iter().find(|v| v.property == property);
    let verdict = verdict.expect("a verdict");
    (verdict.outcome, verdict.waived.iter().collect())
}

fn in_scenario(design: &str, toml: &str) -> World {
    let design = sim::design_name::parse(design).expect("a design");
    let named = scenario_file::parse("test", toml).expect("a scenario");
    World::new(design, named.scenario)
}

fn judged(world: &World, options: Options) -> Run {
    checker::run(("", ""), world, &all(), options, &mut |_| {})
}

/// A failed archive command takes the premise of `archive-complete` away in the ending that lacks a
/// segment, and says so; the promise that no fault excuses is broken there.
#[test]
fn a_failed_archive_command() {
    let run = explore("pg18", "archive-fails");
    let waived = vec![(By::ArchiveFailure, 1)];
    assert_eq!(said(&run, "archive-complete"), (Outcome::Holds, waived));
    let (outcome, waived) = said(&run, "success-means-archived");
    assert_eq!((outcome, waived), (Outcome::Violated, vec![]));
    let run = explore("pg18", "archiving");
    assert_eq!(said(&run, "archive-complete"), (Outcome::Holds, vec![]));
    assert_eq!(said(&run, "success-means-archived").0, Outcome::Holds);
}

#[test]
fn a_failed_save() {
    let run = explore("master", "slot-save-fails");
    let waived = vec![(By::SlotSaveFailure, 1)];
    assert_eq!(said(&run, "confirmed-is-on-disk"), (Outcome::Holds, waived));
}

/// Where every ending is excused the promise could not have failed: vacuous. Statistics are never
/// written by an immediate stop.
#[test]
fn an_immediate_stop() {
    let run = explore("pg18", "immediate");
    for property in [
        "no-stats-after-stats-shutdown",
        "clean-exit",
        "checkpoint-reached-whatever-peers-do",
    ] {
        let (outcome, waived) = said(&run, property);
        assert_eq!(outcome, Outcome::Vacuous, "{property}");
        assert!(
            matches!(waived[..], [(By::ImmediateStop, 1..)]),
            "{property}: {waived:?}"
        );
    }
    // Up to 14 the collector writes them.
    let run = explore("pg10", "immediate");
    let waived = said(&run, "no-stats-after-stats-shutdown").1;
    assert_eq!(waived, vec![]);
}

const STANDBY: &str = "\nkind = \"physical\"\npeer = \"walreceiver\"\n";

/// A standby that was given up is said to be; one beside it is judged.
#[test]
fn a_standby_with_a_shutdown_timeout() {
    let backlog = "requests = [\"fast\"]\nbacklog = [\"commit\"]\n";
    let one = format!("{backlog}shutdown-timeout = \"finite\"\n[[walsender]]{STANDBY}");
    let run = judged(&in_scenario("master", &one), Options::default());
    let (outcome, waived) = said(&run, "standby-can-rejoin");
    assert_eq!(outcome, Outcome::Holds);
    assert!(
        matches!(waived[..], [(By::ShutdownTimeout, 1..)]),
        "{waived:?}"
    );
    // 18 does not read it.
    let run = judged(&in_scenario("pg18", &one), Options::default());
    let told = said(&run, "standby-can-rejoin");
    assert_eq!(told, (Outcome::Holds, vec![]));
}

/// A fault of somebody else's excuses nobody: the standby beside a frozen subscriber is judged.
#[test]
fn another_peers_fault() {
    let toml = format!(
        "requests = [\"fast\"]\n[[walsender]]{STANDBY}[[walsender]]\nkind = \"logical\"\n\
         [faults]\nfreeze = 1\n"
    );
    let world = in_scenario("pg17-exit-when-replicated", &toml);
    let run = judged(&world, Options::default());
    let (outcome, _) = said(&run, "standby-can-rejoin");
    assert_eq!(outcome, Outcome::Violated);
}

/// Like walsenders, of which a fault hits one: a state that stands for several counts for as many,
/// and steps that are left out leave out no ending.
#[test]
fn engines_agree() {
    let like = format!(
        "requests = [\"fast\"]\n[[walsender]]{STANDBY}[[walsender]]{STANDBY}\
         [faults]\ndisconnect = 1\n"
    );
    let calm = format!(
        "requests = [\"fast\"]\nshutdown-timeout = \"finite\"\nbacklog = [\"commit\"]\n\
         [[walsender]]{STANDBY}"
    );
    for toml in [like, calm] {
        let world = in_scenario("master", &toml);
        let graph = judged(
            &world,
            Options {
                engine: Engine::Graph,
                ..Options::default()
            },
        );
        let some = graph.verdicts.iter().any(|v| !v.waived.is_empty());
        assert!(some, "nothing is waived:\n{toml}");
        for (engine, threads, symmetry, partial_order) in [
            (Engine::Packed, 1, false, None),
            (Engine::Packed, 2, true, None),
            (Engine::Packed, 1, true, Some(PartialOrder::ON)),
            (Engine::Timely, 3, false, None),
            (Engine::Stateright, 1, false, None),
        ] {
            let options = Options {
                engine,
                threads,
                symmetry,
                partial_order,
                ..Options::default()
            };
            let run = judged(&world, options);
            for (verdict, plain) in run.verdicts.iter().zip(&graph.verdicts) {
                let id = verdict.property;
                let how = (engine, threads, symmetry, partial_order.is_some());
                assert_eq!(verdict.waived, plain.waived, "{id}: {how:?}\n{toml}");
            }
        }
    }
}
