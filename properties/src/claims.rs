//! The table of properties.

mod at_end;
mod facts;
mod launch;
mod safety;
mod upgrade;

use model::cluster::Cluster;
use model::steps::Step;
use model::world::World;

/// What a property says of one state, step or ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Its premise is not met: it says nothing here.
    NotConcerned,
    /// Its premise is met and the promise is kept.
    Kept,
    /// The promise is broken.
    Broken,
}

impl Judgement {
    /// `Kept` or `Broken`, by whether the promise holds.
    #[must_use]
    pub fn kept_if(holds: bool) -> Judgement {
        if holds {
            Judgement::Kept
        } else {
            Judgement::Broken
        }
    }
}

/// A step with the states on both sides.
#[derive(Clone, Copy, Debug)]
pub struct Transition<'a> {
    /// The state before.
    pub before: &'a Cluster,
    /// The step.
    pub step: Step,
    /// The state after.
    pub after: &'a Cluster,
}

/// What a property looks at.
#[derive(Clone, Copy)]
pub enum Claim {
    /// Every reachable state.
    Always(fn(&World, &Cluster) -> Judgement),
    /// Every step that is taken anywhere.
    NeverStep(fn(&World, &Transition<'_>) -> Judgement),
    /// Every ending: a state in which nothing more can happen.
    AtEnd(fn(&World, &Cluster) -> Judgement),
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}

impl Claim {
    /// `always`, `never-step` or `at-end`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Claim::Always(_) => "always",
            Claim::NeverStep(_) => "never-step",
            Claim::AtEnd(_) => "at-end",
        }
    }
}

/// One claim about every shutdown.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// Its id, a contract with users.
    pub id: &'static str,
    /// The claim, as one positive sentence.
    pub sentence: &'static str,
    /// When it applies; elsewhere it says nothing.
    pub premise: &'static str,
    /// Why a user should care.
    pub matters: &'static str,
    /// Who promises it: manual, source comment, commit or mail.
    pub source: &'static str,
    /// A design and a built-in scenario that break it: the proof that it can fail.
    pub seeded_bug: (&'static str, &'static str),
    /// The predicate.
    pub claim: Claim,
}

/// The property with this id.
#[must_use]
pub fn property(id: &str) -> Option<&'static Property> {
    PROPERTIES.iter().find(|p| p.id == id)
}

/// All properties: safety first, then what is judged at the end, then progress.
pub static PROPERTIES: &[Property] = &[
    safety::NO_PANIC,
    safety::NO_WAL_AFTER_SHUTDOWN_CHECKPOINT,
    safety::NO_WAL_WHILE_DECODING_AT_STOP,
    safety::NO_ASSERTION_FAILURE,
    safety::NO_STATS_AFTER_STATS_SHUTDOWN,
    safety::SLOT_NEVER_RETREATS,
    safety::CONFIRMED_IS_DURABLE_DOWNSTREAM,
    safety::WAL_KEPT,
    at_end::CONFIRMED_REACHES_SHUTDOWN_CHECKPOINT,
    at_end::CONFIRMED_IS_ON_DISK,
    at_end::ALL_COMMITS_DELIVERED,
    at_end::NO_COMMIT_LOST,
    at_end::NO_COMMIT_TWICE,
    at_end::STANDBY_CAN_REJOIN,
    at_end::ARCHIVE_COMPLETE,
    at_end::CLEAN_EXIT,
    at_end::NO_ORPHAN,
    upgrade::UPGRADE_CHECK_SOUND,
    upgrade::UPGRADE_CHECK_COMPLETE,
    safety::NO_DEADLOCK,
    launch::REQUESTS_ARE_ANSWERED,
    launch::EXITS_ONLY_WHEN_TOLD,
    launch::STOP_BEFORE_LATER_CONNECTIONS,
];
