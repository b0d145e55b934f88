//! What is wrong with a scenario file, where, and what to do.

use std::fmt;
use std::ops::Range;

use super::words::{nearest, quoted};

/// Why a scenario file was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// The file, as the caller named it.
    pub origin: String,
    /// Line in the file, from 1.
    pub line: usize,
    /// Column in the line, from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The line itself.
    pub source_line: String,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", self.message)?;
        writeln!(f, "  --> {}:{}:{}", self.origin, self.line, self.column)?;
        writeln!(f, "   | {}", self.source_line)?;
        write!(f, "   = help: {}", self.help)
    }
}

impl std::error::Error for ScenarioError {}

/// Bytes of the file.
pub(crate) type Span = Range<usize>;

/// Something wrong, before line and column are known.
#[derive(Clone, Debug)]
pub struct Problem {
    span: Span,
    message: String,
    help: String,
}

impl Problem {
    /// What is wrong at `span`, and what to do.
    pub fn new(span: Span, message: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem {
            span,
            message: message.into(),
            help: help.into(),
        }
    }
}

/// A file.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Its name in diagnostics.
    pub origin: &'a str,
    /// What it says.
    pub text: &'a str,
}

impl Source<'_> {
    /// `problem` with its line and column.
    #[must_use]
    pub fn error(self, problem: Problem) -> ScenarioError {
        let before = self.text.get(..problem.span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let rest = self.text.get(line_start..).unwrap_or_default();
        ScenarioError {
            origin: self.origin.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: problem.message,
            help: problem.help,
            source_line: rest
                .lines()
                .next()
                .unwrap_or_default()
                .trim_end()
                .to_owned(),
        }
    }

    /// What the TOML reader or a word of ours found.
    #[must_use]
    pub fn toml_error(self, mut error: toml::de::Error) -> ScenarioError {
        let span = error.span().unwrap_or_default();
        let message = error.message().to_owned();
        // Without its input, the error's own text ends in the path of keys: in `walsender.peer`.
        error.set_input(None);
        let whole = error.to_string();
        let path = whole
            .strip_prefix(&message)
            .and_then(|rest| rest.split('`').nth(1));
        let key = path
            .and_then(|path| path.rsplit('.').next())
            .unwrap_or_default();
        let (message, help) = explain(&message, key);
        self.error(Problem {
            span,
            message,
            help,
        })
    }
}

/// The reader's message in our words, and what to do. `key` is where the value stands, or empty.
fn explain(message: &str, key: &str) -> (String, String) {
    let of_key = if key.is_empty() {
        String::new()
    } else {
        format!(" for `{key}`")
    };
    if let Some((message, help)) = message.split_once('\n') {
        return (format!("{message}{of_key}"), help.to_owned());
    }
    let mut names = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field") {
        let name = names.next().unwrap_or_default();
        return (
            format!("unknown key `{name}`"),
            unknown_key_help(name, &names.collect::<Vec<_>>()),
        );
    }
    if message.starts_with("missing field") {
        let name = names.next().unwrap_or_default();
        let help = format!("add a line `{name} = ...` to this section");
        return (format!("missing key `{name}`"), help);
    }
    let wrong = message
        .strip_prefix("invalid type: ")
        .and_then(|m| m.split_once(", expected "));
    if let Some((found, expected)) = wrong {
        let message = format!("wrong value{of_key}: {}", found.replace(" as i128", ""));
        return (message, format!("give {}", in_toml_words(expected, key)));
    }
    if message == "duplicate key" {
        let help = "remove one of the two; only `[[walsender]]`, `[[backend]]` and \
                    `[[worker]]` may repeat";
        return ("this key is there twice".to_owned(), help.to_owned());
    }
    let help = "the file is TOML: lines `key = value`, sections `[[walsender]]`, `[[backend]]` and \
                `[faults]`; strings stand in double quotes";
    (format!("not TOML: {message}"), help.to_owned())
}

fn unknown_key_help(name: &str, known: &[&str]) -> String {
    match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`? the keys here are {}", quoted(known)),
        None => format!("the keys here are {}", quoted(known)),
    }
}

fn in_toml_words(expected: &str, key: &str) -> String {
    match expected {
        "a boolean" => "`true` or `false`".to_owned(),
        "a string" => "a text in double quotes".to_owned(),
        "a sequence" if matches!(key, "walsender" | "backend" | "worker") => {
            format!("each its own section, headed `[[{key}]]`")
        }
        "a sequence" => "a list in brackets".to_owned(),
        other => other.to_owned(),
    }
}
