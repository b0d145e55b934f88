//! A clone of PostgreSQL, read with the `git` command.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::SourceError;

/// A clone: with or without a working tree, or a mirror.
#[derive(Debug)]
pub struct Repo {
    directory: PathBuf,
    /// Where a patch was put: objects beside the clone's own.
    beside: Option<PathBuf>,
    objects: PathBuf,
    files: RefCell<Option<Files>>,
}

/// A running `git cat-file --batch`.
#[derive(Debug)]
struct Files {
    child: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

impl Drop for Repo {
    fn drop(&mut self) {
        if let Some(files) = self.files.take() {
            let Files { mut child, ask, .. } = files;
            drop(ask);
            let _ = child.wait();
        }
    }
}

impl Repo {
    /// The clone in `directory`.
    ///
    /// # Errors
    /// When there is no `git`, or no repository.
    pub fn open(directory: &Path) -> Result<Repo, SourceError> {
        let absolute = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
        let mut repo = Repo {
            directory: absolute,
            beside: None,
            objects: PathBuf::new(),
            files: RefCell::new(None),
        };
        repo.run(&["rev-parse", "--git-dir"]).map_err(|error| {
            SourceError::new(
                format!("no git repository in `{}`", directory.display()),
                format!(
                    "give `--repo DIR` a clone of PostgreSQL, as `git clone --mirror \
                     https://git.postgresql.org/git/postgresql.git DIR` makes it ({})",
                    error.message
                ),
            )
        })?;
        let objects = repo.run(&["rev-parse", "--git-path", "objects"])?;
        repo.objects = repo.directory.join(objects.trim());
        Ok(repo)
    }

    /// The same clone, with an index and new objects in the directory `beside`: the clone itself is
    /// never written to.
    pub(crate) fn with_objects_in(&self, beside: &Path) -> Repo {
        Repo {
            directory: self.directory.clone(),
            beside: Some(beside.to_owned()),
            objects: self.objects.clone(),
            files: RefCell::new(None),
        }
    }

    /// `git` in this clone, and nowhere above it; what the caller's environment says of
    /// repositories does not count.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(name);
        }
        let above = self.directory.parent().unwrap_or(&self.directory);
        command
            .env("GIT_CEILING_DIRECTORIES", above)
            .env("LC_ALL", "C")
            .arg("-C")
            .arg(&self.directory)
            .args(["-c", "core.quotePath=false"])
            .args(arguments)
            .stdin(Stdio::null());
        if let Some(beside) = &self.beside {
            command
                .env("GIT_INDEX_FILE", beside.join("index"))
                .env("GIT_OBJECT_DIRECTORY", beside.join("objects"))
                .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &self.objects);
        }
        command
    }

    /// What `git` prints.
    ///
    /// # Errors
    /// When it cannot be started, or says no; then with its own first line.
    pub fn run(&self, arguments: &[&str]) -> Result<String, SourceError> {
        finish(self.command(arguments), arguments, None)
    }

    /// As [`Repo::run`], with something to read.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &[u8]) -> Result<String, SourceError> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped());
        finish(command, arguments, Some(input))
    }

    /// The patch-ids of commits: pairs of patch-id and hash. `log` are arguments of `git log -p`.
    pub(crate) fn patch_ids(&self, log: &[&str]) -> Result<Vec<(String, String)>, SourceError> {
        let arguments = [&["log", "-p", "--no-merges", "--no-ext-diff"], log].concat();
        let mut command = self.command(&arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| no_git(&error))?;
        let mut ids = self.command(&["patch-id", "--stable"]);
        if let Some(out) = child.stdout.take() {
            ids.stdin(out);
        }
        let text = finish(ids, &["patch-id"], None);
        let _ = child.wait();
        let pairs = text?;
        let pairs = pairs.lines().filter_map(|line| line.split_once(' '));
        Ok(pairs
            .map(|(id, hash)| (id.to_owned(), hash.to_owned()))
            .collect())
    }

    /// The full hash of the commit that `name` means.
    #[must_use]
    pub fn commit(&self, name: &str) -> Option<String> {
        let commit = format!("{name}^{{commit}}");
        let arguments = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ];
        let hash = self.run(&arguments).ok()?;
        Some(hash.trim().to_owned())
    }

    /// The file `path` of the commit or tree `at`. `None`: it is not there.
    ///
    /// # Errors
    /// When `git cat-file` cannot be run.
    pub fn file(&self, at: &str, path: &str) -> Result<Option<String>, SourceError> {
        let broken = |error: std::io::Error| {
            let help = "try again; `git fsck` says whether the clone is whole";
            SourceError::new(format!("`git cat-file --batch` ended: {error}"), help)
        };
        let mut slot = self.files.borrow_mut();
        if slot.is_none() {
            *slot = Some(self.start()?);
        }
        let Some(files) = slot.as_mut() else {
            return Ok(None);
        };
        writeln!(files.ask, "{at}:{path}").map_err(broken)?;
        files.ask.flush().map_err(broken)?;
        let mut head = String::new();
        files.answer.read_line(&mut head).map_err(broken)?;
        let mut words = head.trim_end().rsplit(' ');
        let (Some(size), Some("blob")) = (words.next(), words.next()) else {
            return Ok(None);
        };
        let size: usize = size.parse().unwrap_or_default();
        let mut bytes = vec![0; size + 1];
        files.answer.read_exact(&mut bytes).map_err(broken)?;
        bytes.pop();
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn start(&self) -> Result<Files, SourceError> {
        let mut command = self.command(&["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| no_git(&error))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(ask), Some(out)) => Ok(Files {
                child,
                ask,
                answer: BufReader::new(out),
            }),
            _ => Err(SourceError::new("`git` has no pipes", "try again")),
        }
    }
}

fn no_git(error: &std::io::Error) -> SourceError {
    SourceError::new(
        format!("cannot run `git`: {error}"),
        "install git, and see that it is in PATH",
    )
}

fn finish(
    mut command: Command,
    arguments: &[&str],
    input: Option<&[u8]>,
) -> Result<String, SourceError> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| no_git(&error))?;
    if let (Some(input), Some(mut pipe)) = (input, child.stdin.take()) {
        // What git does not read to the end it complains about itself.
        let _ = pipe.write_all(input);
    }
    let output = child.wait_with_output().map_err(|error| no_git(&error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().next().unwrap_or("it says nothing");
    let verb = arguments.first().copied().unwrap_or_default();
    Err(SourceError::new(
        format!("`git {verb}` failed: {first}"),
        "see that the clone is whole and that the names are those of the clone",
    ))
}
