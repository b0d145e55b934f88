//! A schedule of the corpus in one design: does it break its promise there?

use properties::Outcome;
use sim::walk::{findings, replay, schedule_file};

use super::{Said, walks};
use crate::plan::Ground;
use crate::record::VerdictRecord;

pub(super) fn run(ground: &Ground, file: &str, design: &str) -> Said {
    let (Some(kept), Some(plan)) = (ground.corpus.get(file), walks::plan(design, 0, 0)) else {
        return Said::default();
    };
    let schedule = &kept.read.schedule;
    let asked = [schedule.property];
    // In its own design it is taken step by step, elsewhere as far as that design goes along.
    let (outcome, message) = if schedule.design == design {
        let steps = &schedule.steps;
        match replay::exactly(&kept.read.world, steps, schedule.loop_from, &asked) {
            Ok(replay) if replay.broken.is_empty() => (Outcome::Holds, "not broken any more"),
            Ok(_) => (Outcome::Violated, "breaks its promise"),
            Err(_) => (Outcome::Holds, "its steps cannot be taken any more"),
        }
    } else {
        match findings::again(&plan, kept) {
            Some(_) => (Outcome::Violated, "breaks its promise here, too"),
            None => (Outcome::Holds, "not broken"),
        }
    };
    let property = schedule.property.id;
    let verdict = VerdictRecord {
        key: format!("corpus/{design}/{file}"),
        claim: format!("walks/{design}/{property}"),
        property: property.to_owned(),
        design: design.to_owned(),
        place: file.to_owned(),
        verdict: match outcome {
            Outcome::Violated => "violated",
            Outcome::Holds | Outcome::Inconclusive | Outcome::Vacuous => "not-broken",
        }
        .to_owned(),
        message: message.to_owned(),
        file: Some(ground.relative(&kept.path)),
    };
    Said {
        verdicts: vec![verdict],
        work: schedule.steps.len() as u64,
        cut: false,
        input: schedule_file::write(schedule).into_bytes(),
    }
}
