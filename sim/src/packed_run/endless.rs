//! Leads-to properties on packed states: first the loops of the whole space, then, in these few
//! states alone, which of them fairness allows.

use engine::cycles::loops;
use engine::ways::Goal;
use properties::Counterexample;
use properties::claims::{Claim, LeadsTo};

use super::stories::Teller;
use crate::liveness::looping::{Looping, OnLoops, on_loops};
use crate::liveness::stand_still;
use crate::packed::{Findings, First};

/// Bytes of a state of the looping part, with its transitions, about.
const LOOPING_BYTES: u64 = 200;

/// What is known of an endless run.
pub(crate) enum Endless {
    /// There is none.
    None,
    /// This one breaks the promise.
    Run(Box<Counterexample>),
    /// It was not found out: memory or time ran out.
    Unknown,
}

/// For each property that is concerned an endless run, if it is a leads-to property.
pub(crate) fn endless_runs(
    teller: &mut Teller<'_>,
    findings: &Findings,
    heartbeat: &mut dyn FnMut() -> bool,
) -> Vec<Endless> {
    let properties = &teller.ground.space.model.properties;
    let goal = |i: usize| match &properties[i].claim {
        Claim::LeadsTo(goal) if findings.concerned[i] => Some(goal),
        Claim::LeadsTo(_) | Claim::Always(_) | Claim::NeverStep(_) | Claim::AtEnd(_) => None,
    };
    let goals: Vec<Option<&LeadsTo>> = (0..properties.len()).map(goal).collect();
    if goals.iter().all(Option::is_none) {
        return goals.iter().map(|_| Endless::None).collect();
    }
    let states = teller.ground.levels.len();
    let left = teller.ground.memory_max;
    let ground = &teller.ground;
    let found = loops(
        ground.space,
        ground.levels,
        &mut teller.workers,
        left,
        heartbeat,
    );
    if let Some(sets) = &found {
        let looping: usize = sets.iter().map(Vec::len).sum();
        tracing::debug!(states, sets = sets.len(), looping, "loops found");
    }
    let sets = found.map(|sets| on_loops(teller.ground.levels, &sets));
    let count_max = usize::try_from(left / LOOPING_BYTES).unwrap_or(usize::MAX);
    let run = |(i, goal): (usize, Option<&LeadsTo>)| match (goal, &sets) {
        (None, _) => Endless::None,
        (Some(goal), Some(sets)) => {
            endless_run(teller, goal, findings.still[i].as_ref(), sets, count_max)
        }
        (Some(_), None) => Endless::Unknown,
    };
    goals.into_iter().enumerate().map(run).collect()
}

fn endless_run(
    teller: &mut Teller<'_>,
    goal: &LeadsTo,
    still: Option<&First>,
    sets: &OnLoops,
    count_max: usize,
) -> Endless {
    let starts = sets.keys().copied();
    let all = Looping::from(
        teller.ground.space,
        &mut teller.workers[0],
        sets,
        starts,
        count_max,
    );
    let Some(all) = all else {
        return Endless::Unknown;
    };
    let round = all.fair(goal);
    drop(all);
    let level = |n: Option<u32>| n.unwrap_or(u32::MAX);
    let nearest = level(still.map(|s| s.level)).min(level(round.as_ref().map(|r| r.0)));
    let still: Vec<u64> = match still {
        Some(first) if first.level == nearest => first.keys.iter().map(|&(key, _)| key).collect(),
        Some(_) | None => Vec::new(),
    };
    let mut keys = still.clone();
    if let Some((_, round)) = round.filter(|(level, _)| *level == nearest) {
        let representatives = round.into_iter();
        keys.extend(representatives.map(|key| teller.representative(key)));
    }
    if keys.is_empty() {
        return Endless::None;
    }
    let goals = [Goal {
        level: nearest,
        keys,
    }];
    let way = teller.ways(&goals).remove(0);
    let (at, representative) = match way.last() {
        Some(leg) => (leg.to, leg.representative),
        None => (
            teller.ground.levels.level(0)[0],
            teller.ground.levels.level(0)[0],
        ),
    };
    let Some(story) = teller.story(&way, None) else {
        return Endless::Unknown;
    };
    if still.contains(&representative) {
        return Endless::Run(Box::new(stand_still(story)));
    }
    let starts = std::iter::once(at);
    let around = Looping::from(
        teller.ground.space,
        &mut teller.workers[0],
        sets,
        starts,
        count_max,
    );
    let run = around.and_then(|around| around.round(goal, at, story));
    run.map_or(Endless::Unknown, |run| Endless::Run(Box::new(run)))
}
