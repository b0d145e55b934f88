"""Packs the recorded shutdowns for the tests: CORPUS/<major>/<scenario>/{trace.jsonl,outcome.json}
-> traces/<major>-<scenario>.jsonl.gz, with the outcome as a last event.

Left out: log lines and the kernel's second view of signals, which the checker does not look at, and
repeated WAL page writes of one process (only the first of an uninterrupted run of one process)."""
import glob, gzip, json, os, sys

corpus, here = sys.argv[1], os.path.join(os.path.dirname(os.path.abspath(__file__)), "traces")
for path in sorted(glob.glob(os.path.join(corpus, "*", "*", "trace.jsonl"))):
    major, scenario = path.split(os.sep)[-3:-1]
    lines, last = [], {}
    for line in open(path):
        e = json.loads(line)
        if e["src"] == "log" or e["ev"] in ("k_signal_generate", "k_signal_deliver"):
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
