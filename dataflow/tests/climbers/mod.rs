//! A model in many parts: three of sixteen climb, none more than three steps above the lowest.

use std::collections::BTreeMap;

use engine::parted::{At, Model};

const ALL: usize = 16;
const CLIMBING: [usize; 3] = [0, 7, 15];
const TOP: u16 = 17;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Climbers {
    pub(crate) symmetry: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct State {
    /// How often somebody has rested, up to 2.
    rests: u8,
    heights: [u16; ALL],
}

impl State {
    /// With the climbers in the order of their heights.
    pub(crate) fn sorted(&self) -> State {
        let mut heights = CLIMBING.map(|i| self.heights[i]);
        heights.sort_unstable();
        let mut s = self.clone();
        for (i, height) in CLIMBING.into_iter().zip(heights) {
            s.heights[i] = height;
        }
        s
    }
}

impl Climbers {
    fn steps(s: &State, climber: usize, each: &mut dyn FnMut(u16, State)) {
        let lowest = CLIMBING.map(|i| s.heights[i]).into_iter().min();
        let (at, step) = (CLIMBING[climber], 2 * u16::try_from(climber).unwrap());
        let height = s.heights[at];
        if height < TOP && lowest.is_some_and(|lowest| height < lowest + 3) {
            let mut after = s.clone();
            after.heights[at] += 1;
            each(step, after);
        }
        if s.rests < 2 && height % 5 == 4 {
            let mut after = s.clone();
            after.rests += 1;
            after.heights[at] += 2;
            each(step + 1, after);
        }
    }

    /// Whole states with their levels, and transitions; under symmetry the climbers are sorted.
    pub(crate) fn plain(self) -> (BTreeMap<State, u32>, u64) {
        let mut level = vec![State::default()];
        let mut seen: BTreeMap<State, u32> = [(State::default(), 0)].into();
        let (mut depth, mut transitions) = (0, 0);
        while !level.is_empty() {
            depth += 1;
            let mut next = Vec::new();
            for s in &level {
                for climber in 0..CLIMBING.len() {
                    Climbers::steps(s, climber, &mut |_, after| {
                        transitions += 1;
                        let after = if self.symmetry { after.sorted() } else { after };
                        if !seen.contains_key(&after) {
                            seen.insert(after.clone(), depth);
                            next.push(after);
                        }
                    });
                }
            }
            level = next;
        }
        (seen, transitions)
    }

    /// The state behind these steps.
    pub(crate) fn after(self, steps: &[u16]) -> State {
        let mut s = self.initial();
        for &step in steps {
            let before = s.clone();
            Climbers::steps(&before, usize::from(step / 2), &mut |number, after| {
                if number == step {
                    s = after;
                }
            });
        }
        s
    }
}

impl Model for Climbers {
    type State = State;
    type Part = State;
    /// Levels of the states looked at, in the order of their numbers.
    type Judge = Vec<u32>;

    fn parts(&self) -> usize {
        1 + ALL
    }

    fn kind(&self, part: usize) -> usize {
        part.min(1)
    }

    fn initial(&self) -> State {
        State::default()
    }

    /// More than one word.
    fn write_part(&self, s: &State, part: usize, to: &mut Vec<u8>) {
        match part.checked_sub(1) {
            None => to.push(s.rests),
            Some(i) => {
                to.extend([7; 9]);
                to.extend(s.heights[i].to_le_bytes());
            }
        }
    }

    fn read_part(&self, kind: usize, bytes: &[u8]) -> Option<State> {
        let mut s = State::default();
        match (kind, bytes) {
            (0, [rests]) => s.rests = *rests,
            (1, [7, 7, 7, 7, 7, 7, 7, 7, 7, low, high]) => {
                s.heights[0] = u16::from_le_bytes([*low, *high]);
            }
            _ => return None,
        }
        Some(s)
    }

    fn put_part(&self, carrier: &State, part: usize, to: &mut State) {
        match part.checked_sub(1) {
            None => to.rests = carrier.rests,
            Some(i) => to.heights[i] = carrier.heights[0],
        }
    }

    fn differs(&self, before: &State, after: &State, part: usize) -> bool {
        match part.checked_sub(1) {
            None => before.rests != after.rests,
            Some(i) => before.heights[i] != after.heights[i],
        }
    }

    fn groups(&self) -> usize {
        CLIMBING.len()
    }

    fn expand(&self, group: usize, s: &State, each: &mut dyn FnMut(u16, &State)) {
        Climbers::steps(s, group, &mut |step, after| each(step, &after));
    }

    fn mark(&self, _: &State, _: u16, _: &State) -> u64 {
        0
    }

    fn reads(&self, reads: &mut Vec<u8>, work: &mut dyn FnMut()) {
        work();
        reads.extend(CLIMBING.map(|i| u8::try_from(1 + i).unwrap()));
    }

    fn alike(&self) -> Vec<Vec<Vec<u8>>> {
        let member = |i: usize| vec![u8::try_from(1 + i).unwrap()];
        if self.symmetry {
            vec![CLIMBING.map(member).to_vec()]
        } else {
            Vec::new()
        }
    }

    fn judge(&self) -> Vec<u32> {
        Vec::new()
    }

    fn judge_state(&self, judge: &mut Vec<u32>, at: At, _: &State) {
        judge.push(at.level);
    }

    fn judge_step(&self, _: &mut Vec<u32>, _: At, _: u16, _: u64) {}

    fn judge_end(&self, _: &mut Vec<u32>, _: At, _: &State) {}
}
