//! `replay`.

use clap::Args;

use super::Picture;

/// A schedule, and what is made of it.
#[derive(Clone, Debug, Args)]
pub(crate) struct Replay {
    /// The schedule: written by `simulate`, or by hand. docs/walks.md has the format.
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
    /// Write what recorders of a real server would see of the run, as `validate` reads it.
    #[arg(long, value_name = "TRACE.jsonl")]
    pub(crate) trace: Option<std::path::PathBuf>,
    #[command(flatten)]
    pub(crate) picture: Picture,
}
