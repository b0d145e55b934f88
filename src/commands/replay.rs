//! `replay`: the steps of a schedule file again.

use properties::walks::Finding;
use reports::walks;
use serde_json::json;
use sim::walk::schedule_file::{self, step_name};
use sim::walk::{findings, replay};

use super::{Outcome, picture, search};
use crate::cli::{Cli, Picture};
use crate::exit::Code;
use crate::input::{self, InputError};

/// Steps of an error message at most.
const SHOWN: usize = 8;

/// Runs the command.
pub(super) fn run(cli: &Cli, file: &str, picture: &Picture) -> Outcome {
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
    if let Some(path) = &picture.perfetto {
        let about = [
            ("property", schedule.property.id),
            ("design", schedule.design.as_str()),
            ("schedule", file),
        ];
        picture::story(path, &finding.world, &finding.run, &about)?;
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
