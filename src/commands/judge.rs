//! The main job: the proposal of 2023-07-21 beside today's releases, in the default scenarios.

use model::releases::{PROPOSAL, PROPOSAL_BASE};
use model::switches::{OPEN_POINTS, SWITCHES};
use properties::Run;
use reports::{Style, overview};

use super::{Outcome, search};
use crate::cli::Cli;
use crate::exit;
use crate::input;

/// The smallest set of changes that mends the proposal, found with `ablate` and `verify`.
const MENDED: &str = "proposal-2023-07-21+stopping-after-flush+writers-first+save-on-release\
                      +upgrade-check=decode";
/// A repair that suggests itself and does not work: go on decoding in STOPPING.
const WRONG_REPAIR: &str = "proposal-2023-07-21-stopping-idles";
/// The proposal's promise.
const PROMISE: [&str; 2] = [
    "confirmed-reaches-shutdown-checkpoint",
    "confirmed-is-on-disk",
];

/// Runs it all and tells the answer first.
pub(super) fn run(cli: &Cli) -> Outcome {
    let columns = [PROPOSAL_BASE, "pg17", "pg18", "master", PROPOSAL, MENDED].map(str::to_owned);
    let additions = without_each_addition();
    let readings = other_readings();
    let mut names = columns.to_vec();
    names.push(WRONG_REPAIR.to_owned());
    names.extend(additions.iter().map(|(_, design)| design.clone()));
    names.extend(readings.iter().map(|(_, design)| design.clone()));
    let scenarios = sim::scenarios::default_set();
    let runs = search::all(cli, &names, &scenarios, &input::all_properties(), false)?;
    let code = exit::of_runs(runs.iter().filter(|r| r.design == PROPOSAL));
    if search::is_json(cli) {
        return Ok((search::json(&runs, &scenarios)?, code));
    }
    let judged = Judged {
        runs: &runs,
        additions: &additions,
        readings: &readings,
        style: search::style(),
    };
    Ok((judged.answer(&columns), code))
}

/// The designs behind the answer, and what they ran to.
struct Judged<'a> {
    runs: &'a [Run],
    additions: &'a [(String, String)],
    readings: &'a [(String, String)],
    style: Style,
}

impl Judged<'_> {
    fn of(&self, design: &str) -> Vec<&Run> {
        self.runs.iter().filter(|r| r.design == design).collect()
    }

    /// What `design` breaks beyond `base`, indented.
    fn beyond(&self, base: &str, design: &str, indent: usize) -> String {
        let broken = overview::newly_broken(&self.of(base), &self.of(design));
        overview::consequence(&broken, indent, self.style.width)
    }

    fn answer(&self, columns: &[String]) -> String {
        let mut text =
            format!("The proposal of 2023-07-21 on {PROPOSAL_BASE}: does it keep its promise?\n\n");
        for id in PROMISE {
            text += &format!("  {}\n", overview::line(id, &self.of(PROPOSAL)));
        }
        text += &format!("\nWhat does it break that {PROPOSAL_BASE} keeps?\n\n  ");
        text += &self.beyond(PROPOSAL_BASE, PROPOSAL, 2);
        text += "\n\nIs each of its additions needed? Without it, this breaks, too:\n\n";
        for (switch, design) in self.additions {
            text += &format!("  {switch:<18} {}\n", self.beyond(PROPOSAL, design, 21));
        }
        text += "\nIts open points V1 to V7, read otherwise, break this, too:\n\n";
        for (reading, design) in self.readings {
            text += &format!("  {reading:<34} {}\n", self.beyond(PROPOSAL, design, 37));
        }
        text += "\nWhat mends it, and what does not?\n\n";
        for design in [MENDED, WRONG_REPAIR] {
            let broken = self.beyond(PROPOSAL_BASE, design, 11);
            text += &format!("  {design}\n    breaks {broken}\n");
        }
        text += &format!(
            "\nProperties and designs, over {} scenarios:\n\n",
            self.of(PROPOSAL).len()
        );
        let shown: Vec<(String, Vec<&Run>)> =
            columns.iter().map(|c| (heading(c), self.of(c))).collect();
        text + &overview::matrix(&shown) + overview::MATRIX_LEGEND + &self.foot()
    }

    fn foot(&self) -> String {
        let states: u64 = self.runs.iter().map(|r| r.states_unique).sum();
        let closed = self.runs.iter().filter(|r| r.frontier_empty).count();
        format!(
            "\n{} searches, {closed} of them exhaustive; {states} unique states in all.\n\
         A story of each violation:  shutcheck verify {PROPOSAL}\n\
         What a property means:      shutcheck explain no-wal-after-shutdown-checkpoint\n\
         Every possible ending:      shutcheck endings {PROPOSAL} --scenario archiving\n",
            self.runs.len()
        )
    }
}

/// A column's heading.
fn heading(design: &str) -> String {
    match design {
        PROPOSAL => "proposal".to_owned(),
        MENDED => "mended".to_owned(),
        other => other.to_owned(),
    }
}

/// The five additions, each with the proposal without it.
fn without_each_addition() -> Vec<(String, String)> {
    let additions = SWITCHES
        .iter()
        .filter(|s| s.changes.iter().any(|c| c.source == "2023-07-21"));
    additions
        .map(|s| (s.name.to_owned(), format!("{PROPOSAL}-{}", s.name)))
        .collect()
}

/// Every other reading of the points that the mails leave open.
fn other_readings() -> Vec<(String, String)> {
    let readings = OPEN_POINTS.iter().flat_map(|open| {
        let base = match open.release {
            Some(release) => format!("{PROPOSAL}@{release}"),
            None => PROPOSAL.to_owned(),
        };
        let named = move |reading: &&str| ((*reading).to_owned(), format!("{base}+{reading}"));
        open.readings.iter().map(named)
    });
    readings.collect()
}
