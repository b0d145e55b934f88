//! `explain`: a report's counterexamples told step by step, or a property and why it matters.

use std::path::Path;

use properties::{pair, property, slot_life, upgrade_check};
use reports::{explain, perfetto};
use serde_json::Value;

use super::{Outcome, picture, search};
use crate::cli::Picture;
use crate::exit::Code;
use crate::input::{self, InputError};

/// Runs the command.
pub(super) fn run(what: &str, picture: &Picture) -> Outcome {
    let style = search::style();
    if let Some(text) = explained(what) {
        if let Some(path) = &picture.perfetto {
            picture::write(path, &[], &[])?;
        }
        return Ok((text, Code::Holds));
    }
    let is_file = Path::new(what).exists() || what.contains(['/', '.']);
    if !is_file {
        return Err(InputError::new(
            &format!("`{what}` is neither a property nor a file"),
            "`shutcheck list properties` shows the properties; `shutcheck verify DESIGN --report \
             DIR` writes files that can be explained",
        ));
    }
    let value: Value = serde_json::from_str(&input::read(what)?).map_err(|error| {
        InputError::new(
            &format!("`{what}` is not JSON: {error}"),
            "give a file written by `verify --report DIR` or `--format json`",
        )
    })?;
    let text = explain::report(&value, style).map_err(|message| {
        InputError::new(
            &format!("`{what}` is not a report: {message}"),
            "give a file written by `verify --report DIR` or `--format json`",
        )
    })?;
    if let Some(path) = &picture.perfetto {
        let (rows, about) = perfetto::report(&value);
        let about: Vec<_> = about.iter().map(|(k, v)| (*k, v.as_str())).collect();
        picture::write(path, &rows, &about)?;
    }
    Ok((text, Code::Holds))
}

/// The property of this id, on every machine that has one.
fn explained(id: &str) -> Option<String> {
    let style = search::style();
    let told = [
        property(id).map(|p| explain::property(p, style)),
        slot_life::property(id).map(|p| explain::property(p, style)),
        upgrade_check::property(id).map(|p| explain::property(p, style)),
        pair::property(id).map(|p| explain::property(p, style)),
    ];
    let told: Vec<String> = told.into_iter().flatten().collect();
    (!told.is_empty()).then(|| told.join("\n"))
}
