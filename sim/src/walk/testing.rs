//! Random walks for tests of what walks remember.

use super::cast::Cast;
use super::dice::Dice;
use super::draw;
use super::memo::Memo;
use super::schedulers::{Point, Scheduler, Uniform};
use model::cluster::Cluster;
use model::world::World;

/// Where a walk of a test is.
pub(super) struct Stop<'a> {
    pub(super) world: &'a World,
    pub(super) cast: &'a Cast,
    pub(super) memo: &'a mut Memo,
    pub(super) state: &'a Cluster,
    pub(super) taken: usize,
    pub(super) dice: &'a mut Dice,
}

/// Calls `visit` in each state of uniform walks of 150 drawn worlds.
pub(super) fn along_walks(seed: u64, mut visit: impl FnMut(Stop<'_>)) {
    for stream in 0..150 {
        let mut dice = Dice::new(seed, stream);
        // The proposal has places in the code that no release has.
        let release = if dice.one_in(4) {
            "proposal-2023-07-21"
        } else {
            *dice.pick(&model::releases::RELEASES)
        };
        let design = crate::design_name::parse(release).unwrap();
        let world = World::new(design, draw::draw(&mut dice));
        let cast = Cast::new(&world);
        let mut memo = Memo::new(&world, &cast);
        let mut uniform = Uniform;
        uniform.begin(&cast, &mut memo.open, &mut dice);
        let mut state = Box::new(world.initial());
        for taken in 0..200 {
            visit(Stop {
                world: &world,
                cast: &cast,
                memo: &mut memo,
                state: &state,
                taken,
                dice: &mut dice,
            });
            let mut at = Point {
                world: &world,
                cast: &cast,
                state: &state,
                taken,
                memo: &mut memo,
            };
            let Some(step) = uniform.next(&mut at, &mut dice) else {
                break;
            };
            memo.advance(&world, &cast, &mut state, step).unwrap();
        }
    }
}
