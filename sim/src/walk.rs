//! Random walks: seeded shutdowns, one interleaving each, on the model and properties of the
//! exhaustive search.
//!
//! A walk is a function of design, scenario, seed and its number: nothing of the clock, of threads
//! or of the machine enters. It has two phases. In the first the [scheduler](schedulers) chooses
//! among all steps, faults and arrivals included, and states, steps and endings are judged. In the
//! second, faults and arrivals are off and steps are taken in turn; the stop must come to its end
//! within [`FAIR_STEPS_MAX`] steps. A state that comes back there closes a loop that a fair
//! server can stay in for ever: that is judged as the exhaustive search judges it.
//!
//! *Never here*: what PostgreSQL does, and how a result looks.

pub mod campaign;
pub mod cast;
pub mod corpus;
pub mod dice;
pub mod draw;
pub mod findings;
pub mod judge;
pub mod memo;
mod parts;
pub mod replay;
pub mod schedule_file;
pub mod schedulers;
pub mod shrink;
pub mod walker;

/// Steps of phase one before faults and arrivals are switched off.
pub const FREE_STEPS_MAX: usize = 600;

/// Steps of phase two, in turn, before a walk is given up as undecided.
pub const FAIR_STEPS_MAX: usize = 20_000;
