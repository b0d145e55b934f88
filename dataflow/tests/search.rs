//! The search over several workers against plain ones: states, transitions, levels and ways are the
//! same for any number of threads and processes.

#![expect(clippy::unwrap_used, reason = "tests")]

mod climbers;
#[path = "../../engine/examples/two_phase_commit/model.rs"]
mod model;

use std::collections::BTreeMap;
use std::net::TcpListener;

use climbers::{Climbers, State};
use dataflow::execute::Job;
use dataflow::member::Keys;
use dataflow::parted::Parts;
use dataflow::search::search;
use dataflow::ways::{Goal, ways};
use dataflow::{Arrangement, Bounds, Peer, execute};
use model::TwoPhaseCommit;

fn unbounded() -> Bounds {
    Bounds {
        memory_max: u64::MAX,
        beat: Box::new(|_| true),
    }
}

fn job() -> Job {
    Job::new("a test".to_owned(), "")
}

/// Does `work` in so many threads of so many processes, and returns what all workers bring. The
/// processes are threads of this one, but speak to each other through sockets.
fn everywhere<T: Send + 'static>(
    (processes, threads): (usize, usize),
    work: impl Fn(&mut Peer<'_>) -> T + Clone + Send + Sync + 'static,
) -> Vec<T> {
    let free = |_| TcpListener::bind("127.0.0.1:0").unwrap();
    let listeners: Vec<TcpListener> = (0..processes).map(free).collect();
    let hosts = listeners
        .iter()
        .map(|l| l.local_addr().unwrap().to_string());
    let hosts: Vec<String> = hosts.collect();
    drop(listeners);
    std::thread::scope(|scope| {
        let spawned: Vec<_> = (0..processes)
            .map(|process| {
                let arrangement = Arrangement {
                    threads,
                    process,
                    hosts: if processes > 1 {
                        hosts.clone()
                    } else {
                        Vec::new()
                    },
                };
                let work = work.clone();
                scope.spawn(move || {
                    let work = move |peer: &mut Peer<'_>, _: &_| work(peer);
                    execute(&arrangement, &job(), &mut |(): ()| {}, work).unwrap()
                })
            })
            .collect();
        let joined = spawned.into_iter().map(|process| process.join().unwrap());
        joined.flatten().collect()
    })
}

const ARRANGEMENTS: [(usize, usize); 5] = [(1, 1), (1, 2), (1, 5), (2, 1), (3, 2)];

/// As `engine/tests/two_phase_commit.rs`.
#[test]
fn two_phase_commit() {
    for arrangement in ARRANGEMENTS {
        let counts = everywhere(arrangement, |peer| {
            let member = Keys::new(TwoPhaseCommit {
                n: 5,
                orbits: false,
            });
            let found = search(peer, member, unbounded()).unwrap();
            assert!(found.is_complete && !found.is_garbled);
            assert!(!found.member.worker, "consistent");
            (found.snapshot.states, found.snapshot.transitions)
        });
        let sum = counts.iter().fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        assert_eq!(sum, (8_832, 58_145), "{arrangement:?}");
    }
}

/// Whole states with their levels, and transitions.
fn hunted(model: Climbers, arrangement: (usize, usize)) -> (BTreeMap<State, u32>, u64) {
    let found = everywhere(arrangement, move |peer| {
        let member = Parts::new(model, peer.peers());
        let mut found = search(peer, member, unbounded()).unwrap();
        assert!(found.is_complete && !found.is_garbled);
        let levels = std::mem::take(found.member.judge());
        let states = (0..).zip(levels).map(|(n, level)| {
            let s = found.state(n).unwrap();
            (found.member.whole(&s), level)
        });
        let states: Vec<(State, u32)> = states.collect();
        assert_eq!(states.len() as u64, found.snapshot.states);
        (states, found.snapshot.transitions)
    });
    let transitions = found.iter().map(|(_, transitions)| transitions).sum();
    let count: usize = found.iter().map(|(states, _)| states.len()).sum();
    let states: BTreeMap<State, u32> = found.into_iter().flat_map(|(states, _)| states).collect();
    assert_eq!(states.len(), count, "each state has one owner");
    (states, transitions)
}

/// Numbers outgrow their fields on the way, here and on the wire.
#[test]
fn a_model_in_parts() {
    let model = Climbers { symmetry: false };
    let plain = model.plain();
    for arrangement in ARRANGEMENTS {
        let (states, transitions) = hunted(model, arrangement);
        assert!(states == plain.0, "{arrangement:?}: states and levels");
        assert_eq!(transitions, plain.1, "{arrangement:?}");
    }
}

/// Each worker chooses representatives of its own; there is one for each orbit all the same.
#[test]
fn as_many_representatives_as_orbits() {
    let model = Climbers { symmetry: true };
    let plain = model.plain();
    for arrangement in ARRANGEMENTS {
        let (states, transitions) = hunted(model, arrangement);
        let orbits: BTreeMap<State, u32> = states
            .iter()
            .map(|(s, level)| (s.sorted(), *level))
            .collect();
        assert_eq!(states.len(), orbits.len(), "{arrangement:?}");
        assert!(orbits == plain.0, "{arrangement:?}");
        assert_eq!(transitions, plain.1, "{arrangement:?}");
    }
}

#[test]
fn ways_are_the_first_of_all_shortest_ones() {
    let model = Climbers { symmetry: false };
    let goals: Vec<(State, u32)> = model.plain().0.into_iter().step_by(7).collect();
    assert!(goals.len() > 64, "more than one round");
    let mut first = None;
    for arrangement in ARRANGEMENTS {
        let wanted = goals.clone();
        let brought = everywhere(arrangement, move |peer| {
            let member = Parts::new(model, peer.peers());
            let mut found = search(peer, member, unbounded()).unwrap();
            let wanted = wanted.iter().filter(|_| peer.index() == 0);
            let wanted = wanted.map(|(s, level)| Goal {
                level: *level,
                states: vec![found.member.numbers(s)],
            });
            let wanted: Vec<_> = wanted.collect();
            let ways = ways(peer, &mut found, &wanted).unwrap();
            let steps = |way: Vec<(u16, _)>| way.iter().map(|(step, _)| *step).collect();
            ways.into_iter().map(steps).collect::<Vec<Vec<u16>>>()
        });
        let ways: Vec<Vec<u16>> = brought.into_iter().flatten().collect();
        for ((goal, level), way) in goals.iter().zip(&ways) {
            assert_eq!(&model.after(way), goal);
            assert_eq!(way.len(), *level as usize);
        }
        assert_eq!(ways.len(), goals.len());
        assert_eq!(&ways, first.get_or_insert(ways.clone()), "{arrangement:?}");
    }
}

#[test]
fn one_that_has_enough_stops_all() {
    for arrangement in ARRANGEMENTS {
        let found = everywhere(arrangement, |peer| {
            let member = Keys::new(TwoPhaseCommit {
                n: 9,
                orbits: false,
            });
            let last = peer.index() + 1 == peer.peers();
            let bounds = Bounds {
                memory_max: u64::MAX,
                beat: Box::new(move |s| !last || s.transitions < 20_000),
            };
            search(peer, member, bounds).unwrap().is_complete
        });
        assert!(found.iter().any(|complete| !complete), "{arrangement:?}");
    }
}

#[test]
fn processes_that_search_something_else_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let hosts = [&listener, &other].map(|l| l.local_addr().unwrap().to_string());
    drop((listener, other));
    let errors: Vec<String> = std::thread::scope(|scope| {
        let spawned: Vec<_> = ["idle", "busy"]
            .into_iter()
            .enumerate()
            .map(|(process, label)| {
                let arrangement = Arrangement {
                    threads: 1,
                    process,
                    hosts: hosts.to_vec(),
                };
                let job = Job::new(label.to_owned(), label);
                scope.spawn(move || {
                    execute(&arrangement, &job, &mut |(): ()| {}, |_, _| ()).unwrap_err()
                })
            })
            .collect();
        let joined = spawned.into_iter().map(|process| process.join().unwrap());
        joined.map(|error| error.to_string()).collect()
    });
    assert!(errors[0].contains("process 1 searches busy"), "{errors:?}");
    assert!(errors[1].contains("process 0 searches idle"), "{errors:?}");
}
