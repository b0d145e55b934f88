//! One walsender of a scenario file, and whether it can be as it is described.

use model::scenario::{Activity, PeerKind, PeerState, WalsenderKind, WalsenderScenario};
use model::wal::Record;
use toml::Spanned;

use super::diagnostic::{Problem, Span};
use super::raw::{Key, RawWalsender, place};
use super::words::{Word, quoted};

/// The WAL that exists when the scenario begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backlog<'a> {
    /// Its units.
    pub(super) records: &'a [Record],
    /// Number of units that are flushed.
    pub(super) flushed: u8,
}

impl Backlog<'_> {
    /// Whether the boundary behind `units` units lies inside a record.
    fn splits_record(self, units: u8) -> bool {
        self.records.get(usize::from(units)) == Some(&Record::Continuation)
    }

    /// Where a walsender is that has sent all it can.
    fn all_sent(self, kind: WalsenderKind) -> u8 {
        let inside = kind == WalsenderKind::Logical && self.splits_record(self.flushed);
        self.flushed - u8::from(inside)
    }
}

/// The walsender that `raw` describes.
pub(super) fn walsender(
    raw: &Spanned<RawWalsender>,
    backlog: Backlog<'_>,
) -> Result<WalsenderScenario, Problem> {
    let section = raw.span();
    let raw = raw.get_ref();
    let kind = raw.kind.0;
    let peer = match kind {
        WalsenderKind::Logical => PeerKind::ApplyWorker,
        WalsenderKind::Physical => PeerKind::Walreceiver,
    };
    let ws = WalsenderScenario {
        kind,
        activity: raw.activity.value_or(Activity::Streaming),
        peer: raw.peer.value_or(peer),
        peer_state: raw.peer_state.value_or(PeerState::Running),
        slot: raw.slot.value_or(true),
        failover: raw.failover.value_or(false),
        synchronized_standby: raw.synchronized_standby.value_or(false),
        caught_up_to: raw.caught_up_to.value_or(backlog.all_sent(kind)),
        saved_up_to: raw.saved_up_to.value_or(0),
        obsolete: raw.obsolete.value_or(false),
        report_put_off: raw.report_put_off.value_or(false),
    };
    check_kind(raw, &ws, &section)?;
    check_activity(raw, &ws, &section)?;
    check_slot(raw, &ws, &section)?;
    check_slot_options(raw, &ws, &section)?;
    check_positions(raw, &ws, backlog, &section)?;
    Ok(ws)
}

/// What only one kind of walsender can have.
fn check_kind(raw: &RawWalsender, ws: &WalsenderScenario, section: &Span) -> Result<(), Problem> {
    let physical = ws.kind == WalsenderKind::Physical;
    if ws.peer.is_physical() != physical {
        let fits = PeerKind::WORDS
            .iter()
            .filter(|(_, peer)| peer.is_physical() == physical);
        let fits: Vec<&str> = fits.map(|(word, _)| *word).collect();
        return Err(Problem::new(
            place(raw.peer.as_ref(), section),
            format!(
                "`{}` cannot be the peer of a {} walsender",
                ws.peer.word(),
                ws.kind.word()
            ),
            format!("give one of {}, or change `kind`", quoted(&fits)),
        ));
    }
    if physical && ws.activity == Activity::Transaction {
        return Err(Problem::new(
            place(raw.activity.as_ref(), section),
            "a physical walsender has no transaction",
            "only a walsender that is connected to a database runs SQL: make it `logical`",
        ));
    }
    if physical && ws.failover {
        return Err(Problem::new(
            place(raw.failover.as_ref(), section),
            "a physical slot cannot be a failover slot",
            "set `failover` on a logical walsender, and `synchronized-standby` on this one",
        ));
    }
    if !physical && ws.synchronized_standby {
        return Err(Problem::new(
            place(raw.synchronized_standby.as_ref(), section),
            "a logical slot cannot be in `synchronized_standby_slots`",
            "set `synchronized-standby` on a physical walsender, and `failover` on this one",
        ));
    }
    Ok(())
}

/// The peer counts only while the walsender streams.
fn check_activity(
    raw: &RawWalsender,
    ws: &WalsenderScenario,
    section: &Span,
) -> Result<(), Problem> {
    let (peer_counts, state_counts) = match ws.activity {
        Activity::Streaming => (true, true),
        // What the subscriber is decides what it does when it comes back.
        Activity::Absent => (true, false),
        Activity::Connecting
        | Activity::Idle
        | Activity::Command
        | Activity::Transaction
        | Activity::Extension => (false, false),
    };
    let usual = matches!(ws.peer, PeerKind::ApplyWorker | PeerKind::Walreceiver);
    let meaningless = |key: &str, span: Span| {
        Problem::new(
            span,
            format!(
                "`{key}` has no meaning while the activity is `{}`",
                ws.activity.word()
            ),
            format!("remove `{key}`, or make the activity `streaming`"),
        )
    };
    if !peer_counts && !usual {
        return Err(meaningless("peer", place(raw.peer.as_ref(), section)));
    }
    if !state_counts && ws.peer_state != PeerState::Running {
        return Err(meaningless(
            "peer-state",
            place(raw.peer_state.as_ref(), section),
        ));
    }
    Ok(())
}

/// Whether there may, or must, be a slot.
fn check_slot(raw: &RawWalsender, ws: &WalsenderScenario, section: &Span) -> Result<(), Problem> {
    let span = place(raw.slot.as_ref(), section);
    let problem = |message: &str, help: &str| Err(Problem::new(span.clone(), message, help));
    let streaming = ws.activity == Activity::Streaming;
    if !ws.slot && ws.kind == WalsenderKind::Logical && streaming {
        return problem(
            "a logical walsender cannot stream without a slot",
            "remove `slot = false`, or give another `activity`",
        );
    }
    if !ws.slot && ws.activity == Activity::Absent {
        return problem(
            "an absent walsender without a slot is nothing at all",
            "remove `slot = false`, or the section",
        );
    }
    if ws.slot && ws.peer == PeerKind::ReceivewalNoFlush {
        return problem(
            "`receivewal-no-flush` is `pg_receivewal` without a slot",
            "add `slot = false`, or make the peer `receivewal`",
        );
    }
    if !ws.slot
        && matches!(
            ws.peer,
            PeerKind::Receivewal | PeerKind::ReceivewalSegmentFlush
        )
    {
        let message = format!("`{}` is `pg_receivewal` with a slot", ws.peer.word());
        return problem(
            &message,
            "remove `slot = false`, or make the peer `receivewal-no-flush`",
        );
    }
    Ok(())
}

/// What only a slot can have.
fn check_slot_options(
    raw: &RawWalsender,
    ws: &WalsenderScenario,
    section: &Span,
) -> Result<(), Problem> {
    if ws.slot {
        return Ok(());
    }
    let streaming = ws.activity == Activity::Streaming;
    let options = [
        (
            ws.failover,
            "failover",
            place(raw.failover.as_ref(), section),
        ),
        (
            ws.synchronized_standby,
            "synchronized-standby",
            place(raw.synchronized_standby.as_ref(), section),
        ),
        (
            ws.obsolete,
            "obsolete",
            place(raw.obsolete.as_ref(), section),
        ),
        (
            ws.saved_up_to > 0,
            "saved-up-to",
            place(raw.saved_up_to.as_ref(), section),
        ),
        (
            raw.caught_up_to.is_some() && !streaming,
            "caught-up-to",
            place(raw.caught_up_to.as_ref(), section),
        ),
    ];
    match options.into_iter().find(|(set, _, _)| *set) {
        Some((_, key, span)) => Err(Problem::new(
            span,
            format!("`{key}` has no meaning without a slot"),
            format!("remove `{key}` or `slot = false`"),
        )),
        None => Ok(()),
    }
}

/// Where the walsender is in the backlog.
fn check_positions(
    raw: &RawWalsender,
    ws: &WalsenderScenario,
    backlog: Backlog<'_>,
    section: &Span,
) -> Result<(), Problem> {
    let caught_up = place(raw.caught_up_to.as_ref(), section);
    let saved = place(raw.saved_up_to.as_ref(), section);
    let len = backlog.records.len();
    if usize::from(ws.caught_up_to) > len {
        return Err(Problem::new(
            caught_up,
            format!(
                "`caught-up-to` is {} and the backlog has {len} units",
                ws.caught_up_to
            ),
            format!("give at most {len}, or lengthen `backlog`"),
        ));
    }
    if ws.caught_up_to > backlog.flushed {
        return Err(Problem::new(
            caught_up,
            format!(
                "`caught-up-to` is {} and only {} units are flushed",
                ws.caught_up_to, backlog.flushed
            ),
            format!(
                "give at most {}: no walsender sends unflushed WAL",
                backlog.flushed
            ),
        ));
    }
    if ws.saved_up_to > ws.caught_up_to {
        return Err(Problem::new(
            saved,
            format!(
                "`saved-up-to` is {} and `caught-up-to` is {}",
                ws.saved_up_to, ws.caught_up_to
            ),
            format!(
                "give at most {}: what is not confirmed is not saved",
                ws.caught_up_to
            ),
        ));
    }
    let units = [
        ("caught-up-to", ws.caught_up_to, caught_up),
        ("saved-up-to", ws.saved_up_to, saved),
    ];
    let logical = ws.kind == WalsenderKind::Logical;
    match units
        .into_iter()
        .find(|(_, units, _)| logical && backlog.splits_record(*units))
    {
        Some((key, units, span)) => Err(Problem::new(
            span,
            format!("`{key}` is {units}, in the middle of a record"),
            format!(
                "give {} or {}: decoding goes by whole records",
                units - 1,
                units + 1
            ),
        )),
        None => Ok(()),
    }
}
