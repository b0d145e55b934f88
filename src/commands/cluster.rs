//! Searches that several processes do together, on timely dataflow.

use properties::Run;
use sim::batch::{Event, Job};
use sim::dataflow_run::{Arrangement, Error, run_among};

use super::search;
use crate::cli::Cli;
use crate::input::InputError;
use crate::progress::Line;

/// Runs `jobs` one after the other, each together with the other processes that `timely`'s options
/// tell of; `None` in all processes but the first.
pub(super) fn run(
    cli: &Cli,
    jobs: &[Job],
    timely: &[String],
) -> Result<Option<Vec<Run>>, InputError> {
    let told = |error: Error| InputError::new(&error.to_string(), error.help());
    let threads = cli.common.threads();
    let arrangement = Arrangement::parse(timely, threads).map_err(told)?;
    let options = search::options(cli, true, false);
    let line = Line::new(jobs.len());
    let mut runs = Vec::new();
    for job in jobs {
        let names = (job.design.as_str(), job.scenario.as_str());
        let mut progress = |p| line.note(Event::Running(job, p));
        let run = run_among(
            &arrangement,
            names,
            &job.world,
            &job.properties,
            options,
            &mut progress,
        );
        if let Some(run) = run.map_err(told)? {
            line.note(Event::Done(job, &run));
            runs.push(run);
        }
    }
    Ok((arrangement.process == 0).then_some(runs))
}
