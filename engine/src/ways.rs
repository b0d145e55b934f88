//! Shortest ways from the initial state, found when they are wanted: no parents are kept.
//!
//! From the states to be reached, level by level backwards, all states that lie on a shortest way
//! are marked; then the way is walked forwards, each time by the lowest step that stays on marked
//! states. So the way found is the first of all shortest ones in the order of their steps, however
//! many threads have searched. It costs at most one more expansion of the levels before the states
//! wanted.

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::levels::Levels;
use crate::space::Space;

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

/// For each goal the first of the shortest ways to it. `worker` is one whose judgements nobody
/// wants any more.
pub fn ways<S: Space>(
    space: &S,
    levels: &Levels,
    worker: &mut S::Worker,
    goals: &[Goal],
) -> Vec<Way> {
    let parts = goals.chunks(AT_ONCE);
    parts
        .flat_map(|goals| some_ways(space, levels, worker, goals))
        .collect()
}

fn some_ways<S: Space>(
    space: &S,
    levels: &Levels,
    worker: &mut S::Worker,
    goals: &[Goal],
) -> Vec<Way> {
    let deepest = goals.iter().map(|goal| goal.level).max().unwrap_or(0);
    let mut marks: Vec<Marks> = vec![Marks::default(); deepest as usize + 1];
    for (n, goal) in goals.iter().enumerate() {
        for &key in &goal.keys {
            *marks[goal.level as usize].entry(key).or_default() |= 1 << n;
        }
    }
    for level in (0..deepest).rev() {
        let (before, behind) = marks.split_at_mut(level as usize + 1);
        for &key in levels.level(level) {
            let mut mark = 0;
            space.walk(worker, key, false, &mut |_, _, to| {
                mark |= behind[0].get(&to).copied().unwrap_or(0);
            });
            if mark != 0 {
                *before[level as usize].entry(key).or_default() |= mark;
            }
        }
    }
    let initial = levels.level(0).first().copied();
    let walk = |(n, goal): (usize, &Goal)| {
        let mut way = Way::new();
        let mut at = initial.unwrap_or_default();
        for level in 0..goal.level {
            let mut best: Option<Leg> = None;
            space.walk(worker, at, false, &mut |step, to, representative| {
                let marks = marks[level as usize + 1].get(&representative);
                let marked = marks.is_some_and(|m| m >> n & 1 != 0);
                if marked && best.is_none_or(|lowest| step < lowest.step) {
                    best = Some(Leg {
                        step,
                        to,
                        representative,
                    });
                }
            });
            let Some(leg) = best else {
                break;
            };
            way.push(leg);
            at = leg.to;
        }
        way
    };
    goals.iter().enumerate().map(walk).collect()
}
