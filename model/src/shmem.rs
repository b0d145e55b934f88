//! PostgreSQL's shared memory as real atomics, for loom.
//!
//! The machines of this crate take its primitives as sound: a flag that is set is seen, a latch
//! that is set wakes, a signal that is sent arrives. Here these are built of the accesses that
//! PostgreSQL makes, in its order, with its barriers; `model/tests/loom_*.rs` explores them, and
//! `docs/shmem.md` says which assumption rests on which of them.
//!
//! | file | PostgreSQL |
//! |---|---|
//! | `atomics` | `port/atomics.h`, `storage/spin.h` |
//! | `kernel`, `process` | kill(2), signalfd(2), epoll_wait(2), a process and its handlers |
//! | `latch`, `waiteventset` | `latch.c`, `waiteventset.c` |
//! | `flags` | main loops with `volatile sig_atomic_t` flags |
//! | `procsignal`, `barrier` | `procsignal.c` |
//! | `pmsignal` | `pmsignal.c`, `postmaster.c` |
//! | `condition_variable` | `condition_variable.c` |
//! | `walsnd` | the WalSnd entry, `WalSndInitStopping`, `WalSndWaitStopping` |
//! | `wal_wakeup` | `LogwrtResult`, `WalSndWakeup`, `WalSndWait`, `WalSndDone` |
//! | `logical_walsender` | `WalSndWaitForWal`, `XLogSendLogical`, `WalSndDone` |
//! | `checkpoint_request`, `xlogwait`, `recovery_conflict` | cases of history |
//!
//! *Orders.* A plain or volatile access of C is `Relaxed` here: that is what hardware and compiler
//! may make of it. `pg_memory_barrier` is a `SeqCst` fence, a spinlock acquires and releases and
//! is no more, and an atomic operation that "has full barrier semantics" has a fence on either
//! side. SeqCst accesses are not used, since loom treats them too weakly.
//!
//! *Variants.* Each primitive has an enum: what the releases do, what they did, and mutants, each
//! of which lacks one barrier, one order or one recheck. They stand side by side as `#ifdef` would
//! show them, and are chosen when the primitive is made.
//!
//! *Simplified.* There is no time: a timeout never comes. So a wake-up that would only be late
//! shows as one that is lost. A process is a thread; its handlers run in it, between two accesses.

pub mod atomics;
pub mod barrier;
pub mod checkpoint_request;
pub mod condition_variable;
pub mod flags;
pub mod kernel;
pub mod latch;
pub mod logical_walsender;
pub mod pmsignal;
pub mod process;
pub mod procsignal;
pub mod recovery_conflict;
pub mod waiteventset;
pub mod wal_wakeup;
pub mod walsnd;
pub mod xlogwait;
