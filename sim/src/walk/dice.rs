//! The only source of chance.
//!
//! The generator is ChaCha with 8 rounds, whose stream is its definition; numbers are made of its
//! words here and not by a library, so that a seed means the same walk after any upgrade.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of chance: the seed of a run and the number of a stream in it.
#[derive(Clone, Debug)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// Stream `stream` of `seed`.
    ///
    /// # Examples
    /// ```
    /// use sim::walk::dice::Dice;
    ///
    /// let draws = |stream| {
    ///     let mut dice = Dice::new(7, stream);
    ///     [dice.below(100), dice.below(100), dice.below(100)]
    /// };
    /// assert_eq!(draws(1), draws(1));
    /// assert_ne!(draws(1), draws(2));
    /// ```
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Dice {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(b"shutchck");
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(stream);
        Dice(generator)
    }

    /// A number below `n`, each as likely as the others; 0 if there is none.
    ///
    /// By multiplication, with rejection of the few words that would favour some (Lemire 2019).
    pub fn below(&mut self, n: u32) -> u32 {
        if n == 0 {
            return 0;
        }
        loop {
            let product = u64::from(self.0.next_u32()) * u64::from(n);
            let low = u32::try_from(product & 0xffff_ffff).unwrap_or_default();
            if low >= n || low >= n.wrapping_neg() % n {
                return u32::try_from(product >> 32).unwrap_or_default();
            }
        }
    }

    /// An index below `n`.
    pub fn index(&mut self, n: usize) -> usize {
        self.below(u32::try_from(n).unwrap_or(u32::MAX)) as usize
    }

    /// True once in `n`.
    pub fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// One of `items`.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }

    /// Puts `items` into any order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in 0..items.len() {
            let j = i + self.index(items.len() - i);
            items.swap(i, j);
        }
    }

    /// A word of 64 bits.
    pub fn word(&mut self) -> u64 {
        self.0.next_u64()
    }
}

/// A seed from the operating system, for a user who gave none.
#[must_use]
pub fn fresh_seed() -> u64 {
    use rand::TryRng;
    // Short, since people type it again.
    let word = rand::rngs::SysRng.try_next_u32();
    u64::from(word.unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::Dice;

    /// A seed must mean the same after any upgrade.
    #[test]
    fn the_stream_of_a_seed_never_changes() {
        let mut dice = Dice::new(2026, 1);
        let draws: Vec<u32> = (0..6).map(|_| dice.below(1000)).collect();
        assert_eq!(draws, [18, 863, 84, 371, 995, 660]);
    }

    #[test]
    fn numbers_below_are_all_there() {
        let mut dice = Dice::new(1, 0);
        let mut seen = [0_u32; 7];
        for _ in 0..7000 {
            seen[dice.index(7)] += 1;
        }
        assert!(seen.iter().all(|&n| (850..1150).contains(&n)), "{seen:?}");
    }
}
