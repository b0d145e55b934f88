//! `compare`: two designs side by side.

use std::collections::BTreeSet;

use properties::{Ending, Run};
use reports::overview;
use sim::scenario_file::Named;

use super::{Outcome, search};
use crate::cli::{Cli, Selection};
use crate::exit;
use crate::input::{self, InputError};

/// Runs the command.
pub(super) fn run(cli: &Cli, left: &str, right: &str, selection: &Selection) -> Outcome {
    let scenarios = input::selected_scenarios(selection)?;
    let properties = input::selected_properties(selection)?;
    let designs = [left.to_owned(), right.to_owned()];
    let runs = search::all(cli, &designs, &scenarios, &properties, true)?;
    let code = exit::of_runs(&runs);
    if search::is_json(cli) {
        return Ok((search::json(&runs, &scenarios)?, code));
    }
    let (lefts, rights) = runs.split_at(scenarios.len());
    let columns = [
        (left.to_owned(), lefts.iter().collect()),
        (right.to_owned(), rights.iter().collect()),
    ];
    let mut text = overview::matrix(&columns) + overview::MATRIX_LEGEND;
    for (base, other) in [(&columns[0], &columns[1]), (&columns[1], &columns[0])] {
        let broken = overview::newly_broken(&base.1, &other.1);
        let what = overview::consequence(&broken, 2, search::style().width);
        text += &format!(
            "\n{} breaks, where {} does not:\n  {what}\n",
            other.0, base.0
        );
    }
    for (scenario, (l, r)) in scenarios.iter().zip(lefts.iter().zip(rights)) {
        text += &only_in(scenario, l, r)?;
        text += &only_in(scenario, r, l)?;
    }
    Ok((text, code))
}

/// The endings of `run` that `other` cannot reach, each with its story.
fn only_in(scenario: &Named, run: &Run, other: &Run) -> Result<String, InputError> {
    let known: BTreeSet<&Ending> = other.endings.iter().map(|(ending, _)| ending).collect();
    let mut only = run.clone();
    only.endings.retain(|(ending, _)| !known.contains(ending));
    if only.endings.is_empty() {
        return Ok(String::new());
    }
    let world = search::world(&run.design, scenario)?;
    let style = search::style();
    let mut text = format!(
        "\nOnly {} ends {} like this:\n\n",
        run.design, scenario.name
    );
    text += &reports::endings::endings_table(&only.endings, &world, style);
    if let Some(story) = only.endings.iter().find_map(|(_, story)| story.as_ref()) {
        text += "\n  a shortest way to the first of them:\n\n";
        text += &reports::story::steps(&world, story, style);
    }
    Ok(text)
}
