#!/bin/bash
# Logical replication: a transaction that the first copy of a table has brought is applied once more
# by the apply worker after a crash of the publisher, although the table was READY.
# usage: 13-copied-transaction-applied-twice.sh BINDIR WORKDIR      (not as root; no debugger)
# The publisher's slot must not be written to disk between the copied transaction and the crash.
# It is written whenever its restart_lsn or catalog_xmin moves; an open transaction (T2, of a table
# that is not published) keeps both where they are. T0 and T0b make the creation of the copy's slot
# pass its phases such that T2 may be open when it becomes consistent. The apply worker has skipped
# T1 (the table was not ready) and confirmed it; in the session in which it makes the table READY it
# has received no transaction, so that commit does not move the origin.
set -u
bin=$1 work=$2
mkdir -p "$work"
P() { "$bin/psql" -h "$dir/sp" -U postgres -d postgres -Atqc "$1" 2>&1; }
S() { "$bin/psql" -h "$dir/ss" -U postgres -d postgres -Atqc "$1" 2>&1; }
slot() { P "select 'confirmed '||confirmed_flush_lsn||', restart '||restart_lsn||', catalog_xmin '||catalog_xmin from pg_replication_slots where slot_name='sub'"; }
session() { # fd number
    mkfifo "$dir/f$1"; "$bin/psql" -qAt -h "$dir/sp" -U postgres -d postgres <"$dir/f$1" >"$dir/f$1.out" 2>&1 &
    eval "exec $1>\"$dir/f$1\""
}
try() { # name, hold T2 open (yes/no), how the publisher stops, key, whether the apply worker restarts after T1
    dir=$work/$1; mkdir -p "$dir"/{sp,ss}
    for n in p s; do
        "$bin/initdb" -D "$dir/$n" -U postgres -A trust >/dev/null
        cat >>"$dir/$n/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir/s$n'
wal_level = logical
autovacuum = off
checkpoint_timeout = 1h
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 500ms
CONF
        "$bin/pg_ctl" -D "$dir/$n" -l "$dir/$n.log" -w start >/dev/null 2>&1 </dev/null
    done
    P "create table a(x text); create table b(x text $4); create table u(x text); alter table b replica identity full;
       create publication pa for table a; create publication pb for table b"
    S "create table a(x text); create table b(x text $4)"
    S "create subscription sub connection 'host=$dir/sp user=postgres dbname=postgres' publication pa" 2>&1 | grep -v NOTICE
    sleep 2; P "insert into a values ('a1')"; sleep 2
    session 3; session 4; session 5
    echo "begin; select pg_current_xact_id();" >&3; sleep 0.5                # T0
    S "alter subscription sub add publication pb"; sleep 3                   # the copy's slot waits for T0
    echo "begin; select pg_current_xact_id();" >&4; sleep 0.5                # T0b
    echo "commit;" >&3; sleep 4                                              # next phase: it waits for T0b
    if [ "$2" = yes ]; then echo "begin; insert into u values ('open');" >&5; sleep 0.5; fi      # T2
    before=$(P "select pg_current_wal_lsn()")
    P "insert into b values ('b1')"; sleep 2                                 # T1, which will be copied
    echo "== $1: T2 open: $2, publisher stopped: $3, key: ${4:-none}, apply worker restarted between: $5"
    echo "T1 begins at $before; slot: $(slot)"
    if [ "$5" = yes ]; then      # the apply worker's connection is lost; it comes back at once
        S "select pg_terminate_backend(pid) from pg_stat_subscription where subname='sub' and worker_type='apply'" >/dev/null; sleep 3
    fi
    echo "commit;" >&4                                                       # consistent: copy
    for _ in $(seq 100); do [ "$(S "select bool_and(srsubstate='r') from pg_subscription_rel")" = t ] && break; sleep 0.2; done
    sleep 3
    echo "tables at the subscriber: $(S "select string_agg(srrelid::regclass||' '||srsubstate::text, ', ') from pg_subscription_rel"), rows in b: $(S "select count(*) from b") (publisher: $(P "select count(*) from b"))"
    echo "slot before the stop: $(slot)"
    "$bin/pg_ctl" -D "$dir/p" -m $3 stop >/dev/null 2>&1
    exec 3>&- 4>&- 5>&-
    "$bin/pg_ctl" -D "$dir/p" -l "$dir/p.log" -w start >/dev/null 2>&1 </dev/null
    echo "slot after the restart: $(slot)"
    echo "origin: $(S "select remote_lsn from pg_replication_origin_status")"
    sleep 3; P "insert into a values ('a2')"; sleep 3
    echo "RESULT $1: b at the publisher: $(P "select count(*) from b"), b at the subscriber: $(S "select count(*) from b"), a: $(P "select count(*) from a")/$(S "select count(*) from a")"
    grep -hE 'ERROR:  (conflict|duplicate)|DETAIL:  (Key|Conflict)' "$dir/s.log" | head -2 | sed 's/^/    /'
    for n in s p; do "$bin/pg_ctl" -D "$dir/$n" -m immediate stop >/dev/null 2>&1; done
}
try crash yes immediate "" yes
try crash-with-key yes immediate "primary key" yes
try control-clean-restart yes fast "" yes
try control-no-open-transaction no immediate "" yes
try control-no-worker-restart yes immediate "" no
