#!/bin/bash
# Point-in-time recovery to before a mistake; the server is stopped (immediate), or a write fails,
# during the end-of-recovery checkpoint. Started again it replays *past the recovery target*, on the
# old timeline, as a primary: the mistake is back.
# usage: 12b-crash-in-end-of-recovery-checkpoint.sh BINDIR WORKDIR       (not as root; no debugger)
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
archive_mode = on
archive_command = 'test ! -f $work/archive/%f && cp %p $work/archive/%f'
CONF
"$bin/pg_ctl" -D "$work/a" -l "$work/a.log" -w start >/dev/null 2>&1 </dev/null
q "create table precious(x text); insert into precious values ('in the backup')"
"$bin/pg_basebackup" -h "$work/sock" -U postgres -D "$work/backup" -c fast
q "insert into precious values ('since the backup')"
q "select pg_create_restore_point('before_the_mistake')" >/dev/null
q "delete from precious"                                        # the mistake
q "select pg_switch_wal()" >/dev/null; sleep 1
"$bin/pg_ctl" -D "$work/a" -m fast stop >/dev/null             # the old primary is gone

try() { # name, control|immediate|failure
    echo "== $1"
    d=$work/$1; cp -r "$work/backup" "$d"; chmod 700 "$d"; touch "$d/recovery.signal"
    cat >>"$d/postgresql.conf" <<CONF
restore_command = 'cp $work/archive/%f %p'
archive_command = 'mkdir -p $work/archive-$1; test ! -f $work/archive-$1/%f && cp %p $work/archive-$1/%f'
recovery_target_name = 'before_the_mistake'
recovery_target_action = 'pause'
CONF
    if [ "$2" = promote ]; then    # the same with recovery_target_action = promote
        sed -i "s/'pause'/'promote'/; s/^restore_command = '/&sleep 1; /" "$d/postgresql.conf"
        "$bin/pg_ctl" -D "$d" -l "$d.log" -W start >/dev/null 2>&1 </dev/null
        for _ in $(seq 50); do
            cp=$(ps --ppid "$(head -1 "$d/postmaster.pid" 2>/dev/null || echo 0)" -o pid=,args= 2>/dev/null | awk '/checkpointer/{print $1}')
            [ -n "$cp" ] && break; sleep 0.1
        done
        kill -STOP "$cp"
        for _ in $(seq 100); do grep -q 'archive recovery complete' "$d.log" && break; sleep 0.1; done; sleep 1
        "$bin/pg_ctl" -D "$d" -m immediate -t 20 stop >/dev/null
    else
    "$bin/pg_ctl" -D "$d" -l "$d.log" -w -t 15 start >/dev/null 2>&1 </dev/null
    for _ in $(seq 50); do grep -q 'pausing at the end' "$d.log" && break; sleep 0.1; done
    echo "at the target: $(q 'select count(*) from precious') rows"
    pm=$(head -1 "$d/postmaster.pid"); cp=$(ps --ppid "$pm" -o pid=,args= 2>/dev/null | awk '/checkpointer/{print $1}')
    case $2 in
    control) q "select pg_wal_replay_resume()" >/dev/null; sleep 3;;
    immediate) kill -STOP "$cp"; q "select pg_wal_replay_resume()" >/dev/null; sleep 2
        "$bin/pg_ctl" -D "$d" -m immediate -t 20 stop >/dev/null;;
    failure) f=$d/$(q "select pg_relation_filepath('precious')"); chmod 000 "$f"
        q "select pg_wal_replay_resume()" >/dev/null; sleep 3; chmod 600 "$f"
        kill -0 "$pm" 2>/dev/null && { echo "(lives)"; "$bin/pg_ctl" -D "$d" -m immediate stop >/dev/null; };;
    esac
    fi
    if [ "$2" != control ]; then
        echo "log of the first run:"; grep -E 'recovery stopping|selected new|recovery complete|end-of-recovery|immediate|ERROR|FATAL|terminat' "$d.log" | sed 's/^/    /'
        echo "recovery.signal: $([ -e "$d/recovery.signal" ] && echo there || echo gone); history: $(ls "$d/pg_wal" | grep history)"
        "$bin/pg_controldata" "$d" | grep -E 'cluster state|Latest checkpoint.s TimeLineID|Min.*ending loc' | sed 's/^/    /'
        [ "$1" != signal-file-put-back ] || { touch "$d/recovery.signal"; echo "(recovery.signal put back by hand)"; }
        "$bin/pg_ctl" -D "$d" -l "$d.2.log" -w -t 15 start >/dev/null 2>&1 </dev/null
        echo "log of the second run:"; sed 's/^/    /' "$d.2.log" | grep -vE 'listening|starting PostgreSQL'
    fi
    sleep 4; q "checkpoint; select pg_switch_wal()" >/dev/null; sleep 1
    echo "RESULT $1: in recovery $(q 'select pg_is_in_recovery()'), timeline $(q 'select timeline_id from pg_control_checkpoint()'), rows in precious: $(q 'select count(*) from precious'); archived by it: $(ls "$work/archive-$1" 2>/dev/null | tr '\n' ' ')"
    "$bin/pg_ctl" -D "$d" -m fast stop >/dev/null
}
try control control
try immediate-stop immediate
try immediate-stop-action-promote promote
try failed-write failure
try signal-file-put-back promote
echo "archive of the old primary: $(ls "$work/archive" | tr '\n' ' ')"
