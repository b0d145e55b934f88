//! The progress line on stderr: nothing where that is no terminal.

mod far;

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use nightly::record::UnitRecord;
use properties::walks::Walks;
use sim::batch::Event;
use sim::walk::campaign::Progress;

use crate::output;

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

    /// Writes a complaint above the line.
    pub(crate) fn complain(&self, text: &str) {
        self.bar.suspend(|| output::complain(text));
    }

    /// Takes note of what a search tells.
    pub(crate) fn note(&self, event: Event<'_>) {
        match event {
            Event::Running(job, p) => {
                self.bar
                    .set_message(far::words(&job.design, &job.scenario, &p));
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

/// A progress line for the units of a night.
pub(crate) struct Units {
    bar: ProgressBar,
}

impl Units {
    /// Starts the line.
    pub(crate) fn new() -> Units {
        let bar = ProgressBar::no_length();
        let style = ProgressStyle::with_template("{spinner} {pos} units, {elapsed} {msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Units { bar }
    }

    /// A unit is done.
    pub(crate) fn note(&self, record: &UnitRecord, done: u64) {
        self.bar.set_position(done);
        self.bar.set_message(record.unit.clone());
    }

    /// The night is over.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A progress line for random walks.
pub(crate) struct Walking {
    bar: ProgressBar,
}

impl Walking {
    /// Starts the line, for so many walks if that is known.
    pub(crate) fn new(walks: Option<u64>) -> Walking {
        let bar = walks.map_or_else(ProgressBar::no_length, ProgressBar::new);
        let style = ProgressStyle::with_template("{spinner} {human_pos} walks, {elapsed} {msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Walking { bar }
    }

    /// Takes note of how far the walks are.
    pub(crate) fn note(&self, p: Progress) {
        self.bar.set_position(p.walks);
        let rate = self.rate(p.steps);
        self.bar
            .set_message(format!("{rate:.2} M steps/s, {} promises broken", p.broken));
    }

    /// Seconds since the start.
    pub(crate) fn seconds(&self) -> f64 {
        self.bar.elapsed().as_secs_f64()
    }

    /// The walks are done.
    pub(crate) fn finish(&self, walks: &Walks) {
        tracing::info!(
            design = walks.design,
            walks = walks.walks,
            steps = walks.steps,
            seconds = self.seconds(),
            msteps_per_second = self.rate(walks.steps),
            "walks done"
        );
        self.bar.finish_and_clear();
    }

    /// Millions of steps in a second.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a rate for people, of two digits"
    )]
    fn rate(&self, steps: u64) -> f64 {
        steps as f64 / self.seconds().max(0.001) / 1e6
    }
}
