//! The regression corpus: a directory of schedules, each a file that broke a promise once. Every
//! later run replays them first.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::schedule_file::{self, Read, Schedule};
use crate::scenario_file::ScenarioError;

/// A schedule of the corpus.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its file.
    pub path: PathBuf,
    /// What it says.
    pub read: Read,
}

/// Why the corpus cannot be used.
#[derive(Debug)]
pub enum CorpusError {
    /// A file or the directory cannot be read or written.
    Io(PathBuf, io::Error),
    /// A file is no schedule.
    Schedule(ScenarioError),
}

impl std::fmt::Display for CorpusError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CorpusError::Io(path, error) => write!(
                f,
                "error: cannot use `{}` of the corpus: {error}\n   = help: give a directory that \
                 can be read and written with `--corpus DIR`",
                path.display()
            ),
            CorpusError::Schedule(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CorpusError {}

/// The schedules in `directory`, by name; none if there is no such directory.
///
/// # Errors
/// When a file cannot be read, or is no schedule.
pub fn read(directory: &Path) -> Result<Vec<Kept>, CorpusError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |error| CorpusError::Io(path, error)
    };
    if !directory.exists() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(io(directory))? {
        let path = entry.map_err(io(directory))?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let one = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).map_err(io(&path))?;
        let origin = path.display().to_string();
        let read = schedule_file::parse(&origin, &text).map_err(CorpusError::Schedule)?;
        Ok(Kept { path, read })
    };
    paths.into_iter().map(one).collect()
}

/// Puts `schedule` into `directory`, under a name of its own; the file's path.
///
/// # Errors
/// When it cannot be written.
pub fn keep(directory: &Path, schedule: &Schedule) -> Result<PathBuf, CorpusError> {
    let text = schedule_file::write(schedule);
    let path = directory.join(file_name(schedule, &text));
    let fail = |error| CorpusError::Io(path.clone(), error);
    std::fs::create_dir_all(directory).map_err(fail)?;
    // Under another name first: who is killed here leaves no half a schedule.
    let draft = path.with_extension("draft");
    let written = File::create(&draft).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&draft, &path)
    });
    written.map_err(|error| {
        let _ = std::fs::remove_file(&draft);
        CorpusError::Io(path.clone(), error)
    })?;
    Ok(path)
}

/// Design, property, and a hash of what happens: the same story is kept once.
fn file_name(schedule: &Schedule, text: &str) -> String {
    let story = text.find("steps = [").map_or(text, |at| &text[at..]);
    // FNV-1a, 32 bits.
    let hash = story.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let design = schedule.design.replace(['/', '\\'], "_");
    format!("{design}--{}--{hash:08x}.toml", schedule.property.id)
}
