//! A counterexample of any machine: who did what, and which variables changed.
//!
//! The machines around the shutdown have no words of their own. A state is taken apart by its
//! fields' names, which are PostgreSQL's variables.

use std::fmt::{Debug, Write as _};

use model::machine::Machine;
use properties::{Counterexample, Property};

use crate::Style;
use crate::text::{alarm, hang};

/// A step as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who.
    pub actor: String,
    /// The C function.
    pub function: &'static str,
    /// Its file in PostgreSQL's tree.
    pub file: &'static str,
    /// The fields that changed.
    pub text: String,
}

/// The steps of a counterexample.
#[must_use]
pub fn lines<M: Machine>(machine: &M, counterexample: &Counterexample<M>) -> Vec<Line> {
    let mut before = &counterexample.initial;
    let mut told = Vec::new();
    for (step, after) in &counterexample.steps {
        let facts = machine.facts(*step);
        told.push(Line {
            actor: facts.actor,
            function: facts.function,
            file: facts.file,
            text: changes(before, after),
        });
        before = after;
    }
    told
}

/// The story of a broken promise.
#[must_use]
pub fn story<M: Machine>(
    machine: &M,
    property: &Property<M>,
    counterexample: &Counterexample<M>,
    style: Style,
) -> String {
    let title = format!("error[{}]: not kept: {}", property.id, property.sentence);
    let mut text = alarm(&hang(&title, 4, style), style) + "\n\nThe story\n";
    for (n, line) in lines(machine, counterexample).iter().enumerate() {
        if counterexample.loop_from == Some(n) {
            text += "And then, again and again for ever\n";
        }
        let words = format!("{}, {}: {}", line.actor, line.function, line.text);
        let _ = writeln!(text, "{:>4}. {}", n + 1, hang(&words, 6, style));
    }
    if counterexample.loop_from == Some(counterexample.steps.len()) {
        text += "And then nothing more.\n";
    }
    text += "\nThe broken promise\n";
    for (name, words) in [
        ("promise", property.sentence),
        ("made in", property.source),
        ("matters", property.matters),
    ] {
        let _ = writeln!(text, "  {name:<8} {}", hang(words, 11, style));
    }
    text
}

/// `field before -> after` for each field that differs.
fn changes<S: Debug>(before: &S, after: &S) -> String {
    let (before, after) = (fields(before), fields(after));
    let old = |path: &str| {
        let found = before.iter().find(|(p, _)| p == path);
        found.map_or("", |(_, value)| value.as_str())
    };
    let changed: Vec<String> = after
        .iter()
        .filter(|(path, value)| old(path) != value)
        .map(|(path, value)| match old(path) {
            "" => format!("{path} := {value}"),
            old => format!("{path} {old} -> {value}"),
        })
        .collect();
    changed.join("; ")
}

/// The leaves of a value, with the names on the way to each.
fn fields<S: Debug>(value: &S) -> Vec<(String, String)> {
    let mut path: Vec<(String, usize)> = Vec::new();
    let mut leaves = Vec::new();
    for line in format!("{value:#?}").lines() {
        let line = line.trim().trim_end_matches(',');
        if matches!(line, "}" | "]" | ")") {
            path.pop();
            continue;
        }
        let (name, value) = match line.split_once(": ") {
            Some((name, value)) => (name.to_owned(), value),
            None => (next_index(&mut path), line),
        };
        if let Some(opened) = value.strip_suffix(['{', '[', '(']) {
            let wrapper = line.ends_with('(');
            let outer = path.is_empty() && !opened.is_empty();
            path.push((
                if outer { String::new() } else { name },
                usize::from(wrapper) * WRAPPED,
            ));
        } else {
            let mut names: Vec<&str> = path.iter().map(|(name, _)| name.as_str()).collect();
            names.push(&name);
            names.retain(|name| !name.is_empty());
            leaves.push((names.join("."), value.to_owned()));
        }
    }
    leaves
}

/// Marks a level whose only child needs no name: `Some(…)`, `Lsn(…)`.
const WRAPPED: usize = usize::MAX;

/// The name of the next nameless child.
fn next_index(path: &mut [(String, usize)]) -> String {
    match path.last_mut() {
        Some((_, WRAPPED)) | None => String::new(),
        Some((_, n)) => {
            *n += 1;
            n.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    #[expect(dead_code, reason = "only their names and values are printed")]
    struct Inner {
        lsn: Option<u8>,
    }

    #[derive(Debug)]
    #[expect(dead_code, reason = "only their names and values are printed")]
    struct Outer {
        name: u8,
        list: [Inner; 2],
    }

    #[test]
    fn a_change_is_named_by_its_fields() {
        let state = |name, a, b| Outer {
            name,
            list: [Inner { lsn: a }, Inner { lsn: b }],
        };
        let told = changes(&state(1, None, Some(3)), &state(2, None, Some(4)));
        assert_eq!(told, "name 1 -> 2; list.2.lsn 3 -> 4");
        let told = changes(&state(1, None, None), &state(1, Some(7), None));
        assert_eq!(told, "list.1.lsn None -> 7");
    }
}
