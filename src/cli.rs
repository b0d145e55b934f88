//! The command line: every flag with its help.

mod nightly;
mod replay;
pub(crate) mod source;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::nightly::Nightly;
pub(crate) use self::replay::Replay;
use crate::exit::Code;
use crate::output;

/// Judges designs of PostgreSQL's shutdown protocol by all their interleavings.
///
/// Without a command: judges the proposal of 2023-07-21 beside today's releases, in the default
/// scenarios. Exit status: 0 all hold, 1 something is violated, 2 inconclusive, 64 usage or bad
/// input file, 70 our bug.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Bounds and output.
    #[command(flatten)]
    pub(crate) common: Common,
    /// Log of the run itself, to stderr: `error`, `warn`, `info`, `debug`, `trace`, or a filter
    /// such as `info,sim=debug`.
    #[arg(long, global = true, value_name = "LEVEL|FILTER")]
    pub(crate) log: Option<String>,
    /// How the log is written: lines for people, or a JSON object a line.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, requires = "log")]
    pub(crate) log_format: Format,
}

impl Cli {
    /// The command's name, for the log.
    pub(crate) fn name(&self) -> &'static str {
        match &self.command {
            None => "judge",
            Some(Command::Verify { .. }) => "verify",
            Some(Command::Compare { .. }) => "compare",
            Some(Command::Ablate { .. }) => "ablate",
            Some(Command::Endings { .. }) => "endings",
            Some(Command::History { .. }) => "history",
            Some(Command::Validate { .. }) => "validate",
            Some(Command::Simulate { .. }) => "simulate",
            Some(Command::Replay(_)) => "replay",
            Some(Command::Nightly(_)) => "nightly",
            Some(Command::Merge { .. }) => "merge",
            Some(Command::Explain { .. }) => "explain",
            Some(Command::Serve { .. }) => "serve",
            Some(Command::List { .. }) => "list",
            Some(Command::Source(_)) => "source",
        }
    }
}

/// Flags that every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// How to print the result.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Threads: of the search, where there is one; else so many searches at a time. Default: 2.
    #[arg(long, global = true, value_name = "N",
          value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: Option<u16>,
    /// Give a search up (inconclusive) after this many transitions. Default: 60000000.
    #[arg(long, global = true, value_name = "N")]
    pub(crate) transitions_max: Option<usize>,
    /// Give a search up (inconclusive) after this many seconds. Default: 600.
    #[arg(long, global = true, value_name = "SECONDS")]
    pub(crate) seconds_max: Option<u64>,
    /// The checker: packed states; whole states, the plain search that the first is held to;
    /// packed states on timely dataflow, for several machines; stateright, the reference. The last
    /// two leave leads-to properties inconclusive.
    #[arg(long, global = true, value_name = "NAME", value_enum,
          default_value_t = EngineName::Packed)]
    pub(crate) engine: EngineName,
    /// Tell states apart that differ only in the order of like walsenders.
    #[arg(long, global = true)]
    pub(crate) no_symmetry: bool,
    /// Do not interleave steps that nobody can observe: fewer states, the same verdicts; stories
    /// may have a few more steps than needed. Far fewer with `--property safety`.
    #[arg(long, global = true)]
    pub(crate) partial_order: bool,
    /// Give a search up (inconclusive) before it takes more memory: `500MiB`, `4GiB`. For
    /// `--engine packed` and, by process, `timely`. Default: three quarters of what the machine has
    /// free.
    #[arg(long, global = true, value_name = "SIZE", value_parser = crate::memory::parse)]
    pub(crate) memory: Option<crate::memory::Size>,
}

impl Common {
    /// Threads, as given or by default.
    pub(crate) fn threads(&self) -> usize {
        usize::from(self.threads.unwrap_or(2))
    }

    /// Transitions after which a search is given up.
    pub(crate) fn transitions_max(&self) -> usize {
        self.transitions_max.unwrap_or(60_000_000)
    }

    /// Seconds after which a search is given up.
    pub(crate) fn seconds_max(&self) -> u64 {
        self.seconds_max.unwrap_or(600)
    }
}

/// A search on disk.
#[derive(Clone, Debug, Args)]
pub(crate) struct Keeping {
    /// Write the search to this directory on the way, so that it can be gone on with whatever
    /// becomes of this process. For one scenario and `--engine packed`.
    #[arg(long, value_name = "DIR")]
    pub(crate) checkpoint: Option<std::path::PathBuf>,
    /// How often, at the next end of a level: `60s`, `10min`, `1h`.
    #[arg(long, value_name = "TIME", default_value = "60s", requires = "checkpoint",
          value_parser = crate::interval::parse)]
    pub(crate) checkpoint_every: crate::interval::Seconds,
    /// Go on with the search in this directory: design, scenario, properties and bounds are its
    /// own, but for the bounds that are given here.
    #[arg(long, value_name = "DIR",
          conflicts_with_all =
              ["design", "checkpoint", "scenarios", "all_scenarios", "properties"])]
    pub(crate) resume: Option<std::path::PathBuf>,
}

/// A picture of a shutdown.
#[derive(Clone, Debug, Args)]
pub(crate) struct Picture {
    /// Also write the shutdown as a trace for Perfetto's UI and chrome://tracing, a track for each
    /// process: the first story that is told, or the recorded events.
    #[arg(long, value_name = "FILE")]
    pub(crate) perfetto: Option<std::path::PathBuf>,
}

/// Text for people, JSON for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Scenarios and properties to judge.
#[derive(Clone, Debug, Args)]
pub(crate) struct Selection {
    /// A built-in scenario's name or a TOML file; may be given again. Default: the default
    /// scenarios.
    #[arg(long = "scenario", value_name = "NAME|FILE.toml")]
    pub(crate) scenarios: Vec<String>,
    /// Every built-in scenario but the large ones.
    #[arg(long, conflicts_with = "scenarios")]
    pub(crate) all_scenarios: bool,
    /// A property's id, or `safety` or `liveness` for all of a kind; may be given again. Default:
    /// all.
    #[arg(long = "property", value_name = "ID")]
    pub(crate) properties: Vec<String>,
}

/// Names of checkers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineName {
    /// Packed states: exact, in parallel.
    Packed,
    /// Whole states: exact and plain.
    Graph,
    /// Packed states on timely dataflow: threads, processes, hosts; without liveness.
    Timely,
    /// stateright's breadth-first search, without liveness.
    Stateright,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge one design: a verdict for each property, a shortest story for each violation.
    Verify {
        /// A release or proposal, plus or minus switches: `pg17-e0b2eed047`.
        #[arg(required_unless_present = "resume")]
        design: Option<String>,
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        keeping: Keeping,
        /// Also write JSON and stories into this directory.
        #[arg(long, value_name = "DIR")]
        report: Option<std::path::PathBuf>,
        /// Print the stories of all violations, not only the first of each property.
        #[arg(long)]
        stories: bool,
        /// Print how often each step was taken, and which never.
        #[arg(long)]
        coverage: bool,
        /// For `--engine timely`: which threads, processes and hosts search together, `-w 2 -n 2 -p
        /// 0 -h hosts.txt`. Each process takes the same command with its own `-p`; process 0 prints
        /// the result. docs/cluster.md is the guide.
        #[arg(
            last = true,
            allow_hyphen_values = true,
            value_name = "TIMELY'S OPTIONS"
        )]
        timely: Vec<String>,
        #[command(flatten)]
        picture: Picture,
    },
    /// Two designs side by side: verdicts, and the endings that only one can reach.
    Compare {
        /// One design.
        left: String,
        /// The other.
        right: String,
        #[command(flatten)]
        selection: Selection,
    },
    /// Take each switch of a design away in turn: what breaks without it.
    Ablate {
        /// The design.
        design: String,
        #[command(flatten)]
        selection: Selection,
    },
    /// Every reachable ending of a design in a scenario.
    Endings {
        /// The design.
        design: String,
        /// A built-in scenario's name or a TOML file.
        #[arg(long, value_name = "NAME|FILE.toml")]
        scenario: String,
        /// Print the shortest story of this ending (its number in the list).
        #[arg(long, value_name = "N")]
        story: Option<usize>,
    },
    /// The real cases: before must break as recorded, after must hold.
    History {
        /// A case's id, to tell its stories; may be given again. Default: the table of all.
        #[arg(value_name = "ID")]
        cases: Vec<String>,
        /// Also run what CI leaves out: each case's scenarios in every release that is cared for.
        #[arg(long)]
        all: bool,
    },
    /// Is a recorded shutdown of a real server a behaviour of a design?
    ///
    /// Exit status: 0 accepted and every promise kept, 1 rejected or a promise broken, 2 the search
    /// was given up, 64 bad file. docs/traces.md has the format.
    Validate {
        /// The trace: one JSON object a line, plain or gzipped.
        #[arg(value_name = "TRACE.jsonl")]
        trace: std::path::PathBuf,
        /// The design that it is compared with.
        #[arg(long)]
        design: String,
        /// What was there before and after the stop; default: outcome.json beside the trace, or
        /// the trace's own event `outcome`.
        #[arg(long, value_name = "FILE")]
        outcome: Option<std::path::PathBuf>,
        /// A property to judge along the run, or `safety` or `liveness` for all of a kind; may be
        /// given again. Default: all.
        #[arg(long = "property", value_name = "ID")]
        properties: Vec<String>,
        /// Give the search up (inconclusive) after this many states.
        #[arg(long, default_value_t = sim::conformance::STATES_MAX, value_name = "N")]
        states_max: usize,
        #[command(flatten)]
        picture: Picture,
    },
    /// Random shutdowns of a design, in drawn scenarios: what breaks, how long they take.
    ///
    /// A function of design, scenario, seed and number of walks: the same seed gives the same bytes
    /// on any machine. Exit status: 0 no walk broke a promise, 1 one did, 2 a walk came to no end
    /// and none broke a promise. docs/walks.md says what a walk is.
    Simulate {
        /// The design.
        design: String,
        /// The seed; default: drawn, and printed first.
        #[arg(long, value_name = "N")]
        seed: Option<u64>,
        /// Number of walks; default: 20000, or as many as fit into `--minutes`.
        #[arg(long, value_name = "N")]
        runs: Option<u64>,
        /// Begin no further round of walks after so many minutes.
        #[arg(long, value_name = "M")]
        minutes: Option<f64>,
        /// A built-in scenario's name or a TOML file, instead of drawn ones.
        #[arg(long, value_name = "NAME|FILE.toml")]
        scenario: Option<String>,
        /// A property's id, or `safety` or `liveness` for all of a kind; may be given again.
        /// Default: all.
        #[arg(long = "property", value_name = "ID")]
        properties: Vec<String>,
        /// One strategy instead of all in turn: uniform, pct, partial-order, swarm, starving, fair
        /// or timed.
        #[arg(long, value_name = "NAME")]
        strategy: Option<String>,
        /// Where schedules that broke a promise are kept, and replayed from first.
        #[arg(long, value_name = "DIR", default_value = "shutcheck-corpus")]
        corpus: std::path::PathBuf,
        #[command(flatten)]
        picture: Picture,
    },
    /// Take the steps of a schedule file again, one by one, and judge them.
    ///
    /// Exit status: 0 the promise that it is kept for is not broken, 1 it is, 64 bad file.
    Replay(Replay),
    /// Everything within a budget: corpus, history, searches, walks, traces; what is new since.
    ///
    /// Exit status: 0 nothing new is violated, 1 something is, 2 nothing new and something is
    /// undecided or was not run, 64 bad file or full disk, 70 our bug. See docs/nightly.md.
    Nightly(Nightly),
    /// Join databases of `nightly`: those of several machines, or of several places.
    ///
    /// Doing it again adds nothing. Exit status: 0 joined, 1 two of them say different things of
    /// the same unit, 64 bad file.
    Merge {
        /// The databases to add.
        #[arg(value_name = "DB", required = true)]
        databases: Vec<std::path::PathBuf>,
        /// The database that they are added to; made if there is none.
        #[arg(long, value_name = "DB")]
        out: std::path::PathBuf,
    },
    /// Tell the counterexamples of a JSON report step by step; or explain a property.
    Explain {
        /// A JSON file written by `verify --report` or `--format json`, or a property's id.
        what: String,
        #[command(flatten)]
        picture: Picture,
    },
    /// What PostgreSQL's branches and patches say of the model. See docs/source.md.
    #[command(subcommand)]
    Source(source::Source),
    /// stateright's explorer: go through a design's states by hand, in a browser.
    Serve {
        /// The design.
        design: String,
        /// A built-in scenario's name or a TOML file.
        #[arg(long, value_name = "NAME|FILE.toml", default_value = "idle")]
        scenario: String,
        /// Where to listen.
        #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:3000")]
        address: std::net::SocketAddr,
    },
    /// List what there is.
    List {
        /// What to list.
        #[arg(value_enum)]
        what: Listing,
    },
}

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Listing {
    /// Releases and the proposal.
    Designs,
    /// Behavioural differences, with their commits.
    Switches,
    /// Built-in scenarios.
    Scenarios,
    /// Promises that are judged.
    Properties,
    /// Steps of the model, with the C function of each.
    Steps,
    /// The real cases, and those that are left out.
    History,
}

/// Parses the command line; help and version are printed here.
pub(crate) fn parse() -> Result<Cli, Code> {
    Cli::try_parse().map_err(|error| {
        let text = error.to_string();
        if error.use_stderr() {
            output::complain(text.trim_end());
            Code::Usage
        } else {
            match output::print(&text) {
                Ok(()) => Code::Holds,
                Err(_) => Code::Internal,
            }
        }
    })
}
