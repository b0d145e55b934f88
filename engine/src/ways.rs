//! Shortest ways from the initial state, found when they are wanted: no parents are kept.
//!
//! From the states to be reached, level by level backwards, all states that lie on a shortest way
//! are marked; then the way is walked forwards, each time by the lowest step that stays on marked
//! states. So the way found is the first of all shortest ones in the order of their steps, however
//! many threads have searched. It costs at most one more expansion of the levels before the states
//! wanted.

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::search::Search;
use crate::space::Space;
use crate::tree::table_bytes;

/// Goals that are looked for at once: a bit each.
const AT_ONCE: usize = 64;

/// States to be reached: any of these keys, all of one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Their level.
    pub level: u32,
    /// Their keys.
    pub keys: Vec<u64>,
}

/// A shortest way: the steps, and the key behind each.
pub type Way = Vec<(u16, u64)>;

type Marks = HashMap<u64, u64, FxBuildHasher>;

/// For each goal the first of the shortest ways to it. The levels must be kept, and `worker` is one
/// whose judgements nobody wants any more.
///
/// Where the marks would need more memory than the search has left, the way is a shortest one, but
/// perhaps not the first.
pub fn ways<S: Space>(search: &Search<'_, S>, worker: &mut S::Worker, goals: &[Goal]) -> Vec<Way> {
    let parts = goals.chunks(AT_ONCE);
    let found = parts.map(|goals| {
        first_ways(search, worker, goals).unwrap_or_else(|| any_ways(search, worker, goals))
    });
    found.flatten().collect()
}

/// Bytes of marks: hash tables, the largest of which may have to grow.
fn marks_bytes(marks: &[Marks]) -> u64 {
    let tables = marks.iter().map(table_bytes);
    tables.sum::<usize>() as u64
}

/// States between two looks at the memory.
const LOOK: usize = 4096;

/// The first of the shortest ways; `None` if there is no memory to find them.
fn first_ways<S: Space>(
    search: &Search<'_, S>,
    worker: &mut S::Worker,
    goals: &[Goal],
) -> Option<Vec<Way>> {
    let deepest = goals.iter().map(|goal| goal.level).max().unwrap_or(0);
    let mut marks: Vec<Marks> = vec![Marks::default(); deepest as usize + 1];
    for (n, goal) in goals.iter().enumerate() {
        for &key in &goal.keys {
            *marks[goal.level as usize].entry(key).or_default() |= 1 << n;
        }
    }
    let begun = search.space().worker_bytes(worker);
    for level in (0..deepest).rev() {
        let behind_bytes = marks_bytes(&marks);
        let (before, behind) = marks.split_at_mut(level as usize + 1);
        for (n, &key) in search.level(level).iter().flatten().enumerate() {
            let mut mark = 0;
            search.space().expand(worker, level, key, &mut |_, to| {
                mark |= behind[0].get(&to).copied().unwrap_or(0);
            });
            if mark != 0 {
                *before[level as usize].entry(key).or_default() |= mark;
            }
            if n % LOOK == 0 {
                let own = search.space().worker_bytes(worker).saturating_sub(begun);
                let here = table_bytes(&before[level as usize]) as u64;
                if own + behind_bytes + here > search.memory_left() {
                    return None;
                }
            }
        }
    }
    let initial = search.level(0).iter().flatten().next().copied();
    let walk = |(n, goal): (usize, &Goal)| {
        let mut way = Way::new();
        let mut at = initial.unwrap_or_default();
        for level in 0..goal.level {
            let mut best: Option<(u16, u64)> = None;
            search.space().expand(worker, level, at, &mut |step, to| {
                let marked = marks[level as usize + 1]
                    .get(&to)
                    .is_some_and(|m| m >> n & 1 != 0);
                if marked && best.is_none_or(|(lowest, _)| step < lowest) {
                    best = Some((step, to));
                }
            });
            let Some(next) = best else {
                break;
            };
            way.push(next);
            at = next.1;
        }
        way
    };
    Some(goals.iter().enumerate().map(walk).collect())
}

/// A shortest way to the least key of each goal, found with one key for each goal and level: from
/// the goal to any state before it, and so on.
fn any_ways<S: Space>(search: &Search<'_, S>, worker: &mut S::Worker, goals: &[Goal]) -> Vec<Way> {
    let mut ways: Vec<Way> = vec![Way::new(); goals.len()];
    let ends = goals.iter().map(|goal| goal.keys.iter().min().copied());
    let mut at: Vec<u64> = ends.map(Option::unwrap_or_default).collect();
    let deepest = goals.iter().map(|goal| goal.level).max().unwrap_or(0);
    for level in (0..deepest).rev() {
        let mut wanted: Vec<usize> = (0..goals.len())
            .filter(|&n| goals[n].level > level)
            .collect();
        for &key in search.level(level).iter().flatten() {
            let mut found: Vec<(usize, u16)> = Vec::new();
            search.space().expand(worker, level, key, &mut |step, to| {
                for &n in &wanted {
                    if at[n] == to && !found.iter().any(|(other, _)| *other == n) {
                        found.push((n, step));
                    }
                }
            });
            for &(n, step) in &found {
                ways[n].push((step, at[n]));
                at[n] = key;
            }
            wanted.retain(|n| !found.iter().any(|(other, _)| other == n));
            if wanted.is_empty() {
                break;
            }
        }
    }
    for way in &mut ways {
        way.reverse();
    }
    ways
}
