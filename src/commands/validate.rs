//! `validate`: is this recorded shutdown a behaviour of the model?

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use properties::validation::Conformance;
use reports::perfetto::{self, Row};
use reports::validation;
use sim::conformance::raw::TraceError;
use sim::conformance::{self, Recording};

use super::{Outcome, picture, search};
use crate::cli::Cli;
use crate::exit::Code;
use crate::input::{self, InputError};

/// What to validate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// The trace file.
    pub(super) trace: &'a Path,
    /// The design.
    pub(super) design: &'a str,
    /// What is known of the outcome.
    pub(super) outcome: Option<&'a Path>,
    /// Properties to judge along the run.
    pub(super) properties: &'a [String],
    /// States after which the search is given up.
    pub(super) states_max: usize,
    /// Where the recorded events go as a picture.
    pub(super) perfetto: Option<&'a Path>,
}

/// Runs the command.
pub(super) fn run(cli: &Cli, asked: Asked<'_>) -> Outcome {
    let name = asked.trace.display().to_string();
    let bad = |path: &Path, e: &TraceError| {
        let at = match e.line {
            0 => path.display().to_string(),
            line => format!("{}:{line}", path.display()),
        };
        InputError::new(&format!("{at}: {}", e.message), &e.help)
    };
    let text = read(asked.trace)?;
    let beside = asked.trace.with_file_name("outcome.json");
    let outcome_path: Option<PathBuf> = match asked.outcome {
        Some(path) => Some(path.to_owned()),
        None => beside.exists().then_some(beside),
    };
    let outcome = outcome_path.as_deref().map(read).transpose()?;
    let mut recording = Recording::parse(&text, None).map_err(|e| bad(asked.trace, &e))?;
    if let (Some(path), Some(outcome)) = (&outcome_path, &outcome) {
        recording.outcome = conformance::outcome::parse(outcome).map_err(|e| bad(path, &e))?;
    }
    let design = input::design(asked.design)?;
    let properties = input::properties_named(asked.properties)?;
    let result = conformance::validate(design, &recording, &properties, asked.states_max)
        .map_err(|e| bad(asked.trace, &e))?;
    let code = match &result.verdict {
        Conformance::Accepted(broken, _) if broken.is_empty() => Code::Holds,
        Conformance::Accepted(..) | Conformance::Rejected(_) => Code::Violated,
        Conformance::Inconclusive(_) => Code::Inconclusive,
    };
    if let Some(path) = asked.perfetto {
        let about = [("trace", name.as_str()), ("design", asked.design)];
        picture::write(path, &rows(&recording), &about)?;
    }
    let text = if search::is_json(cli) {
        format!("{:#}\n", validation::json(&result, &name, asked.design))
    } else {
        validation::screen(&result, &name, asked.design, search::style())
    };
    Ok((text, code))
}

/// The recorded events as rows of a picture: a sent signal has an arrow, a postmaster's state a
/// slice.
fn rows(recording: &Recording) -> Vec<Row> {
    let events = recording.raws.iter().filter(|raw| raw.ev != "outcome");
    let mut rows: Vec<Row> = events
        .clone()
        .map(|raw| {
            let to = (raw.ev == "signal_send").then(|| raw.text("to")).flatten();
            let to = to.map(|to| to.trim_start_matches("group:").to_owned());
            let to = to.into_iter().collect();
            perfetto::event(raw.t, &raw.actor, &raw.ev, &raw.words(), raw.line, to)
        })
        .collect();
    let end = events.clone().map(|raw| raw.t).fold(0.0, f64::max);
    let states: Vec<(f64, &str)> = events
        .filter(|raw| raw.ev == "pm_state")
        .filter_map(|raw| Some((raw.t, raw.text("state")?)))
        .collect();
    for (n, (from, state)) in states.iter().enumerate() {
        let until = states.get(n + 1).map_or(end, |next| next.0);
        rows.push(perfetto::pm_state(state, *from, until));
    }
    rows
}

/// The text of a file, which may be gzipped.
fn read(path: &Path) -> Result<String, InputError> {
    let failed = |error: &std::io::Error| {
        InputError::new(
            &format!("cannot read `{}`: {error}", path.display()),
            "give the path of a trace, one JSON object a line, plain or gzipped",
        )
    };
    let bytes = std::fs::read(path).map_err(|e| failed(&e))?;
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        GzDecoder::new(bytes.as_slice())
            .read_to_string(&mut text)
            .map_err(|e| failed(&e))?;
    } else {
        bytes
            .as_slice()
            .read_to_string(&mut text)
            .map_err(|e| failed(&e))?;
    }
    Ok(text)
}
