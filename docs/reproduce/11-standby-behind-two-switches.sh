#!/bin/bash
# A standby behind two timeline switches that lie in one WAL segment, primary with archive_mode=on:
# the primary refuses it for ever, because it looks for the timeline *after* the one asked for, and
# that segment of it has been renamed to .partial at the second promotion.
# usage: 11-standby-behind-two-switches.sh BINDIR WORKDIR    (not as root; WORKDIR is new)
#   A is lost, B promoted (timeline 2), B is lost, D promoted (timeline 3); C was away all the time.
#   four tries: archive_mode off; on; on, with a segment between the switches; on, with clean stops
set -u
bin=$1 work=$2
mkdir -p "$work"
q() { "$bin/psql" -h "$1" -U postgres -d postgres -Atqc "$2"; }
start() { "$bin/pg_ctl" -D "$dir/$1" -l "$dir/$1.log" -w -t 20 start >/dev/null 2>&1 </dev/null; }
stop() { "$bin/pg_ctl" -D "$dir/$1" -m fast -w -t 20 stop >/dev/null 2>&1 </dev/null; }
standby_of() { touch "$dir/$1/standby.signal"; echo "primary_conninfo = 'host=$dir/s$2 user=postgres application_name=$1'" >>"$dir/$1/postgresql.conf"; }
caught_up() { # standby, primary
    for _ in $(seq 100); do
        [ "$(q "$dir/s$2" "select count(*) from pg_stat_replication where application_name='$1' and replay_lsn=pg_current_wal_lsn()")" = 1 ] && return
        sleep 0.1
    done; echo "($1 has not caught up with $2)"
}
try() { # name, archive_mode, whether to fill a segment between the switches, how the old primaries go
    dir=$work/$1; mkdir -p "$dir"/{sa,sb,sc,sd,archive}
    "$bin/initdb" -D "$dir/a" -U postgres -A trust >/dev/null
    cat >>"$dir/a/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir/sa'
autovacuum = off
wal_keep_size = 1GB
wal_retrieve_retry_interval = 500ms
archive_mode = $2
archive_command = 'test ! -f $dir/archive/%f && cp %p $dir/archive/%f'
CONF
    start a
    q "$dir/sa" "create table t(x text); insert into t values ('timeline 1')"
    for n in b c d; do
        "$bin/pg_basebackup" -h "$dir/sa" -U postgres -D "$dir/$n" -c fast
        echo "unix_socket_directories = '$dir/s$n'" >>"$dir/$n/postgresql.conf"
        standby_of $n a; start $n
    done
    q "$dir/sa" "select pg_switch_wal()" >/dev/null      # all of it from here on is in one segment
    q "$dir/sa" "insert into t values ('all have this')"
    for n in b c d; do caught_up $n a; done
    stop c                                               # C is away
    q "$dir/sa" "insert into t values ('C lacks this, timeline 1')"
    caught_up b a; caught_up d a
    "$bin/pg_ctl" -D "$dir/a" -m $4 stop >/dev/null 2>&1       # A is lost
    "$bin/pg_ctl" -D "$dir/b" -w promote >/dev/null            # failover 1: B, timeline 2
    stop d; standby_of d b; start d
    q "$dir/sb" "insert into t values ('timeline 2')"
    if [ "$3" = yes ]; then q "$dir/sb" "select pg_switch_wal(); insert into t values ('timeline 2, next segment')" >/dev/null; fi
    caught_up d b
    "$bin/pg_ctl" -D "$dir/b" -m $4 stop >/dev/null 2>&1       # B is lost
    "$bin/pg_ctl" -D "$dir/d" -w promote >/dev/null            # failover 2: D, timeline 3
    q "$dir/sd" "insert into t values ('timeline 3'); checkpoint"
    standby_of c d; start c                              # C comes back, asks D
    sleep 5
    echo "== $1: archive_mode $2, segment switch between: $3, old primaries stopped: $4"
    echo "primary D: timeline $(q "$dir/sd" "select timeline_id from pg_control_checkpoint()"), rows $(q "$dir/sd" "select count(*) from t")"
    echo "standby C: rows $(q "$dir/sc" "select count(*) from t"), received-timeline $(q "$dir/sc" "select received_tli from pg_stat_wal_receiver")"
    echo "in D's pg_wal:"; ls "$dir/d/pg_wal" | grep -E '^0000000[1-3]' | sed 's/^/    /'
    echo "D's history:"; sed 's/^/    /' "$dir/d/pg_wal/00000003.history"
    echo "refusals in C's log: $(grep -c 'already been removed' "$dir/c.log")"
    grep -h 'already been removed\|started streaming' "$dir/c.log" | tail -2 | sed 's/^/    /'
    if grep -q 'already been removed' "$dir/c.log"; then
        # nothing was removed: the newest timeline's file holds the same WAL, so does the .partial one
        q "$dir/sd" "insert into t values ('more'); checkpoint; select pg_switch_wal(); checkpoint" >/dev/null; sleep 4
        echo "after a checkpoint and a segment switch on D: refusals $(grep -c 'already been removed' "$dir/c.log"), rows of C $(q "$dir/sc" "select count(*) from t")"
        stop c; start c; sleep 3
        echo "after a restart of C: refusals $(grep -c 'already been removed' "$dir/c.log"), rows of C $(q "$dir/sc" "select count(*) from t")"
        p=$(ls "$dir"/d/pg_wal/00000002*.partial)
        s3=$dir/d/pg_wal/00000003$(basename "$p" .partial | cut -c9-)
        sw=$(awk '$1==2{print $2}' "$dir/d/pg_wal/00000003.history"); off=$((16#${sw#*/} % 16777216))
        echo "switch 2 at offset $off of the segment; the first block(s) differ at byte: $(cmp -n "$off" "$p" "$s3" | sed 's/.*differ: //' || true)[nothing = equal]"
        if [ "${5:-}" = restore ]; then
            echo "restore_command = 'cp $dir/archive/%f %p'" >>"$dir/c/postgresql.conf"; stop c; start c; sleep 4
            echo "with a restore_command, now that the segment of timeline 3 is complete and archived: rows of C $(q "$dir/sc" "select count(*) from t")"
        fi
        cp "$p" "${p%.partial}"; sleep 3
        echo "after cp .partial to its old name on D by hand: rows of C $(q "$dir/sc" "select count(*) from t") of $(q "$dir/sd" "select count(*) from t")"
    fi
    for n in c d; do "$bin/pg_ctl" -D "$dir/$n" -m immediate stop >/dev/null 2>&1; done
}
try control-archiving-off off no immediate
try archiving-on on no immediate
try archiving-on-restore-command-later on no immediate restore
try control-segment-between on yes immediate
try control-clean-switchovers on no fast      # a clean stop with archiving on switches the segment
