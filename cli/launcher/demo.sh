# Guards: the demonstration runs on a service of its own: free ports, data of its own in $PALIMPSEST_HOME/demo.PID, which is
# gone at the end together with all processes; what a demonstration that was killed left behind goes before the next one.

CONTROL=        # the pipe over which the client program says what the launcher has to do

command_demo() {
    _model=''
    while [ $# -gt 0 ]; do
        case $1 in
            --model) [ $# -ge 2 ] || wrong_use "--model needs a file" demo; _model=$2; shift 2 ;;
            --model=*) _model=${1#--model=}; [ -n "$_model" ] || wrong_use "--model needs a file" demo; shift ;;
            -h | --help) help_of demo; exit 0 ;;
            -*) wrong_use "demo has no option $1" demo ;;
            *) wrong_use "demo takes no argument $1" demo ;;
        esac
    done
    choose_model "$_model"
    [ -n "$MODEL" ] || could_not "the demonstration needs a model to answer with"
    unset PALIMPSEST_DB_URL PALIMPSEST_DATA PALIMPSEST_ADMIN_KEY_FILE PALIMPSEST_AUTH_MODE PALIMPSEST_HOST PALIMPSEST_KEY
    choose_folders
    DATA=$PALIMPSEST_HOME/demo.$$
    PORT=$(free_port)
    ADDRESS=http://127.0.0.1:$PORT
    temporary
    AT_EXIT=end_demo
    SHOWS=keep
    make_folder "$PALIMPSEST_HOME"
    clear_left_demos
    prepare_place
    hold_place
    ensure_jdk
    ensure_postgres
    ensure_built
    ensure_start_recorded
    DEMO_BEGAN=$(seconds) # what is fetched and built once is not part of it
    use_embedded_database
    start_demo_service
    run_demo_client
}

# start_demo_service: starts it and waits until it is ready; says nothing unless it fails.
start_demo_service() {
    start_service
    await_quietly || {
        tail -n 5 "$LOG" >&2
        could_not "the demonstration's service did not start"
    }
}

await_quietly() { # five minutes at most
    while [ "$(http_status "$ADDRESS/q/health/ready" "$TMP/health")" != 200 ]; do
        service_lives && [ $(($(seconds) - SERVICE_BEGAN)) -lt 300 ] || return 1
        nap
    done
}

run_demo_client() {
    CONTROL=$TMP/control
    mkfifo "$CONTROL" || could_not "cannot make a pipe in $TMP"
    tell_terminal
    demo_client &
    CHILD=$!
    exec 3<>"$CONTROL" # held open at both ends, so that no word is lost between two writers
    while IFS=' ' read -r _word _rest <&3; do
        case $_word in
            kill) kill_demo_service ;;
            end) break ;;
        esac
    done
    exec 3>&-
    wait "$CHILD" || true
    CHILD=
    printf '\n%s\n' "The whole demonstration took $(($(seconds) - DEMO_BEGAN)) s; its data goes now."
    exit "$_rest"
}

demo_client() { # a child; says its end over the pipe, ends the Java program when it is ended itself
    trap - EXIT INT HUP
    _java=
    trap '[ -z "$_java" ] || kill "$_java" 2>/dev/null' TERM
    [ -n "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" ] || export LC_ALL=C.UTF-8
    "$JAVA" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -jar "$CLIENT_JAR" \
        demo --url "$ADDRESS" --control "$CONTROL" &
    _java=$!
    _client=0
    wait "$_java" || _client=$?
    echo "end $_client" >"$CONTROL"
}

# kill_demo_service: as a power cut would, and then a start as anybody would do it.
kill_demo_service() {
    kill -KILL "$SERVICE"
    wait "$SERVICE" 2>/dev/null || true
    wait "$TEE" 2>/dev/null || true
    start_demo_service
}

end_demo() {
    stop_run
    case $DATA in
        "$PALIMPSEST_HOME"/demo.*) rm -rf "$DATA" ;;
    esac
}

# clear_left_demos: of demonstrations whose launcher was killed: the service, the database, the data.
clear_left_demos() {
    for _left in "$PALIMPSEST_HOME"/demo.*; do
        [ -d "$_left" ] && ! holder_lives "$_left/run.lock" && [ "$_left" != "$DATA" ] || continue
        (
            DATA=$_left
            stop_left_service "$DATA/run.lock"
            if postmaster_lives; then
                ensure_postgres
                PG_STARTED=1
                stop_own_cluster
            fi
        )
        rm -rf "$_left"
    done
}
