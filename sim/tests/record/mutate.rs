//! Traces made wrong in one place.

use proptest::sample::Index;
use serde_json::{Value, json};

/// The ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mutation {
    /// An event that every recorder has is left out.
    Dropped,
    /// An event of any kind is left out.
    AnyDropped,
    /// Two neighbours of one process change places.
    Swapped,
    /// A position moves to where no record begins or ends.
    LsnBetween,
    /// A position moves to another record.
    LsnMoved,
    /// A process ends with another status, and is reaped with it.
    ExitCode,
    /// A process is reaped with another status than it ended with.
    ReapedOtherwise,
    /// An event that every recorder has comes twice.
    Duplicated,
    /// A process does what another one did.
    OtherActor,
}

impl Mutation {
    pub(crate) const ALL: [Mutation; 9] = [
        Mutation::Dropped,
        Mutation::AnyDropped,
        Mutation::Swapped,
        Mutation::LsnBetween,
        Mutation::LsnMoved,
        Mutation::ExitCode,
        Mutation::ReapedOtherwise,
        Mutation::Duplicated,
        Mutation::OtherActor,
    ];

    /// What the mutation makes of `lines`, with the words of the event that it chose; none if there
    /// is nothing to choose.
    pub(crate) fn apply(self, lines: &[Value], place: &Index) -> Option<(Vec<Value>, String)> {
        let mut mutated = lines.to_vec();
        let chosen = match self {
            Mutation::Dropped => {
                let n = choose(lines, place, is_essential)?;
                mutated.remove(n);
                n
            }
            Mutation::AnyDropped => {
                let n = choose(lines, place, |e| !is_aside(e))?;
                mutated.remove(n);
                n
            }
            Mutation::Swapped => return swapped(lines, place),
            Mutation::LsnBetween => moved(&mut mutated, place, 0x80)?,
            Mutation::LsnMoved => moved(&mut mutated, place, 0x100)?,
            Mutation::ExitCode => other_exit(&mut mutated, place)?,
            Mutation::ReapedOtherwise => {
                let n = choose(lines, place, |e| e["ev"] == "reap")?;
                let status = &mut mutated[n]["status"];
                let zero = status.as_str()?.ends_with("== 0");
                *status = status_text(u8::from(zero));
                n
            }
            Mutation::Duplicated => {
                let n = choose(lines, place, is_essential)?;
                let mut again = lines[n].clone();
                again["t"] = json!(time(&lines[n]) + 0.000_005);
                mutated.insert(n + 1, again);
                n
            }
            Mutation::OtherActor => {
                let n = choose(lines, place, |e| is_essential(e) && !is_aside(e))?;
                let actors = ["checkpointer", "walsender:s1", "postmaster"];
                let other = actors.iter().find(|&&actor| lines[n]["actor"] != actor)?;
                mutated[n]["actor"] = json!(other);
                n
            }
        };
        Some((mutated, words(&lines[chosen])))
    }
}

pub(crate) fn time(line: &Value) -> f64 {
    line["t"].as_f64().expect("each line has its time")
}

/// The event without place and time.
fn words(line: &Value) -> String {
    let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
    let actor = text("actor");
    let actor = actor.split(':').next().unwrap_or_default();
    let more = ["fn", "at", "msg", "sig"].map(text).join(" ");
    format!("{actor} {} {}", text("ev"), more.trim())
}

/// Where validation may find another run: what the mutation leaves is as PostgreSQL might behave.
pub(crate) fn has_another_run(mutation: Mutation, words: &str) -> bool {
    let is_one_of = |known: &[&str]| known.contains(&words);
    match mutation {
        // What is not seen is silent; order may say nothing. docs/traces.md counts them.
        Mutation::AnyDropped | Mutation::Swapped => true,
        // A record of another database sends nothing; the last child is not reaped yet; a physical
        // slot was clean before; the archive command failed; a frozen peer's walsender times out;
        // SIGQUIT or the recording's end comes before the checkpointer signals the walsenders.
        Mutation::Dropped => is_one_of(&[
            "walsender tx XLogData",
            "walsender tx CommandComplete",
            "postmaster reap ",
            "checkpointer slot_save ",
            "archiver archive_status ",
            "checkpointer signal_send SIGUSR1",
        ]),
        // Two transactions that end between two positions that are known.
        Mutation::Duplicated => is_one_of(&["walsender tx XLogData"]),
        // Somebody inserted a record up to there, or a transaction ends there; unasked keepalives
        // are not compared, and neither are slots that walsenders save; the checkpointer copied a
        // slot behind the next confirmation.
        Mutation::LsnBetween | Mutation::LsnMoved => is_one_of(&[
            "walsender tx Keepalive",
            "walsender tx XLogData",
            "walsender slot_save ",
            "checkpointer slot_save ",
            "walsender rx StandbyStatus",
            "walsender fn proc_exit entry",
            "walsender fn WalSndSetState entry",
        ]),
        // The client leaves by itself (0), or its backend is told to (1).
        Mutation::ExitCode => is_one_of(&["backend exit "]),
        // As if it was left out.
        Mutation::OtherActor => is_one_of(&[
            "checkpointer slot_save ",
            "archiver archive_status ",
            "checkpointer signal_send SIGUSR1",
        ]),
        Mutation::ReapedOtherwise => false,
    }
}

/// Not an event of the server.
fn is_aside(e: &Value) -> bool {
    e["ev"] == "log" || e["ev"] == "outcome" || e["ev"] == "sigstop" || e["ev"] == "lock_table"
}

/// Whether the model cannot do without the event: what it stands for cannot be silent.
fn is_essential(e: &Value) -> bool {
    let calls = [
        "signal_send",
        "reap",
        "control_write",
        "slot_save",
        "stats_rename",
        "fork",
        "sigkill",
        "archive_status",
    ];
    let messages = ["XLogData", "CommandComplete"];
    let is_in = |key: &str, words: &[&str]| e[key].as_str().is_some_and(|w| words.contains(&w));
    let by_walsender = e["actor"]
        .as_str()
        .is_some_and(|a| a.starts_with("walsender:"));
    let aside = by_walsender && e["ev"] == "slot_save";
    (is_in("ev", &calls) || is_in("msg", &messages)) && !aside
}

fn choose(lines: &[Value], place: &Index, of: impl Fn(&Value) -> bool) -> Option<usize> {
    let places: Vec<usize> = (0..lines.len()).filter(|&n| of(&lines[n])).collect();
    (!places.is_empty()).then(|| *place.get(&places))
}

fn swapped(lines: &[Value], place: &Index) -> Option<(Vec<Value>, String)> {
    let next = |n: usize| (n + 1..lines.len()).find(|&m| lines[m]["actor"] == lines[n]["actor"]);
    let bare = |n: usize| {
        let mut line = lines[n].clone();
        line["t"] = json!(0);
        line
    };
    let pairs: Vec<(usize, usize)> = (0..lines.len())
        .filter(|&n| !is_aside(&lines[n]))
        .filter_map(|n| Some((n, next(n)?)))
        .filter(|&(n, m)| !is_aside(&lines[m]) && bare(n) != bare(m))
        .collect();
    if pairs.is_empty() {
        return None;
    }
    let &(n, m) = place.get(&pairs);
    let mut mutated = lines.to_vec();
    mutated.swap(n, m);
    mutated[n]["t"] = lines[n]["t"].clone();
    mutated[m]["t"] = lines[m]["t"].clone();
    let told = format!("{} / {}", words(&lines[n]), words(&lines[m]));
    Some((mutated, told))
}

/// Positions of an event that the model knows.
const LSN_KEYS: [&str; 7] = [
    "end",
    "write",
    "flush",
    "confirmed_flush",
    "restart_lsn",
    "sentPtr",
    "lsn",
];

fn moved(lines: &mut [Value], place: &Index, by: u64) -> Option<usize> {
    let has = |e: &Value, key: &str| e[key].as_str().is_some_and(|lsn| lsn != "0/0");
    let told = |e: &Value| {
        let shut_down = e["ev"] == "control_write" && e["state"] == "shut down";
        let event = e["ev"] == "tx" || e["ev"] == "rx" || e["ev"] == "fn" || e["ev"] == "slot_save";
        shut_down || event && LSN_KEYS.iter().any(|key| has(e, key))
    };
    let n = choose(lines, place, told)?;
    let key = LSN_KEYS.iter().find(|key| has(&lines[n], key));
    let value = &mut lines[n][*key.unwrap_or(&"checkpoint")];
    let low = value.as_str()?.strip_prefix("0/")?;
    let lsn = u64::from_str_radix(low, 16).ok()? + by;
    *value = json!(format!("0/{lsn:X}"));
    Some(n)
}

fn status_text(code: u8) -> Value {
    json!(format!("WIFEXITED(s) && WEXITSTATUS(s) == {code}"))
}

/// 0 becomes 1, 1 a crash, and a crash 0.
fn other_exit(lines: &mut [Value], place: &Index) -> Option<usize> {
    let n = choose(lines, place, |e| e["ev"] == "exit" && e["code"].is_u64())?;
    let code = u8::try_from((lines[n]["code"].as_u64()? + 1) % 3).ok()?;
    let actor = lines[n]["actor"].clone();
    for line in lines.iter_mut() {
        let mine = line["actor"] == actor && (line["ev"] == "exit" || line["fn"] == "proc_exit");
        if mine {
            line["code"] = json!(code);
        } else if line["ev"] == "reap" && line["child"] == actor {
            line["status"] = status_text(code);
        }
    }
    Some(n)
}
