//! What a step is: its row, its arguments, who takes it. The rows themselves are in `table`.

mod table;

use std::fmt;

pub use crate::actor::{Actor, Party};
use crate::candidates::Range;
pub use crate::candidates::Who;
use crate::cluster::{Child, Cluster};
use crate::environment::MODES;
use crate::scenario::StopMode;
use crate::world::World;
use table::Group;
pub use table::{STEPS, StepKind};

/// The arguments of a step: who takes it (index of walsender, backend, peer or child) and which of
/// its cases it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    /// Index of the actor among its kind; a [`Child`] where the step says so.
    pub who: u8,
    /// Which case.
    pub with: u8,
}

impl At {
    pub(crate) fn mode(self) -> StopMode {
        MODES[usize::from(self.with).min(2)]
    }
}

/// Whether a step was taken in a state. If it was, the state is now the one behind it; if it was
/// not enabled, the state is as it was.
pub type Taken = Option<()>;

/// The step was taken.
pub(crate) const TAKEN: Taken = Some(());

/// One row of the table.
#[derive(Clone, Copy)]
pub struct StepInfo {
    /// Which step.
    pub kind: StepKind,
    /// Name of the step's function, in snake case as in the model.
    pub name: &'static str,
    /// The C function that it models.
    pub function: &'static str,
    /// Where that function is, in PostgreSQL's tree.
    pub file: &'static str,
    /// Whose fairness it is under.
    pub party: Party,
    pub(crate) range: Range,
    pub(crate) take: fn(&World, &mut Cluster, At) -> Taken,
}

impl fmt::Debug for StepInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepInfo")
            .field("name", &self.name)
            .field("function", &self.function)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl StepInfo {
    /// What `who` counts in this step's arguments.
    #[must_use]
    pub fn who(&self) -> Who {
        self.range.who()
    }
}

/// A step with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// Which step.
    pub kind: StepKind,
    /// Its arguments.
    pub at: At,
}

impl StepKind {
    /// The row of the table.
    #[must_use]
    pub fn info(self) -> &'static StepInfo {
        &STEPS[self as usize]
    }

    /// The name of the step.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.info().name
    }
}

impl Step {
    /// The row of the table.
    #[must_use]
    pub fn info(self) -> &'static StepInfo {
        self.kind.info()
    }

    /// Takes this step in `s`, if it is enabled there.
    pub fn take(self, w: &World, s: &mut Cluster) -> Taken {
        (self.info().take)(w, s, self.at)
    }

    /// The successor of `s` by this step, if it is enabled there.
    #[must_use]
    pub fn apply(self, w: &World, s: &Cluster) -> Option<Cluster> {
        let mut after = *s;
        self.take(w, &mut after).map(|()| after)
    }

    /// The walsender that it is about, if it is about one: its own steps, those of its peer, what
    /// the postmaster does when it has exited, what the checkpointer does with its entry or slot,
    /// what befalls it.
    #[must_use]
    pub fn walsender(self) -> Option<usize> {
        let who = usize::from(self.at.who);
        match self.info().range {
            Range::Walsenders
            | Range::WalsendersTwice
            | Range::Peers
            | Range::Entries
            | Range::EntriesTwice => Some(who),
            Range::Children => Child(self.at.who).as_walsender(),
            Range::Once
            | Range::Twice
            | Range::Modes
            | Range::Helpers
            | Range::Backends
            | Range::Workers
            | Range::Startup
            | Range::Collector
            | Range::Launch => None,
        }
    }

    /// Who takes it.
    #[must_use]
    pub fn actor(self) -> Actor {
        let who = self.at.who;
        match self.kind.group() {
            Group::Postmaster => Actor::Postmaster,
            Group::Checkpointer => Actor::Checkpointer,
            Group::Walsender => Actor::WalSender(who),
            Group::Backend => Actor::Backend(who),
            Group::Peer => Actor::Peer(who),
            Group::BgWriter => Actor::BgWriter,
            Group::WalWriter => Actor::WalWriter,
            Group::Archiver => Actor::Archiver,
            Group::IoWorker => Actor::IoWorker,
            Group::DeadEnd => Actor::DeadEnd,
            Group::Startup => Actor::Startup,
            Group::WalReceiver => Actor::WalReceiver,
            Group::StatsCollector => Actor::StatsCollector,
            Group::Worker => Actor::Worker(who),
            Group::AnyChild => Actor::of_child(Child(who)),
            Group::Environment => Actor::Environment,
        }
    }
}
