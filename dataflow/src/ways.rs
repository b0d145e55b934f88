//! Shortest ways from the initial state, found when they are wanted: no parents are kept.
//!
//! As in the engine's `ways`: backwards from the states wanted, level by level, all states that lie
//! on a shortest way are marked, here by their owners, who tell all others. The first worker
//! keeps the marks and walks forward by the lowest step that stays on marked states. So the way is
//! the first of all shortest ones in the order of their steps, however many workers there are.

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::execute::Peer;
use crate::member::Member;
use crate::outbox::Outbox;
use crate::parcel::Parcel;
use crate::search::Found;

/// Goals that are looked for at once: a bit each.
const AT_ONCE: usize = 64;

/// States to be reached: any of these, all of one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal<S> {
    /// Their level.
    pub level: u32,
    /// The states, in the numbers of the worker that asks.
    pub states: Vec<S>,
}

/// A shortest way: the steps, and the state behind each.
pub type Way<S> = Vec<(u16, S)>;

type Marks<S> = HashMap<S, u64, FxBuildHasher>;

/// For each goal of the first worker the first of the shortest ways to it; the other workers, which
/// call it at the same point, have no goals and get no ways. What `found` has judged is void
/// afterwards. `None` when another worker's words made no sense: our bug.
pub fn ways<M: Member>(
    peer: &mut Peer<'_>,
    found: &mut Found<M>,
    goals: &[Goal<M::State>],
) -> Option<Vec<Way<M::State>>> {
    let mut ways = Vec::new();
    let mut rest = goals;
    loop {
        let (now, later) = rest.split_at(rest.len().min(AT_ONCE));
        let deepest = now.iter().map(|goal| goal.level).max();
        let deepest = peer.from_first(deepest.map_or(0, |level| u64::from(level) + 1));
        let Some(deepest) = deepest.checked_sub(1) else {
            return Some(ways);
        };
        let deepest = u32::try_from(deepest).ok()?;
        ways.extend(some_ways(peer, found, now, deepest)?);
        rest = later;
    }
}

fn some_ways<M: Member>(
    peer: &mut Peer<'_>,
    found: &mut Found<M>,
    goals: &[Goal<M::State>],
    deepest: u32,
) -> Option<Vec<Way<M::State>>> {
    let is_first = peer.index() == 0;
    // Of levels 1 to the deepest; the first worker keeps them all.
    let mut marks: Vec<Marks<M::State>> = vec![Marks::default(); deepest as usize + 1];
    for level in (1..=deepest).rev() {
        let mut own: Vec<(u64, M::State)> = Vec::new();
        for (n, goal) in goals.iter().enumerate().filter(|(_, g)| g.level == level) {
            own.extend(goal.states.iter().map(|s| (1 << n, *s)));
        }
        if let Some(behind) = marks.get(level as usize + 1) {
            for n in found.level(level, found.keys.len()) {
                let s = found.member.state(found.keys[n]);
                let mut mark = 0;
                found.member.expand(level, n as u64, &s, &mut |_, to| {
                    mark |= behind.get(to).copied().unwrap_or(0);
                });
                if mark != 0 {
                    own.push((mark, s));
                }
            }
        }
        if !is_first && let Some(behind) = marks.get_mut(level as usize + 1) {
            *behind = Marks::default();
        }
        marks[level as usize] = share(peer, &mut found.member, &own)?;
    }
    let walks = goals.iter().enumerate();
    Some(
        walks
            .map(|(n, goal)| walk(&mut found.member, &marks, n, goal.level))
            .collect(),
    )
}

/// Tells all workers the marks that this one has set, and takes theirs.
fn share<M: Member>(
    peer: &mut Peer<'_>,
    member: &mut M,
    own: &[(u64, M::State)],
) -> Option<Marks<M::State>> {
    let mut outbox = Outbox::new(peer.index(), peer.peers());
    for to in (0..peer.peers()).filter(|&to| to != peer.index()) {
        for (mark, s) in own {
            let words = outbox.words(to);
            words.push(*mark);
            member.write(s, to, words);
        }
    }
    outbox.close_all();
    let mut marks = Marks::default();
    for (mark, s) in own {
        *marks.entry(*s).or_default() |= mark;
    }
    for Parcel { from, words, .. } in peer.exchange(outbox.ready) {
        let mut words = &words.0[..];
        while let Some((&mark, rest)) = words.split_first() {
            words = rest;
            let s = member.read(from as usize, &mut words)?;
            *marks.entry(s).or_default() |= mark;
        }
    }
    Some(marks)
}

/// The first way to goal `n`.
fn walk<M: Member>(
    member: &mut M,
    marks: &[Marks<M::State>],
    n: usize,
    goal_level: u32,
) -> Way<M::State> {
    let mut way = Way::new();
    let mut at = member.initial();
    for level in 0..goal_level {
        let behind = &marks[level as usize + 1];
        let mut best: Option<(u16, M::State)> = None;
        member.expand(level, 0, &at, &mut |step, to| {
            let is_marked = behind.get(to).is_some_and(|mark| mark >> n & 1 != 0);
            if is_marked && best.is_none_or(|(lowest, _)| step < lowest) {
                best = Some((step, *to));
            }
        });
        let Some(next) = best else {
            break;
        };
        way.push(next);
        at = next.1;
    }
    way
}
