#!/bin/bash
# Finding 6 on a real server: a commit of a database walsender after the logical walsender has
# drained and gone. The stop is clean; the subscriber misses the commit until the restart, and
# pg_upgrade refuses the cluster.
# usage: 6-commit-after-the-drain.sh BINDIR WORKDIR      (not as root; needs gdb and the right to
#        attach; BINDIR as of PostgreSQL 17 or later, WORKDIR is new)
# gdb holds the committing process between its last interrupt check and the commit record: a
# moment that is there without gdb, too, only shorter.
set -eu
bin=$1 work=$2
mkdir -p "$work"
"$bin/initdb" -D "$work/old" -U postgres -A trust >/dev/null
cat >>"$work/old/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$work'
wal_level = logical
autovacuum = off
CONF
"$bin/pg_ctl" -D "$work/old" -l "$work/log" -w start >/dev/null
export PGHOST=$work PGUSER=postgres PGDATABASE=postgres
"$bin/psql" -qc "create table t(x text)"
"$bin/pg_recvlogical" -d postgres --slot s --create-slot -P test_decoding
"$bin/pg_recvlogical" -d postgres --slot s --start --no-loop -f "$work/received" >/dev/null 2>&1 &
sleep 1

mkfifo "$work/sql"
"$bin/psql" -qAt "replication=database" <"$work/sql" >/dev/null 2>&1 &
exec 3>"$work/sql"
echo "begin; insert into t values ('late');" >&3
sleep 1
pid=$("$bin/psql" -Atc "select pid from pg_stat_activity where state like 'idle in transaction%'")
gdb -p "$pid" -batch -ex "handle SIGUSR1 nostop noprint pass" -ex "handle SIGTERM nostop noprint pass" \
    -ex "break XactLogCommitRecord" -ex "continue" -ex "shell sleep 8" -ex "detach" >"$work/gdb" 2>&1 &
sleep 4
echo "commit;" >&3
sleep 1
"$bin/pg_ctl" -D "$work/old" -m fast -t 30 stop >/dev/null && echo "pg_ctl: stopped"
exec 3>&-
"$bin/pg_controldata" "$work/old" | grep 'cluster state'
echo "transactions at the client: $(grep -c late "$work/received" || true)"

"$bin/initdb" -D "$work/new" -U postgres -A trust >/dev/null
echo "wal_level = logical" >>"$work/new/postgresql.conf"
(cd "$work" && "$bin/pg_upgrade" --check -b "$bin" -B "$bin" -d old -D new -U postgres 2>&1 |
    grep -iE "slot|consumed|Fatal" || true)
cat "$work"/new/pg_upgrade_output.d/*/*slots*.txt 2>/dev/null || true

"$bin/pg_ctl" -D "$work/old" -l "$work/log" -w start >/dev/null
echo "rows after the restart: $("$bin/psql" -Atc 'select count(*) from t')"
echo "still to come from the slot: $("$bin/psql" -Atc \
    "select count(*) from pg_logical_slot_peek_changes('s', null, null) where data like '%late%'")"
"$bin/pg_ctl" -D "$work/old" -m fast stop >/dev/null
