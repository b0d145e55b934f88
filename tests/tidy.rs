//! House rules that the compiler does not know: the one-way flow, sizes, citations, papers.

use std::path::{Path, PathBuf};

use model::steps::STEPS;

/// All files below `directory` with this ending.
fn files(directory: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::from(directory)];
    while let Some(next) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&next) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn sources() -> Vec<PathBuf> {
    let rooms = [
        "engine",
        "dataflow",
        "model",
        "properties",
        "sim",
        "reports",
        "nightly",
        "src",
        "tests",
    ];
    rooms.iter().flat_map(|room| files(room, "rs")).collect()
}

#[test]
fn dependencies_follow_the_arrows() {
    let allowed: [(&str, &[&str]); 8] = [
        ("engine", &[]),
        ("dataflow", &["engine"]),
        ("model", &[]),
        ("properties", &["model"]),
        ("sim", &["engine", "dataflow", "model", "properties"]),
        ("reports", &["model", "properties"]),
        ("nightly", &["model", "properties", "sim"]),
        ("sim/source", &["model"]),
    ];
    let rooms = allowed.map(|(room, _)| room);
    for (room, may) in allowed {
        let manifest = text(&Path::new(room).join("Cargo.toml"));
        let dependencies = manifest
            .split("[dev-dependencies]")
            .next()
            .unwrap_or_default();
        for other in rooms {
            let package = other.rsplit('/').next().unwrap_or_default();
            let depends = dependencies.contains(&format!("{package}.workspace"));
            assert!(
                !depends || may.contains(&other),
                "`{room}` must not depend on `{other}`"
            );
        }
    }
}

#[test]
fn model_and_properties_know_no_world_outside() {
    let banned = [
        "std::time",
        "std::thread",
        "std::fs",
        "std::env",
        "std::io",
        "rand::",
        "println!",
    ];
    for room in ["model/src", "properties/src"] {
        for path in files(room, "rs") {
            let code = text(&path);
            for word in banned {
                assert!(!code.contains(word), "{} uses `{word}`", path.display());
            }
            let door = path == Path::new("model/src/sync.rs");
            for word in ["std::sync", "loom::", "core::sync"] {
                let uses = code.contains(word) && !door;
                assert!(!uses, "{} uses `{word}` itself", path.display());
            }
        }
    }
}

/// The machines do not know how shared memory is made, nor the reverse.
#[test]
fn shared_memory_is_a_room_of_its_own() {
    for path in files("model/src", "rs") {
        let code = text(&path);
        if path.starts_with("model/src/shmem") {
            for line in code.lines().filter(|l| l.starts_with("use crate::")) {
                let own = ["use crate::shmem::", "use crate::sync::"];
                let knows = own.iter().any(|o| line.starts_with(o));
                assert!(knows, "{}: {line}", path.display());
            }
        } else {
            let uses = code.contains("crate::shmem") || code.contains("crate::sync");
            assert!(!uses, "{} uses shared memory", path.display());
        }
    }
    for path in files("model/tests", "rs") {
        let loom = path
            .file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with("loom_"));
        let code = text(&path);
        let first = code
            .lines()
            .find(|l| !l.is_empty() && !l.starts_with("//!"));
        let gated = first == Some("#![cfg(loom)]");
        assert_eq!(
            loom,
            gated,
            "{}: `#![cfg(loom)]` comes first",
            path.display()
        );
    }
}

/// A case that is left to loom names a test that is there.
#[test]
fn cases_for_loom_have_their_tests() {
    let tests: String = files("model/tests", "rs").iter().map(|p| text(p)).collect();
    let groups = sim::history::groups();
    let left_out = groups.iter().flat_map(|group| group.left_out);
    for (id, why) in left_out.filter(|(_, why)| why.contains("under loom")) {
        let mut words = why.split(|c: char| !c.is_alphanumeric() && c != '_');
        let named = words.any(|w| w.contains('_') && tests.contains(&format!("fn {w}()")));
        assert!(named, "{id} names no test: {why}");
    }
}

/// With `POSTGRES_SOURCE` set, what `shmem` cites of master must stand in the file it names.
#[test]
#[ignore = "needs a PostgreSQL source tree in POSTGRES_SOURCE"]
fn cited_functions_of_shared_memory_exist() {
    #[expect(clippy::disallowed_methods, reason = "names the tree that is checked")]
    let root = std::env::var("POSTGRES_SOURCE").expect("set POSTGRES_SOURCE to a source tree");
    let mut sources = files(&format!("{root}/src/backend"), "c");
    sources.extend(files(&format!("{root}/src/include"), "h"));
    let mut checked = 0;
    for path in files("model/src/shmem", "rs") {
        let code = text(&path)
            .replace("\n    /// ", " ")
            .replace("\n/// ", " ");
        for citation in code.split("Source: master ").skip(1) {
            let line = citation.lines().next().unwrap_or_default();
            let words: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
            let (file, functions) = words.split_first().expect("a citation names its file");
            let found = sources
                .iter()
                .filter(|s| s.to_string_lossy().ends_with(file));
            let found: String = found.map(|s| text(s)).collect();
            for function in functions.iter().filter(|f| !f.contains('.')) {
                checked += 1;
                let cited = format!("{}: {function} in {file}", path.display());
                let elsewhere = words.iter().filter(|w| w.contains('.')).count() > 1;
                assert!(
                    found.contains(function) || elsewhere,
                    "{cited} is not there"
                );
            }
        }
    }
    assert!(checked > 40, "only {checked} citations found");
}

#[test]
fn files_and_lines_are_short() {
    for path in sources() {
        let code = text(&path);
        let lines = code.lines().count();
        assert!(lines <= 400, "{} has {lines} lines", path.display());
        for (n, line) in code.lines().enumerate() {
            // A table in a comment has no place to break.
            let table = line.starts_with("//! |");
            let width = line.chars().count();
            assert!(
                table || width <= 100,
                "{}:{} is {width} wide",
                path.display(),
                n + 1
            );
        }
    }
}

#[test]
fn no_scenario_or_case_is_recognised_by_name() {
    let names = sim::scenarios::BUILT_IN
        .iter()
        .map(|b| format!("\"{}\"", b.name));
    let names: Vec<String> = names.collect();
    for path in files("model/src", "rs") {
        let code = text(&path);
        for name in &names {
            assert!(
                !code.contains(name.as_str()),
                "{} names scenario {name}",
                path.display()
            );
        }
    }
}

#[test]
fn each_step_has_a_function_of_its_name_and_a_citation() {
    let code: String = files("model/src", "rs").iter().map(|p| text(p)).collect();
    for step in STEPS {
        assert!(
            code.contains(&format!("pub fn {}(", step.name)),
            "no function `{}`",
            step.name
        );
        assert!(step.file.starts_with("src/backend/") && !step.function.is_empty());
    }
}

/// With `POSTGRES_SOURCE` set to a source tree, every cited function must stand in its file.
#[test]
#[ignore = "needs a PostgreSQL source tree in POSTGRES_SOURCE"]
fn cited_functions_exist() {
    #[expect(clippy::disallowed_methods, reason = "names the tree that is checked")]
    let root = std::env::var("POSTGRES_SOURCE").expect("set POSTGRES_SOURCE to a source tree");
    let stop = STEPS.iter().map(|step| (step.function, step.file));
    let slots = model::slot_life::steps::STEPS.iter();
    for (function, file) in stop.chain(slots.map(|step| (step.function, step.file))) {
        let path = Path::new(&root).join(file);
        let found = text(&path).contains(function);
        assert!(found, "{function} is not in {}", path.display());
    }
}

/// The commands, as `shutcheck --help` lists them.
const COMMANDS: [&str; 14] = [
    "verify", "compare", "ablate", "endings", "history", "validate", "simulate", "replay",
    "nightly", "merge", "explain", "serve", "source", "list",
];

#[test]
fn readme_shows_commands_that_exist() {
    let readme = text(Path::new("README.md"));
    for command in ["cargo run --release", "cargo test --workspace"] {
        assert!(readme.contains(command), "README does not show `{command}`");
    }
    for name in COMMANDS {
        let shown = readme.contains(&format!("-- {name} "));
        assert!(shown, "README does not show `{name}`");
    }
    for property in properties::PROPERTIES {
        assert!(
            readme.contains(property.id),
            "README does not name `{}`",
            property.id
        );
    }
}

#[test]
fn the_numbers_of_the_readme_are_those_of_the_program() {
    let groups = sim::history::groups();
    let cases = groups.iter().flat_map(|group| group.cases);
    let trials: usize = cases.clone().map(|case| case.trials.len()).sum();
    let left_out: usize = groups.iter().map(|group| group.left_out.len()).sum();
    let traces = files("tests/recorded/traces", "gz").len();
    let cases = cases.count();
    let readme = text(Path::new("README.md"));
    for said in [
        format!("# {cases} real cases, before and after"),
        format!("{cases} cases, {trials} trials, all as"),
        format!("{left_out} are left out with their reasons"),
        format!("{traces} recorded shutdowns of unpatched servers 12 to 18"),
    ] {
        assert!(readme.contains(&said), "README.md does not say `{said}`");
    }
}
