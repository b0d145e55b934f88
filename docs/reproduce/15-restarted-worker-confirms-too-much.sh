#!/bin/bash
# Logical replication: an apply worker that has restarted confirms a transaction that the subscriber
# committed asynchronously (the default) and has not flushed. A crash of the subscriber loses it for good.
# usage: 15-restarted-worker-confirms-too-much.sh BINDIR WORKDIR      (not as root; no debugger)
# The old worker knows which local commits are not flushed (lsn_mapping); the new one does not, begins
# where the origin in shared memory stands, and reports that as flushed. The window is the time until
# the walwriter flushes: at most three times wal_writer_delay. Each try says what the delay is.
set -u
bin=$1 work=$2
mkdir -p "$work"
P() { "$bin/psql" -h "$dir/sp" -U postgres -d postgres -Atqc "$1" 2>&1; }
S() { "$bin/psql" -h "$dir/ss" -U postgres -d postgres -Atqc "$1" 2>&1; }
try() { # name, wal_writer_delay, whether the worker restarts, the subscription's synchronous_commit, publisher's synchronous_standby_names
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
CONF
        "$bin/pg_ctl" -D "$dir/$n" -l "$dir/$n.log" -w start >/dev/null 2>&1 </dev/null
    done
    P "create table a(x text primary key); create publication pub for table a"
    S "create table a(x text primary key)"
    S "create subscription sub connection 'host=$dir/sp user=postgres dbname=postgres' publication pub with (synchronous_commit = $4)" 2>&1 | grep -v NOTICE
    sleep 1; P "insert into a values ('before')"; sleep 6; S "checkpoint"; sleep 1
    P "alter system set synchronous_standby_names = '$5'"; P "select pg_reload_conf()" >/dev/null; sleep 1
    # As soon as the row is there the worker is told to go; as soon as it is confirmed we go on.
    S "do \$\$ begin while (select count(*) from a) < 2 loop perform pg_sleep(0.001); end loop;
       if '$3' = 'yes' then
           perform pg_terminate_backend(pid) from pg_stat_subscription where subname = 'sub';
       end if; end \$\$" &
    sleep 0.2
    begun=$(date +%s%3N)
    "$bin/psql" -h "$dir/sp" -U postgres -d postgres -Atq >"$dir/commit" <<'SQL'
insert into a values ('lost');
\! date +%s%3N
select set_config('try.commit', pg_current_wal_insert_lsn()::text, false);
do $$ begin
    for i in 1..1000 loop
        exit when (select confirmed_flush_lsn >= current_setting('try.commit')::pg_lsn from pg_replication_slots);
        perform pg_sleep(0.001);
    end loop;
end $$;
SQL
    kill -QUIT "$(head -1 "$dir/s/postmaster.pid")"                  # the subscriber crashes
    confirmed=$(P "select confirmed_flush_lsn from pg_replication_slots")
    wait $!
    while [ -e "$dir/s/postmaster.pid" ]; do sleep 0.1; done
    echo "== $1: wal_writer_delay $2, worker restarted: $3, synchronous_commit of the subscription: $4"
    echo "publisher: commit took $(($(head -1 "$dir/commit") - begun)) ms, it ends at $(tail -1 "$dir/commit"), slot confirmed $confirmed"
    "$bin/pg_ctl" -D "$dir/s" -l "$dir/s.log" -w start >/dev/null 2>&1 </dev/null
    P "insert into a values ('after')"
    for _ in $(seq 100); do [ "$(S "select count(*) from a where x = 'after'")" = 1 ] && break; sleep 0.2; done
    echo "RESULT $1: publisher: $(P "select string_agg(x, ', ' order by x) from a"); subscriber: $(S "select string_agg(x, ', ' order by x) from a")"
    for n in s p; do "$bin/pg_ctl" -D "$dir/$n" -m immediate stop >/dev/null 2>&1; done
}
try restarted 10s yes off ''
try control-no-restart 10s no off ''
try control-synchronous 10s yes on ''
try restarted-default-delay 200ms yes off ''
try restarted-synchronous-standby 10s yes off sub
try control-synchronous-standby 10s no off sub
