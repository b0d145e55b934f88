//! What a worker has to send, by receiver.

use crate::member::Member;
use crate::parcel::{Parcel, Words};
use crate::recent::Recent;

/// Words in a parcel, about.
const PARCEL: usize = 1024;

/// Words that wait until there are enough for a parcel.
#[derive(Debug)]
pub(crate) struct Outbox {
    index: u32,
    words: Vec<Vec<u64>>,
    recent: Recent,
    /// Full parcels.
    pub(crate) ready: Vec<Parcel>,
}

impl Outbox {
    pub(crate) fn new(index: usize, peers: usize) -> Outbox {
        Outbox {
            index: u32::try_from(index).unwrap_or(u32::MAX),
            words: vec![Vec::new(); peers],
            recent: Recent::new(),
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

    /// Sends a state to its owner, if that was not done lately.
    pub(crate) fn state<M: Member>(&mut self, member: &mut M, peer: usize, s: &M::State) {
        let words = self.words(peer);
        let from = words.len();
        let version = member.write(s, peer, words);
        if self.recent.has(version, peer, &self.words[peer][from..]) {
            self.words[peer].truncate(from);
        }
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
