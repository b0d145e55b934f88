//! Shortest ways from the initial state, found when they are wanted: no parents are kept.
//!
//! From the states to be reached, level by level backwards, all states that lie on a shortest way
//! are marked; then the way is walked forwards, each time by the lowest step that stays on marked
//! states. So the way found is the first of all shortest ones in the order of their steps, however
//! many threads have searched. It costs at most one more expansion of the levels before the states
//! wanted.

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::crew::Crew;
use crate::levels::Levels;
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

/// One step of a shortest way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The step.
    pub step: u16,
    /// The state behind it: under symmetry the one that this way leads to, not its representative.
    pub to: u64,
    /// The representative of its orbit.
    pub representative: u64,
}

/// A shortest way from the initial state.
pub type Way = Vec<Leg>;

type Marks = HashMap<u64, u64, FxBuildHasher>;

/// Where ways are sought.
#[derive(Debug)]
pub struct Found<'a, S> {
    /// The space.
    pub space: &'a S,
    /// The states found.
    pub levels: &'a Levels,
    /// Bytes that may be taken.
    pub memory_max: u64,
}

/// For each goal the first of the shortest ways to it, sought by a thread for each worker, of which
/// there is at least one.
///
/// Where the marks would need more memory than there is, the way is a shortest one, but perhaps not
/// the first.
pub fn ways<S: Space>(found: &Found<'_, S>, workers: &mut [S::Worker], goals: &[Goal]) -> Vec<Way> {
    let parts = goals.chunks(AT_ONCE);
    let ways = parts.map(|goals| {
        first_ways(found, workers, goals).unwrap_or_else(|| any_ways(found, &mut workers[0], goals))
    });
    ways.flatten().collect()
}

/// Bytes of marks: hash tables, the largest of which may have to grow.
fn marks_bytes(marks: &[Marks]) -> u64 {
    let tables = marks.iter().map(table_bytes);
    tables.sum::<usize>() as u64
}

/// The first of the shortest ways; `None` if there is no memory to find them.
fn first_ways<S: Space>(
    found: &Found<'_, S>,
    workers: &mut [S::Worker],
    goals: &[Goal],
) -> Option<Vec<Way>> {
    let deepest = goals.iter().map(|goal| goal.level).max().unwrap_or(0);
    let mut marks: Vec<Marks> = vec![Marks::default(); deepest as usize + 1];
    for (n, goal) in goals.iter().enumerate() {
        for &key in &goal.keys {
            *marks[goal.level as usize].entry(key).or_default() |= 1 << n;
        }
    }
    let bytes = |workers: &[S::Worker]| -> u64 {
        let each = workers
            .iter()
            .map(|worker| found.space.worker_bytes(worker));
        each.sum()
    };
    let begun = bytes(workers);
    for level in (0..deepest).rev() {
        let behind = &marks[level as usize + 1];
        let taken = marks_bytes(&marks) + bytes(workers).saturating_sub(begun);
        let mut crew = Crew {
            space: found.space,
            workers,
            memory_max: found.memory_max.checked_sub(taken)?,
        };
        let keys = found.levels.level(level);
        let marked = crew.gather(keys, &mut || true, |worker, key, marked| {
            let mut mark = 0;
            found.space.walk(worker, key, false, &mut |_, _, to| {
                mark |= behind.get(&to).copied().unwrap_or(0);
            });
            if mark != 0 {
                marked.push((key, mark));
            }
        })?;
        let before = &mut marks[level as usize];
        for (key, mark) in marked {
            *before.entry(key).or_default() |= mark;
        }
    }
    let worker = &mut workers[0];
    let goals = goals.iter().enumerate();
    let ways = goals.map(|(n, goal)| {
        let marked = |level: u32, key| {
            let marks = marks[level as usize].get(&key);
            marks.is_some_and(|m| m >> n & 1 != 0)
        };
        forward(found, worker, goal.level, marked)
    });
    Some(ways.collect())
}

/// The way of `length` steps that takes, each time, the lowest step to what is `marked`.
fn forward<S: Space>(
    found: &Found<'_, S>,
    worker: &mut S::Worker,
    length: u32,
    marked: impl Fn(u32, u64) -> bool,
) -> Way {
    let mut way = Way::new();
    let mut at = found.levels.level(0).first().copied().unwrap_or_default();
    for level in 1..=length {
        let mut best: Option<Leg> = None;
        let mut look = |step, to, representative| {
            if marked(level, representative) && best.is_none_or(|lowest| step < lowest.step) {
                best = Some(Leg {
                    step,
                    to,
                    representative,
                });
            }
        };
        found.space.walk(worker, at, false, &mut look);
        let Some(leg) = best else {
            break;
        };
        way.push(leg);
        at = leg.to;
    }
    way
}

/// A shortest way to the least key of each goal, found with one key for each goal and level: from
/// the goal to any state before it, and so on.
fn any_ways<S: Space>(found: &Found<'_, S>, worker: &mut S::Worker, goals: &[Goal]) -> Vec<Way> {
    let last = |goal: &Goal| vec![goal.keys.iter().min().copied().unwrap_or_default()];
    // From the goal backwards.
    let mut keys: Vec<Vec<u64>> = goals.iter().map(last).collect();
    let deepest = goals.iter().map(|goal| goal.level).max().unwrap_or(0);
    for level in (0..deepest).rev() {
        let mut wanted: Vec<usize> = (0..goals.len())
            .filter(|&n| goals[n].level > level)
            .collect();
        for &key in found.levels.level(level) {
            let mut met = 0_u64;
            found.space.walk(worker, key, false, &mut |_, _, to| {
                for &n in &wanted {
                    met |= u64::from(keys[n].last() == Some(&to)) << n;
                }
            });
            let is_met = |n: usize| met >> n & 1 != 0;
            for &n in wanted.iter().filter(|&&n| is_met(n)) {
                keys[n].push(key);
            }
            wanted.retain(|&n| !is_met(n));
            if wanted.is_empty() {
                break;
            }
        }
    }
    let ways = goals.iter().zip(&keys).map(|(goal, keys)| {
        let marked = |level: u32, key| keys.get((goal.level - level) as usize) == Some(&key);
        forward(found, worker, goal.level, marked)
    });
    ways.collect()
}
