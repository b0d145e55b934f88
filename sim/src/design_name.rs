//! Names of designs: a release or the proposal, plus or minus switches and commits.
//!
//! ```text
//! NAME   = BASE ( "+" SWITCH [ "=" VALUE ] | "+" COMMIT | "-" SWITCH | "-" COMMIT )*
//! BASE   = RELEASE | "proposal-2023-07-21" [ "@" RELEASE ]
//! ```
//!
//! `-COMMIT` takes a fix away: every switch that it moved goes back to the value before; `+COMMIT`
//! gives one that the base lacks. A commit is its hash on master or on any branch, seven digits or
//! more. A plus or minus sign begins a change only where a switch or commit follows, since names
//! have hyphens in them.

use std::fmt;

use model::design::{Design, SavedBy};
use model::releases::{PROPOSAL, PROPOSAL_BASE, RELEASES, proposal, release};
use model::switches::{SWITCHES, Switch, hashes, moved_by, switch};

/// Why a design's name is not one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesignNameError {
    /// The name, as given.
    pub name: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl fmt::Display for DesignNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", self.message)?;
        writeln!(f, "  --> design `{}`", self.name)?;
        write!(f, "   = help: {}", self.help)
    }
}

impl std::error::Error for DesignNameError {}

/// The design that `name` stands for.
///
/// # Errors
/// When the base, a switch, a value or a commit is unknown, or the result cannot be built.
pub fn parse(name: &str) -> Result<Design, DesignNameError> {
    let fail = |message: String, help: String| DesignNameError {
        name: name.to_owned(),
        message,
        help,
    };
    let (mut design, mut rest) = base(name).ok_or_else(|| {
        fail(
            format!("unknown design `{name}`"),
            format!("a design begins with {} or `{PROPOSAL}`", quoted(&RELEASES)),
        )
    })?;
    while !rest.is_empty() {
        let (word, tail) = next_change(rest);
        design = apply(design, word).map_err(|(message, help)| fail(message, help))?;
        rest = tail;
    }
    if design.saved_by == SavedBy::Checkpointer && !design.checkpointer_exits_last {
        return Err(fail(
            "`saved-by=checkpointer` needs a checkpointer that exits last".to_owned(),
            "put the proposal on a release that has it, as in `proposal-2023-07-21@pg18+saved-by=\
             checkpointer`, or add `+checkpointer-exits-last`"
                .to_owned(),
        ));
    }
    Ok(design)
}

fn quoted(names: &[&str]) -> String {
    names
        .iter()
        .map(|n| format!("`{n}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The base design, and what follows its name.
fn base(name: &str) -> Option<(Design, &str)> {
    if let Some(rest) = name.strip_prefix(PROPOSAL) {
        let (release_name, rest) = match rest.strip_prefix('@') {
            Some(rest) => split_release(rest)?,
            None => (PROPOSAL_BASE, rest),
        };
        return Some((proposal(release(release_name)?), rest)).filter(|(_, r)| begins_change(r));
    }
    let (release_name, rest) = split_release(name)?;
    Some((release(release_name)?, rest))
}

fn split_release(text: &str) -> Option<(&str, &str)> {
    let fits = |r: &&&str| text.strip_prefix(**r).is_some_and(begins_change);
    let found = RELEASES.iter().filter(fits).max_by_key(|r| r.len())?;
    Some((found, &text[found.len()..]))
}

fn begins_change(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['+', '-'])
}

/// The first change of `rest` with its sign, and what follows.
fn next_change(rest: &str) -> (&str, &str) {
    let ends = rest
        .char_indices()
        .skip(1)
        .filter(|&(_, c)| c == '+' || c == '-');
    let end = ends
        .map(|(i, _)| i)
        .find(|&i| is_word(&rest[1..i]) && starts_known(&rest[i + 1..]));
    rest.split_at(end.unwrap_or(rest.len()))
}

/// Whether `word` is a whole change, so that a sign behind it begins the next one.
fn is_word(word: &str) -> bool {
    let name = word.split_once('=').map_or(word, |(name, _)| name);
    switch(name).is_some_and(|s| match word.split_once('=') {
        Some((_, value)) => s.values.contains(&value),
        None => true,
    }) || is_commit(word)
}

fn is_commit(word: &str) -> bool {
    !hashes(word).is_empty()
}

/// Whether a known switch or commit begins `rest`.
fn starts_known(rest: &str) -> bool {
    let word = rest.split(['+', '-']).next().unwrap_or(rest);
    let dates = SWITCHES.iter().flat_map(|s| s.changes).map(|c| c.source);
    is_commit(word)
        || SWITCHES
            .iter()
            .map(|s| s.name)
            .chain(dates)
            .any(|name| rest.starts_with(name))
}

fn apply(design: Design, change: &str) -> Result<Design, (String, String)> {
    let (sign, word) = change.split_at(1);
    let add = sign == "+";
    match hashes(word)[..] {
        [] => {}
        [hash] => return Ok(apply_commit(design, hash, add)),
        [first, second, ..] => {
            let help = format!("write more digits: it may be {first} or {second}");
            return Err((format!("commit `{word}` is ambiguous"), help));
        }
    }
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    let Some(found) = switch(name) else {
        return Err((format!("unknown switch or commit `{name}`"), nearest(name)));
    };
    let value = match value {
        Some(value) if add => value,
        Some(_) => {
            let help = format!("write `+{name}=VALUE` to set it");
            return Err((
                format!("`-{word}` gives a value to a switch taken away"),
                help,
            ));
        }
        None if found.is_boolean() => {
            if add {
                "on"
            } else {
                "off"
            }
        }
        None if add => {
            let help = format!("its values are {}", quoted(found.values));
            return Err((format!("switch `{name}` needs a value"), help));
        }
        None => before_last_change(found, &design),
    };
    found.with(design, value).ok_or_else(|| {
        let help = format!("its values are {}", quoted(found.values));
        (format!("switch `{name}` has no value `{value}`"), help)
    })
}

/// What the commit moved, there or back. Back means all that stands for it on any branch.
fn apply_commit(mut design: Design, hash: &str, add: bool) -> Design {
    let sources = moved_by(hash, !add);
    for s in SWITCHES {
        for change in s.changes.iter().filter(|c| sources.contains(&c.source)) {
            let value = if add { change.after } else { change.before };
            design = s.with(design, value).unwrap_or(design);
        }
    }
    design
}

/// The value that a many-valued switch had before the change that gave it its present one.
fn before_last_change<'a>(s: &'a Switch, design: &Design) -> &'a str {
    let value = s.value(design);
    s.changes
        .iter()
        .rev()
        .find(|c| c.after == value)
        .map_or(s.values[0], |c| c.before)
}

fn nearest(name: &str) -> String {
    let common = |s: &&Switch| name.split('-').filter(|part| s.name.contains(part)).count();
    match SWITCHES.iter().max_by_key(common).filter(|s| common(s) > 0) {
        Some(s) => format!(
            "did you mean `{}`? `shutcheck list switches` shows all",
            s.name
        ),
        None => "`shutcheck list switches` shows all".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use model::design::{SlotSave, StopPhases, WalKeptBy};

    #[test]
    fn names_compose() {
        assert_eq!(
            parse("pg17-e0b2eed047").unwrap().slot_save,
            SlotSave::IfDirty
        );
        assert_eq!(
            parse("pg16-c6c3334364").unwrap().stop_phases,
            StopPhases::One
        );
        let d = parse("proposal-2023-07-21@pg18-early-stats+saved-by=checkpointer").unwrap();
        assert!(d.checkpointer_exits_last && d.logical_stopping && !d.early_stats);
        assert_eq!(parse("pg17-2023-07-21").unwrap(), parse("pg17").unwrap());
        assert!(
            !parse("proposal-2023-07-21-stopping-idles")
                .unwrap()
                .stopping_idles
        );
    }

    #[test]
    fn a_commit_is_its_hash_on_any_branch() {
        let before = parse("pg16-e5ed873b1b").unwrap();
        assert!(!before.candidate_else_if);
        for name in [
            "pg16-f353911337",
            "pg16-f353911",
            "pg16-f353911337cf0c291527528a9b21941a1a83fead",
        ] {
            assert_eq!(parse(name).unwrap(), before, "{name}");
        }
        assert_eq!(
            parse("pg16-f353911337+e5ed873").unwrap(),
            parse("pg16").unwrap()
        );
        let two = parse("pg17-e0b2eed-f353911-early-stats").unwrap();
        assert!(two.slot_save == SlotSave::IfDirty && !two.candidate_else_if);
        assert_eq!(
            parse("pg18+2090edc6f3").unwrap().wal_kept_by,
            WalKeptBy::MemoryBeforeSave
        );
        assert!(parse("pg18+a8f45dee91").unwrap().stop_timeout);
        assert!(parse("pg16-f35391").is_err());
    }

    #[test]
    fn errors_say_what_to_do() {
        let unknown = parse("pg17+early-stat").unwrap_err().to_string();
        assert!(unknown.contains("did you mean `early-stats`"), "{unknown}");
        assert!(parse("pg42").is_err());
        assert!(
            parse("pg17+slot-save")
                .unwrap_err()
                .help
                .contains("if-dirty")
        );
        assert!(parse("proposal-2023-07-21+saved-by=checkpointer").is_err());
    }
}
