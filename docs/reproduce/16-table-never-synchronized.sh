#!/bin/bash
# Logical replication: the worker that has synchronized a table drops its slot at the publisher before
# the commit that says so (SYNCDONE) is flushed at the subscriber. A crash of the subscriber then leaves
# the table in FINISHEDCOPY with its slot gone: it is never synchronized.
# usage: 16-table-never-synchronized.sh BINDIR WORKDIR      (not as root; no debugger)
# The worker commits asynchronously (the default) and ends with XLogFlush(GetXLogWriteRecPtr()), which
# flushes what was written, not what was inserted. Here an open transaction at the publisher (T0) delays
# the copy, and a lock at the subscriber holds the apply worker, so that the state after the copy is long
# durable. wal_writer_delay sets the length of the window: at most three times its value.
set -u
bin=$1 work=$2
mkdir -p "$work"
P() { "$bin/psql" -h "$dir/sp" -U postgres -d postgres -Atqc "$1" 2>&1; }
S() { "$bin/psql" -h "$dir/ss" -U postgres -d postgres -Atqc "$1" 2>&1; }
session() { # fd number, server
    mkfifo "$dir/f$1"; "$bin/psql" -qAt -h "$dir/$2" -U postgres -d postgres <"$dir/f$1" >"$dir/f$1.out" 2>&1 &
    eval "exec $1>\"$dir/f$1\""
}
state() { S "select srsubstate from pg_subscription_rel where srrelid = 'a'::regclass"; }
try() { # name, wal_writer_delay, the subscription's synchronous_commit
    dir=$work/$1; mkdir -p "$dir"/{sp,ss}
    for n in p s; do
        "$bin/initdb" -D "$dir/$n" -U postgres -A trust >/dev/null
        cat >>"$dir/$n/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir/s$n'
wal_level = logical
autovacuum = off
checkpoint_timeout = 1h
wal_writer_delay = $2
wal_retrieve_retry_interval = 1s
CONF
        "$bin/pg_ctl" -D "$dir/$n" -l "$dir/$n.log" -w start >/dev/null 2>&1 </dev/null
    done
    P "create table a(x text); create table b(x text); insert into a values ('copied'); create publication pub for table b"
    S "create table a(x text); create table b(x text)"
    S "create subscription sub connection 'host=$dir/sp user=postgres dbname=postgres' publication pub with (synchronous_commit = $3)" 2>&1 | grep -v NOTICE
    for _ in $(seq 100); do [ "$(S "select bool_and(srsubstate = 'r') from pg_subscription_rel")" = t ] && break; sleep 0.1; done
    session 3 sp; session 4 ss
    echo "begin; select pg_current_xact_id();" >&3; sleep 0.5               # T0
    P "alter publication pub add table a"; S "alter subscription sub refresh publication"
    for _ in $(seq 100); do [ "$(state)" = d ] && break; sleep 0.1; done    # the copy's slot waits for T0
    echo "begin; lock table b in exclusive mode;" >&4; sleep 0.5
    P "insert into b values ('held')"; sleep 1                              # the apply worker waits
    echo "commit;" >&3; sleep 12                                            # copy; the worker waits for the apply worker
    echo "== $1: wal_writer_delay $2, synchronous_commit of the subscription: $3"
    echo "table a after the copy: $(state); slots: $(P "select string_agg(slot_name, ', ' order by slot_name) from pg_replication_slots")"
    echo "rollback;" >&4
    for _ in $(seq 400); do [ "$(P "select count(*) from pg_replication_slots")" = 1 ] && break; sleep 0.01; done
    echo "table a synchronized: $(state); slots: $(P "select string_agg(slot_name, ', ' order by slot_name) from pg_replication_slots")"
    kill -QUIT "$(head -1 "$dir/s/postmaster.pid")"                         # the subscriber crashes
    while [ -e "$dir/s/postmaster.pid" ]; do sleep 0.1; done
    exec 3>&- 4>&-
    "$bin/pg_ctl" -D "$dir/s" -l "$dir/s.log" -w start >/dev/null 2>&1 </dev/null
    echo "table a after the crash: $(state)"
    P "insert into a values ('after')"; sleep 15
    echo "RESULT $1: state of a after 15 s: $(state); publisher: $(P "select string_agg(x, ', ' order by x) from a"); subscriber: $(S "select string_agg(x, ', ' order by x) from a")"
    grep -hE 'ERROR:  ' "$dir/s.log" | sed 's/^.*ERROR/ERROR/' | sort | uniq -c | sort -rn | head -3
    for n in s p; do "$bin/pg_ctl" -D "$dir/$n" -m immediate stop >/dev/null 2>&1; done
}
try crash 10s off
try control-synchronous 10s on
