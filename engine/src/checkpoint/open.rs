//! A checkpoint read back.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::files::{self, Reading};
use super::{Checkpoint, Error, FORMAT, MANIFEST, Manifest};
use crate::parted::{KINDS_MAX, Model, Parted};
use crate::search::Search;
use crate::tree::Layout;

/// A manifest with its checksum in a line of its own.
pub(super) fn sealed(manifest: &Manifest) -> serde_json::Result<String> {
    let text = serde_json::to_string(manifest)?;
    let crc = crc32fast::hash(text.as_bytes());
    Ok(format!("{text}\ncrc32 {crc:08x}\n"))
}

fn manifest(directory: &Path) -> Result<Manifest, Error> {
    let path = directory.join(MANIFEST);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::None(directory.to_owned()));
        }
        Err(e) => return Err(Error::io(&path, &e)),
    };
    let changed = || Error::damaged(&path, "does not have what was written");
    let text = String::from_utf8(text).map_err(|_| changed())?;
    let (json, seal) = text.split_once('\n').ok_or_else(changed)?;
    if seal != format!("crc32 {:08x}\n", crc32fast::hash(json.as_bytes())) {
        return Err(changed());
    }
    let foreign = |what: String| Error::Foreign {
        file: path.clone(),
        what,
    };
    let value: Value = serde_json::from_str(json).map_err(|e| foreign(e.to_string()))?;
    if value["format"] != FORMAT {
        return Err(foreign(format!(
            "is of format {}, this program has {FORMAT}",
            value["format"]
        )));
    }
    serde_json::from_value(value).map_err(|e| foreign(e.to_string()))
}

/// What the checkpoint in a directory is of, as its `about` says.
///
/// # Errors
/// When there is none, or its manifest is damaged or of another format.
pub fn peek(directory: &Path) -> Result<Value, Error> {
    manifest(directory).map(|manifest| manifest.about)
}

/// A checkpoint that was read: whole, as its checksums say.
#[derive(Debug)]
pub struct Saved {
    directory: PathBuf,
    manifest: Manifest,
    levels: Vec<Vec<u64>>,
    parts: [Vec<Box<[u8]>>; KINDS_MAX],
    pairs: Vec<Vec<u64>>,
}

impl Saved {
    /// Reads the checkpoint in `directory`.
    ///
    /// # Errors
    /// When there is none, or a file is missing, cut off, or not what was written; or when its keys
    /// alone take more than `memory_max` bytes.
    pub fn open(directory: &Path, memory_max: u64) -> Result<Saved, Error> {
        let manifest = manifest(directory)?;
        if manifest.levels.bytes > memory_max {
            let states = manifest.sizes.iter().sum();
            return Err(Error::Memory { states });
        }
        let path = |name| files::path(directory, name, manifest.generation);
        let mut reading = Reading::open(path("levels"), manifest.levels)?;
        let mut levels = Vec::new();
        if manifest.sizes.iter().sum::<u64>().checked_mul(8) != Some(manifest.levels.bytes) {
            return Err(reading.wrong());
        }
        for &size in &manifest.sizes {
            let mut keys = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
            for _ in 0..size {
                keys.push(u64::from_le_bytes(reading.read()?));
            }
            levels.push(keys);
        }
        reading.finish()?;

        let mut reading = Reading::open(path("parts"), manifest.parts)?;
        let mut parts: [Vec<Box<[u8]>>; KINDS_MAX] = Default::default();
        while !reading.is_done() {
            let [kind] = reading.read()?;
            let length = u32::from_le_bytes(reading.read()?);
            let bytes = reading.read_many(length)?;
            let list = parts.get_mut(usize::from(kind));
            list.ok_or_else(|| reading.wrong())?.push(bytes.into());
        }
        reading.finish()?;

        let mut reading = Reading::open(path("pairs"), manifest.pairs)?;
        let mut pairs: Vec<Vec<u64>> = Vec::new();
        while !reading.is_done() {
            let [node] = reading.read()?;
            let pair = u64::from_le_bytes(reading.read()?);
            let node = usize::from(node);
            pairs.resize_with(pairs.len().max(node + 1), Vec::new);
            pairs[node].push(pair);
        }
        reading.finish()?;
        Ok(Saved {
            directory: directory.to_owned(),
            manifest,
            levels,
            parts,
            pairs,
        })
    }

    /// What is searched, as the caller put it.
    #[must_use]
    pub fn about(&self) -> &Value {
        &self.manifest.about
    }

    /// What was found, as the caller put it.
    #[must_use]
    pub fn notes(&self) -> &Value {
        &self.manifest.notes
    }

    /// Number of states on each level.
    #[must_use]
    pub fn sizes(&self) -> &[u64] {
        &self.manifest.sizes
    }

    /// Whether the last of these levels is expanded, too.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.manifest.complete
    }

    /// The error that says that this checkpoint, though whole, is of something else.
    #[must_use]
    pub fn foreign(&self, what: &str) -> Error {
        Error::Foreign {
            file: self.directory.join(MANIFEST),
            what: what.to_owned(),
        }
    }

    /// Whether `model` can read all parts.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check<M: Model>(&self, model: &M) -> Result<(), Error> {
        let lists = self.parts.iter().enumerate();
        let mut all = lists.flat_map(|(kind, list)| list.iter().map(move |bytes| (kind, bytes)));
        if all.all(|(kind, bytes)| model.read_part(kind, bytes).is_some()) {
            Ok(())
        } else {
            Err(self.foreign("has parts of a state that this program cannot read"))
        }
    }

    /// Puts the numbers of parts and pairs into `space`, which must be fresh, and of a model that
    /// was [checked](Saved::check).
    pub fn number<M: Model>(&mut self, space: &mut Parted<M>) {
        let layout = self.manifest.fields.map_or(Layout::Tree, Layout::Fields);
        let parts = std::mem::take(&mut self.parts);
        let pairs = std::mem::take(&mut self.pairs);
        space.restore(layout, parts, pairs);
    }

    /// Fills `search`, which must be empty and of the space that was [numbered](Saved::number), and
    /// says where to save it from now on.
    ///
    /// # Errors
    /// When it takes more memory than the search may have.
    pub fn fill<M: Model>(self, search: &mut Search<'_, Parted<M>>) -> Result<Checkpoint, Error> {
        let states = self.manifest.sizes.iter().sum();
        let end = self.manifest.complete.then(Vec::new);
        for keys in self.levels.into_iter().chain(end) {
            let filled = search.resume_level(keys);
            filled.map_err(|_| Error::Memory { states })?;
        }
        search.resume_transitions(self.manifest.transitions);
        let tables = search.space().tables();
        Ok(Checkpoint {
            parts: tables.parts.each_ref().map(Vec::len),
            pairs: tables.pairs.iter().map(Vec::len).collect(),
            directory: self.directory,
            manifest: self.manifest,
        })
    }
}
