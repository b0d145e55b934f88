//! Whether a release's branch has the commits that its switches say.

use std::collections::BTreeSet;

use model::design::Design;
use model::releases::release;
use model::switches::{Change, SWITCHES, Switch};

use crate::audit::{Item, Kind};
use crate::branches::Branch;
use crate::commits::Commits;

/// Commits of switches that the clone does not have: they cannot be looked for.
pub(crate) type Unknown = BTreeSet<&'static str>;

/// Each switch of `branch`'s release against the commits that `reached` says it has.
pub(crate) fn judge(
    commits: &Commits,
    branch: &Branch,
    reached: &[bool],
    unknown: &mut Unknown,
) -> Vec<Item> {
    let Some(design) = release(&branch.release) else {
        return Vec::new();
    };
    let mut items = Vec::new();
    for switch in SWITCHES {
        for change in switch.changes.iter().filter(|c| is_hash(c.source)) {
            let Some(must) = expected(switch, change, &design) else {
                continue;
            };
            let Some(n) = commits.find(change.source) else {
                unknown.insert(change.source);
                continue;
            };
            let has = present(commits, change, n, &branch.release, reached);
            let back = undone_by(switch, change).and_then(|c| Some((c, commits.find(c.source)?)));
            let back = back.map(|(c, n)| present(commits, c, n, &branch.release, reached));
            // A value that was taken away and came back is there with both commits and with none.
            let neither = has.is_none() && matches!(back, Some(None));
            if has.is_some() == must || neither {
                continue;
            }
            let subject = &commits.rows[n].subject;
            let value = switch.value(&design);
            let (of, release) = (&branch.of_what, &branch.release);
            let detail = match has {
                None => format!("not in {} up to {of}, by hash or by subject", branch.name),
                Some(hash) => format!("in {} up to {of}, as {hash:.10}", branch.name),
            };
            items.push(Item {
                kind: Kind::Switch,
                release: release.clone(),
                what: format!("{} = {value}", switch.name),
                detail: format!("{} \"{subject}\" is {detail}", change.source),
            });
        }
    }
    items
}

/// Whether a source is a commit, and not a mail.
pub(crate) fn is_hash(source: &str) -> bool {
    source.len() >= 7 && source.chars().all(|c| c.is_ascii_hexdigit())
}

/// Whether a release with this value must have the commit of `change`; `None`: its value does not
/// say. It must, if the commit leads to the value; it must not, if the commit leads away from it.
fn expected(switch: &Switch, change: &Change, design: &Design) -> Option<bool> {
    let value = switch.value(design);
    let mut values = vec![value];
    let mut before = value;
    while let Some(step) = switch.changes.iter().find(|c| c.after == before) {
        if step == change {
            return Some(true);
        }
        if values.contains(&step.before) {
            break;
        }
        before = step.before;
        values.push(before);
    }
    (change.before == value).then_some(false)
}

/// The change of `switch` that goes the way of `change` back.
fn undone_by<'a>(switch: &'a Switch, change: &Change) -> Option<&'a Change> {
    let mut changes = switch.changes.iter();
    changes.find(|c| c.before == change.after && c.after == change.before)
}

/// The hash by which the release has the commit: its own, that of its branch, or that of a commit
/// with the same subject; unless it was reverted there.
fn present<'a>(
    commits: &'a Commits,
    change: &Change,
    n: usize,
    release: &str,
    reached: &[bool],
) -> Option<&'a str> {
    let on_branch = change.backpatches().iter();
    let on_branch = on_branch.filter(|(r, _)| *r == release);
    let on_branch = on_branch.filter_map(|(_, hash)| commits.find(hash));
    let subject = &commits.rows[n].subject;
    // A commit of this subject that the registry has as another change is of another shape.
    let other = |n: usize| {
        let changes = SWITCHES.iter().flat_map(|s| s.changes);
        let mut others = changes.filter(|c| c.source != change.source);
        others.any(|c| names(c).any(|hash| commits.rows[n].hash.starts_with(hash)))
    };
    let same = commits.with_subject(subject).iter().copied();
    let same = same.filter(|&n| !other(n));
    let mut all: Vec<usize> = std::iter::once(n).chain(on_branch).chain(same).collect();
    all.retain(|&n| reached[n]);
    all.sort_unstable();
    all.dedup();
    let again = |word: &str| {
        let same = commits
            .with_subject(&format!("{word} \"{subject}\""))
            .iter();
        same.filter(|&&n| reached[n]).count()
    };
    let alive = all.len() + again("Reapply") > again("Revert");
    let first = all.first().filter(|_| alive)?;
    Some(&commits.rows[*first].hash)
}

/// What a change's commit is called, on master and on branches.
fn names(change: &Change) -> impl Iterator<Item = &'static str> + use<> {
    let on_branches = change.backpatches().iter().map(|(_, hash)| *hash);
    std::iter::once(change.source).chain(on_branches)
}

/// Hashes that the registry knows: each change's own and those of branches.
pub(crate) fn registered(commits: &Commits) -> BTreeSet<usize> {
    let hashes = SWITCHES.iter().flat_map(|s| s.changes).flat_map(names);
    let mut found: BTreeSet<usize> = hashes.filter_map(|h| commits.find(h)).collect();
    let subjects: Vec<String> = found
        .iter()
        .map(|&n| commits.rows[n].subject.clone())
        .collect();
    for subject in subjects {
        found.extend(commits.with_subject(&subject));
    }
    found
}

#[cfg(test)]
mod tests {
    use model::releases::release;
    use model::switches::switch;

    use super::{expected, is_hash, present};
    use crate::commits::Commits;

    /// A history of three commits on 17; the first is not in 17.
    fn history(subjects: [&str; 3]) -> (Commits, Vec<bool>) {
        let [master, second, third] = subjects;
        let text = format!(
            "e0b2eed04710000\t\t3\t{master}\nbbbbbbbbbb\tcccccccccc\t2\t{second}\n\
             cccccccccc\t\t1\t{third}\n"
        );
        let commits = Commits::parse(&text);
        let reached = commits.find("bbbbbbb").map(|n| commits.reach(n));
        (commits, reached.expect("it is there"))
    }

    fn has(subjects: [&str; 3]) -> bool {
        let (commits, reached) = history(subjects);
        let save = &switch("slot-save").expect("it is there").changes[0];
        let n = commits.find(save.source).expect("it is there");
        present(&commits, save, n, "pg17", &reached).is_some()
    }

    #[test]
    fn a_commit_is_found_by_its_subject_and_lost_by_a_revert() {
        assert!(!has(["Save", "Other", "Another"]));
        assert!(has(["Save", "Other", "Save"]));
        assert!(!has(["Save", "Revert \"Save\"", "Save"]));
        assert!(has(["Save", "Save", "Another"]));
    }

    #[test]
    fn a_value_says_which_commits_must_be_there() {
        let flush = switch("stop-flush").expect("it is there");
        let must = |name: &str, n: usize| {
            expected(flush, &flush.changes[n], &release(name).expect("a release"))
        };
        assert_eq!([0, 1, 2].map(|n| must("pg18", n)), [Some(true); 3]);
        let of_9_6 = [Some(true), Some(false), None];
        assert_eq!([0, 1, 2].map(|n| must("pg9.6", n)), of_9_6);
        assert!(is_hash("e0b2eed047") && !is_hash("2023-07-21"));
    }
}
