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
    let allowed: [(&str, &[&str]); 7] = [
        ("engine", &[]),
        ("dataflow", &["engine"]),
        ("model", &[]),
        ("properties", &["model"]),
        ("sim", &["engine", "dataflow", "model", "properties"]),
        ("reports", &["model", "properties"]),
        ("nightly", &["model", "properties", "sim"]),
    ];
    let rooms = allowed.map(|(room, _)| room);
    for (room, may) in allowed {
        let manifest = text(&Path::new(room).join("Cargo.toml"));
        let dependencies = manifest
            .split("[dev-dependencies]")
            .next()
            .unwrap_or_default();
        for other in rooms {
            let depends = dependencies.contains(&format!("{other}.workspace"));
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
        }
    }
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
const COMMANDS: [&str; 13] = [
    "verify", "compare", "ablate", "endings", "history", "validate", "simulate", "replay",
    "nightly", "merge", "explain", "serve", "list",
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
