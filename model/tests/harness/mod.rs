//! Runs a scenario under loom: a correct variant to the end, a mutant until it fails.
//!
//! *Bound*: the number of preemptions in an execution (switches away from a process that could go
//! on). `LOOM_MAX_PREEMPTIONS` lowers it for the quick run; mutants keep theirs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::model::Builder;

/// What loom says of a process that sleeps for good.
pub(crate) const SLEEPS_FOR_GOOD: &str = "deadlock";

fn run(builder: &Builder, scenario: impl Fn() + Send + Sync + 'static) -> (usize, Option<String>) {
    let executions = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&executions);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        builder.check(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            scenario();
        });
    }));
    let message = outcome.err().map(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
            .unwrap_or_default()
    });
    (executions.load(Ordering::Relaxed), message)
}

/// No execution within the bound fails.
///
/// # Panics
///
/// If one does.
#[expect(
    clippy::print_stdout,
    reason = "`--nocapture` shows how much was explored"
)]
pub(crate) fn holds(what: &str, bound: usize, scenario: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    let asked = builder.preemption_bound.unwrap_or(bound);
    builder.preemption_bound = Some(asked.min(bound));
    builder.max_branches = 10_000;
    let (executions, failure) = run(&builder, scenario);
    println!(
        "holds: {what}: {executions} executions, at most {} preemptions",
        asked.min(bound)
    );
    assert_eq!(failure, None, "{what} fails after {executions} executions");
}

/// An execution within the bound fails, for this reason.
///
/// # Panics
///
/// If none does, or for another reason.
#[expect(
    clippy::print_stdout,
    reason = "`--nocapture` shows how much was explored"
)]
pub(crate) fn fails(
    what: &str,
    reason: &str,
    bound: usize,
    scenario: impl Fn() + Send + Sync + 'static,
) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(bound);
    builder.max_branches = 10_000;
    let (executions, failure) = run(&builder, scenario);
    let failure = failure.unwrap_or_else(|| panic!("{what}: all {executions} executions hold"));
    let how = if failure.starts_with(SLEEPS_FOR_GOOD) {
        "a process sleeps for good"
    } else {
        failure.lines().next().unwrap_or("")
    };
    println!("fails: {what}: execution {executions}: {how}");
    assert!(
        failure.contains(reason),
        "{what} fails, but not with `{reason}`: {failure}"
    );
}
