//! How the time of a night is shared among its parts.
//!
//! The corpus comes first and takes what it needs. Each other part is sure of [`FLOOR`] of time;
//! the rest goes by new violations in a minute, over the last [`NIGHTS`] nights:
//!
//! ```text
//! rate  = (new violations + 1) / (minutes + 10)
//! share = FLOOR + (1 − 4 FLOOR) · rate / sum of the rates
//! ```
//!
//! The 1 and the 10 let a part that was never run count as one that finds something in ten minutes.
//! The next unit is one of the part that is farthest behind its share. Parts that are done leave
//! their time to the others; walks are never done.

use std::collections::BTreeMap;

use crate::NightlyError;
use crate::store::Store;
use crate::unit::Part;

/// Share of the time of which each part is sure.
pub const FLOOR: f64 = 0.1;

/// Nights that count.
pub const NIGHTS: u32 = 7;

/// The parts among which time is shared.
pub const SHARED: [Part; 4] = [Part::History, Part::Judge, Part::Walks, Part::Traces];

/// What the parts brought in the last nights: new violations and minutes.
pub type Brought = BTreeMap<Part, (u32, f64)>;

/// The shares of [`SHARED`]; they add up to 1.
#[must_use]
pub fn shares(brought: &Brought) -> BTreeMap<Part, f64> {
    let rate = |part: Part| {
        let (new, minutes) = brought.get(&part).copied().unwrap_or_default();
        (f64::from(new) + 1.0) / (minutes + 10.0)
    };
    let sum: f64 = SHARED.into_iter().map(rate).sum();
    let free = 1.0 - 4.0 * FLOOR;
    let share = |part: Part| (part, FLOOR + free * rate(part) / sum);
    SHARED.into_iter().map(share).collect()
}

/// The part that is farthest behind its share, of those that have units left.
#[must_use]
pub fn next(
    shares: &BTreeMap<Part, f64>,
    spent: &BTreeMap<Part, f64>,
    has: impl Fn(Part) -> bool,
) -> Option<Part> {
    if has(Part::Corpus) {
        return Some(Part::Corpus);
    }
    let behind = |part: &Part| {
        let spent = spent.get(part).copied().unwrap_or_default();
        spent / shares.get(part).copied().unwrap_or(FLOOR)
    };
    let open = SHARED.into_iter().filter(|part| has(*part));
    open.min_by(|a, b| behind(a).total_cmp(&behind(b)))
}

/// What the parts brought in the nights before `night`.
///
/// # Errors
/// When the database cannot be read.
pub fn brought(store: &Store, night: &str) -> Result<Brought, NightlyError> {
    let sql = format!(
        "WITH last AS (SELECT night FROM nights WHERE night <> ?1 \
                       ORDER BY started DESC, night DESC LIMIT {NIGHTS}) \
         SELECT part, sum(seconds) / 60.0, \
                (SELECT count(*) FROM new_violations v \
                 WHERE v.part = u.part AND v.night IN last) \
         FROM units u WHERE night IN last GROUP BY part"
    );
    let rows = store.rows(&sql, night, |row| {
        Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?))
    })?;
    let named = rows.into_iter();
    Ok(named
        .filter_map(|(part, minutes, new)| Some((Part::named(&part)?, (new, minutes))))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{Brought, FLOOR, SHARED, next, shares};
    use crate::unit::Part;

    #[test]
    fn what_finds_most_gets_most_and_nobody_goes_without() {
        let mut brought = Brought::new();
        brought.insert(Part::Walks, (9, 90.0));
        brought.insert(Part::Judge, (0, 90.0));
        let shares = shares(&brought);
        assert!(shares[&Part::Walks] > shares[&Part::Judge]);
        assert!(SHARED.iter().all(|part| shares[part] >= FLOOR));
        assert!((shares.values().sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_corpus_first_then_the_one_that_is_behind() {
        let shares = shares(&Brought::new());
        let mut spent = std::collections::BTreeMap::new();
        assert_eq!(next(&shares, &spent, |_| true), Some(Part::Corpus));
        for part in [Part::History, Part::Judge, Part::Traces] {
            spent.insert(part, 1.0);
        }
        let not_corpus = |part| part != Part::Corpus;
        assert_eq!(next(&shares, &spent, not_corpus), Some(Part::Walks));
        assert_eq!(
            next(&shares, &spent, |part| part == Part::Judge),
            Some(Part::Judge)
        );
        assert_eq!(next(&shares, &spent, |_| false), None);
    }
}
