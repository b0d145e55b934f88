//! Units of work: what a night consists of, and which machine does which.

use std::fmt;

/// The parts of a night, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The regression corpus: schedules that broke a promise once. Always first.
    Corpus,
    /// The recorded cases.
    History,
    /// Exhaustive searches of designs in scenarios.
    Judge,
    /// Random walks with fresh seeds.
    Walks,
    /// Recorded shutdowns of real servers.
    Traces,
}

impl Part {
    /// All of them.
    pub const ALL: [Part; 5] = [
        Part::Corpus,
        Part::History,
        Part::Judge,
        Part::Walks,
        Part::Traces,
    ];

    /// Its name, which begins the ids of its units.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Part::Corpus => "corpus",
            Part::History => "history",
            Part::Judge => "judge",
            Part::Walks => "walks",
            Part::Traces => "traces",
        }
    }

    /// The part of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Part> {
        Part::ALL.into_iter().find(|part| part.name() == name)
    }
}

/// A unit of work. Its result is a function of it, the configuration and the build.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// A schedule of the corpus in one design.
    Corpus {
        /// Name of the file, without its directory.
        file: String,
        /// The design.
        design: String,
    },
    /// A case with all its trials.
    History {
        /// Its id.
        case: String,
    },
    /// A design in a scenario, all properties.
    Judge {
        /// The design.
        design: String,
        /// A built-in scenario's name, or the path of a file as the configuration has it.
        scenario: String,
    },
    /// A campaign of walks.
    Walks {
        /// The design.
        design: String,
        /// Its seed.
        seed: u64,
    },
    /// A recorded shutdown and the design that it must be a behaviour of.
    Traces {
        /// Its name: the path below the directory that the configuration gives.
        file: String,
        /// The design.
        design: String,
    },
}

impl Unit {
    /// The part it belongs to.
    #[must_use]
    pub fn part(&self) -> Part {
        match self {
            Unit::Corpus { .. } => Part::Corpus,
            Unit::History { .. } => Part::History,
            Unit::Judge { .. } => Part::Judge,
            Unit::Walks { .. } => Part::Walks,
            Unit::Traces { .. } => Part::Traces,
        }
    }
}

/// The id: `PART/…`, stable from night to night.
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = self.part().name();
        match self {
            Unit::Corpus { file, design } | Unit::Traces { file, design } => {
                write!(f, "{part}/{design}/{file}")
            }
            Unit::History { case } => write!(f, "{part}/{case}"),
            Unit::Judge { design, scenario } => write!(f, "{part}/{design}/{scenario}"),
            Unit::Walks { design, seed } => write!(f, "{part}/{design}/{seed}"),
        }
    }
}

/// FNV-1a, 64 bits: the same on every machine and in every version.
#[must_use]
pub fn stable_hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A machine's part of the units: `k` of `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1 to `n`.
    pub k: u32,
    /// Number of machines.
    pub n: u32,
}

impl Default for Shard {
    fn default() -> Shard {
        Shard { k: 1, n: 1 }
    }
}

impl Shard {
    /// Reads `2/8`.
    ///
    /// # Errors
    /// When it is not two numbers with 1 ≤ k ≤ n ≤ 10000.
    pub fn parse(text: &str) -> Result<Shard, String> {
        let numbers = text
            .split_once('/')
            .and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((k, n)) if 1 <= k && k <= n && n <= 10_000 => Ok(Shard { k, n }),
            _ => Err("write `k/n` with k from 1 to n, as `2/8`".to_owned()),
        }
    }

    /// Whether the unit of this id is this machine's: by the id alone, so that all machines agree.
    #[must_use]
    pub fn has(self, id: &str) -> bool {
        stable_hash(id.as_bytes()) % u64::from(self.n) == u64::from(self.k - 1)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.k, self.n)
    }
}

#[cfg(test)]
mod tests {
    use super::{Shard, Unit};

    #[test]
    fn each_unit_is_dealt_to_exactly_one_machine() {
        for seed in 0..200 {
            let design = "pg18".to_owned();
            let id = Unit::Walks { design, seed }.to_string();
            let shards = (1..=7).filter(|&k| Shard { k, n: 7 }.has(&id));
            assert_eq!(shards.count(), 1, "{id}");
        }
    }

    #[test]
    fn the_deal_does_not_change_between_versions() {
        // The published value of FNV-1a for "a".
        assert_eq!(super::stable_hash(b"a"), 0xaf63_dc4c_8601_ec8c);
        let id = "judge/pg18/idle";
        let dealt: Vec<u32> = (1..=5).filter(|&k| Shard { k, n: 5 }.has(id)).collect();
        let expected = u32::try_from(super::stable_hash(id.as_bytes()) % 5).map(|k| k + 1);
        assert_eq!(Ok(dealt), expected.map(|k| vec![k]));
    }

    #[test]
    fn wrong_shards_are_refused() {
        for wrong in ["", "0/3", "4/3", "1", "a/b", "1/0", "-1/2"] {
            assert!(Shard::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Shard::parse("2/3"), Ok(Shard { k: 2, n: 3 }));
    }
}
