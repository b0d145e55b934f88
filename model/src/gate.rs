//! A cheap look at whether a step could be enabled: whether its process lives, or has ended where
//! it is reaped.
//!
//! A gate is a consequence of the guards and says nothing that they do not say: what it shuts out
//! is not enabled. Explorers that try many steps ask it first.

use crate::actor::Actor;
use crate::candidates::Who;
use crate::cluster::{Child, Cluster, Life};
use crate::steps::{Step, StepKind};

/// The gate of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Place in the child table.
    child: u8,
    /// The lives of that child that let the step through, a bit each.
    lives: u8,
    /// That child must have a pending signal, too.
    signalled: bool,
}

impl Gate {
    /// Lets everything through.
    const OPEN: Gate = Gate {
        child: 0,
        lives: u8::MAX,
        signalled: false,
    };

    /// The gate of `step`.
    #[must_use]
    pub fn of(step: Step) -> Gate {
        let runs = |child: Child| Gate {
            child: child.0,
            lives: 1 << Life::Running as u8,
            signalled: false,
        };
        if step.kind == StepKind::ProcessPmChildExit && step.info().who() == Who::Child {
            let ended = [Life::Exited0, Life::Exited1, Life::Crashed];
            return Gate {
                child: step.at.who,
                lives: ended.iter().fold(0, |lives, &life| lives | 1 << life as u8),
                signalled: false,
            };
        }
        if step.kind == StepKind::SignalHandlerForCrashExit {
            return Gate {
                signalled: true,
                ..runs(Child(step.at.who))
            };
        }
        match step.actor() {
            Actor::Checkpointer => runs(Child::CHECKPOINTER),
            Actor::BgWriter => runs(Child::BGWRITER),
            Actor::WalWriter => runs(Child::WALWRITER),
            Actor::Archiver => runs(Child::ARCHIVER),
            Actor::IoWorker => runs(Child::IO_WORKER),
            Actor::DeadEnd => runs(Child::DEAD_END),
            Actor::Startup => runs(Child::STARTUP),
            Actor::WalReceiver => runs(Child::WALRECEIVER),
            Actor::Backend(i) => runs(Child::backend(usize::from(i))),
            Actor::WalSender(i) => runs(Child::walsender(usize::from(i))),
            Actor::Worker(_) | Actor::Peer(_) | Actor::Postmaster | Actor::Environment => {
                Gate::OPEN
            }
        }
    }

    /// Whether the step could be enabled in `s`.
    #[must_use]
    pub fn lets_through(self, s: &Cluster) -> bool {
        let process = s.child(Child(self.child));
        self.lives >> process.life as u8 & 1 == 1 && (!self.signalled || process.signals != 0)
    }
}
