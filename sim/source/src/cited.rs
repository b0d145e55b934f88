//! The C functions that the tables of steps cite, and which steps stand for each.

use std::collections::BTreeMap;

use model::citations::{OLDER, Then, place};

/// A function by its file and its name.
pub type Function = (String, String);

/// A cited function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cited {
    /// Its name, today.
    pub function: &'static str,
    /// Its file, today.
    pub file: &'static str,
    /// The machine and the name of each step that stands for it.
    pub steps: Vec<(&'static str, &'static str)>,
}

impl Cited {
    /// Its name and file in `release`; `None` if it is not there.
    #[must_use]
    pub fn in_release(&self, release: &str) -> Option<(&'static str, &'static str)> {
        place(self.function, self.file, release)
    }

    /// Its name and file in all releases, today's first.
    pub fn names(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        let (function, file) = (self.function, self.file);
        let older = OLDER
            .iter()
            .filter(move |o| o.function == function && o.file == file)
            .filter_map(|o| match o.then {
                Then::Called(function, file) => Some((function, file)),
                Then::Nothing => None,
            });
        std::iter::once((function, file)).chain(older)
    }
}

/// All cited functions, in the order of file and name.
#[must_use]
pub fn cited() -> Vec<Cited> {
    type Steps = Vec<(&'static str, &'static str)>;
    let mut found: BTreeMap<(&'static str, &'static str), Steps> = BTreeMap::new();
    for (machine, step, function, file) in rows() {
        found
            .entry((file, function))
            .or_default()
            .push((machine, step));
    }
    let one = |((file, function), steps)| Cited {
        function,
        file,
        steps,
    };
    found.into_iter().map(one).collect()
}

/// Machine, step, function, file.
fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str, &'static str)> {
    let stop = model::steps::STEPS.iter();
    let stop = stop.map(|s| ("stop", s.name, s.function, s.file));
    let life = model::slot_life::steps::STEPS.iter();
    let life = life.map(|s| ("slot-life", s.name, s.function, s.file));
    let pair = model::pair::steps::STEPS.iter();
    let pair = pair.map(|s| ("pair", s.name, s.function, s.file));
    let check = model::upgrade_check::STEPS.iter();
    let check = check.map(|(_, _, function, file)| ("upgrade-check", *function, *function, *file));
    stop.chain(life).chain(pair).chain(check)
}

/// All files that are modelled, in any release.
#[must_use]
pub fn files(cited: &[Cited]) -> Vec<&'static str> {
    let mut files: Vec<&str> = cited
        .iter()
        .flat_map(|c| c.names().map(|(_, f)| f))
        .collect();
    files.sort_unstable();
    files.dedup();
    files
}
