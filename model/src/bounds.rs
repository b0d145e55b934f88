//! The sizes of the model's world. Bounds are not protocol: nothing in PostgreSQL has these
//! numbers.

/// Largest number of walsenders (and of replication slots, one beside each walsender).
pub const WALSENDERS_MAX: usize = 32;

/// Largest number of ordinary backends.
pub const BACKENDS_MAX: usize = 2;

/// Largest number of background workers.
pub const WORKERS_MAX: usize = 2;

/// Largest number of WAL units that one run can hold, backlog included: a position is a byte.
pub const WAL_MAX: usize = 240;

/// Largest number of segment ends in a scenario.
pub const SEGMENT_ENDS_MAX: usize = 4;

/// Largest number of messages under way to one peer, those beyond the socket's capacity included.
pub const MESSAGES_MAX: usize = 4;

/// Largest number of replies under way to one walsender.
pub const REPLIES_MAX: usize = 2;

/// Largest number of stop requests in one scenario.
pub const REQUESTS_MAX: usize = 3;
