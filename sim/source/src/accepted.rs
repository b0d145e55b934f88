//! What a person has looked at: a fingerprint for each cited function and release, and commits of
//! branches. A text file that is changed on purpose only, by `shutcheck source audit --accept`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::SourceError;

/// The file in the project's tree.
pub const PATH: &str = "sim/source/data/accepted.txt";

/// The file as it was when the command was built.
const BUILT_IN: &str = include_str!("../data/accepted.txt");

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Fingerprints, by file and function (of today), then by release.
    pub functions: BTreeMap<(String, String), BTreeMap<String, String>>,
    /// Commits of branches, by release and the first ten digits, with their subjects.
    pub commits: BTreeMap<(String, String), String>,
}

const HEAD: &str = "\
# What a person has compared with the model. `shutcheck source audit --accept` writes this file;
# docs/source.md says when to. `function FILE NAME RELEASE=FINGERPRINT …`, `-`: not there;
# `commit RELEASE HASH SUBJECT`: a commit of a branch alone that changes nothing modelled.
";

impl Accepted {
    /// The file that was built in.
    ///
    /// # Errors
    /// As [`Accepted::parse`].
    pub fn built_in() -> Result<Accepted, SourceError> {
        Accepted::parse(PATH, BUILT_IN)
    }

    /// The file `path`; an empty one if there is none.
    ///
    /// # Errors
    /// When it cannot be read, or a line is wrong.
    pub fn read(path: &Path) -> Result<Accepted, SourceError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Accepted::parse(&path.display().to_string(), &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Accepted::default()),
            Err(error) => Err(SourceError::new(
                format!("cannot read `{}`: {error}", path.display()),
                "give `--accepted FILE` a readable text file",
            )),
        }
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// When a line is neither a function nor a commit.
    pub fn parse(origin: &str, text: &str) -> Result<Accepted, SourceError> {
        let mut accepted = Accepted::default();
        for (n, line) in text.lines().enumerate() {
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if accepted.take(line).is_none() {
                return Err(SourceError::new(
                    format!("{origin}:{}: `{line}` is no accepted line", n + 1),
                    "restore the file from git, or write it again with `shutcheck source audit \
                     --accept`",
                ));
            }
        }
        Ok(accepted)
    }

    fn take(&mut self, line: &str) -> Option<()> {
        let (kind, rest) = line.split_once(' ')?;
        let (first, rest) = rest.split_once(' ')?;
        let (second, rest) = rest.split_once(' ')?;
        let key = (first.to_owned(), second.to_owned());
        match kind {
            "commit" => {
                self.commits.insert(key, rest.to_owned());
            }
            "function" => {
                let by_release = self.functions.entry(key).or_default();
                for pair in rest.split(' ') {
                    let (release, print) = pair.split_once('=')?;
                    by_release.insert(release.to_owned(), print.to_owned());
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// The file's text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        for ((file, function), by_release) in &self.functions {
            let pairs: Vec<String> = by_release.iter().map(|(r, p)| format!("{r}={p}")).collect();
            let _ = writeln!(text, "function {file} {function} {}", pairs.join(" "));
        }
        for ((release, hash), subject) in &self.commits {
            let _ = writeln!(text, "commit {release} {hash} {subject}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Accepted;

    #[test]
    fn what_is_written_is_read_and_a_wrong_line_is_named() {
        let built_in = Accepted::built_in();
        let again = built_in
            .clone()
            .and_then(|a| Accepted::parse("again", &a.text()));
        assert_eq!(again, built_in);
        let error = Accepted::parse("f.txt", "# x\nfunction a.c F pg17\n").expect_err("no `=`");
        assert!(error.message.starts_with("f.txt:2: "), "{error}");
    }
}
