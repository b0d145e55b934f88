#!/bin/bash
# Finding 10 on a real server: a fast stop in the crash-restart window. A backend is killed, the
# postmaster starts everything again, and before redo has begun (here: while the startup process
# syncs a data directory of many files) a fast stop is requested. The checkpointer is waited for,
# and nobody tells it to go.
# usage: 10-fast-stop-after-a-crash.sh BINDIR WORKDIR      (not as root; WORKDIR is new)
set -eu
bin=$1 work=$2

try() { # name, whether the stop waits until the server is up again
    local dir=$work/$1
    mkdir -p "$dir"
    "$bin/initdb" -D "$dir/pg" -U postgres -A trust >/dev/null
    cat >>"$dir/pg/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
autovacuum = off
CONF
    mkdir "$dir/pg/many"
    (cd "$dir/pg/many" && seq 1 100000 | xargs touch)
    "$bin/pg_ctl" -D "$dir/pg" -l "$dir/log" -w start >/dev/null
    local pid child
    pid=$(head -1 "$dir/pg/postmaster.pid")
    "$bin/psql" -qAt -h "$dir" -U postgres -c "select pg_sleep(60)" >/dev/null 2>&1 </dev/null &
    sleep 1
    child=$(pgrep -P "$pid" -f "postgres: postgres postgres")
    kill -KILL "$child"
    sleep 0.3
    if [ "$2" = wait ]; then
        until "$bin/psql" -qAt -h "$dir" -U postgres -c "select 1" >/dev/null 2>&1; do sleep 1; done
    fi
    echo "$1: at the stop request: $(ps --ppid "$pid" -o args= | sed 's/^postgres: *//' | tr '\n' ',')"
    kill -INT "$pid"
    sleep 15
    if kill -0 "$pid" 2>/dev/null; then
        echo "$1: 15 s later the postmaster lives, with $(ps --ppid "$pid" -o args= |
            sed 's/^postgres: *//' | tr '\n' ',')"
    else
        echo "$1: 15 s later the postmaster has exited"
    fi
    kill -QUIT "$pid" 2>/dev/null || true
    sleep 1
}

try in-the-window now
try control wait
