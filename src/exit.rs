//! Exit codes: a contract with scripts.

use std::process::ExitCode;

use properties::{Outcome, Run};

/// What the process tells the one who called it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Code {
    /// All that was asked holds.
    Holds,
    /// Something is violated.
    Violated,
    /// Nothing is violated, something could not be decided in the bounds.
    Inconclusive,
    /// A wrong flag, name or file.
    Usage,
    /// Our bug.
    Internal,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> ExitCode {
        ExitCode::from(match code {
            Code::Holds => 0,
            Code::Violated => 1,
            Code::Inconclusive => 2,
            Code::Usage => 64,
            Code::Internal => 70,
        })
    }
}

/// The code for some runs.
pub(crate) fn of_runs<'a>(runs: impl IntoIterator<Item = &'a Run>) -> Code {
    let verdicts = runs.into_iter().flat_map(|run| &run.verdicts);
    of_outcomes(verdicts.map(|v| v.outcome))
}

/// The code for some verdicts: violated before inconclusive before holds.
pub(crate) fn of_outcomes(outcomes: impl IntoIterator<Item = Outcome>) -> Code {
    let outcomes: Vec<Outcome> = outcomes.into_iter().collect();
    if outcomes.contains(&Outcome::Violated) {
        Code::Violated
    } else if outcomes.contains(&Outcome::Inconclusive) {
        Code::Inconclusive
    } else {
        Code::Holds
    }
}
