//! The summary as text, at most 100 columns but for names that are longer.

use std::fmt::Write as _;

use super::{Ending, Summary, Violation};

/// Violations of one kind that are told one by one.
const SHOWN: usize = 20;

/// For a terminal.
#[must_use]
pub fn text(s: &Summary) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "Night of {} UTC, seed {}, shutcheck {} (build {})",
        s.date, s.seed, s.version, s.build
    );
    let _ = writeln!(out, "{}\n", verdict(s));
    out += &parts(s);
    let new: Vec<&Violation> = s.with("new").collect();
    section(&mut out, "New violations", &new, |v| {
        let note = format!("{}\n    {}", v.message, v.command());
        format!("  {}\n    {note}\n", v.key)
    });
    section(&mut out, "Fixed since", &s.fixed, |key| format!("  {key}\n"));
    section(&mut out, "Flaky", &s.flaky, |(unit, key, one, other)| {
        format!("  {key}\n    {unit} said `{one}` and `{other}`\n")
    });
    section(&mut out, "Our bugs", &s.panicked, |(unit, why)| {
        format!("  {unit}\n    {why}\n")
    });
    section(&mut out, "Inconclusive", &s.inconclusive, |(key, why)| {
        format!("  {key}: {why}\n")
    });
    out += &trend(s);
    out
}

/// For a page: the text in a block.
#[must_use]
pub fn markdown(s: &Summary) -> String {
    let text = text(s);
    let (title, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let (verdict, rest) = rest.split_once('\n').unwrap_or((rest, ""));
    let rest = rest.trim_matches('\n');
    format!("# {title}\n\n**{verdict}**\n\n```\n{rest}\n```\n")
}

fn verdict(s: &Summary) -> String {
    let known = s.with("known").count();
    let accepted = s.with("accepted").count();
    let new = s.with("new").count();
    let mut words = vec![format!("{new} new"), format!("{known} known")];
    if accepted > 0 {
        words.push(format!("{accepted} accepted"));
    }
    words.push(format!("{} fixed", s.fixed.len()));
    words.push(format!("{} flaky", s.flaky.len()));
    let left = match s.left() {
        0 => String::new(),
        n => format!("; {n} planned units not run"),
    };
    let unfinished = match s.unfinished.as_slice() {
        [] => String::new(),
        shards => format!("; not finished: {}", shards.join(", ")),
    };
    let first = match (s.trend.len(), s.ending) {
        (0 | 1, Ending::New) => "; the first night: there is nothing before it to compare with",
        _ => "",
    };
    format!("Violations: {}{left}{unfinished}{first}", words.join(", "))
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

fn section<T>(out: &mut String, title: &str, rows: &[T], told: impl Fn(&T) -> String) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title} ({})", rows.len());
    for row in rows.iter().take(SHOWN) {
        *out += &told(row);
    }
    if rows.len() > SHOWN {
        let _ = writeln!(
            out,
            "  … and {} more: they are in the database",
            rows.len() - SHOWN
        );
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
