//! What was found, as the notes of a checkpoint.

use engine::checkpoint::{Error, Saved};
use engine::parted::Worker;
use properties::waived::{By, Waived};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Bounds, Space};
use crate::packed::{Findings, First, Packed};

#[derive(Debug, Default, Serialize, Deserialize)]
struct Noted {
    taken: Vec<u64>,
    broken: Vec<Option<First>>,
    still: Vec<Option<First>>,
    concerned: Vec<bool>,
    /// For each property the endings that are excused, by what.
    waived: Vec<[u64; By::ALL.len()]>,
    /// The states that have an ending first; which ending that is, the state says.
    endings: Vec<First>,
}

pub(super) fn write(findings: &Findings, bounds: Bounds) -> Value {
    let endings = findings.endings.values().flatten();
    let noted = Noted {
        taken: findings.taken.clone(),
        broken: findings.broken.clone(),
        still: findings.still.clone(),
        concerned: findings.concerned.clone(),
        waived: findings.waived.iter().map(Waived::counts).collect(),
        endings: endings.cloned().collect(),
    };
    json!({ "bounds": bounds, "found": noted })
}

/// The bounds of the search that was saved.
pub(super) fn bounds(saved: &Saved) -> Result<Bounds, Error> {
    let unreadable = |e: serde_json::Error| saved.foreign(&format!("has other notes: {e}"));
    let _: Noted = serde_json::from_value(saved.notes()["found"].clone()).map_err(unreadable)?;
    serde_json::from_value(saved.notes()["bounds"].clone()).map_err(unreadable)
}

/// What was found, of a checkpoint whose [bounds] could be read.
pub(super) fn read(notes: &Value, space: &Space, worker: &mut Worker<Packed>) -> Findings {
    let found: Noted = serde_json::from_value(notes["found"].clone()).unwrap_or_default();
    let mut findings = engine::parted::Model::judge(&space.model);
    let endings = found.endings.into_iter().map(|first| {
        let key = first.keys.first().map_or(0, |&(key, _)| key);
        let state = space.unpack(worker, key);
        (space.model.ending(&state), Some(first))
    });
    findings.endings = endings.collect();
    // A search that had not yet ended its first level has found nothing.
    if found.taken.len() == findings.taken.len() {
        findings.taken = found.taken;
        findings.broken = found.broken;
        findings.still = found.still;
        findings.concerned = found.concerned;
        findings.waived = found.waived.into_iter().map(Waived::from).collect();
    }
    findings
}
