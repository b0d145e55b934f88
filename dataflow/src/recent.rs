//! States that were sent lately, so that they are not sent again at once.

/// Places, as a power of two: 24 bytes each.
const PLACES_LOG: u32 = 16;

/// A memory with one place for each hash: what comes later takes it. It forgets, and never takes
/// one state for another.
#[derive(Debug)]
pub(crate) struct Recent {
    places: Vec<(u64, u64, u64)>,
}

impl Recent {
    pub(crate) fn new() -> Recent {
        Recent {
            places: vec![(u64::MAX, u64::MAX, u64::MAX); 1 << PLACES_LOG],
        }
    }

    /// Whether these words of this version, for this peer, were noted and not yet forgotten; notes
    /// them. Longer states than two words are never noted.
    #[inline]
    pub(crate) fn has(&mut self, version: u64, peer: usize, words: &[u64]) -> bool {
        let (low, high) = match *words {
            [low] => (low, 0),
            [low, high] => (low, high),
            _ => return false,
        };
        let entry = (low, high, version << 24 | peer as u64);
        let hash = (low ^ high.rotate_left(31)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let place = usize::try_from(hash >> (64 - PLACES_LOG)).unwrap_or(0);
        let place = &mut self.places[place];
        std::mem::replace(place, entry) == entry
    }
}
