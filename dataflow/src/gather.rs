//! All states brought to the first worker, for what has to be done in one place.

use engine::Levels;

use crate::execute::Peer;
use crate::member::Member;
use crate::outbox::Outbox;
use crate::search::Found;

/// The states of all workers on the first `levels` levels, in keys of the first worker; the others,
/// which call it at the same point with any number, get none. `None` when another worker's words
/// made no sense: our bug. [`Found::state`] is void for the first worker afterwards.
pub fn gather<M: Member>(peer: &mut Peer<'_>, found: &mut Found<M>, levels: u32) -> Option<Levels> {
    let levels = u32::try_from(peer.from_first(u64::from(levels))).ok()?;
    let is_first = peer.index() == 0;
    let mut keys = Vec::new();
    let mut received = Vec::new();
    if is_first {
        keys = std::mem::take(&mut found.keys);
    }
    let own = keys.len();
    for level in 0..levels {
        let mut outbox = Outbox::new(peer.index(), peer.peers());
        let range = if is_first {
            0..0
        } else {
            found.level(level, found.keys.len())
        };
        for n in range {
            let s = found.member.state(found.keys[n]);
            found.member.write(&s, 0, outbox.words(0));
        }
        outbox.close_all();
        for parcel in peer.exchange(outbox.ready) {
            let mut words = &parcel.words.0[..];
            while !words.is_empty() {
                let s = found.member.read(parcel.from as usize, &mut words)?;
                let key = loop {
                    match found.member.key(&s) {
                        Some(key) => break key,
                        None => found.member.rekey(&mut keys),
                    }
                };
                keys.push(key);
            }
        }
        received.push(keys.len());
    }
    let mut all = Levels::default();
    all.reserve(keys.len());
    let mut from = own;
    for (level, &to) in (0..).zip(&received) {
        let own = if is_first {
            found.level(level, own)
        } else {
            0..0
        };
        all.push(keys[own].iter().chain(&keys[from..to]).copied());
        from = to;
    }
    Some(all)
}
