//! `list`: what there is.

use model::releases::{PROPOSAL, PROPOSAL_BASE, RELEASES};
use reports::tables;
use sim::scenarios;

use super::{Outcome, search};
use crate::cli::{Cli, Listing};
use crate::exit::Code;
use crate::input;

/// Runs the command.
pub(super) fn run(cli: &Cli, what: Listing) -> Outcome {
    let style = search::style();
    let rows: Vec<(String, String)> = match what {
        Listing::Designs => designs()?,
        Listing::Scenarios => scenarios::all()
            .into_iter()
            .map(|s| (s.name, s.about))
            .chain(around_the_stop())
            .collect(),
        Listing::Switches => tables::switch_rows(),
        Listing::Properties => tables::property_rows(),
        Listing::Steps => tables::step_rows(),
        Listing::History => cases(),
    };
    let text = if search::is_json(cli) {
        let entries = rows
            .iter()
            .map(|(name, about)| serde_json::json!({ "name": name, "about": about }));
        format!("{:#}\n", serde_json::Value::Array(entries.collect()))
    } else {
        tables::pairs(&rows, style)
    };
    Ok((text, Code::Holds))
}

/// Scenarios of the machines beside the stop of one server.
fn around_the_stop() -> impl Iterator<Item = (String, String)> {
    let parts = sim::parts::all().into_iter();
    parts.map(|(name, about)| (name.to_owned(), about.to_owned()))
}

/// The cases that are run, then those that are left out with their reasons.
fn cases() -> Vec<(String, String)> {
    let groups = sim::history::groups();
    let run = groups.iter().flat_map(|g| g.cases);
    let run = run.map(|c| (c.id.to_owned(), format!("{} ({})", c.title, c.source)));
    let left_out = groups.iter().flat_map(|g| g.left_out);
    let left_out = left_out.map(|(id, why)| ((*id).to_owned(), format!("left out: {why}")));
    run.chain(left_out).collect()
}

/// Each release with what it has that the one before had not; then the proposal.
fn designs() -> Result<Vec<(String, String)>, crate::input::InputError> {
    let mut rows = Vec::new();
    let mut before = None;
    for name in RELEASES {
        let design = input::design(name)?;
        let about = match before {
            None => "PostgreSQL 9.6, its last minor".to_owned(),
            Some(before) => format!("as before, {}", tables::design_difference(&before, &design)),
        };
        rows.push((name.to_owned(), about));
        before = Some(design);
    }
    let base = input::design(PROPOSAL_BASE)?;
    let difference = tables::design_difference(&base, &input::design(PROPOSAL)?);
    rows.push((
        PROPOSAL.to_owned(),
        format!("{PROPOSAL_BASE}, {difference}"),
    ));
    Ok(rows)
}
