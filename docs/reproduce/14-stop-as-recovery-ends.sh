#!/bin/bash
# A crashed server with archiving is started, and a fast stop is asked for during the end-of-recovery
# checkpoint. The stop is clean, and no archiver ever ran: completed segments are not archived.
# usage: 14-stop-as-recovery-ends.sh BINDIR WORKDIR       (not as root; no debugger)
# SIGSTOP of the checkpointer stands for a checkpoint that takes its time (it can take minutes).
set -u
bin=$1 work=$2
mkdir -p "$work/sock" "$work/archive"
q() { "$bin/psql" -h "$work/sock" -U postgres -d postgres -Atqc "$1" 2>&1; }
"$bin/initdb" -D "$work/a" -U postgres -A trust >/dev/null
cat >>"$work/a/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$work/sock'
autovacuum = off
max_wal_size = 4GB
checkpoint_timeout = 1h
archive_mode = on
archive_command = 'test ! -f $work/archive/%f && cp %p $work/archive/%f.part && mv $work/archive/%f.part $work/archive/%f'
CONF
start() { "$bin/pg_ctl" -D "$work/a" -l "$work/a.log" "$@" start >/dev/null 2>&1 </dev/null; }
child() { ps --ppid "$(head -1 "$work/a/postmaster.pid" 2>/dev/null || echo 0)" -o pid=,args= 2>/dev/null | awk "/$1/{print \$1}"; }
try() { # name, control|stop
    echo "== $1"
    start -w
    q "create table if not exists t(x text)" >/dev/null
    q "insert into t select repeat('x', 100) from generate_series(1, 1500000)"
    q "insert into t values ('$1')"
    "$bin/pg_ctl" -D "$work/a" -m immediate stop >/dev/null     # the crash
    : >"$work/a.log"
    if [ "$2" = control ]; then
        start -w
    else
        start -W
        for _ in $(seq 500); do cp=$(child checkpointer); [ -n "$cp" ] && break; sleep 0.02; done
        kill -STOP "$cp"
        for _ in $(seq 600); do grep -q 'redo done' "$work/a.log" && break; sleep 0.1; done; sleep 1
    fi
    "$bin/pg_ctl" -D "$work/a" -m fast -W stop >/dev/null; sleep 1
    [ "$2" = control ] || { echo "archiver: '$(child archiver)'"; kill -CONT "$cp"; }
    for _ in $(seq 300); do [ -e "$work/a/postmaster.pid" ] || break; sleep 0.2; done
    grep -E 'redo done|fast shutdown|end-of-recovery|startup|ready to accept|shut down$' "$work/a.log" | sed 's/^/    /'
    echo "RESULT $1: $("$bin/pg_controldata" "$work/a" | grep 'cluster state' | tr -s ' '), not archived: $(ls "$work/a/pg_wal/archive_status" | grep ready | tr '\n' ' ')"
}
try control control
try stop-as-recovery-ends stop
echo "after the next start:"; start -w; sleep 3
echo "RESULT next start: not archived: $(ls "$work/a/pg_wal/archive_status" | grep ready | tr '\n' ' ')"
"$bin/pg_ctl" -D "$work/a" -m fast stop >/dev/null
