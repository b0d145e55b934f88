//! Exhaustive search over threads, processes and hosts, on timely dataflow.
//!
//! This crate knows nothing of PostgreSQL. How it works and what it costs is told in
//! `docs/engine.md`, how it is run on several machines in `docs/cluster.md`.
//!
//! * [`arrangement`]: which threads, processes and hosts, by timely's own options.
//! * [`member`]: what each worker knows of the space, and how it tells states to others;
//!   [`parted`] is that for a model whose state is cut into parts.
//! * [`mod@execute`]: the same work on all workers, and what can go wrong.
//! * [`search`]: all levels, each complete before the next; [`ways`]: shortest ways.
//! * [`mod@gather`]: all states at one worker.

pub mod arrangement;
mod connect;
pub mod error;
pub mod execute;
pub mod gather;
pub mod member;
mod outbox;
mod parcel;
pub mod parted;
mod recent;
pub mod search;
pub mod ways;
mod wire;

pub use arrangement::Arrangement;
pub use error::Error;
pub use execute::{Peer, execute};
pub use member::Member;
pub use recent::Brief;
pub use search::{Bounds, Found, Snapshot};
