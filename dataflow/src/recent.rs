//! States that were met lately, so that they are neither sent nor looked for again at once.

/// Places, as a power of two: 16 bytes each.
const PLACES_LOG: u32 = 15;

/// A state in two words. Where the version is the same, equal words are equal states.
#[derive(Clone, Copy, Debug)]
pub struct Brief {
    /// Which of several ways to put states into words.
    pub version: u64,
    /// The words; not all ones.
    pub words: [u64; 2],
}

/// A memory with one place for each hash: what comes later takes it. It forgets, and never takes
/// one state for another.
#[derive(Debug)]
pub(crate) struct Recent {
    places: Vec<[u64; 2]>,
    version: u64,
}

impl Recent {
    pub(crate) fn new() -> Recent {
        Recent {
            places: vec![[u64::MAX; 2]; 1 << PLACES_LOG],
            version: 0,
        }
    }

    /// Whether this state was noted and not yet forgotten; notes it.
    #[inline]
    pub(crate) fn has(&mut self, state: Brief) -> bool {
        if state.version != self.version {
            self.places.fill([u64::MAX; 2]);
            self.version = state.version;
        }
        let [low, high] = state.words;
        let hash = (low ^ high.rotate_left(31)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let place = usize::try_from(hash >> (64 - PLACES_LOG)).unwrap_or(0);
        std::mem::replace(&mut self.places[place], state.words) == state.words
    }
}

#[cfg(test)]
mod tests {
    use super::{Brief, Recent};

    #[test]
    fn another_version_is_another_state() {
        let mut recent = Recent::new();
        let words = [5, 7];
        let told = [1, 1, 2, 2].map(|version| recent.has(Brief { version, words }));
        assert_eq!(told, [false, true, false, true]);
    }
}
