//! The commits of all branches, in memory.

use std::collections::BTreeMap;

use crate::SourceError;
use crate::git::Repo;

/// A commit.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its whole hash.
    pub(crate) hash: String,
    parents: Vec<usize>,
    /// When it was committed, in seconds since 1970.
    pub(crate) time: i64,
    /// The first line of its message.
    pub(crate) subject: String,
}

/// Commits, newest first.
#[derive(Debug, Default)]
pub(crate) struct Commits {
    pub(crate) rows: Vec<Row>,
    by_hash: BTreeMap<String, usize>,
    by_subject: BTreeMap<String, Vec<usize>>,
}

impl Commits {
    /// All that can be reached from `heads`.
    pub(crate) fn read(repo: &Repo, heads: &[&str]) -> Result<Commits, SourceError> {
        let arguments = [&["log", "--format=%H%x09%P%x09%ct%x09%s"], heads, &["--"]].concat();
        Ok(Commits::parse(&repo.run(&arguments)?))
    }

    /// Lines of hash, parents, time and subject, with tabs between them.
    pub(crate) fn parse(text: &str) -> Commits {
        let mut commits = Commits::default();
        for (n, line) in text.lines().enumerate() {
            let hash = line.split('\t').next().unwrap_or_default();
            commits.by_hash.insert(hash.to_owned(), n);
        }
        for (n, line) in text.lines().enumerate() {
            let mut fields = line.splitn(4, '\t');
            let mut field = || fields.next().unwrap_or_default();
            let (hash, parents, time, subject) = (field(), field(), field(), field());
            let parents = parents.split(' ');
            let known = |p: &str| commits.by_hash.get(p).copied();
            commits.rows.push(Row {
                hash: hash.to_owned(),
                parents: parents.filter_map(known).collect(),
                time: time.parse().unwrap_or_default(),
                subject: subject.to_owned(),
            });
            let same = commits.by_subject.entry(subject.to_owned()).or_default();
            same.push(n);
        }
        commits
    }

    /// The commit whose hash begins with `hash`.
    pub(crate) fn find(&self, hash: &str) -> Option<usize> {
        let mut from = self.by_hash.range(hash.to_owned()..);
        let (found, n) = from.next()?;
        found.starts_with(hash).then_some(*n)
    }

    /// All commits with this subject.
    pub(crate) fn with_subject(&self, subject: &str) -> &[usize] {
        self.by_subject.get(subject).map_or(&[], Vec::as_slice)
    }

    /// For each commit, whether it can be reached from `head`.
    pub(crate) fn reach(&self, head: usize) -> Vec<bool> {
        let mut reached = vec![false; self.rows.len()];
        let mut open = vec![head];
        while let Some(n) = open.pop() {
            if !std::mem::replace(&mut reached[n], true) {
                open.extend(&self.rows[n].parents);
            }
        }
        reached
    }
}
