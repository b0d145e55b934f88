//! What a search does when memory is short: it stops, it refuses to be filled, and it still finds
//! shortest ways.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../examples/two_phase_commit/model.rs"]
mod model;

use engine::space::Space;
use engine::ways::{Found, Goal, Leg, Way, ways};
use engine::{Options, Search, Stop};
use model::TwoPhaseCommit;

const MODEL: TwoPhaseCommit = TwoPhaseCommit {
    n: 7,
    orbits: false,
};

fn options(memory_max: u64) -> Options {
    Options {
        memory_max,
        ..Options::default()
    }
}

/// A search that is filled with the levels of another, in this much memory.
fn filled<'a>(
    from: &Search<'_, TwoPhaseCommit>,
    space: &'a TwoPhaseCommit,
    memory_max: u64,
) -> std::io::Result<Search<'a, TwoPhaseCommit>> {
    let mut search = Search::empty(space, options(memory_max))?;
    for level in 0..u32::try_from(from.sizes().len()).unwrap() {
        search.resume_level(from.level(level).concat())?;
    }
    search.resume_level(Vec::new())?;
    Ok(search)
}

/// Follows the way in the space; where it leads.
fn follow(space: &TwoPhaseCommit, way: &Way) -> u64 {
    let mut worker = space.worker();
    let mut at = space.initial(&mut worker);
    for (level, &Leg { step, to, .. }) in (0..).zip(way) {
        let mut is_step = false;
        space.expand(&mut worker, level, at, &mut |other, behind| {
            is_step |= (other, behind) == (step, to);
        });
        assert!(is_step, "step {level}");
        at = to;
    }
    at
}

#[test]
fn it_stops_within_its_bound() {
    for kib in [1_u64, 300, 1_000, 3_000, 10_000] {
        let mut search = Search::new(&MODEL, options(kib << 10)).unwrap();
        let stop = search.run(&mut |_| true);
        let bytes = search.snapshot().bytes;
        // The set has a least size, and a chunk is expanded before anybody looks.
        let slack = 2 << 20;
        assert!(bytes <= (kib << 10) + slack, "{kib} KiB: {bytes}");
        assert_eq!(stop == Stop::Complete, search.is_complete());
    }
}

#[test]
fn ways_are_as_short_where_there_is_no_memory_for_the_first() {
    let mut whole = Search::new(&MODEL, Options::default()).unwrap();
    assert_eq!(whole.run(&mut |_| true), Stop::Complete);
    let level = u32::try_from(whole.sizes().len()).unwrap() - 1;
    let keys = whole.level(level).concat();
    let goals: Vec<Goal> = [level, level / 2]
        .into_iter()
        .map(|level| Goal {
            level,
            keys: whole.level(level).concat(),
        })
        .collect();
    assert!(keys.len() > 1 || level > 0);

    // As little as the states themselves take.
    let mut memory_max = 1 << 20;
    let little = loop {
        if let Ok(search) = filled(&whole, &MODEL, memory_max) {
            break search;
        }
        memory_max += 1 << 18;
    };
    assert_eq!(little.sizes(), whole.sizes());
    assert!(little.is_complete());
    let mut workers = [MODEL.worker(), MODEL.worker()];
    let (levels, _) = whole.into_found();
    let found = |memory_max| Found {
        space: &MODEL,
        levels: &levels,
        memory_max,
    };
    let first = ways(&found(u64::MAX), &mut workers, &goals);
    let any = ways(&found(1 << 10), &mut workers, &goals);
    assert_ne!(first, any, "there was memory for the first ways");
    for ((first, any), goal) in first.iter().zip(&any).zip(&goals) {
        assert_eq!(first.len(), any.len());
        assert!(goal.keys.contains(&follow(&MODEL, first)));
        assert!(goal.keys.contains(&follow(&MODEL, any)));
    }
}
