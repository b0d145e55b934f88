//! What a step has changed, by the regions of [`reads`](crate::reads); and where a process is.
//!
//! Most steps ask first whether their process runs, has a signal, and where it is in its code: its
//! *place*. Most are not enabled for that alone. What a step could tell from the place and nothing
//! else is told whenever the process is at that place again, whatever else is different.

use crate::bounds::WALSENDERS_MAX;
use crate::cluster::{Child, Cluster};
use crate::process::region_of;
use crate::reads::{
    CHANNEL, CHECKPOINTER, CHECKPOINTER_PC, ENDS, FLAGS, PC, Regions, SENT, SLOT, WALSENDER,
};
use crate::steps::{Actor, Step};

/// Number of processes whose place is known: walsenders, and behind them the checkpointer.
pub const PLACED: usize = WALSENDERS_MAX + 1;

const PLACED_CHECKPOINTER: usize = WALSENDERS_MAX;

impl Step {
    /// The process, by number, at whose place this step looks first.
    #[must_use]
    pub fn placed(self) -> Option<usize> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the others have no place")]
        match self.actor() {
            Actor::WalSender(i) => Some(usize::from(i)),
            Actor::Checkpointer => Some(PLACED_CHECKPOINTER),
            Actor::Postmaster => self.walsender(),
            _ => None,
        }
    }
}

impl Regions {
    /// What the place of process `placed` consists of.
    #[must_use]
    pub fn of_place(placed: usize) -> Regions {
        let mut place = Regions::default();
        if placed == PLACED_CHECKPOINTER {
            let process = region_of(Child::CHECKPOINTER.index()).unwrap_or(CHECKPOINTER);
            place.centre = 1 << CHECKPOINTER_PC | 1 << process;
        } else {
            place.processes = 1 << placed;
            place.facets[PC] = 1 << placed;
        }
        place
    }

    /// The processes with a region of their place among these.
    pub fn placed(self) -> impl Iterator<Item = usize> {
        let checkpointer = self.meets(&Regions::of_place(PLACED_CHECKPOINTER));
        let mut walsenders = self.processes | self.facets[PC];
        let walsenders = std::iter::from_fn(move || {
            let i = (walsenders != 0).then(|| walsenders.trailing_zeros() as usize)?;
            walsenders &= walsenders - 1;
            Some(i)
        });
        walsenders.chain(checkpointer.then_some(PLACED_CHECKPOINTER))
    }
}

impl Cluster {
    /// The place of process `placed`, as a number. Nothing is noted.
    #[must_use]
    pub fn place(&self, placed: usize) -> u32 {
        let (child, pc) = if placed == PLACED_CHECKPOINTER {
            (Child::CHECKPOINTER, self.checkpointer.unnoted().pc as u8)
        } else {
            let pc = self.walsenders.unnoted(placed).pc as u8;
            (Child::walsender(placed), pc)
        };
        let process = self.children.unnoted(child.index());
        u32::from_le_bytes([process.life as u8, process.signals, pc, 0])
    }

    /// Which of `regions` are not the same in `after`, which a step has looked at on its way there.
    /// Nothing is noted.
    ///
    /// A part of a region or facet is changed only by a step that looked at the whole: then it is
    /// looked up, too.
    #[must_use]
    pub fn changed(&self, after: &Cluster, regions: Regions) -> Regions {
        let mut changed = Regions::default();
        let mut left = regions.centre;
        while left != 0 {
            let region = left.trailing_zeros();
            left &= left - 1;
            changed.centre |= u32::from(self.region_differs(after, region)) << region;
            if region == CHECKPOINTER {
                let moved = self.region_differs(after, CHECKPOINTER_PC);
                changed.centre |= u32::from(moved) << CHECKPOINTER_PC;
            }
        }
        let mut left = regions.processes;
        while left != 0 {
            let i = left.trailing_zeros();
            left &= left - 1;
            let place = Child::walsender(i as usize).index();
            let differs = self.children.differs(&after.children, place);
            changed.processes |= u32::from(differs) << i;
        }
        for (facet, &(mut left)) in regions.facets.iter().enumerate() {
            while left != 0 {
                let i = left.trailing_zeros();
                left &= left - 1;
                if !self.facet_differs(after, facet, i as usize) {
                    continue;
                }
                changed.facets[facet] |= 1 << i;
                for &part in parts_of(facet) {
                    let differs = self.facet_differs(after, part, i as usize);
                    changed.facets[part] |= u32::from(differs) << i;
                }
            }
        }
        changed
    }

    fn region_differs(&self, after: &Cluster, region: u32) -> bool {
        match region {
            0 => self.postmaster != after.postmaster,
            CHECKPOINTER => self.checkpointer != after.checkpointer,
            CHECKPOINTER_PC => self.checkpointer.unnoted().pc != after.checkpointer.unnoted().pc,
            2 => self.startup != after.startup,
            3 => self.workers != after.workers,
            4 => self.bgwriter != after.bgwriter,
            5 => self.archiver != after.archiver,
            6 => self.backends != after.backends,
            7 => self.wal != after.wal,
            8 => self.control != after.control,
            9 => self.stats != after.stats,
            10 => self.hints_left != after.hints_left,
            11 => self.failures != after.failures,
            12 => self.environment != after.environment,
            _ => self.children.region_differs(&after.children, region),
        }
    }

    fn facet_differs(&self, after: &Cluster, facet: usize, i: usize) -> bool {
        match facet {
            WALSENDER => self.walsenders.differs(&after.walsenders, i),
            SLOT => self.slots.differs(&after.slots, i) || self.turns.differs(&after.turns, i),
            CHANNEL => self.channels.differs(&after.channels, i),
            PC => self.walsenders.unnoted(i).pc != after.walsenders.unnoted(i).pc,
            SENT => self.walsenders.unnoted(i).progress() != after.walsenders.unnoted(i).progress(),
            FLAGS => self.walsenders.unnoted(i).flags() != after.walsenders.unnoted(i).flags(),
            ENDS => self.channels.unnoted(i).ends() != after.channels.unnoted(i).ends(),
            _ => self.peers.differs(&after.peers, i),
        }
    }
}

/// The parts of a facet that are noted by themselves.
fn parts_of(facet: usize) -> &'static [usize] {
    match facet {
        WALSENDER => &[PC, SENT, FLAGS],
        CHANNEL => &[ENDS],
        _ => &[],
    }
}
