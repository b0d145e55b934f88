//! What is new, known, first, fixed and flaky, by nights made by hand; and how nights are joined.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use nightly::merge::merge;
use nightly::record::{Line, NightRecord, UnitRecord, VerdictRecord};
use nightly::store::Store;
use nightly::summary::{self, Ending};

fn database(name: &str) -> (Store, PathBuf) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&path);
    (Store::open(&path).unwrap(), path)
}

/// A night in which units of this part said these things: unit, claim, verdict.
fn night(store: &mut Store, n: u8, part: &str, said: &[(&str, &str, &str)]) {
    let night = format!("n{n}");
    let head = Line::Night(NightRecord {
        night: night.clone(),
        seed: u64::MAX,
        config: "c".to_owned(),
        build: "b".to_owned(),
        version: "0".to_owned(),
        started: i64::from(n),
        accepted: Vec::new(),
    });
    store.add(&night, &head).unwrap();
    for (unit, claim, verdict) in said {
        let record = UnitRecord {
            unit: format!("{part}/{unit}"),
            part: part.to_owned(),
            input: String::new(),
            seconds: 60.0,
            work: 1,
            cut: false,
            finished: i64::from(n),
            shard: "1/1".to_owned(),
            verdicts: vec![VerdictRecord {
                key: format!("{part}/{claim}"),
                claim: format!("{part}/{claim}"),
                property: "no-panic".to_owned(),
                design: "pg17".to_owned(),
                place: "idle".to_owned(),
                verdict: (*verdict).to_owned(),
                message: String::new(),
                file: None,
            }],
        };
        store.add(&night, &Line::Unit(record)).unwrap();
    }
}

fn told(store: &Store, n: u8) -> summary::Summary {
    summary::read(store, Path::new("."), &format!("n{n}")).unwrap()
}

fn statuses(store: &Store, n: u8) -> Vec<&'static str> {
    told(store, n).violations.iter().map(|v| v.status).collect()
}

#[test]
fn first_then_known_then_fixed_then_new() {
    let (mut store, _) = database("life.sqlite");
    for (n, verdict) in [
        (1, "violated"),
        (2, "inconclusive"),
        (3, "violated"),
        (4, "holds"),
    ] {
        night(&mut store, n, "judge", &[("u", "a", verdict)]);
    }
    night(&mut store, 5, "judge", &[("u", "a", "violated")]);
    assert_eq!(statuses(&store, 1), ["first"]);
    assert_eq!(told(&store, 1).ending, Ending::NothingNew);
    assert_eq!(told(&store, 2).ending, Ending::Inconclusive);
    assert_eq!(statuses(&store, 3), ["known"]);
    assert_eq!(told(&store, 4).fixed, ["judge/a"]);
    assert_eq!(statuses(&store, 5), ["new"]);
    assert_eq!(told(&store, 5).ending, Ending::New);
    let news: Vec<u64> = told(&store, 5).trend.iter().map(|row| row.new).collect();
    assert_eq!(news, [0, 0, 0, 0, 1]);
}

#[test]
fn walks_that_find_nothing_fix_nothing() {
    let (mut store, _) = database("walks.sqlite");
    night(
        &mut store,
        1,
        "walks",
        &[("1", "a", "not-broken"), ("2", "b", "violated")],
    );
    night(
        &mut store,
        2,
        "walks",
        &[("3", "a", "violated"), ("4", "b", "not-broken")],
    );
    night(&mut store, 3, "walks", &[("5", "b", "violated")]);
    assert_eq!(statuses(&store, 2), ["new"]);
    assert!(told(&store, 2).fixed.is_empty());
    assert_eq!(statuses(&store, 3), ["known"]);
}

#[test]
fn flaky_is_the_same_input_with_another_verdict() {
    let (mut store, _) = database("flaky.sqlite");
    night(&mut store, 1, "judge", &[("u", "a", "holds")]);
    night(&mut store, 2, "judge", &[("u", "a", "violated")]);
    assert_eq!(told(&store, 2).flaky.len(), 1);
}

#[test]
fn joined_nights_that_disagree_are_flaky() {
    let (mut one, _) = database("one.sqlite");
    let (mut two, path) = database("two.sqlite");
    night(&mut one, 1, "judge", &[("u", "a", "holds")]);
    night(
        &mut two,
        1,
        "judge",
        &[("u", "a", "violated"), ("v", "b", "holds")],
    );
    two.close().unwrap();
    let merged = merge(&mut one, &path).unwrap();
    assert_eq!((merged.units, merged.conflicts), (1, 1));
    assert_eq!(told(&one, 1).flaky.len(), 1);
    assert_eq!(told(&one, 1).seed, u64::MAX.to_string());
}
