//! `merge`: joins the databases of several machines.

use std::path::{Path, PathBuf};

use nightly::store::Store;
use nightly::{NightlyError, merge};
use serde_json::json;

use super::{Outcome, search};
use crate::cli::Cli;
use crate::exit::Code;
use crate::input::InputError;

/// Runs the command.
pub(super) fn run(cli: &Cli, databases: &[PathBuf], out: &Path) -> Outcome {
    let told = |error: NightlyError| InputError::told(error.to_string());
    let mut into = Store::open(out).map_err(told)?;
    let (mut units, mut conflicts) = (0, 0);
    for database in databases {
        let merged = merge::merge(&mut into, database).map_err(told)?;
        units += merged.units;
        conflicts += merged.conflicts;
    }
    into.close().map_err(told)?;
    let code = match conflicts {
        0 => Code::Holds,
        _ => Code::Violated,
    };
    let text = if search::is_json(cli) {
        let value = json!({ "databases": databases.len(), "units": units, "conflicts": conflicts });
        format!("{value:#}\n")
    } else {
        let flaky = match conflicts {
            0 => String::new(),
            n => format!("; {n} verdicts differ from those that were there: see `flaky`"),
        };
        let n = databases.len();
        format!("{units} units added from {n} databases{flaky}\n")
    };
    Ok((text, code))
}
