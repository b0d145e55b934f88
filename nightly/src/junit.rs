//! JUnit XML, as CI servers read it: a suite for each part, a case for each unit.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::NightlyError;
use crate::store::Store;
use crate::summary::Summary;

/// The report of a night. New violations are failures, panics errors, undecided units skipped;
/// what is known passes.
///
/// # Errors
/// When the database cannot be read, or the report cannot be written as XML.
pub fn junit(store: &Store, summary: &Summary) -> Result<String, NightlyError> {
    let sql = "SELECT part, unit, seconds FROM units WHERE night = ?1 ORDER BY part, unit";
    let units: Vec<(String, String, f64)> = store.rows(sql, &summary.night, |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    let undecided = "SELECT unit, key, message FROM verdicts v WHERE night = ?1 \
                     AND verdict = 'inconclusive' AND NOT EXISTS (SELECT 1 FROM accepted a \
                     WHERE a.night = v.night AND v.key GLOB a.key)";
    let mut words: BTreeMap<String, (Kind, Vec<String>)> = BTreeMap::new();
    let rows = store.rows(undecided, &summary.night, |row| {
        let row: (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(row)
    })?;
    for (unit, key, message) in rows {
        add(
            &mut words,
            &unit,
            Kind::Undecided,
            format!("{key}: {message}"),
        );
    }
    for v in summary.with("new") {
        let told = format!("{}: {}\n{}", v.key, v.message, v.command());
        add(&mut words, &v.unit, Kind::New, told);
    }
    for (unit, message) in &summary.panicked {
        add(&mut words, unit, Kind::Panicked, message.clone());
    }
    let mut report = Report::new(format!("shutcheck nightly {}", summary.date));
    let mut suites: BTreeMap<String, TestSuite> = BTreeMap::new();
    for (part, unit, seconds) in units {
        let mut case = TestCase::new(unit.clone(), status(words.get(&unit)));
        case.set_time(Duration::try_from_secs_f64(seconds).unwrap_or_default());
        case.set_classname(format!("shutcheck.{part}"));
        let suite = suites.entry(part.clone());
        suite
            .or_insert_with(|| TestSuite::new(part))
            .add_test_case(case);
    }
    report.add_test_suites(suites.into_values());
    report.to_string().map_err(|error| {
        NightlyError::new(
            &format!("the JUnit report cannot be written: {error}"),
            "this is our bug, please report it",
        )
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Undecided,
    New,
    Panicked,
}

fn add(words: &mut BTreeMap<String, (Kind, Vec<String>)>, unit: &str, kind: Kind, told: String) {
    let entry = words
        .entry(unit.to_owned())
        .or_insert_with(|| (kind, Vec::new()));
    entry.0 = entry.0.max(kind);
    entry.1.push(told);
}

fn status(words: Option<&(Kind, Vec<String>)>) -> TestCaseStatus {
    let Some((kind, told)) = words else {
        return TestCaseStatus::success();
    };
    let mut status = match kind {
        Kind::Undecided => TestCaseStatus::skipped(),
        Kind::New => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Kind::Panicked => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    status.set_message(
        told.first()
            .map_or("", |line| line.lines().next().unwrap_or("")),
    );
    status.set_type(match kind {
        Kind::Undecided => "inconclusive",
        Kind::New => "new-violation",
        Kind::Panicked => "our-bug",
    });
    status.set_description(told.join("\n"));
    status
}
