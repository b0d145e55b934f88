//! The next life of a server: the scenario in which it is up again on what its stop left.
//!
//! Slots are as they were saved, WAL is as it was left, and peers know what they have made durable.
//! After pg_upgrade the WAL is new, and the logical slots stand at its beginning. So what a stop
//! left is walked through another stop, judged as every scenario is, and what breaks there is a
//! schedule of that scenario alone.
//!
//! *Never here*: what must be true of a stop. That no slot on disk is ahead of the WAL and that
//! nothing confirmed or skipped is missing is judged where the first stop ends; a stop that breaks
//! it has no next life here.

use model::cluster::{Cluster, ControlState};
use model::postmaster::ExitStatus;
use model::scenario::{
    Activity, AfterStop, PeerKind, PeerState, Phase, Scenario, WalsenderKind, WalsenderScenario,
};
use model::wal::{Lsn, Record, Wal};
use model::world::World;
use properties::claims::pg_upgrade_accepts;

use super::dice::Dice;
use super::draw;

/// The scenario in which the server of `world` is up again, after it stopped in `end`. None if it
/// did not stop, was in recovery, or cannot come up with all that its peers hold.
///
/// What clients do in the next life, its faults and its stop requests are drawn.
#[must_use]
pub fn started_again(world: &World, end: &Cluster, dice: &mut Dice) -> Option<Scenario> {
    let old = &world.scenario;
    if end.postmaster.exit == ExitStatus::None || old.start.phase != Phase::Running {
        return None;
    }
    let upgraded = old.after == AfterStop::Upgrade && pg_upgrade_accepts(world, end) == Some(true);
    let left = Left::of(end, upgraded)?;
    let mut scenario = draw::quiet(old, dice);
    let mut count = 0;
    for (i, ws) in old.walsenders() {
        if let Some(next) = left.walsender((world, end), i, ws, dice).ok()? {
            scenario.walsenders[count] = Some(next);
            count += 1;
        }
    }
    let base = left.base(&scenario);
    for ws in scenario.walsenders.iter_mut().flatten() {
        // Who has no slot has saved nothing.
        ws.caught_up_to = ws.caught_up_to.saturating_sub(base);
        ws.saved_up_to = ws.saved_up_to.saturating_sub(base);
    }
    let mut units = left.records.get(usize::from(base)..)?.to_vec();
    let flushed = u8::try_from(units.len()).ok()?;
    let ends = segment_ends(world, &end.wal, left.records.len());
    scenario.set_segment_ends(ends.filter_map(|units| units.checked_sub(base)));
    if scenario.segment_ends().next().is_none() && !scenario.archiving {
        scenario.wal_keep_size = 0;
    }
    units.extend(draw::records(3, dice));
    if units.len() > scenario.backlog.len() {
        return None;
    }
    scenario.backlog[..units.len()].copy_from_slice(&units);
    scenario.backlog_flushed = if dice.one_in(2) {
        flushed
    } else {
        u8::try_from(units.len()).ok()?
    };
    draw::faults(&mut scenario, dice);
    draw::is_possible(&scenario).then_some(scenario)
}

/// Where segments end in what is left of the old WAL, which has so many units.
fn segment_ends<'a>(world: &'a World, wal: &'a Wal, left: usize) -> impl Iterator<Item = u8> + 'a {
    let last = u8::try_from(left).unwrap_or_default();
    (1..=last).filter(|units| world.segment_start(wal, Lsn(units + 1)) == Lsn(units + 1))
}

/// A peer or a slot is where the server has no WAL.
struct Lost;

/// What a stop left of the WAL.
struct Left {
    /// The units, from the beginning of the old backlog.
    records: Vec<Record>,
    upgraded: bool,
}

impl Left {
    fn of(end: &Cluster, upgraded: bool) -> Option<Left> {
        // A clean stop's WAL ends behind the shutdown checkpoint, another's where it was flushed.
        let to = match end.control.state {
            ControlState::ShutDown => Lsn(end.wal.shutdown_checkpoint()?.0 + 1),
            ControlState::InProduction
            | ControlState::ShuttingDown
            | ControlState::InRecovery
            | ControlState::ShutDownInRecovery => end.wal.flushed,
        };
        let to = if upgraded { Lsn::START } else { to };
        // Decoding passes over them.
        let is_other = |r| matches!(r, Record::Switch | Record::CheckpointShutdown);
        let kept = |r| if is_other(r) { Record::Other } else { r };
        let units = end.wal.range(Lsn::START, to);
        let mut records: Vec<Record> = units.map(|(_, record)| kept(record)).collect();
        if end.wal.at(to) == Record::Continuation {
            // The second half is not there: the record is not valid.
            records.pop();
        }
        Some(Left { records, upgraded })
    }

    /// Walsender `i` in the next life, if somebody comes back.
    fn walsender(
        &self,
        (world, end): (&World, &Cluster),
        i: usize,
        ws: WalsenderScenario,
        dice: &mut Dice,
    ) -> Result<Option<WalsenderScenario>, Lost> {
        let (slot, peer) = (&end.slots[i], &end.peers[i]);
        let logical = ws.kind == WalsenderKind::Logical;
        let streams = ws.activity == Activity::Streaming;
        let again = WalsenderScenario {
            peer_state: if streams && dice.one_in(8) {
                PeerState::Frozen
            } else {
                PeerState::Running
            },
            report_put_off: false,
            ..ws
        };
        if !ws.slot && !streams {
            // A session: another one comes.
            let at = self.whole(self.len(), logical);
            return Ok(Some(WalsenderScenario {
                caught_up_to: at,
                saved_up_to: 0,
                ..again
            }));
        }
        let lost = ws.slot && (slot.invalidated || !slot.in_use);
        if lost || self.upgraded && !logical {
            return Ok(None);
        }
        if self.upgraded {
            return Ok(Some(WalsenderScenario {
                caught_up_to: 0,
                saved_up_to: 0,
                ..again
            }));
        }
        let units = |lsn: Lsn| lsn.0.saturating_sub(1);
        let saved = match (ws.slot, logical) {
            (false, _) => 0,
            (true, true) => units(slot.disk_confirmed_flush),
            (true, false) => units(slot.disk_restart_lsn),
        };
        // Who keeps a position of its own asks for what comes behind it; the others trust the slot.
        let own = !logical
            || matches!(
                ws.peer,
                PeerKind::ApplyWorker | PeerKind::ApplyWorkerSynchronous
            );
        let caught_up = if own {
            saved.max(units(peer.durable))
        } else {
            saved
        };
        // Who has a slot needs what it keeps, another one what comes behind its own position.
        let removed = if ws.slot {
            slot.disk_restart_lsn < end.wal.removed
        } else {
            Lsn(caught_up.saturating_add(1)) < world.removed(&end.wal)
        };
        if caught_up > self.len() || removed {
            return Err(Lost);
        }
        Ok(Some(WalsenderScenario {
            caught_up_to: self.whole(caught_up, logical),
            saved_up_to: self.whole(saved, logical),
            ..again
        }))
    }

    fn len(&self) -> u8 {
        u8::try_from(self.records.len()).unwrap_or(u8::MAX)
    }

    /// `units`, and not in the middle of a record.
    fn whole(&self, units: u8, logical: bool) -> u8 {
        let split = self.records.get(usize::from(units)) == Some(&Record::Continuation);
        units - u8::from(logical && split && units > 0)
    }

    /// Where the next backlog begins: everything older is sent, confirmed and saved.
    fn base(&self, scenario: &Scenario) -> u8 {
        let positions = scenario.walsenders().map(|(_, ws)| {
            if ws.slot {
                ws.saved_up_to.min(ws.caught_up_to)
            } else if ws.activity == Activity::Streaming {
                ws.caught_up_to
            } else {
                self.len()
            }
        });
        let oldest = positions.min().unwrap_or(self.len());
        self.whole(oldest, true)
    }
}
