//! `segment-ends`: where WAL segments end.

use model::bounds::SEGMENT_ENDS_MAX;
use model::scenario::Scenario;

use super::check::{TOP, too_many};
use super::diagnostic::Problem;
use super::raw::{RawFile, place};

/// The ends, in ascending order; 0 after the last.
pub(super) fn segment_ends(raw: &RawFile) -> Result<[u8; SEGMENT_ENDS_MAX], Problem> {
    let mut ends = [0; SEGMENT_ENDS_MAX];
    let given = raw.segment_ends.as_ref();
    let given = given.map_or(&[][..], |list| list.get_ref().as_slice());
    if let Some(extra) = given.get(SEGMENT_ENDS_MAX) {
        let (n, max) = (given.len(), SEGMENT_ENDS_MAX);
        return Err(too_many(extra.span(), "segment ends", n, max));
    }
    let mut last = 0;
    for (place, end) in ends.iter_mut().zip(given) {
        *place = end.get_ref().0;
        if *place <= last {
            return Err(Problem::new(
                end.span(),
                format!("a segment ends at {place}, and the one before it at {last}"),
                "give the ends in ascending order, in WAL units from 1 on",
            ));
        }
        last = *place;
    }
    Ok(ends)
}

/// Segments end in WAL that there may be; with archiving, in WAL that is archived by now.
pub(super) fn check(raw: &RawFile, scenario: &Scenario) -> Result<(), Problem> {
    let Some(last) = scenario.segment_ends().last() else {
        return match scenario.wal_keep_size {
            0 => Ok(()),
            _ if scenario.archiving => Ok(()),
            _ => Err(Problem::new(
                place(raw.wal_keep_size.as_ref(), &TOP),
                "`wal-keep-size` where all WAL lies in one segment",
                "say where segments end, as in `segment-ends = [2]`, or remove `wal-keep-size`",
            )),
        };
    };
    let at = place(raw.segment_ends.as_ref(), &TOP);
    if scenario.archiving && last > scenario.backlog_flushed {
        return Err(Problem::new(
            at,
            format!("with `archiving`, a segment ends at {last}, behind the flushed backlog"),
            format!(
                "give at most {}: the segments before the stop's own are archived by then",
                scenario.backlog_flushed
            ),
        ));
    }
    let most = scenario.wal_len_max();
    if usize::from(last) > most {
        return Err(Problem::new(
            at,
            format!("a segment ends at {last}, and a run writes at most {most} WAL units"),
            format!("give at most {most}, or lengthen `backlog`"),
        ));
    }
    Ok(())
}
