//! What can go wrong in the user's world.

use std::fmt;
use std::path::Path;

/// A wrong file, a full disk, a broken database: what it is, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NightlyError {
    /// The message in the house's form, `error:` with notes and help.
    text: String,
}

impl NightlyError {
    /// What is wrong and what to do.
    #[must_use]
    pub fn new(message: &str, help: &str) -> NightlyError {
        NightlyError {
            text: format!("error: {message}\n   = help: {help}"),
        }
    }

    /// An error that is told already.
    #[must_use]
    pub fn told(text: String) -> NightlyError {
        NightlyError { text }
    }

    /// A result could not be written to `path`.
    #[must_use]
    pub fn write(path: &Path, why: &dyn fmt::Display) -> NightlyError {
        NightlyError::new(
            &format!("cannot write `{}`: {why}", path.display()),
            "free space on that disk, or make the directory writable; then give the same command \
             again: what was reported is kept, and the night goes on behind it",
        )
    }

    /// A file could not be read.
    #[must_use]
    pub fn read(path: &Path, why: &dyn fmt::Display) -> NightlyError {
        NightlyError::new(
            &format!("cannot read `{}`: {why}", path.display()),
            "give the path of a readable file",
        )
    }
}

impl fmt::Display for NightlyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for NightlyError {}
