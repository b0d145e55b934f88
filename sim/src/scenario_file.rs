//! Scenario files: from TOML to [`Scenario`], with a diagnostic for whatever is wrong.
//!
//! The schema is documented in `docs/scenarios.md`. Nothing is guessed: unknown keys, wrong values
//! and combinations that no server can be in are refused, with the place and what to do.

mod check;
mod diagnostic;
mod processes;
mod raw;
mod segments;
mod walsender;
mod words;
mod write;

use model::scenario::Scenario;

pub use diagnostic::{Problem, ScenarioError, Source};
use raw::RawFile;
pub use words::nearest;
pub use write::to_toml;

/// A scenario with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name of a built-in scenario, or the path of the file.
    pub name: String,
    /// One sentence about it; empty if the file has none.
    pub about: String,
    /// The scenario.
    pub scenario: Scenario,
}

/// The scenario that `text` describes. `origin` is its name in diagnostics and in the result.
///
/// # Errors
/// When `text` is not TOML, has an unknown key or a wrong value, or describes something that cannot
/// be. The first thing that is wrong is reported.
///
/// # Examples
/// ```
/// let named = sim::scenario_file::parse("my.toml", "requests = [\"fast\"]").unwrap();
/// assert_eq!(named.scenario.backlog_len(), 0);
///
/// let error = sim::scenario_file::parse("my.toml", "requests = [\"quick\"]").unwrap_err();
/// assert_eq!((error.line, error.column), (1, 13));
/// ```
pub fn parse(origin: &str, text: &str) -> Result<Named, ScenarioError> {
    let source = Source { origin, text };
    let raw: RawFile = toml::from_str(text).map_err(|error| source.toml_error(error))?;
    let scenario = check::scenario(&raw).map_err(|problem| source.error(problem))?;
    let about = raw.about.unwrap_or_default();
    Ok(Named {
        name: origin.to_owned(),
        about,
        scenario,
    })
}
