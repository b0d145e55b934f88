//! Who takes steps, and whose fairness they are under.

use std::fmt;

use crate::cluster::Child;

/// Who takes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// The postmaster.
    Postmaster,
    /// The checkpointer.
    Checkpointer,
    /// The background writer.
    BgWriter,
    /// The WAL writer.
    WalWriter,
    /// The archiver.
    Archiver,
    /// The IO workers.
    IoWorker,
    /// A dead-end child.
    DeadEnd,
    /// The startup process.
    Startup,
    /// The walreceiver.
    WalReceiver,
    /// The statistics collector (up to 14).
    StatsCollector,
    /// A background worker, by its index.
    Worker(u8),
    /// A backend, by its index.
    Backend(u8),
    /// A walsender, by its index.
    WalSender(u8),
    /// The peer of a walsender, by the walsender's index.
    Peer(u8),
    /// The operator, a client, or a fault.
    Environment,
}

impl Actor {
    /// The actor that a child is.
    #[must_use]
    pub fn of_child(child: Child) -> Actor {
        let index = |i: usize| u8::try_from(i).unwrap_or(u8::MAX);
        match child {
            Child::CHECKPOINTER => Actor::Checkpointer,
            Child::BGWRITER => Actor::BgWriter,
            Child::WALWRITER => Actor::WalWriter,
            Child::ARCHIVER => Actor::Archiver,
            Child::IO_WORKER => Actor::IoWorker,
            Child::DEAD_END => Actor::DeadEnd,
            Child::STARTUP => Actor::Startup,
            Child::WALRECEIVER => Actor::WalReceiver,
            Child::STATS_COLLECTOR => Actor::StatsCollector,
            Child(_) => match (child.as_walsender(), child.as_worker(), child.as_backend()) {
                (Some(i), _, _) => Actor::WalSender(index(i)),
                (None, Some(i), _) => Actor::Worker(index(i)),
                (None, None, Some(i)) => Actor::Backend(index(i)),
                (None, None, None) => Actor::Postmaster,
            },
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Postmaster => f.pad("postmaster"),
            Actor::Checkpointer => f.pad("checkpointer"),
            Actor::BgWriter => f.pad("bgwriter"),
            Actor::WalWriter => f.pad("walwriter"),
            Actor::Archiver => f.pad("archiver"),
            Actor::IoWorker => f.pad("io worker"),
            Actor::DeadEnd => f.pad("dead-end child"),
            Actor::Startup => f.pad("startup process"),
            Actor::WalReceiver => f.pad("walreceiver"),
            Actor::StatsCollector => f.pad("stats collector"),
            Actor::Worker(i) => f.pad(&format!("worker {}", i + 1)),
            Actor::Backend(i) => f.pad(&format!("backend {}", i + 1)),
            Actor::WalSender(i) => f.pad(&format!("walsender {}", i + 1)),
            Actor::Peer(i) => f.pad(&format!("peer {}", i + 1)),
            Actor::Environment => f.pad("environment"),
        }
    }
}

/// Whose fairness a step is under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// A process of the server: it goes on as long as it can.
    Server,
    /// A peer: it goes on as long as its scenario calls it responsive.
    Peer,
    /// A timeout of either: it comes if nothing else does.
    Timeout,
    /// Operator, clients, faults: nothing is promised.
    Environment,
}
