//! How the postmaster ended.

use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// The status that the postmaster exited with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(IntoBytes, TryFromBytes, KnownLayout, Immutable)]
#[repr(u8)]
pub enum ExitStatus {
    /// It lives.
    #[default]
    None,
    /// `proc_exit(0)`.
    Success,
    /// `proc_exit(1)`.
    Failure,
}

impl ExitStatus {
    /// Whether it has exited.
    #[must_use]
    pub fn is_some(self) -> bool {
        self != ExitStatus::None
    }

    /// Whether it lives.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == ExitStatus::None
    }

    /// The status as the operating system tells it.
    #[must_use]
    pub fn code(self) -> Option<u8> {
        match self {
            ExitStatus::None => None,
            ExitStatus::Success => Some(0),
            ExitStatus::Failure => Some(1),
        }
    }
}
