//! A state cut into parts and put together again is the state it was.

use std::collections::BTreeSet;

use crate::common::{strategies, world};
use model::cluster::Cluster;
use model::packing::{self, Centre, Link};
use model::world::World;
use proptest::prelude::*;

fn round_trip(s: &Cluster, walsenders: usize) -> Cluster {
    let mut back = Cluster::default();
    let mut bytes = Vec::new();
    Centre::of(s).write(&mut bytes);
    let centre = Centre::read(&bytes).expect("it was written");
    centre.put(&mut back);
    bytes.push(0);
    assert!(Centre::read(&bytes).is_none(), "one byte too many");
    for i in 0..walsenders {
        bytes.clear();
        packing::write_process(packing::process(s, i), &mut bytes);
        let process = packing::read_process(&bytes).expect("it was written");
        packing::put_process(process, &mut back, i);
        bytes.clear();
        Link::of(s, i).write(&mut bytes);
        let link = Link::read(&bytes).expect("it was written");
        link.put(&mut back, i);
        bytes.push(0);
        assert!(Link::read(&bytes).is_none(), "one byte too many");
    }
    back
}

#[test]
fn packed_and_back_is_the_identity() {
    for named in sim::scenarios::small() {
        for design in ["pg9.6", "pg18", "proposal-2023-07-21"] {
            let world = world(design, &named.name);
            let mut seen: BTreeSet<Cluster> = [world.initial()].into();
            let mut open = vec![world.initial()];
            while let Some(s) = open.pop().filter(|_| seen.len() < 3000) {
                assert_eq!(
                    round_trip(&s, world.walsenders),
                    s,
                    "{design} {}",
                    named.name
                );
                world.successors(&s, |_, next| {
                    if seen.insert(next) {
                        open.push(next);
                    }
                });
            }
        }
    }
}

proptest! {
    #![proptest_config(strategies::config(256, "tests/proptest-regressions/packing.txt"))]

    /// So it is far from the start, too, and in scenarios that are not built in.
    #[test]
    fn states_of_random_schedules_come_back(
        design in strategies::designs(),
        scenario in strategies::scenarios(),
        schedule in strategies::schedules(150),
    ) {
        let world = World::new(design, scenario);
        for s in strategies::states(&world, &schedule) {
            prop_assert_eq!(round_trip(&s, world.walsenders), s);
        }
    }
}
