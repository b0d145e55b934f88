//! Joins databases: nights of several machines, or of several places.

use std::path::Path;

use rusqlite::params;

use crate::NightlyError;
use crate::record::{Accepted, Line, NightRecord, ShardRecord, UnitRecord, VerdictRecord};
use crate::store::Store;

/// What a merge did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Units that were not there.
    pub units: u64,
    /// Verdicts that differ from those that were there.
    pub conflicts: u64,
}

/// Adds everything in the database `from` to `into`. Doing it again adds nothing. Where both have
/// a unit and say different things, the first one stays and the other is a conflict: *flaky*.
///
/// # Errors
/// When one of them cannot be read or written.
pub fn merge(into: &mut Store, from: &Path) -> Result<Merged, NightlyError> {
    let source = Store::existing(from)?;
    let sql = "SELECT night FROM nights WHERE night <> ?1 ORDER BY started, night";
    let nights: Vec<String> = source.rows(sql, "", |row| row.get(0))?;
    let mut merged = Merged::default();
    for night in nights {
        for line in lines(&source, &night)? {
            let added = into.add(&night, &line)?;
            merged.units += u64::from(added);
            if let Line::Unit(unit) = &line
                && !added
            {
                merged.conflicts += conflicts(into, &night, unit)?;
            }
        }
        let sql = "SELECT unit, key, verdict, other FROM conflicts WHERE night = ?1";
        let rows = source.rows(sql, &night, |row| {
            let row: [String; 4] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
            Ok(row)
        })?;
        for [unit, key, verdict, other] in rows {
            add_conflict(into, &night, [&unit, &key, &verdict, &other])?;
        }
    }
    Ok(merged)
}

/// Compares a unit with the one of its id that is there.
fn conflicts(into: &Store, night: &str, unit: &UnitRecord) -> Result<u64, NightlyError> {
    let sql = "SELECT unit, key, verdict FROM verdicts WHERE night = ?1";
    let sql = format!("{sql} AND unit = '{}'", unit.unit.replace('\'', "''"));
    let there: Vec<(String, String)> =
        into.rows(&sql, night, |row| Ok((row.get(1)?, row.get(2)?)))?;
    let mut found = 0;
    for verdict in &unit.verdicts {
        let first = there.iter().find(|(key, _)| *key == verdict.key);
        let first = first.map_or("nothing", |(_, word)| word.as_str());
        if first != verdict.verdict {
            found += 1;
            add_conflict(
                into,
                night,
                [&unit.unit, &verdict.key, first, &verdict.verdict],
            )?;
        }
    }
    Ok(found)
}

fn add_conflict(into: &Store, night: &str, row: [&str; 4]) -> Result<(), NightlyError> {
    let [unit, key, verdict, other] = row;
    let sql = "INSERT OR IGNORE INTO conflicts VALUES (?1, ?2, ?3, ?4, ?5)";
    let done = into
        .db
        .execute(sql, params![night, unit, key, verdict, other]);
    done.map(|_| ()).map_err(|e| into.failed(&e))
}

/// A night of the database, as the lines of its journal.
///
/// # Errors
/// When the database cannot be read.
pub fn lines(store: &Store, night: &str) -> Result<Vec<Line>, NightlyError> {
    let sql = "SELECT key, reason FROM accepted WHERE night = ?1";
    let accepted = store.rows(sql, night, |row| {
        Ok(Accepted {
            key: row.get(0)?,
            reason: row.get(1)?,
        })
    })?;
    let sql = "SELECT night, seed, config, build, version, started FROM nights WHERE night = ?1";
    let head = store.rows(sql, night, |row| {
        Ok(Line::Night(NightRecord {
            night: row.get(0)?,
            seed: row.get::<_, String>(1)?.parse().unwrap_or(0),
            config: row.get(2)?,
            build: row.get(3)?,
            version: row.get(4)?,
            started: row.get(5)?,
            accepted: accepted.clone(),
        }))
    })?;
    let mut lines = head;
    let sql = "SELECT shard, part, units FROM planned WHERE night = ?1";
    let planned: Vec<(String, String, u64)> = store.rows(sql, night, |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    let sql = "SELECT shard, started, finished FROM shards WHERE night = ?1 ORDER BY shard";
    let shards: Vec<(String, i64, Option<i64>)> = store.rows(sql, night, |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    let mut ends = Vec::new();
    for (shard, started, finished) in shards {
        let of = planned.iter().filter(|row| row.0 == shard);
        lines.push(Line::Shard(ShardRecord {
            shard: shard.clone(),
            started,
            planned: of.map(|row| (row.1.clone(), row.2)).collect(),
        }));
        if let Some(finished) = finished {
            ends.push(Line::End { shard, finished });
        }
    }
    lines.extend(units(store, night)?.into_iter().map(Line::Unit));
    lines.extend(ends);
    Ok(lines)
}

fn units(store: &Store, night: &str) -> Result<Vec<UnitRecord>, NightlyError> {
    let sql = "SELECT unit, part, input, seconds, work, cut, finished, shard FROM units \
               WHERE night = ?1 ORDER BY unit";
    let mut units = store.rows(sql, night, |row| {
        Ok(UnitRecord {
            unit: row.get(0)?,
            part: row.get(1)?,
            input: row.get(2)?,
            seconds: row.get(3)?,
            work: row.get(4)?,
            cut: row.get(5)?,
            finished: row.get(6)?,
            shard: row.get(7)?,
            verdicts: Vec::new(),
        })
    })?;
    let sql = "SELECT key, claim, property, design, place, verdict, message, file, unit \
               FROM verdicts WHERE night = ?1 ORDER BY unit, key";
    let verdicts = store.rows(sql, night, |row| {
        let verdict = VerdictRecord {
            key: row.get(0)?,
            claim: row.get(1)?,
            property: row.get(2)?,
            design: row.get(3)?,
            place: row.get(4)?,
            verdict: row.get(5)?,
            message: row.get(6)?,
            file: row.get(7)?,
        };
        Ok((row.get::<_, String>(8)?, verdict))
    })?;
    for (unit, verdict) in verdicts {
        // Both are in the order of the ids.
        if let Ok(n) = units.binary_search_by(|u| u.unit.cmp(&unit))
            && let Some(found) = units.get_mut(n)
        {
            found.verdicts.push(verdict);
        }
    }
    Ok(units)
}
