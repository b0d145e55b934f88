//! A model in parts against a plain search of whole states, and what a model that lies about what
//! it reads comes to.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use engine::parted::{At, Model};
use engine::ways::{Found, Goal, ways};
use engine::{Levels, Options, Parted, Search, Stop};

/// Members take tokens from the centre and may give one back while another member has more.
#[derive(Clone, Copy, Debug)]
struct Tokens {
    members: u8,
    free: u8,
    symmetry: bool,
    /// Does not tell that a member looks at its neighbour.
    lies: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    free: u8,
    held: [u8; 6],
}

impl Tokens {
    fn steps(self, s: &State, member: usize, each: &mut dyn FnMut(u16, State)) {
        let (n, step) = (
            usize::from(self.members),
            2 * u16::try_from(member).unwrap(),
        );
        if s.free > 0 {
            let mut after = s.clone();
            after.free -= 1;
            after.held[member] += 1;
            each(step, after);
        }
        let richest = s.held[..n].iter().max();
        if s.held[member] > 0 && richest > Some(&s.held[member]) {
            let mut after = s.clone();
            after.free += 1;
            after.held[member] -= 1;
            each(step + 1, after);
        }
    }

    /// Whole states, and transitions; under symmetry the members are sorted.
    fn plain(self) -> (BTreeSet<State>, u64) {
        let canonical = |mut s: State| {
            if self.symmetry {
                s.held[..usize::from(self.members)].sort_unstable();
            }
            s
        };
        let mut open = vec![self.initial()];
        let mut seen: BTreeSet<State> = open.iter().cloned().collect();
        let mut transitions = 0;
        while let Some(s) = open.pop() {
            for member in 0..usize::from(self.members) {
                self.steps(&s, member, &mut |_, after| {
                    transitions += 1;
                    let after = canonical(after);
                    if seen.insert(after.clone()) {
                        open.push(after);
                    }
                });
            }
        }
        (seen, transitions)
    }
}

impl Model for Tokens {
    type State = State;
    type Part = State;
    /// Number of states looked at.
    type Judge = u64;

    fn parts(&self) -> usize {
        1 + usize::from(self.members)
    }

    fn kind(&self, part: usize) -> usize {
        part.min(1)
    }

    fn initial(&self) -> State {
        State {
            free: self.free,
            ..State::default()
        }
    }

    fn write_part(&self, s: &State, part: usize, to: &mut Vec<u8>) {
        to.push(part.checked_sub(1).map_or(s.free, |i| s.held[i]));
    }

    fn read_part(&self, kind: usize, bytes: &[u8]) -> Option<State> {
        let mut s = State::default();
        *(if kind == 0 {
            &mut s.free
        } else {
            &mut s.held[0]
        }) = *bytes.first()?;
        Some(s)
    }

    fn put_part(&self, carrier: &State, part: usize, to: &mut State) {
        match part.checked_sub(1) {
            None => to.free = carrier.free,
            Some(i) => to.held[i] = carrier.held[0],
        }
    }

    fn differs(&self, before: &State, after: &State, part: usize) -> bool {
        match part.checked_sub(1) {
            None => before.free != after.free,
            Some(i) => before.held[i] != after.held[i],
        }
    }

    fn groups(&self) -> usize {
        usize::from(self.members)
    }

    fn expand(&self, group: usize, s: &State, each: &mut dyn FnMut(u16, &State)) {
        self.steps(s, group, &mut |step, after| each(step, &after));
    }

    fn mark(&self, _: &State, _: u16, _: &State) -> u64 {
        0
    }

    fn reads(&self, reads: &mut Vec<u8>, work: &mut dyn FnMut()) {
        work();
        if !self.lies {
            reads.extend(1..=self.members);
        }
    }

    fn alike(&self) -> Vec<Vec<Vec<u8>>> {
        if self.symmetry {
            vec![(1..=self.members).map(|part| vec![part]).collect()]
        } else {
            Vec::new()
        }
    }

    fn judge(&self) -> u64 {
        0
    }

    fn judge_state(&self, judge: &mut u64, _: At, _: &State) {
        *judge += 1;
    }

    fn judge_step(&self, _: &mut u64, _: At, _: u16, _: u64) {}

    fn judge_end(&self, _: &mut u64, _: At, _: &State) {}
}

/// States and transitions by the engine; each state comes back from its key as it was. Fields that
/// are too narrow are widened on the way.
fn explored(model: Tokens, threads: usize, fields: bool) -> (BTreeSet<State>, u64) {
    let mut space = Parted::new(model);
    if fields {
        space.widen(&mut []);
    }
    let options = Options {
        threads,
        ..Options::default()
    };
    let mut judged = 0;
    let mut transitions = 0;
    let mut before: Option<(Levels, Vec<_>)> = None;
    let (levels, mut workers) = loop {
        let mut search = match before.take() {
            None => Search::new(&space, options),
            Some((levels, workers)) => {
                Search::behind(&space, options, (&levels, workers), transitions)
            }
        }
        .unwrap();
        let mut whole = 0;
        while !search.is_complete() && !space.has_overflowed() {
            whole = search.sizes().len();
            search.expand_level(&mut |_| !space.has_overflowed());
            if !space.has_overflowed() {
                let all = search.workers.iter_mut();
                judged += all.map(|w| std::mem::take(&mut w.judge)).sum::<u64>();
                transitions = search.snapshot().transitions;
            }
        }
        let (mut levels, mut workers) = search.into_found();
        if !space.has_overflowed() {
            break (levels, workers);
        }
        levels.truncate(whole);
        let mut old = engine::Space::worker(&space);
        space.widen(&mut workers);
        for key in levels.keys_mut() {
            *key = space.translate(&mut old, &mut workers[0], *key);
        }
        before = Some((levels, workers));
    };
    let mut states = BTreeSet::new();
    for level in 0..levels.count() {
        for &key in levels.level(level) {
            let s = space.unpack(&mut workers[0], key);
            assert_eq!(space.pack(&mut workers[0], &s), key);
            states.insert(s);
        }
    }
    assert_eq!(judged, states.len() as u64);
    (states, transitions)
}

const MODEL: Tokens = Tokens {
    members: 5,
    free: 7,
    symmetry: false,
    lies: false,
};

#[test]
fn the_same_states_as_a_plain_search() {
    for members in 1..=6 {
        let model = Tokens { members, ..MODEL };
        let plain = model.plain();
        for threads in [1, 2] {
            assert_eq!(
                explored(model, threads, false),
                plain,
                "{members} members, tree"
            );
            assert_eq!(
                explored(model, threads, true),
                plain,
                "{members} members, fields"
            );
        }
    }
}

#[test]
fn as_many_representatives_as_orbits() {
    for members in 1..=6 {
        let model = Tokens {
            members,
            symmetry: true,
            ..MODEL
        };
        let plain = model.plain();
        for threads in [1, 2] {
            let (states, transitions) = explored(model, threads, false);
            assert_eq!(states.len(), plain.0.len(), "{members} members");
            assert_eq!(transitions, plain.1, "{members} members");
        }
    }
}

/// The comparison above is worth something: a read that is not told of is noticed.
#[test]
fn a_model_that_hides_what_it_reads_is_caught() {
    let lying = Tokens {
        lies: true,
        ..MODEL
    };
    assert_ne!(explored(lying, 1, false), lying.plain());
}

#[test]
fn the_way_is_a_shortest_one_and_the_first_of_them() {
    let space = Parted::new(MODEL);
    let mut found = Vec::new();
    for threads in [1, 2] {
        let options = Options {
            threads,
            ..Options::default()
        };
        let mut search = Search::new(&space, options).unwrap();
        assert_eq!(search.run(&mut |_| true), Stop::Complete);
        let (levels, mut workers) = search.into_found();
        let found_states = Found {
            space: &space,
            levels: &levels,
            memory_max: u64::MAX,
        };
        let goal = State {
            free: 4,
            held: [1, 0, 2, 0, 0, 0],
        };
        let key = space.pack(&mut workers[0], &goal);
        let goal = Goal {
            level: 3,
            keys: vec![key],
        };
        let way = ways(&found_states, &mut workers, &[goal]).remove(0);
        found.push(way.iter().map(|leg| leg.step).collect::<Vec<u16>>());
    }
    assert_eq!(found, [[0, 4, 4], [0, 4, 4]]);
}
