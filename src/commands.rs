//! One file for each command. A command returns its text and its exit code; it prints nothing.

mod ablate;
mod cluster;
mod compare;
mod endings;
mod explain;
mod history;
mod judge;
mod list;
mod merge;
pub(crate) mod nightly;
mod parts;
mod picture;
mod replay;
mod saved;
mod search;
mod serve;
mod simulate;
mod source;
mod validate;
mod verify;

use crate::cli::{Cli, Command};
use crate::exit::Code;
use crate::input::InputError;

/// What a command yields.
pub(crate) type Outcome = Result<(String, Code), InputError>;

/// Runs the command of `cli`.
pub(crate) fn run(cli: &Cli) -> Outcome {
    match &cli.command {
        None => judge::run(cli),
        Some(Command::Verify {
            design,
            selection,
            keeping,
            report,
            stories,
            coverage,
            timely,
            picture,
        }) => {
            let show = verify::Show {
                stories: *stories,
                coverage: *coverage,
                perfetto: picture.perfetto.as_deref(),
            };
            let asked = verify::Asked {
                design: design.as_deref().unwrap_or_default(),
                selection,
                keeping,
                timely,
            };
            verify::run(cli, asked, report.as_deref(), show)
        }
        Some(Command::Compare {
            left,
            right,
            selection,
        }) => compare::run(cli, left, right, selection),
        Some(Command::Ablate { design, selection }) => ablate::run(cli, design, selection),
        Some(Command::Endings {
            design,
            scenario,
            story,
        }) => endings::run(cli, design, scenario, *story),
        Some(Command::History { cases, all }) => history::run(cli, cases, *all),
        Some(Command::Validate {
            trace,
            design,
            outcome,
            properties,
            states_max,
            picture,
        }) => validate::run(
            cli,
            validate::Asked {
                trace,
                design,
                outcome: outcome.as_deref(),
                properties,
                states_max: *states_max,
                perfetto: picture.perfetto.as_deref(),
            },
        ),
        Some(command @ Command::Simulate { .. }) => simulate::run(cli, command),
        Some(Command::Nightly(args)) => nightly::run(cli, args),
        Some(Command::Merge { databases, out }) => merge::run(cli, databases, out),
        Some(Command::Replay(args)) => replay::run(cli, args),
        Some(Command::Explain { what, picture }) => explain::run(what, picture),
        Some(Command::Serve {
            design,
            scenario,
            address,
        }) => serve::run(design, scenario, *address),
        Some(Command::Source(what)) => source::run(cli, what),
        Some(Command::List { what }) => list::run(cli, *what),
    }
}
