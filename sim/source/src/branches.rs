//! Where a release is in a clone: its branch, and the commit of it that the model is of.

use model::citations::number;

use crate::SourceError;
use crate::commits::Commits;
use crate::git::Repo;

/// The day after the one that the releases are of: 2026-08-23, in seconds since 1970.
/// Source: the header of `model::releases`.
const AS_OF: i64 = 1_787_443_200;

/// A clone whose branch ends longer before that is too old to be judged by.
const OLD: i64 = 31 * 24 * 3600;

/// A release in a clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its name in the model.
    pub release: String,
    /// The branch, as git names it.
    pub name: String,
    /// Its last commit.
    pub head: String,
    /// The commit that the model is of.
    pub of: String,
    /// That commit's subject, where it stamps a minor release, or a date.
    pub of_what: String,
    /// A minor release that was stamped later.
    pub newer: Option<String>,
}

/// A release that cannot be judged, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotJudged {
    /// Its name in the model.
    pub release: String,
    /// Why, and what to do.
    pub why: String,
}

/// The name of a release's branch in PostgreSQL's repository.
#[must_use]
pub fn branch_of(release: &str) -> String {
    match release.strip_prefix("pg") {
        None => release.to_owned(),
        Some(version) => format!("REL_{version}_STABLE").replace("REL_9.", "REL9_"),
    }
}

/// The reference of `name`: a local branch, one of `origin`, or anything that git knows.
#[must_use]
pub fn reference(repo: &Repo, name: &str) -> Option<(String, String)> {
    let forms = ["refs/heads/", "refs/remotes/origin/", ""];
    let forms = forms.map(|form| format!("{form}{name}"));
    forms
        .into_iter()
        .find_map(|form| Some((form.clone(), repo.commit(&form)?)))
}

/// Releases with their branch and its head; and those that the clone does not have.
type Heads = (Vec<(String, String, String)>, Vec<NotJudged>);

/// The branch of each of `releases`; `named` has those that the user names.
///
/// # Errors
/// When a branch that the user names does not exist.
pub(crate) fn heads(
    repo: &Repo,
    releases: &[String],
    named: &[(String, String)],
) -> Result<Heads, SourceError> {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for release in releases {
        let given = named.iter().find(|(r, _)| r == release).map(|(_, b)| b);
        let name = given.cloned().unwrap_or_else(|| branch_of(release));
        match reference(repo, &name) {
            Some((name, head)) => found.push((release.clone(), name, head)),
            None if given.is_some() => {
                return Err(SourceError::new(
                    format!("`--branch {release}={name}`: the clone has no `{name}`"),
                    "give a branch, tag or commit of the clone; `git branch -a` lists branches",
                ));
            }
            None => missing.push(NotJudged {
                release: release.clone(),
                why: format!(
                    "the clone has no branch `{name}`; fetch it, or name one with `--branch \
                     {release}=REF`"
                ),
            }),
        }
    }
    Ok((found, missing))
}

/// The commit of `head`'s branch that the model is of: the last stamp of a minor release that is
/// not later than the model; without one, the last commit that is not.
pub(crate) fn place(
    commits: &Commits,
    (release, name, head): &(String, String, String),
) -> Result<Branch, NotJudged> {
    let judged = |why: String| NotJudged {
        release: release.clone(),
        why,
    };
    let Some(at) = commits.find(head) else {
        return Err(judged(format!("`{name}` has no commits")));
    };
    if commits.rows[at].time < AS_OF - OLD {
        return Err(judged(format!(
            "`{name}` ends more than a month before 2026-08-22, the day that the model is of; \
             fetch the clone again"
        )));
    }
    let reached = commits.reach(at);
    let own = || (0..commits.rows.len()).filter(|&n| reached[n]);
    let stamp = format!("Stamp {}.", number(release) / 10);
    let is_stamp = |n: usize| {
        let rest = commits.rows[n].subject.strip_prefix(&stamp);
        rest.is_some_and(|r| r.trim_end_matches('.').chars().all(|c| c.is_ascii_digit()))
    };
    let stamps: Vec<usize> = own().filter(|&n| is_stamp(n)).collect();
    let in_time = |n: &usize| commits.rows[*n].time < AS_OF;
    let stamped = stamps.iter().copied().find(|n| in_time(n));
    let last = stamped.or_else(|| own().find(in_time)).unwrap_or(at);
    let newest = stamps.first().copied().filter(|n| Some(*n) != stamped);
    let subject = |n: usize| commits.rows[n].subject.trim_end_matches('.').to_owned();
    Ok(Branch {
        release: release.clone(),
        name: name.clone(),
        head: head.clone(),
        of: commits.rows[last].hash.clone(),
        of_what: stamped.map_or_else(|| "2026-08-22".to_owned(), subject),
        newer: newest.map(subject),
    })
}
