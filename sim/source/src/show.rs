//! How an audit, and what a change touches, look.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::audit::{Audit, Kind};

/// What to do about a kind of items.
fn advice(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Switch => (
            "values of switches that the branch contradicts",
            "correct the value in model/src/releases.rs, or the commit in model/src/switches",
        ),
        Kind::Citation => (
            "cited functions that are not there",
            "correct the step's row, or say in model/src/citations.rs what it was called",
        ),
        Kind::BranchOnly => (
            "commits of a branch alone that change cited functions",
            "read each: it is a switch, or it changes nothing that is modelled (`--accept`)",
        ),
        Kind::Changed => (
            "functions that changed since the model last looked",
            "compare each with its steps, mend the model, then give `--accept`",
        ),
        Kind::NewerMinor => (
            "minor releases later than the model",
            "work off the rest of the list, then move the date in sim/source/src/branches.rs",
        ),
    }
}

/// The audit for people: the list by kind, then the summary, then what to do next.
#[must_use]
pub fn text(audit: &Audit) -> String {
    let mut text = String::new();
    for kind in Kind::ALL {
        let items: Vec<_> = audit.items.iter().filter(|i| i.kind == kind).collect();
        if items.is_empty() {
            continue;
        }
        let (what, todo) = advice(kind);
        let _ = writeln!(
            text,
            "{} ({}): {what}\n  = help: {todo}",
            kind.name(),
            items.len()
        );
        for item in items {
            let _ = writeln!(text, "  {:7} {}: {}", item.release, item.what, item.detail);
        }
        text.push('\n');
    }
    for branch in &audit.judged {
        let mine = audit.items.iter().filter(|i| i.release == branch.release);
        let _ = writeln!(
            text,
            "{:7} {:.10} of {} (the model is of {}): {}",
            branch.release,
            branch.head,
            branch.name,
            branch.of_what,
            counted(mine.count(), "item")
        );
    }
    for missing in &audit.not_judged {
        let _ = writeln!(text, "{:7} not judged: {}", missing.release, missing.why);
    }
    if !audit.unknown.is_empty() {
        let _ = writeln!(
            text,
            "not judged: {} of switches that the clone does not have: {}",
            counted(audit.unknown.len(), "commit"),
            audit.unknown.join(", ")
        );
    }
    let _ = writeln!(
        text,
        "\n{} on the list; {} compared, in {}",
        counted(audit.items.len(), "item"),
        counted(audit.functions, "function"),
        counted(audit.judged.len(), "release"),
    );
    let next = match (audit.items.first(), audit.not_judged.is_empty()) {
        (Some(item), _) => format!(
            "start with the first item; `shutcheck source audit --repo DIR --release {}` judges \
             its release alone",
            item.release
        ),
        (None, true) => "nothing to do".to_owned(),
        (None, false) => "fetch the branches that are not judged".to_owned(),
    };
    let _ = writeln!(text, "next: {next}");
    text
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The audit for programs.
#[must_use]
pub fn json(audit: &Audit) -> Value {
    let items = audit.items.iter().map(|item| {
        json!({
            "kind": item.kind.name(), "release": item.release,
            "what": item.what, "detail": item.detail,
        })
    });
    let judged = audit.judged.iter().map(|b| {
        json!({
            "release": b.release, "branch": b.name, "head": b.head,
            "model-is-of": b.of, "model-is-of-what": b.of_what,
        })
    });
    let missing = audit.not_judged.iter();
    let missing = missing.map(|m| json!({ "release": m.release, "why": m.why }));
    json!({
        "items": items.collect::<Vec<_>>(),
        "judged": judged.collect::<Vec<_>>(),
        "not-judged": missing.collect::<Vec<_>>(),
        "unknown-commits": audit.unknown,
        "functions": audit.functions,
    })
}
