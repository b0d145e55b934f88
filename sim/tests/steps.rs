//! What explorers rely on: a step that is not enabled leaves the state as it is, and one that is
//! taken changes nothing that it has not looked at.

use crate::common::strategies;
use model::cluster::Cluster;
use model::packing;
use model::reads::{Own, Reads};
use model::steps::Step;
use model::world::World;
use proptest::prelude::*;

fn is_clean(world: &World, s: &Cluster, step: Step) -> Result<(), TestCaseError> {
    let mut after = *s;
    Reads::begin();
    let taken = step.take(world, &mut after);
    let noted: Vec<Own> = Reads::end().parts().collect();
    if taken.is_none() {
        prop_assert_eq!(&after, s, "{:?} is not enabled", step);
    }
    prop_assert_eq!(step.apply(world, s), taken.map(|()| after));
    for i in 0..world.walsenders {
        let process = packing::process_differs(s, &after, i);
        prop_assert!(!process || noted.contains(&Own::Process(i)), "{step:?}");
        let link = packing::link_differs(s, &after, i);
        prop_assert!(!link || noted.contains(&Own::Link(i)), "{step:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(strategies::config(200, "tests/proptest-regressions/steps.txt"))]

    #[test]
    fn steps_change_what_they_look_at(
        design in strategies::designs(),
        scenario in strategies::scenarios(),
        schedule in strategies::schedules(120),
    ) {
        let world = World::new(design, scenario);
        for s in strategies::states(&world, &schedule) {
            for &step in world.steps() {
                is_clean(&world, &s, step)?;
            }
        }
    }
}
