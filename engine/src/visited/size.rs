//! How many slots a shard has, and which key belongs where.

/// A number of slots: `k << m`, where `k` is 2 or 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    k: u64,
    m: u32,
}

impl Size {
    /// The smallest of at least so many slots.
    pub(super) fn of_at_least(slots: u64) -> Size {
        let mut size = Size { k: 2, m: 0 };
        while size.slots() < slots {
            size = size.next();
        }
        size
    }

    pub(super) fn slots(self) -> u64 {
        self.k << self.m
    }

    /// The next larger one: by half or by a third.
    pub(super) fn next(self) -> Size {
        if self.k == 2 {
            Size { k: 3, m: self.m }
        } else {
            Size {
                k: 2,
                m: self.m + 1,
            }
        }
    }
}

/// Keys of so many bits in the slots of a shard. Keys have their homes in ascending order, so a
/// home and the lowest bits of a key tell the key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Homes {
    k: u64,
    shift: u32,
    /// How many of the lowest bits of a key its home does not tell.
    pub(super) rest: u32,
}

impl Homes {
    pub(super) fn new(size: Size, key_bits: u32) -> Homes {
        let shift = key_bits.saturating_sub(size.m);
        Homes {
            k: size.k,
            shift,
            rest: shift.saturating_sub(1),
        }
    }

    #[inline]
    pub(super) fn home(self, key: u64) -> u64 {
        (key * self.k) >> self.shift
    }

    /// The key that has this home and these lowest bits.
    #[inline]
    pub(super) fn key(self, home: u64, low: u64) -> u64 {
        let shifted = home << self.shift;
        let first = if self.k == 2 {
            shifted.div_ceil(2)
        } else {
            shifted.div_ceil(3)
        };
        first + (low.wrapping_sub(first) & !(u64::MAX << self.rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn home_and_lowest_bits_tell_the_key() {
        for key_bits in 3..14 {
            for slots in [2, 3, 4, 6, 8, 12, 96, 1024, 1 << 15] {
                let size = Size::of_at_least(slots);
                assert_eq!(size.slots(), slots);
                let homes = Homes::new(size, key_bits);
                let mut last = 0;
                for key in 0..1 << key_bits {
                    let home = homes.home(key);
                    assert!(
                        last <= home && home < slots,
                        "{key} of {key_bits} bits: {home}"
                    );
                    assert_eq!(homes.key(home, key & !(u64::MAX << homes.rest)), key);
                    last = home;
                }
            }
        }
    }

    #[test]
    fn sizes_grow_by_half_and_by_a_third() {
        let sizes = std::iter::successors(Some(Size::of_at_least(5)), |size| Some(size.next()));
        let slots: Vec<u64> = sizes.take(5).map(Size::slots).collect();
        assert_eq!(slots, [6, 8, 12, 16, 24]);
    }
}
