//! A patch file as a change: applied to a tree in a directory of its own, never to the clone.

use std::path::{Path, PathBuf};

use crate::SourceError;
use crate::branches;
use crate::cited::{Cited, files};
use crate::git::Repo;
use crate::touches::Change;

/// A patch that was applied.
#[derive(Debug)]
pub struct Applied {
    /// The clone, with the patch's objects.
    pub repo: Repo,
    /// What it changes.
    pub change: Change,
    directory: PathBuf,
}

impl Drop for Applied {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Applies the patch in `file` to `on`, in modelled files only.
///
/// # Errors
/// When it cannot be read, is no patch, or does not fit.
pub fn apply(repo: &Repo, file: &Path, on: &str, cited: &[Cited]) -> Result<Applied, SourceError> {
    let name = file.display().to_string();
    let text = std::fs::read(file).map_err(|error| {
        let help = "give `--patch FILE` a patch, as `git format-patch` or `git diff` writes it";
        SourceError::new(format!("cannot read `{name}`: {error}"), help)
    })?;
    let Some((_, old)) = branches::reference(repo, on) else {
        let help = "give `--on REF` a branch, tag or commit of the clone";
        return Err(SourceError::new(format!("the clone has no `{on}`"), help));
    };
    let directory = std::env::temp_dir().join(format!("shutcheck-{}", std::process::id()));
    std::fs::create_dir_all(directory.join("objects")).map_err(|error| {
        let message = format!("cannot write `{}`: {error}", directory.display());
        SourceError::new(message, "let TMPDIR name a directory that can be written")
    })?;
    let mut applied = Applied {
        repo: repo.with_objects_in(&directory),
        change: Change {
            name: name.clone(),
            old: old.clone(),
            new: String::new(),
        },
        directory,
    };
    applied.repo.run(&["read-tree", &old])?;
    let includes: Vec<String> = files(cited)
        .iter()
        .map(|f| format!("--include={f}"))
        .collect();
    let mut arguments = vec!["apply", "--cached", "--whitespace=nowarn"];
    arguments.extend(includes.iter().map(String::as_str));
    arguments.push("-");
    applied.repo.run_with(&arguments, &text).map_err(|error| {
        SourceError::new(
            format!("`{name}` does not apply to `{on}`: {}", error.message),
            "give `--on REF` the branch or commit that it was made for, and a file as `git \
             format-patch` writes it",
        )
    })?;
    let tree = applied.repo.run(&["write-tree"])?;
    tree.trim().clone_into(&mut applied.change.new);
    Ok(applied)
}
