//! The real cases: what must break with the design before a fix, and hold with the one after.

pub mod pair;

/// What a trial must say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The property is broken.
    Violated,
    /// It holds, and its premise was met.
    Holds,
    /// Its premise was not met.
    Vacuous,
}

/// One run of a case.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// `before`, `after`, `control: …`.
    pub label: &'static str,
    /// The design's name.
    pub design: &'static str,
    /// The scenario's name.
    pub scenario: &'static str,
    /// The property's id.
    pub property: &'static str,
    /// What must come out.
    pub expect: Expect,
}

/// One case of history.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its id in the record.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Commits and issues.
    pub source: &'static str,
    /// The runs.
    pub trials: &'static [Trial],
    /// What the record does not say, or says wrongly, with the evidence.
    pub note: &'static str,
}
