//! Many walks of one design: scenarios are drawn, walked, and what is new in them guides the next
//! draw.
//!
//! Work goes in rounds. The scenarios of a round are drawn before it, from what the rounds before
//! went through; their walks may then run on several threads, and are put together in the order of
//! the draw. So the result does not depend on threads or time.

mod round;

use model::design::Design;
use model::scenario::Scenario;
use properties::waived::Waived;
use properties::walks::{Durations, Largest, Tally, Walks};
use properties::{Coverage, Property};

use super::cast::StepNumber;
use super::cover::{Cover, PM_STATES_ALL};
use super::dice::Dice;
use super::draw;
use super::judge::Broken;
use super::schedulers::Strategy;
use super::{fair_steps_max, findings};
use round::{Brought, Job, no_durations, walk_all};

/// Scenarios drawn at a time.
const ROUND: usize = 16;

/// Walks of each.
const WALKS: u64 = 50;

/// Streams of chance from here on draw scenarios; those below are walks.
const DRAWS: u64 = 1 << 48;

/// Scenarios that went somewhere new and are worth varying.
const POOL: usize = 64;

/// What to walk.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The design's name.
    pub name: String,
    /// The design.
    pub design: Design,
    /// One scenario with its name, instead of drawn ones.
    pub scenario: Option<(String, Scenario)>,
    /// The seed.
    pub seed: u64,
    /// Number of walks; without it, walks go on until `enough` says so.
    pub walks: Option<u64>,
    /// One strategy, instead of a drawn one for each walk.
    pub strategy: Option<Strategy>,
    /// Threads.
    pub threads: usize,
    /// What to judge.
    pub properties: Vec<&'static Property>,
}

/// How far a campaign is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Walks done.
    pub walks: u64,
    /// Steps of these.
    pub steps: u64,
    /// Properties broken so far.
    pub broken: usize,
}

/// A promise that a walk broke.
#[derive(Clone, Debug)]
pub struct Raw {
    /// What and where.
    pub broken: Broken,
    /// Name of the scenario.
    pub name: String,
    /// The scenario.
    pub scenario: Scenario,
    /// The steps up to the broken promise.
    pub steps: Vec<StepNumber>,
    /// Number of the walk; none if a schedule of the corpus was replayed.
    pub walk: Option<u64>,
    /// The walk's strategy.
    pub strategy: String,
}

/// Walks as planned. `go_on` is asked after each round.
pub fn run(
    plan: &Plan,
    corpus: &[super::corpus::Kept],
    go_on: &mut dyn FnMut(Progress) -> bool,
) -> (Walks, Vec<Vec<Raw>>) {
    let _phase = tracing::info_span!("walk", design = plan.name, seed = plan.seed).entered();
    let mut sum = Sum::new(plan);
    sum.replay(corpus);
    let mut pool: Vec<Scenario> = Vec::new();
    loop {
        let jobs = sum.round(&pool);
        if jobs.is_empty() {
            break;
        }
        for (job, brought) in jobs.iter().zip(walk_all(plan, &jobs)) {
            sum.keep_again(&job.name, brought.again.as_ref());
            if sum.add(brought) > 0 {
                if pool.len() == POOL {
                    pool.remove(0);
                }
                pool.push(job.scenario);
            }
        }
        let progress = sum.progress();
        tracing::debug!(walks = progress.walks, steps = progress.steps, "round done");
        if !go_on(progress) {
            break;
        }
    }
    sum.finish()
}

/// The stories that are kept for each property until the best of them is known.
const CANDIDATES: usize = 4;

/// What the rounds have brought so far.
struct Sum<'a> {
    plan: &'a Plan,
    draws: Dice,
    cover: Cover,
    concerned: Vec<u64>,
    waived: Vec<Waived>,
    broken: Vec<u64>,
    raw: Vec<Vec<Raw>>,
    /// What the corpus broke: told where no walk breaks the same, so that a run says the same with
    /// and without the schedules that it kept itself.
    known: Vec<Vec<Raw>>,
    ends: [u64; 3],
    steps: u64,
    depth: u64,
    walks: u64,
    scenarios: u64,
    durations: Durations,
    corpus: (u64, u64),
    largest: Largest,
    /// Servers that stopped and are up again, with their names.
    again: Vec<(String, Scenario)>,
    restarted: u64,
}

impl<'a> Sum<'a> {
    fn new(plan: &'a Plan) -> Sum<'a> {
        let n = plan.properties.len();
        Sum {
            plan,
            draws: Dice::new(plan.seed, DRAWS),
            cover: Cover::default(),
            concerned: vec![0; n],
            waived: vec![Waived::default(); n],
            broken: vec![0; n],
            raw: vec![Vec::new(); n],
            known: vec![Vec::new(); n],
            ends: [0; 3],
            steps: 0,
            depth: 0,
            walks: 0,
            scenarios: 0,
            durations: no_durations(),
            corpus: (0, 0),
            largest: Largest::default(),
            again: Vec::new(),
            restarted: 0,
        }
    }

    /// The regression corpus comes first: its schedules in the plan's design.
    fn replay(&mut self, corpus: &[super::corpus::Kept]) {
        for kept in corpus {
            self.corpus.0 += 1;
            if let Some(raw) = findings::again(self.plan, kept) {
                self.corpus.1 += 1;
                self.known[raw.broken.property].push(raw);
            }
        }
    }

    fn progress(&self) -> Progress {
        Progress {
            walks: self.walks,
            steps: self.steps,
            broken: self.raw.iter().filter(|raw| !raw.is_empty()).count(),
        }
    }

    /// The jobs of the next round; none if all walks are done.
    fn round(&mut self, pool: &[Scenario]) -> Vec<Job> {
        let mut jobs = Vec::new();
        let mut first = self.walks;
        for _ in 0..ROUND {
            let left = self.plan.walks.map_or(WALKS, |n| n.saturating_sub(first));
            let count = left.min(WALKS);
            if count == 0 {
                break;
            }
            let (name, scenario) = self.scenario(pool);
            self.largest.add(&scenario, fair_steps_max(&scenario));
            jobs.push(Job {
                name,
                scenario,
                first,
                count,
            });
            first += count;
        }
        jobs
    }

    fn scenario(&mut self, pool: &[Scenario]) -> (String, Scenario) {
        if let Some(fixed) = &self.plan.scenario {
            self.scenarios = 1;
            return fixed.clone();
        }
        self.scenarios += 1;
        if !self.again.is_empty() && self.draws.one_in(5) {
            self.restarted += 1;
            let (name, scenario) = self.again.swap_remove(self.draws.index(self.again.len()));
            return (format!("{name}, up again"), scenario);
        }
        let scenario = if !pool.is_empty() && self.draws.one_in(2) {
            // Later ones came where earlier ones did not: each is as good as the others.
            let varied = *self.draws.pick(pool);
            draw::vary(&varied, &mut self.draws)
        } else {
            draw::draw(&mut self.draws)
        };
        (format!("drawn {}", self.scenarios), scenario)
    }

    /// Adds what one scenario brought; the number of pairs of steps that are new.
    fn add(&mut self, brought: Brought) -> usize {
        let new = self.cover.add(&brought.cover);
        for (sum, n) in self.concerned.iter_mut().zip(brought.concerned) {
            *sum += n;
        }
        for (sum, more) in self.waived.iter_mut().zip(brought.waived) {
            sum.merge(more);
        }
        for (sum, n) in self.broken.iter_mut().zip(brought.broken) {
            *sum += n;
        }
        for (sum, n) in self.ends.iter_mut().zip(brought.ends) {
            *sum += n;
            self.walks += n;
        }
        self.steps += brought.steps;
        self.depth = self.depth.max(brought.depth);
        self.durations.total_us.extend(brought.durations.total_us);
        let waits = self.durations.waits_us.iter_mut();
        for (sum, n) in waits.zip(brought.durations.waits_us) {
            *sum += n;
        }
        for raw in brought.raw.into_iter().flatten() {
            self.keep(raw);
        }
        new
    }

    fn keep_again(&mut self, name: &str, scenario: Option<&Scenario>) {
        if self.again.len() == POOL {
            self.again.remove(0);
        }
        self.again.extend(scenario.map(|s| (name.to_owned(), *s)));
    }

    fn keep(&mut self, raw: Raw) {
        let kept = &mut self.raw[raw.broken.property];
        let place = kept.partition_point(|other| other.steps.len() <= raw.steps.len());
        kept.insert(place, raw);
        kept.truncate(CANDIDATES);
    }

    fn finish(mut self) -> (Walks, Vec<Vec<Raw>>) {
        self.durations.total_us.sort_unstable();
        for (raw, known) in self.raw.iter_mut().zip(self.known) {
            if raw.is_empty() {
                *raw = known;
            }
        }
        let tallies = self.plan.properties.iter().enumerate();
        let tallies = tallies.map(|(i, &property)| Tally {
            property,
            concerned: self.concerned[i],
            broken: self.broken[i],
            waived: self.waived[i],
        });
        let pm_states = PM_STATES_ALL.into_iter();
        let pm_states = pm_states.map(|s| (s, self.cover.pm_states[s as usize]));
        let walks = Walks {
            design: self.plan.name.clone(),
            scenario: self.plan.scenario.as_ref().map(|(name, _)| name.clone()),
            seed: self.plan.seed,
            walks: self.walks,
            scenarios: self.scenarios,
            steps: self.steps,
            depth: self.depth,
            ended: self.ends[0],
            endless: self.ends[1],
            undecided: self.ends[2],
            largest: self.largest,
            restarted: self.restarted,
            tallies: tallies.collect(),
            findings: Vec::new(),
            pairs: self.cover.pairs.iter().filter(|&&n| n > 0).count() as u64,
            coverage: Coverage {
                taken: self.cover.taken,
            },
            pm_states: pm_states.filter(|(_, n)| *n > 0).collect(),
            durations: self.durations,
            corpus: self.corpus,
        };
        (walks, self.raw)
    }
}
