//! The only place that names `std::sync` or `loom`: what `shmem` is made of.
//!
//! With `--cfg loom` every access is a point at which another thread may run, and a load may
//! return any store that the C11 memory model allows; without it these are the plain types.

#[cfg(loom)]
pub use loom::hint::spin_loop;
#[cfg(loom)]
pub use loom::sync::{
    Condvar, Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering, fence},
};
#[cfg(not(loom))]
pub use std::hint::spin_loop;
#[cfg(not(loom))]
pub use std::sync::{
    Condvar, Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering, fence},
};

pub use std::sync::{Arc, PoisonError};
