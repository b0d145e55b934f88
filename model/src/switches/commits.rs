//! The commits of back branches: the same fix has a hash of its own on each of them.

use super::{Change, SWITCHES};

/// A commit, and what it is called on the branches that it was back-patched to.
///
/// A branch that was made after the commit has it by its first hash; so a commit that is older than
/// `REL_14_STABLE` has no row here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Abbreviated hash, as in [`super::Change::source`]: on master, or on the newest branch that
    /// has the commit where master has none of this shape.
    pub source: &'static str,
    /// Release (`pg17`) and abbreviated hash on its branch, oldest release first.
    pub backpatches: &'static [(&'static str, &'static str)],
}

const fn commit(
    source: &'static str,
    backpatches: &'static [(&'static str, &'static str)],
) -> Commit {
    Commit {
        source,
        backpatches,
    }
}

/// Hashes of the registry that mean `word`: itself, one that begins with its seven or more digits,
/// or one with which it begins. Two or more: `word` is too short.
#[must_use]
pub fn hashes(word: &str) -> Vec<&'static str> {
    let is_hash = word.len() >= 7 && word.chars().all(|c| c.is_ascii_hexdigit());
    let mut found: Vec<&str> = changes()
        .flat_map(names)
        .filter(|h| *h == word || is_hash && (h.starts_with(word) || word.starts_with(h)))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The sources of all changes that the commit `hash` makes. With `whole`, those of its other shapes
/// on other branches, too: what 006dd4b2e5 does is in 17 done by two changes.
#[must_use]
pub fn moved_by(hash: &str, whole: bool) -> Vec<&'static str> {
    let named = |c: &&Change| names(c).any(|h| h == hash);
    let direct: Vec<&Change> = changes().filter(named).collect();
    let kin = |c: &&Change| names(c).any(|h| direct.iter().any(|d| names(d).any(|n| n == h)));
    let mut sources: Vec<&str> = if whole {
        changes().filter(kin).map(|c| c.source).collect()
    } else {
        direct.iter().map(|c| c.source).collect()
    };
    sources.sort_unstable();
    sources.dedup();
    sources
}

fn changes() -> impl Iterator<Item = &'static Change> {
    SWITCHES.iter().flat_map(|s| s.changes)
}

/// A change's source, and what it is called on branches.
fn names(change: &Change) -> impl Iterator<Item = &'static str> + use<> {
    let on_branches = change.backpatches().iter().map(|(_, hash)| *hash);
    std::iter::once(change.source).chain(on_branches)
}

/// All commits of the registry that were back-patched to 14 or later, by date on master. A comment
/// has the subject. Source: `git log` of each branch, by subject.
pub static COMMITS: &[Commit] = &[
    // Avoid creating archive status ".ready" files too early
    commit("515e3d84a0", &[("pg14", "e3fb6170e5")]),
    // Fix issue with WAL archiving in standby.
    commit("596ba75cb1", &[("pg14", "b5ec22bf5e")]),
    // Fix WAL replay in presence of an incomplete record
    commit("ff9f111bce", &[("pg14", "64a8687a68")]),
    // Fix control file update done in restartpoints still running after promotion
    commit("7863ee4def", &[("pg14", "6dced63b41")]),
    // Fix a possibility of logical replication slot's restart_lsn going backwards.
    commit(
        "e5ed873b1b",
        &[
            ("pg14", "26c4e89686"),
            ("pg15", "91771b3fbb"),
            ("pg16", "f353911337"),
            ("pg17", "568e78a653"),
        ],
    ),
    // Flush the IO statistics of active WAL senders more frequently
    commit(
        "039549d70f",
        &[("pg16", "e2a82cd23a"), ("pg17", "5cbbe70a9c")],
    ),
    // Remove assertion based on pending_since in pgstat_report_stat()
    commit(
        "1f7878c33c",
        &[
            ("pg15", "c1201ffcfb"),
            ("pg16", "e9ab8677bf"),
            ("pg17", "4b6331e0fd"),
        ],
    ),
    // Don't retreat slot's confirmed_flush LSN.
    commit(
        "ad5eaf390c",
        &[
            ("pg14", "e68459489c"),
            ("pg15", "9d1a623596"),
            ("pg16", "c0f51fde53"),
            ("pg17", "7318f241d2"),
        ],
    ),
    // Fix the handling of two GUCs during upgrade.
    commit(
        "72e6c08fea",
        &[("pg17", "24f6c1bd41"), ("pg18", "f36e577451")],
    ),
    // Keep WAL segments by the flushed value of the slot's restart LSN. On 18 and master ca307d5cec
    // does it in another way.
    commit(
        "2090edc6f3",
        &[
            ("pg14", "e2832bd961"),
            ("pg15", "dd9bc1a17d"),
            ("pg16", "cea8f2c3e4"),
            ("pg17", "2090edc6f3"),
        ],
    ),
    // Fix infinite wait when reading a partially written WAL record
    commit(
        "d3917d8f13",
        &[
            ("pg14", "bedfdb85b0"),
            ("pg15", "9f270f48f3"),
            ("pg16", "b485e1c89a"),
            ("pg17", "c9f4e75206"),
            ("pg18", "5449d5b7ae"),
        ],
    ),
    // Prevent invalidation of newly created replication slots.
    commit(
        "006dd4b2e5",
        &[
            ("pg14", "7406df6056"),
            ("pg15", "aae05622a7"),
            ("pg16", "24cce33c33"),
            ("pg17", "3510ebeb0d"),
            ("pg18", "d3ceb20846"),
        ],
    ),
    // Fix LOCK_TIMEOUT handling in slotsync worker.
    commit(
        "04396eacd3",
        &[("pg17", "f2818868ae"), ("pg18", "6c61c69d58")],
    ),
    // The same; "in 17 and prior branches we need to additionally handle the race condition with
    // slot's minimum LSN computation during checkpoints".
    commit(
        "3510ebeb0d",
        &[
            ("pg14", "7406df6056"),
            ("pg15", "aae05622a7"),
            ("pg16", "24cce33c33"),
            ("pg17", "3510ebeb0d"),
        ],
    ),
    // Fix a race condition in updating procArray->replication_slot_xmin.
    commit(
        "2a5225b99d",
        &[
            ("pg14", "57048d6e17"),
            ("pg15", "fa557d3005"),
            ("pg16", "8214667226"),
            ("pg17", "123b851abd"),
            ("pg18", "fd7c86cfaf"),
        ],
    ),
    // Fix publisher shutdown hang caused by logical walsender busy loop.
    commit(
        "6eedb2a5fd",
        &[
            ("pg14", "3bf6f22ce1"),
            ("pg15", "42734f2966"),
            ("pg16", "82935467a0"),
            ("pg17", "bbbc0888b3"),
            ("pg18", "3eb2fecdbb"),
        ],
    ),
    // Fix WAL flush LSN used by logical walsender during shutdown
    commit(
        "d927b4bd97",
        &[
            ("pg14", "f154714646"),
            ("pg15", "fa9f2e3175"),
            ("pg16", "da21ecf579"),
            ("pg17", "8ee536c895"),
            ("pg18", "9804981386"),
        ],
    ),
    // Fix slotsync worker blocking promotion when stuck in wait
    commit(
        "db93032a7c",
        &[("pg17", "15910b1c36"), ("pg18", "58c1188a3e")],
    ),
    // Fix orphaned processes when startup process fails during PM_STARTUP
    commit(
        "9b43e6793b",
        &[
            ("pg15", "23cebf672e"),
            ("pg16", "2d347f2cd7"),
            ("pg17", "e381843cfa"),
            ("pg18", "affdb2dd5c"),
        ],
    ),
    // Fix race in ReplicationSlotRelease() for ephemeral slots
    commit(
        "f2081a7800",
        &[
            ("pg14", "968c508457"),
            ("pg15", "a4eb59d40f"),
            ("pg16", "51e79222c9"),
            ("pg17", "080d61f07c"),
            ("pg18", "f833c92077"),
        ],
    ),
    // Fix logical decoding of empty prepared transactions.
    commit(
        "acaa100f9a",
        &[
            ("pg14", "c2d34db0a5"),
            ("pg15", "0dbfb8520f"),
            ("pg16", "7446183463"),
            ("pg17", "8c4519c71a"),
            ("pg18", "b563fc6bd9"),
            ("pg19", "2289e65e15"),
        ],
    ),
    // Lift shutdown assertion in pgstats for WAL senders; not on 18 and master, where the
    // checkpointer exits after the walsenders.
    commit(
        "4801610f7c",
        &[
            ("pg15", "eeed86523b"),
            ("pg16", "830b476d0b"),
            ("pg17", "4801610f7c"),
        ],
    ),
    // Fix cascading standby reconnect failure after archive fallback
    commit(
        "b614de4876",
        &[
            ("pg14", "5fb3c63891"),
            ("pg15", "8f64cc83f9"),
            ("pg16", "5dbeb69bcb"),
            ("pg17", "2cf28d1b9a"),
            ("pg18", "3310163223"),
            ("pg19", "bef46aed39"),
        ],
    ),
    // Fix races between deactivation of logical decoding and slot creation.
    commit("6aba42c660", &[("pg19", "6a80179f6b")]),
    // Fix postmaster failing to exit when startup crashes during crash restart. On REL_18_STABLE
    // after 18.6: in no minor release of 18 yet.
    commit(
        "ead8f696b7",
        &[("pg18", "6a1759a02a"), ("pg19", "3861984342")],
    ),
];
