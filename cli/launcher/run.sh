# Guards: one service per data folder and port; it starts after its database and stops before it; nothing that `run`
# started outlives it, and what a killed `run` left behind is cleared away first.

SERVICE=        # pid of the service while it runs
SERVICE_START=  # its start time
TEE=            # pid of the process that copies its output into the log
RUN_LOCK=''
SHOWS=tee       # where the service's output goes besides its log: `tee` shows it, `keep` does not

command_run() {
    _model=''
    while [ $# -gt 0 ]; do
        case $1 in
            --model) [ $# -ge 2 ] || wrong_use "--model needs a file" run; _model=$2; shift 2 ;;
            --model=*) _model=${1#--model=}; [ -n "$_model" ] || wrong_use "--model needs a file" run; shift ;;
            --port) [ $# -ge 2 ] || wrong_use "--port needs a number" run; PALIMPSEST_PORT=$2; shift 2 ;;
            --port=*) PALIMPSEST_PORT=${1#--port=}; shift ;;
            -h | --help) help_of run; exit 0 ;;
            -*) wrong_use "run has no option $1" run ;;
            *) wrong_use "run takes no argument $1" run ;;
        esac
    done
    choose_model "$_model"
    choose_port
    choose_folders
    temporary
    AT_EXIT=stop_run
    prepare_place
    hold_place
    ensure_jdk
    [ -n "${PALIMPSEST_DB_URL:-}" ] || ensure_postgres
    ensure_built
    ensure_start_recorded
    refuse_foreign_holder
    if [ -n "${PALIMPSEST_DB_URL:-}" ]; then use_given_database; else use_embedded_database; fi
    start_service
    await_ready
    serve
}

choose_model() { # the option, or the variable, or the model that comes with the sources, or none
    if [ -n "$1" ]; then
        MODEL=$(absolute "$1")
        [ -f "$MODEL" ] || wrong_use "there is no model file $MODEL" run
        [ -r "$MODEL" ] || wrong_use "the model file $MODEL cannot be read" run
    elif [ -n "${PALIMPSEST_MODEL:-}" ]; then
        MODEL=$(absolute "$PALIMPSEST_MODEL")
    else
        MODEL=$ROOT/inference-engine/models/palimpsest-reader-q8_0.gguf
        if [ ! -f "$MODEL" ]; then
            say "the bundled model is not there ($MODEL): turns will be refused; give a GGUF file with --model"
            MODEL=''
        fi
    fi
}

choose_port() {
    PORT=${PALIMPSEST_PORT:-8077}
    case $PORT in
        *[!0-9]* | '' | ??????*) wrong_use "the port must be a number from 1 to 65535, not '$PORT'" run ;;
    esac
    [ "$PORT" -ge 1 ] && [ "$PORT" -le 65535 ] || wrong_use "the port must be a number from 1 to 65535, not '$PORT'" run
    ADDRESS=http://127.0.0.1:$PORT
}

prepare_place() {
    if [ -n "${PALIMPSEST_DB_URL:-}" ]; then
        use_given_database # finds out what is missing before anything is fetched
    else
        check_postgres_user
    fi
    make_folder "$PALIMPSEST_HOME"
    prepare_data_folder
    [ -n "${PALIMPSEST_DB_URL:-}" ] || check_postgres_user # again, with the folders there
}

# hold_place: the data folder and the port are ours until the end.
hold_place() {
    RUN_LOCK=$DATA/run.lock
    make_folder "$PALIMPSEST_HOME/ports"
    stop_left_service "$RUN_LOCK"
    lock_try "$RUN_LOCK" "address=$ADDRESS" ||
        could_not "another \`palimpsest run\` (pid $(lock_field "$RUN_LOCK" pid)) serves the data in $DATA at $(lock_field "$RUN_LOCK" address)" \
            "Stop that one first, or set PALIMPSEST_DATA to another folder."
    lock_try "$PALIMPSEST_HOME/ports/$PORT.lock" "data=$DATA" ||
        could_not "another \`palimpsest run\` (pid $(lock_field "$PALIMPSEST_HOME/ports/$PORT.lock" pid)) holds $ADDRESS, with the data in $(lock_field "$PALIMPSEST_HOME/ports/$PORT.lock" data)" \
            "Stop that one first, or choose another port with --port."
    refuse_foreign_holder
}

refuse_foreign_holder() {
    _holder=$(port_holder "$PORT")
    case $_holder in
        '') ;;
        unknown) could_not "another user's process listens on port $PORT already" "Choose another port with --port." ;;
        *) could_not "process ${_holder%% *} listens on $ADDRESS already (${_holder#* })" "Stop it, or choose another port with --port." ;;
    esac
}

# A service whose launcher was killed still holds the port and the database: it goes, in its own orderly way.
stop_left_service() { # LOCK
    [ -f "$1" ] && ! holder_lives "$1" || return 0
    _left=$(lock_field "$1" service)
    is_running "$_left" "$(lock_field "$1" service_start)" || return 0
    say "stopping the service (pid $_left) that an earlier run left behind"
    SERVICE=$_left
    SERVICE_START=$(lock_field "$1" service_start)
    stop_service
}

start_service() {
    LOG=$DATA/logs/service.log
    rotate "$LOG"
    [ -p "$TMP/output" ] || mkfifo "$TMP/output" || could_not "cannot make a pipe in $TMP"
    case $SHOWS in
        tee) tee -a "$LOG" <"$TMP/output" & ;;
        keep) cat >>"$LOG" <"$TMP/output" & ;;
    esac
    TEE=$!
    _tether= # the service gets SIGTERM when the launcher is killed
    ! setpriv --help 2>/dev/null | grep -q pdeathsig || _tether='setpriv --pdeathsig TERM'
    [ "$SHOWS" = keep ] || say "starting the service"
    EXIT_ON_SIGNAL=0
    SERVICE_BEGAN=$(seconds)
    _cached=$(start_cache_flag)
    KEY_FILE=$(absolute "${PALIMPSEST_ADMIN_KEY_FILE:-}")
    (
        trap - EXIT INT TERM HUP
        cd "$DATA" # neither a .env nor a config folder of the caller's reaches the service
        [ -z "${PALIMPSEST_ADMIN_KEY_FILE:-}" ] || export PALIMPSEST_ADMIN_KEY_FILE="$KEY_FILE"
        export TZ="${ZONE:-UTC}" PALIMPSEST_PORT="$PORT" PALIMPSEST_MODEL="$MODEL" PALIMPSEST_DATA="$DATA" PALIMPSEST_DB_URL="$DB_URL" \
            PALIMPSEST_DB_OWNER_USER="$OWNER_USER" PALIMPSEST_DB_OWNER_PASSWORD="$OWNER_PASSWORD" \
            PALIMPSEST_DB_APP_USER="$APP_USER" PALIMPSEST_DB_APP_PASSWORD="$APP_PASSWORD"
        umask 077 # what the service keeps (words, spools, caches) holds what people said
        # shellcheck disable=SC2086 # a list of words
        exec $_tether "$JAVA" --enable-native-access=ALL-UNNAMED --add-modules=jdk.incubator.vector \
            "-Djava.library.path=$NATIVE" ${_cached:+"$_cached"} -jar "$SERVICE_JAR"
    ) >"$TMP/output" 2>&1 </dev/null &
    SERVICE=$!
    SERVICE_START=$(process_start "$SERVICE")
    note_service
}

note_service() { # in the lock, so that whoever comes after a kill knows what was left
    {
        grep -v '^service' "$RUN_LOCK"
        printf '%s\n' "service=$SERVICE" "service_start=$SERVICE_START"
    } >"$RUN_LOCK.new" && mv -f "$RUN_LOCK.new" "$RUN_LOCK"
}

service_lives() { is_running "$SERVICE" "$SERVICE_START"; }

# await_ready: until readiness is UP; what it lacks is said whenever that changes, and the service goes on meanwhile.
await_ready() {
    _said=
    while :; do
        service_lives || return 0
        if [ "$(http_status "$ADDRESS/q/health/ready" "$TMP/health")" = 200 ]; then
            say "ready after $(($(seconds) - SERVICE_BEGAN)) s"
            tell_address
            return 0
        fi
        if [ "$(http_status "$ADDRESS/q/health/live" "$TMP/live")" = 200 ]; then
            _lacks=$(missing_parts "$TMP/health")
            if [ -n "$_lacks" ] && [ "$_lacks" != "$_said" ]; then
                say "the service is up at $ADDRESS and not ready yet: $_lacks"
                _said=$_lacks
            fi
            sleep 1
        else
            if [ -z "$_said" ] && [ $(($(seconds) - SERVICE_BEGAN)) -ge 60 ]; then
                _said="no answer"
                say "the service has not answered at $ADDRESS for a minute; what it said is in $LOG"
            fi
            nap
        fi
    done
}

tell_address() { printf 'Palimpsest is at %s\n' "$ADDRESS"; }

serve() { # until a signal, which ends the program, or until the service ends by itself
    _ended=0
    wait "$SERVICE" || _ended=$?
    SERVICE=
    wait "$TEE" || true
    could_not "the service ended by itself (status $_ended); its last words are in $LOG"
}

stop_run() { # the service before the database that it uses
    stop_service
    stop_own_cluster
}

stop_service() {
    [ -n "$SERVICE" ] || return 0
    kill -TERM "$SERVICE" 2>/dev/null || true
    _until=$(($(seconds) + 20))
    while service_lives && [ "$(seconds)" -lt "$_until" ]; do nap; done
    if service_lives; then
        say "the service (pid $SERVICE) did not stop within 20 s and is killed"
        kill -KILL "$SERVICE" 2>/dev/null || true
        while service_lives; do nap; done
    fi
    SERVICE=
    [ -z "$TEE" ] || wait "$TEE" 2>/dev/null || true # the service's last lines
}
