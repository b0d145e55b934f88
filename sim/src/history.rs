//! The real cases: bugs, fixes and rejected designs around PostgreSQL's shutdown.
//!
//! A case names designs, scenarios, properties and the verdicts that history gave. Nothing reads
//! its id to decide anything: each trial is run like any other design in any other scenario.

pub mod drain;
pub mod stop;

use properties::Outcome;

/// One case.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its id, as in the record: `B8`.
    pub id: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Commits, mails or reports it comes from.
    pub source: &'static str,
    /// What is tried.
    pub trials: &'static [Trial],
    /// Where our reading differs from the record, with the evidence; else empty.
    pub note: &'static str,
}

/// One design in one scenario, and what history says of it.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// `before`, `after`, or `control: …`.
    pub label: &'static str,
    /// The design.
    pub design: &'static str,
    /// The scenario.
    pub scenario: &'static str,
    /// The property's id.
    pub property: &'static str,
    /// The verdict that is expected.
    pub expect: Outcome,
}

/// A case that is not tried, and why.
pub type LeftOut = (&'static str, &'static str);

const fn trial(
    label: &'static str,
    design: &'static str,
    scenario: &'static str,
    property: &'static str,
    expect: Outcome,
) -> Trial {
    Trial {
        label,
        design,
        scenario,
        property,
        expect,
    }
}

/// The design breaks the property.
const fn breaks(
    label: &'static str,
    design: &'static str,
    scenario: &'static str,
    property: &'static str,
) -> Trial {
    trial(label, design, scenario, property, Outcome::Violated)
}

/// The property holds in the design.
const fn holds(
    label: &'static str,
    design: &'static str,
    scenario: &'static str,
    property: &'static str,
) -> Trial {
    trial(label, design, scenario, property, Outcome::Holds)
}

/// The property has nothing to say: what could break it does not happen.
const fn vacuous(
    label: &'static str,
    design: &'static str,
    scenario: &'static str,
    property: &'static str,
) -> Trial {
    trial(label, design, scenario, property, Outcome::Vacuous)
}
