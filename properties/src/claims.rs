//! The table of properties.

mod at_end;
mod facts;
mod launch;
mod liveness;
mod safety;
mod upgrade;

pub use upgrade::accepts as pg_upgrade_accepts;

use model::machine::Machine;
use model::world::World;

use crate::waived::Waiver;

/// What a property says of one state, step or ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Its premise is not met: it says nothing here. Where a fault took the premise away,
    /// [`Property::waived`] says which.
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
#[derive(Debug)]
pub struct Transition<'a, M: Machine = World> {
    /// The state before.
    pub before: &'a M::State,
    /// The step.
    pub step: M::Step,
    /// The state after.
    pub after: &'a M::State,
}

/// What a property looks at.
pub enum Claim<M: Machine = World> {
    /// Every reachable state.
    Always(fn(&M, &M::State) -> Judgement),
    /// Every step that is taken anywhere.
    NeverStep(fn(&M, &Transition<'_, M>) -> Judgement),
    /// Every ending: a state in which nothing more can happen.
    AtEnd(fn(&M, &M::State) -> Judgement),
    /// Every endless run.
    LeadsTo(LeadsTo<M>),
}

/// A goal that is owed in some states: no fair run stays in them for ever.
///
/// *Fair* is weak: a step that the server could take all the time is taken in the end; the same
/// goes for a timeout that somebody waits for (time passes), where `timers_fair` says so, and for
/// peers where `peers_fair` does. Nothing is promised for operators, clients and faults. Steps of
/// one actor and kind are one.
pub struct LeadsTo<M: Machine = World> {
    /// Whether the goal is owed, and not reached, in a state.
    pub owed: fn(&M, &M::State) -> bool,
    /// Whether peers go on as long as they can.
    pub peers_fair: bool,
    /// Whether time passes: a timeout that somebody waits for comes in the end. Where it is off, a
    /// run that waits for one breaks the promise, which then speaks of delays, not only of hangs.
    pub timers_fair: bool,
    /// Whether fairness is strong: a step that is enabled again and again is taken in the end.
    pub strong: bool,
    /// Which endless runs break the promise.
    pub endless: Endless,
}

/// Kinds of endless runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endless {
    /// Any, and standing still.
    Any,
    /// Those in which at least two actors go on for ever, at full speed: no timeout is among
    /// their steps.
    Exchange,
}

#[expect(
    clippy::expl_impl_clone_on_copy,
    reason = "a derive would ask that machines are Copy"
)]
impl<M: Machine> Clone for Claim<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Machine> Copy for Claim<M> {}

#[expect(
    clippy::expl_impl_clone_on_copy,
    reason = "a derive would ask that machines are Copy"
)]
impl<M: Machine> Clone for LeadsTo<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Machine> Copy for LeadsTo<M> {}

impl<M: Machine> std::fmt::Debug for LeadsTo<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LeadsTo")
            .field("peers_fair", &self.peers_fair)
            .field("timers_fair", &self.timers_fair)
            .field("strong", &self.strong)
            .field("endless", &self.endless)
            .finish_non_exhaustive()
    }
}

impl<M: Machine> std::fmt::Debug for Claim<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}

impl<M: Machine> Claim<M> {
    /// `always`, `never-step`, `at-end` or `leads-to`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Claim::Always(_) => "always",
            Claim::NeverStep(_) => "never-step",
            Claim::AtEnd(_) => "at-end",
            Claim::LeadsTo(_) => "leads-to",
        }
    }
}

/// One claim about every run.
#[derive(Debug)]
pub struct Property<M: Machine = World> {
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
    /// What excuses an ending that does not keep the promise; `None` if nothing does.
    pub waived: Option<Waiver<M>>,
    /// The predicate.
    pub claim: Claim<M>,
}

#[expect(
    clippy::expl_impl_clone_on_copy,
    reason = "a derive would ask that machines are Copy"
)]
impl<M: Machine> Clone for Property<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Machine> Copy for Property<M> {}

/// The property with this id.
#[must_use]
pub fn property(id: &str) -> Option<&'static Property> {
    PROPERTIES.iter().find(|p| p.id == id)
}

/// The properties of `table` with these names: ids, or `safety` and `liveness` for all of a kind;
/// all of the table, if there is no name.
///
/// # Errors
/// The name that is none.
pub fn named<M: Machine>(
    table: &'static [Property<M>],
    names: &[impl AsRef<str>],
) -> Result<Vec<&'static Property<M>>, String> {
    let mut asked: Vec<&'static Property<M>> = Vec::new();
    for name in names.iter().map(AsRef::as_ref) {
        let is_named = |p: &&Property<M>| match (name, p.claim) {
            ("safety", claim) => !matches!(claim, Claim::LeadsTo(_)),
            ("liveness", claim) => matches!(claim, Claim::LeadsTo(_)),
            (id, _) => p.id == id,
        };
        let found: Vec<_> = table.iter().filter(is_named).collect();
        let is_word = name == "safety" || name == "liveness";
        if found.is_empty() && !is_word {
            return Err(name.to_owned());
        }
        for property in found {
            if !asked.iter().any(|p| p.id == property.id) {
                asked.push(property);
            }
        }
    }
    Ok(if names.is_empty() {
        table.iter().collect()
    } else {
        asked
    })
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
    at_end::SUCCESS_MEANS_ARCHIVED,
    at_end::CLEAN_EXIT,
    at_end::NO_ORPHAN,
    upgrade::UPGRADE_CHECK_SOUND,
    upgrade::UPGRADE_CHECK_COMPLETE,
    safety::ONE_PING_AT_A_TIME,
    safety::NO_DEADLOCK,
    liveness::SHUTDOWN_TERMINATES,
    liveness::STOP_NEEDS_NO_TIMER,
    liveness::SHUTDOWN_TERMINATES_WHATEVER_PEERS_DO,
    liveness::CHECKPOINT_REACHED_WHATEVER_PEERS_DO,
    liveness::NO_LIVELOCK,
    liveness::WAKE_UPS_ARE_SERVED,
    liveness::COPY_DONE_IS_HONOURED,
    launch::REQUESTS_ARE_ANSWERED,
    launch::EXITS_ONLY_WHEN_TOLD,
    launch::STOP_BEFORE_LATER_CONNECTIONS,
];
