//! How results look: stories, lane diagrams, tables, endings, JSON.
//!
//! Every function returns text (or a JSON value); nothing is read, written or run here. This crate
//! never knows how a run is made, and it cannot start one, because it cannot see a runner.

pub mod coverage;
pub mod effects;
pub mod endings;
pub mod explain;
pub mod history;
pub mod json;
pub mod lanes;
pub mod names;
pub mod narrate;
pub mod overview;
pub mod part_story;
pub mod parts;
pub mod perfetto;
pub mod story;
pub mod tables;
pub mod text;
pub mod unfinished;
pub mod validation;
pub mod walks;

/// How text shall look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Colour by ANSI sequences.
    pub color: bool,
    /// Columns.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Style {
            color: false,
            width: 100,
        }
    }
}
