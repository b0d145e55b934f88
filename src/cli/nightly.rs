//! The flags of `nightly`.

use clap::Args;

/// A night.
#[derive(Clone, Debug, Args)]
pub(crate) struct Nightly {
    /// The budget in minutes. What runs when they are over is stopped, and is inconclusive.
    #[arg(long, value_name = "M", conflicts_with = "units")]
    pub(crate) minutes: Option<f64>,
    /// The budget in units of work: the same ones on any machine.
    #[arg(long, value_name = "N")]
    pub(crate) units: Option<u64>,
    /// The directory of database, journals, corpus and reports. The same command goes on with a
    /// night that was killed.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: std::path::PathBuf,
    /// Designs, scenarios, traces and accepted violations: a TOML file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<std::path::PathBuf>,
    /// This machine's part of the units: `2/8`. Needs `--seed`.
    #[arg(long, value_name = "K/N", value_parser = crate::commands::nightly::shard)]
    pub(crate) shard: Option<nightly::unit::Shard>,
    /// The seed of the walks; default: that of the killed night, or a fresh one.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Write GitHub's annotations to stderr.
    #[arg(long, env = "GITHUB_ACTIONS", hide_env_values = true,
          value_parser = clap::builder::BoolishValueParser::new(), num_args = 0,
          default_missing_value = "true", default_value = "false")]
    pub(crate) github: bool,
    /// Run nothing: print and write the reports of the last night again.
    #[arg(long, conflicts_with_all = ["minutes", "units", "config", "shard", "seed"])]
    pub(crate) report: bool,
}
