//! Exhaustive search of one machine, and the run it yields.
//!
//! Four engines: the `engine` crate on packed states (exact, parallel); the
//! [`graph`](crate::graph) of whole states, plain and exact, for any machine; the packed states
//! over processes on timely dataflow; and stateright, the reference, which judges all but liveness.

use std::time::Duration;

use model::world::World;
use properties::claims::Claim;
use properties::ending::Judged;
use properties::{Outcome, Property, Run, Unfinished, Verdict};

use crate::forecast::Forecast;
use crate::graph::{Bounds, Graph};
use crate::partial_order::PartialOrder;
use crate::saved::Saving;
use crate::{dataflow_run, liveness, packed_run, stateright_run};

/// Largest number of walsenders in a scenario that is searched: a packed state has at most 20
/// parts, the centre and two for each walsender. Walks go up to
/// [`WALSENDERS_MAX`](model::bounds::WALSENDERS_MAX).
pub const WALSENDERS_SEARCHED_MAX: usize = 8;

/// Which checker searches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// The engine of packed states.
    #[default]
    Packed,
    /// Our own graph of whole states.
    Graph,
    /// The same packed states on timely dataflow, which also goes over processes and hosts
    /// ([`dataflow_run`]). Loops are looked for by the first process alone.
    Timely,
    /// stateright's breadth-first search. It leaves leads-to properties inconclusive.
    Stateright,
}

/// What bounds a search, and what it shall bring.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Which checker.
    pub engine: Engine,
    /// Give up after about this many transitions.
    pub transitions_max: usize,
    /// Give up after this many seconds.
    pub seconds_max: u64,
    /// Threads of one search, where the engine has several: packed, timely.
    pub threads: usize,
    /// Give up before more than this many bytes are in use: packed, timely (each process).
    pub memory_max: u64,
    /// States that differ only in the order of like walsenders are one: the packed engine.
    pub symmetry: bool,
    /// What is not interleaved: the packed engine. Counterexamples are then
    /// shortest among the runs that are left.
    pub partial_order: Option<PartialOrder>,
    /// Bring a shortest story for each ending.
    pub ending_stories: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            engine: Engine::Packed,
            transitions_max: 60_000_000,
            seconds_max: 600,
            threads: 1,
            memory_max: u64::MAX,
            symmetry: true,
            partial_order: None,
            ending_stories: false,
        }
    }
}

impl Options {
    /// The bound that ended a search of so many transitions, if no lack of memory did.
    pub(crate) fn bound_reached(&self, transitions: u64) -> Unfinished {
        let transitions_max = self.transitions_max as u64;
        if transitions >= transitions_max {
            Unfinished::Transitions(transitions_max)
        } else {
            Unfinished::Seconds(self.seconds_max)
        }
    }
}

/// What a long search tells of itself while it runs.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Unique states found.
    pub states_unique: u64,
    /// Depth reached.
    pub depth: u64,
    /// Seconds since it began.
    pub seconds: f64,
    /// What the packed engine knows beyond that.
    pub far: Option<Far>,
}

/// How far a search of packed states is.
#[derive(Clone, Copy, Debug)]
pub struct Far {
    /// States that another process has found before, from whose checkpoint this one goes on.
    pub states_before: u64,
    /// States expanded.
    pub expanded: u64,
    /// States on the level that is being expanded.
    pub frontier: u64,
    /// Bytes in use.
    pub bytes: u64,
    /// Bytes that may be.
    pub bytes_max: u64,
    /// How many states there will be.
    pub total: Forecast,
}

/// Explores `world` with the packed engine, and saves what it finds on the way.
pub fn run_saved(
    job: &crate::batch::Job,
    options: Options,
    saving: &mut Saving<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Run {
    let names = (job.design.as_str(), job.scenario.as_str());
    let (world, properties) = (&job.world, &job.properties);
    packed_run::run(names, world, properties, options, Some(saving), progress)
}

/// Explores `world` and judges `properties` in it. `progress` is called about every 50 ms.
pub fn run(
    names: (&str, &str),
    world: &World,
    properties: &[&'static Property],
    options: Options,
    progress: &mut dyn FnMut(Progress),
) -> Run {
    match options.engine {
        Engine::Graph => explore(names, world, properties, options, progress),
        Engine::Packed => packed_run::run(names, world, properties, options, None, progress),
        Engine::Timely => dataflow_run::run(names, world, properties, options, progress),
        Engine::Stateright => stateright_run::run(names, world, properties, options, progress),
    }
}

/// The states expanded between two looks at the clock.
const BATCH: usize = 4096;

/// Explores any machine with the graph engine.
pub fn explore<M: Judged>(
    names: (&str, &str),
    machine: &M,
    properties: &[&'static Property<M>],
    options: Options,
    progress: &mut dyn FnMut(Progress),
) -> Run<M> {
    let started = now();
    let phase = tracing::info_span!("search", design = names.0, scenario = names.1).entered();
    let leads_to = |p: &&&Property<M>| matches!(p.claim, Claim::LeadsTo(_));
    let bounds = Bounds {
        transitions_max: options.transitions_max as u64,
        edges: properties.iter().any(|p| leads_to(&p)),
    };
    let mut graph = Graph::new(machine.clone(), properties.len());
    while graph.expand(BATCH, properties, bounds) {
        let elapsed = started.elapsed();
        progress(Progress {
            states_unique: graph.len() as u64,
            depth: u64::from(graph.depth),
            seconds: elapsed.as_secs_f64(),
            far: None,
        });
        if elapsed > Duration::from_secs(options.seconds_max) {
            break;
        }
    }
    drop(phase);
    let _phase = tracing::info_span!("tell", design = names.0, scenario = names.1).entered();
    let verdicts = properties.iter().enumerate();
    let verdicts = verdicts.map(|(i, property)| verdict(&graph, i, property));
    let verdicts = verdicts.collect();
    Run {
        design: names.0.to_owned(),
        scenario: names.1.to_owned(),
        verdicts,
        symmetry: false,
        partial_order: false,
        states_unique: graph.expanded as u64,
        transitions: graph.transitions,
        depth: u64::from(graph.depth),
        frontier_empty: graph.is_complete(),
        unfinished: (!graph.is_complete()).then(|| options.bound_reached(graph.transitions)),
        coverage: graph.coverage(),
        faults_unused: graph.faults_unused(),
        endings: endings(&graph, options.ending_stories),
        seconds: started.elapsed().as_secs_f64(),
    }
}

fn verdict<M: Judged>(graph: &Graph<M>, i: usize, property: &Property<M>) -> Verdict<M> {
    let story = graph.broken[i].map(|broken| graph.story(broken.state, broken.step));
    let counterexample = match &property.claim {
        Claim::LeadsTo(goal) if graph.is_complete() && graph.concerned[i] => {
            liveness::endless_run(graph, goal)
        }
        Claim::LeadsTo(_) | Claim::Always(_) | Claim::NeverStep(_) | Claim::AtEnd(_) => story,
    };
    let outcome = match &counterexample {
        Some(_) => Outcome::Violated,
        None if !graph.is_complete() => Outcome::Inconclusive,
        None if !graph.concerned[i] => Outcome::Vacuous,
        None => Outcome::Holds,
    };
    Verdict {
        property: property.id,
        outcome,
        waived: graph.waived[i],
        counterexample,
    }
}

/// Distinct endings in order, each with a shortest story if `stories` are wanted.
type Endings<M> = Vec<(<M as Judged>::Ending, Option<properties::Counterexample<M>>)>;

fn endings<M: Judged>(graph: &Graph<M>, stories: bool) -> Endings<M> {
    let mut first = std::collections::BTreeMap::new();
    for &n in &graph.endings {
        first
            .entry(graph.machine.ending(graph.state(n)))
            .or_insert(n);
    }
    let endings = first.into_iter();
    endings
        .map(|(ending, n)| (ending, stories.then(|| graph.story(n, None))))
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a run states its seconds"
)]
pub(crate) fn now() -> std::time::Instant {
    std::time::Instant::now()
}
