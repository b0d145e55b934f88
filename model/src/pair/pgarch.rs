//! The archiver: it copies segments that are `.ready`, oldest first.
//!
//! *Simplified*: the command never overwrites a file (the manual asks for that): it succeeds if the
//! archive has the same one, and fails for ever if it has another.
//!
//! *Break it*: `-2e6107cb62` breaks `archive-complete`.

use super::node::{Node, Phase, Startup, Stop};
use super::wal::{SEGMENT, TIMELINES};
use super::{Pair, State};

/// Copies one segment and renames `.ready` to `.done`.
///
/// Source: master `pgarch.c` `pgarch_archiveXlog`, `pgarch_archiveDone`.
#[must_use]
pub fn pgarch_archive_xlog(w: &Pair, s: &State, n: usize) -> Option<State> {
    let node = &s.nodes[n];
    let up = matches!(node.phase, Phase::Production | Phase::Recovery);
    let runs = up && w.archives(node) && node.startup != Startup::Begin;
    if !runs || node.stop == Stop::Immediate {
        return None;
    }
    let tl = (0..TIMELINES).find(|&tl| node.ready[tl] != 0)?;
    let bit = node.ready[tl] & node.ready[tl].wrapping_neg();
    let start = u8::try_from(bit.trailing_zeros()).unwrap_or_default() * SEGMENT;
    let range = usize::from(start)..usize::from(start + SEGMENT);
    let there = s.archive.segments[tl] & bit != 0;
    let other = tl == 0 && s.archive.records[range.clone()] != node.records[range.clone()];
    if there && other {
        return None;
    }

    let mut s = *s;
    if tl == Node::index(1) {
        s.archive.records[range.clone()].copy_from_slice(&node.records[range]);
    }
    s.archive.segments[tl] |= bit;
    s.nodes[n].ready[tl] &= !bit;
    s.nodes[n].done[tl] |= bit;
    Some(s)
}
