//! The shutdown of one server as a model of the engine's: its parts, its groups of steps, and what
//! is judged on the way.

use std::collections::BTreeMap;

use engine::parted::{At, Model};
use model::bounds::WALSENDERS_MAX;
use model::cluster::Cluster;
use model::machine::Machine;
use model::packing;
use model::reads::{Own, Reads};
use model::steps::{Actor, Party, Step};
use model::world::World;
use properties::Property;
use properties::claims::{Claim, Judgement, Transition};
use properties::ending::{Ending, Judged};

/// A world, and what is asked of it.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    pub(crate) world: World,
    pub(crate) properties: Vec<&'static Property>,
    /// Numbers of the steps of each group.
    groups: Vec<Vec<u16>>,
    /// Whether a step is promised to be taken in the end (by a process, a peer, a timeout).
    promised: Vec<bool>,
    /// Links of like walsenders are numbered together.
    link_kinds: Vec<usize>,
}

/// What a state is the first to show: the level of the first ones, and all of that level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct First {
    pub(crate) level: u32,
    /// Keys, with the step out of the state where a step is what shows it.
    pub(crate) keys: Vec<(u64, Option<u16>)>,
}

impl First {
    fn add(first: &mut Option<First>, at: At, step: Option<u16>) {
        let first = first.get_or_insert_with(|| First {
            level: at.level,
            keys: Vec::new(),
        });
        if first.level == at.level {
            first.keys.push((at.key, step));
        }
    }

    fn merge(this: &mut Option<First>, other: Option<First>) {
        match (this.as_mut(), other) {
            (_, None) => {}
            (Some(this), Some(other)) if this.level == other.level => this.keys.extend(other.keys),
            (Some(this), Some(other)) if this.level < other.level => {}
            (_, other) => *this = other,
        }
    }
}

/// What one thread has found out.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// How often each step was taken.
    pub(crate) taken: Vec<u64>,
    /// Parallel to the properties: what broke them first.
    pub(crate) broken: Vec<Option<First>>,
    /// Parallel to the properties: the premise was met.
    pub(crate) concerned: Vec<bool>,
    /// Endings, with the states that have them first.
    pub(crate) endings: BTreeMap<Ending, Option<First>>,
    enabled: bool,
    promised: bool,
    marks: u64,
}

impl Findings {
    fn note(&mut self, i: usize, judgement: Judgement, at: At) {
        match judgement {
            Judgement::NotConcerned => {}
            Judgement::Kept => self.concerned[i] = true,
            Judgement::Broken => {
                self.concerned[i] = true;
                First::add(&mut self.broken[i], at, None);
            }
        }
    }

    /// Adds what another thread has found.
    pub(crate) fn merge(&mut self, other: Findings) {
        for (n, more) in self.taken.iter_mut().zip(other.taken) {
            *n += more;
        }
        for (this, other) in self.broken.iter_mut().zip(other.broken) {
            First::merge(this, other);
        }
        for (this, other) in self.concerned.iter_mut().zip(other.concerned) {
            *this |= other;
        }
        for (ending, first) in other.endings {
            First::merge(self.endings.entry(ending).or_default(), first);
        }
    }
}

impl Packed {
    /// `world` with these properties.
    pub(crate) fn new(world: &World, properties: &[&'static Property]) -> Packed {
        let mut groups = vec![Vec::new(); 4 + world.walsenders];
        for (n, step) in (0..).zip(world.steps()) {
            groups[group(*step, world.walsenders)].push(n);
        }
        let alike = alike(world);
        let facts = world.steps().iter().map(|step| step.info().party);
        Packed {
            promised: facts.map(|party| party != Party::Environment).collect(),
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

/// To which group a step belongs: to that of its walsender, or of who takes it.
fn group(step: Step, walsenders: usize) -> usize {
    match (step.walsender(), step.actor()) {
        (Some(i), _) if i < walsenders => 4 + i,
        (_, Actor::Postmaster) => 0,
        (_, Actor::Checkpointer) => 1,
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
            | Actor::Worker(_),
        ) => 3,
    }
}

/// Classes of walsenders that the scenario describes in the same words.
fn alike(world: &World) -> Vec<Vec<usize>> {
    let mut classes: Vec<Vec<usize>> = Vec::new();
    for (i, sender) in world.scenario.walsenders() {
        let same = |class: &&mut Vec<usize>| world.scenario.walsender(class[0]) == sender;
        match classes.iter_mut().find(same) {
            Some(class) => class.push(i),
            None => classes.push(vec![i]),
        }
    }
    classes
}

const CONCERNED: u32 = 32;

impl Model for Packed {
    type State = Cluster;
    type Judge = Findings;

    fn parts(&self) -> usize {
        1 + 2 * self.world.walsenders
    }

    fn initial(&self) -> Cluster {
        self.world.initial()
    }

    fn write_part(&self, s: &Cluster, part: usize, to: &mut Vec<u8>) {
        match self.part(part) {
            None => packing::write_centre(s, to),
            Some(Own::Process(i)) => packing::write_process(s, i, to),
            Some(Own::Link(i)) => packing::write_link(s, i, to),
        }
    }

    fn kind(&self, part: usize) -> usize {
        match self.part(part) {
            None => 0,
            Some(Own::Process(_)) => 1,
            Some(Own::Link(i)) => 2 + self.link_kinds[i],
        }
    }

    fn read_part(&self, kind: usize, bytes: &[u8]) -> Option<Cluster> {
        match kind {
            0 => packing::read_centre(bytes),
            1 => packing::read_process(bytes),
            _ => packing::read_link(bytes),
        }
    }

    fn copy_part(&self, carrier: &Cluster, part: usize, to: &mut Cluster) {
        match self.part(part) {
            None => packing::copy_centre(carrier, to),
            Some(Own::Process(i)) => packing::copy_process((carrier, 0), (to, i)),
            Some(Own::Link(i)) => packing::copy_link((carrier, 0), (to, i)),
        }
    }

    fn groups(&self) -> usize {
        self.groups.len()
    }

    fn expand(&self, group: usize, s: &Cluster, each: &mut dyn FnMut(u16, Cluster)) {
        for &n in &self.groups[group] {
            if let Some(after) = self.world.steps()[usize::from(n)].apply(&self.world, s) {
                each(n, after);
            }
        }
    }

    fn mark(&self, before: &Cluster, step: u16, after: &Cluster) -> u64 {
        let transition = Transition {
            before,
            step: self.world.steps()[usize::from(step)],
            after,
        };
        let mut mark = 0;
        for (i, property) in self.properties.iter().enumerate() {
            if let Claim::NeverStep(f) = &property.claim {
                mark |= match f(&self.world, &transition) {
                    Judgement::NotConcerned => 0,
                    Judgement::Kept => 1 << i << CONCERNED,
                    Judgement::Broken => 1 << i | 1 << i << CONCERNED,
                };
            }
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

    fn alike(&self, _: &Cluster) -> Vec<Vec<Vec<u8>>> {
        // The checkpointer goes through the walsenders in their order: see *Not modelled*.
        Vec::new()
    }

    fn judge(&self) -> Findings {
        Findings {
            taken: vec![0; self.world.steps().len()],
            broken: vec![None; self.properties.len()],
            concerned: vec![false; self.properties.len()],
            ..Findings::default()
        }
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
    }

    fn judge_step(&self, findings: &mut Findings, at: At, step: u16, mark: u64) {
        let n = usize::from(step);
        findings.taken[n] += 1;
        findings.enabled = true;
        findings.promised |= self.promised[n];
        findings.marks |= mark;
        if mark << CONCERNED != 0 {
            for (i, broken) in findings.broken.iter_mut().enumerate() {
                if mark >> i & 1 != 0 {
                    First::add(broken, at, Some(step));
                }
            }
        }
    }

    fn judge_end(&self, findings: &mut Findings, at: At, s: &Cluster) {
        for (i, concerned) in findings.concerned.iter_mut().enumerate() {
            *concerned |= findings.marks >> (CONCERNED + u32::try_from(i).unwrap_or(0)) & 1 != 0;
        }
        if findings.enabled && (findings.promised || !self.world.is_stuck(s)) {
            return;
        }
        let ending = self.world.ending(s);
        First::add(findings.endings.entry(ending).or_default(), at, None);
        for (i, property) in self.properties.iter().enumerate() {
            if let Claim::AtEnd(f) = &property.claim {
                findings.note(i, f(&self.world, s), at);
            }
        }
    }
}

const _: () = assert!(2 * WALSENDERS_MAX < engine::parted::PARTS_MAX);
