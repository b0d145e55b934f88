//! What a person reads in a minute: what is new, what is fixed, what could not be decided.

use std::path::Path;

use serde::Serialize;

use crate::clock::date;
use crate::store::Store;
use crate::{NightlyError, unit::Part};

mod text;

pub use text::{markdown, text};

/// A violation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Violation {
    /// What was judged.
    pub key: String,
    /// What is broken.
    pub claim: String,
    /// The unit that found it.
    pub unit: String,
    /// The property's id.
    pub property: String,
    /// The design.
    pub design: String,
    /// Scenario, case, trace or schedule.
    pub place: String,
    /// A line for people.
    pub message: String,
    /// Schedule or trace.
    pub file: Option<String>,
    /// `new`, `first` (judged for the first time), `known` or `accepted`.
    pub status: &'static str,
    /// Why it is accepted, if it is.
    pub reason: Option<String>,
}

impl Violation {
    /// The command that shows it.
    #[must_use]
    pub fn command(&self) -> String {
        let Violation {
            design,
            place,
            property,
            ..
        } = self;
        let part = self.unit.split('/').next().and_then(Part::named);
        match (part, &self.file) {
            (Some(Part::Corpus), Some(file)) if !place.starts_with(&format!("{design}--")) => {
                let corpus = Path::new(file).parent().unwrap_or(Path::new(".")).display();
                format!(
                    "shutcheck simulate {design} --corpus {corpus} --runs 1 --property {property}"
                )
            }
            (Some(Part::Walks | Part::Corpus), Some(file)) => format!("shutcheck replay {file}"),
            (Some(Part::Walks | Part::Corpus), None) => {
                format!("shutcheck simulate {design} --property {property}")
            }
            (Some(Part::History), _) => {
                let case = self.unit.rsplit('/').next().unwrap_or_default();
                format!("shutcheck history {case}")
            }
            (Some(Part::Traces), file) => {
                let trace = file.as_ref().unwrap_or(place);
                format!("shutcheck validate {trace} --design {design}")
            }
            (Some(Part::Judge) | None, _) => {
                format!("shutcheck verify {design} --scenario {place} --property {property}")
            }
        }
    }
}

/// A unit that could not decide everything.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Undecided {
    /// The unit.
    pub unit: String,
    /// Its inconclusive verdicts.
    pub verdicts: u64,
    /// Why, in a line.
    pub message: String,
}

/// What one part did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartRow {
    /// Its name.
    pub part: String,
    /// Units done.
    pub done: u64,
    /// Units that were planned; none for walks.
    pub planned: Option<u64>,
    /// Minutes of one thread.
    pub minutes: f64,
    /// Claims violated.
    pub violated: u64,
    /// New ones of them.
    pub new: u64,
}

/// One night in the trend.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrendRow {
    /// When it began, UTC.
    pub date: String,
    /// Units done.
    pub units: u64,
    /// Claims violated.
    pub violated: u64,
    /// New ones.
    pub new: u64,
    /// Fixed ones.
    pub fixed: u64,
    /// Inconclusive verdicts.
    pub inconclusive: u64,
}

/// How a night ends, for the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Nothing new is violated, everything decided. What was never judged before is not new.
    NothingNew,
    /// Nothing new; something is undecided, or planned units were not run.
    Inconclusive,
    /// Something new is violated.
    New,
    /// A unit panicked: our bug.
    Panicked,
}

/// A night.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Its name.
    pub night: String,
    /// When it began, UTC.
    pub date: String,
    /// Its seed.
    pub seed: String,
    /// Version of the command.
    pub version: String,
    /// Hash of the command.
    pub build: String,
    /// How it ends.
    pub ending: Ending,
    /// Machines that did not come to their end.
    pub unfinished: Vec<String>,
    /// Part by part.
    pub parts: Vec<PartRow>,
    /// Violations, new ones first.
    pub violations: Vec<Violation>,
    /// Keys that were violated and are not.
    pub fixed: Vec<String>,
    /// Units that said different things: unit, key, both verdicts.
    pub flaky: Vec<(String, String, String, String)>,
    /// What could not be decided and is not accepted.
    pub inconclusive: Vec<Undecided>,
    /// Unit and message of what panicked.
    pub panicked: Vec<(String, String)>,
    /// This night and up to six before.
    pub trend: Vec<TrendRow>,
}

impl Summary {
    /// Violations of this status.
    pub fn with<'a>(&'a self, status: &'a str) -> impl Iterator<Item = &'a Violation> {
        self.violations.iter().filter(move |v| v.status == status)
    }

    /// Units of the parts that have a number of them, and were not run.
    #[must_use]
    pub fn left(&self) -> u64 {
        let left = |row: &PartRow| Some(row.planned?.saturating_sub(row.done));
        self.parts.iter().filter_map(left).sum()
    }
}

/// The last night in the database.
///
/// # Errors
/// When the database cannot be read, or has no night.
pub fn last(store: &Store) -> Result<String, NightlyError> {
    let sql =
        "SELECT night FROM nights WHERE night <> ?1 ORDER BY started DESC, night DESC LIMIT 1";
    let found: Vec<String> = store.rows(sql, "", |row| row.get(0))?;
    found.into_iter().next().ok_or_else(|| {
        NightlyError::new(
            "there is no night in this database",
            "run one with `shutcheck nightly --minutes M --out DIR`",
        )
    })
}

/// Reads `night`. Its files are below `out`.
///
/// # Errors
/// When the database cannot be read.
pub fn read(store: &Store, out: &Path, night: &str) -> Result<Summary, NightlyError> {
    let head = "SELECT started, seed, version, build FROM nights WHERE night = ?1";
    let head = store.rows(head, night, |row| {
        let head: (i64, String, String, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(head)
    })?;
    let (started, seed, version, build) = head.into_iter().next().unwrap_or_default();
    let pair = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let mut violations = violations(store, night)?;
    for file in violations.iter_mut().filter_map(|v| v.file.as_mut()) {
        // A trace is no file of the night.
        let below = out.join(&*file);
        if below.exists() {
            *file = below.display().to_string();
        }
    }
    let undecided = "SELECT v.unit, count(*), min(v.message) FROM verdicts v WHERE v.night = ?1 \
                     AND v.verdict = 'inconclusive' AND NOT EXISTS (SELECT 1 FROM accepted a \
                     WHERE a.night = v.night AND v.key GLOB a.key) GROUP BY v.unit ORDER BY v.unit";
    let panicked = "SELECT unit, message FROM verdicts WHERE night = ?1 AND verdict = 'panicked' \
                    ORDER BY unit, key";
    let fixed = "SELECT DISTINCT key FROM fixed_violations WHERE night = ?1 ORDER BY key";
    let flaky = "SELECT unit, key, verdict, other FROM flaky WHERE night = ?1 OR \
                 (unit, key) IN (SELECT unit, key FROM verdicts WHERE night = ?1) ORDER BY key";
    let unfinished = "SELECT shard FROM shards WHERE night = ?1 AND finished IS NULL";
    let mut summary = Summary {
        night: night.to_owned(),
        date: date(started),
        seed,
        version,
        build,
        ending: Ending::NothingNew,
        unfinished: store.rows(unfinished, night, |row| row.get(0))?,
        parts: parts(store, night, &violations)?,
        violations,
        fixed: store.rows(fixed, night, |row| row.get(0))?,
        flaky: store.rows(flaky, night, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?,
        inconclusive: store.rows(undecided, night, |row| {
            Ok(Undecided {
                unit: row.get(0)?,
                verdicts: row.get(1)?,
                message: row.get(2)?,
            })
        })?,
        panicked: store.rows(panicked, night, pair)?,
        trend: trend(store, night)?,
    };
    summary.ending = if !summary.panicked.is_empty() {
        Ending::Panicked
    } else if summary.with("new").next().is_some() {
        Ending::New
    } else if !summary.inconclusive.is_empty()
        || summary.left() > 0
        || !summary.unfinished.is_empty()
    {
        Ending::Inconclusive
    } else {
        Ending::NothingNew
    };
    Ok(summary)
}

/// One for each claim; new ones first.
fn violations(store: &Store, night: &str) -> Result<Vec<Violation>, NightlyError> {
    let sql = "SELECT v.key, v.claim, min(v.unit), v.property, v.design, v.place, v.message, \
               v.file, v.accepted, \
               max(CASE v.status WHEN 'new' THEN 3 WHEN 'first' THEN 2 WHEN 'known' THEN 1 \
               ELSE 0 END) FROM violations v WHERE v.night = ?1 GROUP BY v.claim ORDER BY v.claim";
    let mut found = store.rows(sql, night, |row| {
        Ok(Violation {
            key: row.get(0)?,
            claim: row.get(1)?,
            unit: row.get(2)?,
            property: row.get(3)?,
            design: row.get(4)?,
            place: row.get(5)?,
            message: row.get(6)?,
            file: row.get(7)?,
            reason: row.get(8)?,
            status: match row.get(9)? {
                3 => "new",
                2 => "first",
                1 => "known",
                _ => "accepted",
            },
        })
    })?;
    found.sort_by_key(|v| v.status != "new");
    Ok(found)
}

fn parts(
    store: &Store,
    night: &str,
    violations: &[Violation],
) -> Result<Vec<PartRow>, NightlyError> {
    let sql = "SELECT part, sum(done), sum(seconds) / 60.0, sum(planned) FROM \
               (SELECT part, 1 AS done, seconds, 0 AS planned FROM units WHERE night = ?1 \
                UNION ALL SELECT part, 0, 0.0, units FROM planned WHERE night = ?1) GROUP BY part";
    let rows = store.rows(sql, night, |row| {
        let row: (String, u64, f64, u64) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(row)
    })?;
    let count = |part: &str, new: bool| {
        let of =
            |v: &&Violation| v.unit.split('/').next() == Some(part) && (!new || v.status == "new");
        violations.iter().filter(of).count() as u64
    };
    let mut parts = Vec::new();
    for part in Part::ALL.map(Part::name) {
        if let Some((_, done, minutes, planned)) = rows.iter().find(|row| row.0 == part) {
            parts.push(PartRow {
                part: part.to_owned(),
                done: *done,
                planned: (part != Part::Walks.name()).then_some(*planned),
                minutes: *minutes,
                violated: count(part, false),
                new: count(part, true),
            });
        }
    }
    Ok(parts)
}

fn trend(store: &Store, night: &str) -> Result<Vec<TrendRow>, NightlyError> {
    let sql = "SELECT started, units, violated, new, fixed, inconclusive FROM trend t \
               WHERE started <= (SELECT started FROM nights WHERE night = ?1) \
               ORDER BY started DESC, t.night DESC LIMIT 7";
    let mut rows = store.rows(sql, night, |row| {
        Ok(TrendRow {
            date: date(row.get(0)?),
            units: row.get(1)?,
            violated: row.get(2)?,
            new: row.get(3)?,
            fixed: row.get(4)?,
            inconclusive: row.get(5)?,
        })
    })?;
    rows.reverse();
    Ok(rows)
}
