//! Claims about what comes to the client: everything, once, in order.

use model::slot_life::client::Inbox;
use model::slot_life::decoding::decodes;
use model::slot_life::scenario::{Entry, bit};
use model::slot_life::{Life, Pc, SlotLife};
use model::wal::Lsn;

use crate::claims::{Claim, Judgement, Property};

pub(super) const NO_COMMIT_LOST: Property<SlotLife> = Property {
    id: "no-commit-lost",
    sentence: "what decoding has passed by, the client has, or it is under way",
    premise: "a process decodes through the slot for a client that is there",
    matters: "the client never gets the transaction",
    source: "manual, logical decoding: \"a slot ... represents a stream of changes that can be \
             replayed to a client in the order they were made\"",
    seeded_bug: ("pg18", "keepalive-confirmed-always"),
    waived: None,
    claim: Claim::Always(no_commit_lost),
};

fn no_commit_lost(w: &SlotLife, s: &Life) -> Judgement {
    let mut judgement = Judgement::NotConcerned;
    for (i, owner) in s.owners.iter().enumerate() {
        let streams = owner.pc == Pc::Streaming && s.client.connected;
        let there = streams || owner.pc == Pc::Returned;
        if !decodes(w, i) || !there {
            continue;
        }
        let under_way = match s.client.inbox {
            Inbox::Data | Inbox::Prepare | Inbox::PrepareAndCommit => set_of(w, s.client.inbox_at),
            Inbox::Empty
            | Inbox::PrepareWithoutBegin
            | Inbox::CommitPrepared
            | Inbox::Keepalive => 0,
        };
        let has = s.client.durable | s.client.held | under_way;
        let passed = w.scenario.records().filter(|&(lsn, _)| lsn < owner.read);
        let owed = passed.fold(0, |set, (lsn, entry)| set | owed_by(w, lsn, entry));
        judgement = Judgement::kept_if(owed & !has == 0);
    }
    judgement
}

/// What the client must have once decoding has passed `entry`.
fn owed_by(w: &SlotLife, lsn: Lsn, entry: Entry) -> u16 {
    match entry {
        Entry::Commit(_) | Entry::Message => bit(lsn),
        // What is not subscribed to is not owed; what the first copy has is there.
        // One that changed nothing owes nothing.
        Entry::CommitPrepared(t) if w.scenario.first_change(t).is_some() => set_of(w, lsn),
        Entry::CommitPrepared(_)
        | Entry::None
        | Entry::Other
        | Entry::Change(_)
        | Entry::CommitAdded(_)
        | Entry::Prepare(_)
        | Entry::RunningXacts
        | Entry::DecodingOff
        | Entry::DecodingOn => 0,
    }
}

/// The bit under which the client keeps what the record at `lsn` brings.
fn set_of(w: &SlotLife, lsn: Lsn) -> u16 {
    let prepared = match w.scenario.at(lsn) {
        Entry::CommitPrepared(t) => w.scenario.prepared_at(t),
        Entry::None
        | Entry::Other
        | Entry::Change(_)
        | Entry::Commit(_)
        | Entry::CommitAdded(_)
        | Entry::Prepare(_)
        | Entry::Message
        | Entry::RunningXacts
        | Entry::DecodingOff
        | Entry::DecodingOn => None,
    };
    bit(prepared.unwrap_or(lsn))
}

pub(super) const NO_COMMIT_TWICE: Property<SlotLife> = Property {
    id: "no-commit-twice",
    sentence: "the client takes nothing twice",
    premise: "the client has something",
    matters: "rows are doubled, or a conflict stops the subscription",
    source: "ad5eaf390c: \"data duplication issues caused by replicating already replicated \
             changes\"; manual, logical decoding: \"emit each change just once\"",
    seeded_bug: ("pg18-8bdb1332eb", "prepared-over-restart"),
    waived: None,
    claim: Claim::Always(no_commit_twice),
};

fn no_commit_twice(_w: &SlotLife, s: &Life) -> Judgement {
    if s.client.durable == 0 {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(!s.client.twice)
}

pub(super) const PREPARED_TRANSACTION_IS_KNOWN: Property<SlotLife> = Property {
    id: "prepared-transaction-is-known",
    sentence: "the client is told of the end of a prepared transaction only if it knows it",
    premise: "the script has a prepared transaction and the client is connected",
    matters: "the apply worker fails on it again and again: replication stands still",
    source: "acaa100f9a: \"the apply worker fails to find the prepared transaction\"",
    seeded_bug: ("pg18-acaa100f9a", "prepared-empty"),
    waived: None,
    claim: Claim::Always(prepared_transaction_is_known),
};

fn prepared_transaction_is_known(w: &SlotLife, s: &Life) -> Judgement {
    let two_phase = w
        .scenario
        .script
        .iter()
        .any(|e| matches!(e, Entry::Prepare(_)));
    if !two_phase || !s.client.connected {
        return Judgement::NotConcerned;
    }
    Judgement::kept_if(!s.client.unknown_prepared)
}
