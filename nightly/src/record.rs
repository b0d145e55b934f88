//! What is kept of a night: the same in the journal and in the database.

use serde::{Deserialize, Serialize};

/// A violation that the configuration knows and accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Keys, with `*` for anything.
    pub key: String,
    /// Why it is accepted.
    pub reason: String,
}

/// One night.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NightRecord {
    /// Its name: the same on all machines of one night.
    pub night: String,
    /// The seed of its walks.
    pub seed: u64,
    /// Hash of the configuration.
    pub config: String,
    /// Hash of the command that ran it.
    pub build: String,
    /// That command's version.
    pub version: String,
    /// When it began: seconds since 1970.
    pub started: i64,
    /// What the configuration accepts.
    pub accepted: Vec<Accepted>,
}

/// One machine's part of a night.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardRecord {
    /// `k/n`.
    pub shard: String,
    /// When it began: seconds since 1970.
    pub started: i64,
    /// How many units of each part were planned; walks have no number.
    pub planned: Vec<(String, u64)>,
}

/// One verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictRecord {
    /// What was judged: the same from night to night.
    pub key: String,
    /// What is broken if it is: two keys with one claim are one violation.
    pub claim: String,
    /// The property's id.
    pub property: String,
    /// The design.
    pub design: String,
    /// The scenario, case, trace or schedule.
    pub place: String,
    /// `holds`, `violated`, `inconclusive`, `vacuous`, `not-broken`, or `panicked`: our bug.
    pub verdict: String,
    /// A line for people.
    pub message: String,
    /// The schedule or story, as a path below the night's directory.
    pub file: Option<String>,
}

/// A unit that is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitRecord {
    /// Its id.
    pub unit: String,
    /// Its part.
    pub part: String,
    /// Hash of the files that it reads.
    pub input: String,
    /// Seconds that it took.
    pub seconds: f64,
    /// States or steps.
    pub work: u64,
    /// The budget ended before it did: what it had not decided is inconclusive.
    pub cut: bool,
    /// When it was done: seconds since 1970.
    pub finished: i64,
    /// The machine.
    pub shard: String,
    /// What it says.
    pub verdicts: Vec<VerdictRecord>,
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub enum Line {
    /// The night begins or goes on.
    Night(NightRecord),
    /// A machine begins.
    Shard(ShardRecord),
    /// A unit is done.
    Unit(UnitRecord),
    /// A machine is done with its part.
    End {
        /// `k/n`.
        shard: String,
        /// When: seconds since 1970.
        finished: i64,
    },
}
