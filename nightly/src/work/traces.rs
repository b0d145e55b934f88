//! A recorded shutdown: it must be a behaviour of its release, and the promises are judged on it.

use std::io::Read as _;
use std::path::Path;

use flate2::read::GzDecoder;
use properties::validation::{Conformance, Validation};
use sim::conformance::{self, Recording, STATES_MAX};
use sim::design_name;

use super::{Said, failed};
use crate::config::Trace;
use crate::plan::Ground;
use crate::record::VerdictRecord;

pub(super) fn run(ground: &Ground, file: &str, design: &str) -> Said {
    let id = format!("traces/{design}/{file}");
    let wrong = |why: String| Said {
        verdicts: vec![failed(&id, &why)],
        ..Said::default()
    };
    let Some(trace) = ground.traces.get(file) else {
        return wrong("the trace is gone".to_owned());
    };
    let text = match read(&trace.path) {
        Ok(text) => text,
        Err(error) => return wrong(format!("cannot read it: {error}")),
    };
    let Ok(parsed) = design_name::parse(design) else {
        return wrong(format!("`{design}` is no design"));
    };
    let outcome = match read(&trace.path.with_file_name("outcome.json")) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return wrong(format!("cannot read its outcome.json: {error}")),
    };
    let properties: Vec<_> = properties::PROPERTIES.iter().collect();
    let validated = Recording::parse(&text, outcome.as_deref())
        .and_then(|recording| conformance::validate(parsed, &recording, &properties, STATES_MAX));
    match validated {
        Ok(validation) => Said {
            verdicts: verdicts(&id, trace, &validation),
            work: validation.states as u64,
            cut: false,
            input: (text + &outcome.unwrap_or_default()).into_bytes(),
        },
        Err(error) => wrong(format!("line {}: {}", error.line, error.message)),
    }
}

fn verdicts(id: &str, trace: &Trace, validation: &Validation) -> Vec<VerdictRecord> {
    let one = |property: &str, verdict: &str, message: String| VerdictRecord {
        key: format!("{id}/{property}"),
        claim: format!("{id}/{property}"),
        property: property.to_owned(),
        design: trace.design.clone(),
        place: trace.name.clone(),
        verdict: verdict.to_owned(),
        message,
        file: Some(trace.path.display().to_string()),
    };
    let explained = format!(
        "{} of {} events explained",
        validation.explained, validation.events
    );
    let conforms = "is-a-behaviour";
    match &validation.verdict {
        Conformance::Rejected(_) => vec![one(conforms, "violated", explained)],
        Conformance::Inconclusive(_) => vec![one(conforms, "inconclusive", explained)],
        Conformance::Accepted(broken, kept) => {
            let mut verdicts = vec![one(conforms, "holds", explained)];
            for b in broken {
                let at = b
                    .step
                    .map_or("at its end".to_owned(), |n| format!("by step {n}"));
                verdicts.push(one(b.property.id, "violated", format!("broken {at}")));
            }
            let kept = kept.iter().map(|p| one(p.id, "holds", String::new()));
            verdicts.extend(kept);
            verdicts
        }
    }
}

/// The text of a file, which may be gzipped.
fn read(path: &Path) -> std::io::Result<String> {
    let bytes = std::fs::read(path)?;
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        GzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
    } else {
        bytes.as_slice().read_to_string(&mut text)?;
    }
    Ok(text)
}
