#!/usr/bin/env python3
"""Boils recorded real shutdowns down to the lines of outcomes.jsonl.

Usage: compact.py CORPUS_DIR > outcomes.jsonl; gzip -9n outcomes.jsonl

Reads CORPUS_DIR/<major>/<scenario>/{outcome.json,trace.jsonl}. README.md explains each field.
"""

import json
import re
import sys
from pathlib import Path

SEGMENT_BYTES = 16 * 1024 * 1024
PERMANENT_STATS_FILES = ("pgstat.stat", "global.stat")  # 15 and later; 14 and earlier


def lsn(text):
    high, low = text.split("/")
    return int(high, 16) << 32 | int(low, 16)


def relation(a, b):
    """-1, 0 or 1 as position `a` is before, at or after `b`; None if either is unknown."""
    if a is None or b is None:
        return None
    return (lsn(a) > lsn(b)) - (lsn(a) < lsn(b))


def records_behind(raw):
    """Count and kinds of the records from the position on disk to the checkpoint record."""
    if raw == "=checkpoint_start":
        return 0, []
    match = re.fullmatch(r"before_checkpoint by \d+ bytes, (\d+) records: (\S+)", raw)
    return (int(match[1]), match[2].split(",")) if match else (None, None)


def wrote_checkpoint(outcome, trace):
    """Whether the last checkpoint record is this stop's own; pg_control and trace must agree."""
    control, before = outcome["control"], outcome["before"]["control"]
    by_files = (
        control["state"] == "shut down"
        and control["checkpoint"] != before["checkpoint"]
        and control["checkpoint"] == outcome["checkpoint"]["start"]
        and outcome["checkpoint"]["kind"] == "CHECKPOINT_SHUTDOWN"
    )
    by_trace = any(e["ev"] == "control_write" and e["state"] == "shut down" for e in trace)
    assert by_files == by_trace
    return by_files


def acknowledged(outcome, trace, name):
    """The consumer's last acknowledged flush position, and where it was seen."""
    replies = [
        e
        for e in trace
        if e["actor"] == f"walsender:{name}" and e["ev"] == "rx" and e["msg"] == "StandbyStatus"
    ]
    walsender = outcome["walsenders"].get(f"walsender:{name}", {})
    assert walsender.get("last_rx_flush") == (replies[-1]["flush"] if replies else None)
    if replies:
        return replies[-1]["flush"], "wire"
    for sender in outcome["before"]["senders"]:
        if sender["slot_name"] == name and sender["flush_lsn"]:
            return sender["flush_lsn"], "view"
    for slot in outcome["before"]["slots"]:
        if slot["slot_name"] == name and slot["active_pid"] is None and slot["confirmed_flush_lsn"]:
            return slot["confirmed_flush_lsn"], "slot"
    return None, None


def slot_line(outcome, trace, name, written):
    slot = outcome["slots"][name]
    logical = slot["kind"] == "logical"
    disk = slot["disk"] if logical else slot["restart_lsn_disk"]
    raw = slot["disk_rel"] if logical else slot["restart_rel"]
    assert disk == slot["after_restart" if logical else "after_restart_restart_lsn"]

    saves = [e for e in trace if e["ev"] == "slot_save" and e["slot"] == name]
    if saves:
        assert disk == saves[-1]["confirmed_flush" if logical else "restart_lsn"]
    if logical:
        moved = disk != slot["disk_before_stop"]
    else:
        # disk_before_stop is confirmed_flush; the earlier restart_lsn was not recorded.
        moved = None if saves else False

    acked, source = acknowledged(outcome, trace, name)
    start = outcome["checkpoint"]["start"] if written else None
    end = outcome["checkpoint"]["end"] if written else None
    records, kinds = records_behind(raw) if written else (None, None)
    assert not written or (records == 0) == (disk == start)
    return {
        "kind": slot["kind"],
        "disk": disk,
        "disk_rel_raw": raw,
        "disk_vs_start": relation(disk, start),
        "disk_vs_end": relation(disk, end),
        "records_behind": records,
        "only_switch_behind": kinds == ["XLOG/SWITCH"] if kinds is not None else None,
        "moved_on_disk": moved,
        "saved_during_stop": bool(saves),
        "acked": acked,
        "acked_source": source,
        "disk_vs_acked": relation(disk, acked),
        "acked_vs_start": relation(acked, start),
        "acked_vs_end": relation(acked, end),
    }


def exit_of(outcome, actor):
    exits = [e for e in outcome["exit_order"] if e["actor"] == actor]
    assert len(exits) == 1, f"{actor}: {len(exits)} exits"
    return exits[0].get("code"), exits[0].get("killed_by")


def walsender_line(outcome, trace, actor, written):
    """Both orders are read off the kernel's clock alone; strace reports exits late."""
    code, killed_by = exit_of(outcome, actor)
    kernel = [e for e in trace if e["src"] == "ktrace"]
    begun = [
        e["t"] for e in kernel if e.get("fn") == "CreateCheckPoint" and e["at"] == "entry"
    ]
    exited = [e["t"] for e in kernel if e["actor"] == actor and e["ev"] == "k_exit"]
    left = [e["t"] for e in kernel if e["actor"] == actor and e.get("fn") == "proc_exit"]
    assert len(begun) == int(written) and len(exited) == 1 and len(left) <= 1
    return {
        "last_acked": acknowledged(outcome, trace, actor.removeprefix("walsender:"))[0],
        "exit_code": code,
        "killed_by": killed_by,
        "left_before_checkpoint": (left or exited)[0] < begun[0] if written else None,
        "exited_before_checkpoint": exited[0] < begun[0] if written else None,
    }


def archived(outcome, trace):
    """Whether the segment that the stop switched away from was archived; None if none was."""
    switches = [r for r in outcome["wal_tail"] if (r["rm"], r["info"]) == ("XLOG", "SWITCH")]
    if outcome["settings"].get("archive_mode") != "on" or not switches:
        return None
    high, low = divmod(lsn(switches[-1]["lsn"]) // SEGMENT_BYTES, 2**32 // SEGMENT_BYTES)
    segment = f"{outcome['control']['tli']:08X}{high:08X}{low:08X}"
    return any(e["ev"] == "archive_status" and e["file"] == f"{segment}.done" for e in trace)


def run_line(directory):
    outcome = json.loads((directory / "outcome.json").read_text())
    trace = [json.loads(line) for line in (directory / "trace.jsonl").read_text().splitlines()]
    assert (directory.parent.name, directory.name) == (str(outcome["major"]), outcome["scenario"])
    written = wrote_checkpoint(outcome, trace)
    code, killed_by = exit_of(outcome, "postmaster")
    exit_order = outcome["exit_order_ktrace"]
    assert exit_order == [e["actor"] for e in trace if e["ev"] == "k_exit"]
    assert exit_order[-1] == "postmaster"
    return {
        "major": outcome["major"],
        "version": outcome["version"],
        "scenario": outcome["scenario"],
        "stop_mode": outcome["stop_mode"],
        "stop_requests": [e["mode"] for e in trace if e["ev"] == "stop_request"],
        "settings": outcome["settings"],
        "clean": outcome["clean"],
        "hung": outcome["hung"],
        "control_state": outcome["control"]["state"],
        "postmaster_exit": {"code": code, "killed_by": killed_by},
        "checkpoint_written": written,
        "checkpoint_start": outcome["checkpoint"]["start"] if written else None,
        "checkpoint_end": outcome["checkpoint"]["end"] if written else None,
        "stats_written": any(
            e["ev"] == "stats_rename" and e["path"] in PERMANENT_STATS_FILES for e in trace
        ),
        "archived": archived(outcome, trace),
        "slots": {n: slot_line(outcome, trace, n, written) for n in sorted(outcome["slots"])},
        "walsenders": {
            n: walsender_line(outcome, trace, n, written) for n in sorted(outcome["walsenders"])
        },
        "exit_order": exit_order,
    }


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    lines = [run_line(path.parent) for path in Path(sys.argv[1]).glob("*/*/outcome.json")]
    if not lines:
        sys.exit(f"{sys.argv[1]}: no <major>/<scenario>/outcome.json in there")
    for line in sorted(lines, key=lambda line: (line["major"], line["scenario"])):
        print(json.dumps(line, separators=(",", ":")))


if __name__ == "__main__":
    main()
