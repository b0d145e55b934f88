//! The model: a state is its own key.

#![expect(
    clippy::cast_possible_truncation,
    clippy::verbose_bit_mask,
    reason = "nibbles are taken apart"
)]

use engine::Space;

const WORKING: u64 = 0;
const PREPARED: u64 = 1;
const COMMITTED: u64 = 2;
const ABORTED: u64 = 3;

/// Nibble `i`: bits 0 and 1 resource manager `i`, bit 2 its *Prepared* message was sent, bit 3 the
/// transaction manager has read it. The nibble above all: bits 0 and 1 the transaction manager
/// (0 undecided, 1 committed, 2 aborted), bit 2 *Commit* was sent, bit 3 *Abort*.
#[derive(Debug)]
pub(crate) struct TwoPhaseCommit {
    /// Number of resource managers, at most 14.
    pub(crate) n: u32,
    /// Whether they are interchangeable.
    pub(crate) orbits: bool,
}

impl TwoPhaseCommit {
    /// The smallest state among those that differ by the names of resource managers.
    fn canonical(&self, s: u64) -> u64 {
        let mut counts = [0u32; 16];
        for i in 0..self.n {
            counts[(s >> (4 * i)) as usize & 15] += 1;
        }
        let mut sorted = s >> (4 * self.n);
        for value in (0..16).rev() {
            for _ in 0..counts[value as usize] {
                sorted = sorted << 4 | value;
            }
        }
        sorted
    }

    pub(crate) fn is_consistent(&self, s: u64) -> bool {
        let low = 0x1111_1111_1111_1111 & ((1 << (4 * self.n)) - 1);
        let (bit0, bit1) = (s & low, s >> 1 & low);
        bit1 & !bit0 == 0 || bit1 & bit0 == 0
    }
}

impl Space for TwoPhaseCommit {
    /// Whether an inconsistent state was found.
    type Worker = bool;

    fn worker(&self) -> bool {
        false
    }

    fn key_bits(&self) -> u32 {
        4 * self.n + 4
    }

    fn initial(&self, _: &mut bool) -> u64 {
        0
    }

    #[inline]
    fn expand(&self, violated: &mut bool, _: u32, s: u64, each: &mut impl FnMut(u16, u64)) {
        *violated |= !self.is_consistent(s);
        let n = self.n;
        let mut each = |step, after| {
            if after != s || !self.orbits {
                each(
                    step,
                    if self.orbits {
                        self.canonical(after)
                    } else {
                        after
                    },
                );
            }
        };
        let manager = s >> (4 * n);
        let undecided = manager & 3 == 0;
        let all_read = 0x8888_8888_8888_8888 & ((1 << (4 * n)) - 1);
        if undecided {
            if s & all_read == all_read {
                each(0, s | 0b0101 << (4 * n));
            }
            each(1, s | 0b1010 << (4 * n));
        }
        for i in 0..n {
            let shift = 4 * i;
            let nibble = s >> shift & 15;
            let others = s & !(3 << shift);
            let step = |k| k + 5 * i as u16;
            if undecided && nibble & 4 != 0 {
                each(step(2), s | 8 << shift);
            }
            if nibble & 3 == WORKING {
                each(step(3), others | (PREPARED | 4) << shift);
                each(step(4), others | ABORTED << shift);
            }
            if manager & 4 != 0 {
                each(step(5), others | COMMITTED << shift);
            }
            if manager & 8 != 0 {
                each(step(6), others | ABORTED << shift);
            }
        }
    }
}
