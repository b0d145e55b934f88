#!/bin/bash
# Finding 9 on a real server: a hot standby is asked for a smart stop, a client stays, and the
# standby is promoted. From then on the stop hangs: the client leaves, and even a fast stop is
# acted upon by nobody. Only an immediate stop ends the server.
# usage: 9-smart-stop-of-a-standby.sh BINDIR WORKDIR      (not as root; WORKDIR is new)
set -eu
bin=$1 work=$2

try() { # name, whether to promote
    local dir=$work/$1 promote=$2
    mkdir -p "$dir/p" "$dir/s"
    "$bin/initdb" -D "$dir/primary" -U postgres -A trust >/dev/null
    cat >>"$dir/primary/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir/p'
autovacuum = off
CONF
    "$bin/pg_ctl" -D "$dir/primary" -l "$dir/primary.log" -w start >/dev/null
    "$bin/pg_basebackup" -h "$dir/p" -U postgres -D "$dir/standby" -R -c fast
    echo "unix_socket_directories = '$dir/s'" >>"$dir/standby/postgresql.conf"
    "$bin/pg_ctl" -D "$dir/standby" -l "$dir/standby.log" -w start >/dev/null
    mkfifo "$dir/sql"
    "$bin/psql" -qAt -h "$dir/s" -U postgres <"$dir/sql" >/dev/null 2>&1 &
    exec 3>"$dir/sql"
    echo "select 1;" >&3
    sleep 1
    local pid
    pid=$(head -1 "$dir/standby/postmaster.pid")
    kill -TERM "$pid" # smart
    sleep 1
    if [ "$promote" = yes ]; then
        touch "$dir/standby/promote"
        kill -USR1 "$pid" # as pg_ctl promote does
        sleep 3
    fi
    exec 3>&- # the client leaves
    sleep 3
    state "$1: after smart stop, promotion: $promote, client gone" "$pid"
    kill -INT "$pid" 2>/dev/null || true # fast
    sleep 3
    state "$1: after a fast stop" "$pid"
    kill -QUIT "$pid" 2>/dev/null || true # immediate
    sleep 2
    state "$1: after an immediate stop" "$pid"
    "$bin/pg_ctl" -D "$dir/primary" -m fast stop >/dev/null
}

state() {
    if kill -0 "$2" 2>/dev/null; then
        echo "$1: the postmaster lives, with $(ps --ppid "$2" -o args= | sed 's/^postgres: *//' |
            tr '\n' ',')"
    else
        echo "$1: the postmaster has exited"
    fi
}

try control no
try promoted yes
