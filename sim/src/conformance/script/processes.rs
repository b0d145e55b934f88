//! The lines of the postmaster, the checkpointer and the walsenders.

use model::cluster::{Child, ControlState, Signal};

use super::{Builder, bad};
use crate::conformance::events::{What, control_state, life, pm_state, shutdown, signal};
use crate::conformance::positions::ELSEWHERE;
use crate::conformance::raw::{Raw, TraceError};

impl Builder<'_> {
    pub(super) fn postmaster(
        &mut self,
        n: usize,
        raw: &Raw,
        before: (f64, f64),
        entry: (f64, f64),
    ) -> Result<(), TraceError> {
        let child = raw.text("child").unwrap_or_default();
        match raw.ev.as_str() {
            "pm_state" => {
                let state = raw.text("state").and_then(pm_state);
                let state = state.ok_or_else(|| bad(raw, "state"))?;
                let mode = raw.text("shutdown").and_then(shutdown);
                let mode = mode.ok_or_else(|| bad(raw, "shutdown"))?;
                let fatal = raw.bool("fatal_error") == Some(true);
                self.push(raw, false, before, What::PmState(state, mode, fatal));
            }
            "signal_send" => {
                let to = raw.text("to").unwrap_or_default();
                let name = raw.text("sig").unwrap_or_default();
                if to.starts_with("group:") || to == "archiver" && self.sets_latch(n, raw) {
                    return Ok(());
                }
                // SIGUSR1 is nothing that the postmaster of a design without latches sends.
                let signal = match signal(name) {
                    Some(signal) => signal,
                    None if name == "SIGUSR1" => Signal::InitStopping,
                    None => return Err(bad(raw, "sig")),
                };
                let to = self.number(to);
                self.push(raw, false, entry, What::Send(signal, to));
            }
            "reap" => {
                let Some(place) = self.cast.child(child) else {
                    return Ok(());
                };
                let same = |r: &Raw| {
                    r.ev == "reap"
                        && r.text("child")
                            .is_some_and(|c| c != child && self.same_place(child, c))
                };
                let code = raw
                    .text("status")
                    .filter(|s| s.starts_with("WIFEXITED"))
                    .and_then(|s| s.rsplit(' ').next()?.parse().ok());
                let what = if self.raws[n + 1..].iter().any(same) {
                    What::ReapOther(place)
                } else {
                    What::Reap(place, life(child, code))
                };
                self.push(raw, false, entry, what);
            }
            "fork" if self.cast.child(child) == Some(Child::DEAD_END) => {
                let session = self.session(child);
                let again = self.raws[..n]
                    .iter()
                    .filter(|r| r.ev == "fork" && r.actor == "postmaster")
                    .filter_map(|r| r.text("child"))
                    .any(|c| self.session(c) == session);
                let what = if again { What::ForkOther } else { What::Fork };
                self.push(raw, false, entry, what);
            }
            "pidfile_unlink" => self.push(raw, false, entry, What::PidFile),
            "fn" if raw.text("fn") == Some("proc_exit") => {
                let code = u8::try_from(raw.int("code").unwrap_or(-1)).unwrap_or(u8::MAX);
                self.push(raw, false, entry, What::PmExit(code));
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn checkpointer(
        &mut self,
        n: usize,
        raw: &Raw,
        entry: (f64, f64),
    ) -> Result<(), TraceError> {
        let returned = (self.around[n].0, raw.t);
        let at_return = raw.text("at") == Some("return");
        let (window, what) = match (raw.ev.as_str(), raw.text("fn").unwrap_or_default()) {
            ("fn", "ShutdownXLOG") if !at_return => (entry, What::ShutdownXlog),
            ("fn", "WalSndInitStopping") => (entry, What::InitStopping),
            ("fn", "WalSndWaitStopping") if !at_return => (entry, What::WaitStopping),
            ("fn", "WalSndWaitStopping") => (returned, What::WaitStoppingReturn),
            ("fn", "CreateCheckPoint") if !at_return => (entry, What::CreateCheckPoint),
            ("fn", "CreateCheckPoint" | "ShutdownXLOG") => (returned, What::ShutdownXlogReturn),
            ("fn", "CheckPointReplicationSlots") if !at_return => (entry, What::ReplicationSlots),
            ("fn", "CheckPointReplicationSlots") => (returned, What::ReplicationSlotsReturn),
            ("fn", "SaveSlotToPath") => (entry, What::SaveSlot),
            ("fn", "XLogFlush") => {
                let lsn = raw.lsn("lsn").unwrap_or_default();
                (entry, What::Flush(self.fold.at(lsn)))
            }
            ("slot_save", _) => {
                let name = raw.text("slot").unwrap_or_default();
                let slot = self.cast.walsender(name).unwrap_or(usize::MAX);
                let at = |key| self.fold.at(raw.lsn(key).unwrap_or_default());
                let what = What::SlotSave(slot, at("confirmed_flush"), at("restart_lsn"));
                (entry, what)
            }
            ("control_write", _) => {
                let state = raw.text("state").and_then(control_state);
                let state = state.ok_or_else(|| bad(raw, "state"))?;
                let checkpoint = self.fold.at(raw.lsn("checkpoint").unwrap_or_default());
                let checkpoint = match state {
                    ControlState::ShutDown => checkpoint,
                    // The checkpoint before the stop is not modelled.
                    ControlState::InProduction
                    | ControlState::ShuttingDown
                    | ControlState::InRecovery
                    | ControlState::ShutDownInRecovery => ELSEWHERE,
                };
                (entry, What::ControlWrite(state, checkpoint))
            }
            ("stats_rename", _) => (entry, What::StatsWrite),
            ("signal_send", _) if self.sets_latch(n, raw) => return Ok(()),
            ("signal_send", _) => {
                let to = raw.text("to").unwrap_or_default();
                if to == "postmaster" {
                    (entry, What::SendXlogIsShutdown)
                } else {
                    let name = to.trim_start_matches("walsender:");
                    let walsender = self.cast.walsender(name).unwrap_or(usize::MAX);
                    (entry, What::SendInitStopping(walsender))
                }
            }
            _ => {
                self.proc_exit(raw, entry);
                return Ok(());
            }
        };
        self.push(raw, false, window, what);
        Ok(())
    }

    /// The collector's last file, `pgstat_write_statsfiles`, "permanent": before it wrote those of
    /// the databases, and while it works temporary ones.
    pub(super) fn collector(&mut self, n: usize, raw: &Raw, entry: (f64, f64)) {
        let mut before = self.raws[..n].iter().rev();
        let written = before.find(|r| r.actor == raw.actor && r.ev == "stats_write");
        if written.and_then(|r| r.text("path")) == Some("pg_stat/global.tmp") {
            self.push(raw, false, entry, What::StatsWrite);
        }
    }

    pub(super) fn proc_exit(&mut self, raw: &Raw, entry: (f64, f64)) {
        if raw.text("fn") == Some("proc_exit") {
            let code = u8::try_from(raw.int("code").unwrap_or(-1)).unwrap_or(u8::MAX);
            let sent = raw.lsn("sentPtr").map(|lsn| self.fold.at(lsn));
            self.push(raw, false, entry, What::ProcExit(code, sent));
        }
    }

    pub(super) fn walsender(&mut self, raw: &Raw, entry: (f64, f64)) {
        let at = |key: &str| raw.lsn(key).map(|lsn| self.fold.at(lsn));
        let kept = |key: &str| raw.lsn(key).is_none_or(|lsn| self.fold.is_kept(lsn));
        let physical = self.cast.is_physical(&raw.actor);
        let what = match raw.text("fn").or(raw.text("msg")).unwrap_or_default() {
            "XLogData" => {
                let end = self.fold.ceiling(raw.lsn("end").unwrap_or_default());
                let what = What::Data(end);
                // Several transactions that end in one interval are one record: the last counts.
                if let Some(&index) = self.index.get(&(raw.actor.clone(), false)) {
                    let events = &mut self.script.streams[index].events;
                    if let Some(before) = events.iter_mut().rev().find(|e| e.what == what) {
                        before.what = What::DataPart(end);
                        self.script.folded += 1;
                    }
                    if let [.., a, b] = events.as_slice()
                        && a.what == b.what
                    {
                        events.pop();
                    }
                }
                what
            }
            "Keepalive" | "StandbyStatus" if !kept("end") || !kept("flush") => {
                self.script.folded += 1;
                return;
            }
            "LogicalConfirmReceivedLocation" if !kept("lsn") => {
                self.script.folded += 1;
                return;
            }
            "Keepalive" => {
                let end = at("end").unwrap_or_default();
                match raw.bool("reply_requested") {
                    Some(false) if !physical => What::KeepaliveUnasked(end),
                    asked => What::Keepalive(end, asked == Some(true)),
                }
            }
            "CommandComplete" => What::CommandComplete,
            "StandbyStatus" => {
                let write = at("write").filter(|_| kept("write"));
                What::Status(write, at("flush").unwrap_or_default())
            }
            "LogicalConfirmReceivedLocation" => What::Confirm(at("lsn").unwrap_or_default()),
            "WalSndSetState" if raw.text("state") == Some("stopping") => {
                What::SetStopping(at("sentPtr").unwrap_or(ELSEWHERE))
            }
            "HandleWalSndInitStopping" => {
                self.push(raw, true, entry, What::GotStopping);
                return;
            }
            "WalSndLastCycleHandler" => {
                self.push(raw, true, entry, What::Recv(Signal::Usr2));
                return;
            }
            _ => {
                self.proc_exit(raw, entry);
                return;
            }
        };
        self.push(raw, false, entry, what);
    }
}
