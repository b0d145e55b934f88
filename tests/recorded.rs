//! Recorded shutdowns of real servers: each outcome must be among the endings that the model of
//! that release can reach in the scenario of the same name.
//!
//! What is compared: the postmaster's exit status, pg_control, whether statistics were written, and
//! for each slot where its position on disk and the last acknowledged one lie relative to the
//! shutdown checkpoint record and to each other. See `tests/recorded/README.md`.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Read;

use model::cluster::ControlState;
use model::world::World;
use properties::ending::{Position, SlotEnding};
use properties::{Ending, PROPERTIES};
use serde_json::Value;
use sim::checker::{self, Options};
use sim::{design_name, scenario_file};

/// The recorded outcomes.
fn outcomes() -> Vec<Value> {
    let file = std::fs::File::open("tests/recorded/outcomes.jsonl.gz").unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The endings of the model for the release and the scenario of a record.
fn endings(major: u64, scenario: &str) -> Vec<Ending> {
    let path = format!("tests/recorded/scenarios/{scenario}.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let named = scenario_file::parse(&path, &text).unwrap_or_else(|e| panic!("{e}"));
    let design = format!("pg{major}");
    let world = World::new(design_name::parse(&design).unwrap(), named.scenario);
    let properties: Vec<_> = PROPERTIES.iter().collect();
    let title = (design.as_str(), scenario);
    // A record says which slot it was.
    let options = Options {
        symmetry: false,
        ..Options::default()
    };
    let run = checker::run(title, &world, &properties, options, &mut |_| {});
    assert!(run.frontier_empty, "{design} in {scenario} did not close");
    run.endings.iter().map(|(ending, _)| *ending).collect()
}

/// -1, 0, 1: before, at, after the start of the shutdown checkpoint record.
fn against_start(position: Position) -> Option<i64> {
    match position {
        Position::None | Position::BeforeWalEnd(_) => None,
        Position::Behind(_) | Position::BehindHarmless(_) | Position::BeforeSwitch => Some(-1),
        Position::Start => Some(0),
        Position::End | Position::Beyond(_) => Some(1),
    }
}

/// -1, 0, 1: before, at, after its end.
fn against_end(position: Position) -> Option<i64> {
    match position {
        Position::None | Position::BeforeWalEnd(_) => None,
        Position::Behind(_)
        | Position::BehindHarmless(_)
        | Position::BeforeSwitch
        | Position::Start => Some(-1),
        Position::End => Some(0),
        Position::Beyond(_) => Some(1),
    }
}

fn slot_fits(recorded: &Value, modelled: &SlotEnding) -> bool {
    let written = !recorded["disk_vs_start"].is_null();
    let number = |key: &str| recorded[key].as_i64();
    let same = modelled.disk == modelled.memory;
    let disk_vs_acked = number("disk_vs_acked").is_none_or(|n| (n == 0) == same);
    disk_vs_acked
        && (!written
            || number("disk_vs_start") == against_start(modelled.disk)
                && number("disk_vs_end") == against_end(modelled.disk)
                && number("acked_vs_start") == against_start(modelled.memory)
                && number("acked_vs_end") == against_end(modelled.memory)
                && (recorded["only_switch_behind"] != Value::Bool(true)
                    || modelled.disk == Position::BeforeSwitch))
}

fn fits(record: &Value, ending: &Ending) -> bool {
    let control = match ending.control {
        ControlState::InProduction => "in production",
        ControlState::ShuttingDown => "shutting down",
        ControlState::ShutDown => "shut down",
        ControlState::InRecovery => "in archive recovery",
        ControlState::ShutDownInRecovery => "shut down in recovery",
    };
    let slots = record["slots"].as_object().unwrap();
    let logical_first = |name: &&String| (*name != "s1", (*name).clone());
    let mut names: Vec<&String> = slots.keys().collect();
    names.sort_by_key(logical_first);
    record["postmaster_exit"]["code"].as_u64() == ending.postmaster_exit.map(u64::from)
        && record["control_state"] == control
        && record["stats_written"] == ending.stats_written
        && (record["archived"] != Value::Bool(true) || ending.unarchived == 0)
        && names
            .iter()
            .zip(ending.slots.iter().flatten())
            .all(|(n, e)| slot_fits(&slots[*n], e))
}

#[test]
fn every_recorded_outcome_is_a_reachable_ending() {
    let outcomes = outcomes();
    assert_eq!(outcomes.len(), 87);
    let mut missing = Vec::new();
    for record in &outcomes {
        let major = record["major"].as_u64().unwrap();
        let scenario = record["scenario"].as_str().unwrap();
        let endings = endings(major, scenario);
        if !endings.iter().any(|ending| fits(record, ending)) {
            missing.push(format!(
                "pg{major} {scenario}: {record:#}\nendings: {endings:#?}"
            ));
        }
    }
    assert!(
        missing.is_empty(),
        "{} not reachable:\n{}",
        missing.len(),
        missing.join("\n")
    );
}

#[test]
fn a_record_of_one_release_is_not_an_ending_of_another_where_they_differ() {
    let outcomes = outcomes();
    let find = |major: u64, scenario: &str| {
        outcomes
            .iter()
            .find(|r| r["major"] == major && r["scenario"] == scenario)
            .unwrap()
    };
    // 17 saves the slot at the stop, 15 does not.
    assert!(
        !endings(17, "idle_fast")
            .iter()
            .any(|e| fits(find(15, "idle_fast"), e))
    );
    assert!(
        !endings(15, "idle_fast")
            .iter()
            .any(|e| fits(find(17, "idle_fast"), e))
    );
    // A walsender that crashes after the checkpoint: 17 may have written the statistics by then, 18
    // never has.
    let written = find(17, "phys_sigkill");
    assert_eq!(written["stats_written"], true);
    assert!(!endings(18, "phys_sigkill").iter().any(|e| fits(written, e)));
}
