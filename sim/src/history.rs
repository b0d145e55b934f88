//! Real cases of PostgreSQL's history, as data: before a fix a promise breaks, after it holds.

pub mod slots;

/// What a trial must say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The promise is broken.
    Violated,
    /// It holds.
    Holds,
    /// It says nothing here.
    Vacuous,
}

/// One design in one scenario, judged by one property.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// `before`, `after`, or `control: …`.
    pub label: &'static str,
    /// The design.
    pub design: &'static str,
    /// The scenario, of whichever machine has it.
    pub scenario: &'static str,
    /// The property of that machine.
    pub property: &'static str,
    /// What it must say.
    pub expect: Expect,
}

/// One case.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its number in the record.
    pub id: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// Commits.
    pub source: &'static str,
    /// What is tried.
    pub trials: &'static [Trial],
    /// What must be known to read it; where the record was wrong.
    pub note: &'static str,
}
