//! Endings in words.

use std::fmt::Write as _;

use model::design::StatsWriter;
use model::scenario::{Activity, WalsenderKind};
use model::world::World;
use properties::ending::{Position, SlotEnding};
use properties::{Counterexample, Ending};

use crate::text::hang;
use crate::{Style, names};

/// An ending with its shortest story, where there is one.
pub type Told = (Ending, Option<Counterexample>);

/// Clean ones first, then by the length of their stories.
#[must_use]
pub fn ordered(endings: &[Told]) -> Vec<&Told> {
    let mut sorted: Vec<&Told> = endings.iter().collect();
    sorted.sort_by_key(|(ending, story)| {
        (
            !ending.is_clean(),
            story.as_ref().map_or(usize::MAX, |s| s.steps.len()),
            *ending,
        )
    });
    sorted
}

const LEGEND: &str = "S and E are start and end of the shutdown checkpoint record.\n\n";

/// A numbered list of endings.
#[must_use]
pub fn endings_table(endings: &[Told], w: &World, style: Style) -> String {
    let mut text = String::from(LEGEND);
    for (n, (ending, story)) in ordered(endings).into_iter().enumerate() {
        let steps = story
            .as_ref()
            .map_or(String::new(), |s| format!(" ({} steps)", s.steps.len()));
        let _ = writeln!(
            text,
            "{:>3}. {}{steps}",
            n + 1,
            hang(&headline(ending, w), 5, style)
        );
        for (i, slot) in ending.slots.iter().enumerate() {
            if let Some(slot) = slot.filter(|_| is_told(w, i)) {
                let _ = writeln!(text, "     {}", hang(&slot_words(&slot, i, w), 7, style));
            }
        }
    }
    text
}

/// Whether walsender `i` has a slot or a stream whose end is worth a line.
fn is_told(w: &World, i: usize) -> bool {
    let ws = w.scenario.walsender(i);
    ws.slot || ws.activity == Activity::Streaming
}

/// Postmaster, pg_control, statistics, archive.
#[must_use]
pub fn headline(ending: &Ending, w: &World) -> String {
    let exit = match ending.postmaster_exit {
        Some(status) => format!("postmaster exits {status}"),
        None => "the postmaster lives, nothing more will happen".to_owned(),
    };
    let mut parts = vec![
        exit,
        format!("pg_control \"{}\"", names::control(ending.control)),
    ];
    if ending.panicked {
        parts.push("the checkpointer PANICked".to_owned());
    }
    if w.design.stats_writer == StatsWriter::Checkpointer {
        parts.push(
            match (ending.stats_written, ending.stats_lost) {
                (true, false) => "statistics written",
                (true, true) => "statistics written, later reports lost",
                (false, _) => "no statistics written",
            }
            .to_owned(),
        );
    }
    if w.scenario.archiving {
        parts.push(match ending.unarchived {
            0 => "every completed segment archived".to_owned(),
            n => format!("{n} completed segment(s) not archived"),
        });
    }
    parts.join(", ")
}

/// One slot and its peer.
#[must_use]
pub fn slot_words(slot: &SlotEnding, i: usize, w: &World) -> String {
    let peer = format!("{} durably has {}", names::peer(w, i), position(slot.peer));
    if !slot.slot {
        return format!("walsender {} without a slot; {peer}", i + 1);
    }
    let what = match slot.kind {
        WalsenderKind::Logical => "confirmed_flush",
        WalsenderKind::Physical => "restart_lsn",
    };
    let invalid = if slot.invalidated {
        ", invalidated"
    } else {
        ""
    };
    let (memory, disk) = (position(slot.memory), position(slot.disk));
    if slot.memory == slot.disk {
        format!(
            "slot {}{invalid}: {what} {memory}, on disk, too; {peer}",
            i + 1
        )
    } else {
        format!(
            "slot {}{invalid}: {what} {memory}; on disk {disk}; {peer}",
            i + 1
        )
    }
}

/// A position in words.
#[must_use]
pub fn position(position: Position) -> String {
    match position {
        Position::None => "nothing".to_owned(),
        Position::BeforeWalEnd(0) => "= end of WAL".to_owned(),
        Position::BeforeWalEnd(n) => {
            format!("{n} record(s) before the end of WAL")
        }
        Position::Behind(n) => format!("{n} record(s) before S, with something to decode"),
        Position::BehindHarmless(n) => format!("{n} record(s) before S, nothing to decode"),
        Position::BeforeSwitch => "one XLOG_SWITCH before S".to_owned(),
        Position::Start => "= S".to_owned(),
        Position::End => "= E".to_owned(),
        Position::Beyond(n) => format!("{n} record(s) BEYOND E"),
    }
}
