//! What must be true of a shutdown, and what a verdict is.
//!
//! A [`Property`] judges states, steps or endings of a [`World`](model::world::World); it never
//! asks how they were reached. Exhaustive search, random walks and observed runs use the same ones.

pub mod claims;
pub mod ending;
pub mod pair;
pub mod slot_life;
pub mod upgrade_check;
pub mod validation;
pub mod verdict;
pub mod waived;
pub mod walks;

pub use claims::{PROPERTIES, Property, named, property};
pub use ending::{Ending, Judged};
pub use verdict::{Counterexample, Coverage, Outcome, Run, Unfinished, Verdict};
