//! The bare command: every row of its answer, as `main_job.txt` has it.

use std::path::Path;
use std::process::Command;

#[test]
fn the_answer_is_the_one_on_record() {
    let output = Command::new(env!("CARGO_BIN_EXE_shutcheck"))
        .output()
        .unwrap();
    // The proposal breaks promises.
    assert_eq!(output.status.code(), Some(1));
    let answer = String::from_utf8(output.stdout).unwrap();
    if answer != include_str!("main_job.txt") {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("main_job.txt");
        std::fs::write(&path, &answer).unwrap();
        panic!(
            "tests/main_job.txt is not the answer of today; if each change is meant, record it, \
             and explain it in the commit: cp target/tmp/main_job.txt tests/\n{answer}"
        );
    }
}
