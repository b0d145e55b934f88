//! A search of a model in parts on disk, so that another process can go on with it.
//!
//! *Shape.* A directory of four files. `levels-G.keys` has the keys of all levels, `parts-G.bytes`
//! and `pairs-G.bytes` the numbered parts and pairs; these only grow, and levels do not change once
//! they are complete, so a checkpoint costs what is new. `manifest.json` says how many bytes of
//! each count, with their checksums; it is written anew and renamed into place. Whenever the
//! process is killed, the manifest tells of files that are whole. `G` counts the times the search
//! had to begin again with other keys.
//!
//! What the caller wants to keep goes into the manifest: `about`, what is searched, and `notes`,
//! what was found.

mod error;
mod files;
mod open;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use error::Error;
use files::Log;
pub use open::{Saved, peek};

use crate::parted::{KINDS_MAX, Model, Parted};
use crate::search::Search;
use crate::tree::Layout;

/// Version of the files.
const FORMAT: u32 = 1;
/// The file that makes a directory a checkpoint.
const MANIFEST: &str = "manifest.json";

/// What counts of the files, and what is small.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    generation: u32,
    /// Widths of fields by kind; none for the tree.
    fields: Option<[u32; KINDS_MAX]>,
    /// States on each level.
    sizes: Vec<u64>,
    /// The last level is expanded, too, and there was nothing behind it.
    complete: bool,
    /// Out of all levels but the last, or out of all if it is complete.
    transitions: u64,
    levels: Log,
    parts: Log,
    pairs: Log,
    about: Value,
    notes: Value,
}

/// A directory that a search is saved to.
#[derive(Debug)]
pub struct Checkpoint {
    directory: PathBuf,
    /// What the manifest on disk says.
    manifest: Manifest,
    /// How many entries of each table are written.
    parts: [usize; KINDS_MAX],
    pairs: Vec<usize>,
}

impl Checkpoint {
    /// Begins a checkpoint of what `about` describes. Nothing is written but the directory.
    ///
    /// # Errors
    /// When the directory cannot be made, or has a checkpoint already.
    pub fn begin(directory: &Path, about: Value) -> Result<Checkpoint, Error> {
        fs::create_dir_all(directory).map_err(|e| Error::io(directory, &e))?;
        let path = directory.join(MANIFEST);
        match fs::exists(&path) {
            Ok(false) => {}
            Ok(true) => return Err(Error::Taken(directory.to_owned())),
            Err(e) => return Err(Error::io(&path, &e)),
        }
        Ok(Checkpoint {
            directory: directory.to_owned(),
            manifest: Manifest {
                format: FORMAT,
                generation: 0,
                fields: None,
                sizes: Vec::new(),
                complete: false,
                transitions: 0,
                levels: Log::default(),
                parts: Log::default(),
                pairs: Log::default(),
                about,
                notes: Value::Null,
            },
            parts: [0; KINDS_MAX],
            pairs: Vec::new(),
        })
    }

    /// The search begins again with other keys: what is on disk counts until the next
    /// [`Checkpoint::save`].
    pub fn restart(&mut self) {
        let manifest = &mut self.manifest;
        manifest.generation += 1;
        manifest.sizes.clear();
        manifest.complete = false;
        for log in [
            &mut manifest.levels,
            &mut manifest.parts,
            &mut manifest.pairs,
        ] {
            *log = Log::default();
        }
        self.parts = [0; KINDS_MAX];
        self.pairs.clear();
    }

    /// Where it is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether `search` has a level that is not on disk, or its end.
    #[must_use]
    pub fn is_behind<M: Model>(&self, search: &Search<'_, Parted<M>>) -> bool {
        let manifest = &self.manifest;
        manifest.sizes.len() < search.sizes().len() || manifest.complete != search.is_complete()
    }

    /// Writes what is new: all levels found, the last of which is the frontier. `transitions` and
    /// `notes` are as they were when it was found.
    ///
    /// # Errors
    /// When a file cannot be written; the last manifest stays, and counts.
    pub fn save<M: Model>(
        &mut self,
        search: &Search<'_, Parted<M>>,
        transitions: u64,
        notes: Value,
    ) -> Result<(), Error> {
        let space = search.space();
        let mut next = self.manifest.clone();
        next.fields = match space.layout() {
            Layout::Fields(widths) => Some(widths),
            Layout::Tree => None,
        };
        next.sizes = search.sizes().to_vec();
        next.complete = search.is_complete();
        next.transitions = transitions;
        next.notes = notes;

        let path = |name| files::path(&self.directory, name, next.generation);
        let mut levels = files::Appending::open(path("levels"), next.levels)?;
        for level in self.manifest.sizes.len()..next.sizes.len() {
            let level = search.level(u32::try_from(level).unwrap_or(u32::MAX));
            for &key in level.iter().flatten() {
                levels.write(&key.to_le_bytes())?;
            }
        }
        let tables = space.tables();
        let mut parts = files::Appending::open(path("parts"), next.parts)?;
        for (kind, list) in tables.parts.iter().enumerate() {
            for bytes in &list[self.parts[kind]..] {
                let kind = u8::try_from(kind).unwrap_or(u8::MAX);
                let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                parts.write(&[kind])?;
                parts.write(&length.to_le_bytes())?;
                parts.write(bytes)?;
            }
        }
        let mut pairs = files::Appending::open(path("pairs"), next.pairs)?;
        for (node, list) in tables.pairs.iter().enumerate() {
            let known = self.pairs.get(node).copied().unwrap_or(0);
            for pair in &list[known..] {
                pairs.write(&[u8::try_from(node).unwrap_or(u8::MAX)])?;
                pairs.write(&pair.to_le_bytes())?;
            }
        }
        next.levels = levels.finish()?;
        next.parts = parts.finish()?;
        next.pairs = pairs.finish()?;
        let written = tables.parts.each_ref().map(Vec::len);
        let paired = tables.pairs.iter().map(Vec::len).collect();
        drop(tables);
        self.put(&next)?;
        self.manifest = next;
        self.parts = written;
        self.pairs = paired;
        Ok(())
    }

    /// The new manifest takes the place of the old one, in one step.
    fn put(&self, manifest: &Manifest) -> Result<(), Error> {
        let path = self.directory.join(MANIFEST);
        let beside = self.directory.join("manifest.new");
        let text = open::sealed(manifest).map_err(|e| Error::io(&path, &e.into()))?;
        let write = || {
            let mut file = File::create(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, &path)?;
            File::open(&self.directory)?.sync_all()
        };
        write().map_err(|e| Error::io(&path, &e))?;
        for older in 0..manifest.generation {
            for name in ["levels", "parts", "pairs"] {
                // Gone already, but for the first time after a restart.
                let _ = fs::remove_file(files::path(&self.directory, name, older));
            }
        }
        Ok(())
    }
}

/// A number that tells texts apart, for what goes into `about`.
#[must_use]
pub fn digest(text: &str) -> u32 {
    crc32fast::hash(text.as_bytes())
}
