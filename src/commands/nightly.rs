//! `nightly`: history, searches, walks, corpus and traces within a budget; what is new since.

use std::path::{Path, PathBuf};

use nightly::night::{self, Asked, Budget};
use nightly::store::{NAME, Store};
use nightly::summary::{self, Ending, Summary};
use nightly::unit::{Shard, stable_hash};
use nightly::{NightlyError, annotations, config, junit, sarif};

use super::{Outcome, search};
use crate::cli::{Cli, Nightly};
use crate::exit::Code;
use crate::input::InputError;
use crate::output;
use crate::progress::Units;

/// Runs the command.
pub(super) fn run(cli: &Cli, args: &Nightly) -> Outcome {
    if args.report {
        let store = Store::existing(&args.out.join(NAME))?;
        let night = summary::last(&store)?;
        let summary = summary::read(&store, &args.out, &night)?;
        write_reports(&args.out, &store, &summary)?;
        return Ok(shown(cli, args, &summary));
    }
    let units = Units::new();
    let run = night::run(&asked(cli, args)?, &|record, done| units.note(record, done));
    let night = run?;
    units.finish();
    for note in &night.notes {
        output::complain(note);
    }
    let read = summary::read(&night.store, &args.out, &night.night);
    let summary = match (&night.error, read) {
        (Some(error), Err(_)) => return Err(error.clone().into()),
        (_, read) => read?,
    };
    let (text, code) = shown(cli, args, &summary);
    if let Some(error) = night.error {
        // What was found is told all the same.
        let _ = output::print(&text);
        return Err(error.into());
    }
    write_reports(&args.out, &night.store, &summary)?;
    night.store.close()?;
    Ok((text, code))
}

impl From<NightlyError> for InputError {
    fn from(error: NightlyError) -> InputError {
        InputError::told(error.to_string())
    }
}

fn asked(cli: &Cli, args: &Nightly) -> Result<Asked, InputError> {
    let budget = match (args.minutes, args.units) {
        (_, Some(units)) => Budget::Units(units),
        (Some(minutes), None) if minutes.is_finite() && minutes > 0.0 => Budget::Minutes(minutes),
        (Some(minutes), None) => {
            return Err(InputError::new(
                &format!("`--minutes {minutes}` is no time"),
                "give a number above 0",
            ));
        }
        (None, None) => {
            return Err(InputError::new(
                "how long may the night take?",
                "give `--minutes M`, or `--units N` for so many units of work",
            ));
        }
    };
    let shard = args.shard.unwrap_or_default();
    if shard.n > 1 && args.seed.is_none() {
        return Err(InputError::new(
            "`--shard` needs `--seed N`",
            "give all machines of a night the same seed, such as the number of the CI run",
        ));
    }
    let config = match &args.config {
        Some(path) => config::read(path),
        None => config::default(),
    };
    Ok(Asked {
        out: args.out.clone(),
        config: config?,
        budget,
        shard,
        seed: args.seed,
        threads: cli.common.threads(),
        memory_max: cli
            .common
            .memory
            .map_or_else(crate::memory::available, |m| m.0),
        build: build(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// Hash of this command's file: results of another build are another's.
fn build() -> String {
    let bytes = std::env::current_exe().and_then(std::fs::read);
    let hash = bytes.map_or(0, |bytes| stable_hash(&bytes));
    format!("{:08x}", hash >> 32)
}

/// The summary as it is asked for, and the exit code. Annotations go to stderr, where GitHub's
/// runner reads them, too.
fn shown(cli: &Cli, args: &Nightly, summary: &Summary) -> (String, Code) {
    if args.github {
        output::complain(annotations::annotations(summary).trim_end());
    }
    let code = match summary.ending {
        Ending::NothingNew => Code::Holds,
        Ending::Inconclusive => Code::Inconclusive,
        Ending::New => Code::Violated,
        Ending::Panicked => Code::Internal,
    };
    let text = if search::is_json(cli) {
        format!("{:#}\n", serde_json::json!(summary))
    } else {
        let files = format!("\nFiles: {}\n", args.out.display());
        summary::text(summary) + &files
    };
    (text, code)
}

fn write_reports(out: &Path, store: &Store, summary: &Summary) -> Result<(), InputError> {
    let reports: [(&str, String); 3] = [
        ("summary.md", summary::markdown(summary)),
        ("junit.xml", junit::junit(store, summary)?),
        ("results.sarif", format!("{:#}\n", sarif::sarif(summary))),
    ];
    for (name, text) in reports {
        let path: PathBuf = out.join(name);
        std::fs::write(&path, text).map_err(|e| NightlyError::write(&path, &e))?;
    }
    Ok(())
}

/// Reads a shard for the command line.
pub(crate) fn shard(text: &str) -> Result<Shard, String> {
    Shard::parse(text)
}
