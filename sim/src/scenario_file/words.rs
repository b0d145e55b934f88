//! The values that stand in scenario files, and how they are spelt.

use std::fmt;
use std::marker::PhantomData;

use model::bounds::WAL_MAX;
use model::scenario::{
    Activity, AfterStop, PeerKind, PeerState, Phase, ShutdownTimeout, StopMode, WalsenderKind,
    WorkerStart,
};
use model::wal::Record;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// Largest count in a file: no run has more of anything than it has WAL units.
const COUNT_MAX: usize = WAL_MAX;

/// An enum of the model with the words for its values.
pub(super) trait Word: Copy + PartialEq + 'static {
    /// Each value with its word, in the order in which help shows them.
    const WORDS: &'static [(&'static str, Self)];

    /// The word for this value; empty if it cannot stand in a file.
    fn word(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, value)| *value == self)
            .map_or("", |(word, _)| word)
    }
}

impl Word for StopMode {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("smart", StopMode::Smart),
        ("fast", StopMode::Fast),
        ("immediate", StopMode::Immediate),
    ];
}

impl Word for Record {
    // Not here: what only a shutdown writes.
    const WORDS: &'static [(&'static str, Self)] = &[
        ("commit", Record::Commit),
        ("commit-other", Record::CommitOther),
        ("abort", Record::Abort),
        ("other", Record::Other),
        ("hint", Record::Hint),
        ("running-xacts", Record::RunningXacts),
        ("backup-end", Record::BackupEnd),
        ("continuation", Record::Continuation),
    ];
}

impl Word for WalsenderKind {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("logical", WalsenderKind::Logical),
        ("physical", WalsenderKind::Physical),
    ];
}

impl Word for Activity {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("absent", Activity::Absent),
        ("connecting", Activity::Connecting),
        ("streaming", Activity::Streaming),
        ("idle", Activity::Idle),
        ("command", Activity::Command),
        ("transaction", Activity::Transaction),
        ("extension", Activity::Extension),
    ];
}

impl Word for PeerKind {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("apply-worker", PeerKind::ApplyWorker),
        ("apply-worker-synchronous", PeerKind::ApplyWorkerSynchronous),
        ("recv-logical", PeerKind::RecvLogical),
        ("answers-when-asked", PeerKind::AnswersWhenAsked),
        ("confirms-commits-only", PeerKind::ConfirmsCommitsOnly),
        ("over-acknowledges", PeerKind::OverAcknowledges),
        ("walreceiver", PeerKind::Walreceiver),
        ("receivewal", PeerKind::Receivewal),
        ("receivewal", PeerKind::Receivewal),
        ("receivewal-no-flush", PeerKind::ReceivewalNoFlush),
        ("receivewal-segment-flush", PeerKind::ReceivewalSegmentFlush),
    ];
}

impl Word for PeerState {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("running", PeerState::Running),
        ("frozen", PeerState::Frozen),
        ("locked", PeerState::Locked),
    ];
}

impl Word for ShutdownTimeout {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("never", ShutdownTimeout::Never),
        ("zero", ShutdownTimeout::Zero),
        ("finite", ShutdownTimeout::Finite),
    ];
}

impl Word for Phase {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("startup", Phase::Startup),
        ("hot-standby", Phase::HotStandby),
        ("running", Phase::Running),
    ];
}

impl Word for WorkerStart {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("postmaster-start", WorkerStart::PostmasterStart),
        ("consistent-state", WorkerStart::ConsistentState),
        ("recovery-finished", WorkerStart::RecoveryFinished),
        ("on-request", WorkerStart::OnRequest),
    ];
}

impl Word for AfterStop {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("restart", AfterStop::Restart),
        ("upgrade", AfterStop::Upgrade),
    ];
}

/// A value that a file names by its word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice<T>(pub(super) T);

impl<'de, T: Word> Deserialize<'de> for Choice<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(ChoiceVisitor(PhantomData))
    }
}

struct ChoiceVisitor<T>(PhantomData<T>);

impl<T: Word> Visitor<'_> for ChoiceVisitor<T> {
    type Value = Choice<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}, in double quotes", quoted(&words::<T>()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Choice<T>, E> {
        if let Some(&(_, value)) = T::WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(Choice(value));
        }
        let words = words::<T>();
        let near = nearest(text, &words).map(|near| format!("did you mean `{near}`? "));
        // The line behind the first becomes the diagnostic's help.
        Err(E::custom(format!(
            "unknown value `{}`\n{}the values here are {}",
            text.escape_debug(),
            near.unwrap_or_default(),
            quoted(&words)
        )))
    }
}

fn words<T: Word>() -> Vec<&'static str> {
    T::WORDS.iter().map(|(word, _)| *word).collect()
}

/// A small number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count(pub(super) u8);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(CountVisitor)
    }
}

struct CountVisitor;

impl Visitor<'_> for CountVisitor {
    type Value = Count;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from 0 to {COUNT_MAX}")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Count, E> {
        let small = u8::try_from(number)
            .ok()
            .filter(|n| usize::from(*n) <= COUNT_MAX);
        let help = format!("give a whole number from 0 to {COUNT_MAX}");
        small
            .map(Count)
            .ok_or_else(|| E::custom(format!("`{number}` is out of range\n{help}")))
    }
}

/// `names` in backticks, with commas.
pub(super) fn quoted(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The name that `text` was probably meant to be: at most a third of its letters are wrong.
#[must_use]
pub fn nearest<'a>(text: &str, names: &[&'a str]) -> Option<&'a str> {
    let distances = names.iter().map(|name| (edit_distance(text, name), *name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance * 3 <= name.chars().count().max(3)).then_some(name)
}

/// Fewest letters to insert, remove or replace to make `b` of `a`.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{edit_distance, nearest};

    #[test]
    fn names_that_are_near() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(
            nearest("walsendrs", &["backend", "walsender"]),
            Some("walsender")
        );
        assert_eq!(nearest("colour", &["backend", "walsender"]), None);
    }
}
