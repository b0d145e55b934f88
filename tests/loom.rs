//! The shared-memory layer under loom, with a quick bound; `.ci/run` has the full one.
//!
//! `--cfg loom` reaches everything that is built, so it is a build of its own, in a target
//! directory of its own.

use std::process::Command;

#[test]
fn shared_memory_holds_within_two_preemptions() {
    let target = concat!(env!("CARGO_TARGET_TMPDIR"), "/loom");
    let output = Command::new(env!("CARGO"))
        .args(["test", "--locked", "--profile", "loom", "-p", "model"])
        .args(["--test", "loom_*"])
        .env("RUSTFLAGS", "--cfg loom")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("CARGO_TARGET_DIR", target)
        .env("LOOM_MAX_PREEMPTIONS", "2")
        .output()
        .expect("cargo starts");
    let told =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{}", told.concat());
}
