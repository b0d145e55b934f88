//! The outcome and the properties of an accepted run.

use model::cluster::{Cluster, ControlState};
use model::scenario::WalsenderKind;
use model::steps::{Party, Step};
use model::world::World;
use properties::claims::{Claim, Endless, Judgement, Transition};
use properties::validation::Broken;
use properties::{Counterexample, Property};

use super::cast::Cast;
use super::events::control_state;
use super::outcome::OutcomeFacts;
use super::positions::Fold;
use super::raw::show_lsn;

/// Where the state that explains all events disagrees with what was left.
pub(super) fn disagreements(
    s: &Cluster,
    world: &World,
    cast: &Cast,
    fold: &Fold,
    outcome: &OutcomeFacts,
) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(state) = &outcome.control_state
        && control_state(state) != Some(s.control.state)
    {
        found.push(format!("pg_control was left \"{state}\""));
    }
    if let Some(checkpoint) = outcome.control_checkpoint
        && s.control.state == ControlState::ShutDown
        && fold.at(checkpoint) != s.control.checkpoint
    {
        let lsn = show_lsn(checkpoint);
        found.push(format!("the latest checkpoint in pg_control is {lsn}"));
    }
    if let Some(end) = outcome.checkpoint_end
        && s.control.state == ControlState::ShutDown
        && fold.at(end).0 != s.control.checkpoint.0 + 1
    {
        let lsn = show_lsn(end);
        found.push(format!("the shutdown checkpoint record ends at {lsn}"));
    }
    for (name, facts) in &outcome.slots {
        let Some(i) = cast.walsender(name) else {
            continue;
        };
        let slot = &s.slots[i];
        let logical = world
            .scenario
            .walsenders()
            .any(|(j, ws)| i == j && ws.kind == WalsenderKind::Logical);
        if let Some(disk) = facts.disk
            && logical
            && fold.at(disk) != slot.disk_confirmed_flush
        {
            let lsn = show_lsn(disk);
            found.push(format!(
                "slot {name} was left with confirmed_flush {lsn} on disk"
            ));
        }
        if let Some(disk) = facts.disk_restart
            && fold.at(disk) != slot.disk_restart_lsn
        {
            let lsn = show_lsn(disk);
            found.push(format!(
                "slot {name} was left with restart_lsn {lsn} on disk"
            ));
        }
    }
    found
}

/// The run, gone on in turn until nothing more of the server or its peers will happen; `None` if it
/// goes round for ever.
fn to_the_end(world: &World, last: &Cluster) -> Option<Cluster> {
    let goes_on = |step: &&Step| matches!(step.info().party, Party::Server | Party::Peer);
    let ring: Vec<&Step> = world.steps().iter().filter(goes_on).collect();
    let (mut s, mut turn) = (*last, 0);
    // Brent's way to find that a state came back.
    let (mut mark, mut next_mark) = ((s, turn), 1_u64);
    for taken in 1.. {
        let mut places = (0..ring.len()).map(|n| (turn + n) % ring.len());
        let Some(place) = places.find(|&place| ring[place].take(world, &mut s).is_some()) else {
            break;
        };
        turn = place + 1;
        if (s, turn) == mark {
            return None;
        }
        if taken == next_mark {
            (mark, next_mark) = ((s, turn), 2 * taken);
        }
    }
    Some(s)
}

/// The properties that the run breaks, and those that it kept.
pub(super) fn judge(
    world: &World,
    run: &Counterexample,
    properties: &[&'static Property],
) -> (Vec<Broken>, Vec<&'static Property>) {
    let end = to_the_end(world, run.last());
    let (mut broken, mut kept) = (Vec::new(), Vec::new());
    for &property in properties {
        let mut judged = Vec::new();
        match property.claim {
            Claim::Always(f) => {
                judged.push((0, f(world, &run.initial)));
                let states = run.steps.iter().enumerate();
                judged.extend(states.map(|(n, (_, s))| (n + 1, f(world, s))));
            }
            Claim::NeverStep(f) => {
                let mut before = run.initial;
                for (n, (step, after)) in run.steps.iter().enumerate() {
                    let (before_step, step) = (before, *step);
                    let transition = Transition {
                        before: &before_step,
                        step,
                        after,
                    };
                    judged.push((n + 1, f(world, &transition)));
                    before = *after;
                }
            }
            Claim::AtEnd(f) => judged.extend(end.as_ref().map(|end| (0, f(world, end)))),
            // A finite run can only show that the server stands still where it owes something.
            Claim::LeadsTo(goal) if goal.endless == Endless::Any => {
                let owes = |s| (goal.owed)(world, s);
                if owes(&run.initial) || run.steps.iter().any(|(_, s)| owes(s)) {
                    judged.extend(end.as_ref().map(|end| (0, Judgement::kept_if(!owes(end)))));
                }
            }
            Claim::LeadsTo(_) => {}
        }
        if let Some((n, _)) = judged.iter().find(|(_, j)| *j == Judgement::Broken) {
            let step = Some(*n).filter(|&n| n > 0);
            broken.push(Broken { property, step });
        } else if judged.iter().any(|(_, j)| *j == Judgement::Kept) {
            kept.push(property);
        }
    }
    (broken, kept)
}
