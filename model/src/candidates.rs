//! Which steps a world could ever take: each row of the table with each of its arguments.

use crate::cluster::Child;
use crate::steps::{At, STEPS, Step};

/// Over which `who` and `with` a step ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Range {
    Once,
    /// `with` 0 and 1.
    Twice,
    /// `with` 0, 1, 2.
    Modes,
    Children,
    /// bgwriter and walwriter.
    Helpers,
    Backends,
    Walsenders,
    /// Walsenders, `with` 0 and 1.
    WalsendersTwice,
    Peers,
    /// The entries or slots of walsenders, in a loop of somebody else.
    Entries,
    /// The same, `with` 0 and 1.
    EntriesTwice,
    Workers,
    /// Where there is a startup process.
    Startup,
    /// Where there is a statistics collector.
    Collector,
    /// The PMSIGNALs that launch, where somebody sends them.
    Launch,
}

/// What `who` counts in the arguments of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Nothing: there is only one.
    One,
    /// Places of the child table.
    Child,
    /// Backends.
    Backend,
    /// Walsenders, or their peers.
    Walsender,
    /// Background workers.
    Worker,
}

impl Range {
    pub(crate) fn who(self) -> Who {
        match self {
            Range::Once
            | Range::Twice
            | Range::Modes
            | Range::Startup
            | Range::Collector
            | Range::Launch => Who::One,
            Range::Children | Range::Helpers => Who::Child,
            Range::Backends => Who::Backend,
            Range::Walsenders
            | Range::WalsendersTwice
            | Range::Peers
            | Range::Entries
            | Range::EntriesTwice => Who::Walsender,
            Range::Workers => Who::Worker,
        }
    }
}

/// How many there are of each kind in a world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) walsenders: usize,
    pub(crate) backends: usize,
    pub(crate) workers: usize,
    pub(crate) startup: bool,
    pub(crate) collector: bool,
}

impl Sizes {
    /// The places of the child table that a world of these sizes can fill.
    fn children(self) -> impl Iterator<Item = Child> {
        Child::all().filter(move |&child| {
            if let Some(i) = child.as_backend() {
                i < self.backends
            } else if let Some(i) = child.as_walsender() {
                i < self.walsenders
            } else if let Some(i) = child.as_worker() {
                i < self.workers
            } else if child == Child::STATS_COLLECTOR {
                self.collector
            } else {
                self.startup || !matches!(child, Child::STARTUP | Child::WALRECEIVER)
            }
        })
    }
}

/// All steps with all arguments that can be enabled in a world of these sizes.
pub(crate) fn candidates(sizes: Sizes) -> Vec<Step> {
    let n = |count: usize| 0..u8::try_from(count).unwrap_or(u8::MAX);
    let startup = || n(usize::from(sizes.startup)).collect::<Vec<u8>>();
    let launches = sizes.startup || sizes.workers > 0;
    let mut steps = Vec::new();
    for info in STEPS {
        let (who, with): (Vec<u8>, u8) = match info.range {
            Range::Once => (vec![0], 1),
            Range::Twice => (vec![0], 2),
            Range::Modes => (vec![0], 3),
            Range::Children => (sizes.children().map(|c| c.0).collect(), 1),
            Range::Helpers => (vec![Child::BGWRITER.0, Child::WALWRITER.0], 1),
            Range::Backends => (n(sizes.backends).collect(), 1),
            Range::Walsenders | Range::Peers | Range::Entries => (n(sizes.walsenders).collect(), 1),
            Range::WalsendersTwice | Range::EntriesTwice => (n(sizes.walsenders).collect(), 2),
            Range::Workers => (n(sizes.workers).collect(), 1),
            Range::Startup => (startup(), 1),
            Range::Collector => (n(usize::from(sizes.collector)).collect(), 1),
            Range::Launch => (n(usize::from(launches)).collect(), 4),
        };
        for &who in &who {
            steps.extend((0..with).map(|with| Step {
                kind: info.kind,
                at: At { who, with },
            }));
        }
    }
    steps
}
