//! What the places of processes rule out.
//!
//! A process that is elsewhere in its code, or gone, cannot take most of its steps, and a step that
//! looked at nothing but its process's place ([`Cluster::place`]) before it was refused is refused
//! whenever the process is there again. So each place is tried once; which steps it rules out is a
//! function of the world alone, and nothing of a walk's past enters.

use model::changes::PLACED;
use model::cluster::Cluster;
use model::reads::{Reads, Regions};
use model::world::World;

use super::cast::{Cast, StepNumber};

/// The places met so far, and where each process is now. Sets of steps are bits, 64 in a word.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// Words of a set.
    width: usize,
    /// For each process, its steps.
    steps: Vec<Vec<StepNumber>>,
    /// For each process its places, in order, and where the row of each begins.
    known: Vec<Vec<(u32, usize)>>,
    /// The steps that a place rules out, row by row; the first rules out none.
    rows: Vec<u64>,
    /// For each process, where the row of its place begins.
    here: Vec<usize>,
    /// The steps that are ruled out here.
    pub(super) ruled_out: Vec<u64>,
}

impl Places {
    /// Nobody is anywhere yet.
    pub(super) fn new(cast: &Cast) -> Places {
        let width = cast.len().div_ceil(64);
        let mut steps = vec![Vec::new(); PLACED];
        for (n, step) in cast.numbers().into_iter().zip(&cast.steps) {
            if let Some(placed) = step.placed() {
                steps[placed].push(n);
            }
        }
        Places {
            width,
            steps,
            known: vec![Vec::new(); PLACED],
            rows: vec![0; width],
            here: vec![0; PLACED],
            ruled_out: vec![0; width],
        }
    }

    /// All processes are where they are in `s`.
    pub(super) fn begin(&mut self, world: &World, cast: &Cast, s: &Cluster) {
        let mut reopened = vec![0; self.width];
        for placed in 0..PLACED {
            if !self.steps[placed].is_empty() {
                self.arrive(world, cast, s, placed, &mut reopened);
            }
        }
    }

    /// Process `placed` has come to another place in `s`; what its last one ruled out is put into
    /// `reopened`.
    pub(super) fn arrive(
        &mut self,
        world: &World,
        cast: &Cast,
        s: &Cluster,
        placed: usize,
        reopened: &mut [u64],
    ) {
        let from = self.here[placed];
        let known = &self.known[placed];
        let to = match known.binary_search_by_key(&s.place(placed), |&(place, _)| place) {
            Ok(n) => known[n].1,
            Err(n) => {
                let row = self.find_out(world, cast, s, placed);
                self.known[placed].insert(n, (s.place(placed), row));
                row
            }
        };
        self.here[placed] = to;
        for (word, reopened) in reopened.iter_mut().enumerate() {
            let left = self.rows[from + word];
            *reopened |= left;
            self.ruled_out[word] = self.ruled_out[word] & !left | self.rows[to + word];
        }
    }

    #[cold]
    fn find_out(&mut self, world: &World, cast: &Cast, s: &Cluster, placed: usize) -> usize {
        let row = self.rows.len();
        self.rows.resize(row + self.width, 0);
        let place = Regions::of_place(placed);
        let mut scratch = *s;
        for &step in &self.steps[placed] {
            let n = usize::from(step);
            Reads::begin();
            if cast.steps[n].take(world, &mut scratch).is_some() {
                scratch.become_like(s, world.walsenders);
            } else if Reads::regions().is_within(&place) {
                self.rows[row + n / 64] |= 1 << (n % 64);
            }
        }
        row
    }

    /// All processes are where they are for `other`, which knows no place that this does not.
    pub(super) fn stand_as(&mut self, other: &Places) {
        self.here.clone_from(&other.here);
        self.ruled_out.clone_from(&other.ruled_out);
    }
}
