//! What can be wrong with a checkpoint.

use std::fmt;
use std::path::{Path, PathBuf};

/// What is wrong, and with which file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The directory has no manifest.
    None(PathBuf),
    /// The directory has a checkpoint already.
    Taken(PathBuf),
    /// A file is not what was written.
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The files are whole, but this program cannot go on with them.
    Foreign {
        /// The file.
        file: PathBuf,
        /// What differs.
        what: String,
    },
    /// The system says no.
    System {
        /// The file.
        file: PathBuf,
        /// What it says.
        what: String,
    },
    /// To hold what was found takes more memory than is allowed.
    Memory {
        /// States found.
        states: u64,
    },
}

impl Error {
    pub(super) fn io(file: &Path, error: &std::io::Error) -> Error {
        Error::System {
            file: file.to_owned(),
            what: error.to_string(),
        }
    }

    pub(super) fn damaged(file: &Path, what: impl Into<String>) -> Error {
        Error::Damaged {
            file: file.to_owned(),
            what: what.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::None(directory) => write!(f, "no checkpoint in `{}`", directory.display()),
            Error::Taken(directory) => {
                write!(f, "`{}` has a checkpoint already", directory.display())
            }
            Error::Damaged { file, what } => {
                write!(f, "the checkpoint is damaged: `{}` {what}", file.display())
            }
            Error::Foreign { file, what } => write!(
                f,
                "the checkpoint is not of this program: `{}` {what}",
                file.display()
            ),
            Error::System { file, what } => write!(f, "`{}`: {what}", file.display()),
            Error::Memory { states } => write!(
                f,
                "the {states} states of the checkpoint take more memory than is allowed"
            ),
        }
    }
}

impl std::error::Error for Error {}
