//! Cases of the walsenders' drain: send all, confirm all, then leave.

use super::{LeftOut, cases};

/// Cases of this part that are not tried.
pub static LEFT_OUT: &[LeftOut] = &[(
    "B20",
    "a busy loop of one process that changes nothing is, in this model, no step: under fairness it \
     breaks no promise; to judge it one would count CPU",
)];

cases! {
    "B1" "exit before replicated"
        "985bd7d497" {
        "before": "pg9.6-985bd7d497", "standby-only", "standby-can-rejoin" => Violated;
        "after": "pg9.6", "standby-only", "standby-can-rejoin" => Holds;
    } ""
    "B2" "exit after one send cycle"
        "e0b581acd2" {
        "before": "pg9.6-e0b581acd2", "standby-batches", "standby-can-rejoin" => Violated;
        "after": "pg9.6", "standby-batches", "standby-can-rejoin" => Holds;
    } ""
    "B3" "a receiver that never reports flush"
        "5c6d9fc4b2" {
        "before": "pg9.6-5c6d9fc4b2", "receivewal", "shutdown-terminates" => Violated;
        "after": "pg9.6", "receivewal", "shutdown-terminates" => Holds;
    } "The record's 7899aa356a is the commit of a back branch; on master it is 5c6d9fc4b2."
    "B4" "a receiver that flushes only at a segment's end"
        "f66c20b317 (in pg_receivexlog: the scenarios differ)" {
        "before": "pg9.6", "receivewal-segments", "shutdown-terminates" => Violated;
        "after": "pg9.6", "receivewal-slot", "shutdown-terminates" => Holds;
    } ""
    "B6" "the last ping is not remembered"
        "59455018a8" {
        "before": "pg9.6-59455018a8", "answers-when-asked", "one-ping-at-a-time" => Violated;
        "after": "pg9.6", "answers-when-asked", "one-ping-at-a-time" => Holds;
    } "With a peer that also reports by itself two questions can be under way after the fix, too: \
       any reply clears waiting_for_ping_response, also one sent before it."
    "B7" "a keepalive without request sets `waiting`"
        "470687b4a5" {
        "before": "pg9.6-470687b4a5", "answers-when-asked", "shutdown-terminates" => Violated;
        "control: a peer that reports by itself": "pg9.6-470687b4a5", "hints-without-checksums",
            "shutdown-terminates" => Holds;
        "after": "pg9.6", "answers-when-asked", "shutdown-terminates" => Holds;
    } ""
    "B8" "the caught-up branch forgets the stop"
        "38ddeab13b" {
        "before": "pg9.6-38ddeab13b", "busy", "stop-needs-no-timer" => Violated;
        "before: a delay, not a hang": "pg9.6-38ddeab13b", "busy", "shutdown-terminates" => Holds;
        "before, the notice": "pg9.6-38ddeab13b", "busy", "wake-ups-are-served" => Holds;
        "after": "pg9.6", "busy", "stop-needs-no-timer" => Holds;
        "control: WalSndLoop does not sleep (13)": "pg16-38ddeab13b", "busy",
            "stop-needs-no-timer" => Holds;
    } "The record says \"for ever with timeout 0\". WalSndComputeSleeptime sleeps 10 s where \
       wal_sender_timeout is 0, and else until half of it has passed since the peer's last word; \
       then WalSndWaitForWal finds got_STOPPING. From f246ea3b2a on WalSndLoop does not sleep \
       there at all."
    "B13" "CopyDone of the client is not honoured"
        "fca85f8ef1" {
        "before": "pg9.6-fca85f8ef1", "client-ends-stream", "copy-done-is-honoured" => Violated;
        "after": "pg9.6", "client-ends-stream", "copy-done-is-honoured" => Holds;
    } ""
    "B14" "a blocked apply worker blocks the publisher"
        "a8f45dee91" {
        "before": "pg18", "subscriber-locked-no-timeout",
            "shutdown-terminates-whatever-peers-do" => Violated;
        "control: timeout -1": "pg19", "subscriber-locked-waits",
            "shutdown-terminates-whatever-peers-do" => Violated;
        "after": "pg19", "subscriber-locked-no-timeout",
            "shutdown-terminates-whatever-peers-do" => Holds;
        "after: the documented price": "pg19", "shutdown-timeout-busy",
            "all-commits-delivered" => Violated;
    } ""
    "B15" "leave without confirmation (rejected)"
        "first patches of the 2022 thread" {
        "before": "pg17-985bd7d497", "busy", "upgrade-check-complete" => Violated;
        "after": "pg17", "busy", "upgrade-check-complete" => Holds;
    } "S-CAUGHT-UP breaks only if the connection is lost, too: what is in the socket still \
       arrives. The upgrade is refused in any case."
    "B17" "the timeout does not cover the goodbye"
        "c0b24b32b0" {
        "before": "pg19-c0b24b32b0", "goodbye-blocked",
            "shutdown-terminates-whatever-peers-do" => Violated;
        "after": "pg19", "goodbye-blocked", "shutdown-terminates-whatever-peers-do" => Holds;
    } ""
    "B18a" "a client that never confirms a keepalive's LSN"
        "pgjdbc#1490 (in the client: the scenarios differ)" {
        "kind 1: commits only": "pg18", "confirms-commits-only", "shutdown-terminates" => Violated;
        "kind 2: when nothing is pending": "pg18", "answers-when-asked",
            "shutdown-terminates" => Holds;
    } "The hang is a ping-pong: `no-livelock` breaks, too."
    "B19" "a failover slot waits for a standby that is gone"
        "bf279ddd1c" {
        "before: waits": "pg17-standby-slots-error", "failover-standby-gone",
            "shutdown-terminates" => Violated;
        "after": "pg17", "failover-standby-gone", "shutdown-terminates" => Holds;
        "after: the price": "pg17", "failover-standby-gone", "all-commits-delivered" => Violated;
        "an active, stuck standby": "pg18", "failover-standby-frozen",
            "shutdown-terminates-whatever-peers-do" => Violated;
        "the same with a timeout": "pg19", "failover-standby-frozen",
            "shutdown-terminates-whatever-peers-do" => Holds;
    } ""
}
