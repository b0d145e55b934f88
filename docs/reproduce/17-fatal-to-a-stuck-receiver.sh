#!/bin/bash
# Finding 17 on a real server: a walsender that was sent SIGTERM, because its slot is obsolete, waits
# without an end until its receiver's full socket takes the FATAL's message; the checkpoint waits for
# the walsender, and a stop for the checkpoint.
# usage: 17-fatal-to-a-stuck-receiver.sh BINDIR WORKDIR      (not as root; BINDIR has initdb, pg_ctl,
#        psql, pg_receivewal, pg_controldata; WORKDIR is new)
# Prints for a receiver that reads (control) and for one that is stopped: whether CHECKPOINT ends
# within 30 s, whether a fast stop then ends within 20 s, pg_control's state, and who is left.
# wal_sender_timeout is 10 s in both.
set -eu
bin=$1 work=$2
mkdir -p "$work"

try() { # name, signal to the receiver
    local dir=$work/$1
    mkdir "$dir" "$dir/wal"
    "$bin/initdb" -D "$dir/pg" -U postgres -A trust >/dev/null
    cat >>"$dir/pg/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
wal_sender_timeout = 10s
max_slot_wal_keep_size = 1MB
checkpoint_timeout = 1h
autovacuum = off
CONF
    "$bin/pg_ctl" -D "$dir/pg" -l "$dir/log" -w start >/dev/null
    local sql=("$bin/psql" -qXAth "$dir" -U postgres)
    "${sql[@]}" -c "create table t(x text)" >/dev/null
    "${sql[@]}" -c "select pg_create_physical_replication_slot('s', true)" >/dev/null
    "$bin/pg_receivewal" -D "$dir/wal" -S s -h "$dir" -U postgres >/dev/null 2>&1 &
    local receiver=$!
    sleep 2
    kill -"$2" $receiver
    # More segments than the slot may keep.
    "${sql[@]}" -c "insert into t select repeat('x', 1000) from generate_series(1, 50000)"
    if timeout 30 "${sql[@]}" -c checkpoint; then
        echo "$1: CHECKPOINT ended"
    else
        echo "$1: CHECKPOINT has not ended after 30 s"
    fi
    if "$bin/pg_ctl" -D "$dir/pg" -m fast -t 20 stop >/dev/null 2>&1; then
        echo "$1: the fast stop ended"
    else
        echo "$1: the fast stop has not ended after 20 s; there are"
        ps -o args= --ppid "$(head -1 "$dir/pg/postmaster.pid")"
    fi
    "$bin/pg_controldata" "$dir/pg" | grep 'cluster state'
    grep -E "terminating|invalidating" "$dir/log" || true
    "$bin/pg_ctl" -D "$dir/pg" -m immediate stop >/dev/null 2>&1 || true
    kill -KILL $receiver 2>/dev/null || true
    wait $receiver 2>/dev/null || true
}

try reading CONT
try stopped STOP
