#!/bin/bash
# Finding 8 on a real server: a receiver that is stuck with output pending holds up the shutdown
# checkpoint, not only the exit.
# usage: 8-stuck-standby.sh BINDIR WORKDIR      (not as root; BINDIR has initdb, pg_ctl, psql,
#        pg_receivewal, pg_controldata; WORKDIR is new)
# Prints pg_control's state twice: without a backlog "shut down", with one "in production".
set -eu
bin=$1 work=$2
mkdir -p "$work"

try() { # name, rows to insert while the receiver is stopped
    local dir=$work/$1
    mkdir "$dir"
    "$bin/initdb" -D "$dir/pg" -U postgres -A trust >/dev/null
    cat >>"$dir/pg/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
wal_sender_timeout = 0
autovacuum = off
CONF
    "$bin/pg_ctl" -D "$dir/pg" -l "$dir/log" -w start >/dev/null
    "$bin/psql" -qh "$dir" -U postgres -c "create table t(x text)"
    mkdir "$dir/wal"
    "$bin/pg_receivewal" -D "$dir/wal" -h "$dir" -U postgres >/dev/null 2>&1 &
    local receiver=$!
    sleep 2
    kill -STOP $receiver
    "$bin/psql" -qh "$dir" -U postgres \
        -c "insert into t select repeat('x', 1000) from generate_series(1, $2)"
    sleep 1
    "$bin/pg_ctl" -D "$dir/pg" -m fast -t 8 stop >/dev/null 2>&1 || true
    echo "$1: $("$bin/pg_controldata" "$dir/pg" | grep 'cluster state')"
    "$bin/pg_ctl" -D "$dir/pg" -m immediate stop >/dev/null 2>&1 || true
    kill -KILL $receiver
    wait $receiver 2>/dev/null || true
}

try without-backlog 0
try with-backlog 30000
