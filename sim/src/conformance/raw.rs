//! The lines of a trace file, read and checked against the schema of `docs/traces.md`.

use std::fmt;

use serde_json::{Map, Value};

/// A line that is not what the schema says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceError {
    /// Which line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl TraceError {
    pub(super) fn new(line: usize, message: impl Into<String>, help: &str) -> TraceError {
        TraceError {
            line,
            message: message.into(),
            help: help.to_owned(),
        }
    }
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        write!(f, "{}\n   = help: {}", self.message, self.help)
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Raw {
    /// Which line, from 1.
    pub line: usize,
    /// Seconds since the stop request.
    pub t: f64,
    /// Who.
    pub actor: String,
    /// What.
    pub ev: String,
    /// By which channel it was observed.
    pub src: String,
    fields: Map<String, Value>,
}

/// What a field must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Text,
    Int,
    Bool,
    Lsn,
}

/// The events that are known, each with the fields that it must have.
const SCHEMA: &[(&str, &[(&str, Type)])] = &[
    ("stop_request", &[("mode", Type::Text)]),
    ("sigstop", &[("target", Type::Text)]),
    ("sigcont", &[("target", Type::Text)]),
    ("sigkill", &[("target", Type::Text)]),
    ("lock_table", &[]),
    ("session_quit", &[]),
    ("pg_ctl_exit", &[]),
    ("signal_send", &[("sig", Type::Text), ("to", Type::Text)]),
    ("signal_recv", &[("sig", Type::Text)]),
    ("k_signal_generate", &[]),
    ("k_signal_deliver", &[]),
    (
        "pm_state",
        &[
            ("state", Type::Text),
            ("shutdown", Type::Text),
            ("fatal_error", Type::Bool),
        ],
    ),
    ("fork", &[("child", Type::Text)]),
    ("k_fork", &[]),
    ("reap", &[("child", Type::Text), ("status", Type::Text)]),
    ("exit", &[]),
    ("k_exit", &[]),
    ("wal_write", &[("start", Type::Lsn), ("end", Type::Lsn)]),
    ("wal_sync", &[]),
    (
        "control_write",
        &[("state", Type::Text), ("checkpoint", Type::Lsn)],
    ),
    ("control_sync", &[]),
    (
        "slot_save",
        &[
            ("slot", Type::Text),
            ("confirmed_flush", Type::Lsn),
            ("restart_lsn", Type::Lsn),
        ],
    ),
    ("stats_write", &[]),
    ("stats_rename", &[]),
    ("archive_status", &[("file", Type::Text)]),
    ("pidfile_unlink", &[]),
    ("conn_close", &[]),
    ("exec", &[]),
    ("tx", &[("msg", Type::Text)]),
    ("rx", &[("msg", Type::Text)]),
    ("fn", &[("fn", Type::Text)]),
    ("log", &[]),
    ("outcome", &[]),
];

/// Fields that some event of a kind must have, beside those of the kind.
fn extra_fields(raw: &Raw) -> &'static [(&'static str, Type)] {
    match (raw.ev.as_str(), raw.text("msg").or(raw.text("fn"))) {
        ("tx", Some("XLogData")) => &[("end", Type::Lsn)],
        ("tx", Some("Keepalive")) => &[("end", Type::Lsn), ("reply_requested", Type::Bool)],
        ("rx", Some("StandbyStatus")) => &[("write", Type::Lsn), ("flush", Type::Lsn)],
        ("fn", Some("LogicalConfirmReceivedLocation" | "XLogFlush")) => &[("lsn", Type::Lsn)],
        ("fn", Some("proc_exit")) => &[("code", Type::Int)],
        ("fn", Some("XLogInsertRecord")) => &[("arg_end", Type::Lsn)],
        _ => &[],
    }
}

impl Raw {
    /// A field that holds text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.fields.get(key)?.as_str()
    }

    /// A field that holds a number.
    #[must_use]
    pub fn int(&self, key: &str) -> Option<i64> {
        self.fields.get(key)?.as_i64()
    }

    /// A field that holds a truth value.
    #[must_use]
    pub fn bool(&self, key: &str) -> Option<bool> {
        self.fields.get(key)?.as_bool()
    }

    /// A field that holds a position.
    #[must_use]
    pub fn lsn(&self, key: &str) -> Option<u64> {
        parse_lsn(self.text(key)?)
    }

    /// The whole line as an object.
    #[must_use]
    pub fn value(&self) -> Value {
        Value::Object(self.fields.clone())
    }

    /// The line in few words, for people.
    #[must_use]
    pub fn words(&self) -> String {
        let hidden = [
            "seq",
            "t",
            "actor",
            "ev",
            "src",
            "pid",
            "prev_repeats",
            "rc",
        ];
        let shown = self
            .fields
            .iter()
            .filter(|(key, _)| !hidden.contains(&key.as_str()))
            .map(|(key, value)| match (key.as_str(), value) {
                ("fn" | "at" | "msg" | "sig" | "child" | "mode", Value::String(s)) => s.clone(),
                (_, Value::String(s)) => format!("{key} {s}"),
                (_, other) => format!("{key} {other}"),
            });
        let (at, mut rest): (Vec<String>, Vec<String>) =
            shown.partition(|word| word == "entry" || word == "return");
        if self.ev == "fn" {
            rest.sort_by_key(|word| Some(word.as_str()) != self.text("fn"));
        }
        let mut words = vec![self.ev.clone()];
        words.extend(rest.drain(..rest.len().min(1)));
        words.extend(at);
        words.extend(rest);
        words.join(" ")
    }

    fn check(&self, key: &str, kind: Type) -> Result<(), TraceError> {
        let (fits, name) = match kind {
            Type::Text => (self.text(key).is_some(), "a string"),
            Type::Int => (self.int(key).is_some(), "a number"),
            Type::Bool => (self.bool(key).is_some(), "true or false"),
            Type::Lsn => (self.lsn(key).is_some(), "a position such as \"0/14C94F8\""),
        };
        if fits {
            return Ok(());
        }
        let found = match self.fields.get(key) {
            None => "is missing".to_owned(),
            Some(value) => format!("is {value}"),
        };
        Err(TraceError::new(
            self.line,
            format!("`{key}` of `{}` {found}", self.ev),
            &format!("it must be {name}; docs/traces.md has the schema"),
        ))
    }
}

/// `0/14C94F8` as a number.
#[must_use]
pub fn parse_lsn(text: &str) -> Option<u64> {
    let (high, low) = text.split_once('/')?;
    let high = u32::from_str_radix(high, 16).ok()?;
    let low = u32::from_str_radix(low, 16).ok()?;
    Some(u64::from(high) << 32 | u64::from(low))
}

/// A number as `0/14C94F8`.
#[must_use]
pub fn show_lsn(lsn: u64) -> String {
    format!("{:X}/{:X}", lsn >> 32, lsn & 0xFFFF_FFFF)
}

/// Reads the lines of a trace.
///
/// # Errors
/// At the first line that does not fit the schema, or when there is none.
pub fn parse(text: &str) -> Result<Vec<Raw>, TraceError> {
    let mut raws = Vec::new();
    for (n, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let raw = parse_line(n + 1, line)?;
        if let Some(last) = raws.last().filter(|last: &&Raw| last.t > raw.t) {
            return Err(TraceError::new(
                raw.line,
                format!("time goes back, from {} to {}", last.t, raw.t),
                "sort the events by `t`",
            ));
        }
        raws.push(raw);
    }
    if raws.is_empty() {
        return Err(TraceError::new(
            0,
            "the trace has no events",
            "give a file with one JSON object a line; docs/traces.md has the schema",
        ));
    }
    Ok(raws)
}

fn parse_line(line: usize, text: &str) -> Result<Raw, TraceError> {
    let schema = "docs/traces.md has the schema";
    let value: Value = serde_json::from_str(text).map_err(|error| {
        TraceError::new(line, format!("not JSON: {error}"), "one JSON object a line")
    })?;
    let Value::Object(fields) = value else {
        return Err(TraceError::new(line, "not a JSON object", schema));
    };
    let mut raw = Raw {
        line,
        t: 0.0,
        actor: String::new(),
        ev: String::new(),
        src: String::new(),
        fields,
    };
    for (key, place) in [("actor", 0), ("ev", 1)] {
        raw.check(key, Type::Text)?;
        let text = raw.text(key).unwrap_or_default().to_owned();
        if place == 0 {
            raw.actor = text;
        } else {
            raw.ev = text;
        }
    }
    raw.src = raw.text("src").unwrap_or_default().to_owned();
    raw.t = raw.fields.get("t").and_then(Value::as_f64).ok_or_else(|| {
        TraceError::new(
            line,
            "`t` is missing or no number",
            "seconds since the stop request",
        )
    })?;
    let Some((_, required)) = SCHEMA.iter().find(|(ev, _)| *ev == raw.ev) else {
        return Err(TraceError::new(
            line,
            format!("unknown event `{}`", raw.ev),
            schema,
        ));
    };
    for &(key, kind) in required.iter().chain(extra_fields(&raw)) {
        raw.check(key, kind)?;
    }
    Ok(raw)
}
