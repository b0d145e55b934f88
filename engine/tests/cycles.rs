//! The states on loops, against what a plain search of whole states says.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use engine::cycles::loops;
use engine::parted::{At, Model};
use engine::{Levels, Options, Parted, Search, Space};

/// A lamp that is switched off for good in some steps, and members who go from 0 to 1, then to and
/// fro between 1 and 2 while it burns, and to 3 for ever. One who is at 2 may go on standing there.
#[derive(Clone, Copy, Debug)]
struct Rounds {
    members: u8,
    symmetry: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    light: u8,
    at: [u8; 4],
}

const LIGHT: u16 = 100;

impl Rounds {
    fn steps(s: &State, group: usize, each: &mut dyn FnMut(u16, State)) {
        let Some(member) = group.checked_sub(1) else {
            if s.light > 0 {
                let mut after = s.clone();
                after.light -= 1;
                each(LIGHT, after);
            }
            return;
        };
        let to: &[u8] = match (s.at[member], s.light) {
            (0, _) => &[1],
            (1, 0) => &[3],
            (1, _) | (2, 0) => &[2],
            (2, _) => &[1, 3],
            _ => &[],
        };
        for (n, &to) in (0..).zip(to) {
            let mut after = s.clone();
            after.at[member] = to;
            each(2 * u16::try_from(member).unwrap() + n, after);
        }
    }

    fn canonical(self, mut s: State) -> State {
        if self.symmetry {
            s.at[..usize::from(self.members)].sort_unstable();
        }
        s
    }

    /// The states that can be reached from themselves.
    fn on_loops(self) -> BTreeSet<State> {
        let mut edges: BTreeMap<State, Vec<State>> = BTreeMap::new();
        let mut open = vec![self.initial()];
        while let Some(s) = open.pop() {
            if edges.contains_key(&s) {
                continue;
            }
            let mut behind = Vec::new();
            for group in 0..=usize::from(self.members) {
                Rounds::steps(&s, group, &mut |_, after| {
                    behind.push(self.canonical(after));
                });
            }
            open.extend(behind.iter().cloned());
            edges.insert(s, behind);
        }
        let returns = |s: &&State| {
            let mut open = edges[*s].clone();
            let mut seen = BTreeSet::new();
            while let Some(next) = open.pop() {
                if next == **s {
                    return true;
                }
                if seen.insert(next.clone()) {
                    open.extend(edges[&next].iter().cloned());
                }
            }
            false
        };
        edges.keys().filter(returns).cloned().collect()
    }
}

impl Model for Rounds {
    type State = State;
    type Part = State;
    type Judge = ();

    fn parts(&self) -> usize {
        1 + usize::from(self.members)
    }

    fn kind(&self, part: usize) -> usize {
        part.min(1)
    }

    fn initial(&self) -> State {
        State {
            light: 2,
            ..State::default()
        }
    }

    fn write_part(&self, s: &State, part: usize, to: &mut Vec<u8>) {
        to.push(part.checked_sub(1).map_or(s.light, |i| s.at[i]));
    }

    fn read_part(&self, kind: usize, bytes: &[u8]) -> Option<State> {
        let mut s = State::default();
        *(if kind == 0 {
            &mut s.light
        } else {
            &mut s.at[0]
        }) = *bytes.first()?;
        Some(s)
    }

    fn put_part(&self, carrier: &State, part: usize, to: &mut State) {
        match part.checked_sub(1) {
            None => to.light = carrier.light,
            Some(i) => to.at[i] = carrier.at[0],
        }
    }

    fn differs(&self, before: &State, after: &State, part: usize) -> bool {
        match part.checked_sub(1) {
            None => before.light != after.light,
            Some(i) => before.at[i] != after.at[i],
        }
    }

    fn groups(&self) -> usize {
        1 + usize::from(self.members)
    }

    fn expand(&self, group: usize, s: &State, each: &mut dyn FnMut(u16, &State)) {
        Rounds::steps(s, group, &mut |step, after| each(step, &after));
    }

    fn mark(&self, _: &State, _: u16, _: &State) -> u64 {
        0
    }

    fn reads(&self, reads: &mut Vec<u8>, work: &mut dyn FnMut()) {
        work();
        reads.extend(1..=self.members);
    }

    fn alike(&self) -> Vec<Vec<Vec<u8>>> {
        if self.symmetry {
            vec![(1..=self.members).map(|part| vec![part]).collect()]
        } else {
            Vec::new()
        }
    }

    fn judge(&self) {}

    fn judge_state(&self, (): &mut (), _: At, _: &State) {}

    fn judge_step(&self, (): &mut (), _: At, _: u16, _: u64) {}

    fn judge_end(&self, (): &mut (), _: At, _: &State) {}
}

#[test]
fn states_on_loops_are_those_of_a_plain_search() {
    for members in 1..=4 {
        for symmetry in [false, true] {
            let model = Rounds { members, symmetry };
            let plain = model.on_loops();
            for threads in [1, 2] {
                let space = Parted::new(model);
                let options = Options {
                    threads,
                    ..Options::default()
                };
                let mut search = Search::new(&space, options).unwrap();
                search.run(&mut |_| true);
                let (levels, mut workers) = search.into_found();
                // As after a checkpoint: what steps do must be found out again.
                let mut fresh: Vec<_> = (0..threads).map(|_| space.worker()).collect();
                for workers in [&mut workers, &mut fresh] {
                    assert_eq!(found(&space, &levels, workers), plain, "{model:?}");
                }
            }
        }
    }
}

/// The members of all sets. All members of one set say the same of the lamp.
fn found(
    space: &Parted<Rounds>,
    levels: &Levels,
    workers: &mut [engine::parted::Worker<Rounds>],
) -> BTreeSet<State> {
    let sets = loops(space, levels, workers, u64::MAX, &mut || true).unwrap();
    let mut states = BTreeSet::new();
    for set in sets {
        let set: Vec<State> = set
            .iter()
            .map(|&key| space.unpack(&mut workers[0], key))
            .collect();
        assert!(set.iter().all(|s| s.light == set[0].light));
        for s in set {
            assert!(states.insert(s), "in two sets");
        }
    }
    if space.model.symmetry {
        // Representatives go by the numbers of parts, those of the plain search by their contents.
        states = states
            .into_iter()
            .map(|s| space.model.canonical(s))
            .collect();
    }
    states
}

#[test]
fn little_memory_is_told() {
    let space = Parted::new(Rounds {
        members: 4,
        symmetry: false,
    });
    let mut search = Search::new(&space, Options::default()).unwrap();
    search.run(&mut |_| true);
    let (levels, mut workers) = search.into_found();
    assert_eq!(
        loops(&space, &levels, &mut workers, 100, &mut || true),
        None
    );
    let mut stops = || false;
    assert_eq!(
        loops(&space, &levels, &mut workers, u64::MAX, &mut stops),
        None
    );
}
