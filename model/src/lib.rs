//! What PostgreSQL does at shutdown: a deterministic transition system.
//!
//! A [`World`](world::World) is a [`Design`](design::Design) in a
//! [`Scenario`](scenario::Scenario); a [`Cluster`](cluster::Cluster) is one state; a
//! [`Step`](steps::Step) is one action between two points at which another process could look in.
//! Steps are pure functions, cited from PostgreSQL's source, one file for each process. This
//! crate never knows checkers, randomness, clocks, threads, files, or text for people.

pub mod actor;
pub mod archiver;
pub mod auxiliary;
pub mod backend;
pub mod bgworker;
pub mod bgwriter;
pub mod bounds;
mod candidates;
pub mod changes;
pub mod channel;
pub mod checkpointer;
pub mod citations;
pub mod cluster;
pub mod design;
pub mod environment;
pub mod machine;
pub mod packing;
pub mod pair;
pub mod peer;
pub mod postmaster;
pub mod process;
pub mod reads;
pub mod releases;
pub mod scenario;
mod segments;
pub mod shmem;
pub mod slot;
pub mod slot_life;
pub mod startup;
pub mod steps;
pub mod switches;
pub mod sync;
pub mod upgrade_check;
pub mod wal;
pub mod walreceiver;
pub mod walsender;
pub mod world;
