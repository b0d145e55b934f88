//! `endings`: everything that can be left when a shutdown has come to its end.

use properties::PROPERTIES;

use super::{Outcome, search};
use crate::cli::Cli;
use crate::exit::Code;
use crate::input::{self, InputError};

/// Runs the command.
pub(super) fn run(cli: &Cli, design: &str, scenario: &str, story: Option<usize>) -> Outcome {
    let scenarios = [input::scenario(scenario)?];
    let properties: Vec<_> = PROPERTIES.iter().collect();
    let mut runs = search::all(cli, &[design.to_owned()], &scenarios, &properties, true)?;
    let run = runs.remove(0);
    let code = if run.frontier_empty {
        Code::Holds
    } else {
        Code::Inconclusive
    };
    let world = search::world(design, &scenarios[0])?;
    if search::is_json(cli) {
        let value = reports::json::endings_json(&run, &world);
        return Ok((format!("{value:#}\n"), code));
    }
    let style = search::style();
    let ordered = reports::endings::ordered(&run.endings);
    let mut text = match story {
        None => reports::endings::endings_table(&run.endings, &world, style),
        Some(n) => {
            let chosen = n
                .checked_sub(1)
                .and_then(|i| ordered.get(i))
                .ok_or_else(|| {
                    InputError::new(
                        &format!(
                            "there is no ending {n}: {design} has {} here",
                            ordered.len()
                        ),
                        "give the number of an ending in the list without `--story`",
                    )
                })?;
            let one = [(*chosen).clone()];
            let mut text = reports::endings::endings_table(&one, &world, style);
            if let Some(counterexample) = &chosen.1 {
                text += "\n";
                text += &reports::story::steps(&world, counterexample, style);
                text += "\n";
                text += &reports::lanes::lanes(&world, counterexample, style);
            }
            text
        }
    };
    if !run.frontier_empty {
        text += "\nThe search did not come to its end: there may be more endings.\n";
    }
    Ok((text, code))
}
