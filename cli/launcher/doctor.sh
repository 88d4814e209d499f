# Guards: `doctor` changes nothing, fetches nothing and never stops at the first finding: every part gets a line, and every
# line that is bad says how to mend it. A database at rest is started for a moment and put to rest again.

BAD=0           # findings that have to be mended

good() { printf '  ok    %-12s %s\n' "$1" "$2"; }
note() { printf '  note  %-12s %s\n' "$1" "$2"; } # no illness: what is missing comes by itself when it is needed

bad() { # PART FINDING HOW-TO-MEND
    BAD=$((BAD + 1))
    printf '  BAD   %-12s %s\n        %-12s mend: %s\n' "$1" "$2" '' "$3"
}

command_doctor() {
    while [ $# -gt 0 ]; do
        case $1 in
            -h | --help) help_of doctor; exit 0 ;;
            -*) wrong_use "doctor has no option $1" doctor ;;
            *) wrong_use "doctor takes no argument $1" doctor ;;
        esac
    done
    choose_folders
    choose_port
    temporary
    AT_EXIT=stop_own_cluster
    doctor_tools
    doctor_folders
    doctor_java
    doctor_build
    doctor_native
    doctor_model
    if [ -n "${PALIMPSEST_DB_URL:-}" ]; then doctor_given_database; else doctor_own_database; fi
    doctor_index
    doctor_port
    echo
    if [ "$BAD" = 0 ]; then echo "Everything is in order."; else
        echo "$BAD to mend."
        exit 1
    fi
}

# quietly COMMAND…: in a child, so that a part that would end the program ends only its own check; what it says is kept.
quietly() { ("$@") >"$TMP/said" 2>&1; }

last_words() { sed 's/^palimpsest: //' "$TMP/said" | tail -n 1; }

# ---- what the launcher stands on ------------------------------------------------------------------------------------

doctor_tools() {
    _missing=
    for _tool in tar xz awk sed grep find od head tail cut tr wc mkfifo mktemp readlink; do
        have "$_tool" || _missing="$_missing $_tool"
    done
    have curl || have wget || _missing="$_missing curl-or-wget"
    have sha256sum || have shasum || have openssl || _missing="$_missing sha256sum"
    if [ -z "$_missing" ]; then good tools "all that the launcher itself needs is here"
    else bad tools "not found:$_missing" "install them with this system's package manager"; fi
}

doctor_folders() {
    for _folder in "$PALIMPSEST_HOME" "$DATA"; do
        _there=$_folder
        while [ ! -d "$_there" ]; do _there=$(dirname "$_there"); done
        if [ ! -w "$_there" ]; then
            bad folders "$(id -un 2>/dev/null || id -u) cannot write into $_there" \
                "chown it, or set PALIMPSEST_HOME and PALIMPSEST_DATA to folders of your own"
        elif [ "$_there" != "$_folder" ]; then note folders "$_folder is not there yet; run makes it"
        else good folders "$_folder can be written"; fi
    done
    if [ -z "${PALIMPSEST_DB_URL:-}" ]; then
        if quietly check_postgres_user; then good passage "PostgreSQL's user can reach its folders"
        else bad passage "$(sed -n '1s/^palimpsest: //p' "$TMP/said")" "$(last_words)"; fi
    fi
    doctor_secrets
    _free=$(df -Pk "$_there" 2>/dev/null | awk 'NR == 2 { print $4 }')
    if [ "${_free:-0}" -ge 1048576 ]; then good disk "$(megabytes "${_free}000") free for $DATA"
    else bad disk "only $(megabytes "${_free:-0}000") free for $DATA" "make room: 1 GB is the least for tools, data and logs"; fi
}

doctor_secrets() {
    [ -d "$DATA/secrets" ] || return 0
    _open=$(find "$DATA/secrets" \( -perm -040 -o -perm -004 -o -perm -020 -o -perm -002 \) 2>/dev/null | head -n 1)
    if [ -n "$_open" ]; then bad secrets "$_open is open to other users" "chmod -R go= $DATA/secrets"
    else good secrets "readable to their owner alone"; fi
}

doctor_java() {
    architecture_known || return 0
    _fetched=$PALIMPSEST_HOME/tools/jdk-25-$ARCH
    if find_jdk; then good jdk "$JDK"
    elif [ -e "$_fetched/.complete" ]; then good jdk "$_fetched"
    elif quietly find_mirror; then note jdk "no JDK 25 here; run fetches one"
    else bad jdk "no JDK 25 here, and no mirror to fetch one from" "install a JDK 25 and set JAVA_HOME, or set PALIMPSEST_DEBIAN_MIRROR"; fi
    if have mvn && is_maven mvn; then good maven "$(command -v mvn)"
    elif [ -e "$PALIMPSEST_HOME/tools/maven-$ARCH/.complete" ]; then good maven "$PALIMPSEST_HOME/tools/maven-$ARCH"
    else note maven "no Maven from 3.8 on here; fetched when something must be built"; fi
}

architecture_known() {
    if quietly architecture 'What is missing'; then architecture 'What is missing'; return 0; fi
    note machine "$(sed -n '1s/^palimpsest: //p' "$TMP/said")"
    ARCH=none
}

doctor_build() {
    if is_built; then good build "newer than every source"
    elif [ -f "$SERVICE_JAR" ]; then note build "older than $(newer_source "$BUILD_STAMP" "$ROOT/pom.xml" "$ROOT"/*/pom.xml "$ROOT"/*/src/main "$ROOT/migrations" 2>/dev/null | head -n 1); run builds anew"
    else note build "nothing is built yet; run does it"; fi
    [ -f "$SERVICE_JAR" ] || return 0
    _embedder=$(find "$(dirname "$SERVICE_JAR")/lib" -name '*embeddings-bge-small*' 2>/dev/null | head -n 1)
    if [ -n "$_embedder" ]; then good embedder "$(basename "$_embedder")"
    else bad embedder "the built service holds no embedding model, so nothing is found by meaning" "remove $BUILD_STAMP and run again"; fi
}

doctor_native() {
    if ! is_native_settled; then note native "the native kernels are not built from these sources yet; run does it"
    elif [ -f "$NATIVE_LIBRARY" ]; then good native "$NATIVE_LIBRARY; whether it passed its test stands in the service's start report, PALIMPSEST_ENGINE_BACKEND=native takes it"
    else note native "$(cat "$NATIVE_LIBRARY.absent"); the Vector API computes instead"; fi
}

# served PART: what a running service says of its model or embedding; nothing when none runs or it does not say.
served() {
    [ "$(http_status "$ADDRESS/q/health/ready" "$TMP/health")" != 000 ] || return 0
    tr -d '\n ' <"$TMP/health" | sed -n "s/.*\"name\":\"$1\"[^}]*\"$1\":\"\([^\"]*\)\".*/\1/p"
}

doctor_model() {
    MODEL=
    if ! quietly choose_model ''; then
        bad model "$(last_words)" "set PALIMPSEST_MODEL to a GGUF file that can be read"
        return 0
    fi
    choose_model '' 2>/dev/null
    _served=$(served model)
    if [ -z "$MODEL" ] && [ -n "$_served" ] && [ "$_served" != missing ]; then
        note model "none comes with these sources; the running service was given $_served"
    elif [ -z "$MODEL" ]; then
        bad model "no model: turns will be refused" "give a GGUF file with --model or PALIMPSEST_MODEL"
    elif [ ! -r "$MODEL" ]; then
        bad model "$MODEL is not there or cannot be read" "set PALIMPSEST_MODEL to a GGUF file that can be read, or unset it"
    elif [ "$(head -c 4 "$MODEL")" != GGUF ]; then
        bad model "$MODEL is not a GGUF file" "fetch it again; a file that begins with 'version https://git-lfs' is only a pointer"
    else good model "$MODEL, $(megabytes "$(size_of "$MODEL")")"; fi
}

# ---- the database ---------------------------------------------------------------------------------------------------

doctor_own_database() {
    TOOL=$PALIMPSEST_HOME/tools/postgresql-$PG_MAJOR-$ARCH
    if [ ! -e "$TOOL/.complete" ]; then
        if quietly find_mirror; then note postgresql "not fetched yet; run does it"
        else bad postgresql "not fetched yet, and no mirror is known" "set PALIMPSEST_DEBIAN_MIRROR, or PALIMPSEST_DB_URL to a server of your own"; fi
        return 0
    fi
    PG_BIN=$TOOL/usr/lib/postgresql/$PG_MAJOR/bin
    ZONE=UTC
    [ -e /usr/share/zoneinfo/UTC ] || ZONE=GMT
    if ! quietly "$PG_BIN/postgres" --version; then
        bad postgresql "its programs do not start: $(last_words)" "remove $TOOL; the next run fetches it anew"
        return 0
    fi
    good postgresql "$(cat "$TMP/said")"
    if [ ! -d "$DATA/postgres" ]; then
        note cluster "none in $DATA yet; run makes one"
    elif ! quietly check_major; then
        bad cluster "$(sed -n '1s/^palimpsest: //p' "$TMP/said")" "$(last_words)"
    else
        doctor_cluster
    fi
}

doctor_cluster() {
    if postmaster_lives; then
        DB_PORT=$(postmaster_line 4)
        good cluster "runs as process $(postmaster_line 1) on port $DB_PORT"
    elif ! lock_try "$DATA/run.lock" "address=doctor"; then
        note cluster "a run (pid $(lock_field "$DATA/run.lock" pid)) is starting it"
        return 0
    else
        if ! quietly start_cluster; then
            bad cluster "it does not start: $(last_words)" "read $DATA/logs/postgres.log; a full disk and changed owners are the usual causes"
            return 0
        fi
        PG_STARTED=1
        DB_PORT=$(postmaster_line 4)
        good cluster "at rest; starts and answers"
    fi
    doctor_roles
}

doctor_roles() {
    if [ ! -s "$DATA/secrets/postgres" ]; then
        bad roles "the administrator's password in $DATA/secrets is gone" "put the folder back from a backup; without it the cluster cannot be administered"
        return 0
    fi
    if ! quietly as_admin postgres -Atc 'SELECT 1'; then
        bad roles "the administrator cannot log in: $(last_words)" "are the files in $DATA/secrets those of this very cluster?"
        return 0
    fi
    if [ "$(as_admin postgres -Atc "SELECT count(*) FROM pg_database WHERE datname = 'palimpsest'")" != 1 ]; then
        note roles "the database palimpsest is not made yet; run does it"
        return 0
    fi
    DOCTOR_HOST=127.0.0.1 DOCTOR_PORT=$DB_PORT DOCTOR_NAME=palimpsest
    OWNER_USER=palimpsest OWNER_PASSWORD=$(cat "$DATA/secrets/owner" 2>/dev/null) APP_USER=palimpsest_app
    APP_PASSWORD=$(cat "$DATA/secrets/app" 2>/dev/null)
    doctor_database "the next run sets both roles' passwords from $DATA/secrets"
}

doctor_given_database() {
    if ! quietly use_given_database; then
        bad database "$(sed -n '1s/^palimpsest: //p' "$TMP/said")" "see docs/operating.md, An existing PostgreSQL"
        return 0
    fi
    use_given_database
    TOOL=$PALIMPSEST_HOME/tools/postgresql-$PG_MAJOR-$ARCH
    if [ -e "$TOOL/.complete" ]; then PG_BIN=$TOOL/usr/lib/postgresql/$PG_MAJOR/bin
    elif have psql; then PG_BIN=$(dirname "$(command -v psql)")
    else
        note database "named by PALIMPSEST_DB_URL; without psql on this machine nothing more can be asked"
        return 0
    fi
    _rest=${DB_URL#jdbc:postgresql://}
    DOCTOR_NAME=${_rest#*/} DOCTOR_NAME=${DOCTOR_NAME%%\?*} _rest=${_rest%%/*}
    DOCTOR_HOST=$_rest DOCTOR_PORT=5432
    case $_rest in *:[0-9]*) DOCTOR_HOST=${_rest%:*} DOCTOR_PORT=${_rest##*:} ;; esac
    DOCTOR_HOST=${DOCTOR_HOST#\[} DOCTOR_HOST=${DOCTOR_HOST%\]}
    doctor_database "docs/operating.md, An existing PostgreSQL, says how the roles are made"
}

as_role() { # USER PASSWORD SQL
    PGPASSWORD=$2 PGCONNECT_TIMEOUT=5 "$PG_BIN/psql" -X -q -At -v ON_ERROR_STOP=1 -h "$DOCTOR_HOST" -p "$DOCTOR_PORT" -U "$1" \
        -d "$DOCTOR_NAME" -c "$3"
}

doctor_database() { # HOW-TO-MEND the roles
    for _role in owner app; do
        if [ $_role = owner ]; then _user=$OWNER_USER _word=$OWNER_PASSWORD; else _user=$APP_USER _word=$APP_PASSWORD; fi
        if ! quietly as_role "$_user" "$_word" 'SELECT 1'; then
            bad roles "$_user cannot log in: $(last_words)" "$1"
            return 0
        fi
    done
    if [ "$(as_role "$APP_USER" "$APP_PASSWORD" \
        'SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user')" = f ]; then
        good roles "$OWNER_USER migrates, $APP_USER serves and cannot pass row-level security"
    else
        bad roles "$APP_USER can pass row-level security" "as a superuser: ALTER ROLE $APP_USER NOSUPERUSER NOBYPASSRLS"
    fi
    _vector=$(as_role "$OWNER_USER" "$OWNER_PASSWORD" "SELECT extversion FROM pg_extension WHERE extname = 'vector'" 2>/dev/null || true)
    if [ -n "$_vector" ]; then good vector "pgvector $_vector"
    else bad vector "the extension vector is not in the database" "as a superuser, in it: CREATE EXTENSION vector"; fi
    doctor_migrations
}

doctor_migrations() {
    _newest=$(find "$ROOT/migrations" -name 'V*__*.sql' | sed -nE 's/^.*\/V0*([0-9]+)__.*$/\1/p' | sort -n | tail -n 1)
    if ! _done=$(as_role "$OWNER_USER" "$OWNER_PASSWORD" \
        "SELECT coalesce(max(version::int), 0) || ' ' || count(*) FILTER (WHERE NOT success) FROM flyway_schema_history WHERE version IS NOT NULL" 2>"$TMP/said"); then
        note migrations "none was done yet; run does them"
    elif [ "${_done#* }" != 0 ]; then
        bad migrations "one of them failed" "read the service's log, mend its cause and run again"
    elif [ "${_done% *}" = "$_newest" ]; then good migrations "up to $_newest, the newest"
    elif [ "${_done% *}" -lt "$_newest" ]; then note migrations "up to ${_done% *} of $_newest; run does the rest"
    else bad migrations "the database is at ${_done% *} and these sources know $_newest" "use the newer version of Palimpsest that wrote it"; fi
}

# ---- what a service keeps and says ----------------------------------------------------------------------------------

doctor_index() {
    if [ ! -d "$DATA/index" ]; then note index "none in $DATA yet; the service makes it from the database"
    elif [ ! -w "$DATA/index" ] || [ ! -r "$DATA/index" ]; then
        bad index "$DATA/index cannot be read and written by $(id -un 2>/dev/null || id -u)" \
            "chown it, or stop the service and remove the folder: it is rebuilt from the database"
    else good index "$DATA/index, $(du -sk "$DATA/index" 2>/dev/null | cut -f1) kB; may be removed at rest, it is rebuilt"; fi
}

doctor_port() {
    _holder=$(port_holder "$PORT")
    _run=$PALIMPSEST_HOME/ports/$PORT.lock
    if [ -z "$_holder" ]; then
        good port "$PORT is free; no service runs there"
        return 0
    fi
    if [ "$(http_status "$ADDRESS/q/health/live" "$TMP/live")" != 200 ]; then
        bad port "$PORT is held by another program ($_holder)" "stop that, or choose another port with PALIMPSEST_PORT"
        return 0
    fi
    good port "$PORT is held by a Palimpsest service (process ${_holder%% *})"
    if [ -f "$_run" ] && holder_lives "$_run" && [ "$(lock_field "$_run" data)" != "$DATA" ]; then
        note service "it serves other data than these: $(lock_field "$_run" data)"
    fi
    if [ "$(http_status "$ADDRESS/q/health/ready" "$TMP/health")" = 200 ]; then
        good service "ready at $ADDRESS"
        [ "$(served embedding)" != missing ] ||
            bad meaning "the service could not load its embedding model, so it finds by words alone" "read $DATA/logs/service.log from its start on"
    else
        bad service "not ready: $(missing_parts "$TMP/health")" "read $DATA/logs/service.log; what it says about the part that is missing"
    fi
}
