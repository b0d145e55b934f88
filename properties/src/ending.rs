//! An ending: what is left when a shutdown has come to its end, in terms that a user can compare
//! with a real server.

use model::bounds::WALSENDERS_MAX;
use model::cluster::{Cluster, ControlState};
use model::machine::Machine;
use model::scenario::WalsenderKind;
use model::wal::{Lsn, Record};
use model::world::World;

/// A machine whose endings can be told apart.
pub trait Judged: Machine {
    /// What is left at an ending, in terms that a user can see.
    type Ending: Clone + std::fmt::Debug + Ord + Send;

    /// What is left in `s`.
    fn ending(&self, s: &Self::State) -> Self::Ending;
}

impl Judged for World {
    type Ending = Ending;

    fn ending(&self, s: &Cluster) -> Ending {
        Ending::of(self, s)
    }
}

/// A position relative to the shutdown checkpoint record, or to the end of WAL where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Position {
    /// No such position (a physical slot's `confirmed_flush`; a peer that reports none).
    None,
    /// There is no shutdown checkpoint record; this many units before the end of WAL.
    BeforeWalEnd(u8),
    /// Records that need decoding lie between it and the record; this many units before the record.
    Behind(u8),
    /// Nothing that needs decoding lies between, but `units` records do (not only XLOG_SWITCH).
    BehindHarmless(u8),
    /// Only XLOG_SWITCH lies between.
    BeforeSwitch,
    /// Exactly the start of the record (S).
    Start,
    /// Exactly its end (E).
    End,
    /// After its end.
    Beyond(u8),
}

impl Position {
    /// Where `lsn` is.
    #[must_use]
    pub fn of(s: &Cluster, lsn: Lsn) -> Position {
        if !lsn.is_valid() {
            return Position::None;
        }
        let Some(start) = s.wal.shutdown_checkpoint() else {
            return Position::BeforeWalEnd(s.wal.inserted.0.saturating_sub(lsn.0));
        };
        let end = start.0 + 1;
        match lsn.0 {
            n if n == start.0 => Position::Start,
            n if n == end => Position::End,
            n if n > end => Position::Beyond(n - end),
            n if s.wal.has_decodable(lsn, start) => Position::Behind(start.0 - n),
            n if s.wal.range(lsn, start).all(|(_, r)| r == Record::Switch) && n < start.0 => {
                Position::BeforeSwitch
            }
            n => Position::BehindHarmless(start.0 - n),
        }
    }
}

/// One slot or peer at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotEnding {
    /// Logical or physical.
    pub kind: WalsenderKind,
    /// Whether there is a slot.
    pub slot: bool,
    /// It is invalidated.
    pub invalidated: bool,
    /// Logical: `confirmed_flush`; physical: `restart_lsn`; in memory.
    pub memory: Position,
    /// The same on disk.
    pub disk: Position,
    /// What the peer holds durably.
    pub peer: Position,
}

/// What is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ending {
    /// The postmaster's exit status; `None` if it still lives (it hangs, or no stop was requested).
    pub postmaster_exit: Option<u8>,
    /// pg_control.
    pub control: ControlState,
    /// Statistics are written (by the checkpointer) and nothing was lost.
    pub stats_written: bool,
    /// Something was reported too late.
    pub stats_lost: bool,
    /// The checkpointer PANICked.
    pub panicked: bool,
    /// Completed segments that are not archived.
    pub unarchived: u8,
    /// Slots and peers, in the order of the scenario's walsenders.
    pub slots: [Option<SlotEnding>; WALSENDERS_MAX],
}

impl Ending {
    /// Puts the slots of these walsenders into ascending order: one ending for all that differ only
    /// in the order of like walsenders. `class` is in ascending order.
    pub fn sort_slots(&mut self, class: &[usize]) {
        let mut slots: Vec<_> = class.iter().map(|&i| self.slots[i]).collect();
        slots.sort_unstable();
        for (&i, slot) in class.iter().zip(slots) {
            self.slots[i] = slot;
        }
    }

    /// The ending that `s` is.
    #[must_use]
    pub fn of(w: &World, s: &Cluster) -> Ending {
        let mut slots = [None; WALSENDERS_MAX];
        for (i, ws) in w.scenario.walsenders() {
            let slot = &s.slots[i];
            let logical = ws.kind == WalsenderKind::Logical;
            let (memory, disk) = if logical {
                (slot.confirmed_flush, slot.disk_confirmed_flush)
            } else {
                (slot.restart_lsn, slot.disk_restart_lsn)
            };
            slots[i] = Some(SlotEnding {
                kind: ws.kind,
                slot: slot.in_use,
                invalidated: slot.invalidated,
                memory: Position::of(s, memory),
                disk: Position::of(s, disk),
                peer: Position::of(s, s.peers[i].durable),
            });
        }
        Ending {
            postmaster_exit: s.postmaster.exit.code(),
            control: s.control.state,
            stats_written: s.stats.is_shutdown,
            stats_lost: s.stats.lost,
            panicked: s.failures.panic_concurrent_wal,
            unarchived: s.archiver.ready,
            slots,
        }
    }

    /// Exit status 0 and "shut down".
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.postmaster_exit == Some(0) && self.control == ControlState::ShutDown
    }
}
