//! What PostgreSQL's branches and patches say of the model: reads a clone through `git`, without a
//! working tree. docs/source.md is the guide.
//!
//! Never: what a design does, a search, a write into the clone.

pub mod accepted;
pub mod audit;
pub mod branches;
pub mod cited;
mod commits;
mod extents;
pub mod git;
pub mod patch;
pub mod show;
mod switches;
pub mod touches;
pub mod watch;

use std::fmt;

/// What went wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError {
    /// What, in backticks where.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl SourceError {
    fn new(message: impl Into<String>, help: impl Into<String>) -> SourceError {
        SourceError {
            message: message.into(),
            help: help.into(),
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\n   = help: {}", self.message, self.help)
    }
}

impl std::error::Error for SourceError {}
