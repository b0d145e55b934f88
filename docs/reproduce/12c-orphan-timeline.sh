#!/bin/bash
# What 2b leaves behind: the archive holds a timeline 2 that nobody has ever been on. The next restore
# from that archive follows it (recovery_target_timeline = latest, the default) and loses all that
# was committed since.
# usage: 12c-orphan-timeline.sh BINDIR WORKDIR       (not as root; no debugger)
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
restore_command = 'cp $work/archive/%f %p'
CONF
"$bin/pg_ctl" -D "$work/a" -l "$work/a.log" -w start >/dev/null 2>&1 </dev/null
q "create table t(x text)"
"$bin/pg_basebackup" -h "$work/sock" -U postgres -D "$work/backup" -c fast
q "insert into t values ('before the disaster')"; q "select pg_switch_wal()" >/dev/null; sleep 1
"$bin/pg_ctl" -D "$work/a" -m fast stop >/dev/null             # the disaster

for how in control crash; do
    echo "== $how"; d=$work/$how; cp -r "$work/backup" "$d"; chmod 700 "$d"
    cp -r "$work/archive" "$work/archive-$how"
    sed -i "s#$work/archive/#$work/archive-$how/#g" "$d/postgresql.conf"
    touch "$d/recovery.signal"                                 # restore 1: all that is in the archive
    if [ $how = crash ]; then
        sed -i "s/^restore_command = '/&sleep 1; /" "$d/postgresql.conf"
        "$bin/pg_ctl" -D "$d" -l "$d.log" -W start >/dev/null 2>&1 </dev/null
        for _ in $(seq 50); do
            cp=$(ps --ppid "$(head -1 "$d/postmaster.pid" 2>/dev/null || echo 0)" -o pid=,args= 2>/dev/null | awk '/checkpointer/{print $1}')
            [ -n "$cp" ] && break; sleep 0.1
        done
        kill -STOP "$cp"
        for _ in $(seq 150); do grep -q 'archive recovery complete' "$d.log" && break; sleep 0.1; done; sleep 1
        "$bin/pg_ctl" -D "$d" -m immediate -t 20 stop >/dev/null
    fi
    "$bin/pg_ctl" -D "$d" -l "$d.log" -w -t 20 start >/dev/null 2>&1 </dev/null; sleep 2
    q "insert into t values ('since the restore')"; q "checkpoint; select pg_switch_wal()" >/dev/null
    q "insert into t values ('and more')"; q "select pg_switch_wal()" >/dev/null; sleep 2
    echo "restored server: timeline $(q 'select timeline_id from pg_control_checkpoint()'), rows: $(q "select string_agg(x, ', ') from t")"
    "$bin/pg_ctl" -D "$d" -m fast stop >/dev/null
    echo "archive: $(ls "$work/archive-$how" | tr '\n' ' ')"
    e=$work/$how-again; cp -r "$work/backup" "$e"; chmod 700 "$e"; touch "$e/recovery.signal"
    sed -i "s#$work/archive/#$work/archive-$how/#g" "$e/postgresql.conf"
    echo "archive_mode = off" >>"$e/postgresql.conf"
    "$bin/pg_ctl" -D "$e" -l "$e.log" -w -t 20 start >/dev/null 2>&1 </dev/null; sleep 2
    echo "RESULT $how: restored from the archive once more: rows: $(q "select string_agg(x, ', ') from t")"
    grep -E 'restored log|selected new|redo done|FATAL' "$e.log" | sed 's/^/    /'
    "$bin/pg_ctl" -D "$e" -m fast stop >/dev/null
done
