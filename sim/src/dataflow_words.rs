//! What each worker has found out, as words for the first one, which adds it up.

use std::collections::BTreeMap;

use dataflow::parted::Parts;
use dataflow::{Found, Member};
use engine::parted::{Model, Numbers};
use model::cluster::Cluster;
use properties::ending::Judged;
use properties::waived::{By, Waived};

use crate::packed::{Findings, First, Packed};

type Hunted = Found<Parts<Packed>>;

/// What all workers have found out together.
#[derive(Debug)]
pub(crate) struct Sum {
    /// States that were expanded.
    pub(crate) expanded: u64,
    pub(crate) transitions: u64,
    /// The deepest level.
    pub(crate) level: u32,
    pub(crate) is_complete: bool,
    /// Keys in it are places in `states`.
    pub(crate) findings: Findings,
    pub(crate) states: Vec<Numbers>,
}

/// Takes what this worker has found out and writes it for the first worker.
pub(crate) fn write(found: &mut Hunted) -> Vec<u64> {
    let fresh = found.member.model().judge();
    let findings = std::mem::replace(found.member.judge(), fresh);
    let mut words = vec![
        found.snapshot.expanded,
        found.snapshot.transitions,
        u64::from(found.snapshot.level),
        u64::from(found.is_complete),
    ];
    words.extend(&findings.taken);
    words.extend(findings.concerned.iter().map(|&c| u64::from(c)));
    words.extend(findings.waived.iter().flat_map(Waived::counts));
    for first in findings.broken.iter().chain(&findings.still) {
        write_first(found, first.as_ref(), &mut words);
    }
    words.push(findings.endings.len() as u64);
    for first in findings.endings.values() {
        write_first(found, first.as_ref(), &mut words);
    }
    words
}

fn write_first(found: &mut Hunted, first: Option<&First>, words: &mut Vec<u64>) {
    let Some(first) = first else {
        words.push(0);
        return;
    };
    words.extend([1, u64::from(first.level), first.keys.len() as u64]);
    for &(n, step) in &first.keys {
        words.push(step.map_or(0, |step| u64::from(step) + 1));
        if let Some(s) = found.state(n) {
            found.member.write(&s, 0, words);
        }
    }
}

/// Adds up what each worker has written; `None` if that is not what [`write()`] writes.
pub(crate) fn add_up(found: &mut Hunted, workers: &[Vec<u64>]) -> Option<Sum> {
    let mut sum = Sum {
        expanded: 0,
        transitions: 0,
        level: 0,
        is_complete: true,
        findings: found.member.model().judge(),
        states: Vec::new(),
    };
    for (peer, words) in workers.iter().enumerate() {
        let mut reader = Reader { words, peer };
        sum.expanded += reader.word()?;
        sum.transitions += reader.word()?;
        sum.level = sum.level.max(u32::try_from(reader.word()?).ok()?);
        sum.is_complete &= reader.word()? == 1;
        let findings = reader.findings(found, &mut sum.states)?;
        sum.findings.merge(findings);
    }
    Some(sum)
}

struct Reader<'a> {
    words: &'a [u64],
    peer: usize,
}

impl Reader<'_> {
    fn word(&mut self) -> Option<u64> {
        let (&word, rest) = self.words.split_first()?;
        self.words = rest;
        Some(word)
    }

    fn findings(&mut self, found: &mut Hunted, states: &mut Vec<Numbers>) -> Option<Findings> {
        let mut findings = found.member.model().judge();
        for n in &mut findings.taken {
            *n = self.word()?;
        }
        for concerned in &mut findings.concerned {
            *concerned = self.word()? == 1;
        }
        for waived in &mut findings.waived {
            for by in By::ALL {
                waived.add(by, self.word()?);
            }
        }
        for first in findings.broken.iter_mut().chain(&mut findings.still) {
            if self.is_there()? {
                *first = Some(self.first(found, states)?);
            }
        }
        let mut endings = BTreeMap::new();
        for _ in 0..self.word()? {
            self.is_there()?;
            let first = self.first(found, states)?;
            let place = usize::try_from(first.keys.first()?.0).ok()?;
            let whole: Cluster = found.member.whole(states.get(place)?);
            let ending = found.member.model().world.ending(&whole);
            endings.insert(ending, Some(first));
        }
        findings.endings = endings;
        Some(findings)
    }

    /// Whether something was first, and is to be read.
    fn is_there(&mut self) -> Option<bool> {
        Some(self.word()? == 1)
    }

    fn first(&mut self, found: &mut Hunted, states: &mut Vec<Numbers>) -> Option<First> {
        let level = u32::try_from(self.word()?).ok()?;
        let mut keys = Vec::new();
        for _ in 0..self.word()? {
            let step = match self.word()? {
                0 => None,
                step => Some(u16::try_from(step - 1).ok()?),
            };
            let s = found.member.read(self.peer, &mut self.words)?;
            keys.push((states.len() as u64, step));
            states.push(s);
        }
        Some(First { level, keys })
    }
}
