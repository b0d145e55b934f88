//! Real cases of history: designs before and after a fix, in a scenario, with the verdicts that
//! must come out. Nothing reads a case's id to decide anything.

pub mod postmaster;

/// What a trial must say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expect {
    /// The property is broken.
    Violated,
    /// It holds.
    Holds,
    /// Its premise is never met.
    Vacuous,
}

/// One case of history: names designs, a scenario, a property and the expected verdicts; nothing
/// reads its id to decide.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its id in `domain/history.md`.
    pub id: &'static str,
    /// What it is called there.
    pub title: &'static str,
    /// The commits or issues.
    pub source: &'static str,
    /// What is run.
    pub trials: &'static [Trial],
    /// The record corrected, evidence; may be empty.
    pub note: &'static str,
}

/// One design in one scenario, and what a property must say.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// `before`, `after`, or `control: …`.
    pub label: &'static str,
    /// The design.
    pub design: &'static str,
    /// The built-in scenario.
    pub scenario: &'static str,
    /// The property.
    pub property: &'static str,
    /// The verdict that must come out.
    pub expect: Expect,
}
