//! Barriers, atomics and spinlocks, with the strength that PostgreSQL promises and no more.
//!
//! *Simplified*: a spinlock blocks instead of spinning; loom then knows who waits for whom. It
//! acquires and releases like `S_LOCK` and `S_UNLOCK`, and orders nothing else.

use crate::sync::{AtomicU32, AtomicU64, Mutex, MutexGuard, Ordering, PoisonError, fence};

/// A full barrier.
///
/// Source: master `src/include/port/atomics.h` `pg_memory_barrier`.
pub fn pg_memory_barrier() {
    fence(Ordering::SeqCst);
}

/// Loads before it stay before loads after it.
///
/// Source: master `src/include/port/atomics.h` `pg_read_barrier`.
pub fn pg_read_barrier() {
    fence(Ordering::Acquire);
}

/// Stores before it stay before stores after it.
///
/// Source: master `src/include/port/atomics.h` `pg_write_barrier`.
pub fn pg_write_barrier() {
    fence(Ordering::Release);
}

/// An atomic or with full barrier semantics.
///
/// Source: master `src/include/port/atomics.h` `pg_atomic_fetch_or_u32`, "Full barrier semantics".
#[must_use]
pub fn pg_atomic_fetch_or_u32(word: &AtomicU32, bits: u32) -> u32 {
    pg_memory_barrier();
    let old = word.fetch_or(bits, Ordering::Relaxed);
    pg_memory_barrier();
    old
}

/// An atomic exchange with full barrier semantics.
///
/// Source: master `src/include/port/atomics.h` `pg_atomic_exchange_u32`.
#[must_use]
pub fn pg_atomic_exchange_u32(word: &AtomicU32, value: u32) -> u32 {
    pg_memory_barrier();
    let old = word.swap(value, Ordering::Relaxed);
    pg_memory_barrier();
    old
}

/// An addition with full barrier semantics; the new value.
///
/// Source: master `src/include/port/atomics.h` `pg_atomic_add_fetch_u64`.
#[must_use]
pub fn pg_atomic_add_fetch_u64(word: &AtomicU64, add: u64) -> u64 {
    pg_memory_barrier();
    let new = word.fetch_add(add, Ordering::Relaxed) + add;
    pg_memory_barrier();
    new
}

/// A write with full barrier semantics.
///
/// Source: master `src/include/port/atomics.h` `pg_atomic_write_membarrier_u32`.
pub fn pg_atomic_write_membarrier_u32(word: &AtomicU32, value: u32) {
    let _ = pg_atomic_exchange_u32(word, value);
}

/// A write with full barrier semantics.
///
/// Source: master `src/include/port/atomics.h` `pg_atomic_write_membarrier_u64`.
pub fn pg_atomic_write_membarrier_u64(word: &AtomicU64, value: u64) {
    pg_memory_barrier();
    word.swap(value, Ordering::Relaxed);
    pg_memory_barrier();
}

/// A read with full barrier semantics.
///
/// Source: master `src/include/port/atomics.h` `pg_atomic_read_membarrier_u64`.
#[must_use]
pub fn pg_atomic_read_membarrier_u64(word: &AtomicU64) -> u64 {
    pg_atomic_add_fetch_u64(word, 0)
}

/// A spinlock (`slock_t`), or a lightweight lock where the model needs no more of it.
///
/// Source: master `src/include/storage/spin.h` `SpinLockAcquire`, `SpinLockRelease`.
#[derive(Debug)]
pub struct Spinlock<T>(Mutex<T>);

impl<T> Spinlock<T> {
    /// A free lock around what it protects.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Takes the lock; it is released when the guard is dropped.
    pub fn acquire(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
