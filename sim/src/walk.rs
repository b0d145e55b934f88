//! Random walks: seeded shutdowns, one interleaving each, on the model and properties of the
//! exhaustive search.
//!
//! A walk is a function of design, scenario, seed and its number: nothing of the clock, of threads
//! or of the machine enters. It has two phases. In the first the [scheduler](schedulers) chooses
//! among all steps, faults and arrivals included, and states, steps and endings are judged. In the
//! second, faults and arrivals are off and steps are taken in turn; the stop must come to its end
//! within [`fair_steps_max`] steps. A state that comes back there closes a loop that a fair
//! server can stay in for ever: that is judged as the exhaustive search judges it.
//!
//! *Never here*: what PostgreSQL does, and how a result looks.

pub mod campaign;
pub mod cast;
pub mod corpus;
pub mod cover;
pub mod cycle;
pub mod dice;
pub mod draw;
pub mod findings;
pub mod judge;
pub mod memo;
pub mod open;
mod parts;
mod places;
pub mod replay;
pub mod restart;
pub mod schedule_file;
pub mod schedulers;
pub mod shrink;
#[cfg(test)]
mod testing;
pub mod walker;

use model::scenario::Scenario;

/// Steps that a scenario's size adds: some for each WAL unit that each walsender may send.
fn steps_of_size(scenario: &Scenario, of_each: usize) -> usize {
    let walsenders = scenario.walsenders().count();
    scenario.wal_len_max().saturating_sub(16) * walsenders * of_each
}

/// Steps of phase one before faults and arrivals are switched off: 600, and 2 for each WAL unit
/// beyond 16 and each walsender.
#[must_use]
pub fn free_steps_max(scenario: &Scenario) -> usize {
    600 + steps_of_size(scenario, 2)
}

/// Steps of phase two, in turn, before a walk is given up as undecided: 20,000, and 20 for each WAL
/// unit beyond 16 and each walsender.
#[must_use]
pub fn fair_steps_max(scenario: &Scenario) -> usize {
    20_000 + steps_of_size(scenario, 20)
}
