//! `--engine timely`: the same result as the packed engine's, byte for byte but for the seconds,
//! with any number of threads and processes; and what is said when processes do not fit together.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

fn spawn(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_shutcheck"))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Without the line that tells seconds.
fn result(output: &Output) -> String {
    let text = stdout(output);
    let lines = text.lines().filter(|line| !line.contains("\"seconds\""));
    lines.fold(String::new(), |all, line| all + line + "\n")
}

/// A file of hosts with so many free ports of this machine.
fn hosts(name: &str, processes: usize) -> PathBuf {
    let free = |_| TcpListener::bind("127.0.0.1:0").unwrap();
    let listeners: Vec<TcpListener> = (0..processes).map(free).collect();
    let line = |l: &TcpListener| format!("{}\n", l.local_addr().unwrap());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, listeners.iter().map(line).collect::<String>()).unwrap();
    path
}

/// Each process with its arguments, and timely's.
fn together(name: &str, arguments: &[&[&str]]) -> Vec<Output> {
    let hosts = hosts(name, arguments.len());
    let processes = arguments.len().to_string();
    let spawned: Vec<Child> = (0..)
        .zip(arguments)
        .map(|(process, own): (usize, _)| {
            let process = process.to_string();
            let hosts = hosts.to_str().unwrap();
            let timely = [
                "--", "-w", "1", "-n", &processes, "-p", &process, "-h", hosts,
            ];
            spawn(&[own, &timely[..]].concat())
        })
        .collect();
    let outputs = spawned
        .into_iter()
        .map(|child| child.wait_with_output().unwrap());
    outputs.collect()
}

#[test]
fn the_same_result_from_threads_and_processes() {
    for (design, scenario) in [
        ("pg18", "idle"),
        ("proposal-2023-07-21", "idle"),
        ("pg18", "two-walsenders"),
        ("proposal-2023-07-21", "busy"),
    ] {
        let verify = |engine| {
            let asked = ["verify", design, "--scenario", scenario, "--engine", engine];
            [&asked[..], &["--no-symmetry", "--format", "json"]].concat()
        };
        let packed = spawn(&verify("packed")).wait_with_output().unwrap();
        let code = packed.status.code();
        assert_eq!(code, Some(1), "{}", stderr(&packed));
        for threads in ["1", "2"] {
            let timely = [&verify("timely")[..], &["--", "-w", threads]].concat();
            let timely = spawn(&timely).wait_with_output().unwrap();
            assert!(
                result(&timely) == result(&packed),
                "{design} in {scenario}: {threads}"
            );
            assert_eq!(timely.status.code(), code);
        }
        let both = together("result", &[&verify("timely"), &verify("timely")]);
        assert!(
            result(&both[0]) == result(&packed),
            "{design} in {scenario}: processes"
        );
        assert_eq!(both[0].status.code(), code);
        assert_eq!(stdout(&both[1]), "", "only the first process tells");
        assert_eq!(both[1].status.code(), Some(0), "{}", stderr(&both[1]));
    }
}

/// Whichever process meets it: all together have taken a few transitions fewer than the bound here.
#[test]
fn the_bound_that_ended_a_search_is_told() {
    for transitions in ["80000", "200000", "250000"] {
        let bounded = ["--property", "no-panic", "--transitions-max", transitions];
        let timely = ["--scenario", "two-walsenders", "--engine", "timely"];
        let verify = [&["verify", "pg18"][..], &timely, &bounded].concat();
        let both = together("bound", &[&verify, &verify]);
        let bound = format!("bound of {transitions} transitions reached");
        assert!(stdout(&both[0]).contains(&bound), "{}", stdout(&both[0]));
    }
}

#[test]
fn other_commands_take_it_with_threads() {
    let run = |engine| {
        let arguments = ["endings", "pg18", "--scenario", "idle", "--engine", engine];
        let output = spawn(&[&arguments[..], &["--story", "1"]].concat());
        stdout(&output.wait_with_output().unwrap())
    };
    assert_eq!(run("timely"), run("packed"));
}

#[test]
fn processes_that_do_not_fit_together_say_so() {
    let asked = |scenario| {
        [
            "verify",
            "pg18",
            "--scenario",
            scenario,
            "--engine",
            "timely",
        ]
    };
    let both = together("mismatch", &[&asked("idle"), &asked("busy")]);
    for (output, what) in both.iter().zip([
        "process 1 searches `pg18` in `busy`; this one, process 0, `pg18` in `idle`",
        "process 0 searches `pg18` in `idle`; this one, process 1, `pg18` in `busy`",
    ]) {
        let complaint = stderr(output);
        assert_eq!(output.status.code(), Some(64), "{complaint}");
        assert!(complaint.contains(what), "{complaint}");
        assert!(
            complaint.contains("help: all processes take the same"),
            "{complaint}"
        );
    }
}

#[test]
fn wrong_options_are_told() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-port");
    std::fs::write(&file, "one\ntwo\n").unwrap();
    for (engine, timely, what) in [
        ("packed", &["-w", "2"][..], "are for `--engine timely`"),
        ("timely", &["-q"], "'q'"),
        ("timely", &["-n", "2", "-p", "2"], "numbered from 0 to 1"),
        ("timely", &["-n", "2", "-h", "nowhere"], "No such file"),
        (
            "timely",
            &["-n", "2", "-h", file.to_str().unwrap()],
            "`one` in the file of hosts",
        ),
    ] {
        let asked = [
            "verify",
            "pg18",
            "--scenario",
            "idle",
            "--engine",
            engine,
            "--",
        ];
        let output = spawn(&[&asked[..], timely].concat())
            .wait_with_output()
            .unwrap();
        let complaint = stderr(&output);
        assert_eq!(output.status.code(), Some(64), "{complaint}");
        assert!(complaint.contains(what), "{complaint}");
        assert!(complaint.contains("help:"), "{complaint}");
    }
}
