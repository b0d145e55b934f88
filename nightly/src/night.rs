//! Runs a night: deals units to threads, writes results down, stops when the budget is used up.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::clock::{Deadline, Watch, now};
use crate::config::Config;
use crate::journal::Journal;
use crate::plan::{Ground, Plan};
use crate::record::{Line, NightRecord, ShardRecord, UnitRecord};
use crate::share;
use crate::store::Store;
use crate::unit::{Part, Shard, Unit, stable_hash};
use crate::work::Means;
use crate::{NightlyError, work};

/// When a night is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// So many minutes: no unit begins after them, and one that runs is stopped, what it has not
    /// decided being inconclusive. Minutes of a killed night count.
    Minutes(f64),
    /// After so many units. Time is then shared by their number, so that the same units are run
    /// on any machine.
    Units(u64),
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The directory of database, journals and reports.
    pub out: PathBuf,
    /// What is judged.
    pub config: Config,
    /// How long.
    pub budget: Budget,
    /// Which machine this is.
    pub shard: Shard,
    /// The seed; without it, that of the night that was killed, or a fresh one.
    pub seed: Option<u64>,
    /// Units at a time.
    pub threads: usize,
    /// Bytes that all searches together may use.
    pub memory_max: u64,
    /// Hash of the command.
    pub build: String,
    /// Its version.
    pub version: String,
}

/// A night that was run.
#[derive(Debug)]
pub struct Night {
    /// The database.
    pub store: Store,
    /// The night's name in it.
    pub night: String,
    /// Things to be told on the way.
    pub notes: Vec<String>,
    /// What made it stop early, if something did.
    pub error: Option<NightlyError>,
}

/// Told after each unit: its record, and how many are done.
pub type Watcher<'a> = &'a (dyn Fn(&UnitRecord, u64) + Sync);

/// Runs the night that is asked for, or goes on with it.
///
/// # Errors
/// When directory, corpus, journal or database cannot be used at the start. Later errors are in
/// [`Night::error`], so that what was found is told all the same.
pub fn run(asked: &Asked, watch: Watcher<'_>) -> Result<Night, NightlyError> {
    let out = asked.out.clone();
    std::fs::create_dir_all(&out).map_err(|e| NightlyError::write(&out, &e))?;
    let _lock = lock(&out)?;
    let (mut store, warning) = Store::recover(&out)?;
    let mut notes: Vec<String> = warning.into_iter().collect();
    let (seed, night) = name(asked, &store)?;
    notes.push(format!("seed {seed}, night {night}"));
    let (journal, lines) = Journal::open(&out, &night)?;
    store.take(&lines)?;
    let shard = asked.shard.to_string();
    if is_finished(&store, &night, &shard, &lines)? {
        let told =
            "this night is done: the same seed, configuration and command give the same units";
        notes.push(told.to_owned());
        return Ok(Night {
            store,
            night,
            notes,
            error: None,
        });
    }
    let ground = Ground::new(asked.config.clone(), &out)?;
    let (plan, done) = plan(asked, &ground, &store, (seed, &night))?;
    if done > 0 {
        notes.push(format!("goes on: {done} units are done"));
    }
    let started = now().max(store.last_start(&night)? + 1);
    let begin = begin(asked, (seed, &night), started, &plan);
    let mut desk = Desk::new(plan, store, journal, night, asked.budget)?;
    for line in &begin {
        desk.write(line);
    }
    desk.earlier(&shard, asked.threads)?;
    let mut desk = work_off(asked, &ground, desk, watch);
    if desk.error.is_none() {
        let finished = now();
        desk.write(&Line::End { shard, finished });
    }
    Ok(Night {
        store: desk.store,
        night: desk.night,
        notes,
        error: desk.error,
    })
}

/// Whether this machine has done its part of the night.
fn is_finished(
    store: &Store,
    night: &str,
    shard: &str,
    lines: &[Line],
) -> Result<bool, NightlyError> {
    let is_end = |line: &Line| matches!(line, Line::End { shard: s, .. } if s == shard);
    let sql = "SELECT shard FROM shards WHERE night = ?1 AND finished IS NOT NULL";
    let finished: Vec<String> = store.rows(sql, night, |row| row.get(0))?;
    Ok(lines.iter().any(is_end) || finished.iter().any(|s| s == shard))
}

/// What is still to be done, and how many units of the night are done.
fn plan(
    asked: &Asked,
    ground: &Ground,
    store: &Store,
    (seed, night): (u64, &str),
) -> Result<(Plan, usize), NightlyError> {
    let done = "SELECT unit FROM units WHERE night = ?1";
    let done: BTreeSet<String> = store.rows(done, night, |r| r.get(0))?.into_iter().collect();
    let last = "SELECT unit, max(n.started) FROM units JOIN nights n USING (night) \
                WHERE n.night <> ?1 AND NOT cut GROUP BY unit";
    let last = store.rows(last, night, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let units = done.len();
    let plan = Plan::new(ground, seed, asked.shard, done, &last.into_iter().collect());
    Ok((plan, units))
}

/// The lines with which a machine begins, or goes on.
fn begin(asked: &Asked, (seed, night): (u64, &str), started: i64, plan: &Plan) -> [Line; 2] {
    let planned = plan.planned.iter();
    [
        Line::Night(NightRecord {
            night: night.to_owned(),
            seed,
            config: asked.config.hash.clone(),
            build: asked.build.clone(),
            version: asked.version.clone(),
            started,
            accepted: asked.config.accepted.clone(),
        }),
        Line::Shard(ShardRecord {
            shard: asked.shard.to_string(),
            started,
            planned: planned.map(|(p, n)| (p.name().to_owned(), *n)).collect(),
        }),
    ]
}

/// Runs units on all threads until the night is over.
fn work_off(asked: &Asked, ground: &Ground, desk: Desk, watch: Watcher<'_>) -> Desk {
    let means = Means {
        ground,
        until: desk.until(),
        memory_max: asked.memory_max / asked.threads.max(1) as u64,
    };
    let desk = Mutex::new(desk);
    std::thread::scope(|scope| {
        for _ in 0..asked.threads.max(1) {
            scope.spawn(|| {
                loop {
                    // Let go of the desk before the work begins.
                    let unit = open(&desk).next();
                    let Some(unit) = unit else { break };
                    let record = work::run(means, &unit, asked.shard);
                    open(&desk).take(record, watch);
                }
            });
        }
    });
    desk.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn open(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Seed and name of the night that is asked for.
fn name(asked: &Asked, store: &Store) -> Result<(u64, String), NightlyError> {
    let config = &asked.config.hash;
    let named = |seed: u64| {
        let whole = format!("{seed} {config} {}", asked.build);
        format!("{:016x}", stable_hash(whole.as_bytes()))
    };
    if let Some(seed) = asked.seed {
        return Ok((seed, named(seed)));
    }
    let shard = asked.shard.to_string();
    if let Some((night, seed)) = store.unfinished(config, &asked.build, &shard)? {
        return Ok((seed, night));
    }
    let seed = sim::walk::dice::fresh_seed();
    Ok((seed, named(seed)))
}

/// Keeps other nights out of `out` while this one runs. The lock ends with the process, however
/// that ends.
fn lock(out: &std::path::Path) -> Result<Connection, NightlyError> {
    let path = out.join("lock.sqlite");
    let locked = Connection::open(&path).and_then(|db| {
        db.busy_timeout(std::time::Duration::ZERO)?;
        db.execute_batch("BEGIN EXCLUSIVE")?;
        Ok(db)
    });
    locked.map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy) => NightlyError::new(
            &format!("another night runs in `{}`", out.display()),
            "wait for it, or give another directory with `--out DIR`; `shutcheck merge` joins them",
        ),
        _ => NightlyError::write(&path, &error),
    })
}

/// Where threads fetch units and bring results.
struct Desk {
    plan: Plan,
    shares: BTreeMap<Part, f64>,
    spent: BTreeMap<Part, f64>,
    store: Store,
    journal: Journal,
    night: String,
    budget: Budget,
    watch: Watch,
    /// Seconds that a killed part of the night took.
    before: f64,
    begun: u64,
    done: u64,
    error: Option<NightlyError>,
}

impl Desk {
    fn new(
        plan: Plan,
        store: Store,
        journal: Journal,
        night: String,
        budget: Budget,
    ) -> Result<Desk, NightlyError> {
        let shares = share::shares(&share::brought(&store, &night)?);
        tracing::info!(?shares, "shares of the time");
        Ok(Desk {
            plan,
            shares,
            spent: BTreeMap::new(),
            store,
            journal,
            night,
            budget,
            watch: Watch::start(),
            before: 0.0,
            begun: 0,
            done: 0,
            error: None,
        })
    }

    /// Takes over what this machine did before it was killed.
    fn earlier(&mut self, shard: &str, threads: usize) -> Result<(), NightlyError> {
        let sql = "SELECT part, sum(seconds), count(*), shard FROM units WHERE night = ?1 \
                   GROUP BY part, shard";
        let rows = self.store.rows(sql, &self.night, |row| {
            let part: String = row.get(0)?;
            Ok((part, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?))
        })?;
        for (part, seconds, units, of) in rows {
            let Some(part) = Part::named(&part).filter(|_| of == shard) else {
                continue;
            };
            let units: u32 = units;
            self.begun += u64::from(units);
            self.before += seconds;
            self.spend(part, seconds, f64::from(units));
        }
        self.done = self.begun;
        self.before /= f64::from(u32::try_from(threads.max(1)).unwrap_or(1));
        Ok(())
    }

    /// When the units that run must end.
    fn until(&self) -> Deadline {
        Deadline::in_seconds(match self.budget {
            Budget::Minutes(minutes) => minutes * 60.0 - self.before - self.watch.seconds(),
            Budget::Units(_) => f64::INFINITY,
        })
    }

    fn spend(&mut self, part: Part, seconds: f64, units: f64) {
        *self.spent.entry(part).or_default() += match self.budget {
            Budget::Minutes(_) => seconds,
            Budget::Units(_) => units,
        };
    }

    /// The next unit; none when the night is over.
    fn next(&mut self) -> Option<Unit> {
        let over = match self.budget {
            Budget::Minutes(minutes) => self.before + self.watch.seconds() >= minutes * 60.0,
            Budget::Units(units) => self.begun >= units,
        };
        if over || self.error.is_some() {
            return None;
        }
        let part = share::next(&self.shares, &self.spent, |part| self.plan.has(part))?;
        let unit = self.plan.take(part)?;
        self.begun += 1;
        // Counted when it begins: so the order does not depend on how long another one takes.
        self.spend(part, 0.0, 1.0);
        Some(unit)
    }

    fn take(&mut self, record: UnitRecord, watch: Watcher<'_>) {
        if let Some(part) = Part::named(&record.part) {
            self.spend(part, record.seconds, 0.0);
        }
        tracing::info!(
            unit = record.unit,
            seconds = record.seconds,
            work = record.work,
            "unit done"
        );
        self.done += 1;
        watch(&record, self.done);
        self.write(&Line::Unit(record));
    }

    /// First into the journal, then into the database.
    fn write(&mut self, line: &Line) {
        let journal = &mut self.journal;
        let written = journal.append(line);
        let written = written.and_then(|()| self.store.add(&self.night, line).map(|_| ()));
        if let Err(error) = written {
            self.error.get_or_insert(error);
        }
    }
}
