//! The journal: a line of JSON for each thing that happened, on disk before it is in the database.
//!
//! One file a night, `journal/NIGHT.jsonl`. A line that a crash cut off is not counted, and
//! overwritten by the next.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::NightlyError;
use crate::record::Line;

/// The journal of one night, open for appending.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

/// The directory of the journals in `out`.
#[must_use]
pub fn directory(out: &Path) -> PathBuf {
    out.join("journal")
}

impl Journal {
    /// Opens the journal of `night` in `out`, and gives what it has.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn open(out: &Path, night: &str) -> Result<(Journal, Vec<Line>), NightlyError> {
        let directory = directory(out);
        let failed = |path: &Path, e: &std::io::Error| NightlyError::write(path, e);
        std::fs::create_dir_all(&directory).map_err(|e| failed(&directory, &e))?;
        let path = directory.join(format!("{night}.jsonl"));
        let (lines, good) = match path.metadata() {
            Ok(found) if found.is_file() => read(&path)?,
            _ => (Vec::new(), 0),
        };
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let mut file = options.open(&path).map_err(|e| failed(&path, &e))?;
        if path.is_file() {
            file.set_len(good).map_err(|e| failed(&path, &e))?;
            file.seek(SeekFrom::Start(good))
                .map_err(|e| failed(&path, &e))?;
        }
        Ok((Journal { path, file }, lines))
    }

    /// Adds a line and waits until it is on disk.
    ///
    /// # Errors
    /// When the disk is full or gone.
    pub fn append(&mut self, line: &Line) -> Result<(), NightlyError> {
        let failed = |e: &dyn std::fmt::Display| NightlyError::write(&self.path, e);
        let mut text = serde_json::to_string(line).map_err(|e| failed(&e))?;
        text.push('\n');
        self.file
            .write_all(text.as_bytes())
            .map_err(|e| failed(&e))?;
        self.file.sync_data().map_err(|e| failed(&e))
    }
}

/// The whole lines of a journal, and how many bytes they are.
///
/// # Errors
/// When it cannot be read, or a line other than the last is not ours.
pub fn read(path: &Path) -> Result<(Vec<Line>, u64), NightlyError> {
    let file = File::open(path).map_err(|e| NightlyError::read(path, &e))?;
    let mut reader = BufReader::new(file);
    let (mut lines, mut good, mut number) = (Vec::new(), 0, 0);
    let mut text = Vec::new();
    loop {
        text.clear();
        number += 1;
        let n = reader
            .read_until(b'\n', &mut text)
            .map_err(|e| NightlyError::read(path, &e))?;
        if n == 0 || text.last() != Some(&b'\n') {
            return Ok((lines, good));
        }
        match serde_json::from_slice(&text) {
            Ok(line) => lines.push(line),
            Err(error) => {
                return Err(NightlyError::new(
                    &format!("{}:{number}: not a line of ours: {error}", path.display()),
                    "remove that line; each line stands for itself",
                ));
            }
        }
        good += n as u64;
    }
}

/// All journals in `out`, by name.
///
/// # Errors
/// When the directory cannot be read.
pub fn all(out: &Path) -> Result<Vec<PathBuf>, NightlyError> {
    let directory = directory(out);
    if !directory.exists() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(&directory).map_err(|e| NightlyError::read(&directory, &e))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "jsonl"));
    paths.sort();
    Ok(paths)
}
