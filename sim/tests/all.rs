//! All tests of this crate from outside, in one program: built and linked once, and run beside each
//! other.

mod common;
mod coverage;
mod exhaustive;
mod findings;
mod forecast;
mod history;
mod liveness;
mod mutants;
mod packing;
mod part_pair;
mod part_slot_life;
mod partial_order;
mod record;
mod reference;
mod saved;
mod scenario_files;
mod segments;
mod steps;
mod stories;
mod symmetry;
mod timers;
mod waived;
mod walks;
mod walks_restart;
mod walsender_exit;
