//! Flags of `source`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What to ask the source.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Source {
    /// The model against PostgreSQL's branches: a list to work off.
    ///
    /// Looks in each release's branch for the functions that the steps cite, for the commits that
    /// its switches say, for commits that no switch knows, and for functions that changed since a
    /// person last compared them. Exit status: 0 nothing on the list, 1 a list, 2 a release that
    /// the clone does not have, 64 no repository or bad flag.
    ///
    /// Example: shutcheck source audit --repo ~/postgresql.git --release pg17
    Audit(Audit),
    /// What a change of PostgreSQL touches: steps, switches, scenarios, findings.
    ///
    /// Exit status: 0 none, 1 some, 64 no repository, unknown change, or bad patch.
    ///
    /// Examples: shutcheck source touches --repo DIR REL_17_STABLE~20..REL_17_STABLE;
    /// shutcheck source touches --repo DIR CF6451;
    /// shutcheck source touches --repo DIR --branches 'cf/*' --journal cf.jsonl
    Touches(Touches),
}

/// Flags of `source audit`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Audit {
    /// A clone of PostgreSQL, with or without a working tree. It is only read.
    #[arg(long, value_name = "DIR")]
    pub(crate) repo: PathBuf,
    /// Judge this release; may be given again. Default: all.
    #[arg(long = "release", value_name = "NAME")]
    pub(crate) releases: Vec<String>,
    /// Where a release is, if its branch has another name than PostgreSQL's.
    #[arg(long = "branch", value_name = "RELEASE=REF")]
    pub(crate) branches: Vec<String>,
    /// The file of what was looked at. Default: sim/source/data/accepted.txt, where the command
    /// runs in the project's tree; else the one that was built in.
    #[arg(long, value_name = "FILE")]
    pub(crate) accepted: Option<PathBuf>,
    /// Write today's functions, and the commits of branches that are on the list, to the file of
    /// what was looked at: after you have compared them.
    #[arg(long)]
    pub(crate) accept: bool,
}

/// Flags of `source touches`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Touches {
    /// The change: `A..B`, a commit by its hash on master or on a branch, or an open patch as
    /// `CF6451`.
    #[arg(value_name = "CHANGE", required_unless_present_any = ["patch", "branches"],
          conflicts_with_all = ["patch", "branches"])]
    pub(crate) change: Option<String>,
    /// A clone of PostgreSQL, with or without a working tree. It is only read.
    #[arg(long, value_name = "DIR")]
    pub(crate) repo: PathBuf,
    /// A patch file, of one commit or several.
    #[arg(long, value_name = "FILE", conflicts_with = "branches")]
    pub(crate) patch: Option<PathBuf>,
    /// What the patch is applied to.
    #[arg(long, value_name = "REF", default_value = "master", requires = "patch")]
    pub(crate) on: String,
    /// A table of all branches of this pattern, each against its merge base with master: `cf/*`.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) branches: Option<String>,
    /// Keep results in this file: after an interrupt, only what is missing or has moved is judged.
    #[arg(long, value_name = "FILE", requires = "branches")]
    pub(crate) journal: Option<PathBuf>,
}
