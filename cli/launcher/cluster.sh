# Guards: the embedded PostgreSQL cluster in $DATA/postgres: made whole or not at all, reachable over loopback with
# passwords only, started at most once, taken over when a killed `run` left it behind, stopped when we end.
# Sets DB_PORT; passwords lie in $DATA/secrets, readable to the launcher's user alone.

PG_STARTED= # set while a cluster runs that we have to stop

secret() { # NAME: prints the password, making it on first use
    _secret=$DATA/secrets/$1
    if [ ! -s "$_secret" ]; then
        (
            umask 077
            od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$_secret.part" && mv "$_secret.part" "$_secret"
        ) || could_not "cannot write $_secret (is the disk full?)"
    fi
    cat "$_secret"
}

prepare_data_folder() {
    if is_root; then make_folder "$DATA" 711; else make_folder "$DATA" 700; fi
    make_folder "$DATA/secrets" 700
    make_folder "$DATA/logs" 700
}

make_cluster() {
    _new=$DATA/postgres.new
    rm -rf "$_new"
    mkdir -m 700 "$_new"
    _password=$DATA/secrets.initdb
    (umask 077 && secret postgres >"$_password")
    if is_root; then chown "$PG_UID:$PG_UID" "$_new" "$_password"; fi
    long_step "making the database cluster" "$TMP/initdb.log" become_postgres "$PG_BIN/initdb" -D "$_new" -U postgres \
        --pwfile="$_password" --auth=scram-sha-256 -E UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C || {
        rm -rf "$_new" "$_password"
        could_not "PostgreSQL could not make its cluster in $DATA/postgres" "$(tail -n 3 "$TMP/initdb.log")"
    }
    rm -f "$_password"
    mv "$_new" "$DATA/postgres"
}

check_major() {
    _major=$(cat "$DATA/postgres/PG_VERSION" 2>/dev/null || echo unknown)
    [ "$_major" = $PG_MAJOR ] || could_not "the data in $DATA/postgres is of PostgreSQL $_major, and this version of Palimpsest runs PostgreSQL $PG_MAJOR" \
        "Nothing was touched. Dump it with the version that wrote it and load it here, or set PALIMPSEST_DATA to another folder."
}

postmaster_line() { sed -n "${1}p" "$DATA/postgres/postmaster.pid" 2>/dev/null | tr -d ' '; }

# postmaster_lives: the process that postmaster.pid names is a server on this very folder, not a reused number.
postmaster_lives() {
    _pid=$(postmaster_line 1)
    [ -n "$_pid" ] || return 1
    if [ -d /proc/self ]; then
        { tr '\0' '\n' <"/proc/$_pid/cmdline"; } 2>/dev/null | grep -qxF "$DATA/postgres"
    else
        ps -o args= -p "$_pid" 2>/dev/null | grep -qF "$DATA/postgres"
    fi
}

start_cluster() {
    [ -d "$DATA/postgres" ] || make_cluster
    check_major
    if postmaster_lives; then
        DB_PORT=$(postmaster_line 4)
        PG_STARTED=1
        if [ "$(postmaster_line 8)" = ready ] && as_admin postgres -c 'SELECT 1' >/dev/null 2>&1; then
            say "taking over PostgreSQL (pid $_pid, port $DB_PORT), which an earlier run left behind"
            return 0
        fi
        say "stopping PostgreSQL (pid $_pid), which an earlier run left behind and which does not answer"
        stop_own_cluster
    fi
    rm -f "$DATA/postgres/postmaster.pid" # of a process that is no more
    rotate "$DATA/logs/postgres.log"
    for _try in 1 2 3 4 5; do
        DB_PORT=$(free_port)
        PG_STARTED=1
        if launch_cluster; then return 0; fi
        PG_STARTED=
        tail -n 5 "$DATA/logs/postgres.log" | grep -qi 'address already in use' || break
    done
    could_not "PostgreSQL did not start; its log is $DATA/logs/postgres.log" "$(grep -E 'FATAL|PANIC|ERROR|could not' "$DATA/logs/postgres.log" | tail -n 2)"
}

launch_cluster() {
    long_step "starting PostgreSQL" "$TMP/pg_ctl.log" start_postmaster
}

start_postmaster() {
    become_postgres "$PG_BIN/pg_ctl" start -w -t 120 -s -D "$DATA/postgres" \
        -o "-p $DB_PORT -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c jit=off -c autovacuum_naptime=5s -c timezone=$ZONE -c log_timezone=$ZONE" \
        >>"$DATA/logs/postgres.log" 2>&1 </dev/null
}

free_port() { # one below the range that systems hand out by themselves
    while :; do
        _port=$((20000 + $(od -An -N2 -tu2 /dev/urandom | tr -d ' ') % 12000))
        [ -n "$(port_holder "$_port")" ] || break
    done
    printf '%s\n' "$_port"
}

rotate() { # LOG: one older file is kept
    if [ "$(size_of "$1")" -gt 10000000 ]; then mv -f "$1" "$1.1"; fi
}

# as_admin DATABASE PSQL-ARGUMENT…
as_admin() {
    _database=$1
    shift
    PGPASSWORD=$(secret postgres) PGCONNECT_TIMEOUT=5 "$PG_BIN/psql" -X -q -v ON_ERROR_STOP=1 \
        -h 127.0.0.1 -p "$DB_PORT" -U postgres -d "$_database" "$@"
}

# The two roles and the database, made or mended; the passwords go over standard input and into no log.
ensure_roles() {
    _owner=$(secret owner)
    _app=$(secret app)
    {
        echo "SET log_min_error_statement = 'panic'; SET client_min_messages = 'warning';"
        for _role in palimpsest palimpsest_app; do
            cat <<SQL
SELECT 'CREATE ROLE $_role' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$_role') \gexec
SQL
        done
        cat <<SQL
ALTER ROLE palimpsest LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '$_owner';
ALTER ROLE palimpsest_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD '$_app';
SELECT 'CREATE DATABASE palimpsest OWNER palimpsest' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'palimpsest') \gexec
\connect palimpsest
SET client_min_messages = 'warning';
REVOKE ALL ON DATABASE palimpsest FROM PUBLIC;
GRANT CONNECT ON DATABASE palimpsest TO palimpsest_app;
CREATE EXTENSION IF NOT EXISTS vector;
SQL
    } | as_admin postgres -f - >"$TMP/roles.log" 2>&1 ||
        could_not "cannot prepare the database and its roles: $(tail -n 1 "$TMP/roles.log")" \
            "Were the files in $DATA/secrets changed? They hold the passwords of this very cluster."
}

stop_own_cluster() {
    [ -n "$PG_STARTED" ] || return 0
    PG_STARTED=
    [ -e "$DATA/postgres/postmaster.pid" ] || return 0
    as_postgres "$PG_BIN/pg_ctl" stop -s -m fast -w -t 30 -D "$DATA/postgres" >>"$DATA/logs/postgres.log" 2>&1 ||
        as_postgres "$PG_BIN/pg_ctl" stop -s -m immediate -w -t 10 -D "$DATA/postgres" >>"$DATA/logs/postgres.log" 2>&1 ||
        say "PostgreSQL did not stop; see $DATA/logs/postgres.log"
}
