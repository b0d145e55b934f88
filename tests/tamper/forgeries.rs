//! Ways to forge a trace. Each takes a recorded one and changes it at a place that the dice choose;
//! `None` where the trace offers no such place.

mod messages;
mod order;
mod processes;
mod signals;
mod wal;

use serde_json::Value;

use crate::tamper::tape::{Dice, Tape};

/// A kind of forgery.
pub(crate) struct Forgery {
    pub(crate) name: &'static str,
    /// Least share that must be rejected, in percent.
    pub(crate) rejected_min: usize,
    pub(crate) forge: fn(&mut Tape, &mut Dice) -> Option<()>,
}

macro_rules! forgeries {
    ($($name:literal $min:literal $forge:expr;)*) => {
        pub(crate) const FORGERIES: &[Forgery] = &[
            $(Forgery { name: $name, rejected_min: $min, forge: $forge },)*
        ];
    };
}

forgeries! {
    "checkpoint-before-walsender-is-gone" 100 order::checkpoint_before_walsender_is_gone;
    "checkpoint-before-helper-is-gone" 100 order::checkpoint_before_helper_is_gone;
    "checkpointer-told-before-helper-is-reaped" 100 order::told_before_helper_is_reaped;
    "signal-to-the-wrong-process" 100 signals::signal_to_the_wrong_process;
    "another-signal" 100 signals::another_signal;
    "signal-never-sent" 100 signals::signal_never_sent;
    "signal-more" 100 signals::signal_more;
    "init-stopping-never-sent" 85 signals::init_stopping_never_sent;
    "init-stopping-before-its-time" 100 order::init_stopping_before_its_time;
    "handler-before-the-signal" 95 order::handler_before_the_signal;
    "wal-after-the-record" 100 wal::wal_after_the_record;
    "wal-pages-after-shut-down" 100 wal::wal_pages_after_shut_down;
    "record-elsewhere" 100 wal::record_elsewhere;
    "record-longer" 100 wal::record_longer;
    "slot-saved-where-never-acknowledged" 100 wal::slot_saved_where_never_acknowledged;
    "slot-saved-past-the-record" 100 wal::slot_saved_past_the_record;
    "slot-never-saved" 100 wal::slot_never_saved;
    "slot-saved-twice" 100 wal::slot_saved_twice;
    "slot-saved-after-the-record" 100 order::slot_saved_after_the_record;
    "slot-left-elsewhere" 100 wal::slot_left_elsewhere;
    "acknowledged-past-what-was-sent" 100 messages::acknowledged_past_what_was_sent;
    "keepalive-answer-missing" 100 messages::keepalive_answer_missing;
    "record-never-sent-to-standby" 100 messages::record_never_sent_to_standby;
    "data-after-the-goodbye" 100 messages::data_after_the_goodbye;
    "goodbye-without-acknowledgement" 100 messages::goodbye_without_acknowledgement;
    "goodbye-missing" 85 messages::goodbye_missing;
    "stopping-never-set" 100 messages::stopping_never_set;
    "stopping-set-by-logical" 100 messages::stopping_set_by_logical;
    "left-before-it-was-told" 100 order::left_before_it_was_told;
    "control-order" 100 order::control_order;
    "control-write-missing" 100 processes::control_write_missing;
    "control-left-otherwise" 100 processes::control_left_otherwise;
    "exit-order-of-another-release" 100 order::exit_order_of_another_release;
    "exit-status" 100 processes::exit_status;
    "reaped-before-its-end" 100 processes::reaped_before_its_end;
    "never-reaped" 95 processes::never_reaped;
    "end-not-seen" 90 processes::end_not_seen;
    "postmaster-status" 100 processes::postmaster_status;
    "pm-state" 95 processes::pm_state;
    "another-stop-mode" 100 signals::another_stop_mode;
    "stats-missing" 100 processes::stats_missing;
    "stats-before-the-checkpoint" 100 order::stats_before_the_checkpoint;
    "archived-before-the-switch" 100 order::archived_before_the_switch;
    "crash-not-handled" 80 processes::crash_not_handled;
    "dead-end-after-the-end" 100 processes::dead_end_after_the_end;
    "neighbours-swapped" 0 order::neighbours_swapped;
    "event-lost" 0 order::event_lost;
}

fn of<'a>(actor: &'a str, ev: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |e| e["actor"] == actor && e["ev"] == ev
}

fn function<'a>(actor: &'a str, name: &'a str, at: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |e| e["actor"] == actor && e["fn"] == name && e["at"] == at
}

/// All that shows the end of `actor`, its reaping included.
fn end_of(tape: &Tape, actor: &str) -> Vec<usize> {
    tape.all(|e| {
        let own = e["actor"] == actor
            && (e["fn"] == "proc_exit" || e["ev"] == "exit" || e["ev"] == "k_exit");
        let told = e["ev"] == "signal_recv" && e["sig"] == "SIGCHLD" && e["from"] == actor;
        own || told || e["ev"] == "reap" && e["child"] == actor
    })
}
