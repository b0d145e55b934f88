//! Real positions folded into the model's small ones.
//!
//! Kept are the positions that somebody acknowledged, saved, or left with; what lies between two
//! of them is one record. Order and equality among kept positions are preserved. When there are
//! more than the model's WAL holds, the least telling are given up: events that name such a
//! position are left out as stuttering.

use model::wal::{Lsn, Record};

use super::cast::Cast;
use super::outcome::OutcomeFacts;
use super::raw::Raw;

/// Most positions that are kept; more make the search for an explanation long, and tell little.
const KEPT_MAX: usize = 14;

/// The map from real positions to the model's.
#[derive(Clone, Debug, Default)]
pub(super) struct Fold {
    /// Kept positions up to the end of the WAL that exists at the stop, ascending; the first is the
    /// model's `Lsn::START`.
    pub(super) kept: Vec<u64>,
    /// End of XLOG_SWITCH, when the segment is switched.
    pub(super) switch_end: Option<u64>,
    /// Start of the shutdown checkpoint record.
    pub(super) start: Option<u64>,
    /// Its end.
    pub(super) end: Option<u64>,
    /// Kinds of the records between kept positions.
    pub(super) records: Vec<Record>,
    /// Positions that were given up.
    pub(super) given_up: usize,
}

/// `SizeOfXLogLongPHD`.
const LONG_PAGE_HEADER: u64 = 40;

/// `WalSegMinSize`.
const SEGMENT_SIZE_MIN: u64 = 1 << 20;

/// A position that is none of the model's: no step can explain it.
pub(super) const ELSEWHERE: Lsn = Lsn(250);

impl Fold {
    /// The model's position for `lsn`; [`ELSEWHERE`] if it is not a kept one.
    #[must_use]
    pub(super) fn at(&self, lsn: u64) -> Lsn {
        if lsn == 0 {
            return Lsn::INVALID;
        }
        let last = small(self.kept.len());
        let start = last + u8::from(self.switch_end.is_some());
        match self.kept.binary_search(&lsn) {
            Ok(i) => Lsn(small(i) + 1),
            Err(_) if Some(lsn) == self.end => Lsn(start + 1),
            Err(_) if Some(lsn) == self.start => Lsn(start),
            Err(_) if self.switched(lsn) => Lsn(start),
            Err(_) => ELSEWHERE,
        }
    }

    /// The first kept position at or after `lsn`.
    #[must_use]
    pub(super) fn ceiling(&self, lsn: u64) -> Lsn {
        match self.kept.iter().find(|&&kept| kept >= lsn) {
            Some(&kept) => self.at(kept),
            None => self.at(lsn),
        }
    }

    /// Whether `lsn` is known.
    #[must_use]
    pub(super) fn is_kept(&self, lsn: u64) -> bool {
        self.at(lsn) != ELSEWHERE || self.beyond(lsn)
    }

    /// Whether `lsn` lies where no kept position could: such an event must not be left out.
    fn beyond(&self, lsn: u64) -> bool {
        self.kept.last().is_some_and(|&last| lsn > last)
    }

    /// From the end of XLOG_SWITCH to the record there is only the header of the next segment's
    /// first page: one position.
    fn switched(&self, lsn: u64) -> bool {
        match (self.switch_end, self.start) {
            (Some(switch), Some(start)) => lsn == switch || lsn + LONG_PAGE_HEADER == start,
            (Some(switch), None) => lsn == switch,
            (None, _) => false,
        }
    }
}

fn small(n: usize) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}

/// Builds the map.
#[must_use]
pub(super) fn fold(raws: &[Raw], cast: &Cast, outcome: &OutcomeFacts) -> Fold {
    let mut fold = Fold::default();
    let written = |r: &&Raw| r.ev == "control_write" && r.text("state") == Some("shut down");
    fold.start = raws.iter().find(written).and_then(|r| r.lsn("checkpoint"));
    let is_fn = |r: &Raw, name: &str| r.actor == "checkpointer" && r.text("fn") == Some(name);
    let begun = raws
        .iter()
        .position(|r| is_fn(r, "CreateCheckPoint"))
        .unwrap_or(raws.len());
    let inserted = |r: &Raw| {
        is_fn(r, "XLogInsertRecord")
            .then(|| r.lsn("arg_end"))
            .flatten()
    };
    fold.switch_end = raws[..begun]
        .iter()
        .filter_map(inserted)
        .find(|&end| end > 0);
    // Behind XLOG_SWITCH comes the header of a segment's first page, and then the record.
    let behind_switch = |&start: &u64| {
        let header = start.checked_sub(LONG_PAGE_HEADER);
        let in_segment = header.is_some_and(|header| header % SEGMENT_SIZE_MIN == 0);
        let switch = fold.switch_end;
        switch.is_none_or(|switch| start == switch || start > switch && in_segment)
    };
    fold.start = fold.start.filter(behind_switch);
    let flushed = |r: &Raw| is_fn(r, "XLogFlush").then(|| r.lsn("lsn")).flatten();
    fold.end = raws[begun..]
        .iter()
        .find_map(|r| flushed(r).or(inserted(r).filter(|&end| end > 0)))
        .or(outcome.checkpoint_end);

    let limit = match (fold.switch_end, fold.start) {
        (Some(switch), _) => switch - 1,
        (None, Some(start)) => start,
        // The server ended between the checkpoint record and its place in pg_control.
        (None, None) => fold.end.map_or(u64::MAX, |end| end - 1),
    };
    let mut kept: Vec<u64> = Vec::new();
    if fold.switch_end.is_none() {
        kept.extend(fold.start);
    }
    // Without a checkpoint nothing else says how far WAL went: what was sent exists.
    let sent = (fold.end.is_none() && fold.start.is_none())
        .then(|| last_sent(raws, cast))
        .flatten();
    for lsn in sent.into_iter().chain(by_weight(raws, cast, outcome)) {
        if lsn == 0 || lsn > limit || kept.contains(&lsn) {
            continue;
        }
        if kept.len() < KEPT_MAX {
            kept.push(lsn);
        } else {
            fold.given_up += 1;
        }
    }
    kept.sort_unstable();
    part_running_xacts(&mut kept, raws, cast, outcome);
    fold.records = records(&kept, raws, cast, outcome);
    fold.kept = kept;
    fold
}

/// All positions, the most telling first.
fn by_weight(raws: &[Raw], cast: &Cast, outcome: &OutcomeFacts) -> Vec<u64> {
    let mut found = Vec::new();
    for slot in outcome.slots.values() {
        found.extend([slot.confirmed, slot.restart, slot.disk_before, slot.disk]);
        found.extend([slot.disk_restart, slot.flush]);
    }
    let ours = |r: &&Raw| {
        cast.walsender(r.actor.trim_start_matches("walsender:"))
            .is_some()
    };
    let saved = raws.iter().filter(|r| r.ev == "slot_save");
    found.extend(saved.flat_map(|r| [r.lsn("confirmed_flush"), r.lsn("restart_lsn")]));
    for r in raws.iter().filter(ours) {
        if matches!(r.text("fn"), Some("proc_exit" | "WalSndSetState")) {
            found.push(r.lsn("sentPtr"));
        }
    }
    for r in raws.iter().rev().filter(ours) {
        match r.text("fn").or(r.text("msg")) {
            Some("LogicalConfirmReceivedLocation") => found.push(r.lsn("lsn")),
            Some("StandbyStatus") => found.push(r.lsn("flush")),
            _ => {}
        }
    }
    found.push(outcome.insert);
    found.extend(outcome.slots.values().map(|slot| slot.sent));
    for r in raws.iter().rev().filter(ours) {
        match r.text("msg") {
            Some("StandbyStatus") => found.push(r.lsn("write")),
            Some("Keepalive") => found.push(r.lsn("end")),
            _ => {}
        }
    }
    found.into_iter().flatten().collect()
}

/// What the records between kept positions are: a commit where a transaction is known to have been
/// sent from there, or where nobody could have observed one; RUNNING_XACTS where a slot came to
/// restart.
fn records(kept: &[u64], raws: &[Raw], cast: &Cast, outcome: &OutcomeFacts) -> Vec<Record> {
    let sent = sent_transactions(raws, cast);
    let names = cast.walsenders.iter();
    let unobserved = names
        .filter_map(|name| sent_before(name, raws, outcome))
        .max();
    let unobserved = unobserved.or(outcome.insert).unwrap_or(u64::MAX);
    let restarts = new_restarts(raws, outcome);
    kept.windows(2)
        .map(|pair| {
            let inside = sent.iter().any(|&lsn| pair[0] < lsn && lsn <= pair[1]);
            if !inside && restarts.contains(&pair[0]) {
                Record::RunningXacts
            } else if inside || pair[1] <= unobserved {
                Record::Commit
            } else {
                Record::Other
            }
        })
        .collect()
}

/// Where a slot came to restart and a transaction was sent before the next kept position,
/// RUNNING_XACTS ends in between: a position that nobody named, the next byte, stands for it.
fn part_running_xacts(kept: &mut Vec<u64>, raws: &[Raw], cast: &Cast, outcome: &OutcomeFacts) {
    let sent = sent_transactions(raws, cast);
    let restarts = new_restarts(raws, outcome);
    let holds_both = |pair: &&[u64]| {
        let inside = sent.iter().any(|&lsn| pair[0] < lsn && lsn <= pair[1]);
        inside && restarts.contains(&pair[0])
    };
    let ends: Vec<u64> = kept
        .windows(2)
        .filter(holds_both)
        .map(|pair| pair[0] + 1)
        .collect();
    kept.extend(ends);
    kept.sort_unstable();
}

/// Up to where WAL was sent.
fn last_sent(raws: &[Raw], cast: &Cast) -> Option<u64> {
    let of_walsender = |r: &&Raw| {
        let name = r.actor.trim_start_matches("walsender:");
        r.text("msg") == Some("XLogData") && cast.walsender(name).is_some()
    };
    raws.iter()
        .filter(of_walsender)
        .filter_map(|r| r.lsn("end"))
        .max()
}

/// Up to where logical walsenders sent transactions.
fn sent_transactions(raws: &[Raw], cast: &Cast) -> Vec<u64> {
    let logical = |r: &&Raw| {
        let name = r.actor.trim_start_matches("walsender:");
        cast.walsender(name).is_some() && r.text("head") != Some("r")
    };
    raws.iter()
        .filter(logical)
        .filter(|r| r.text("msg") == Some("XLogData"))
        .filter_map(|r| r.lsn("end"))
        .collect()
}

/// Where logical slots restart that restarted elsewhere before the stop.
fn new_restarts(raws: &[Raw], outcome: &OutcomeFacts) -> Vec<u64> {
    let logical = outcome.slots.iter().filter(|(_, facts)| !facts.physical);
    let found = logical.flat_map(|(name, facts)| {
        let events = raws
            .iter()
            .filter(|r| r.ev == "slot_save" && r.text("slot") == Some(name));
        let saved = events.filter_map(|r| r.lsn("restart_lsn"));
        let all = saved.chain(facts.disk_restart);
        all.filter(|&lsn| Some(lsn) != facts.restart)
    });
    found.collect()
}

/// Up to where a walsender had sent when the trace begins: what SQL said before, or what its peer
/// first says to have, if that is more.
pub(super) fn sent_before(name: &str, raws: &[Raw], outcome: &OutcomeFacts) -> Option<u64> {
    let actor = format!("walsender:{name}");
    let mut early = raws
        .iter()
        .filter(|r| r.actor == actor)
        .take_while(|r| r.text("msg") != Some("XLogData"));
    let first = early.find_map(|r| r.lsn("write"));
    let said = outcome.slots.get(name).and_then(|slot| slot.sent);
    first.max(said)
}
