//! The configuration: what a night judges beside the releases. `docs/nightly.md` has the keys.

mod traces;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use model::releases::RELEASES;
use serde::{Deserialize, Serialize};
use sim::checker::WALSENDERS_SEARCHED_MAX;
use sim::scenario_file::{self, Named, Problem, Source};
use sim::{design_name, scenarios};
use toml::Spanned;

use crate::NightlyError;
use crate::record::Accepted;
use crate::unit::{Part, stable_hash};

/// Walks of one unit, unless the file says otherwise.
const WALKS_PER_UNIT: u64 = 4000;

/// Transitions after which a search is given up, unless the file says otherwise.
const TRANSITIONS_MAX: u64 = 60_000_000;

/// A recorded shutdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Its path below the directory that was given, as the verdicts name it.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// The design that it must be a behaviour of.
    pub design: String,
}

/// What a night judges.
#[derive(Clone, Debug)]
pub struct Config {
    /// The parts that are run.
    pub parts: BTreeSet<Part>,
    /// All releases, then the designs of the file.
    pub designs: Vec<String>,
    /// Scenarios of the exhaustive searches: a built-in one's name, or a file with its scenario.
    pub scenarios: Vec<(String, Option<Named>)>,
    /// Recorded shutdowns, by name.
    pub traces: Vec<Trace>,
    /// Where schedules that broke a promise are kept; none: in the night's own directory.
    pub corpus: Option<PathBuf>,
    /// Walks of one unit.
    pub walks_per_unit: u64,
    /// Transitions after which a search is given up.
    pub transitions_max: u64,
    /// What is known and accepted.
    pub accepted: Vec<Accepted>,
    /// Hash of the file: nights of another configuration are others.
    pub hash: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawConfig {
    parts: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    designs: Vec<Spanned<String>>,
    #[serde(default)]
    releases: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    scenarios: Option<Vec<Spanned<String>>>,
    corpus: Option<String>,
    walks_per_unit: Option<Spanned<u64>>,
    transitions_max: Option<Spanned<u64>>,
    #[serde(default)]
    traces: Option<Vec<RawTraces>>,
    #[serde(default)]
    accepted: Vec<RawAccepted>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawTraces {
    path: Spanned<String>,
    design: Option<Spanned<String>>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawAccepted {
    key: Spanned<String>,
    reason: Spanned<String>,
}

/// The configuration without a file.
///
/// # Errors
/// When the project's own traces cannot be read.
pub fn default() -> Result<Config, NightlyError> {
    parse("(none)", "", Path::new("."))
}

/// The configuration in the file `path`. Paths in it are relative to its directory.
///
/// # Errors
/// When it cannot be read, or something in it is wrong; then with line, column and what to do.
pub fn read(path: &Path) -> Result<Config, NightlyError> {
    let text = std::fs::read_to_string(path).map_err(|e| NightlyError::read(path, &e))?;
    let base = path.parent().unwrap_or(Path::new("."));
    parse(&path.display().to_string(), &text, base)
}

/// The configuration that `text` describes. `origin` is its name in diagnostics, `base` the
/// directory of its paths.
///
/// # Errors
/// As [`read`].
pub fn parse(origin: &str, text: &str, base: &Path) -> Result<Config, NightlyError> {
    let reader = Reader {
        source: Source { origin, text },
        base,
    };
    let raw: RawConfig = toml::from_str(text).map_err(|e| reader.toml_error(e))?;
    let mut designs = match &raw.releases {
        None => RELEASES.map(str::to_owned).to_vec(),
        Some(names) => reader.designs(names)?,
    };
    designs.extend(reader.designs(&raw.designs)?);
    let mut seen = BTreeSet::new();
    designs.retain(|design| seen.insert(design.clone()));
    let at_least_one = |value: Option<Spanned<u64>>, default: u64| match value {
        None => Ok(default),
        Some(n) if *n.get_ref() == 0 => Err(reader.wrong(&n, "0 is too few", "give 1 or more")),
        Some(n) => Ok(n.into_inner()),
    };
    Ok(Config {
        parts: reader.parts(raw.parts.as_deref())?,
        designs,
        scenarios: reader.scenarios(raw.scenarios.as_deref())?,
        traces: reader.traces(raw.traces.as_deref())?,
        corpus: raw.corpus.map(|path| base.join(path)),
        walks_per_unit: at_least_one(raw.walks_per_unit, WALKS_PER_UNIT)?,
        transitions_max: at_least_one(raw.transitions_max, TRANSITIONS_MAX)?,
        accepted: reader.accepted(raw.accepted)?,
        hash: format!("{:016x}", stable_hash(text.as_bytes())),
    })
}

struct Reader<'a> {
    source: Source<'a>,
    base: &'a Path,
}

impl Reader<'_> {
    fn wrong<T>(&self, at: &Spanned<T>, message: &str, help: &str) -> NightlyError {
        let error = self.source.error(Problem::new(at.span(), message, help));
        NightlyError::told(error.to_string())
    }

    fn toml_error(&self, error: toml::de::Error) -> NightlyError {
        let mut error = self.source.toml_error(error);
        // The help for scenario files names their sections.
        if error.help.contains("[[walsender]]") {
            "the file is TOML: lines `key = value`, sections `[[traces]]` and `[[accepted]]`; \
             strings stand in double quotes"
                .clone_into(&mut error.help);
        }
        NightlyError::told(error.to_string())
    }

    fn parts(&self, names: Option<&[Spanned<String>]>) -> Result<BTreeSet<Part>, NightlyError> {
        let Some(names) = names else {
            return Ok(Part::ALL.into_iter().collect());
        };
        let one = |name: &Spanned<String>| {
            Part::named(name.get_ref()).ok_or_else(|| {
                let message = format!("unknown part `{}`", name.get_ref());
                let known = Part::ALL
                    .map(|part| format!("`{}`", part.name()))
                    .join(", ");
                self.wrong(name, &message, &format!("the parts are {known}"))
            })
        };
        names.iter().map(one).collect()
    }

    fn designs(&self, names: &[Spanned<String>]) -> Result<Vec<String>, NightlyError> {
        let one = |name: &Spanned<String>| match design_name::parse(name.get_ref()) {
            Ok(_) => Ok(name.get_ref().clone()),
            Err(error) => Err(self.wrong(name, &error.message, &error.help)),
        };
        names.iter().map(one).collect()
    }

    fn scenarios(
        &self,
        names: Option<&[Spanned<String>]>,
    ) -> Result<Vec<(String, Option<Named>)>, NightlyError> {
        let group = |named: Vec<Named>| named.into_iter().map(|n| (n.name, None)).collect();
        let parts = || {
            let parts = sim::parts::all().into_iter();
            parts.map(|(name, _)| (name.to_owned(), None))
        };
        let Some(names) = names else {
            let small: Vec<_> = group(scenarios::small());
            return Ok(small.into_iter().chain(parts()).collect());
        };
        let mut found: Vec<(String, Option<Named>)> = Vec::new();
        for name in names {
            match name.get_ref().as_str() {
                "default" => found.extend(group(scenarios::default_set())),
                "small" => found.extend(group(scenarios::small())),
                "parts" => found.extend(parts()),
                _ => found.push(self.scenario(name)?),
            }
        }
        let mut seen = BTreeSet::new();
        found.retain(|(name, _)| seen.insert(name.clone()));
        Ok(found)
    }

    fn scenario(&self, name: &Spanned<String>) -> Result<(String, Option<Named>), NightlyError> {
        let text = name.get_ref();
        let is_part = sim::parts::all().iter().any(|(part, _)| part == text);
        if is_part || scenarios::BUILT_IN.iter().any(|b| b.name == text) {
            return Ok((text.clone(), None));
        }
        let path = self.base.join(text);
        if path.extension().is_none_or(|e| e != "toml") {
            let help = "`shutcheck list scenarios` shows the built-in ones; `default`, `small` and \
                        `parts` are groups of them; a file's name ends in `.toml`";
            return Err(self.wrong(name, &format!("unknown scenario `{text}`"), help));
        }
        let read = std::fs::read_to_string(&path).map_err(|e| {
            let message = format!("cannot read `{}`: {e}", path.display());
            self.wrong(
                name,
                &message,
                "paths are relative to the configuration file",
            )
        })?;
        let named = scenario_file::parse(&path.display().to_string(), &read)
            .map_err(|e| NightlyError::told(e.to_string()))?;
        let walsenders = named.scenario.walsenders().count();
        if walsenders > WALSENDERS_SEARCHED_MAX {
            let message = format!("`{text}` has {walsenders} walsenders, too many for a search");
            let help = format!("give one with at most {WALSENDERS_SEARCHED_MAX}");
            return Err(self.wrong(name, &message, &help));
        }
        Ok((text.clone(), Some(named)))
    }

    fn traces(&self, asked: Option<&[RawTraces]>) -> Result<Vec<Trace>, NightlyError> {
        let Some(asked) = asked else {
            return traces::own();
        };
        let mut found = Vec::new();
        for entry in asked {
            if let Some(design) = &entry.design {
                self.designs(std::slice::from_ref(design))?;
            }
            let path = self.base.join(entry.path.get_ref());
            let files = traces::files(&path).map_err(|e| {
                let message = format!("cannot read `{}`: {e}", path.display());
                let help = "give a trace or a directory of traces, relative to the configuration \
                            file";
                self.wrong(&entry.path, &message, help)
            })?;
            if files.is_empty() {
                let message = format!("there is no trace in `{}`", path.display());
                let help = "a trace's name ends in `.jsonl` or `.jsonl.gz`: docs/traces.md";
                return Err(self.wrong(&entry.path, &message, help));
            }
            for (name, file) in files {
                let given = entry.design.as_ref().map(|d| d.get_ref().clone());
                let Some(design) = given.or_else(|| traces::design(&name)) else {
                    let message = format!("which design is `{}` of?", file.display());
                    let help = "add `design = \"pg17\"` to this section, or let name or directory \
                                begin with the major release, as `17-standby.jsonl.gz`";
                    return Err(self.wrong(&entry.path, &message, help));
                };
                let path = file;
                found.push(Trace { name, path, design });
            }
        }
        Ok(found)
    }

    fn accepted(&self, raw: Vec<RawAccepted>) -> Result<Vec<Accepted>, NightlyError> {
        let one = |raw: RawAccepted| {
            if raw.reason.get_ref().trim().is_empty() {
                let help = "say in a sentence why this may stay, for the one who reads it next";
                return Err(self.wrong(&raw.reason, "the reason is empty", help));
            }
            let part = raw.key.get_ref().split('/').next().unwrap_or_default();
            if part != "*" && Part::named(part).is_none() {
                let message = format!("`{}` is no key of a verdict", raw.key.get_ref());
                let help = "a key begins with its part, as the summary shows it: \
                            `judge/pg18/*/no-panic`, `walks/master/no-deadlock`";
                return Err(self.wrong(&raw.key, &message, help));
            }
            Ok(Accepted {
                key: raw.key.into_inner(),
                reason: raw.reason.into_inner(),
            })
        };
        raw.into_iter().map(one).collect()
    }
}
