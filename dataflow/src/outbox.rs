//! What a worker has to send, by receiver.

use crate::parcel::{Parcel, Words};

/// Words in a parcel, about.
const PARCEL: usize = 1024;

/// Words that wait until there are enough for a parcel.
#[derive(Debug)]
pub(crate) struct Outbox {
    index: u32,
    words: Vec<Vec<u64>>,
    /// Full parcels.
    pub(crate) ready: Vec<Parcel>,
}

impl Outbox {
    pub(crate) fn new(index: usize, peers: usize) -> Outbox {
        Outbox {
            index: u32::try_from(index).unwrap_or(u32::MAX),
            words: vec![Vec::new(); peers],
            ready: Vec::new(),
        }
    }

    /// The words for `peer`, to be added to.
    pub(crate) fn words(&mut self, peer: usize) -> &mut Vec<u64> {
        if self.words[peer].len() >= PARCEL {
            self.close(peer);
        }
        &mut self.words[peer]
    }

    fn close(&mut self, peer: usize) {
        let words = std::mem::take(&mut self.words[peer]);
        if !words.is_empty() {
            self.ready.push(Parcel {
                from: self.index,
                to: u32::try_from(peer).unwrap_or(u32::MAX),
                words: Words(words),
            });
        }
    }

    /// Closes all parcels, full or not.
    pub(crate) fn close_all(&mut self) {
        for peer in 0..self.words.len() {
            self.close(peer);
        }
    }
}
