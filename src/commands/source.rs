//! `source`: what PostgreSQL's branches and patches say of the model.

use std::path::Path;

use model::releases::RELEASES;
use source::accepted::{Accepted, PATH};
use source::audit::{Asked, audit};
use source::git::Repo;
use source::touches::{Map, change, changed};
use source::{SourceError, patch, show, watch};

use super::{Outcome, search};
use crate::cli::Cli;
use crate::cli::source::{Audit, Source, Touches};
use crate::exit::Code;
use crate::input::InputError;
use crate::output;

/// Runs the command.
pub(super) fn run(cli: &Cli, what: &Source) -> Outcome {
    match what {
        Source::Audit(args) => run_audit(cli, args),
        Source::Touches(args) => run_touches(cli, args),
    }
}

impl From<SourceError> for InputError {
    fn from(error: SourceError) -> InputError {
        InputError::told(error.to_string())
    }
}

fn run_audit(cli: &Cli, args: &Audit) -> Outcome {
    let repo = Repo::open(&args.repo)?;
    let own = Path::new(PATH);
    let file = args
        .accepted
        .as_deref()
        .or_else(|| own.exists().then_some(own));
    let accepted = match file {
        Some(path) => Accepted::read(path)?,
        None => Accepted::built_in()?,
    };
    let asked = Asked {
        releases: releases(&args.releases)?,
        branches: args
            .branches
            .iter()
            .map(|text| branch(text))
            .collect::<Result<_, _>>()?,
        accepted,
    };
    let found = audit(&repo, &asked)?;
    if args.accept {
        let Some(path) = file else {
            return Err(InputError::new(
                &format!("there is no `{PATH}` here"),
                "run `--accept` in the project's tree, or give `--accepted FILE`",
            ));
        };
        std::fs::write(path, found.accept.text()).map_err(|error| {
            InputError::new(
                &format!("cannot write `{}`: {error}", path.display()),
                "give `--accepted FILE` a file that can be written",
            )
        })?;
        output::complain(&format!("note: wrote `{}`", path.display()));
    }
    let code = if !found.items.is_empty() {
        Code::Violated
    } else if !found.not_judged.is_empty() || !found.unknown.is_empty() {
        Code::Inconclusive
    } else {
        Code::Holds
    };
    let text = if search::is_json(cli) {
        format!("{:#}\n", show::json(&found))
    } else {
        show::text(&found)
    };
    Ok((text, code))
}

/// The releases that are asked for, all by default.
fn releases(names: &[String]) -> Result<Vec<String>, InputError> {
    if let Some(wrong) = names.iter().find(|n| !RELEASES.contains(&n.as_str())) {
        return Err(InputError::new(
            &format!("unknown release `{wrong}`"),
            &format!("the releases are {}", RELEASES.join(", ")),
        ));
    }
    let all = RELEASES.iter().map(|&r| r.to_owned());
    Ok(all
        .filter(|r| names.is_empty() || names.contains(r))
        .collect())
}

/// Reads `RELEASE=REF`.
fn branch(text: &str) -> Result<(String, String), InputError> {
    let pair = text.split_once('=');
    let pair = pair.filter(|(r, name)| RELEASES.contains(r) && !name.is_empty());
    let pair = pair.map(|(r, name)| (r.to_owned(), name.to_owned()));
    pair.ok_or_else(|| {
        InputError::new(
            &format!("`--branch {text}` names no release and branch"),
            "write `pg17=my-17`, a release and a branch, tag or commit of the clone",
        )
    })
}

fn run_touches(cli: &Cli, args: &Touches) -> Outcome {
    let repo = Repo::open(&args.repo)?;
    let mut map = Map::default();
    if let Some(pattern) = &args.branches {
        return run_watch(cli, &repo, &mut map, pattern, args.journal.as_deref());
    }
    let (name, functions) = if let Some(file) = &args.patch {
        let applied = patch::apply(&repo, file, &args.on, map.cited())?;
        let of = &applied.change;
        let functions = changed(&applied.repo, &of.old, &of.new, map.cited())?;
        (of.name.clone(), functions)
    } else {
        let of = change(&repo, args.change.as_deref().unwrap_or_default())?;
        let functions = changed(&repo, &of.old, &of.new, map.cited())?;
        (of.name, functions)
    };
    let touched = map.touched(&repo, &functions)?;
    let text = if search::is_json(cli) {
        format!("{:#}\n", touched.json(&name))
    } else {
        touched.text(&name)
    };
    Ok((text, some(!touched.is_empty())))
}

fn some(touched: bool) -> Code {
    if touched { Code::Violated } else { Code::Holds }
}

fn run_watch(
    cli: &Cli,
    repo: &Repo,
    map: &mut Map,
    pattern: &str,
    journal: Option<&Path>,
) -> Outcome {
    let told = |n: usize, of: usize| {
        if n.is_multiple_of(100) {
            output::complain(&format!("{n} of {of} branches"));
        }
    };
    let rows = watch::watch(repo, pattern, map.cited(), journal, &told)?;
    let mut all = Vec::new();
    for row in rows {
        let touched = map.touched(repo, &row.functions)?;
        all.push((row, touched));
    }
    all.sort_by_key(|(_, t)| std::cmp::Reverse(t.steps.len()));
    let any = all.iter().any(|(_, t)| !t.is_empty());
    let text = if search::is_json(cli) {
        format!("{:#}\n", watch::json(&all))
    } else {
        watch::text(&all)
    };
    Ok((text, some(any)))
}
