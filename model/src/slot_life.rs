//! A slot's life: it is created, acquired, decoded through, confirmed, saved, released, invalidated
//! and dropped, while checkpoints remove WAL, clients restart and the server stops, crashes and
//! starts again. The second machine, beside the stop of one server ([`crate::world::World`]).
//!
//! Files: [`server`] (WAL, stop, crash, start, replay, VACUUM), [`checkpointer`] (redo, save, keep,
//! invalidate, remove), [`acquire`], [`walsender`] and [`decoding`], [`sql`], [`creator`],
//! [`release`] (drop and exit hooks), [`required`] (the two aggregates over all slots),
//! [`client`]; [`steps`] is the table of all steps.
//!
//! *Grain*: what is done under one lock that the others take, or touches only what one process
//! sees, is one step. Computing an aggregate over all slots and publishing it are two steps, for
//! each process, as are the choice of a position and its announcement.
//!
//! *Simplified*: a record takes one unit and is a WAL segment of its own, the worst case for
//! removal; insert, write and flush are one position, because every commit here is synchronous;
//! transaction ids are WAL positions (what an xmin protects is what was live there); the WAL's
//! content is the scenario's script, the number of records in it is state. A stop ends the
//! walsenders without a drain: what a drain adds is the other machine's matter.

pub mod acquire;
pub mod checkpointer;
pub mod client;
pub mod creator;
pub mod decoding;
mod owner;
pub mod release;
pub mod required;
pub mod scenario;
pub mod server;
pub mod sql;
pub mod steps;
pub mod walsender;

use crate::design::Design;
use crate::machine::{Machine, StepFacts};
use crate::slot::Slot;
use crate::wal::Lsn;

pub use owner::{Owner, Pc};

use checkpointer::Checkpointer;
use client::Client;
use scenario::{Entry, OwnerKind, Scenario, SlotKind, bit};
use steps::{STEPS, Step, candidates};

/// Most WAL units of a script.
pub const SCRIPT_MAX: usize = 8;
/// `max_replication_slots`.
pub const SLOTS_MAX: usize = 2;
/// Most processes that work with slots.
pub const OWNERS_MAX: usize = 2;

/// `data.persistency`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Persistency {
    /// Crash-safe.
    #[default]
    Persistent,
    /// Being created: dropped at release and at a restart.
    Ephemeral,
    /// Dropped at the end of the session: a slot that is being synchronised.
    Temporary,
}

/// One entry of `ReplicationSlotCtl->replication_slots`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LifeSlot {
    /// What every slot has.
    pub base: Slot,
    /// Logical or physical.
    pub kind: SlotKind,
    /// `data.persistency`.
    pub persistency: Persistency,
    /// `effective_xmin`: what a snapshot that is being exported needs; invalid if nothing.
    pub effective_xmin: Lsn,
    /// `data.invalidated` in the state file.
    pub disk_invalidated: bool,
    /// `data.two_phase_at` (14: `initial_consistent_point`).
    pub two_phase_at: Lsn,
}

/// Whether the server runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// It runs.
    #[default]
    Running,
    /// A stop was requested.
    Stopping,
    /// It is down after a clean stop.
    Stopped,
    /// It is down after a crash.
    Crashed,
}

/// What is left of what may happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Budget {
    /// Online checkpoints.
    pub checkpoints: u8,
    /// Clean restarts.
    pub stops: u8,
    /// Crashes.
    pub crashes: u8,
    /// Client restarts.
    pub client_restarts: u8,
    /// Interrupts of `pg_recvlogical`.
    pub interrupts: u8,
}

/// What went wrong beyond what a state shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Failures {
    /// An assertion failed.
    pub assertion: bool,
    /// Statistics were reported after they were shut down.
    pub late_stats: bool,
    /// A process went on to decode WAL that is gone, through a slot that it had validated.
    pub missing_wal: bool,
}

/// One state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Life {
    /// Whether the server runs.
    pub phase: Phase,
    /// End of WAL; on a standby, the replayed position.
    pub inserted: Lsn,
    /// Everything before it has been removed (`XLogGetLastRemovedSegno`).
    pub removed: Lsn,
    /// `XLogCtl->RedoRecPtr`.
    pub redo: Lsn,
    /// `XLogCtl->replicationSlotMinLSN`; invalid if no slot needs any.
    pub slot_min_lsn: Lsn,
    /// `procArray->replication_slot_xmin`; invalid if no slot needs any.
    pub slot_xmin: Lsn,
    /// Rows that were dead at this position have been vacuumed.
    pub vacuumed: Lsn,
    /// Owner who holds `ReplicationSlotAllocationLock` exclusively, across steps.
    pub allocation_lock: Option<u8>,
    /// All slots.
    pub slots: [LifeSlot; SLOTS_MAX],
    /// All processes that work with them.
    pub owners: [Owner; OWNERS_MAX],
    /// The client.
    pub client: Client,
    /// The checkpointer.
    pub checkpointer: Checkpointer,
    /// `LogicalDecodingCtl->logical_decoding_enabled` is false.
    pub decoding_disabled: bool,
    /// End of the last record that disabled it; invalid if none did.
    pub disabled_at: Lsn,
    /// The startup process has disabled decoding and is about to invalidate the slots.
    pub startup_invalidates: bool,
    /// What may still happen.
    pub budget: Budget,
    /// What went wrong.
    pub failures: Failures,
}

impl Life {
    /// This state, if it differs from `before`: a step that changes nothing is none.
    #[must_use]
    pub(crate) fn if_changed(self, before: &Life) -> Option<Life> {
        (self != *before).then_some(self)
    }

    /// The slot that owner `i` works with.
    #[must_use]
    pub fn slot_of(&self, i: usize) -> &LifeSlot {
        &self.slots[usize::from(self.owners[i].slot)]
    }

    pub(crate) fn slot_of_mut(&mut self, i: usize) -> &mut LifeSlot {
        &mut self.slots[usize::from(self.owners[i].slot)]
    }
}

/// A design and a scenario.
#[derive(Clone, Debug)]
pub struct SlotLife {
    /// The design.
    pub design: Design,
    /// The scenario.
    pub scenario: Scenario,
    steps: Vec<Step>,
}

impl SlotLife {
    /// Puts `design` into `scenario`.
    #[must_use]
    pub fn new(design: Design, scenario: Scenario) -> SlotLife {
        let steps = candidates(scenario.owners.iter().flatten().count());
        SlotLife {
            design,
            scenario,
            steps,
        }
    }

    /// What owner `i` is, if the scenario has one.
    #[must_use]
    pub fn owner_kind(&self, i: usize) -> Option<OwnerKind> {
        self.scenario.owners.get(i).copied().flatten()
    }

    /// What the client has when the scenario begins: all that the slot had confirmed.
    fn initially_durable(&self) -> u16 {
        let slot = self.scenario.slots[0].unwrap_or(scenario::SlotScenario {
            kind: SlotKind::Physical,
            restart_lsn: Lsn::INVALID,
            confirmed_flush: Lsn::INVALID,
            two_phase_at: Lsn::INVALID,
        });
        let confirmed = slot.confirmed_flush;
        let has = |lsn: Lsn, entry: Entry| match entry {
            Entry::Commit(_) | Entry::Message => lsn < confirmed,
            // One that was prepared before the slot began is not in its first snapshot.
            Entry::Prepare(_) => lsn < confirmed && lsn >= slot.two_phase_at,
            Entry::None
            | Entry::Other
            | Entry::Change(_)
            | Entry::CommitAdded(_)
            | Entry::CommitPrepared(_)
            | Entry::RunningXacts
            | Entry::DecodingOff
            | Entry::DecodingOn => false,
        };
        let records = self.scenario.records();
        records
            .filter(|&(lsn, entry)| has(lsn, entry))
            .fold(0, |set, (lsn, _)| set | bit(lsn))
    }
}

impl Machine for SlotLife {
    type State = Life;
    type Step = Step;

    fn initial(&self) -> Life {
        let sc = &self.scenario;
        let mut s = Life {
            inserted: Lsn(1 + sc.present),
            removed: Lsn::START,
            redo: Lsn::START,
            vacuumed: Lsn::START,
            budget: Budget {
                checkpoints: sc.checkpoints,
                stops: sc.stops,
                crashes: sc.crashes,
                client_restarts: sc.client_restarts,
                interrupts: sc.interrupts,
            },
            ..Life::default()
        };
        for (i, slot) in sc.slots.iter().enumerate() {
            if let Some(slot) = slot {
                s.slots[i] = LifeSlot {
                    base: Slot {
                        in_use: true,
                        restart_lsn: slot.restart_lsn,
                        confirmed_flush: slot.confirmed_flush,
                        last_saved_confirmed_flush: slot.confirmed_flush,
                        disk_confirmed_flush: slot.confirmed_flush,
                        disk_restart_lsn: slot.restart_lsn,
                        ..Slot::default()
                    },
                    kind: slot.kind,
                    two_phase_at: slot.two_phase_at,
                    ..LifeSlot::default()
                };
            }
        }
        if sc.client.is_some() || matches!(sc.owners[0], Some(OwnerKind::SqlSession(_))) {
            s.client.durable = self.initially_durable();
            s.client.origin = sc.slots[0].map_or(Lsn::INVALID, |slot| slot.confirmed_flush);
        }
        for (i, kind) in sc.owners.iter().enumerate() {
            if let Some(kind) = kind {
                start_owner(&mut s, i, *kind);
            }
        }
        s.slot_min_lsn = required::required_lsn(self, &s);
        s
    }

    fn steps(&self) -> &[Step] {
        &self.steps
    }

    fn apply(&self, step: Step, s: &Life) -> Option<Life> {
        step.apply(self, s)
    }

    fn facts(&self, step: Step) -> StepFacts {
        let info = step.info();
        StepFacts {
            kind: step.kind as usize,
            actor: step.actor(),
            by_peer: step.is_by_client(),
            party: info.party,
            alternative: (step.kind as u32) << 8 | u32::from(step.who),
            function: info.function,
            file: info.file,
        }
    }

    fn kinds(&self) -> usize {
        STEPS.len()
    }

    fn is_stuck(&self, _s: &Life) -> bool {
        false
    }
}

/// Owner `i` as the scenario begins.
fn start_owner(s: &mut Life, i: usize, kind: OwnerKind) {
    let owner = &mut s.owners[i];
    match kind {
        OwnerKind::LogicalWalsender => {}
        OwnerKind::SqlSession(calls) => owner.calls_left = calls,
        OwnerKind::CreatesPhysical | OwnerKind::CreatesLogical => owner.pc = Pc::Allowed,
        OwnerKind::CreatesOnStandby | OwnerKind::SlotSync => owner.pc = Pc::Requirements,
        OwnerKind::PhysicalWalsender => {
            owner.pc = Pc::Streaming;
            s.slots[0].base.active = true;
        }
        OwnerKind::Fails { .. } => {
            owner.pc = Pc::Failing;
            s.slots[0].base.active = true;
            s.slots[0].persistency = Persistency::Ephemeral;
        }
    }
}
