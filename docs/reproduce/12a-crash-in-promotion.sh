#!/bin/bash
# A standby is promoted and crashes after standby.signal is unlinked and before pg_control knows the
# new timeline. Started again it is a PRIMARY ON THE OLD TIMELINE, beside the old primary.
# usage: 12a-crash-in-promotion.sh BINDIR WORKDIR      (not as root; needs gdb and the right to attach)
# gdb kills the startup process (SIGKILL; the postmaster follows) on entry of the function named;
# in disk-full strace makes one rename fail: the server ends itself, with FATAL.
set -u
bin=$1 work=$2
mkdir -p "$work"
q() { "$bin/psql" -h "$1" -U postgres -d postgres -Atqc "$2" 2>&1; }
try() { # name, function on whose entry the startup process dies
    dir=$work/$1; mkdir -p "$dir"/{sa,sb}
    echo "== $1: startup process killed on entry of $2"
    "$bin/initdb" -D "$dir/a" -U postgres -A trust >/dev/null
    cat >>"$dir/a/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir/sa'
autovacuum = off
wal_log_hints = on
wal_keep_size = 1GB
CONF
    "$bin/pg_ctl" -D "$dir/a" -l "$dir/a.log" -w start >/dev/null 2>&1 </dev/null
    q "$dir/sa" "create table t(x text); insert into t values ('common')"
    "$bin/pg_basebackup" -h "$dir/sa" -U postgres -D "$dir/b" -R -c fast
    echo "unix_socket_directories = '$dir/sb'" >>"$dir/b/postgresql.conf"
    "$bin/pg_ctl" -D "$dir/b" -l "$dir/b.log" -w start >/dev/null 2>&1 </dev/null
    q "$dir/sa" "insert into t values ('common too')"; sleep 1
    pm=$(head -1 "$dir/b/postmaster.pid"); st=$(ps --ppid "$pm" -o pid=,args= | awk '/startup/{print $1}')
    if [ "$2" = rename ]; then   # no debugger: the rename of 00000002.history fails with ENOSPC
        strace -p "$st" -e trace=rename,unlink -e inject=rename:error=ENOSPC:when=2 -o "$dir/strace" >/dev/null 2>&1 </dev/null &
        g=$!; sleep 1
    else
    gdb -p "$st" -batch -ex "handle all nostop noprint pass" -ex "break $2" -ex "continue" \
        -ex "bt 4" -ex "kill" >"$dir/gdb" 2>&1 </dev/null &
    g=$!
    for _ in $(seq 50); do grep -q Breakpoint "$dir/gdb" && break; sleep 0.1; done; sleep 0.5
    fi
    "$bin/pg_ctl" -D "$dir/b" -W promote >/dev/null 2>&1
    wait $g
    for _ in $(seq 60); do kill -0 "$pm" 2>/dev/null || break; sleep 0.1; done
    kill -0 "$pm" 2>/dev/null && { echo "(postmaster of B lives; immediate stop)"; "$bin/pg_ctl" -D "$dir/b" -m immediate stop >/dev/null 2>&1; }
    grep -shE '^#0|^#1' "$dir/gdb" | tail -2 | sed 's/^/    /'
    grep -sE '^(unlink|rename)' "$dir/strace" | sed 's/^/    /'
    grep -E 'FATAL|selected new' "$dir/b.log" | tail -2 | sed 's/^/    /'
    echo "B after the crash: standby.signal $([ -e "$dir/b/standby.signal" ] && echo there || echo gone), $(ls "$dir/b/pg_wal" | grep -E '^0000' | tr '\n' ' ')"
    "$bin/pg_controldata" "$dir/b" | grep -E 'cluster state|Latest checkpoint.s TimeLineID|ending loc' | sed 's/^/    /'
    "$bin/pg_ctl" -D "$dir/b" -l "$dir/b2.log" -w -t 15 start >/dev/null 2>&1 </dev/null
    echo "B started again: in recovery $(q "$dir/sb" 'select pg_is_in_recovery()'), WAL file in use $(q "$dir/sb" "select pg_walfile_name(pg_current_wal_lsn())" | tail -1)"
    grep -E 'in recovery|interrupted|ready to accept|entering standby|selected new' "$dir/b2.log" | sed 's/^/    /'
    [ "$(q "$dir/sb" 'select pg_is_in_recovery()')" = f ] || { "$bin/pg_ctl" -D "$dir/b" -m fast stop >/dev/null; "$bin/pg_ctl" -D "$dir/a" -m fast stop >/dev/null; return; }
    q "$dir/sa" "insert into t values ('written at A'); checkpoint"
    q "$dir/sb" "insert into t values ('written at B'); checkpoint"
    for n in a b; do echo "$n: system $(q "$dir/s$n" 'select system_identifier from pg_control_system()') timeline $(q "$dir/s$n" 'select timeline_id from pg_control_checkpoint()') rows: $(q "$dir/s$n" "select string_agg(x, ', ') from t")"; done
    "$bin/pg_ctl" -D "$dir/b" -m fast stop >/dev/null; "$bin/pg_ctl" -D "$dir/a" -m fast stop >/dev/null
    echo "pg_rewind of B to A: $("$bin/pg_rewind" --dry-run -D "$dir/b" --source-pgdata "$dir/a" 2>&1 | tail -1)"
    # is B, once a standby again, equal to A?
    touch "$dir/b/standby.signal"; echo "primary_conninfo = 'host=$dir/sa user=postgres'" >>"$dir/b/postgresql.conf"
    "$bin/pg_ctl" -D "$dir/a" -l "$dir/a.log" -w start >/dev/null 2>&1 </dev/null
    "$bin/pg_ctl" -D "$dir/b" -l "$dir/b3.log" -w -t 10 start >/dev/null 2>&1 </dev/null; 
    q "$dir/sa" "insert into t values ('later at A')"; sleep 3
    echo "B as a standby of A again: rows: $(q "$dir/sb" "select string_agg(x, ', ') from t")"
    grep -E 'ERROR|FATAL|PANIC|invalid|incorrect|unexpected|WARNING|started streaming' "$dir/b3.log" | head -3 | sed 's/^/    /'
    for n in b a; do "$bin/pg_ctl" -D "$dir/$n" -m immediate stop >/dev/null 2>&1; done
}
try control-before-the-unlink durable_unlink
try before-the-history writeTimeLineHistory
try after-the-history RecoverPreparedTransactions
try disk-full rename
try control-after-pg_control CleanupAfterArchiveRecovery
