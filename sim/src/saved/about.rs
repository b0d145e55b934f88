//! What is searched, as a checkpoint says it, and whether this program would search the same.

use engine::checkpoint::{Error, Saved, digest};
use engine::{Options, Parted, Search};
use model::design::Design;
use model::world::World;
use properties::{Property, property};
use serde_json::{Value, json};

use crate::batch::Job;
use crate::design_name;
use crate::packed::Packed;
use crate::scenario_file::{self, Named};

/// States of the first levels, which are searched again.
const FIRST: u64 = 20_000;

/// The design in the scenario with what is judged, and the program.
pub(super) fn about(job: &Job, scenario: &Named) -> Value {
    let ids: Vec<&str> = job.properties.iter().map(|p| p.id).collect();
    json!({
        "design": job.design,
        "scenario": {
            "name": scenario.name,
            "about": scenario.about,
            "toml": scenario_file::to_toml(&scenario.scenario),
        },
        "properties": ids,
        "program": concat!("shutcheck ", env!("CARGO_PKG_VERSION")),
        "switches": format!("{:?}", job.world.design),
        "steps": digest(&format!("{:?}", job.world.steps())),
    })
}

/// The search that was saved, as this program understands it.
pub(super) fn read(saved: &Saved) -> Result<(Job, Named), Error> {
    let was = saved.about();
    let missing = |what: &str| saved.foreign(&format!("does not say which {what}"));
    let text = |value: &Value, what| value.as_str().map(str::to_owned).ok_or(missing(what));
    let name = text(&was["design"], "design")?;
    let design: Design = design_name::parse(&name)
        .map_err(|_| saved.foreign(&format!("names the design `{name}`, unknown here")))?;
    let origin = text(&was["scenario"]["name"], "scenario")?;
    let toml = text(&was["scenario"]["toml"], "scenario")?;
    let mut scenario = scenario_file::parse(&origin, &toml)
        .map_err(|_| saved.foreign("has a scenario that is none here"))?;
    scenario.about = text(&was["scenario"]["about"], "scenario")?;
    let ids = was["properties"].as_array();
    let ids = ids.ok_or_else(|| missing("properties"))?;
    let properties = ids.iter().map(|id| id.as_str().and_then(property));
    let properties: Option<Vec<&'static Property>> = properties.collect();
    let job = Job {
        design: name,
        scenario: scenario.name.clone(),
        world: World::new(design, scenario.scenario),
        properties: properties.ok_or_else(|| saved.foreign("names properties unknown here"))?,
    };
    let is = about(&job, &scenario);
    for (field, meaning) in [
        ("program", "the version"),
        ("switches", "what the design's name means"),
        ("steps", "the model's steps"),
        ("scenario", "the scenario"),
    ] {
        if is[field] != was[field] {
            let mut what = format!("was written with another program: {meaning} differs");
            if field == "program" {
                what += &format!(" ({} then, {} now)", was[field], is[field]);
            }
            return Err(saved.foreign(&what));
        }
    }
    Ok((job, scenario))
}

/// Searches the first levels again: a program whose steps do other things finds other numbers.
pub(super) fn compare_first_levels(saved: &Saved, packed: Packed) -> Result<(), Error> {
    let space = Parted::new(packed);
    let bounds = Options {
        keep_levels: false,
        ..Options::default()
    };
    let Ok(mut search) = Search::new(&space, bounds) else {
        return Ok(());
    };
    let was = saved.sizes();
    let complete = saved.is_complete();
    while !search.is_complete() && search.snapshot().states < FIRST {
        if search.sizes().len() == was.len() && !complete {
            break;
        }
        search.expand_level(&mut |_| true);
    }
    let is = search.sizes();
    let ends_alike = !search.is_complete() || complete && is.len() == was.len();
    if is.len() <= was.len() && was.starts_with(is) && ends_alike {
        return Ok(());
    }
    let level = is.iter().zip(was).take_while(|(is, was)| is == was).count();
    Err(saved.foreign(&format!(
        "was written with another program: its model has other states at depth {level}"
    )))
}
