//! From names and files of the command line to worlds and properties.

use std::fmt;
use std::path::Path;

use model::design::Design;
use model::world::World;
use properties::{PROPERTIES, Property, named};
use sim::batch::Job;
use sim::checker::WALSENDERS_SEARCHED_MAX;
use sim::scenario_file::{self, Named};
use sim::{design_name, scenarios};

use crate::cli::Selection;

/// A wrong name or file, with what to do about it.
#[derive(Debug)]
pub(crate) struct InputError(String);

impl InputError {
    /// An error in the house's form.
    pub(crate) fn new(message: &str, help: &str) -> InputError {
        InputError(format!("error: {message}\n   = help: {help}"))
    }

    /// An error that is told already.
    pub(crate) fn told(text: String) -> InputError {
        InputError(text)
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The design named `name`.
pub(crate) fn design(name: &str) -> Result<Design, InputError> {
    design_name::parse(name).map_err(|error| InputError(error.to_string()))
}

/// A built-in scenario, or the one in a file, if it can be searched.
pub(crate) fn scenario(name: &str) -> Result<Named, InputError> {
    let named = scenario_to_walk(name)?;
    let walsenders = named.scenario.walsenders().count();
    if walsenders > WALSENDERS_SEARCHED_MAX {
        return Err(InputError::new(
            &format!("`{name}` has {walsenders} walsenders, too many for a search"),
            &format!(
                "a search takes at most {WALSENDERS_SEARCHED_MAX}; `shutcheck simulate` walks more"
            ),
        ));
    }
    Ok(named)
}

/// A built-in scenario, or the one in a file.
pub(crate) fn scenario_to_walk(name: &str) -> Result<Named, InputError> {
    if let Some(named) = scenarios::built_in(name) {
        return Ok(named);
    }
    if sim::parts::all().iter().any(|(part, _)| *part == name) {
        return Err(InputError::new(
            &format!("`{name}` is a scenario of a machine beside the stop"),
            "`verify` and `history` run those; the other commands know the stop of one server",
        ));
    }
    let is_toml = |path: &str| Path::new(path).extension().is_some_and(|e| e == "toml");
    if !is_toml(name) && !Path::new(name).exists() {
        return Err(InputError::new(
            &format!("unknown scenario `{name}`"),
            "`shutcheck list scenarios` shows the built-in ones; a file's name ends in `.toml`",
        ));
    }
    let text = read(name)?;
    scenario_file::parse(name, &text).map_err(|error| InputError(error.to_string()))
}

/// The text of a file.
pub(crate) fn read(path: &str) -> Result<String, InputError> {
    std::fs::read_to_string(path).map_err(|error| {
        InputError::new(
            &format!("cannot read `{path}`: {error}"),
            "give the path of a readable text file",
        )
    })
}

/// The scenarios of a selection.
pub(crate) fn selected_scenarios(selection: &Selection) -> Result<Vec<Named>, InputError> {
    if !selection.scenarios.is_empty() {
        return selection
            .scenarios
            .iter()
            .map(|name| scenario(name))
            .collect();
    }
    Ok(if selection.all_scenarios {
        scenarios::small()
    } else {
        scenarios::default_set()
    })
}

/// All properties.
pub(crate) fn all_properties() -> Vec<&'static Property> {
    PROPERTIES.iter().collect()
}

/// The properties of a selection.
pub(crate) fn selected_properties(
    selection: &Selection,
) -> Result<Vec<&'static Property>, InputError> {
    properties_named(&selection.properties)
}

/// The properties with these ids; `safety` and `liveness` stand for all of their kind. All of them,
/// if there is no id.
pub(crate) fn properties_named(ids: &[String]) -> Result<Vec<&'static Property>, InputError> {
    named(PROPERTIES, ids).map_err(|id| {
        InputError::new(
            &format!("unknown property `{id}`"),
            "`shutcheck list properties` shows all; `safety` and `liveness` are all of a kind",
        )
    })
}

/// A job for each design in each scenario, designs first.
pub(crate) fn jobs(
    designs: &[(String, Design)],
    scenarios: &[Named],
    properties: &[&'static Property],
) -> Vec<Job> {
    let pairs = designs
        .iter()
        .flat_map(|d| scenarios.iter().map(move |s| (d, s)));
    pairs
        .map(|((name, design), scenario)| Job {
            design: name.clone(),
            scenario: scenario.name.clone(),
            world: World::new(*design, scenario.scenario),
            properties: properties.to_vec(),
        })
        .collect()
}
