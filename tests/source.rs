//! `source` end to end, on a small repository with PostgreSQL's layout.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const WALSENDER: &str = "src/backend/replication/walsender.c";
const POSTMASTER: &str = "src/backend/postmaster/postmaster.c";

/// A repository of a test's own.
struct Clone(PathBuf);

impl Clone {
    fn new(test: &str) -> Clone {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("source-{test}"));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        let clone = Clone(path);
        clone.git(&["init", "-q", "-b", "master"]);
        clone.write(WALSENDER, "done();");
        clone.commit("Start");
        clone
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        for (name, value) in [
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_AUTHOR_NAME", "a"),
            ("GIT_AUTHOR_EMAIL", "a@b"),
            ("GIT_COMMITTER_NAME", "a"),
            ("GIT_COMMITTER_EMAIL", "a@b"),
            ("GIT_AUTHOR_DATE", "2026-08-01T00:00:00Z"),
            ("GIT_COMMITTER_DATE", "2026-08-01T00:00:00Z"),
        ] {
            git.env(name, value);
        }
        let output = git.arg("-C").arg(&self.0).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Writes a file with one function; its name goes by the file.
    fn write(&self, file: &str, body: &str) {
        let name = if file == WALSENDER {
            "WalSndDone"
        } else {
            "pmdie"
        };
        let path = self.0.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text =
            format!("#include \"postgres.h\"\n\nstatic void\n{name}(void)\n{{\n\t{body}\n}}\n");
        std::fs::write(path, text).unwrap();
    }

    fn commit(&self, subject: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", subject]);
    }

    fn source(&self, arguments: &[&str]) -> (i32, String, String) {
        let repo = self.0.display().to_string();
        let (verb, rest) = arguments.split_first().unwrap();
        run(&[&["source", verb, "--repo", &repo], rest].concat())
    }
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shutcheck"));
    let output: Output = command.args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let code = output.status.code().unwrap();
    (code, text(&output.stdout), text(&output.stderr))
}

#[test]
fn an_audit_lists_what_is_wrong_and_what_is_not_judged() {
    let clone = Clone::new("audit");
    clone.git(&["checkout", "-q", "-b", "REL_15_STABLE"]);
    clone.write(POSTMASTER, "stop();");
    clone.commit("Only in 15");
    clone.write(WALSENDER, "done(15);");
    clone.commit("Leave later");
    clone.write(WALSENDER, "done(16);");
    clone.commit("Another subject in 15");
    clone.git(&["checkout", "-q", "master"]);
    clone.write(WALSENDER, "done(15);");
    clone.commit("Leave later");
    clone.write(WALSENDER, "done(16);");
    clone.commit("Leave later still");
    let accepted = clone.0.join("accepted.txt").display().to_string();
    let both = [
        "--release",
        "pg15",
        "--release",
        "master",
        "--accepted",
        &accepted,
    ];

    let audit = [&["audit"], &both[..]].concat();
    let (code, list, _) = clone.source(&audit);
    assert_eq!(code, 1, "{list}");
    // `pmdie` is what `process_pm_shutdown_request` is called in 15.
    assert!(
        !list.contains("pg15    pmdie (src/backend/postmaster/postmaster.c): refs"),
        "{list}"
    );
    let missing = format!("master  process_pm_shutdown_request ({POSTMASTER}): refs/heads/master");
    assert!(list.contains(&missing), "{list}");
    // A commit that master has by its subject or by its patch is none of a branch alone.
    assert!(list.contains("\"Only in 15\": changes pmdie"), "{list}");
    assert!(!list.contains("\"Leave later\""), "{list}");
    assert!(!list.contains("Another subject in 15"), "{list}");
    assert!(list.contains("WalSndDone (src/backend/replication/walsender.c): nobody has"));

    let accept = [&audit[..], &["--accept"]].concat();
    assert_eq!(clone.source(&accept).0, 1);
    let (_, list, _) = clone.source(&audit);
    assert!(
        !list.contains("changed (") && !list.contains("branch-only ("),
        "{list}"
    );
    clone.write(WALSENDER, "/* why */ done(16);");
    clone.commit("A comment");
    assert!(!clone.source(&audit).1.contains("changed ("));
    clone.write(WALSENDER, "done(17);");
    clone.commit("A change");
    let (_, list, _) = clone.source(&audit);
    assert!(
        list.contains("changed (1)") && list.contains("next: start with"),
        "{list}"
    );

    let (code, list, _) = clone.source(&["audit", "--release", "pg18"]);
    assert_eq!(code, 2);
    assert!(
        list.contains("pg18    not judged: the clone has no branch `REL_18_STABLE`"),
        "{list}"
    );
    let (_, json, _) = clone.source(&["audit", "--release", "pg18", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["not-judged"][0]["release"], "pg18");
}

#[test]
fn a_change_touches_steps_switches_scenarios_findings() {
    let clone = Clone::new("touches");
    clone.git(&["checkout", "-q", "-b", "cf/77"]);
    clone.write(WALSENDER, "done(1);");
    clone.commit("An open patch");
    let patch = clone.git(&["format-patch", "--stdout", "master..cf/77"]);
    let file = clone.0.join("a.patch");
    std::fs::write(&file, patch).unwrap();
    clone.git(&["checkout", "-q", "master"]);
    clone.write(WALSENDER, "/* why */ done();");
    clone.commit("A comment");
    let bare = clone.0.join("bare.git").display().to_string();
    clone.git(&["clone", "-q", "--mirror", ".", &bare]);

    let file = file.display().to_string();
    let on = ["touches", "--patch", &file, "--on", "master~1"];
    for change in [
        &["touches", "CF77"][..],
        &["touches", "master~1..cf/77"],
        &on,
    ] {
        let (code, lines, said) = clone.source(change);
        assert_eq!(code, 1, "{change:?}: {lines}{said}");
        assert!(
            lines.contains("step      wal_snd_done (stop): WalSndDone of"),
            "{lines}"
        );
        assert!(lines.contains("scenario  busy: takes "), "{lines}");
    }
    let (code, lines, _) = run(&["source", "touches", "--repo", &bare, "cf/77"]);
    assert_eq!(code, 1, "{lines}");
    let (code, lines, _) = clone.source(&["touches", "master"]);
    assert_eq!(
        (code, lines.as_str()),
        (0, "`master` touches nothing that is modelled\n")
    );

    let journal = clone.0.join("j").display().to_string();
    let watch = ["touches", "--branches", "cf/*", "--journal", &journal];
    let (code, table, _) = clone.source(&watch);
    assert_eq!(code, 1);
    assert!(
        table.contains("cf/77 An open patch: WalSndDone\n"),
        "{table}"
    );
    assert_eq!(clone.source(&watch).1, table);
    assert_eq!(
        std::fs::read_to_string(&journal)
            .unwrap()
            .trim()
            .lines()
            .count(),
        1
    );
    assert!(clone.git(&["status", "--porcelain", WALSENDER]).is_empty());
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let clone = Clone::new("errors");
    let bad = clone.0.join("bad.patch").display().to_string();
    std::fs::write(&bad, "not a patch\n").unwrap();
    let nowhere = clone.0.join("src").display().to_string();
    let none = ["source", "audit", "--repo", &nowhere];
    let cases = [
        (run(&none), "no git repository in"),
        (
            clone.source(&["touches", "a..b"]),
            "no commit or branch `a`",
        ),
        (
            clone.source(&["touches", "CF123"]),
            "no commit or branch `cf/123`",
        ),
        (
            clone.source(&["touches", "--patch", &bad]),
            "does not apply to `master`",
        ),
        (
            clone.source(&["touches", "--patch", "/no/such"]),
            "cannot read `/no/such`",
        ),
        (
            clone.source(&["touches", "--branches", "x/*"]),
            "no branch fits `x/*`",
        ),
        (
            clone.source(&["touches", "master"]),
            "has no parent in the clone",
        ),
        (
            clone.source(&["audit", "--release", "pg42"]),
            "unknown release `pg42`",
        ),
        (
            clone.source(&["audit", "--branch", "pg17"]),
            "names no release and branch",
        ),
        (
            clone.source(&["audit", "--branch", "pg17=x"]),
            "the clone has no `x`",
        ),
    ];
    for ((code, out, said), expected) in cases {
        assert_eq!(code, 64, "{expected}: {out}");
        assert!(
            said.contains(expected) && said.contains("= help: "),
            "{expected}: {said}"
        );
    }
}
