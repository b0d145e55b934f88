//! `source touches --branches`: all open patches, each against its merge base with master.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::SourceError;
use crate::branches;
use crate::cited::{Cited, Function};
use crate::extents::fingerprint;
use crate::git::Repo;
use crate::touches::{Touched, base, changed};

/// One branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name, without `refs/heads/`.
    pub branch: String,
    /// The subject of its last commit.
    pub subject: String,
    /// Functions that it changes.
    pub functions: BTreeSet<Function>,
    /// Why it could not be judged.
    pub failed: Option<String>,
}

/// Judges all branches of a pattern, and keeps each result in `journal` as it comes: a branch that
/// has not moved is not judged again. `told` hears of each branch.
///
/// # Errors
/// When no branch fits, or the journal cannot be written.
pub fn watch(
    repo: &Repo,
    pattern: &str,
    cited: &[Cited],
    journal: Option<&Path>,
    told: &dyn Fn(usize, usize),
) -> Result<Vec<Row>, SourceError> {
    let refs = [
        format!("refs/heads/{pattern}"),
        format!("refs/remotes/origin/{pattern}"),
    ];
    let format = "--format=%(objectname) %(refname) %(contents:subject)";
    let text = repo.run(&["for-each-ref", format, &refs[0], &refs[1]])?;
    let lines: Vec<&str> = text.lines().collect();
    let Some((_, master)) = branches::reference(repo, "master") else {
        let help = "fetch `master`: open patches are compared with it";
        return Err(SourceError::new("the clone has no branch `master`", help));
    };
    if lines.is_empty() {
        let help = "give a pattern as `cf/*`; `git branch -a` lists branches";
        return Err(SourceError::new(
            format!("no branch fits `{pattern}`"),
            help,
        ));
    }
    let names: Vec<String> = cited
        .iter()
        .flat_map(|c| c.names().map(|(n, f)| format!("{f} {n}")))
        .collect();
    let model = fingerprint(&names.join("\n"));
    let known = journal.map(read).unwrap_or_default();
    let mut rows = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        told(n, lines.len());
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().unwrap_or_default();
        let (hash, name, subject) = (word(), word(), word());
        let name = name.trim_start_matches("refs/heads/");
        let name = name.trim_start_matches("refs/remotes/origin/");
        let mut row = Row {
            branch: name.to_owned(),
            subject: subject.to_owned(),
            functions: BTreeSet::new(),
            failed: None,
        };
        let key = format!("{name} {hash} {master} {model}");
        if let Some(functions) = known.get(&key) {
            row.functions.clone_from(functions);
            rows.push(row);
            continue;
        }
        let judged = base(repo, &master, hash).and_then(|old| changed(repo, &old, hash, cited));
        match judged {
            Ok(functions) => row.functions = functions,
            Err(error) => row.failed = Some(error.message),
        }
        if let (Some(path), None) = (journal, &row.failed) {
            keep(path, &key, &row.functions)?;
        }
        rows.push(row);
    }
    Ok(rows)
}

/// What a journal has. A line that was cut short is left out, and judged again.
fn read(path: &Path) -> BTreeMap<String, BTreeSet<Function>> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let one = |line: &str| {
        let line: Value = serde_json::from_str(line).ok()?;
        let key = line["key"].as_str()?.to_owned();
        let functions = line["functions"].as_array()?.iter().map(|pair| {
            let word = |n: usize| pair[n].as_str().map(str::to_owned);
            Some((word(0)?, word(1)?))
        });
        Some((key, functions.collect::<Option<BTreeSet<Function>>>()?))
    };
    text.lines().filter_map(one).collect()
}

fn keep(path: &Path, key: &str, functions: &BTreeSet<Function>) -> Result<(), SourceError> {
    let line = json!({ "key": key, "functions": functions });
    let file = OpenOptions::new().create(true).append(true).open(path);
    let written = file.and_then(|mut file| file.write_all(format!("\n{line}").as_bytes()));
    written.map_err(|error| {
        let message = format!("cannot write `{}`: {error}", path.display());
        SourceError::new(message, "give `--journal FILE` a file that can be written")
    })
}

/// The table for people: branches that touch something, those that touch most first.
#[must_use]
pub fn text(rows: &[(Row, Touched)]) -> String {
    let mut text = String::from("steps switches scenarios findings  branch\n");
    let touched = rows.iter().filter(|(_, t)| !t.is_empty());
    for (row, t) in touched.clone() {
        let functions: Vec<&str> = row
            .functions
            .iter()
            .map(|(_, name)| name.as_str())
            .collect();
        text += &format!(
            "{:5} {:8} {:9} {:8}  {} {}: {}\n",
            t.steps.len(),
            t.switches.len(),
            t.scenarios.len(),
            t.findings.len(),
            row.branch,
            row.subject,
            functions.join(", "),
        );
    }
    for (row, _) in rows {
        if let Some(why) = &row.failed {
            text += &format!("not judged: {}: {why}\n", row.branch);
        }
    }
    text += &format!(
        "\n{} of {} branches touch the model\n",
        touched.count(),
        rows.len()
    );
    text += "next: `shutcheck source touches --repo DIR BRANCH` names steps and scenarios of one\n";
    text
}

/// The table for programs.
#[must_use]
pub fn json(rows: &[(Row, Touched)]) -> Value {
    let rows = rows.iter().map(|(row, touched)| {
        let mut value = touched.json(&row.branch);
        value["subject"] = json!(row.subject);
        value["functions"] = json!(row.functions);
        value["failed"] = json!(row.failed);
        value
    });
    Value::Array(rows.collect())
}
