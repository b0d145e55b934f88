//! The eye on a search of packed states: when to tell how far it is, and when to give it up.

use std::time::Duration;

use engine::Snapshot;
use properties::Unfinished;

use crate::checker::{Far, Options, Progress, now};
use crate::forecast::{Forecast, forecast};

/// How often progress is told.
const EVERY: Duration = Duration::from_millis(50);

/// What it has seen.
pub(crate) struct Watch<'a> {
    options: Options,
    #[expect(
        clippy::disallowed_types,
        reason = "a run states its seconds and may be bounded in them"
    )]
    started: std::time::Instant,
    told: Duration,
    /// States found before this process.
    before: u64,
    /// States on each level so far.
    sizes: Vec<u64>,
    total: Forecast,
    /// The bound that ended it.
    pub(crate) unfinished: Option<Unfinished>,
    progress: &'a mut dyn FnMut(Progress),
}

impl<'a> Watch<'a> {
    /// Begins, where an earlier process has found levels of these sizes.
    pub(crate) fn new(
        options: Options,
        sizes: &[u64],
        progress: &'a mut dyn FnMut(Progress),
    ) -> Watch<'a> {
        Watch {
            options,
            started: now(),
            told: Duration::ZERO,
            before: sizes.iter().sum(),
            sizes: sizes.to_vec(),
            total: Forecast::Unknown,
            unfinished: None,
            progress,
        }
    }

    /// Seconds since it began.
    pub(crate) fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Takes note of where the search is; whether it shall go on.
    pub(crate) fn beat(&mut self, s: Snapshot) -> bool {
        let level = s.level as usize;
        if self.sizes.len() != level + 1 {
            // A level that only other threads looked at is taken to be like the next one.
            self.sizes.resize(level + 1, s.frontier);
            self.sizes[level] = s.frontier;
            self.total = forecast(&self.sizes);
            tracing::debug!(
                level,
                frontier = s.frontier,
                states = s.states,
                "level begun"
            );
        }
        let elapsed = self.started.elapsed();
        if elapsed > self.told + EVERY {
            self.told = elapsed;
            (self.progress)(Progress {
                states_unique: s.states,
                depth: u64::from(s.level),
                seconds: elapsed.as_secs_f64(),
                far: Some(Far {
                    states_before: self.before,
                    frontier: s.frontier,
                    bytes: s.bytes,
                    bytes_max: self.options.memory_max,
                    expanded: s.expanded,
                    total: self.total,
                }),
            });
        }
        let transitions_max = self.options.transitions_max as u64;
        self.unfinished = if s.transitions > transitions_max {
            Some(Unfinished::Transitions(transitions_max))
        } else if elapsed > Duration::from_secs(self.options.seconds_max) {
            Some(Unfinished::Seconds(self.options.seconds_max))
        } else {
            None
        };
        self.unfinished.is_none()
    }
}
