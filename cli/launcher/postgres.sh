# Guards: PostgreSQL 17 with pgvector comes as a private tree of programs, and never runs as root: then as uid 65534, which
# must be able to pass every folder above the programs and the data.
# Sets PG_BIN and exports it as PALIMPSEST_POSTGRES_BIN.

PG_MAJOR=17
PG_UID=65534
PG_PACKAGES='postgresql-17 postgresql-17-pgvector postgresql-client-17 libpq5 libc6 libicu76 libssl3t64 libxml2 libxslt1.1
    libstdc++6 libgcc-s1 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libcom-err2 libkeyutils1 libldap2
    libsasl2-2 libpam0g libaudit1 libcap-ng0 libcap2 libsystemd0 libuuid1 liblz4-1 liblzma5 libzstd1 zlib1g libselinux1
    libpcre2-8-0 libreadline8t64 libtinfo6 libxxhash0'

ensure_postgres() {
    # shellcheck disable=SC2086 # a list of words
    fetch_tool postgresql-17 prepare_postgres $PG_PACKAGES
    PG_BIN=$TOOL/usr/lib/postgresql/$PG_MAJOR/bin
    export PALIMPSEST_POSTGRES_BIN="$PG_BIN"
    # Debian's build reads the machine's time zones; where there are none it knows GMT only, and a client that asks for
    # another zone is refused. The JVM sends the zone that TZ names.
    ZONE=UTC
    [ -e /usr/share/zoneinfo/UTC ] || ZONE=GMT
    export TZ="$ZONE"
}

prepare_postgres() {
    PG_BIN=$TOOL/usr/lib/postgresql/$PG_MAJOR/bin
    for _program in "$PG_BIN"/*; do
        ! is_program "$_program" || wrap "$_program"
    done
    "$PG_BIN/postgres" --version >"$TMP/postgres.log" 2>&1 ||
        could_not "the fetched PostgreSQL does not start: $(tail -n 1 "$TMP/postgres.log")"
}

# become_postgres COMMAND…: replaces this process, with a clean environment and from the root folder (the caller's folder
# may be closed to the other user).
become_postgres() {
    cd /
    if ! is_root; then
        exec env -u PGDATA -u PGHOST -u PGPORT -u PGUSER -u PGOPTIONS LC_ALL=C "$@"
    elif have setpriv; then
        exec setpriv --reuid=$PG_UID --regid=$PG_UID --clear-groups env -i PATH="$PATH" HOME=/ LC_ALL=C TZ="${TZ:-UTC}" "$@"
    else
        exec chroot --userspec=$PG_UID:$PG_UID --groups= / env -i PATH="$PATH" HOME=/ LC_ALL=C TZ="${TZ:-UTC}" "$@"
    fi
}

as_postgres() { (become_postgres "$@"); }

# check_postgres_user: before anything is fetched, everything that would stop initdb later.
check_postgres_user() {
    if ! is_root; then
        id -un >/dev/null 2>&1 || could_not "user id $(id -u) has no name on this machine, and PostgreSQL needs one" \
            "Add a line for it to /etc/passwd, or name an existing server with PALIMPSEST_DB_URL."
        return 0
    fi
    as_postgres true 2>/dev/null || could_not "PostgreSQL must not run as root, and this root user cannot become uid $PG_UID" \
        "Run as an ordinary user, or name an existing server with PALIMPSEST_DB_URL."
    check_passage "$PALIMPSEST_HOME" PALIMPSEST_HOME
    check_passage "$DATA" PALIMPSEST_DATA
}

check_passage() { # FOLDER VARIABLE
    _closed=$(closed_folder "$1")
    [ -z "$_closed" ] || could_not "PostgreSQL runs as uid $PG_UID, which cannot pass the folder $_closed ($(ls -ld "$_closed" | cut -c1-10))" \
        "Set $2 to a folder outside of it (/var/lib/palimpsest is made for this), or allow passage: chmod o+x '$_closed'"
}

closed_folder() { # FOLDER: the first folder on the way to it, itself included, that PostgreSQL's user cannot enter
    [ "$1" = / ] || closed_folder "$(dirname "$1")" | grep . || {
        [ ! -d "$1" ] || as_postgres test -x "$1" || printf '%s\n' "$1"
    }
}
