//! Finds recorded shutdowns and what they were recorded from.

use std::io;
use std::path::{Path, PathBuf};

use sim::design_name;

use super::Trace;
use crate::NightlyError;

/// Where recorded shutdowns lie in the project's own tree, seen from its root.
const OWN: &str = "tests/recorded/traces";

/// The project's own traces; none where the command does not run in its tree.
pub(super) fn own() -> Result<Vec<Trace>, NightlyError> {
    let own = Path::new(OWN);
    if !own.is_dir() {
        return Ok(Vec::new());
    }
    let files = files(own).map_err(|e| NightlyError::read(own, &e))?;
    let traces = files.into_iter().filter_map(|(name, path)| {
        let design = design(&name)?;
        Some(Trace { name, path, design })
    });
    Ok(traces.collect())
}

/// The traces in a directory and below it, each with its name there, in order; or the one trace.
pub(super) fn files(path: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    if !path.is_dir() {
        path.metadata()?;
        let name = path.file_name().unwrap_or_default();
        return Ok(vec![(name.to_string_lossy().into_owned(), path.to_owned())]);
    }
    let mut open = vec![path.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory)? {
            let file = entry?.path();
            let name = file
                .strip_prefix(path)
                .unwrap_or(&file)
                .to_string_lossy()
                .into_owned();
            if file.is_dir() {
                open.push(file);
            } else if is_trace(&name) {
                found.push((name, file));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_trace(name: &str) -> bool {
    let plain = name.strip_suffix(".gz").unwrap_or(name);
    Path::new(plain).extension().is_some_and(|e| e == "jsonl")
}

/// The release that a name or its directory begins with: `17-standby.jsonl.gz`,
/// `17/standby/trace.jsonl`.
pub(super) fn design(name: &str) -> Option<String> {
    let major = name.split(['-', '/', '\\']).next()?;
    let design = format!("pg{major}");
    design_name::parse(&design).ok().map(|_| design)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_name_tells_the_release() {
        assert_eq!(
            super::design("17-standby.jsonl.gz").as_deref(),
            Some("pg17")
        );
        assert_eq!(
            super::design("18/standby/trace.jsonl").as_deref(),
            Some("pg18")
        );
        assert_eq!(super::design("standby.jsonl"), None);
    }
}
