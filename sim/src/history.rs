//! The real cases: bugs, fixes and rejected designs around PostgreSQL's shutdown.
//!
//! A case names designs, scenarios, properties and the verdicts that history gave. Nothing reads
//! its id to decide anything: each trial is run like any other design in any other scenario.

pub mod drain;
pub mod pair;
pub mod postmaster;
pub mod slots;
pub mod stop;

use properties::Outcome;

/// The table: `ID TITLE SOURCE { LABEL: DESIGN, SCENARIO, PROPERTY => VERDICT; … } NOTE`.
macro_rules! cases {
    ($( $id:literal $title:literal $source:literal {
        $( $label:literal: $design:literal, $scenario:literal, $property:literal
            => $expect:ident; )*
    } $note:literal )*) => {
        /// The cases.
        pub static CASES: &[$crate::history::Case] = &[ $( $crate::history::Case {
            id: $id,
            title: $title,
            source: $source,
            trials: &[ $( $crate::history::Trial {
                label: $label,
                design: $design,
                scenario: $scenario,
                property: $property,
                expect: properties::Outcome::$expect,
            }, )* ],
            note: $note,
        }, )* ];
    };
}

pub(crate) use cases;

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

/// Cases that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// The cases.
    pub cases: &'static [Case],
    /// Those that are left out.
    pub left_out: &'static [LeftOut],
}

/// All groups, in the order of the record as far as that goes.
#[must_use]
pub fn groups() -> Vec<Group> {
    let group = |cases, left_out| Group { cases, left_out };
    vec![
        group(stop::CASES, &[]),
        group(drain::CASES, drain::LEFT_OUT),
        group(postmaster::CASES, postmaster::LEFT_OUT),
        group(slots::CASES, slots::LEFT_OUT),
        group(pair::CASES, &[]),
        group(&[], LATCHES),
    ]
}

/// Cases of shared memory itself. The machines here take its primitives as sound: a flag that is
/// set is seen, a latch wakes. They are shown by loom, on real atomics (`docs/shmem.md`): the
/// design before fails, the design after holds.
const LATCHES: &[LeftOut] = &[
    (
        "G1",
        "a latch without barriers; under loom: `loom_latch`, \
         each_barrier_and_the_recheck_are_needed",
    ),
    (
        "G2",
        "one latch with two users; under loom: `loom_history`, g2_a_nested_wait_eats_the_wake_up",
    ),
    (
        "G3",
        "a sleep without the latch; under loom: `loom_history`, g3_a_sleep_that_ignores_the_latch",
    ),
    (
        "G4",
        "a condition variable that resets the latch; under loom: `loom_condition_variable`, \
         g4_prepare_must_not_reset_the_latch",
    ),
    (
        "G5",
        "the queue of a condition variable; under loom: `loom_condition_variable`, \
         g5a_a_cancelled_sleep_must_not_swallow_a_signal and g5b_a_broadcast_ends",
    ),
    (
        "G7",
        "a store and a load that pass each other; under loom: `loom_history`, \
         g7_dekker_without_barriers",
    ),
    (
        "G8",
        "flags of mixed lifetimes in one word; under loom: `loom_history`, \
         g8_a_transaction_ends_and_clears_a_conflict_that_outlives_it",
    ),
    (
        "G9",
        "the order in which a walsender gives up entry, latch and pointer; under loom: \
         `loom_walsnd`, g9_the_latch_is_given_up_before_the_entry",
    ),
    (
        "G10",
        "an event that the kernel reports once; under loom: `loom_history`, \
         g10_the_postmasters_death_is_reported_as_long_as_it_is_true",
    ),
];
