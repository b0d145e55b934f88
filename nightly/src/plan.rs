//! The plan of a night: its units, those first that were not run for the longest time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use sim::walk::corpus::{self, Kept};

use crate::config::Config;
use crate::unit::{Part, Shard, Unit, stable_hash};
use crate::{NightlyError, config};

/// What units need beside their ids.
#[derive(Debug)]
pub struct Ground {
    /// The configuration.
    pub config: Config,
    /// Schedules by file name, as they were when the night began.
    pub corpus: BTreeMap<String, Kept>,
    /// Traces by name.
    pub traces: BTreeMap<String, config::Trace>,
    /// Where new schedules and stories go.
    pub out: PathBuf,
    /// Where schedules are kept.
    pub corpus_directory: PathBuf,
}

impl Ground {
    /// Reads the corpus.
    ///
    /// # Errors
    /// When a schedule cannot be read.
    pub fn new(config: Config, out: &Path) -> Result<Ground, NightlyError> {
        let own = out.join("corpus");
        let corpus_directory = config.corpus.clone().unwrap_or(own);
        let kept =
            corpus::read(&corpus_directory).map_err(|e| NightlyError::told(e.to_string()))?;
        let name = |path: &Path| {
            let name = path.file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        let corpus = kept.into_iter().map(|k| (name(&k.path), k)).collect();
        let traces = config.traces.iter();
        let traces = traces.map(|t| (t.name.clone(), t.clone())).collect();
        Ok(Ground {
            config,
            corpus,
            traces,
            out: out.to_owned(),
            corpus_directory,
        })
    }
}

impl Ground {
    /// A path as it is told: below the night's directory, if it is there.
    #[must_use]
    pub fn relative(&self, path: &Path) -> String {
        let below = path.strip_prefix(&self.out).unwrap_or(path);
        below.display().to_string()
    }
}

/// Units that are still to be done, part by part.
#[derive(Debug)]
pub struct Plan {
    queues: BTreeMap<Part, VecDeque<Unit>>,
    designs: Vec<String>,
    seed: u64,
    walks: u64,
    shard: Shard,
    done: BTreeSet<String>,
    /// How many units of each part this machine has, done ones included; walks have no end.
    pub planned: BTreeMap<Part, u64>,
}

impl Plan {
    /// Everything that `shard` has to do. `done` are ids that this night has; `last` says when a
    /// unit was run last, in seconds since 1970.
    #[must_use]
    pub fn new(
        ground: &Ground,
        seed: u64,
        shard: Shard,
        done: BTreeSet<String>,
        last: &BTreeMap<String, i64>,
    ) -> Plan {
        let mut planned = BTreeMap::new();
        let mut queues: BTreeMap<Part, VecDeque<Unit>> = BTreeMap::new();
        for unit in units(ground) {
            let id = unit.to_string();
            if !shard.has(&id) || !ground.config.parts.contains(&unit.part()) {
                continue;
            }
            *planned.entry(unit.part()).or_default() += 1;
            if !done.contains(&id) {
                queues.entry(unit.part()).or_default().push_back(unit);
            }
        }
        for queue in queues.values_mut() {
            let age = |unit: &Unit| last.get(&unit.to_string()).copied().unwrap_or_default();
            // Stable: within a night's age the order of the configuration stays.
            queue.make_contiguous().sort_by_key(age);
        }
        Plan {
            queues,
            designs: if ground.config.parts.contains(&Part::Walks) {
                ground.config.designs.clone()
            } else {
                Vec::new()
            },
            seed,
            walks: 0,
            shard,
            done,
            planned,
        }
    }

    /// Whether there is a unit of `part` left.
    #[must_use]
    pub fn has(&self, part: Part) -> bool {
        match part {
            Part::Walks => !self.designs.is_empty(),
            Part::Corpus | Part::History | Part::Judge | Part::Traces => self.left(part) > 0,
        }
    }

    /// Units of `part` that are not begun.
    #[must_use]
    pub fn left(&self, part: Part) -> usize {
        self.queues.get(&part).map_or(0, VecDeque::len)
    }

    /// The next unit of `part`.
    pub fn take(&mut self, part: Part) -> Option<Unit> {
        if part != Part::Walks {
            return self.queues.get_mut(&part)?.pop_front();
        }
        let designs = u64::try_from(self.designs.len()).ok()?;
        loop {
            let n = self.walks;
            let design = self.designs.get(usize::try_from(n % designs).ok()?)?;
            self.walks += 1;
            let seed = seed_of(self.seed, n);
            let unit = Unit::Walks {
                design: design.clone(),
                seed,
            };
            let id = unit.to_string();
            if self.shard.has(&id) && !self.done.contains(&id) {
                return Some(unit);
            }
        }
    }
}

/// The seed of the `n`th campaign of a night.
fn seed_of(night: u64, n: u64) -> u64 {
    let mut bytes = night.to_le_bytes().to_vec();
    bytes.extend(n.to_le_bytes());
    stable_hash(&bytes)
}

/// All units but the walks.
fn units(ground: &Ground) -> Vec<Unit> {
    let config = &ground.config;
    let mut units = Vec::new();
    for (file, kept) in &ground.corpus {
        let own = &kept.read.schedule.design;
        let mut designs: Vec<&String> = config.designs.iter().collect();
        if !designs.contains(&own) {
            designs.push(own);
        }
        units.extend(designs.into_iter().map(|design| Unit::Corpus {
            file: file.clone(),
            design: design.clone(),
        }));
    }
    for group in sim::history::groups() {
        let cases = group.cases.iter().map(|case| Unit::History {
            case: case.id.to_owned(),
        });
        units.extend(cases);
    }
    for (scenario, _) in &config.scenarios {
        units.extend(config.designs.iter().map(|design| Unit::Judge {
            design: design.clone(),
            scenario: scenario.clone(),
        }));
    }
    units.extend(ground.traces.iter().map(|(file, trace)| Unit::Traces {
        file: file.clone(),
        design: trace.design.clone(),
    }));
    units
}
