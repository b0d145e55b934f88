"""Packs the recorded shutdowns for the tests: CORPUS/<major>/<scenario>/{trace.jsonl,outcome.json}
-> traces/<major>-<scenario>.jsonl.gz, with the outcome as a last event.

Left out: log lines; the kernel's second view of signals, where it does not show that strace's clock
is ahead of the kernel's; and repeated WAL page writes of one process (only the first of an
uninterrupted run of one process)."""
import glob, gzip, json, os, sys

corpus, here = sys.argv[1], os.path.join(os.path.dirname(os.path.abspath(__file__)), "traces")
NUMBERS = {"SIGINT": 2, "SIGQUIT": 3, "SIGKILL": 9, "SIGUSR1": 10, "SIGUSR2": 12, "SIGTERM": 15}


def clocks_differ(events):
    """Whether strace sees a signal sent later than the kernel does: it stops the sender before."""
    calls, kernel = {}, {}
    for e in events:
        to = e.get("to", "").removeprefix("group:")
        if e["ev"] == "signal_send" and e["sig"] in NUMBERS:
            calls.setdefault((e["actor"], NUMBERS[e["sig"]], to), []).append(e["t"])
        elif e["ev"] == "k_signal_generate":
            kernel.setdefault((e["actor"], e["sig"], to), []).append(e["t"])
    same = [k for k in calls if len(calls[k]) == len(kernel.get(k, []))]
    return any(a > b for k in same for a, b in zip(calls[k], kernel[k]))


for path in sorted(glob.glob(os.path.join(corpus, "*", "*", "trace.jsonl"))):
    major, scenario = path.split(os.sep)[-3:-1]
    lines, last = [], {}
    events = [json.loads(line) for line in open(path)]
    both = clocks_differ(events)
    for e in events:
        if e["src"] == "log" or not both and e["ev"].startswith("k_signal"):
            continue
        actor = e["actor"]
        if e["ev"] == "wal_write" and last.get(actor) == "wal_write":
            continue
        if e["ev"] == "wal_sync" and last.get(actor) == "wal_write":
            continue
        last[actor] = e["ev"]
        lines.append(e)
    o = json.load(open(os.path.join(os.path.dirname(path), "outcome.json")))
    keys = ("version", "settings", "control", "checkpoint", "before", "slots", "notes")
    event = {"t": lines[-1]["t"], "actor": "harness", "ev": "outcome", "src": "harness"}
    event.update({k: o[k] for k in keys if k in o})
    lines.append(event)
    text = "".join(json.dumps(e, separators=(",", ":")) + "\n" for e in lines)
    with open(os.path.join(here, f"{major}-{scenario}.jsonl.gz"), "wb") as f:
        with gzip.GzipFile(fileobj=f, mode="wb", compresslevel=9, mtime=0, filename="") as z:
            z.write(text.encode())
