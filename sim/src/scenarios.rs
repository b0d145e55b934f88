//! The built-in scenarios: one file each in `sim/scenarios`.

use crate::scenario_file::{self, Named};

/// How much work a scenario is, and when it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Size {
    /// Small, and judged where no scenario is named.
    Default,
    /// Small, and judged where it is named.
    Small,
    /// Mixes many things: takes minutes, and is judged where it is named.
    Large,
}

/// A scenario that comes with the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuiltIn {
    /// Its name: that of its file, without `.toml`.
    pub name: &'static str,
    /// The file.
    pub text: &'static str,
    /// How much work it is.
    pub size: Size,
}

impl BuiltIn {
    /// The scenario in the file.
    ///
    /// # Panics
    /// When the file is wrong: it is compiled in, so that is our bug.
    #[must_use]
    pub fn named(&self) -> Named {
        match scenario_file::parse(self.name, self.text) {
            Ok(named) => named,
            Err(error) => panic!("a built-in scenario is wrong\n{error}"),
        }
    }
}

macro_rules! built_in {
    ($name:literal, $size:ident) => {
        BuiltIn {
            name: $name,
            text: include_str!(concat!("../scenarios/", $name, ".toml")),
            size: Size::$size,
        }
    };
}

/// All built-in scenarios: those judged by default first, large ones last.
pub static BUILT_IN: &[BuiltIn] = &[
    built_in!("idle", Default),
    built_in!("busy", Default),
    built_in!("subscriber-down", Default),
    built_in!("two-walsenders", Default),
    built_in!("standby", Default),
    built_in!("standby-only", Default),
    built_in!("archiving", Default),
    built_in!("checksums-backlog", Default),
    built_in!("db-transaction-checksums", Default),
    built_in!("disconnect", Default),
    built_in!("recvlogical", Default),
    built_in!("smart-then-fast", Default),
    built_in!("immediate", Default),
    built_in!("standby-only-save-fails", Small),
    built_in!("subscriber-frozen", Small),
    built_in!("subscriber-frozen-timeout", Small),
    built_in!("subscriber-frozen-idle", Small),
    built_in!("subscriber-locked", Small),
    built_in!("subscriber-freezes", Small),
    built_in!("db-transaction", Small),
    built_in!("command-running", Small),
    built_in!("idle-walsender", Small),
    built_in!("smart-session", Small),
    built_in!("fast-then-immediate", Small),
    built_in!("walsender-killed", Small),
    built_in!("slot-save-fails", Small),
    built_in!("archive-fails", Small),
    built_in!("receivewal", Small),
    built_in!("receivewal-slot", Small),
    built_in!("receivewal-segments", Small),
    built_in!("over-acknowledging", Small),
    built_in!("confirms-commits-only", Small),
    built_in!("answers-when-asked", Small),
    built_in!("synchronous-subscriber", Small),
    built_in!("connecting", Small),
    built_in!("dead-end", Small),
    built_in!("worker-restart", Small),
    built_in!("worker-restart-before-flush", Small),
    built_in!("obsolete-slot", Small),
    built_in!("obsolete-slot-stuck-receiver", Small),
    built_in!("failover", Small),
    built_in!("page-end", Small),
    built_in!("contrecord", Small),
    built_in!("async-commit", Small),
    built_in!("shutdown-timeout", Small),
    built_in!("subscriber-down-upgrade", Small),
    built_in!("running-xacts", Small),
    built_in!("io-workers", Small),
    built_in!("standby-batches", Small),
    built_in!("standby-behind-removed", Small),
    built_in!("standby-behind-kept", Small),
    built_in!("standby-behind-archiving", Small),
    built_in!("failover-standby-gone", Small),
    built_in!("failover-standby-frozen", Small),
    built_in!("client-ends-stream", Small),
    built_in!("goodbye-blocked", Small),
    built_in!("shutdown-timeout-busy", Small),
    built_in!("subscriber-locked-no-timeout", Small),
    built_in!("subscriber-locked-waits", Small),
    built_in!("standby-only-then-immediate", Small),
    built_in!("standby-frozen", Small),
    built_in!("standby-frozen-backlog", Small),
    built_in!("hints-without-checksums", Small),
    built_in!("startup-standby", Small),
    built_in!("startup-standby-smart", Small),
    built_in!("startup-worker", Small),
    built_in!("connecting-smart", Small),
    built_in!("startup-worker-smart", Small),
    built_in!("startup-worker-immediate", Small),
    built_in!("hot-standby-smart", Small),
    built_in!("hot-standby-connecting", Small),
    built_in!("recovery-ends-smart", Small),
    built_in!("recovery-ends-smart-fast", Small),
    built_in!("recovery-ends-archiving", Small),
    built_in!("recovery-retries", Small),
    built_in!("recovery-retries-timers", Small),
    built_in!("walreceiver-exits", Small),
    built_in!("walreceiver-exits-timers", Small),
    built_in!("dead-end-crashes-in-startup", Small),
    built_in!("startup-fails", Small),
    built_in!("dead-end-hangs", Small),
    built_in!("dead-end-hangs-timeout", Small),
    built_in!("parallel-query", Small),
    built_in!("parallel-query-interruptible", Small),
    built_in!("parallel-query-smart", Small),
    built_in!("extension-worker", Small),
    built_in!("extension-walsnd", Small),
    built_in!("connects-behind-stop", Small),
    built_in!("session-fast-after-smart", Small),
    built_in!("base-backup", Small),
    built_in!("creating-slot", Small),
    built_in!("helper-stats", Small),
    built_in!("report-put-off", Small),
    built_in!("checkpoint-requested", Small),
    built_in!("mixed", Large),
    built_in!("mixed-db", Large),
];

/// The built-in scenario named `name`.
#[must_use]
pub fn built_in(name: &str) -> Option<Named> {
    BUILT_IN
        .iter()
        .find(|scenario| scenario.name == name)
        .map(BuiltIn::named)
}

/// All built-in scenarios, in the order of [`BUILT_IN`].
#[must_use]
pub fn all() -> Vec<Named> {
    BUILT_IN.iter().map(BuiltIn::named).collect()
}

/// Those that are not large.
#[must_use]
pub fn small() -> Vec<Named> {
    BUILT_IN
        .iter()
        .filter(|scenario| scenario.size != Size::Large)
        .map(BuiltIn::named)
        .collect()
}

/// Those that are judged where none is named.
#[must_use]
pub fn default_set() -> Vec<Named> {
    BUILT_IN
        .iter()
        .filter(|scenario| scenario.size == Size::Default)
        .map(BuiltIn::named)
        .collect()
}
