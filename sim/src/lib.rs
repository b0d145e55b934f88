//! Runs worlds: names of designs and scenarios, the checker, and what it finds.
//!
//! This crate never knows what PostgreSQL does (that is `model`) or how a result looks (`reports`).

pub mod adapter;
pub mod batch;
pub mod bench;
pub mod checker;
pub mod conformance;
pub mod dataflow_run;
mod dataflow_words;
pub mod design_name;
pub mod explorer;
pub mod forecast;
pub mod graph;
pub mod history;
pub mod liveness;
mod packed;
mod packed_run;
pub mod partial_order;
pub mod parts;
pub mod saved;
pub mod scenario_file;
pub mod scenarios;
mod stateright_run;
pub mod symmetry;
pub mod walk;
mod watch;
