//! The progress line on stderr: nothing where that is no terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use sim::batch::Event;

/// A progress line for `jobs` searches.
pub(crate) struct Line {
    bar: ProgressBar,
}

impl Line {
    /// Starts the line.
    pub(crate) fn new(jobs: usize) -> Line {
        let bar = ProgressBar::new(jobs as u64);
        let style = ProgressStyle::with_template("{spinner} {pos}/{len} searches, {elapsed} {msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Line { bar }
    }

    /// Takes note of what a search tells.
    pub(crate) fn note(&self, event: Event<'_>) {
        match event {
            Event::Running(job, p) => {
                self.bar.set_message(format!(
                    "{} in {}: {} states, depth {}, {:.0} s",
                    job.design, job.scenario, p.states_unique, p.depth, p.seconds
                ));
            }
            Event::Done(job, run) => {
                tracing::info!(
                    design = job.design,
                    scenario = job.scenario,
                    states = run.states_unique,
                    depth = run.depth,
                    seconds = run.seconds,
                    "search done"
                );
                self.bar.inc(1);
            }
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
