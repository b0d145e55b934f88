//! `replay`: the steps of a schedule file again.

use std::path::Path;

use properties::walks::Finding;
use reports::walks;
use serde_json::json;
use sim::conformance::record;
use sim::walk::schedule_file::{self, step_name};
use sim::walk::{findings, replay};

use super::{Outcome, picture, search};
use crate::cli::{Cli, Replay};
use crate::exit::Code;
use crate::input::{self, InputError};
use crate::output;

/// Steps of an error message at most.
const SHOWN: usize = 8;

/// Runs the command.
pub(super) fn run(cli: &Cli, args: &Replay) -> Outcome {
    let file = args.file.as_str();
    let text = input::read(file)?;
    let read = schedule_file::parse(file, &text).map_err(|e| InputError::told(e.to_string()))?;
    let schedule = &read.schedule;
    let asked = [schedule.property];
    let replayed = replay::exactly(&read.world, &schedule.steps, schedule.loop_from, &asked);
    let replayed = replayed.map_err(|at| {
        let all = read.world.steps();
        let names = at.enabled.iter().take(SHOWN);
        let names: Vec<String> = names
            .map(|&n| format!("`{}`", step_name(all[usize::from(n)], all)))
            .collect();
        let more = if at.enabled.len() > SHOWN {
            ", …"
        } else {
            ""
        };
        let help = format!("enabled there: {}{more}", names.join(", "));
        let message = format!("step {} is not enabled here", at.place + 1);
        InputError::told(read.at_step(at.place, &message, &help).to_string())
    })?;
    let finding = Finding {
        property: schedule.property,
        world: read.world.clone(),
        scenario: schedule.found_in.clone(),
        walk: schedule.walk,
        strategy: schedule.strategy.clone(),
        steps_walked: schedule.steps_walked,
        why: findings::why(&read.world, schedule.property, &schedule.steps),
        run: replayed.run,
        file: Some(file.to_owned()),
    };
    if let Some(path) = &args.picture.perfetto {
        let about = [
            ("property", schedule.property.id),
            ("design", schedule.design.as_str()),
            ("schedule", file),
        ];
        picture::story(path, &finding.world, &finding.run, &about)?;
    }
    if let Some(path) = &args.trace {
        record(path, &finding)?;
    }
    let broken = !replayed.broken.is_empty();
    let code = if broken { Code::Violated } else { Code::Holds };
    let style = search::style();
    let text = match (search::is_json(cli), broken) {
        (true, _) => {
            let value = json!({
                "design": schedule.design,
                "property": schedule.property.id,
                "verdict": if broken { "violated" } else { "not-broken" },
                "counterexample": walks::finding_json(&finding),
            });
            format!("{value:#}\n")
        }
        (false, true) => walks::told(&finding, &schedule.design, style),
        (false, false) => walks::kept(&finding, &schedule.design, style),
    };
    Ok((text, code))
}

/// Writes the trace of the run, and says what of it a trace cannot tell.
fn record(path: &Path, finding: &Finding) -> Result<(), InputError> {
    let text = record::record(&finding.world, &finding.run);
    std::fs::write(path, text).map_err(|error| {
        InputError::new(
            &format!("cannot write `{}`: {error}", path.display()),
            "give a file in a directory that can be written, with space left",
        )
    })?;
    let shown = path.display();
    output::complain(&format!("note: `{shown}` is what recorders would see"));
    let unsaid = record::unsaid(&finding.world);
    if !unsaid.is_empty() {
        let unsaid = unsaid.join(", ");
        output::complain(&format!(
            "note: a trace does not tell {unsaid}: `validate` may reject it"
        ));
    }
    Ok(())
}
