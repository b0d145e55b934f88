//! The states that a search has found, level by level.

/// Keys by level: number 0 is the level of the initial state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    keys: Vec<u64>,
    /// Where each level ends in `keys`.
    ends: Vec<usize>,
}

impl Levels {
    /// Makes room for this many keys.
    pub fn reserve(&mut self, keys: usize) {
        self.keys.reserve_exact(keys);
    }

    /// Adds a level.
    pub fn push(&mut self, keys: impl IntoIterator<Item = u64>) {
        self.keys.extend(keys);
        self.ends.push(self.keys.len());
    }

    /// Keeps only so many levels.
    pub fn truncate(&mut self, levels: usize) {
        self.ends.truncate(levels);
        self.keys.truncate(self.ends.last().copied().unwrap_or(0));
    }

    /// All keys.
    #[must_use]
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// All keys, to be changed.
    pub fn keys_mut(&mut self) -> &mut [u64] {
        &mut self.keys
    }

    /// The keys of level `n`, in no order; none where there is no such level.
    #[must_use]
    pub fn level(&self, n: u32) -> &[u64] {
        let n = n as usize;
        let Some(&end) = self.ends.get(n) else {
            return &[];
        };
        let start = n.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.keys[start..end]
    }

    /// Number of levels.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.ends.len()).unwrap_or(u32::MAX)
    }

    /// Number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Bytes in use.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        (self.keys.capacity() * 8 + self.ends.capacity() * size_of::<usize>()) as u64
    }
}
