//! Two-phase commit for stateright: once with a state of one word, which leaves the checker's own
//! cost; once with a state as stateright's example has it.

use std::collections::BTreeSet;

use engine::Space;
use stateright::{Model, Property};

use crate::model::TwoPhaseCommit;

/// The engine's own model.
#[derive(Debug)]
pub(crate) struct OneWord(pub(crate) TwoPhaseCommit);

impl OneWord {
    fn expand(&self, s: u64, each: &mut impl FnMut(u16, u64)) -> bool {
        let mut violated = false;
        self.0.expand(&mut violated, 0, s, each);
        !violated
    }
}

impl Model for OneWord {
    type State = u64;
    /// What is behind the step.
    type Action = u64;

    fn init_states(&self) -> Vec<u64> {
        vec![0]
    }

    fn actions(&self, s: &u64, actions: &mut Vec<u64>) {
        self.expand(*s, &mut |_, after| actions.push(after));
    }

    fn next_state(&self, _: &u64, after: u64) -> Option<u64> {
        Some(after)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("consistent", |this: &OneWord, s| {
            this.0.is_consistent(*s)
        })]
    }
}

/// This many resource managers, with what was sent as a set of messages.
#[derive(Debug)]
pub(crate) struct Messages(pub(crate) usize);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    resource_managers: Vec<Resource>,
    decided: Option<bool>,
    prepared: Vec<bool>,
    sent: BTreeSet<Message>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Resource {
    Working,
    Prepared,
    Committed,
    Aborted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Message {
    Prepared(usize),
    Commit,
    Abort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Decide(bool),
    ReadPrepared(usize),
    Prepare(usize),
    Choose(usize),
    Read(usize, bool),
}

impl Model for Messages {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            resource_managers: vec![Resource::Working; self.0],
            decided: None,
            prepared: vec![false; self.0],
            sent: BTreeSet::new(),
        }]
    }

    fn actions(&self, s: &State, actions: &mut Vec<Action>) {
        if s.decided.is_none() {
            if s.prepared.iter().all(|&prepared| prepared) {
                actions.push(Action::Decide(true));
            }
            actions.push(Action::Decide(false));
        }
        for i in 0..self.0 {
            if s.decided.is_none() && s.sent.contains(&Message::Prepared(i)) {
                actions.push(Action::ReadPrepared(i));
            }
            if s.resource_managers[i] == Resource::Working {
                actions.extend([Action::Prepare(i), Action::Choose(i)]);
            }
            if s.sent.contains(&Message::Commit) {
                actions.push(Action::Read(i, true));
            }
            if s.sent.contains(&Message::Abort) {
                actions.push(Action::Read(i, false));
            }
        }
    }

    fn next_state(&self, s: &State, action: Action) -> Option<State> {
        let mut s = s.clone();
        match action {
            Action::Decide(commit) => {
                s.decided = Some(commit);
                s.sent.insert(if commit {
                    Message::Commit
                } else {
                    Message::Abort
                });
            }
            Action::ReadPrepared(i) => s.prepared[i] = true,
            Action::Prepare(i) => {
                s.resource_managers[i] = Resource::Prepared;
                s.sent.insert(Message::Prepared(i));
            }
            Action::Choose(i) | Action::Read(i, false) => {
                s.resource_managers[i] = Resource::Aborted;
            }
            Action::Read(i, true) => s.resource_managers[i] = Resource::Committed,
        }
        Some(s)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("consistent", |_, s: &State| {
            let any = |state| s.resource_managers.contains(&state);
            !(any(Resource::Committed) && any(Resource::Aborted))
        })]
    }
}
