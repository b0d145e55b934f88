//! Exhaustive search of finite transition systems: exact, in parallel, level by level.
//!
//! This crate knows nothing of PostgreSQL. How it works, and what it costs, is told in
//! `docs/engine.md`.
//!
//! * [`space`]: what is explored, states that are keys of at most 63 bits.
//! * [`search`]: all levels, on all threads, within a bound of memory.
//! * [`levels`]: the states found.
//! * [`ways`]: shortest ways to some of them.
//! * [`cycles`]: those that lie on loops.
//! * [`checkpoint`]: a search on disk, to go on with after the process is gone.
//! * [`parted`]: a model of any size as a space, with [`tree`] to pack its states and a memory of
//!   what its steps do.
//! * [`KeySet`] and [`parted::Numbers`] are for those who search by other means: `dataflow`.

pub mod checkpoint;
mod crew;
pub mod cycles;
mod key_set;
pub mod levels;
mod memo;
pub mod parted;
mod prefetch;
pub mod search;
pub mod space;
pub mod tree;
mod visited;
pub mod ways;

pub use key_set::KeySet;
pub use levels::Levels;
pub use parted::Parted;
pub use search::{Options, Search, Snapshot, Stop};
pub use space::Space;
