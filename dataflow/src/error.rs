//! What goes wrong between processes.

use std::fmt;

/// Why a search over several workers did not begin, or did not end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Options that mean nothing; what is wrong.
    Options(String),
    /// A process that could not be reached, or did not come; which, and why.
    Connection(String),
    /// A process that searches something else; which, and what.
    Mismatch(String),
    /// A process was lost on the way, or a worker panicked.
    Lost(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Error::Options(text)
        | Error::Connection(text)
        | Error::Mismatch(text)
        | Error::Lost(text)) = self;
        f.write_str(text)
    }
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Error::Options(_) => {
                "timely's options: `-w` threads, `-n` processes, `-p` this process (from 0), `-h` \
                 a file with a line `HOST:PORT` for each process; docs/cluster.md has an example"
            }
            Error::Connection(_) => {
                "start all processes within a minute of each other, with the same host file, and \
                 let each be reached by the others at its line of that file"
            }
            Error::Mismatch(_) => {
                "all processes take the same program and the same command line, but for `-p`"
            }
            Error::Lost(_) => {
                "see what that process or the system says about its end, and start all of them \
                 again"
            }
        }
    }
}

impl std::error::Error for Error {}
