//! `ablate`: each switch of a design taken away in turn.

use model::switches::SWITCHES;
use reports::overview;

use super::{Outcome, search};
use crate::cli::{Cli, Selection};
use crate::exit::Code;
use crate::input;

/// Runs the command.
pub(super) fn run(cli: &Cli, design: &str, selection: &Selection) -> Outcome {
    let scenarios = input::selected_scenarios(selection)?;
    let properties = input::selected_properties(selection)?;
    let base = input::design(design)?;
    // A switch can be taken away if a commit or a mail gave it the value that it has.
    let given = SWITCHES.iter().filter(|s| {
        let value = s.value(&base);
        s.changes.iter().any(|c| c.after == value)
    });
    let without: Vec<(&str, String)> = given
        .rev()
        .map(|s| (s.name, format!("{design}-{}", s.name)))
        .collect();
    let mut designs = vec![design.to_owned()];
    designs.extend(without.iter().map(|(_, name)| name.clone()));
    let runs = search::all(cli, &designs, &scenarios, &properties, false)?;
    if search::is_json(cli) {
        return Ok((search::json(&runs, &scenarios)?, Code::Holds));
    }
    let of = |name: &str| runs.iter().filter(|r| r.design == name).collect::<Vec<_>>();
    let mut text = format!(
        "{design}, over {} scenario(s). Each switch taken away in turn breaks, beyond what is \
         broken anyway:\n\n",
        scenarios.len()
    );
    let mut needed = false;
    for (switch, name) in &without {
        let broken = overview::newly_broken(&of(design), &of(name));
        needed |= !broken.is_empty();
        let what = overview::consequence(&broken, 31, search::style().width);
        text += &format!("  {switch:<28} {what}\n");
    }
    let code = if needed { Code::Violated } else { Code::Holds };
    Ok((text, code))
}
