//! WAL segments: where they end, which are kept, and whether one that is read is still there.
//!
//! A scenario says where segments end (`segment-ends`); `XLOG_SWITCH` ends one, too. Where it says
//! nothing and nothing is archived, all WAL lies in one segment: no reader misses any.
//! [`Wal::removed`] is then the bound that `KeepLogSeg` gives, wherever segments end.
//!
//! *Simplified*: WAL summarization (17, `summarize_wal`, off by default) keeps nothing; all
//! complete segments of the backlog are archived when a scenario begins.

use crate::bounds::SEGMENT_ENDS_MAX;
use crate::cluster::Cluster;
use crate::scenario::Scenario;
use crate::wal::{Lsn, Record, Wal};
use crate::world::World;

impl Scenario {
    /// Where segments end: number of WAL units in front of each end, in ascending order.
    pub fn segment_ends(&self) -> impl Iterator<Item = u8> + '_ {
        self.segment_ends.iter().copied().take_while(|&end| end > 0)
    }

    /// Segments end at `ends`: put in order, without what is said twice or does not fit.
    pub fn set_segment_ends(&mut self, ends: impl Iterator<Item = u8>) {
        let mut sorted: Vec<u8> = ends.filter(|&end| end > 0).collect();
        sorted.sort_unstable();
        sorted.dedup();
        sorted.resize(SEGMENT_ENDS_MAX, 0);
        self.segment_ends = std::array::from_fn(|i| sorted[i]);
    }
}

impl World {
    /// Whether this scenario says where segments end, or ends one by a switch.
    #[must_use]
    pub fn has_segments(&self) -> bool {
        self.scenario.segment_ends[0] > 0 || self.scenario.archiving
    }

    fn is_segment_start(&self, wal: &Wal, lsn: Lsn) -> bool {
        lsn > Lsn::START
            && (wal.at(Lsn(lsn.0 - 1)) == Record::Switch
                || self.scenario.segment_ends().any(|end| lsn.0 == end + 1))
    }

    /// First positions of the segments behind the first one, up to the one that `lsn` is in.
    fn segment_starts<'a>(&'a self, wal: &'a Wal, lsn: Lsn) -> impl Iterator<Item = Lsn> + 'a {
        (Lsn::START.0..=lsn.0)
            .map(Lsn)
            .filter(|&start| self.is_segment_start(wal, start))
    }

    /// First position of the segment that `lsn` is in (`XLByteToSeg`).
    #[must_use]
    pub fn segment_start(&self, wal: &Wal, lsn: Lsn) -> Lsn {
        let starts = self.segment_starts(wal, lsn);
        starts.last().unwrap_or(Lsn::START)
    }

    /// The newest segment that is not needed ends here: everything before it is removed.
    ///
    /// `redo` is the redo pointer, `slots` what the slots need. From the segment of the older one
    /// on WAL is kept, and at least `wal_keep_size` before the segment of the checkpoint record's
    /// end; a segment that waits for the archiver is kept, too.
    ///
    /// Source: master `xlog.c` `KeepLogSeg`, "but, keep at least wal_keep_size if that's set";
    /// `RemoveOldXlogFiles`, "if (XLogArchiveCheckDone(xlde->d_name))".
    #[must_use]
    pub(crate) fn keep_log_seg(&self, s: &Cluster, redo: Lsn, slots: Lsn) -> Lsn {
        let keep = redo.min(slots);
        let wal = &*s.wal;
        let end = wal.shutdown_checkpoint().map_or(redo, |at| Lsn(at.0 + 1));
        // Number of segments behind which `end` lies, and the start of the one with this number.
        let current = self.segment_starts(wal, end).count();
        let start_of = |number: usize| match number {
            0 => Lsn::START,
            n => self
                .segment_starts(wal, end)
                .nth(n - 1)
                .unwrap_or(Lsn::START),
        };
        let mut keep = if self.has_segments() {
            self.segment_start(wal, keep)
        } else {
            keep
        };
        if self.scenario.wal_keep_size > 0 {
            let kept = usize::from(self.scenario.wal_keep_size);
            keep = keep.min(start_of(current.saturating_sub(kept)));
        }
        if s.archiver.ready > 0 {
            let waiting = usize::from(s.archiver.ready);
            keep = keep.min(start_of(current.saturating_sub(waiting)));
        }
        keep
    }

    /// Everything before it has been removed or recycled: who reads there gets an ERROR.
    ///
    /// Source: master `xlog.c` `CheckXLogRemoved`, "segno <= lastRemovedSegNo".
    #[must_use]
    pub fn removed(&self, wal: &Wal) -> Lsn {
        if self.has_segments() {
            wal.removed
        } else {
            Lsn::START
        }
    }
}
