//! Files that only grow, of which a manifest says how much counts.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Error;

/// How much of a file counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Log {
    pub(super) bytes: u64,
    pub(super) crc32: u32,
}

/// The file `name` of a generation.
pub(super) fn path(directory: &Path, name: &str, generation: u32) -> PathBuf {
    let ending = if name == "levels" { "keys" } else { "bytes" };
    directory.join(format!("{name}-{generation}.{ending}"))
}

/// A file that is being appended to.
pub(super) struct Appending {
    path: PathBuf,
    to: BufWriter<File>,
    hasher: crc32fast::Hasher,
    bytes: u64,
}

impl Appending {
    /// Opens the file behind what counts of it; whatever follows was never finished.
    pub(super) fn open(path: PathBuf, log: Log) -> Result<Appending, Error> {
        let open = || {
            let mut file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)?;
            if file.metadata()?.len() < log.bytes {
                return Err(std::io::Error::new(
                    ErrorKind::UnexpectedEof,
                    "was cut off by somebody else",
                ));
            }
            file.set_len(log.bytes)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        let file = open().map_err(|e| Error::io(&path, &e))?;
        Ok(Appending {
            to: BufWriter::with_capacity(1 << 16, file),
            hasher: crc32fast::Hasher::new_with_initial_len(log.crc32, log.bytes),
            bytes: log.bytes,
            path,
        })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        let written = self.to.write_all(bytes);
        written.map_err(|e| Error::io(&self.path, &e))
    }

    /// All of it is on disk.
    pub(super) fn finish(mut self) -> Result<Log, Error> {
        let done = self.to.flush().and_then(|()| self.to.get_ref().sync_all());
        done.map_err(|e| Error::io(&self.path, &e))?;
        Ok(Log {
            bytes: self.bytes,
            crc32: self.hasher.finalize(),
        })
    }
}

/// A file that is being read, as far as it counts.
pub(super) struct Reading {
    path: PathBuf,
    from: std::io::Take<BufReader<File>>,
    hasher: crc32fast::Hasher,
    log: Log,
}

impl Reading {
    pub(super) fn open(path: PathBuf, log: Log) -> Result<Reading, Error> {
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => {
                return Err(Error::damaged(&path, "is missing"));
            }
            Err(e) => return Err(Error::io(&path, &e)),
        };
        let length = file.metadata().map_err(|e| Error::io(&path, &e))?.len();
        if length < log.bytes {
            let what = format!("is cut off: {length} of {} bytes are left of it", log.bytes);
            return Err(Error::damaged(&path, what));
        }
        Ok(Reading {
            from: BufReader::with_capacity(1 << 16, file).take(log.bytes),
            hasher: crc32fast::Hasher::new(),
            log,
            path,
        })
    }

    /// Whether there is no more.
    pub(super) fn is_done(&self) -> bool {
        self.from.limit() == 0
    }

    pub(super) fn read<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn read_many(&mut self, length: u32) -> Result<Vec<u8>, Error> {
        if u64::from(length) > self.from.limit() {
            return Err(self.wrong());
        }
        let mut bytes = vec![0; length as usize];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        match self.from.read_exact(bytes) {
            Ok(()) => {
                self.hasher.update(bytes);
                Ok(())
            }
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => Err(self.wrong()),
            Err(e) => Err(Error::io(&self.path, &e)),
        }
    }

    /// What is read is not what was written.
    pub(super) fn wrong(&self) -> Error {
        Error::damaged(
            &self.path,
            "does not have what was written: a byte has changed",
        )
    }

    /// Whether all of it was what was written.
    pub(super) fn finish(self) -> Result<(), Error> {
        if self.hasher.clone().finalize() == self.log.crc32 && self.is_done() {
            Ok(())
        } else {
            Err(self.wrong())
        }
    }
}
