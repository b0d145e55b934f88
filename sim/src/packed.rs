//! The shutdown of one server as a model of the engine's: its parts, its groups of steps, and what
//! is judged on the way.

mod findings;
mod marks;

use engine::parted::{At, Model};
use model::cluster::{Cluster, Process};
use model::machine::Machine;
use model::packing::{self, Centre, Link};
use model::reads::{Own, Reads};
use model::steps::{Actor, Party, Step};
use model::world::World;
use properties::claims::{Claim, Endless, Judgement, Transition};
use properties::ending::{Ending, Judged};
use properties::waived::Waived;
use properties::{PROPERTIES, Property};

pub(crate) use findings::{Findings, First};

use crate::checker::WALSENDERS_SEARCHED_MAX;
use crate::liveness::Fairness;
use crate::partial_order::{PartialOrder, Set};
use crate::symmetry::{alike, likes, orbits};
use marks::step_claims;

/// What a part holds.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Centre(Box<Centre>),
    Process(Process),
    Link(Link),
}

/// A world, and what is asked of it.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    pub(crate) world: World,
    pub(crate) properties: Vec<&'static Property>,
    /// Numbers of the steps of each group.
    groups: Vec<Vec<u16>>,
    /// Whether a step is promised to be taken in the end (by a process, a peer, a timeout).
    promised: Vec<bool>,
    /// For each step the leads-to properties, as bits, in which it is one that must be taken.
    fair: Vec<u64>,
    /// What is not interleaved.
    partial_order: Option<PartialOrder>,
    /// Whether nothing is asked about endless runs, so that sets of steps may be apart.
    safety_only: bool,
    /// Classes of walsenders that are interchangeable, of at least two; none, if symmetry is off.
    pub(crate) orbits: Vec<Vec<usize>>,
    /// Links of like walsenders are numbered together.
    link_kinds: Vec<usize>,
}

impl Packed {
    /// `world` with these properties; with `symmetry`, states that differ only in the order of like
    /// walsenders are one.
    pub(crate) fn new(
        world: &World,
        properties: &[&'static Property],
        (symmetry, partial_order): (bool, Option<PartialOrder>),
    ) -> Packed {
        let mut groups = vec![Vec::new(); WALSENDER_GROUPS + world.walsenders];
        for (n, step) in (0..).zip(world.steps()) {
            groups[group(*step, world.walsenders)].push(n);
        }
        let alike = alike(world);
        let facts = world.steps().iter().map(|step| step.info().party);
        Packed {
            promised: facts.map(|party| party != Party::Environment).collect(),
            orbits: if symmetry { orbits(world) } else { Vec::new() },
            partial_order,
            safety_only: !properties
                .iter()
                .any(|property| matches!(property.claim, Claim::LeadsTo(_))),
            fair: fair(world, properties),
            properties: properties.to_vec(),
            groups,
            link_kinds: (0..world.walsenders)
                .map(|i| {
                    alike
                        .iter()
                        .position(|class| class.contains(&i))
                        .unwrap_or(0)
                })
                .collect(),
            world: world.clone(),
        }
    }

    /// How the step is interleaved with others, as a mark.
    fn interleaving(&self, before: &Cluster, step: Step, after: &Cluster) -> u64 {
        let Some(order) = self.partial_order else {
            return 0;
        };
        let alone = (order.alone)(&self.world, before, step, after);
        let set = Set::of(&self.world, step);
        let apart = self.safety_only && (order.apart)(&self.world, before, set);
        let bit = |set: bool, bit: u64| if set { bit } else { 0 };
        bit(alone, ALONE) | bit(apart, APART)
    }

    /// The ending that `s` is, up to the order of like walsenders.
    pub(crate) fn ending(&self, s: &Cluster) -> Ending {
        let mut ending = self.world.ending(s);
        for class in &self.orbits {
            ending.sort_slots(class);
        }
        ending
    }

    /// What part `part` is: the centre, then processes, then links.
    fn part(&self, part: usize) -> Option<Own> {
        let walsenders = self.world.walsenders;
        let i = part.checked_sub(1)?;
        Some(match i.checked_sub(walsenders) {
            None => Own::Process(i),
            Some(i) => Own::Link(i),
        })
    }
}

/// The first group of steps of a walsender; the others are the centre's.
const WALSENDER_GROUPS: usize = 4;

/// To which group a step belongs: to that of its walsender, or of who takes it.
fn group(step: Step, walsenders: usize) -> usize {
    match (step.walsender(), step.actor()) {
        (_, Actor::Checkpointer) => 1,
        (Some(i), _) if i < walsenders => WALSENDER_GROUPS + i,
        (_, Actor::Postmaster) => 0,
        (_, Actor::Environment) => 2,
        (
            _,
            Actor::WalSender(_)
            | Actor::Peer(_)
            | Actor::Backend(_)
            | Actor::BgWriter
            | Actor::WalWriter
            | Actor::Archiver
            | Actor::IoWorker
            | Actor::DeadEnd
            | Actor::Startup
            | Actor::WalReceiver
            | Actor::StatsCollector
            | Actor::Worker(_),
        ) => 3,
    }
}

/// For each step the leads-to properties, as bits, in which it is one that must be taken.
fn fair(world: &World, properties: &[&'static Property]) -> Vec<u64> {
    let mut fair = vec![0; world.steps().len()];
    for (i, property) in properties.iter().enumerate() {
        if let Claim::LeadsTo(goal) = &property.claim {
            let fairness = Fairness::new(world, goal);
            for (n, bits) in fair.iter_mut().enumerate() {
                *bits |= u64::from(fairness.is_fair(n)) << i;
            }
        }
    }
    fair
}

/// In a mark: by how much the bits of premises are shifted against those of violations.
const CONCERNED: u32 = 32;
/// In a mark: the step is alone.
const ALONE: u64 = 1 << 31;
/// In a mark: the set of the step is apart.
const APART: u64 = 1 << 30;
/// In a mark: the claims that the step breaks.
const BROKEN: u64 = APART - 1;

impl Model for Packed {
    type State = Cluster;
    type Part = Part;
    type Judge = Findings;

    fn parts(&self) -> usize {
        1 + 2 * self.world.walsenders
    }

    fn initial(&self) -> Cluster {
        self.world.initial()
    }

    fn write_part(&self, s: &Cluster, part: usize, to: &mut Vec<u8>) {
        match self.part(part) {
            None => Centre::of(s).write(to),
            Some(Own::Process(i)) => packing::write_process(packing::process(s, i), to),
            Some(Own::Link(i)) => Link::of(s, i).write(to),
        }
    }

    fn kind(&self, part: usize) -> usize {
        match self.part(part) {
            None => 0,
            Some(Own::Process(_)) => 1,
            Some(Own::Link(i)) => 2 + self.link_kinds[i],
        }
    }

    fn read_part(&self, kind: usize, bytes: &[u8]) -> Option<Part> {
        Some(match kind {
            0 => Part::Centre(Box::new(Centre::read(bytes)?)),
            1 => Part::Process(packing::read_process(bytes)?),
            _ => Part::Link(Link::read(bytes)?),
        })
    }

    fn part_bytes(&self, content: &Part) -> usize {
        match content {
            Part::Centre(_) => size_of::<Centre>(),
            Part::Process(_) | Part::Link(_) => 0,
        }
    }

    fn put_part(&self, content: &Part, part: usize, to: &mut Cluster) {
        let i = match self.part(part) {
            None => 0,
            Some(Own::Process(i) | Own::Link(i)) => i,
        };
        match content {
            Part::Centre(centre) => centre.put(to),
            Part::Process(process) => packing::put_process(*process, to, i),
            Part::Link(link) => link.put(to, i),
        }
    }

    fn differs(&self, before: &Cluster, after: &Cluster, part: usize) -> bool {
        match self.part(part) {
            None => Centre::of(before) != Centre::of(after),
            Some(Own::Process(i)) => packing::process_differs(before, after, i),
            Some(Own::Link(i)) => packing::link_differs(before, after, i),
        }
    }

    fn groups(&self) -> usize {
        self.groups.len()
    }

    fn expand(&self, group: usize, s: &Cluster, each: &mut dyn FnMut(u16, &Cluster)) {
        let mut after = *s;
        for &n in &self.groups[group] {
            let step = self.world.steps()[usize::from(n)];
            if step.take(&self.world, &mut after).is_some() {
                each(n, &after);
                after = *s;
            }
        }
    }

    fn mark(&self, before: &Cluster, step: u16, after: &Cluster) -> u64 {
        let transition = Transition {
            before,
            step: self.world.steps()[usize::from(step)],
            after,
        };
        let mut mark = self.interleaving(before, transition.step, after);
        for (bit, (_, judge)) in step_claims(&self.properties).enumerate() {
            mark |= match judge(&self.world, &transition) {
                Judgement::NotConcerned => 0,
                Judgement::Kept => 1 << bit << CONCERNED,
                Judgement::Broken => 1 << bit | 1 << bit << CONCERNED,
            };
        }
        mark
    }

    fn reads(&self, reads: &mut Vec<u8>, work: &mut dyn FnMut()) {
        Reads::begin();
        work();
        let walsenders = self.world.walsenders;
        reads.extend(Reads::end().parts().filter_map(|own| match own {
            Own::Process(i) | Own::Link(i) if i >= walsenders => None,
            Own::Process(i) => u8::try_from(1 + i).ok(),
            Own::Link(i) => u8::try_from(1 + walsenders + i).ok(),
        }));
    }

    fn is_alone(&self, mark: u64) -> bool {
        mark & ALONE != 0
    }

    fn is_apart(&self, mark: u64) -> bool {
        mark & APART != 0
    }

    fn set(&self, group: usize) -> usize {
        (group + 1).saturating_sub(WALSENDER_GROUPS)
    }

    fn first_set(&self, s: &Cluster, sets: &[usize]) -> usize {
        let set = |&n: &usize| n.checked_sub(1).map_or(Set::Centre, Set::Walsender);
        let first = sets.iter().min_by(|a, b| set(a).first(set(b), s));
        first.copied().unwrap_or(0)
    }

    fn alike(&self) -> Vec<Vec<Vec<u8>>> {
        let walsenders = self.world.walsenders;
        let parts = |&i: &usize| [1 + i, 1 + walsenders + i];
        let number = |part| u8::try_from(part).unwrap_or(u8::MAX);
        let member = |i| parts(i).map(number).to_vec();
        let classes = self.orbits.iter();
        classes
            .map(|class| class.iter().map(member).collect())
            .collect()
    }

    fn judge(&self) -> Findings {
        Findings {
            taken: vec![0; self.world.steps().len()],
            broken: vec![None; self.properties.len()],
            still: vec![None; self.properties.len()],
            concerned: vec![false; self.properties.len()],
            waived: vec![Waived::default(); self.properties.len()],
            ..Findings::default()
        }
    }

    fn judge_bytes(&self, findings: &Findings) -> u64 {
        let broken = findings.broken.iter().flatten();
        let firsts = broken.chain(findings.endings.values().flatten());
        firsts.map(|first| first.keys.capacity() as u64 * 16).sum()
    }

    fn judge_state(&self, findings: &mut Findings, at: At, s: &Cluster) {
        for (i, property) in self.properties.iter().enumerate() {
            let judgement = match &property.claim {
                Claim::Always(f) => f(&self.world, s),
                Claim::LeadsTo(goal) if !findings.concerned[i] && (goal.owed)(&self.world, s) => {
                    Judgement::Kept
                }
                Claim::LeadsTo(_) | Claim::NeverStep(_) | Claim::AtEnd(_) => continue,
            };
            findings.note(i, judgement, at);
        }
        findings.enabled = false;
        findings.promised = false;
        findings.fair = 0;
    }

    fn judge_step(&self, findings: &mut Findings, at: At, step: u16, mark: u64) {
        let n = usize::from(step);
        findings.taken[n] += 1;
        findings.enabled = true;
        findings.promised |= self.promised[n];
        findings.fair |= self.fair[n];
        findings.marks |= mark;
        if mark & BROKEN != 0 {
            for (bit, (i, _)) in step_claims(&self.properties).enumerate() {
                if mark >> bit & 1 != 0 {
                    First::add(&mut findings.broken[i], at, Some(step));
                }
            }
        }
    }

    fn judge_end(&self, findings: &mut Findings, at: At, s: &Cluster) {
        for (bit, (i, _)) in step_claims(&self.properties).enumerate() {
            findings.concerned[i] |= findings.marks >> CONCERNED >> bit & 1 != 0;
        }
        for (i, property) in self.properties.iter().enumerate() {
            match &property.claim {
                Claim::LeadsTo(goal)
                    if goal.endless == Endless::Any
                        && findings.fair >> i & 1 == 0
                        && (goal.owed)(&self.world, s) =>
                {
                    First::add(&mut findings.still[i], at, None);
                }
                Claim::LeadsTo(_) | Claim::Always(_) | Claim::NeverStep(_) | Claim::AtEnd(_) => {}
            }
        }
        if findings.enabled && (findings.promised || !self.world.is_stuck(s)) {
            return;
        }
        let ending = self.ending(s);
        First::add(findings.endings.entry(ending).or_default(), at, None);
        for (i, property) in self.properties.iter().enumerate() {
            if let Claim::AtEnd(f) = &property.claim {
                findings.note(i, f(&self.world, s), at);
            }
            if let Some(by) = property.waived.and_then(|f| f(&self.world, s)) {
                findings.waived[i].add(by, likes(&self.orbits, s));
            }
        }
    }
}

const _: () = assert!(2 * WALSENDERS_SEARCHED_MAX < engine::parted::PARTS_MAX);
const _: () = assert!(PROPERTIES.len() <= u64::BITS as usize);
const _: () = assert!(1 << marks::step_claims_max() <= APART);
