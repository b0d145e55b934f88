//! A model in parts, as one worker of several knows it.
//!
//! Each worker numbers parts as it meets them. A state goes to another worker as the sender's
//! numbers; what a number stands for is told to each receiver once, before its first use there. Who
//! expands a state is decided by the sum of the hashes of what its parts hold: a state and its
//! images under symmetry go to the same worker, which orders them by its own numbers.

use engine::parted::{At, KINDS_MAX, Model, Numbers, Parted, Worker};
use engine::space::Space;

use crate::member::{Member, mix};
use crate::recent::Brief;
use crate::wire::{Fields, Told};

/// One worker's view of a model in parts.
pub struct Parts<M: Model> {
    space: Parted<M>,
    worker: Worker<M>,
    kinds: Vec<usize>,
    /// Hash of what a part holds, by kind and number.
    hashes: [Vec<u64>; KINDS_MAX],
    fields: Fields,
    /// How often the fields were laid out.
    version: u64,
    peers: Vec<Peer>,
}

/// What was told to a peer, and by it.
#[derive(Clone, Debug)]
struct Peer {
    version: u64,
    /// Whether it knows a number of ours, by kind and number.
    knows: [Vec<bool>; KINDS_MAX],
    /// The fields of its states.
    fields: Option<Fields>,
    /// Our numbers for its numbers.
    ours: [Vec<Option<u32>>; KINDS_MAX],
}

impl<M: Model> std::fmt::Debug for Parts<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("kinds", &self.kinds)
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}

impl<M: Model> Parts<M> {
    /// The view of one of `peers` workers.
    pub fn new(model: M, peers: usize) -> Parts<M> {
        let kinds: Vec<usize> = (0..model.parts()).map(|part| model.kind(part)).collect();
        let mut space = Parted::new(model);
        space.widen(&mut []);
        let peer = Peer {
            version: 0,
            knows: Default::default(),
            fields: None,
            ours: Default::default(),
        };
        Parts {
            worker: space.worker(),
            hashes: Default::default(),
            fields: Fields::new([2; KINDS_MAX], &kinds),
            version: 1,
            peers: vec![peer; peers],
            kinds,
            space,
        }
    }

    /// The model.
    pub fn model(&self) -> &M {
        &self.space.model
    }

    /// What it has found out.
    pub fn judge(&mut self) -> &mut M::Judge {
        &mut self.worker.judge
    }

    /// The model as a space, and its worker, whose keys stay what they were.
    pub fn into_space(self) -> (Parted<M>, Worker<M>) {
        (self.space, self.worker)
    }

    /// The numbers of a whole state's parts.
    pub fn numbers(&mut self, s: &M::State) -> Numbers {
        self.space.numbers_of(&mut self.worker, s)
    }

    /// The state of these parts, whole.
    pub fn whole(&mut self, s: &Numbers) -> M::State {
        self.space.state(&mut self.worker, s)
    }

    /// Tells `peer` what the number of a part stands for.
    #[cold]
    fn tell(&mut self, peer: usize, (kind, number): (usize, u32), to: &mut Vec<u64>) {
        let tables = self.space.tables();
        let content = &tables.parts[kind][number as usize];
        let told = Told::Part {
            kind,
            number,
            bytes: content.len(),
        };
        to.push(told.word());
        for chunk in content.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            to.push(u64::from_le_bytes(word));
        }
        drop(tables);
        *at(&mut self.peers[peer].knows[kind], number) = true;
    }

    /// Notes what `peer` tells.
    #[cold]
    fn note(&mut self, peer: usize, told: Told, from: &mut &[u64]) -> Option<()> {
        match told {
            Told::Widths(widths) => {
                self.peers[peer].fields = Some(Fields::new(widths, &self.kinds));
            }
            Told::Part {
                kind,
                number,
                bytes,
            } => {
                let (words, rest) = from.split_at_checked(bytes.div_ceil(8))?;
                *from = rest;
                let content = words.iter().flat_map(|word| word.to_le_bytes());
                let content: Vec<u8> = content.take(bytes).collect();
                let space = &self.space;
                let ours = space.part_number(&mut self.worker, kind, &content)?;
                // Numbers are told in no order, but each is one of a table's.
                *at(&mut self.peers[peer].ours[kind], number) = Some(ours);
            }
        }
        Some(())
    }

    /// Hashes what parts of this kind hold, of all that have numbers.
    #[cold]
    fn hash(&mut self, kind: usize) {
        let known = self.hashes[kind].len();
        let hashed = |bytes: &[u8]| {
            let start = mix(kind as u64 + 1);
            mix(bytes.iter().fold(start, |hash, &byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
            }))
        };
        let tables = self.space.tables();
        let new = tables.parts[kind][known..].iter();
        self.hashes[kind].extend(new.map(|bytes| hashed(bytes)));
    }

    #[inline]
    fn make_room(&mut self, s: &Numbers) {
        let mut numbers = self.kinds.iter().zip(s);
        if !numbers.all(|(&kind, &number)| self.fields.fits(kind, number)) {
            self.lay_out(s);
        }
    }

    /// Makes room for all numbers of `s`.
    #[cold]
    fn lay_out(&mut self, s: &Numbers) {
        for (&kind, &number) in self.kinds.iter().zip(s) {
            if !self.fields.fits(kind, number) {
                let wider = self.fields.wider(kind, number);
                self.fields = Fields::new(wider, &self.kinds);
            }
        }
        self.version += 1;
    }
}

/// The place of `number`, made if there is none.
fn at<T: Clone + Default>(list: &mut Vec<T>, number: u32) -> &mut T {
    let number = number as usize;
    if list.len() <= number {
        list.resize(number + 1, T::default());
    }
    &mut list[number]
}

impl<M: Model + 'static> Member for Parts<M> {
    type State = Numbers;

    fn initial(&mut self) -> Numbers {
        let initial = self.space.model.initial();
        self.numbers(&initial)
    }

    #[inline]
    fn home(&mut self, s: &Numbers) -> u64 {
        let mut sum = 0u64;
        for (i, &number) in s.iter().enumerate().take(self.kinds.len()) {
            let (kind, number) = (self.kinds[i], number as usize);
            if self.hashes[kind].len() <= number {
                self.hash(kind);
            }
            sum = sum.wrapping_add(self.hashes[kind][number]);
        }
        mix(sum)
    }

    fn key_bits(&self) -> u32 {
        self.space.key_bits()
    }

    #[inline]
    fn key(&mut self, s: &Numbers) -> Option<u64> {
        self.space.key(&mut self.worker, s)
    }

    fn rekey(&mut self, keys: &mut [u64]) {
        self.space.rekey(&mut self.worker, keys);
    }

    #[inline]
    fn state(&mut self, key: u64) -> Numbers {
        self.space.numbers(&mut self.worker, key)
    }

    #[inline]
    fn expand(&mut self, level: u32, n: u64, s: &Numbers, each: &mut impl FnMut(u16, &Numbers)) {
        let at = At { level, key: n };
        self.space.expand_numbers(&mut self.worker, at, s, each);
    }

    #[inline]
    fn write(&mut self, s: &Numbers, peer: usize, to: &mut Vec<u64>) {
        self.make_room(s);
        if self.peers[peer].version != self.version {
            self.peers[peer].version = self.version;
            to.push(Told::Widths(self.fields.widths()).word());
        }
        for (i, &number) in s.iter().enumerate().take(self.kinds.len()) {
            let kind = self.kinds[i];
            let knows = self.peers[peer].knows[kind].get(number as usize);
            if knows != Some(&true) {
                self.tell(peer, (kind, number), to);
            }
        }
        self.fields.write(s, to);
    }

    #[inline]
    fn brief(&mut self, s: &Numbers) -> Option<Brief> {
        self.make_room(s);
        let words = self.fields.brief(s)?;
        let version = self.version;
        Some(Brief { version, words })
    }

    #[inline]
    fn read(&mut self, peer: usize, from: &mut &[u64]) -> Option<Numbers> {
        while let Some(told) = Told::of(*from.first()?) {
            *from = &from[1..];
            self.note(peer, told, from)?;
        }
        let known = &self.peers[peer];
        let mut numbers = known.fields.as_ref()?.read(from)?;
        for (&kind, number) in self.kinds.iter().zip(&mut numbers) {
            *number = (*known.ours[kind].get(*number as usize)?)?;
        }
        self.space.canonical(&mut numbers);
        Some(numbers)
    }

    fn bytes(&self) -> u64 {
        self.space.bytes(std::slice::from_ref(&self.worker))
    }
}
