//! `simulate`: random shutdowns of a design.

use std::path::Path;

use properties::Outcome as Verdicted;
use reports::walks;
use sim::walk::campaign::{self, Plan, Progress};
use sim::walk::corpus::{self, CorpusError};
use sim::walk::schedulers::Strategy;
use sim::walk::{dice, findings};

use super::{Outcome, picture, search};
use crate::cli::{Cli, Command};
use crate::input::{self, InputError};
use crate::progress::Walking;
use crate::{exit, output};

/// Walks where neither a number nor a time is given.
const RUNS: u64 = 20_000;

/// What to simulate.
#[derive(Clone, Copy, Debug)]
struct Asked<'a> {
    /// The design.
    design: &'a str,
    /// The seed, if given.
    seed: Option<u64>,
    /// Number of walks.
    runs: Option<u64>,
    /// Time.
    minutes: Option<f64>,
    /// One scenario.
    scenario: Option<&'a str>,
    /// What to judge.
    properties: &'a [String],
    /// One strategy.
    strategy: Option<&'a str>,
    /// Where schedules are kept.
    corpus: &'a Path,
    /// Where the first story goes as a picture.
    perfetto: Option<&'a Path>,
}

/// Runs the command, which is a [`Command::Simulate`].
pub(super) fn run(cli: &Cli, command: &Command) -> Outcome {
    let Command::Simulate {
        design,
        seed,
        runs,
        minutes,
        scenario,
        properties,
        strategy,
        corpus,
        picture,
    } = command
    else {
        unreachable!("`commands::run` sends no other command here");
    };
    simulate(
        cli,
        Asked {
            design,
            seed: *seed,
            runs: *runs,
            minutes: *minutes,
            scenario: scenario.as_deref(),
            properties,
            strategy: strategy.as_deref(),
            corpus,
            perfetto: picture.perfetto.as_deref(),
        },
    )
}

fn simulate(cli: &Cli, asked: Asked<'_>) -> Outcome {
    let plan = plan(cli, asked)?;
    output::complain(&format!("seed {}", plan.seed));
    let kept = corpus::read(asked.corpus).map_err(|error| bad_corpus(&error))?;
    let watch = Walking::new(plan.walks);
    let minutes = asked.minutes.unwrap_or(f64::INFINITY);
    let (mut found, raws) = campaign::run(&plan, &kept, &mut |progress: Progress| {
        watch.note(progress);
        watch.seconds() < minutes * 60.0
    });
    watch.finish(&found);
    if found.corpus.0 > 0 {
        output::complain(&format!(
            "corpus: {} schedules replayed, {} of them break a promise",
            found.corpus.0, found.corpus.1
        ));
    }
    for raw in &raws {
        let Some((mut finding, schedule)) = findings::tell(&plan, raw) else {
            continue;
        };
        let path = corpus::keep(asked.corpus, &schedule).map_err(|error| bad_corpus(&error))?;
        finding.file = Some(path.display().to_string());
        found.findings.push(finding);
    }
    match (asked.perfetto, found.findings.first()) {
        (Some(path), Some(first)) => {
            let about = [("property", first.property.id), ("design", asked.design)];
            picture::story(path, &first.world, &first.run, &about)?;
        }
        (Some(path), None) => picture::write(path, &[], &[])?,
        (None, _) => {}
    }
    let outcome = if !found.findings.is_empty() {
        Verdicted::Violated
    } else if found.undecided > 0 {
        Verdicted::Inconclusive
    } else {
        Verdicted::Holds
    };
    let code = exit::of_outcomes([outcome]);
    let text = if search::is_json(cli) {
        format!("{:#}\n", walks::walks_json(&found))
    } else {
        walks::screen(&found, search::style())
    };
    Ok((text, code))
}

fn plan(cli: &Cli, asked: Asked<'_>) -> Result<Plan, InputError> {
    let scenario = asked.scenario.map(input::scenario_to_walk).transpose()?;
    let strategy = asked.strategy.map(strategy).transpose()?;
    if let Some(minutes) = asked.minutes.filter(|m| !(m.is_finite() && *m > 0.0)) {
        return Err(InputError::new(
            &format!("`--minutes {minutes}` is no time"),
            "give a number above 0",
        ));
    }
    Ok(Plan {
        name: asked.design.to_owned(),
        design: input::design(asked.design)?,
        scenario: scenario.map(|named| (named.name, named.scenario)),
        seed: asked.seed.unwrap_or_else(dice::fresh_seed),
        walks: asked.runs.or(asked.minutes.is_none().then_some(RUNS)),
        strategy,
        threads: cli.common.threads(),
        properties: input::properties_named(asked.properties)?,
    })
}

fn strategy(name: &str) -> Result<Strategy, InputError> {
    let names: Vec<String> = Strategy::ALL
        .iter()
        .map(|s| format!("`{}`", s.name()))
        .collect();
    Strategy::named(name).ok_or_else(|| {
        InputError::new(
            &format!("unknown strategy `{name}`"),
            &format!("the strategies are {}", names.join(", ")),
        )
    })
}

fn bad_corpus(error: &CorpusError) -> InputError {
    InputError::told(error.to_string())
}
