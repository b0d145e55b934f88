//! What a recording knows beside its events: the slots and senders just before the stop, and what
//! was left on disk (`outcome.json`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::raw::{TraceError, parse_lsn};

/// A slot before and after the stop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotFacts {
    /// Physical, not logical.
    pub physical: bool,
    /// A walsender held it just before the stop.
    pub active: bool,
    /// `confirmed_flush` in memory just before the stop.
    pub confirmed: Option<u64>,
    /// `restart_lsn` in memory just before the stop.
    pub restart: Option<u64>,
    /// `confirmed_flush` in the state file before the stop.
    pub disk_before: Option<u64>,
    /// `confirmed_flush` in the state file after the stop.
    pub disk: Option<u64>,
    /// `restart_lsn` in the state file after the stop.
    pub disk_restart: Option<u64>,
    /// The walsender's position just before the stop.
    pub sent: Option<u64>,
    /// What its peer had reported flushed.
    pub flush: Option<u64>,
    /// `application_name` of the peer.
    pub application: Option<String>,
}

/// The outcome of a recorded stop, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutcomeFacts {
    /// `state` of pg_control after the stop.
    pub control_state: Option<String>,
    /// `checkpoint` of pg_control after the stop.
    pub control_checkpoint: Option<u64>,
    /// End of the record there, when it is the shutdown checkpoint.
    pub checkpoint_end: Option<u64>,
    /// Insert position just before the stop.
    pub insert: Option<u64>,
    /// `wal_sender_timeout` is 0.
    pub no_sender_timeout: bool,
    /// The slots, by name.
    pub slots: BTreeMap<String, SlotFacts>,
}

fn lsn(value: &Value) -> Option<u64> {
    parse_lsn(value.as_str()?)
}

/// Reads an `outcome.json`, or the `outcome` event of a trace.
///
/// # Errors
/// When the text is no JSON object.
pub fn parse(text: &str) -> Result<OutcomeFacts, TraceError> {
    let help = "give the outcome.json that belongs to the trace; docs/traces.md has its keys";
    let value: Value = serde_json::from_str(text).map_err(|error| {
        TraceError::new(
            error.line(),
            format!("the outcome is not JSON: {error}"),
            help,
        )
    })?;
    if !value.is_object() {
        return Err(TraceError::new(1, "the outcome is not a JSON object", help));
    }
    Ok(from_value(&value))
}

/// Takes what is known from `value`.
#[must_use]
pub(super) fn from_value(value: &Value) -> OutcomeFacts {
    let mut facts = OutcomeFacts {
        control_state: value["control"]["state"].as_str().map(str::to_owned),
        control_checkpoint: lsn(&value["control"]["checkpoint"]),
        insert: lsn(&value["before"]["insert_lsn"]),
        no_sender_timeout: value["settings"]["wal_sender_timeout"].as_str() == Some("0"),
        ..OutcomeFacts::default()
    };
    if value["checkpoint"]["kind"] == "CHECKPOINT_SHUTDOWN"
        && facts.control_state.as_deref() == Some("shut down")
    {
        facts.checkpoint_end = lsn(&value["checkpoint"]["end"]);
    }
    for (name, slot) in value["slots"].as_object().into_iter().flatten() {
        let physical = slot["kind"] == "physical";
        let logical = |key: &str| lsn(&slot[key]).filter(|_| !physical);
        let facts = facts.slots.entry(name.clone()).or_default();
        facts.physical = physical;
        facts.disk_before = logical("disk_before_stop");
        facts.disk = logical("disk");
        facts.disk_restart = lsn(&slot["restart_lsn_disk"]);
    }
    for before in value["before"]["slots"].as_array().into_iter().flatten() {
        let Some(name) = before["slot_name"].as_str() else {
            continue;
        };
        let facts = facts.slots.entry(name.to_owned()).or_default();
        facts.physical = before["slot_type"] == "physical";
        facts.active = !before["active_pid"].is_null();
        facts.confirmed = lsn(&before["confirmed_flush_lsn"]);
        facts.restart = lsn(&before["restart_lsn"]);
    }
    for sender in value["before"]["senders"].as_array().into_iter().flatten() {
        let slot = sender["slot_name"].as_str();
        if let Some(facts) = slot.and_then(|name| facts.slots.get_mut(name)) {
            facts.sent = lsn(&sender["sent_lsn"]);
            facts.flush = lsn(&sender["flush_lsn"]);
            facts.application = sender["application_name"].as_str().map(str::to_owned);
        }
    }
    facts
}
