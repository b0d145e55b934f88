//! Searches on disk: begun with `--checkpoint`, gone on with by `--resume`.

use std::path::Path;

use properties::{Property, Run};
use sim::batch::{Event, Job};
use sim::checker;
use sim::saved::Error;
use sim::saved::{self, Bounds, Saving};
use sim::scenario_file::Named;

use crate::cli::{Cli, EngineName, Keeping};
use crate::input::{self, InputError};
use crate::memory;
use crate::progress::Line;

/// Searches `design` in the one scenario given, and writes the search to `directory`.
pub(super) fn begin(
    cli: &Cli,
    keeping: &Keeping,
    directory: &Path,
    design: &str,
    scenarios: &[Named],
    properties: &[&'static Property],
) -> Result<Vec<Run>, InputError> {
    let [scenario] = scenarios else {
        return Err(InputError::new(
            "a checkpoint is of one search",
            "name one scenario with `--scenario`",
        ));
    };
    if cli.common.engine != EngineName::Packed {
        return Err(InputError::new(
            "only the packed engine writes checkpoints",
            "add `--engine packed`",
        ));
    }
    let designs = [(design.to_owned(), input::design(design)?)];
    let jobs = input::jobs(&designs, scenarios, properties);
    let job = &jobs[0];
    let bounds = Bounds {
        transitions_max: cli.common.transitions_max(),
        seconds_max: cli.common.seconds_max(),
        threads: cli.common.threads(),
        memory_max: cli.common.memory.map(|size| size.0),
        symmetry: !cli.common.no_symmetry,
        partial_order: cli.common.partial_order,
        every: keeping.checkpoint_every.0,
    };
    let line = Line::new(1);
    let warn = |text: &str| line.complain(text);
    let mut saving = saved::begin(directory, job, scenario, bounds, warn)
        .map_err(|error| refused(&error, directory, job, scenario))?;
    Ok(vec![run(job, bounds, &mut saving, &line)])
}

/// Goes on with the search in `directory`; also brings its scenario.
pub(super) fn resume(cli: &Cli, directory: &Path) -> Result<(Vec<Run>, Vec<Named>), InputError> {
    let given = cli.common.memory.map(|size| size.0);
    let memory_max = given.unwrap_or_else(memory::available);
    let resumed = saved::open(directory, memory_max).map_err(|error| told(&error))?;
    let was = resumed.bounds;
    let bounds = Bounds {
        transitions_max: cli.common.transitions_max.unwrap_or(was.transitions_max),
        seconds_max: cli.common.seconds_max.unwrap_or(was.seconds_max),
        threads: cli.common.threads.map_or(was.threads, usize::from),
        memory_max: given.or(was.memory_max),
        symmetry: was.symmetry,
        partial_order: was.partial_order,
        every: was.every,
    };
    let (job, scenario) = (resumed.job.clone(), resumed.scenario.clone());
    let line = Line::new(1);
    let mut saving = resumed.saving(bounds, |text: &str| line.complain(text));
    let runs = vec![run(&job, bounds, &mut saving, &line)];
    Ok((runs, vec![scenario]))
}

fn run(job: &Job, bounds: Bounds, saving: &mut Saving<'_>, line: &Line) -> Run {
    let options = saved::options(bounds, memory::available());
    let mut progress = |p| line.note(Event::Running(job, p));
    let run = checker::run_saved(job, options, saving, &mut progress);
    line.note(Event::Done(job, &run));
    run
}

/// Why no checkpoint can begin here.
fn refused(error: &Error, directory: &Path, job: &Job, scenario: &Named) -> InputError {
    let Error::Taken(_) = error else {
        return told(error);
    };
    let shown = directory.display();
    match saved::is_of(directory, job, scenario) {
        Ok(true) => InputError::new(
            &format!("`{shown}` has a checkpoint of this very search"),
            &format!("go on with `shutcheck verify --resume {shown}`, or remove the directory"),
        ),
        Ok(false) => InputError::new(
            &format!("`{shown}` has a checkpoint of another search"),
            "give another directory, or remove this one if nobody needs it",
        ),
        Err(error) => told(&error),
    }
}

/// What is wrong with a checkpoint, and what to do about it.
fn told(error: &Error) -> InputError {
    let help = match error {
        Error::None(_) => "give the directory that was given to `--checkpoint`",
        Error::Taken(_) => "give another directory",
        Error::Damaged { .. } => {
            "take the file from a copy of the directory; without one, remove the directory and \
             search again with `--checkpoint`"
        }
        Error::Foreign { .. } => {
            "go on with the program that wrote it, or search again with `--checkpoint` and \
             another directory"
        }
        Error::System { .. } => "give a directory that can be read and written",
        Error::Memory { .. } => "give more with `--memory`",
    };
    InputError::new(&error.to_string(), help)
}
