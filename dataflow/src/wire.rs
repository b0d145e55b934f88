//! How the numbers of a state's parts become words for another worker.
//!
//! A word whose top bit is 0 begins a state: the numbers in fields as wide as the sender's numbers
//! need, 63 bits in the first word and 64 in each further one. A word whose top bit is 1 tells
//! something that later words rest on: the widths of the fields, or what a part's number stands
//! for, once for each receiver.

use engine::parted::{KINDS_MAX, Numbers, PARTS_MAX};

const TELLS: u64 = 1 << 63;
const WIDTHS: u64 = 1 << 62;
const WIDTH_BITS: u32 = 5;

/// Where a part's number stands: the word, the place of its lowest bit, its width.
#[derive(Clone, Copy, Debug, Default)]
struct Field {
    word: usize,
    shift: u32,
    width: u32,
}

/// The fields of all parts.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    widths: [u32; KINDS_MAX],
    places: [Field; PARTS_MAX],
    parts: usize,
    words: usize,
}

/// What a word of telling tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Widths by kind, for the states that follow.
    Widths([u32; KINDS_MAX]),
    /// A part: so many bytes follow, in whole words.
    Part {
        kind: usize,
        number: u32,
        bytes: usize,
    },
}

impl Told {
    pub(crate) fn word(self) -> u64 {
        match self {
            Told::Widths(widths) => {
                let packed = widths.iter().rev();
                TELLS | WIDTHS | packed.fold(0, |word, &w| word << WIDTH_BITS | u64::from(w))
            }
            Told::Part {
                kind,
                number,
                bytes,
            } => TELLS | (kind as u64) << 56 | (bytes as u64) << 32 | u64::from(number),
        }
    }

    /// What `word` tells; `None` if it begins a state.
    pub(crate) fn of(word: u64) -> Option<Told> {
        if word & TELLS == 0 {
            return None;
        }
        let bits = |from: u32, width: u32| u32::try_from(word >> from & ((1 << width) - 1)).ok();
        if word & WIDTHS == 0 {
            return Some(Told::Part {
                kind: bits(56, 6)? as usize,
                number: bits(0, 32)?,
                bytes: bits(32, 24)? as usize,
            });
        }
        let mut widths = [0; KINDS_MAX];
        for (width, n) in widths.iter_mut().zip(0..) {
            *width = bits(WIDTH_BITS * n, WIDTH_BITS)?;
        }
        Some(Told::Widths(widths))
    }
}

impl Fields {
    /// Fields of these widths, for parts of these kinds.
    pub(crate) fn new(widths: [u32; KINDS_MAX], kinds: &[usize]) -> Fields {
        let mut places = [Field::default(); PARTS_MAX];
        let (mut word, mut used) = (0, 0);
        for (field, &kind) in places.iter_mut().zip(kinds) {
            let width = widths[kind];
            let room = if word == 0 { 63 } else { 64 };
            if used + width > room {
                (word, used) = (word + 1, 0);
            }
            *field = Field {
                word,
                shift: used,
                width,
            };
            used += width;
        }
        Fields {
            widths,
            places,
            parts: kinds.len(),
            words: word + 1,
        }
    }

    /// Whether a number of this kind has a place.
    #[inline]
    pub(crate) fn fits(&self, kind: usize, number: u32) -> bool {
        number >> self.widths[kind] == 0
    }

    pub(crate) fn widths(&self) -> [u32; KINDS_MAX] {
        self.widths
    }

    /// Widths with room for this number of this kind, too, and more to come.
    pub(crate) fn wider(&self, kind: usize, number: u32) -> [u32; KINDS_MAX] {
        let mut widths = self.widths;
        widths[kind] = (u32::BITS - number.leading_zeros() + 1).min(31);
        widths
    }

    /// The words of a state, if they are two at most.
    #[inline]
    pub(crate) fn brief(&self, numbers: &Numbers) -> Option<[u64; 2]> {
        let mut words = [0; 2];
        if self.words > words.len() {
            return None;
        }
        for (field, &number) in self.places[..self.parts].iter().zip(numbers) {
            words[field.word & 1] |= u64::from(number) << field.shift;
        }
        Some(words)
    }

    #[inline]
    pub(crate) fn write(&self, numbers: &Numbers, to: &mut Vec<u64>) {
        let from = to.len();
        to.resize(from + self.words, 0);
        let words = &mut to[from..];
        for (field, &number) in self.places[..self.parts].iter().zip(numbers) {
            words[field.word] |= u64::from(number) << field.shift;
        }
    }

    /// Takes a state from the front of `from`; `None` when it ends too early.
    #[inline]
    pub(crate) fn read(&self, from: &mut &[u64]) -> Option<Numbers> {
        let (words, rest) = from.split_at_checked(self.words)?;
        *from = rest;
        let mut numbers = [0; PARTS_MAX];
        for (field, number) in self.places[..self.parts].iter().zip(&mut numbers) {
            let bits = words[field.word] >> field.shift & ((1 << field.width) - 1);
            *number = u32::try_from(bits).unwrap_or(0);
        }
        Some(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fields, Told};
    use engine::parted::{KINDS_MAX, PARTS_MAX};

    #[test]
    fn what_is_told_is_understood() {
        let mut widths = [0; KINDS_MAX];
        (widths[0], widths[9]) = (31, 17);
        let part = Told::Part {
            kind: 9,
            number: u32::MAX >> 1,
            bytes: 513,
        };
        for told in [Told::Widths(widths), part] {
            assert_eq!(Told::of(told.word()), Some(told));
        }
    }

    #[test]
    fn numbers_come_back() {
        let kinds: Vec<usize> = (0..PARTS_MAX).map(|part| part % KINDS_MAX).collect();
        for width in [1, 3, 20, 31] {
            let fields = Fields::new([width; KINDS_MAX], &kinds);
            let numbers = std::array::from_fn(|i| (0x5A5A_1234 >> i) & !(u32::MAX << width));
            let mut words = vec![7];
            fields.write(&numbers, &mut words);
            assert_eq!(Told::of(words[1]), None);
            let mut rest = &words[1..];
            assert_eq!(fields.read(&mut rest), Some(numbers));
            assert!(rest.is_empty());
            let mut short = &words[1..words.len() - 1];
            assert_eq!(fields.read(&mut short), None);
        }
    }
}
