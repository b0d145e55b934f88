//! Schedules as files: design, scenario in full, and the steps by who takes them. They can be
//! edited and replayed; docs/walks.md has the format.

use std::fmt::Write as _;

use model::cluster::Child;
use model::scenario::Scenario;
use model::steps::{Actor, Step, Who};
use model::world::World;
use properties::{Property, property};
use serde::Deserialize;
use toml::Spanned;

use super::cast::StepNumber;
use crate::design_name;
use crate::scenario_file::{Problem, ScenarioError, Source, parse as parse_scenario, to_toml};

/// The version of the format.
pub const FORMAT: u32 = 1;

/// A schedule.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Name of the design.
    pub design: String,
    /// The property that it is kept for.
    pub property: &'static Property,
    /// Seed of the run that found it.
    pub seed: u64,
    /// Name of the scenario that it was found in.
    pub found_in: String,
    /// Number of the walk that found it, if it was one.
    pub walk: Option<u64>,
    /// That walk's strategy.
    pub strategy: String,
    /// That walk's steps up to the broken promise.
    pub steps_walked: usize,
    /// The scenario.
    pub scenario: Scenario,
    /// The steps, by their numbers in the world of design and scenario.
    pub steps: Vec<StepNumber>,
    /// The run is endless from here on.
    pub loop_from: Option<usize>,
}

/// How a step is written: who, what, and which where one actor has several of the kind.
#[must_use]
pub fn step_name(step: Step, all: &[Step]) -> String {
    let actor = step.actor();
    let alike = || {
        all.iter()
            .filter(|s| s.kind == step.kind && s.actor() == actor)
    };
    let mut name = format!("{actor}: {}", step.kind.name());
    if alike().any(|s| s.at.who != step.at.who) {
        let one = match step.info().who() {
            Who::Child => Actor::of_child(Child(step.at.who)),
            Who::Backend => Actor::Backend(step.at.who),
            Who::Walsender => Actor::WalSender(step.at.who),
            Who::Worker => Actor::Worker(step.at.who),
            Who::One => actor,
        };
        let _ = write!(name, " of {one}");
    }
    if alike().any(|s| s.at.with != step.at.with) {
        let _ = write!(name, " case {}", step.at.with);
    }
    name
}

/// The file of `schedule`.
///
/// # Panics
/// When its design has no such name: it was made of one.
#[must_use]
pub fn write(schedule: &Schedule) -> String {
    let design = design_name::parse(&schedule.design).unwrap_or_else(|error| panic!("{error}"));
    let world = World::new(design, schedule.scenario);
    let all = world.steps();
    let mut text = String::from(
        "# A schedule of shutcheck. Replay it with `shutcheck replay FILE`; docs/walks.md has the \
         format.\n",
    );
    let _ = writeln!(text, "format = {FORMAT}");
    let _ = writeln!(text, "engine = \"shutcheck {}\"", env!("CARGO_PKG_VERSION"));
    let _ = writeln!(text, "design = \"{}\"", schedule.design);
    let _ = writeln!(text, "property = \"{}\"", schedule.property.id);
    let _ = writeln!(text, "seed = {}", schedule.seed);
    let _ = writeln!(text, "found-in = '{}'", schedule.found_in);
    if let Some(walk) = schedule.walk {
        let _ = writeln!(text, "walk = {walk}");
    }
    let _ = writeln!(text, "strategy = \"{}\"", schedule.strategy);
    let _ = writeln!(text, "steps-walked = {}", schedule.steps_walked);
    if let Some(from) = schedule.loop_from {
        let _ = writeln!(text, "loop-from = {from}");
    }
    text += "steps = [\n";
    for &n in &schedule.steps {
        let _ = writeln!(text, "  \"{}\",", step_name(all[usize::from(n)], all));
    }
    let _ = write!(
        text,
        "]\nscenario = '''\n{}'''\n",
        to_toml(&schedule.scenario)
    );
    text
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawSchedule {
    format: Spanned<u32>,
    #[serde(default)]
    engine: String,
    design: Spanned<String>,
    property: Spanned<String>,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    found_in: String,
    walk: Option<u64>,
    #[serde(default)]
    strategy: String,
    #[serde(default)]
    steps_walked: usize,
    loop_from: Option<Spanned<usize>>,
    steps: Vec<Spanned<String>>,
    scenario: Spanned<String>,
}

/// A schedule that was read, with where its steps stand.
#[derive(Clone, Debug)]
pub struct Read {
    /// The schedule.
    pub schedule: Schedule,
    /// Design and scenario.
    pub world: World,
    /// The version that wrote it, as it says.
    pub engine: String,
    origin: String,
    text: String,
    spans: Vec<std::ops::Range<usize>>,
}

impl Read {
    /// Something is wrong with the step at `place`.
    #[must_use]
    pub fn at_step(&self, place: usize, message: &str, help: &str) -> ScenarioError {
        let span = self.spans.get(place).cloned().unwrap_or_default();
        source(&self.origin, &self.text).error(Problem::new(span, message, help))
    }
}

fn source<'a>(origin: &'a str, text: &'a str) -> Source<'a> {
    Source { origin, text }
}

/// The schedule that `text` describes. `origin` is its name in diagnostics.
///
/// # Errors
/// When it is not TOML, has an unknown key, or names a design, property, scenario or step that
/// there is not. The first thing that is wrong is reported, with its place.
pub fn parse(origin: &str, text: &str) -> Result<Read, ScenarioError> {
    let source = source(origin, text);
    let raw: RawSchedule = toml::from_str(text).map_err(|error| source.toml_error(error))?;
    let fail =
        |span, message: String, help: &str| Err(source.error(Problem::new(span, message, help)));
    if *raw.format.get_ref() != FORMAT {
        let message = format!("format {} is unknown here", raw.format.get_ref());
        let help = format!("this version reads format {FORMAT}: take the version that wrote it");
        return fail(raw.format.span(), message, &help);
    }
    let design = match design_name::parse(raw.design.get_ref()) {
        Ok(design) => design,
        Err(error) => return fail(raw.design.span(), error.message, &error.help),
    };
    let Some(property) = property(raw.property.get_ref()) else {
        let message = format!("unknown property `{}`", raw.property.get_ref());
        let help = "`shutcheck list properties` shows all";
        return fail(raw.property.span(), message, help);
    };
    let named = parse_scenario(origin, raw.scenario.get_ref()).map_err(|mut error| {
        // The scenario's lines are lines of this file.
        error.line += text[..raw.scenario.span().start].matches('\n').count() + 1;
        error
    })?;
    let world = World::new(design, named.scenario);
    let known: Vec<String> = world
        .steps()
        .iter()
        .map(|&step| step_name(step, world.steps()))
        .collect();
    let mut steps = Vec::new();
    for step in &raw.steps {
        let Some(n) = known.iter().position(|name| name == step.get_ref()) else {
            let message = format!("unknown step `{}`", step.get_ref());
            return fail(step.span(), message, &near(step.get_ref(), &known));
        };
        steps.push(u16::try_from(n).unwrap_or(u16::MAX));
    }
    let loop_from = raw.loop_from.as_ref().map(|from| *from.get_ref());
    if let Some(from) = raw.loop_from.filter(|from| *from.get_ref() > steps.len()) {
        let message = format!(
            "the loop begins at {}, behind the last step",
            from.get_ref()
        );
        let help = format!("give a number from 0 to {}", steps.len());
        return fail(from.span(), message, &help);
    }
    Ok(Read {
        schedule: Schedule {
            design: raw.design.into_inner(),
            property,
            seed: raw.seed,
            found_in: raw.found_in,
            walk: raw.walk,
            strategy: raw.strategy,
            steps_walked: raw.steps_walked,
            scenario: named.scenario,
            steps,
            loop_from,
        },
        world,
        engine: raw.engine,
        origin: origin.to_owned(),
        text: text.to_owned(),
        spans: raw.steps.iter().map(Spanned::span).collect(),
    })
}

/// What a step's name was probably meant to be.
fn near(name: &str, names: &[String]) -> String {
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    match crate::scenario_file::nearest(name, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            "a step is `WHO: STEP`, with the names of `shutcheck list steps` and an actor that \
                 the scenario has"
                .to_owned()
        }
    }
}
