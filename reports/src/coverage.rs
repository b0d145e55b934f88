//! What runs did not do: steps never taken, faults that never happened, premises never met.

use std::fmt::Write as _;

use model::steps::STEPS;
use properties::{Outcome, Run};

use crate::Style;
use crate::text::hang;

/// Steps never taken, overall and by scenario, with the faults and premises that never came; then
/// how often each step was taken.
#[must_use]
pub fn coverage(runs: &[Run], style: Style) -> String {
    let mut taken = vec![0_u64; STEPS.len()];
    for run in runs {
        for (sum, n) in taken.iter_mut().zip(&run.coverage.taken) {
            *sum += n;
        }
    }
    let mut text = format!("Coverage of {} runs\n", runs.len());
    text += &paragraph("steps never taken in any", &never(&taken), style);
    for run in runs {
        let _ = writeln!(text, "\n{} in {}", run.design, run.scenario);
        text += &paragraph("steps never taken", &never(&run.coverage.taken), style);
        text += &paragraph("faults that never came", &run.faults_unused, style);
        let vacuous: Vec<&str> = run
            .verdicts
            .iter()
            .filter(|v| v.outcome == Outcome::Vacuous)
            .map(|v| v.property)
            .collect();
        text += &paragraph("properties that are vacuous", &vacuous, style);
    }
    let mut rows: Vec<(u64, &str)> = taken.iter().zip(STEPS).map(|(&n, s)| (n, s.name)).collect();
    rows.sort_unstable();
    text += "\ntimes taken  step\n";
    for (n, name) in rows.iter().filter(|(n, _)| *n > 0) {
        let _ = writeln!(text, "{n:>11}  {name}");
    }
    text
}

/// A line for each run in which a fault of the budget never happened: it could not, there.
#[must_use]
pub fn unused_faults(runs: &[Run]) -> String {
    let mut text = String::new();
    for run in runs.iter().filter(|run| run.frontier_empty) {
        for fault in &run.faults_unused {
            let _ = writeln!(
                text,
                "  note: the fault `{fault}` of scenario {} never happens in {}",
                run.scenario, run.design
            );
        }
    }
    text
}

fn never(taken: &[u64]) -> Vec<&'static str> {
    let steps = taken.iter().zip(STEPS);
    steps
        .filter(|(n, _)| **n == 0)
        .map(|(_, s)| s.name)
        .collect()
}

fn paragraph(title: &str, names: &[&str], style: Style) -> String {
    if names.is_empty() {
        return String::new();
    }
    let words = format!("{title} ({}): {}", names.len(), names.join(", "));
    format!("  {}\n", hang(&words, 4, style))
}
