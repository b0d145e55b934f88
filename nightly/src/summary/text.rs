//! The summary as text, at most 100 columns but for names that are longer.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Summary, Violation};

/// Rows of a section at most: it shall be read in a minute, the rest is in the database.
const SHOWN: usize = 12;

/// Designs of a row at most.
const DESIGNS: usize = 6;

/// For a terminal.
#[must_use]
pub fn text(s: &Summary) -> String {
    let mut out = title(s) + "\n\n" + &verdict(s) + "\n";
    out += &parts(s);
    let new: Vec<&Violation> = s.with("new").collect();
    section(
        &mut out,
        "New violations",
        new.len(),
        &by_property(&new),
        |group| {
            let v = group[0];
            format!(
                "{}    {}: {}\n    {}\n",
                row(group),
                v.key,
                v.message,
                command(v)
            )
        },
    );
    let fixed = &s.fixed;
    section(&mut out, "Fixed", fixed.len(), fixed, |key| {
        format!("  {key}\n")
    });
    section(
        &mut out,
        "Flaky",
        s.flaky.len(),
        &s.flaky,
        |(unit, key, one, other)| format!("  {key}\n    {unit} said `{one}` and `{other}`\n"),
    );
    section(
        &mut out,
        "Our bugs",
        s.panicked.len(),
        &s.panicked,
        |(unit, why)| format!("  {unit}\n    {why}\n"),
    );
    let undecided = &s.inconclusive;
    section(&mut out, "Inconclusive", undecided.len(), undecided, |u| {
        format!("  {} ({}): {}\n", u.unit, u.verdicts, u.message)
    });
    let first: Vec<&Violation> = s.with("first").collect();
    let groups = by_property(&first);
    let heading = "Violated, and never judged before";
    section(&mut out, heading, first.len(), &groups, |group| row(group));
    out += &trend(s);
    out
}

/// For a page: the text in a block.
#[must_use]
pub fn markdown(s: &Summary) -> String {
    let text = text(s);
    let rest = text
        .split_once('\n')
        .map_or("", |(_, rest)| rest)
        .trim_matches('\n');
    format!(
        "# Night of {} UTC\n\n```\n{}\n\n{rest}\n```\n",
        s.date,
        title(s)
    )
}

fn title(s: &Summary) -> String {
    format!(
        "Night of {} UTC, seed {}, shutcheck {} (build {})",
        s.date, s.seed, s.version, s.build
    )
}

/// What is to be known, in a few sentences, each a line.
fn verdict(s: &Summary) -> String {
    let mut out = String::new();
    let words: Vec<String> = ["new", "first", "known", "accepted"]
        .into_iter()
        .map(|status| {
            let word = if status == "first" {
                "judged for the first time"
            } else {
                status
            };
            format!("{} {word}", s.with(status).count())
        })
        .collect();
    let _ = writeln!(out, "Violations: {}.", words.join(", "));
    let since = match s.trend.len() {
        0 | 1 => "The first night: there is none to compare with.".to_owned(),
        _ => format!(
            "Since the last nights: {} fixed, {} flaky.",
            s.fixed.len(),
            s.flaky.len()
        ),
    };
    let _ = writeln!(out, "{since}");
    if s.left() > 0 {
        let planned: u64 = s.parts.iter().filter_map(|row| row.planned).sum();
        let _ = writeln!(
            out,
            "Not run within the budget: {} of {planned} planned units; the next night begins with \
             them.",
            s.left()
        );
    }
    if !s.unfinished.is_empty() {
        let _ = writeln!(out, "Not finished: {}.", s.unfinished.join(", "));
    }
    out
}

fn parts(s: &Summary) -> String {
    let mut out = format!(
        "{:<10} {:>7} {:>9} {:>9} {:>9} {:>5}\n",
        "part", "units", "planned", "minutes", "violated", "new"
    );
    for row in &s.parts {
        let planned = row.planned.map_or("-".to_owned(), |n| n.to_string());
        let _ = writeln!(
            out,
            "{:<10} {:>7} {planned:>9} {:>9.1} {:>9} {:>5}",
            row.part, row.done, row.minutes, row.violated, row.new
        );
    }
    out
}

/// Groups of one property each, the largest first.
fn by_property<'a>(violations: &[&'a Violation]) -> Vec<Vec<&'a Violation>> {
    let mut groups: BTreeMap<&str, Vec<&Violation>> = BTreeMap::new();
    for v in violations {
        groups.entry(&v.property).or_default().push(v);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    groups
}

/// `  no-deadlock (8): pg17, pg18`
fn row(group: &[&Violation]) -> String {
    let mut designs: Vec<&str> = group.iter().map(|v| v.design.as_str()).collect();
    designs.sort_unstable();
    designs.dedup();
    let shown = designs[..designs.len().min(DESIGNS)].join(", ");
    let more = match designs.len().saturating_sub(DESIGNS) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!("  {} ({}): {shown}{more}\n", group[0].property, group.len())
}

/// A long one goes over two lines, as a shell reads it.
fn command(v: &Violation) -> String {
    let command = v.command();
    match command.rfind(" --") {
        Some(at) if command.len() > 96 => {
            format!("{} \\\n     {}", &command[..at], &command[at..])
        }
        _ => command,
    }
}

fn section<T>(
    out: &mut String,
    title: &str,
    count: usize,
    rows: &[T],
    told: impl Fn(&T) -> String,
) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title} ({count})");
    for row in rows.iter().take(SHOWN) {
        *out += &told(row);
    }
    if rows.len() > SHOWN {
        let more = rows.len() - SHOWN;
        let _ = writeln!(out, "  … and {more} more: they are in the database");
    }
}

fn trend(s: &Summary) -> String {
    let mut out = format!(
        "\n{:<17} {:>7} {:>9} {:>5} {:>6} {:>13}\n",
        "night", "units", "violated", "new", "fixed", "inconclusive"
    );
    for row in &s.trend {
        let _ = writeln!(
            out,
            "{:<17} {:>7} {:>9} {:>5} {:>6} {:>13}",
            row.date, row.units, row.violated, row.new, row.fixed, row.inconclusive
        );
    }
    out
}
