//! `source audit`: the model against PostgreSQL's branches. The result is a list to work off.

use std::collections::{BTreeMap, BTreeSet};

use crate::SourceError;
use crate::accepted::Accepted;
use crate::branches::{self, Branch, NotJudged};
use crate::cited::{Cited, cited, files};
use crate::commits::Commits;
use crate::extents::{code, fingerprint};
use crate::git::Repo;
use crate::switches::{self, Unknown};
use crate::touches::changed;

/// What is wrong, most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A release's branch has not the commits that its switches say, or has too many.
    Switch,
    /// A cited function is not in its file.
    Citation,
    /// A commit of a branch alone touches a cited function, and no switch knows it.
    BranchOnly,
    /// A cited function is not what it was when the model last looked.
    Changed,
    /// A later minor release was stamped.
    NewerMinor,
}

impl Kind {
    /// All of them, in order.
    pub const ALL: [Kind; 5] = [
        Kind::Switch,
        Kind::Citation,
        Kind::BranchOnly,
        Kind::Changed,
        Kind::NewerMinor,
    ];

    /// Its name for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Switch => "switch",
            Kind::Citation => "citation",
            Kind::BranchOnly => "branch-only",
            Kind::Changed => "changed",
            Kind::NewerMinor => "newer-minor",
        }
    }
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// What kind.
    pub kind: Kind,
    /// The release.
    pub release: String,
    /// The switch, function or commit.
    pub what: String,
    /// What is wrong with it.
    pub detail: String,
}

/// What an audit found.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// Releases that were judged.
    pub judged: Vec<Branch>,
    /// Releases that were not.
    pub not_judged: Vec<NotJudged>,
    /// The list, by kind and release.
    pub items: Vec<Item>,
    /// Commits of switches that the clone does not have.
    pub unknown: Vec<String>,
    /// Number of fingerprints that were compared.
    pub functions: usize,
    /// What to write where a person accepts the list: fingerprints of today, and commits.
    pub accept: Accepted,
}

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Names of releases, in the model's order.
    pub releases: Vec<String>,
    /// Release and branch, where the user names it.
    pub branches: Vec<(String, String)>,
    /// What was accepted before.
    pub accepted: Accepted,
}

/// Audits the model by the clone `repo`.
///
/// # Errors
/// When git fails, or a named branch does not exist.
pub fn audit(repo: &Repo, asked: &Asked) -> Result<Audit, SourceError> {
    let mut found = Audit {
        accept: asked.accepted.clone(),
        ..Audit::default()
    };
    let (heads, missing) = branches::heads(repo, &asked.releases, &asked.branches)?;
    found.not_judged = missing;
    if heads.is_empty() {
        return Ok(found);
    }
    let master = branches::reference(repo, "master").map(|(_, hash)| hash);
    let mut all: Vec<&str> = heads.iter().map(|(_, _, head)| head.as_str()).collect();
    all.extend(master.as_deref());
    let commits = Commits::read(repo, &all)?;
    let on_master = master.and_then(|hash| commits.find(&hash));
    let on_master = on_master.map(|n| commits.reach(n));
    let cited = cited();
    let mut unknown = Unknown::new();
    for head in &heads {
        let branch = match branches::place(&commits, head) {
            Ok(branch) => branch,
            Err(why) => {
                found.not_judged.push(why);
                continue;
            }
        };
        let of = commits.find(&branch.of).map(|n| commits.reach(n));
        let reached = of.unwrap_or_default();
        let judged = switches::judge(&commits, &branch, &reached, &mut unknown);
        found.items.extend(judged);
        functions(repo, &cited, &branch, asked, &mut found)?;
        if let Some(on_master) = &on_master {
            let alone = Alone {
                repo,
                cited: &cited,
                commits: &commits,
                on_master,
                branch: &branch,
            };
            alone.judge(&asked.accepted, &mut found)?;
        }
        newer(&branch, &mut found.items);
        found.judged.push(branch);
    }
    found.unknown = unknown.into_iter().map(str::to_owned).collect();
    found.items.sort_by_key(|item| item.kind);
    Ok(found)
}

fn newer(branch: &Branch, items: &mut Vec<Item>) {
    if let Some(newer) = &branch.newer {
        items.push(Item {
            kind: Kind::NewerMinor,
            release: branch.release.clone(),
            what: newer.clone(),
            detail: format!("the model is of `{}`", branch.of_what),
        });
    }
}

/// Each cited function: is it there, and what it was?
fn functions(
    repo: &Repo,
    cited: &[Cited],
    branch: &Branch,
    asked: &Asked,
    found: &mut Audit,
) -> Result<(), SourceError> {
    let mut texts: BTreeMap<&str, Option<String>> = BTreeMap::new();
    let mut changes: Option<BTreeMap<(String, String), Vec<String>>> = None;
    for one in cited {
        let Some((function, file)) = one.in_release(&branch.release) else {
            continue;
        };
        if !texts.contains_key(file) {
            texts.insert(file, repo.file(&branch.head, file)?);
        }
        let item = |kind, detail| Item {
            kind,
            release: branch.release.clone(),
            what: format!("{function} ({file})"),
            detail,
        };
        let text = texts.get(file).and_then(Option::as_ref);
        let Some(code) = text.and_then(|text| code(text, function)) else {
            let what = if text.is_some() {
                "function there"
            } else {
                "file"
            };
            let detail = format!("{} has no such {what}", branch.name);
            found.items.push(item(Kind::Citation, detail));
            continue;
        };
        found.functions += 1;
        let print = fingerprint(&code);
        let key = (one.file.to_owned(), one.function.to_owned());
        let before = asked.accepted.functions.get(&key);
        let before = before.and_then(|by| by.get(&branch.release));
        if before != Some(&print) {
            let detail = if before.is_none() {
                "nobody has compared it with the model yet".to_owned()
            } else {
                if changes.is_none() {
                    changes = Some(since(repo, cited, branch)?);
                }
                let key = (file.to_owned(), function.to_owned());
                let by = changes.as_ref().and_then(|c| c.get(&key));
                by.map_or_else(
                    || format!("changed; compare it in {}", branch.name),
                    |by| format!("changed by {}", by.join(", ")),
                )
            };
            found.items.push(item(Kind::Changed, detail));
        }
        let by_release = found.accept.functions.entry(key).or_default();
        by_release.insert(branch.release.clone(), print);
    }
    Ok(())
}

/// Which commits after the one that the model is of changed which cited functions.
fn since(
    repo: &Repo,
    cited: &[Cited],
    branch: &Branch,
) -> Result<BTreeMap<(String, String), Vec<String>>, SourceError> {
    let range = format!("{}..{}", branch.of, branch.head);
    let mut arguments = vec!["log", "--no-merges", "--format=%H %s", &range, "--"];
    let files = files(cited);
    arguments.extend(&files);
    let text = repo.run(&arguments)?;
    let mut by: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (hash, subject) in text.lines().filter_map(|line| line.split_once(' ')) {
        for function in changed(repo, &format!("{hash}^"), hash, cited)? {
            let name = format!("{hash:.10} \"{subject}\"");
            by.entry(function).or_default().push(name);
        }
    }
    Ok(by)
}

/// Looks for commits of a branch alone.
struct Alone<'a> {
    repo: &'a Repo,
    cited: &'a [Cited],
    commits: &'a Commits,
    on_master: &'a [bool],
    branch: &'a Branch,
}

impl Alone<'_> {
    fn judge(&self, accepted: &Accepted, found: &mut Audit) -> Result<(), SourceError> {
        let mut touching = Vec::new();
        for n in self.candidates()? {
            let hash = &self.commits.rows[n].hash;
            let key = (self.branch.release.clone(), hash[..10].to_owned());
            if accepted.commits.contains_key(&key) {
                continue;
            }
            let touched = changed(self.repo, &format!("{hash}^"), hash, self.cited)?;
            if !touched.is_empty() {
                touching.push((n, key, touched));
            }
        }
        if touching.is_empty() {
            return Ok(());
        }
        let hashes = touching
            .iter()
            .map(|(n, _, _)| self.commits.rows[*n].hash.as_str());
        let same = self.same_patches(&hashes.collect::<Vec<_>>())?;
        for (n, key, touched) in touching {
            let row = &self.commits.rows[n];
            if same.contains(&row.hash) {
                continue;
            }
            let names: Vec<String> = touched.into_iter().map(|(_, name)| name).collect();
            found.items.push(Item {
                kind: Kind::BranchOnly,
                release: self.branch.release.clone(),
                what: format!("{} \"{}\"", key.1, row.subject),
                detail: format!("changes {}; not on master, in no switch", names.join(", ")),
            });
            found.accept.commits.insert(key, row.subject.clone());
        }
        Ok(())
    }

    /// Commits of the branch that touch modelled files, whose subject master does not have, and
    /// that no switch knows.
    fn candidates(&self) -> Result<Vec<usize>, SourceError> {
        let Some(text) = self.log(&["--format=%H"])? else {
            return Ok(Vec::new());
        };
        let known = switches::registered(self.commits);
        let found = text.lines().filter_map(|hash| self.commits.find(hash));
        let elsewhere = |n: &usize| {
            let same = self.commits.with_subject(&self.commits.rows[*n].subject);
            same.iter().any(|&m| self.on_master[m])
        };
        Ok(found
            .filter(|n| !elsewhere(n) && !known.contains(n))
            .collect())
    }

    /// `git log` of what the branch has and master has not, in modelled files.
    fn log(&self, options: &[&str]) -> Result<Option<String>, SourceError> {
        let Some((master, _)) = branches::reference(self.repo, "master") else {
            return Ok(None);
        };
        let not = format!("^{master}");
        let head = self.branch.head.as_str();
        let mut arguments = vec!["log", "--no-merges"];
        arguments.extend(options);
        arguments.extend([head, &not, "--"]);
        let files = files(self.cited);
        arguments.extend(&files);
        self.repo.run(&arguments).map(Some)
    }

    /// Which of `hashes` master has with the same patch and another subject.
    fn same_patches(&self, hashes: &[&str]) -> Result<BTreeSet<String>, SourceError> {
        let Some((master, _)) = branches::reference(self.repo, "master") else {
            return Ok(BTreeSet::new());
        };
        let files = files(self.cited);
        let own = [&["--no-walk"], hashes, &["--"], &files[..]].concat();
        let own = self.repo.patch_ids(&own)?;
        let not = format!("^{}", self.branch.head);
        let theirs = [&[master.as_str(), not.as_str(), "--"], &files[..]].concat();
        let theirs = self.repo.patch_ids(&theirs)?;
        let theirs: BTreeSet<String> = theirs.into_iter().map(|(id, _)| id).collect();
        let same = own.into_iter().filter(|(id, _)| theirs.contains(id));
        Ok(same.map(|(_, hash)| hash).collect())
    }
}
