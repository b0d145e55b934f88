//! Leads-to properties on packed states: first the loops of the whole space, then, in these few
//! states alone, which of them fairness allows.

use engine::cycles::loops;
use engine::ways::{Goal, Way};
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
    let phase = tracing::debug_span!("loops").entered();
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
    drop(phase);
    let Some(sets) = sets else {
        return unknown(&goals);
    };
    let count_max = usize::try_from(left / LOOPING_BYTES).unwrap_or(usize::MAX);
    judge(teller, findings, &goals, (&sets, count_max))
}

/// Where loops could not be looked for.
fn unknown(goals: &[Option<&LeadsTo>]) -> Vec<Endless> {
    let unknown = |goal: Option<&LeadsTo>| goal.map_or(Endless::None, |_| Endless::Unknown);
    goals.iter().copied().map(unknown).collect()
}

/// What is looked for of one property: where its runs may go on for ever.
struct Sought<'a> {
    goal: &'a LeadsTo,
    /// Representatives of the nearest states in which a run may stand still, or begin a round, in
    /// this order.
    nearest: Goal,
    /// How many of them stand still.
    still: usize,
}

fn judge(
    teller: &mut Teller<'_>,
    findings: &Findings,
    goals: &[Option<&LeadsTo>],
    (sets, count_max): (&OnLoops, usize),
) -> Vec<Endless> {
    let space = teller.ground.space;
    let starts = sets.keys().copied();
    let all = Looping::from(space, &mut teller.workers[0], sets, starts, count_max);
    let Some(all) = all else {
        return unknown(goals);
    };
    let goal = |goal: Option<&LeadsTo>| goal.and_then(|goal| all.fair(goal));
    let rounds: Vec<Option<Round>> = goals.iter().copied().map(goal).collect();
    drop(all);
    let mut sought = Vec::new();
    for (i, (goal, round)) in goals.iter().zip(rounds).enumerate() {
        let still = findings.still[i].as_ref();
        sought.push(goal.and_then(|goal| nearest(teller, goal, still, round)));
    }
    let ends = sought.iter().flatten().map(|sought| sought.nearest.clone());
    let mut ways = teller.ways(&ends.collect::<Vec<_>>()).into_iter();
    let told = sought.into_iter().map(|sought| match sought {
        None => Endless::None,
        Some(sought) => {
            let way = ways.next().unwrap_or_default();
            let run = run(teller, &sought, &way, (sets, count_max));
            run.map_or(Endless::Unknown, |run| Endless::Run(Box::new(run)))
        }
    });
    told.collect()
}

/// The nearest states that are in a round, and their level.
type Round = (u32, Vec<u64>);

fn nearest<'a>(
    teller: &mut Teller<'_>,
    goal: &'a LeadsTo,
    still: Option<&First>,
    round: Option<Round>,
) -> Option<Sought<'a>> {
    let still = still.map(|first| {
        (
            first.level,
            first.keys.iter().map(|&(key, _)| key).collect(),
        )
    });
    let levels = [&still, &round].into_iter().flatten();
    let level = levels.map(|(level, _): &Round| *level).min()?;
    let of_level = |found: Option<Round>| found.filter(|found| found.0 == level);
    let mut keys = of_level(still).map_or(Vec::new(), |(_, keys)| keys);
    let still = keys.len();
    if let Some((_, round)) = of_level(round) {
        keys.extend(round.into_iter().map(|key| teller.representative(key)));
    }
    Some(Sought {
        goal,
        nearest: Goal { level, keys },
        still,
    })
}

/// The endless run behind `way`; `None` if there is no memory for its round.
fn run(
    teller: &mut Teller<'_>,
    sought: &Sought<'_>,
    way: &Way,
    (sets, count_max): (&OnLoops, usize),
) -> Option<Counterexample> {
    let initial = teller.ground.levels.level(0)[0];
    let last = way.last().map(|leg| (leg.to, leg.representative));
    let (at, representative) = last.unwrap_or((initial, initial));
    let story = teller.story(way, None)?;
    if sought.nearest.keys[..sought.still].contains(&representative) {
        return Some(stand_still(story));
    }
    let (space, starts) = (teller.ground.space, std::iter::once(at));
    let around = Looping::from(space, &mut teller.workers[0], sets, starts, count_max);
    around?.round(sought.goal, at, story)
}
