//! `source touches`: what of the model a change touches. A cited function is touched if its code is
//! another one afterwards; comments and white space do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use model::switches::SWITCHES;
use serde_json::{Value, json};

use crate::SourceError;
use crate::branches;
use crate::cited::{Cited, Function, cited, files};
use crate::extents::code;
use crate::git::Repo;
use crate::switches::is_hash;

/// Which scenario of a stop takes which steps.
const SCENARIOS: &str = include_str!("../data/scenarios.txt");

/// The findings, with the functions that they name.
const FINDINGS: &str = include_str!("../../../FINDINGS.md");

/// Cited functions whose code is not the same in `old` and `new`, commits or trees.
///
/// # Errors
/// When git fails.
pub fn changed(
    repo: &Repo,
    old: &str,
    new: &str,
    cited: &[Cited],
) -> Result<BTreeSet<Function>, SourceError> {
    let mut arguments = vec![
        "diff",
        "--name-only",
        "--no-renames",
        "--no-ext-diff",
        old,
        new,
        "--",
    ];
    let all = files(cited);
    arguments.extend(&all);
    let names = repo.run(&arguments)?;
    let mut found = BTreeSet::new();
    for file in names.lines() {
        let before = repo.file(old, file)?.unwrap_or_default();
        let after = repo.file(new, file)?.unwrap_or_default();
        let of_file = cited
            .iter()
            .flat_map(Cited::names)
            .filter(|(_, f)| *f == file);
        for (function, _) in of_file {
            if code(&before, function) != code(&after, function) {
                found.insert((file.to_owned(), function.to_owned()));
            }
        }
    }
    Ok(found)
}

/// A change: two commits or trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// How it is called.
    pub name: String,
    /// Before.
    pub old: String,
    /// After.
    pub new: String,
}

/// Finds the change that `word` means: `A..B`, a commit by any hash of it, or an open patch,
/// `CF6451` or `cf/6451`.
///
/// # Errors
/// When the clone does not have it.
pub fn change(repo: &Repo, word: &str) -> Result<Change, SourceError> {
    let unknown = |name: &str| {
        SourceError::new(
            format!("`{word}`: the clone has no commit or branch `{name}`"),
            "give `A..B`, a hash, or an open patch as `CF6451`; `git fetch` brings what is missing",
        )
    };
    let commit = |name: &str| {
        let known = branches::reference(repo, name).ok_or_else(|| unknown(name));
        known.map(|(_, hash)| hash)
    };
    let named = |old, new| Change {
        name: word.to_owned(),
        old,
        new,
    };
    if let Some((old, new)) = word.split_once("..") {
        let head = |name: &str| if name.is_empty() { "HEAD" } else { name }.to_owned();
        let (from, to) = (head(old), head(new.trim_start_matches('.')));
        let (old, to) = (commit(&from)?, commit(&to)?);
        let old = if new.starts_with('.') {
            base(repo, &old, &to)?
        } else {
            old
        };
        return Ok(named(old, to));
    }
    if let Some(number) = patch_number(word) {
        let name = format!("cf/{number}");
        let new = commit(&name)?;
        return Ok(named(base(repo, &commit("master")?, &new)?, new));
    }
    let new = commit(word)?;
    let old = repo.commit(&format!("{new}^")).ok_or_else(|| {
        SourceError::new(
            format!("`{word}` has no parent in the clone"),
            "give a later commit, or fetch the clone without `--depth`",
        )
    })?;
    Ok(named(old, new))
}

/// The number of an open patch: of `CF6451`, `cf/6451`.
fn patch_number(word: &str) -> Option<&str> {
    let prefix = word.get(..2).filter(|p| p.eq_ignore_ascii_case("cf"))?;
    let number = word.strip_prefix(prefix)?.trim_start_matches('/');
    let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    // Seven digits or more are a hash.
    (is_number && word.len() < 9).then_some(number)
}

/// The merge base of two commits.
pub(crate) fn base(repo: &Repo, one: &str, other: &str) -> Result<String, SourceError> {
    let base = repo.run(&["merge-base", one, other]).map_err(|_| {
        SourceError::new(
            format!("`{one:.10}` and `{other:.10}` have no common commit in the clone"),
            "fetch the clone without `--depth`",
        )
    })?;
    Ok(base.trim().to_owned())
}

/// What a change touches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Machine, step, function, file.
    pub steps: Vec<(String, String, String, String)>,
    /// Switches, with the functions that their own commits changed, too.
    pub switches: BTreeMap<&'static str, BTreeSet<String>>,
    /// Scenarios, with the number of touched steps that they take.
    pub scenarios: Vec<(String, usize)>,
    /// Titles of findings, with the functions that they name.
    pub findings: Vec<(String, Vec<String>)>,
}

/// The model, by functions.
#[derive(Debug)]
pub struct Map {
    cited: Vec<Cited>,
    /// Functions that the commits of each switch changed; read when it is first asked for.
    switches: Option<BTreeMap<Function, BTreeSet<&'static str>>>,
}

impl Default for Map {
    fn default() -> Map {
        Map {
            cited: cited(),
            switches: None,
        }
    }
}

impl Map {
    /// The cited functions.
    #[must_use]
    pub fn cited(&self) -> &[Cited] {
        &self.cited
    }

    /// What of the model stands for `functions`.
    ///
    /// # Errors
    /// When git fails.
    pub fn touched(
        &mut self,
        repo: &Repo,
        functions: &BTreeSet<Function>,
    ) -> Result<Touched, SourceError> {
        let mut touched = Touched::default();
        if functions.is_empty() {
            return Ok(touched);
        }
        for one in &self.cited {
            let mut names = one.names();
            let is = |(n, f): (&str, &str)| functions.contains(&(f.to_owned(), n.to_owned()));
            if names.any(is) {
                touched
                    .steps
                    .extend(one.steps.iter().map(|(machine, step)| {
                        let words = [machine, step, one.function, one.file].map(str::to_owned);
                        let [machine, step, function, file] = words;
                        (machine, step, function, file)
                    }));
            }
        }
        if self.switches.is_none() {
            self.switches = Some(switches(repo, &self.cited)?);
        }
        for (function, names) in self.switches.iter().flatten() {
            if functions.contains(function) {
                for name in names {
                    let by = touched.switches.entry(name).or_default();
                    by.insert(function.1.clone());
                }
            }
        }
        touched.scenarios = scenarios(&touched.steps);
        touched.findings = findings(functions);
        Ok(touched)
    }
}

/// Which switches' commits changed which cited functions. Commits that the clone does not have are
/// left out: `audit` says which.
fn switches(
    repo: &Repo,
    cited: &[Cited],
) -> Result<BTreeMap<Function, BTreeSet<&'static str>>, SourceError> {
    let mut found: BTreeMap<Function, BTreeSet<&'static str>> = BTreeMap::new();
    let mut by_commit: BTreeMap<&str, BTreeSet<Function>> = BTreeMap::new();
    for switch in SWITCHES {
        for change in switch.changes.iter().filter(|c| is_hash(c.source)) {
            if !by_commit.contains_key(change.source) {
                let functions = match repo.commit(&format!("{}^", change.source)) {
                    Some(parent) => changed(repo, &parent, change.source, cited)?,
                    None => BTreeSet::new(),
                };
                by_commit.insert(change.source, functions);
            }
            for function in by_commit.get(change.source).into_iter().flatten() {
                found
                    .entry(function.clone())
                    .or_default()
                    .insert(switch.name);
            }
        }
    }
    Ok(found)
}

/// Scenarios that take one of `steps`, those that take most first.
fn scenarios(steps: &[(String, String, String, String)]) -> Vec<(String, usize)> {
    let of_stop = steps.iter().filter(|(machine, ..)| machine == "stop");
    let steps: BTreeSet<&str> = of_stop.map(|(_, step, ..)| step.as_str()).collect();
    let lines = SCENARIOS.lines().filter(|line| !line.starts_with('#'));
    let rows = lines.filter_map(|line| line.split_once(": "));
    let counted = rows.map(|(name, taken)| {
        let taken = taken.split(' ').filter(|step| steps.contains(step));
        (name.to_owned(), taken.count())
    });
    let mut found: Vec<_> = counted.filter(|(_, n)| *n > 0).collect();
    found.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    found
}

/// Findings that name one of `functions`.
fn findings(functions: &BTreeSet<Function>) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for section in FINDINGS.split("\n## ").skip(1) {
        let title = section.lines().next().unwrap_or_default();
        let words: BTreeSet<&str> = section.split('`').skip(1).step_by(2).collect();
        let named = functions.iter().map(|(_, name)| name.clone());
        let named: Vec<String> = named.filter(|name| words.contains(name.as_str())).collect();
        if !named.is_empty() {
            found.push((title.to_owned(), named));
        }
    }
    found
}

impl Touched {
    /// Whether nothing is touched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// For people: a line for each.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        let mut text = String::new();
        for (machine, step, function, file) in &self.steps {
            let _ = writeln!(text, "step      {step} ({machine}): {function} of {file}");
        }
        for (switch, functions) in &self.switches {
            let functions: Vec<&str> = functions.iter().map(String::as_str).collect();
            let functions = functions.join(", ");
            let _ = writeln!(
                text,
                "switch    {switch}: its commit changed {functions}, too"
            );
        }
        for (scenario, n) in &self.scenarios {
            let _ = writeln!(text, "scenario  {scenario}: takes {n} of the steps");
        }
        for (title, functions) in &self.findings {
            let _ = writeln!(text, "finding   {title}: names {}", functions.join(", "));
        }
        if self.is_empty() {
            let _ = writeln!(text, "`{name}` touches nothing that is modelled");
        } else {
            let _ = writeln!(
                text,
                "`{name}` touches {} steps, {} switches, {} scenarios, {} findings",
                self.steps.len(),
                self.switches.len(),
                self.scenarios.len(),
                self.findings.len()
            );
        }
        text
    }

    /// For programs.
    #[must_use]
    pub fn json(&self, name: &str) -> Value {
        let steps = self.steps.iter().map(|(machine, step, function, file)| {
            json!({ "machine": machine, "step": step, "function": function, "file": file })
        });
        let scenarios = self.scenarios.iter();
        let scenarios = scenarios.map(|(name, n)| json!({ "name": name, "steps": n }));
        let findings = self.findings.iter();
        let findings = findings.map(|(title, f)| json!({ "title": title, "functions": f }));
        json!({
            "change": name,
            "steps": steps.collect::<Vec<_>>(),
            "switches": self.switches,
            "scenarios": scenarios.collect::<Vec<_>>(),
            "findings": findings.collect::<Vec<_>>(),
        })
    }
}
