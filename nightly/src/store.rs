//! The database: SQLite, written behind the journal, and built from it again when it is broken.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use crate::NightlyError;
use crate::journal;
use crate::record::{Line, NightRecord, ShardRecord, UnitRecord};

/// The version of the schema, in `user_version`.
pub const SCHEMA: i64 = 1;

/// Name of the database in a night's directory.
pub const NAME: &str = "nightly.sqlite";

/// The database of the nights.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    /// For queries of the reports.
    pub db: Connection,
}

impl Store {
    /// Opens or makes the database at `path`.
    ///
    /// # Errors
    /// When it cannot be opened, is broken, or is of a later version.
    pub fn open(path: &Path) -> Result<Store, NightlyError> {
        Store::try_open(path).map_err(|error| match error {
            OpenError::Sql(error) => broken(path, &error),
            OpenError::Version(version) => later(path, version),
        })
    }

    /// Opens the database at `path`, which is there.
    ///
    /// # Errors
    /// As [`Store::open`], and when there is none.
    pub fn existing(path: &Path) -> Result<Store, NightlyError> {
        if path.is_file() {
            return Store::open(path);
        }
        Err(NightlyError::new(
            &format!("there is no database `{}`", path.display()),
            "give the directory or database that `shutcheck nightly --out DIR` wrote",
        ))
    }

    /// Opens the database in `out`. A broken one is put aside and built again from the journals;
    /// then the second value tells so.
    ///
    /// # Errors
    /// When it cannot be opened or written.
    pub fn recover(out: &Path) -> Result<(Store, Option<String>), NightlyError> {
        let path = out.join(NAME);
        let fresh = !path.exists();
        let error = match Store::try_open(&path) {
            Ok(mut store) => {
                if fresh {
                    store.replay(out)?;
                }
                return Ok((store, None));
            }
            Err(OpenError::Version(version)) => return Err(later(&path, version)),
            Err(OpenError::Sql(error)) if is_broken(&error) => error,
            Err(OpenError::Sql(error)) => return Err(NightlyError::write(&path, &error)),
        };
        let mut n = 1;
        let aside = |n: u32| out.join(format!("{NAME}.broken-{n}"));
        while aside(n).exists() {
            n += 1;
        }
        let aside = aside(n);
        std::fs::rename(&path, &aside).map_err(|e| NightlyError::write(&aside, &e))?;
        for ending in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(out.join(format!("{NAME}{ending}")));
        }
        let mut store = Store::open(&path)?;
        let units = store.replay(out)?;
        let told = format!(
            "warning: `{}` is broken ({error})\n   = note: it is kept as `{}`; {units} units were \
             read from the journals\n   = help: nights without a journal here are only in that \
             file: try `sqlite3 {} .recover`, and `shutcheck merge` with what comes out",
            path.display(),
            aside.display(),
            aside.display()
        );
        Ok((store, Some(told)))
    }

    fn try_open(path: &Path) -> Result<Store, OpenError> {
        let db = Connection::open(path)?;
        db.busy_timeout(std::time::Duration::from_secs(30))?;
        let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version > SCHEMA {
            return Err(OpenError::Version(version));
        }
        db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        db.execute_batch("PRAGMA synchronous = NORMAL;")?;
        if version == 0 {
            let schema = include_str!("schema.sql");
            db.execute_batch(&format!(
                "BEGIN; {schema} PRAGMA user_version = {SCHEMA}; COMMIT;"
            ))?;
        }
        let sound: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if sound != "ok" {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            return Err(rusqlite::Error::SqliteFailure(code, Some(sound)).into());
        }
        let path = path.to_owned();
        Ok(Store { path, db })
    }

    /// Takes over everything that the journals in `out` have; the number of units.
    fn replay(&mut self, out: &Path) -> Result<u64, NightlyError> {
        let mut units = 0;
        for path in journal::all(out)? {
            let (lines, _) = journal::read(&path)?;
            units += self.take(&lines)?;
        }
        Ok(units)
    }

    /// Takes over the lines of one night's journal; the number of units that were missing.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn take(&mut self, lines: &[Line]) -> Result<u64, NightlyError> {
        let mut night = None;
        let mut units = 0;
        for line in lines {
            if let Line::Night(record) = line {
                night = Some(record.night.clone());
            }
            if let Some(night) = &night {
                units += u64::from(self.add(night, line)?);
            }
        }
        Ok(units)
    }

    /// Adds one line; whether it is a unit that was missing.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn add(&mut self, night: &str, line: &Line) -> Result<bool, NightlyError> {
        let added = match line {
            Line::Night(record) => self.add_night(record).map(|()| false),
            Line::Shard(record) => self.add_shard(night, record).map(|()| false),
            Line::Unit(record) => self.add_unit(night, record),
            Line::End { shard, finished } => self
                .db
                .execute(
                    "UPDATE shards SET finished = ?3 WHERE night = ?1 AND shard = ?2",
                    params![night, shard, finished],
                )
                .map(|_| false),
        };
        added.map_err(|e| self.failed(&e))
    }

    fn add_night(&mut self, n: &NightRecord) -> rusqlite::Result<()> {
        let db = self.db.transaction()?;
        let seed = n.seed.to_string();
        db.execute(
            "INSERT INTO nights VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
             ON CONFLICT (night) DO UPDATE SET started = min(started, excluded.started)",
            params![n.night, seed, n.config, n.build, n.version, n.started],
        )?;
        for a in &n.accepted {
            db.execute(
                "INSERT OR IGNORE INTO accepted VALUES (?1, ?2, ?3)",
                params![n.night, a.key, a.reason],
            )?;
        }
        db.commit()
    }

    fn add_shard(&mut self, night: &str, s: &ShardRecord) -> rusqlite::Result<()> {
        let db = self.db.transaction()?;
        db.execute(
            "INSERT OR IGNORE INTO shards VALUES (?1, ?2, ?3, NULL)",
            params![night, s.shard, s.started],
        )?;
        for (part, units) in &s.planned {
            db.execute(
                "INSERT OR REPLACE INTO planned VALUES (?1, ?2, ?3, ?4)",
                params![night, s.shard, part, units],
            )?;
        }
        db.commit()
    }

    fn add_unit(&mut self, night: &str, u: &UnitRecord) -> rusqlite::Result<bool> {
        let db = self.db.transaction()?;
        let new = db.execute(
            "INSERT OR IGNORE INTO units VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                night, u.unit, u.part, u.input, u.seconds, u.work, u.cut, u.finished, u.shard
            ],
        )?;
        if new > 0 {
            let sql = "INSERT OR REPLACE INTO verdicts VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)";
            let mut insert = db.prepare_cached(sql)?;
            for v in &u.verdicts {
                insert.execute(params![
                    night, u.unit, v.key, v.claim, v.property, v.design, v.place, v.verdict,
                    v.message, v.file
                ])?;
            }
        }
        db.commit()?;
        Ok(new > 0)
    }

    /// The last night; of `like` (configuration, build and shard) and unfinished, if given.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn unfinished(
        &self,
        config: &str,
        build: &str,
        shard: &str,
    ) -> Result<Option<(String, u64)>, NightlyError> {
        let sql = "SELECT n.night, n.seed FROM nights n JOIN shards s USING (night) \
                   WHERE n.config = ?1 AND n.build = ?2 AND s.shard = ?3 AND s.finished IS NULL \
                   ORDER BY n.started DESC, n.night DESC LIMIT 1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, String>(1)?));
        let found = self.db.query_row(sql, params![config, build, shard], row);
        let found: Option<(String, String)> = found.optional().map_err(|e| self.failed(&e))?;
        Ok(found.map(|(night, seed)| (night, seed.parse().unwrap_or(0))))
    }

    /// When the last night but `night` began; 0 if there is none. A night is written as begun after
    /// that, also in the same second or when the clock went back: nights have an order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_start(&self, night: &str) -> Result<i64, NightlyError> {
        let sql = "SELECT coalesce(max(started), 0) FROM nights WHERE night <> ?1";
        let found = self.db.query_row(sql, params![night], |row| row.get(0));
        found.map_err(|e| self.failed(&e))
    }

    /// What `sql` gives for `night`, row by row.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn rows<T>(
        &self,
        sql: &str,
        night: &str,
        row: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, NightlyError> {
        let rows = || {
            let mut query = self.db.prepare(sql)?;
            let rows = query.query_map([night], row)?;
            rows.collect::<rusqlite::Result<Vec<T>>>()
        };
        rows().map_err(|e| self.failed(&e))
    }

    /// Writes what is in the log of the database back into its one file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn close(self) -> Result<(), NightlyError> {
        let done = self
            .db
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        done.map_err(|e| self.failed(&e))
    }

    /// The error of a statement, with what to do.
    #[must_use]
    pub fn failed(&self, error: &rusqlite::Error) -> NightlyError {
        if is_broken(error) {
            broken(&self.path, error)
        } else {
            NightlyError::write(&self.path, error)
        }
    }
}

enum OpenError {
    Sql(rusqlite::Error),
    Version(i64),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> OpenError {
        OpenError::Sql(error)
    }
}

fn is_broken(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    code == Some(ErrorCode::DatabaseCorrupt) || code == Some(ErrorCode::NotADatabase)
}

fn broken(path: &Path, error: &rusqlite::Error) -> NightlyError {
    NightlyError::new(
        &format!("`{}` cannot be used as a database: {error}", path.display()),
        "in a night's directory the same `nightly` command puts a broken database aside and builds \
         it again from the journals; elsewhere give another file",
    )
}

fn later(path: &Path, version: i64) -> NightlyError {
    NightlyError::new(
        &format!(
            "`{}` has schema {version}, this version knows {SCHEMA}",
            path.display()
        ),
        "take the version of shutcheck that wrote it, or a later one",
    )
}
